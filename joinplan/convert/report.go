package convert

import (
	"bytes"
	"fmt"
	"io"

	"github.com/haplane/haplane/internal/plain"
)

// Bytes gives the census for people: what must change with what breaks, what was
// not seen, and what may stay.
func (c Census) Bytes() []byte {
	var b bytes.Buffer
	scope := c.InScope()
	switch {
	case c.Converted():
		fmt.Fprintf(&b, "Converted: nothing points anywhere but at %s or where it may.\n", plain.Line(c.Endpoint))
	default:
		fmt.Fprintf(&b, "Not converted to %s: %d to change, %d not seen.\n", plain.Line(c.Endpoint), len(scope), len(c.Missing))
	}
	for _, m := range c.Missing {
		fmt.Fprintf(&b, "\n? %s\n", plain.Line(m.String()))
	}
	for _, r := range scope {
		fmt.Fprintf(&b, "\n! %s\n  when that is gone: %s\n", r, plain.Line(r.Breaks))
	}
	b.WriteString("\n")
	for _, r := range c.References {
		if !r.InScope() {
			fmt.Fprintf(&b, "  %s\n", r)
		}
	}
	return b.Bytes()
}

// WriteTo writes [Census.Bytes] in one Write.
func (c Census) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c.Bytes())
	return int64(n), err
}

// String is [Census.Bytes] as text.
func (c Census) String() string { return string(c.Bytes()) }
