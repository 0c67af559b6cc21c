package hostsfile

import (
	"fmt"
	"slices"
	"strings"
)

// Repair is a way to mend the markers of a block. Which one is right only the
// caller can know, so none is ever chosen for it.
type Repair string

const (
	// RemoveMarkers removes every marker of the block and keeps all other
	// lines, which belong to nobody then. It mends every fault. [File.Merge]
	// with [Adopt] takes the names into a new block afterwards.
	RemoveMarkers Repair = "remove-markers"
	// CloseBlock puts the missing end marker before the next empty line, the
	// next marker or the end of the file, whichever comes first.
	CloseBlock Repair = "close-block"
	// KeepFirst removes every block of the name but the first. Lines that the
	// first does not have stay where they are.
	KeepFirst Repair = "keep-first"
	// KeepLast does the same for the last.
	KeepLast Repair = "keep-last"
)

// Repair gives the file with the markers of one block mended in the way that
// the caller chose from [MarkerError.Repairs]. The name is MarkerError.Block,
// empty for markers without a right name. Where the repair mends nothing the
// error says so.
func (f *File) Repair(block string, choice Repair) (*File, error) {
	_, faults := f.regions()
	mends := func(e *MarkerError) bool { return e.Block == block && slices.Contains(e.Repairs, choice) }
	if !slices.ContainsFunc(faults, mends) {
		return nil, fmt.Errorf("block %q has no fault that %q mends", block, choice)
	}
	switch choice {
	case CloseBlock:
		return f.closeBlock(block), nil
	case KeepFirst:
		return f.keepRegion(block, 0), nil
	case KeepLast:
		return f.keepRegion(block, -1), nil
	}
	return f.removeMarkers(block), nil
}

func (f *File) removeMarkers(block string) *File {
	var cuts []span
	for _, m := range f.markers() {
		if m.name == block {
			cuts = append(cuts, span{m.line.start, m.line.end()})
		}
	}
	return f.cut(cuts)
}

// keepRegion removes the regions of a name but the one at index, counted from
// the end where it is negative.
func (f *File) keepRegion(block string, index int) *File {
	regions, _ := f.regions()
	regions = slices.DeleteFunc(regions, func(r region) bool { return r.begin.name != block })
	if index < 0 {
		index += len(regions)
	}
	last := f.block(regions[index])
	var out strings.Builder
	end := 0
	for i, r := range regions {
		if i == index {
			continue
		}
		out.WriteString(f.text[end:r.begin.line.start])
		end = r.end.line.end()
		out.WriteString(joinKept(f.keep(r, last), f.ending(r.begin.line.start, end)))
	}
	out.WriteString(f.text[end:])
	return &File{text: out.String()}
}

// closeBlock ends every open block of the name.
func (f *File) closeBlock(block string) *File {
	_, faults := f.regions()
	open := map[int]bool{}
	for _, e := range faults {
		if e.Block == block && e.Fault == Unclosed {
			open[e.Line] = true
		}
	}
	ending := f.ending(0, 0)
	var out strings.Builder
	inside := false
	closeHere := func() {
		if inside {
			out.WriteString(endMarker + block + ending)
		}
		inside = false
	}
	for r := range f.rawLines() {
		if isMarker(r.text) || trimBlanks(r.text) == "" {
			closeHere()
		}
		out.WriteString(r.bom + r.text + r.ending)
		inside = inside || open[r.number]
		if inside && r.ending == "" {
			out.WriteString(ending)
		}
	}
	closeHere()
	return &File{text: out.String()}
}

// span is a part of the text.
type span struct{ start, end int }

// cut gives the file without the spans, which are in order and apart.
func (f *File) cut(spans []span) *File {
	var out strings.Builder
	kept := 0
	for _, s := range spans {
		out.WriteString(f.text[kept:s.start])
		kept = s.end
	}
	out.WriteString(f.text[kept:])
	return &File{text: out.String()}
}
