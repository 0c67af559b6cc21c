package haproxylog

import "fmt"

// ParseError is a line that has the form of HAProxy's and does not parse, cut
// off or damaged.
type ParseError struct {
	// Line is the number of the line in the input and Column the byte in it, both
	// from 1. Column is 0 where the line as a whole is meant.
	Line, Column int
	Msg          string
}

// Error gives "haproxy log:LINE:COLUMN: what is wrong".
func (e *ParseError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("haproxy log:%d: %s", e.Line, e.Msg)
	}
	return fmt.Sprintf("haproxy log:%d:%d: %s", e.Line, e.Column, e.Msg)
}
