package hostsfile

import "fmt"

// ParseError is a fault in the text of a hosts file. Line and Column count
// from 1, columns in bytes; Msg says what is wrong and what to do.
type ParseError struct {
	Line, Column int
	Msg          string
}

// Error prints "hosts:12:5: what is wrong and what to do".
func (e *ParseError) Error() string {
	return fmt.Sprintf("hosts:%d:%d: %s", e.Line, e.Column, e.Msg)
}

// FieldError is a fault in a [Block]. Field is its path, such as
// entries[2].names[0], Msg what is wrong and what to do.
type FieldError struct {
	Field, Msg string
}

// Error prints "entries[2].names[0]: what is wrong and what to do".
func (e *FieldError) Error() string {
	return e.Field + ": " + e.Msg
}

// Warning is about a [Block] that can be written but may not do what its
// author expects. Field is its path, Message one sentence with the reason.
type Warning struct {
	Field, Message string
}

// String prints "field: message".
func (w Warning) String() string {
	return w.Field + ": " + w.Message
}
