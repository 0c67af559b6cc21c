package kubeadmcmd

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// ParseError says where a text is wrong and what to do. It never quotes the
// text, which may hold secrets.
type ParseError struct {
	Line   int // from 1
	Column int // from 1, in characters
	Msg    string
}

// Error is "kubeadm:LINE:COLUMN: MSG".
func (e *ParseError) Error() string {
	return fmt.Sprintf("kubeadm:%d:%d: %s", e.Line, e.Column, e.Msg)
}

// problem is a ParseError to be: its place is still a byte offset.
type problem struct {
	at  int
	msg string
}

// maxErrors is how many errors about one text are reported one by one.
const maxErrors = 100

// located joins the problems as ParseErrors, in the text's order.
func located(text string, problems ...problem) error {
	slices.SortStableFunc(problems, func(a, b problem) int { return cmp.Compare(a.at, b.at) })
	errs := make([]error, 0, len(problems))
	line, lineStart, seen := 1, 0, 0
	for i, p := range problems {
		if i == maxErrors {
			errs = append(errs, fmt.Errorf("%d more errors follow", len(problems)-i))
			break
		}
		between := text[seen:p.at]
		line += strings.Count(between, "\n")
		if i := strings.LastIndexByte(between, '\n'); i >= 0 {
			lineStart = seen + i + 1
		}
		seen = p.at
		column := utf8.RuneCountInString(text[lineStart:p.at]) + 1
		errs = append(errs, &ParseError{Line: line, Column: column, Msg: p.msg})
	}
	return errors.Join(errs...)
}
