package hostcheck

import "fmt"

// ParseError says where a capture is none of what this package reads, and what
// to do.
type ParseError struct {
	Line   int // from 1
	Column int // from 1, in characters
	Msg    string
}

// Error is "capture:LINE:COLUMN: MSG".
func (e *ParseError) Error() string {
	return fmt.Sprintf("capture:%d:%d: %s", e.Line, e.Column, e.Msg)
}
