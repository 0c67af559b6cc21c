package hostsfile

import (
	"fmt"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/plain"
)

// ParseError is a fault in the text of a hosts file or in a [Block]: Input is
// "hosts" or "block", Line and Column count from 1 (columns in bytes), Field is
// the path in a block such as entries[2].names[0], and Msg says what is wrong
// and what to do.
type ParseError = finding.ParseError

// Finding is something in a file or in a block that its readers may take
// otherwise than its authors meant: Code is one of the constants of this
// package, Subject the host name that it is about, Place the line ("hosts:3")
// or the path in a block, Message what is wrong and Remedy what to do.
type Finding = finding.Finding

// Severity says how much a finding matters.
type Severity = finding.Severity

// The severities: nothing to be done; less than it should be; broken.
const (
	Info     = finding.Info
	Warning  = finding.Warning
	Critical = finding.Critical
)

// note is a finding about a line of the file; 0 is the file as a whole.
type note struct {
	line int
	Finding
}

// newNote makes a note that is a warning. Nothing that came out of the file
// does more in it than to be shown.
func newNote(line int, code, name, message, remedy string) note {
	place := "hosts"
	if line > 0 {
		place = fmt.Sprintf("hosts:%d", line)
	}
	return note{line, Finding{
		Code:     code,
		Severity: Warning,
		Subject:  shown(name),
		Place:    place,
		Message:  plain.Line(message),
		Remedy:   plain.Line(remedy),
	}}
}

// shown is a name or a line of a file as people see it.
func shown(s string) string {
	const longest = 120
	return plain.Short(plain.Line(s), longest)
}
