package hostsfile

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// checkHostname gives what is wrong with the name of a host, or nothing.
func checkHostname(name string) string {
	if name == "" {
		return "the name is empty"
	}
	if readsAsAddress(name) || strings.Trim(name, "0123456789.") == "" {
		return fmt.Sprintf("%q reads as an address, which is never looked up in the file: give a name", name)
	}
	if len(name) > 253 {
		return "a name has at most 253 characters"
	}
	for label := range strings.SplitSeq(name, ".") {
		if msg := checkLabel(label); msg != "" {
			return fmt.Sprintf("%q is not a host name: %s", name, msg)
		}
	}
	return ""
}

func checkLabel(label string) string {
	switch {
	case label == "":
		return "a part between dots is empty"
	case len(label) > 63:
		return "a part between dots has more than 63 characters"
	case strings.ContainsFunc(label, func(r rune) bool { return !isNameRune(r) }):
		return "only letters, digits, hyphens and dots are allowed"
	case label[0] == '-' || label[len(label)-1] == '-':
		return "a part between dots begins or ends with a hyphen"
	}
	return ""
}

func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// readsAsAddress tells whether resolvers take a name for an address: an IPv6
// address, or one to four numbers as inet_aton(3) reads them.
func readsAsAddress(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	parts := strings.Split(name, ".")
	if len(parts) > 4 {
		return false
	}
	for i, part := range parts {
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if !isCNumber(part, bits) {
			return false
		}
	}
	return true
}

// isCNumber tells whether s is an unsigned number of so many bits in C's
// decimal, octal or hexadecimal form.
func isCNumber(s string, bits int) bool {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	_, err := strconv.ParseUint(s, base, bits)
	return err == nil
}

// sameName compares names as strcasecmp does in the C locale.
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// lowerName gives the name in the letters that sameName compares. It leaves
// bytes that are not ASCII alone, in whatever encoding they are.
func lowerName(name string) string {
	isUpper := func(r rune) bool { return 'A' <= r && r <= 'Z' }
	if !strings.ContainsFunc(name, isUpper) {
		return name
	}
	out := []byte(name)
	for i, c := range out {
		out[i] = lower(c)
	}
	return string(out)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
