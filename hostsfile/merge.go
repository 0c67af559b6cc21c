package hostsfile

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/plain"
)

// Outside is what [File.Merge] does with lines outside the managed blocks that
// have names of the block.
type Outside int

const (
	// Leave keeps them as they are.
	Leave Outside = iota
	// Adopt removes the block's names from them. A line that has no other name
	// goes; its comment stays as a line of its own.
	Adopt
)

// The codes of what [File.Merge] tells.
const (
	// CodeAdopted is a name that was removed from a line outside the block. It is
	// for information.
	CodeAdopted = "adopted"
	// CodeForeign is a name that was not adopted, because another tool manages
	// the line.
	CodeForeign = "foreign-block"
	// CodeKept is a line that stood in the block and is not the block's: it was
	// moved behind the block.
	CodeKept = "kept"
)

// overlap is a name of the block on a line outside the managed blocks.
type overlap struct {
	claim
	want []netip.Addr // the block's addresses
}

// Merge returns the file with the block in it, as [File.SetBlock] does, and what
// is worth knowing of it: lines that were kept behind the block, and with
// [Adopt] the names that were taken from lines outside, and those that were not,
// because another tool (Ansible, kubespray, Vagrant, Docker) manages the line.
//
// A name overlaps where the line's address has the family of one of the
// block's addresses, because a name may stand for one IPv4 and one IPv6
// address at once; on a loopback address it always overlaps. Names in other
// managed blocks belong to their owners and are never touched: [File.Check]
// reports them. The errors are those of [File.SetBlock].
func (f *File) Merge(b Block, outside Outside) (*File, []Finding, error) {
	merged, lines, err := f.setBlock(b)
	if err != nil {
		return nil, nil, err
	}
	notes := make([]note, 0, len(lines))
	for _, line := range lines {
		notes = append(notes, newNote(line.line, CodeKept, "",
			fmt.Sprintf("the line %q stood in block %s, which does not have it: it is kept behind the block", plain.Short(trimBlanks(line.was), 120), b.Name),
			"remove it if nobody needs it, a node that left for example"))
	}
	if outside == Adopt {
		taken, left := f.overlaps(b)
		for _, o := range taken {
			n := o.note(CodeAdopted, fmt.Sprintf("it is %s here and %s in block %s, which adopts it: removed here", o.addr, addresses(o.want), b.Name), "")
			n.Severity = Info
			notes = append(notes, n)
		}
		for _, o := range left {
			notes = append(notes, o.note(CodeForeign, fmt.Sprintf("it is %s here and %s in block %s: left here", o.addr, addresses(o.want), b.Name), ""))
		}
		if len(taken) > 0 {
			merged, err = f.without(taken).SetBlock(b)
		}
	}
	slices.SortStableFunc(notes, func(a, b note) int { return cmp.Compare(a.line, b.line) })
	told := summary{limit: 100}
	for _, n := range notes {
		told.add(n)
	}
	return merged, told.findings(), err
}

func addresses(addrs []netip.Addr) string {
	texts := make([]string, 0, len(addrs))
	for _, addr := range addrs {
		texts = append(texts, addr.String())
	}
	return strings.Join(texts, ", ")
}

// overlaps finds the block's names outside the managed blocks: those that it
// may take, and those on lines of other tools.
func (f *File) overlaps(b Block) (taken, left []overlap) {
	want := map[string][]netip.Addr{}
	for _, e := range b.Entries {
		for _, name := range e.Names {
			key := lowerName(name)
			want[key] = append(want[key], e.Addr)
		}
	}
	regions, _ := f.regions()
	for _, c := range f.claims(regions, f.foreignRegions()) {
		addrs := want[lowerName(c.name)]
		switch {
		case c.block != "" || !overlaps(c.addr, addrs):
		case c.foreign != "":
			left = append(left, overlap{c, addrs})
		default:
			taken = append(taken, overlap{c, addrs})
		}
	}
	return taken, left
}

// overlaps reports whether an address outside a block stands in the way of the
// block's addresses for the same name.
func overlaps(addr netip.Addr, want []netip.Addr) bool {
	return slices.ContainsFunc(want, func(w netip.Addr) bool {
		return addr.IsLoopback() || addr.Is4() == w.Unmap().Is4()
	})
}

// without gives the file without the names that overlap.
func (f *File) without(taken []overlap) *File {
	names := map[int][]string{}
	for _, o := range taken {
		names[o.line] = append(names[o.line], o.name)
	}
	var out strings.Builder
	out.Grow(len(f.text))
	for r := range f.rawLines() {
		out.WriteString(r.bom)
		if gone := names[r.number]; gone != nil {
			out.WriteString(r.withoutNames(gone))
			continue
		}
		out.WriteString(r.text)
		out.WriteString(r.ending)
	}
	return &File{text: out.String()}
}

// withoutNames gives the line without these names and the blanks in front of
// them. Where no name is left, only the comment is.
func (r rawLine) withoutNames(gone []string) string {
	body, comment := r.text, ""
	if i := strings.IndexAny(body, "#\x00"); i >= 0 {
		body, comment = body[:i], body[i:]
	}
	_, rest := cutField(body)
	addr := body[:len(body)-len(rest)]
	names := ""
	for {
		name, after := cutField(rest)
		if name == "" {
			break
		}
		if !slices.Contains(gone, name) {
			names += rest[:len(rest)-len(after)]
		}
		rest = after
	}
	switch {
	case names != "":
		return addr + names + rest + comment + r.ending
	case comment == "":
		return ""
	case isMarker(comment):
		return "# " + comment + r.ending // it was none behind an address
	}
	return comment + r.ending
}
