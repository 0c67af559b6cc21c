package haproxylog

import "fmt"

// ParseError is a line that has the form of HAProxy's and does not parse: cut
// off, damaged, or of a version that writes it differently.
type ParseError struct {
	// Line is the number of the line in the input and Column the byte in it, both
	// from 1.
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Msg    string `json:"message"`
}

// Error gives "haproxylog:LINE:COLUMN: what is wrong".
func (e *ParseError) Error() string {
	return fmt.Sprintf("haproxylog:%d:%d: %s", e.Line, e.Column, e.Msg)
}
