// Package garbage has what people give to a program by mistake: the error
// messages of the command that should have made its input, a page in HTML,
// nothing, bytes of a binary, other formats, and files of this project that
// belong elsewhere. The tests of the examples hold each program to one rule: it
// never says "all is well" about any of them.
package garbage

import "slices"

// Input is one piece of garbage.
type Input struct {
	// Name says what it is.
	Name string
	// Text is its content.
	Text string
	// Reader is the example that reads this as its own input, for which it is
	// no garbage; empty where there is none.
	Reader string
}

// For returns all garbage except what the example of that name reads.
func For(example string) []Input {
	all := slices.Concat(messages, markup, bytes, formats, ours)
	return slices.DeleteFunc(all, func(in Input) bool { return in.Reader != "" && in.Reader == example })
}

// bytes are inputs without any text, or that are no text.
var bytes = []Input{
	{Name: "nothing", Text: ""},
	{Name: "a line break", Text: "\n"},
	{Name: "blank lines", Text: "  \n\t\n\r\n\n"},
	{Name: "a byte order mark alone", Text: "\ufeff"},
	{Name: "a byte order mark of UTF-16 alone", Text: "\xff\xfe"},
	{Name: "bytes of NUL", Text: string(make([]byte, 4096))},
	{Name: "the start of an ELF file", Text: "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00\x01\x00\x00\x00"},
	{Name: "the start of a gzip file", Text: "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xed\xbd\x07\x60\x1c\x49"},
	{Name: "the start of a picture", Text: "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x01\x00"},
	{Name: "every byte once", Text: everyByte()},
	{Name: "escape sequences alone", Text: "\x1b[2J\x1b[H\x1b[0m\x1b[?25h\n"},
	{Name: "invisible characters", Text: "\u200b\u200b\u2060\u00ad\n\u202e\u2066\n"},
	{Name: "one word", Text: "ok"},
	{Name: "the word healthy", Text: "healthy\n"},
	{Name: "a number", Text: "3\n"},
	{Name: "a prompt", Text: "root@cp-1:~# \n"},
}

func everyByte() string {
	var all [256]byte
	for i := range all {
		all[i] = byte(i)
	}
	return string(all[:])
}
