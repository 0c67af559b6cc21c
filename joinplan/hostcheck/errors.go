package hostcheck

import "github.com/haplane/haplane/internal/finding"

// ParseError says where a text is none of what this package reads: Input is
// "capture", Line and Column count from 1, and Msg says what is wrong and what to
// do.
type ParseError = finding.ParseError

// Severity says how much a finding matters.
type Severity = finding.Severity

// The severities: nothing to be done; less than it should be, or about to hurt;
// broken.
const (
	Info     = finding.Info
	Warning  = finding.Warning
	Critical = finding.Critical
)

// Finding is one thing that is wrong on one host: Code is one of the constants of
// this package, Subject the host's name in the description, Place where it stands
// ("capture:3"; empty where there is no single line, as in JSON), Message what the
// host printed and what that means, and Remedy what to do.
type Finding = finding.Finding
