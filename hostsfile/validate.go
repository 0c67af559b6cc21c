package hostsfile

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/finding"
)

// Validate tells what would keep the block from being written or read back.
// The error joins a [ParseError] for every fault.
//
// A name must be one of RFC 1123, section 2.1, with underscores allowed: see
// [Block.Warnings].
func (b Block) Validate() error {
	return finding.JoinErrors(b.faults())
}

func (b Block) faults() []error {
	var errs []error
	add := func(msg, path string, args ...any) {
		if msg != "" {
			errs = append(errs, &ParseError{Input: "block", Field: fmt.Sprintf(path, args...), Msg: msg})
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
			add(checkOwnName(name), "entries[%d].names[%d]", i, j)
		}
		if hasControl(e.Comment) {
			add("a comment is one line without control characters but tabs", "entries[%d].comment", i)
		}
	}
	return errs
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
		if m, _ := readForeign(rawLine{text: "#" + line}); m.certain || isMarker("#"+line) {
			return "a line of the comment reads as the marker of a block"
		}
	}
	return ""
}

func checkAddr(addr netip.Addr) string {
	switch {
	case !addr.IsValid():
		return "the entry needs an address"
	case printable(addr.Zone()) != addr.Zone():
		return fmt.Sprintf("the zone %q has a blank, # or control character: give the name of an interface", addr.Zone())
	}
	return ""
}

// checkOwnName gives what keeps a name out of a block, or nothing.
func checkOwnName(name string) string {
	if sameName(name, "localhost") {
		return "localhost belongs to the machine: leave it to a line outside the block"
	}
	return checkHostname(name)
}

func hasControl(s string) bool {
	return slices.ContainsFunc([]byte(s), isControl)
}
