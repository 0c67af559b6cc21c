package finding

import (
	"errors"
	"fmt"
	"strings"

	"github.com/haplane/haplane/internal/plain"
)

// ParseError is text that could not be read.
type ParseError struct {
	// Input names the text: a file's name where the caller has given one, or what
	// it should be, such as "hosts" or "etcdctl output".
	Input string
	// Line and Column count from 1; 0 where the text or the line as a whole is
	// meant.
	Line, Column int
	// Field is the path of the field that it is about, such as
	// controlPlanes[1].address; empty where there is none.
	Field string
	// Msg says what is wrong and what to do.
	Msg string
}

// Error returns "INPUT:LINE:COLUMN: FIELD: MSG" without the parts that are
// empty, so that editors jump to the place. It is one line, and no terminal takes
// any of it for an order.
func (e *ParseError) Error() string {
	var b strings.Builder
	b.WriteString(e.Input)
	for _, n := range []int{e.Line, e.Column} {
		if n > 0 {
			fmt.Fprintf(&b, ":%d", n)
		}
	}
	b.WriteString(": ")
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Msg)
	return plain.Line(b.String())
}

// MaxErrors is how many errors about one text are told one by one.
const MaxErrors = 100

// MaxText is how long the text of the errors about one text is, in bytes.
const MaxText = 32 << 10

// longest is how long one of several errors is, and theEnd the words behind them.
const longest, theEnd = 2 << 10, 200

// Join joins the errors about one text. Behind the first [MaxErrors], and where
// their text would be longer than [MaxText], it says how many more there are. A
// message or a field that is very long is cut. It returns nil for none.
func Join(problems []*ParseError) error {
	all := make([]error, 0, len(problems))
	for _, problem := range problems {
		short := *problem
		short.Field, short.Msg = plain.Short(problem.Field, longest), plain.Short(problem.Msg, longest)
		all = append(all, &short)
	}
	if len(all) == 0 {
		return nil
	}
	return join(all, plain.Short(plain.Line(problems[0].Input), theEnd/2)+": ")
}

// JoinErrors is [Join] for errors of any kind: one whose text is very long, or
// would not be one line that no terminal takes for an order, is told in other
// words, and errors.As finds it behind them.
func JoinErrors(all []error) error {
	fit := make([]error, 0, min(len(all), MaxErrors+1))
	for i, err := range all {
		if i > MaxErrors {
			fit = append(fit, err)
			continue
		}
		if text := plain.Short(plain.Line(err.Error()), longest); text != err.Error() {
			err = retold{text, err}
		}
		fit = append(fit, err)
	}
	return join(fit, "")
}

// retold is an error in other words.
type retold struct {
	text string
	err  error
}

func (r retold) Error() string { return r.text }

func (r retold) Unwrap() error { return r.err }

func join(problems []error, input string) error {
	var all []error
	length := 0
	for i, problem := range problems {
		if i < MaxErrors {
			length += len(problem.Error()) + len("\n")
		}
		if i == MaxErrors || length > MaxText-theEnd {
			all = append(all, fmt.Errorf("%sand %d more errors", input, len(problems)-i))
			break
		}
		all = append(all, problem)
	}
	return errors.Join(all...)
}

// Named returns the error with another name of the input in every ParseError
// that it joins: that of the file which the caller has read. Other errors stay
// as they are.
func Named(err error, input string) error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, Named(one, input))
		}
		return errors.Join(all...)
	}
	var problem *ParseError
	if errors.As(err, &problem) {
		named := *problem
		named.Input = input
		return &named
	}
	return err
}
