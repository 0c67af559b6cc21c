package hostsfile

import (
	"io"
	"strings"
)

// File is the text of a hosts file. It is a value: no method changes it, and
// every edit gives a new File. The zero File is an empty file. A File is safe
// for concurrent use.
type File struct {
	text string
}

// Parse reads a hosts file. It never fails: every input is a File, and
// [File.Bytes] gives the same bytes back. The lines that no resolver can read
// are found by [File.Lines]. There is no limit on the size: a File is as large as
// its text, and what its methods need grows no faster.
func Parse(data []byte) *File {
	return &File{text: string(data)}
}

// Bytes gives the text of the file.
func (f *File) Bytes() []byte {
	return []byte(f.text)
}

// WriteTo writes the text of the file with one Write.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, f.text)
	return int64(n), err
}

// Equal tells whether both files have the same bytes.
func (f *File) Equal(other *File) bool {
	return f.text == other.text
}

// edit gives the file with the bytes from start to end replaced.
func (f *File) edit(start, end int, text string) *File {
	var b strings.Builder
	b.Grow(len(f.text) - (end - start) + len(text))
	b.WriteString(f.text[:start])
	b.WriteString(text)
	b.WriteString(f.text[end:])
	return &File{text: b.String()}
}
