package kubeadmcfg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// writeFields writes an object's members, each on lines of its own.
func writeFields(out *bytes.Buffer, members object, indent string) {
	for i, m := range members {
		if i > 0 || indent == "" {
			out.WriteString(indent)
		}
		out.WriteString(key(m.name, indent) + ":")
		writeMember(out, m.value, indent)
	}
}

// maxSimpleKey is how long a name may be that YAML recognises by the colon
// behind it (YAML 1.1, section 9.3.1.1, with room for the quotes).
const maxSimpleKey = 1000

func key(name, indent string) string {
	text := scalar(name)
	if len(text) > maxSimpleKey {
		return "? " + text + "\n" + indent
	}
	return text
}

// writeMember writes what follows "name:". Lists stand at their name's indent,
// which is how kubeadm prints them.
func writeMember(out *bytes.Buffer, v any, indent string) {
	switch v := v.(type) {
	case object:
		if len(v) > 0 {
			out.WriteString("\n" + indent + "  ")
			writeFields(out, v, indent+"  ")
			return
		}
	case []any:
		if len(v) > 0 {
			out.WriteString("\n")
			writeItems(out, v, indent)
			return
		}
	}
	out.WriteString(" " + leaf(v) + "\n")
}

func writeItems(out *bytes.Buffer, items []any, indent string) {
	for _, item := range items {
		out.WriteString(indent + "-")
		switch item := item.(type) {
		case object:
			if len(item) > 0 {
				out.WriteString(" ")
				writeFields(out, item, indent+"  ")
				continue
			}
		case []any:
			if len(item) > 0 {
				out.WriteString("\n")
				writeItems(out, item, indent+"  ")
				continue
			}
		}
		out.WriteString(" " + leaf(item) + "\n")
	}
}

// leaf writes a value that fits on one line.
func leaf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return scalar(v)
	case object:
		return "{}"
	case []any:
		return "[]"
	case json.Number:
		return v.String()
	}
	return fmt.Sprint(v)
}

// scalar writes a string so that every YAML reader reads that string: plain
// where nobody can take it for anything else, in double quotes otherwise.
func scalar(s string) string {
	if isPlain(s) {
		return s
	}
	return quote(s)
}

func isPlain(s string) bool {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return !isPlainRune(r) }) {
		return false
	}
	switch first := s[0]; {
	case strings.HasSuffix(s, ":"):
		return false
	case isLetter(rune(first)):
		return !slices.Contains(reserved, strings.ToLower(s))
	case first == '/':
		return true
	case isDigit(rune(first)):
		return isIPv4(s) || strings.ContainsFunc(s, neverInNumber)
	}
	return false
}

// reserved words are something else than strings to some YAML reader.
var reserved = []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null"}

func isPlainRune(r rune) bool {
	return isLetter(r) || isDigit(r) || strings.ContainsRune("_./:=@,+-", r)
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
func isDigit(r rune) bool  { return '0' <= r && r <= '9' }

// neverInNumber holds for what no number (also hexadecimal, in powers of ten,
// or to the base of sixty) and no timestamp contains.
func neverInNumber(r rune) bool {
	return r == '/' || isLetter(r) && !strings.ContainsRune("abcdefoxtzABCDEFOXTZ", r)
}

func isIPv4(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is4()
}

// quote writes a YAML double-quoted scalar, which is JSON's string with more
// that must be escaped. Bytes that are not UTF-8 become U+FFFD.
func quote(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == utf8.RuneError || r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r):
			out.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&out, `\U%08x`, r)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
