package hostsfile

import (
	"io"
	"net/netip"
	"strings"
)

// Entry maps one address to its names.
type Entry struct {
	// Addr is an IPv4 or IPv6 address. With a zone (fe80::1%eth0) only musl
	// and Go answer it; glibc ignores the line.
	Addr netip.Addr
	// Names are the canonical name and then its aliases.
	Names []string
	// Comment stands at the end of the line, without #.
	Comment string
}

// String gives the line of a hosts file without its ending:
// "192.168.51.80 k8s-vip # load balancer".
func (e Entry) String() string {
	var b strings.Builder
	if e.Addr.IsValid() {
		b.WriteString(printable(e.Addr.String()))
	}
	for _, name := range e.Names {
		b.WriteByte(' ')
		b.WriteString(printable(name))
	}
	if e.Comment != "" {
		b.WriteString(" # ")
		b.WriteString(oneLine(e.Comment))
	}
	return b.String()
}

// Block is a part of a hosts file that one owner writes as a whole. It stands
// between two marker lines that carry its name:
//
//	# BEGIN haplane cka
//	# CKA
//	192.168.51.80 k8s-vip
//	# END haplane cka
type Block struct {
	// Name tells blocks apart: 1 to 63 letters, digits, dots, hyphens and
	// underscores. A Block without a name prints without markers.
	Name string
	// Comment is the heading above the entries, one or more lines without #.
	Comment string
	// Entries are written in this order, one a line.
	Entries []Entry
	// Former are names that the block had and has no longer, such as that of a
	// node that left. They are not written: [File.SetBlock] removes them from the
	// block, where it keeps all other names that it does not know.
	Former []string
}

// Bytes gives the block as it stands in a file, with LF line endings. Check
// it with [Block.Validate] first: blanks, # and control characters inside a
// name print as "?", so that no value adds a line or a name of its own.
func (b Block) Bytes() []byte {
	return []byte(b.text("\n"))
}

// WriteTo writes the block with one Write.
func (b Block) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, b.text("\n"))
	return int64(n), err
}

func (b Block) text(ending string) string {
	var out strings.Builder
	line := func(parts ...string) {
		for _, part := range parts {
			out.WriteString(part)
		}
		out.WriteString(ending)
	}
	if b.Name != "" {
		line(beginMarker, printable(b.Name))
	}
	if b.Comment != "" {
		for text := range strings.Lines(b.Comment) {
			line(strings.TrimRight("# "+oneLine(text), " "))
		}
	}
	for _, e := range b.Entries {
		line(e.String())
	}
	if b.Name != "" {
		line(endMarker, printable(b.Name))
	}
	return out.String()
}

// printable replaces what would end a name.
func printable(name string) string {
	return replaceBytes(name, '?', func(c byte) bool { return c <= ' ' || c == '#' || c == 0x7f })
}

// oneLine makes control characters blanks and trims the result.
func oneLine(comment string) string {
	return trimBlanks(replaceBytes(comment, ' ', isControl))
}

// replaceBytes works on bytes, so that text in any encoding stays as it is.
func replaceBytes(s string, with byte, where func(byte) bool) string {
	out := []byte(s)
	for i, c := range out {
		if where(c) {
			out[i] = with
		}
	}
	return string(out)
}

// isControl tells which bytes a comment cannot hold.
func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }
