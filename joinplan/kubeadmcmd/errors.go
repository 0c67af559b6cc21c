package kubeadmcmd

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/haplane/haplane/internal/finding"
)

// ParseError says where a text is wrong (Line and Column, counted from 1 in
// characters) and what to do (Msg). It never quotes the text, which may hold
// secrets.
type ParseError = finding.ParseError

// problem is a ParseError to be: its place is still a byte offset.
type problem struct {
	at  int
	msg string
}

// located joins the problems as ParseErrors, in the text's order.
func located(text string, problems ...problem) error {
	slices.SortStableFunc(problems, func(a, b problem) int { return cmp.Compare(a.at, b.at) })
	errs := make([]*ParseError, 0, len(problems))
	line, lineStart, seen := 1, 0, 0
	for _, p := range problems {
		between := text[seen:p.at]
		line += strings.Count(between, "\n")
		if i := strings.LastIndexByte(between, '\n'); i >= 0 {
			lineStart = seen + i + 1
		}
		seen = p.at
		column := utf8.RuneCountInString(text[lineStart:p.at]) + 1
		errs = append(errs, &ParseError{Input: "kubeadm", Line: line, Column: column, Msg: p.msg})
	}
	return finding.Join(errs)
}
