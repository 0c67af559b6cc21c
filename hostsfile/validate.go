package hostsfile

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Validate tells what would keep the block from being written or read back.
// The error joins a [FieldError] for every fault.
//
// A name must be one of RFC 1123, section 2.1, with underscores allowed: see
// [Block.Warnings].
func (b Block) Validate() error {
	var errs []error
	add := func(msg, path string, args ...any) {
		if msg != "" {
			errs = append(errs, &FieldError{Field: fmt.Sprintf(path, args...), Msg: msg})
		}
	}
	add(checkBlockName(b.Name), "name")
	add(checkHeading(b.Comment), "comment")
	for i, e := range b.Entries {
		add(checkAddr(e.Addr), "entries[%d].addr", i)
		if len(e.Names) == 0 {
			add("the address needs at least one name", "entries[%d].names", i)
		}
		for j, name := range e.Names {
			add(checkHostname(name), "entries[%d].names[%d]", i, j)
		}
		if hasControl(e.Comment) {
			add("a comment is one line without control characters", "entries[%d].comment", i)
		}
	}
	return errors.Join(errs...)
}

// checkBlockName gives what is wrong with the name of a block, or nothing.
func checkBlockName(name string) string {
	switch {
	case name == "":
		return "the block needs a name"
	case len(name) > 63:
		return "a block's name has at most 63 characters"
	case strings.ContainsFunc(name, func(r rune) bool { return !isNameRune(r) && r != '.' }):
		return "a block's name has letters, digits, dots, hyphens and underscores only"
	}
	return ""
}

// checkHeading gives what is wrong with the comment of a block, or nothing.
func checkHeading(comment string) string {
	for line := range strings.Lines(comment) {
		line = strings.TrimSuffix(line, "\n")
		if hasControl(line) {
			return "a comment has no control characters but newlines and tabs"
		}
		if isMarker("#" + line) {
			return "a line of the comment reads as the marker of a block"
		}
	}
	return ""
}

func checkAddr(addr netip.Addr) string {
	if !addr.IsValid() {
		return "the entry needs an address"
	}
	return ""
}

// checkHostname gives what is wrong with the name of a host, or nothing.
func checkHostname(name string) string {
	if name == "" {
		return "the name is empty"
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return fmt.Sprintf("%q is an address, which is never looked up in the file: give a name", name)
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

func hasControl(s string) bool {
	return slices.ContainsFunc([]byte(s), isControl)
}
