package etcdcheck

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/haplane/haplane/internal/plain"
)

// Bytes is the report as lines for people: the verdict, what it rests on, then
// each finding with its advice. See the example of [Check].
func (r Report) Bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n", r.Verdict, plain.Line(r.summary()))
	for _, f := range r.Findings {
		line := fmt.Sprintf("%s %s: ", shown(string(f.Severity)), shown(f.Code))
		for _, part := range []string{f.Place, f.Subject} {
			if part != "" {
				line += shown(part) + ": "
			}
		}
		b.WriteString("  " + line + plain.Short(plain.Line(f.Message), longestMessage) + "\n")
		if f.Remedy != "" {
			b.WriteString("    -> " + plain.Short(plain.Line(f.Remedy), longestMessage) + "\n")
		}
	}
	return b.Bytes()
}

// WriteTo writes what Bytes gives.
func (r Report) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(r.Bytes())
	return int64(n), err
}

// summary is the report in half a line.
func (r Report) summary() string {
	parts := []string{fmt.Sprintf("%d of %s agree (%d needed)", r.Quorum.Agreeing, plural(r.Quorum.Voters, "voter"), r.Quorum.Needed)}
	switch {
	case r.Leader.Is(0):
		parts = append(parts, "no leader")
	case r.Leader.Known:
		parts = append(parts, fmt.Sprintf("leader %s, term %v", shown(r.label(r.Leader.Value)), r.Term))
	}
	if r.Quorum.Held.Is(true) {
		parts = append(parts, fmt.Sprintf("tolerates the loss of %d", max(r.Tolerance.Now, 0)))
	}
	if r.MaxCommitLag.Known {
		parts = append(parts, fmt.Sprintf("commit lag %v", r.MaxCommitLag))
	}
	if r.MaxApplyLag.Known {
		parts = append(parts, fmt.Sprintf("apply lag %v", r.MaxApplyLag))
	}
	return strings.Join(parts, "; ")
}

// label is how people call a member.
func (r Report) label(id ID) string {
	for _, m := range r.Members {
		if m.ID == id {
			return m.Label()
		}
	}
	return id.String()
}

// longest is how much of a text from outside a sentence holds, and
// longestMessage how much of a sentence is printed.
const (
	longest        = 200
	longestMessage = 1000
)

// shown returns a text from outside as a sentence may hold it.
func shown(s string) string { return plain.Short(plain.Line(s), longest) }
