package hostcheck

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/haplane/haplane/internal/plain"
)

// Report is what was checked and found.
type Report struct {
	// Hosts were checked, in the order of the description.
	Hosts []string `json:"hosts"`
	// Findings are in the order of Hosts.
	Findings []Finding `json:"findings"`
}

// Bytes gives the report for people: each finding in three lines and an empty
// one, then a sum.
func (r Report) Bytes() []byte {
	var b bytes.Buffer
	for _, f := range r.Findings {
		place := ""
		if f.Place != "" {
			place = ", " + f.Place
		}
		fmt.Fprintf(&b, "%s: %s (%s%s)\n  %s\n  cure: %s\n\n", f.Subject, f.Code, f.Severity, place, f.Message, f.Remedy)
	}
	hosts := plain.Line(strings.Join(r.Hosts, ", "))
	switch len(r.Findings) {
	case 0:
		fmt.Fprintf(&b, "nothing found on %s\n", hosts)
	case 1:
		fmt.Fprintf(&b, "1 finding on %s\n", hosts)
	default:
		fmt.Fprintf(&b, "%d findings on %s\n", len(r.Findings), hosts)
	}
	return b.Bytes()
}

// WriteTo writes [Report.Bytes] in one Write.
func (r Report) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(r.Bytes())
	return int64(n), err
}
