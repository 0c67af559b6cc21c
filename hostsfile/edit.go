package hostsfile

import (
	"slices"
	"strings"
)

// Blocks gives the managed blocks in the order of the file. Its error joins
// every [MarkerError].
//
// The Comment of a block is the comment lines in front of its first entry.
// Lines that are neither, for example a comment that a person added between
// two entries, are not part of the answer.
func (f *File) Blocks() ([]Block, error) {
	regions, err := f.soundRegions()
	if err != nil {
		return nil, err
	}
	blocks := make([]Block, 0, len(regions))
	for _, r := range regions {
		blocks = append(blocks, f.block(r))
	}
	return blocks, nil
}

// SetBlock returns the file with the block in it: in the place of the block of
// the same name, or else at the end. Every other byte stays, except that a
// last line without an ending gets one when a block is added after it. Setting
// a block twice is setting it once.
//
// Nothing that somebody has added inside the block is lost: a line with a name
// that the block does not have, a comment or a line that nobody can read moves
// behind the block, and [File.Merge] says so. What is the block's own goes: its
// former addresses, its former heading and the names in [Block.Former].
//
// The error joins every [ParseError] of the block and every [MarkerError] of
// the file; there is no new file then.
func (f *File) SetBlock(b Block) (*File, error) {
	set, _, err := f.setBlock(b)
	return set, err
}

// setBlock also returns the lines that it has moved behind the block.
func (f *File) setBlock(b Block) (*File, []kept, error) {
	regions, err := f.soundRegions(b.faults()...)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(regions, func(r region) bool { return r.begin.name == b.Name })
	if i < 0 {
		return f.append(b), nil, nil
	}
	start, end := regions[i].begin.line.start, regions[i].end.line.end()
	ending := f.ending(start, end)
	lines := f.keep(regions[i], b)
	return f.edit(start, end, b.text(ending)+joinKept(lines, ending)), lines, nil
}

func joinKept(lines []kept, ending string) string {
	var out strings.Builder
	for _, line := range lines {
		out.WriteString(line.text + ending)
	}
	return out.String()
}

// RemoveBlock returns the file without the block: without its markers and its
// lines. What the block does not have stays, as [File.SetBlock] keeps it. Where
// there is no block of that name it returns the same file. The error joins every
// [MarkerError].
func (f *File) RemoveBlock(b Block) (*File, error) {
	regions, err := f.soundRegions()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(regions, func(r region) bool { return r.begin.name == b.Name })
	if i < 0 {
		return f, nil
	}
	start, end := regions[i].begin.line.start, regions[i].end.line.end()
	return f.edit(start, end, joinKept(f.keep(regions[i], b), f.ending(start, end))), nil
}

// block reads the block in a region.
func (f *File) block(r region) Block {
	b := Block{Name: r.begin.name}
	var comment []string
	body := &File{text: f.text[r.begin.line.end():r.end.line.start]}
	for l := range body.Lines() {
		switch {
		case l.Kind == Mapping:
			b.Entries = append(b.Entries, l.Entry)
		case l.Kind == Comment && b.Entries == nil:
			comment = append(comment, trimBlanks(trimLeftBlanks(l.Text)[1:]))
		}
	}
	b.Comment = strings.Join(comment, "\n")
	return b
}

// append gives the file with the block at its end. A last line without an
// ending gets one first, and may decide by it which ending the block has.
func (f *File) append(b Block) *File {
	end := len(f.text)
	if f.text != "" && f.text != bom && !strings.HasSuffix(f.text, "\n") {
		f = &File{text: f.text + f.ending(end, end)}
		end = len(f.text)
	}
	return f.edit(end, end, b.text(f.ending(end, end)))
}

// ending is the line ending that most lines outside the given bytes have, or
// else most lines of the file, or else LF. Looking outside first keeps a block
// from voting for its own ending.
func (f *File) ending(start, end int) string {
	lines := strings.Count(f.text, "\n")
	crlf := strings.Count(f.text, "\r\n")
	inside := f.text[start:end]
	if outside := lines - strings.Count(inside, "\n"); outside > 0 {
		lines, crlf = outside, crlf-strings.Count(inside, "\r\n")
	}
	if crlf > lines-crlf {
		return "\r\n"
	}
	return "\n"
}
