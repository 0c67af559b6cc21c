package hostsfile

import (
	"iter"
	"net/netip"
	"strings"
)

// bom is the byte-order mark that some editors put in front of a file.
const bom = "\ufeff"

// Kind tells what a line is.
type Kind int

const (
	// Blank is a line of nothing but blanks.
	Blank Kind = iota
	// Comment is a line whose first sign is #.
	Comment
	// Marker begins or ends a managed block.
	Marker
	// Mapping is an address with at least one name.
	Mapping
	// Unreadable is a line that maps no name to an address: Line.Err says why.
	Unreadable
)

// String gives the kind in words.
func (k Kind) String() string {
	switch k {
	case Blank:
		return "blank"
	case Comment:
		return "comment"
	case Marker:
		return "marker"
	case Mapping:
		return "mapping"
	}
	return "unreadable"
}

// Line is one line of a file.
type Line struct {
	// Number counts from 1.
	Number int
	// Text is the line without its ending.
	Text string
	// Ending is "\n", "\r\n", or empty where the file ends without one.
	Ending string
	// Kind tells which of the other fields are set.
	Kind Kind
	// Entry is what a Mapping says.
	Entry Entry
	// Err tells why a line is Unreadable.
	Err *ParseError
}

// Lines gives every line of the file in order. The Text and Ending of all
// lines, one after another, are the bytes of the file.
func (f *File) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for raw := range f.rawLines() {
			if !yield(raw.line()) {
				return
			}
		}
	}
}

// rawLine is a line that is found but not yet read.
type rawLine struct {
	number int
	bom    string // the byte-order mark, in front of the first line only
	start  int    // offset of text in the file
	text   string
	ending string
}

// end is the offset of what follows the line.
func (r rawLine) end() int { return r.start + len(r.text) + len(r.ending) }

// rawLines gives the lines without reading them.
func (f *File) rawLines() iter.Seq[rawLine] {
	return func(yield func(rawLine) bool) {
		start := 0
		for number := 1; start < len(f.text); number++ {
			r := f.lineAt(number, start)
			if !yield(r) {
				return
			}
			start = r.end()
		}
	}
}

// lineAt gives the line that begins at an offset.
func (f *File) lineAt(number, start int) rawLine {
	r := rawLine{number: number, start: start}
	if start == 0 && strings.HasPrefix(f.text, bom) {
		r.bom, r.start = bom, len(bom)
	}
	r.text, r.ending = cutLine(f.text[r.start:])
	return r
}

// cutLine gives the first line of s and its ending.
func cutLine(s string) (text, ending string) {
	i := strings.IndexByte(s, '\n')
	switch {
	case i < 0:
		return s, ""
	case i > 0 && s[i-1] == '\r':
		return s[:i-1], s[i-1 : i+1]
	}
	return s[:i], s[i : i+1]
}

// line reads the line.
func (r rawLine) line() Line {
	l := Line{Number: r.number, Text: r.bom + r.text, Ending: r.ending}
	addr, names, comment := splitEntry(r.text)
	switch {
	case addr == "" && !strings.HasPrefix(trimBlanks(r.text), "#"):
		l.Kind = Blank
	case addr == "" && isMarker(r.text):
		l.Kind = Marker
	case addr == "":
		l.Kind = Comment
	default:
		l.Kind, l.Entry, l.Err = r.read(addr, names, comment)
	}
	return l
}

// mendLine is what to do about an unreadable line.
const mendLine = "correct the line or make it a comment"

// read gives what the line maps, or why resolvers ignore it.
func (r rawLine) read(addr string, names []string, comment string) (Kind, Entry, *ParseError) {
	ip, column, fault := r.address(addr, names)
	if fault != "" {
		return Unreadable, Entry{}, &ParseError{Input: "hosts", Line: r.number, Column: column, Msg: fault + ": " + mendLine}
	}
	return Mapping, Entry{ip, names, comment}, nil
}

// address gives the address of a line, or why and from which column on
// resolvers ignore it.
func (r rawLine) address(addr string, names []string) (ip netip.Addr, column int, fault string) {
	column = len(r.text) - len(trimLeftBlanks(r.text)) + 1
	ip, err := netip.ParseAddr(addr)
	switch {
	case r.bom != "" || strings.HasPrefix(addr, bom):
		return ip, 1, "a byte-order mark stands in front of the address"
	case err != nil:
		return ip, column, `"` + shown(addr) + `" is not an IP address`
	case len(names) == 0:
		return ip, column + len(addr), "no name follows the address"
	}
	return ip, column, ""
}

// splitEntry cuts a line into its fields. As for the C libraries, a NUL ends
// the line.
func splitEntry(text string) (addr string, names []string, comment string) {
	if i := strings.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	if i := strings.IndexByte(text, '#'); i >= 0 {
		text, comment = text[:i], trimBlanks(text[i+1:])
	}
	addr, text = cutField(text)
	if n := countFields(text); n > 0 {
		names = make([]string, n)
	}
	for i := range names {
		names[i], text = cutField(text)
	}
	return addr, names, comment
}

func countFields(s string) int {
	n := 0
	for field, rest := cutField(s); field != ""; field, rest = cutField(rest) {
		n++
	}
	return n
}

// cutField gives the first field of s, empty where there is none, and what
// follows it.
func cutField(s string) (field, rest string) {
	s = trimLeftBlanks(s)
	for i := range len(s) {
		if isBlank(s[i]) {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

func isBlank(c byte) bool { return blanks[c] }

// blanks are those of isspace in the C locale.
var blanks = [256]bool{' ': true, '\t': true, '\n': true, '\v': true, '\f': true, '\r': true}

func trimLeftBlanks(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	return s
}

func trimBlanks(s string) string {
	s = trimLeftBlanks(s)
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}
