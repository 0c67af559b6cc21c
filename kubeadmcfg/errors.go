package kubeadmcfg

import (
	"fmt"
	"strings"
)

// A ParseError is one thing that is wrong with the text of a file. A parse
// reports all of them, joined with errors.Join; errors.As finds each.
type ParseError struct {
	Line, Column int    // from 1, in the text that was parsed
	Document     int    // from 1
	Field        string // the path of the field, where it is about one
	Msg          string // what is wrong and what to do
}

// Error gives "kubeadm:LINE:COLUMN: FIELD: MESSAGE".
func (e *ParseError) Error() string {
	var out strings.Builder
	fmt.Fprintf(&out, "kubeadm:%d:%d: ", e.Line, e.Column)
	if e.Field != "" {
		out.WriteString(e.Field + ": ")
	}
	out.WriteString(e.Msg)
	return out.String()
}

// A Warning is something that kubeadm accepts and that is worth a look.
type Warning struct {
	// Field is the path of the field, such as
	// "ClusterConfiguration.networking.podSubnet".
	Field string

	// Message is one sentence: what, and why.
	Message string
}

// String gives "FIELD: MESSAGE".
func (w Warning) String() string { return w.Field + ": " + w.Message }
