package hostsfile

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
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

// Overlap is a name of the block on a line outside the managed blocks.
type Overlap struct {
	// Line counts from 1 in the file before the merge.
	Line int
	// Name is the name as the line spells it, Addr the address that it gives.
	Name string
	Addr netip.Addr
	// Block is the name of the block, Want the addresses that it gives.
	Block string
	Want  []netip.Addr
	// Adopted tells whether the name was removed from the line.
	Adopted bool
}

// String prints "hosts:2: cka-cp-1 is 127.0.1.1 here and 192.168.51.81 in
// block cka: left here".
func (o Overlap) String() string {
	want := make([]string, 0, len(o.Want))
	for _, addr := range o.Want {
		want = append(want, addr.String())
	}
	done := "left here"
	if o.Adopted {
		done = "adopted, and removed here"
	}
	return fmt.Sprintf("hosts:%d: %s is %s here and %s in block %s: %s",
		o.Line, o.Name, o.Addr, strings.Join(want, ", "), o.Block, done)
}

// Merge gives the file with the block in it, as [File.SetBlock] does, and what
// became of the block's names on lines outside the managed blocks.
//
// A name overlaps where the line's address has the family of one of the
// block's addresses, because a name may stand for one IPv4 and one IPv6
// address at once; on a loopback address it always overlaps. Names in other
// managed blocks belong to their owners and are never touched: [File.Check]
// reports them. The errors are those of [File.SetBlock].
func (f *File) Merge(b Block, outside Outside) (*File, []Overlap, error) {
	merged, err := f.SetBlock(b)
	if err != nil {
		return nil, nil, err
	}
	overlaps := f.overlaps(b)
	if outside == Leave || len(overlaps) == 0 {
		return merged, overlaps, nil
	}
	for i := range overlaps {
		overlaps[i].Adopted = true
	}
	merged, err = f.without(overlaps).SetBlock(b)
	return merged, overlaps, err
}

// overlaps finds the block's names outside the managed blocks.
func (f *File) overlaps(b Block) []Overlap {
	want := map[string][]netip.Addr{}
	for _, e := range b.Entries {
		for _, name := range e.Names {
			key := lowerName(name)
			want[key] = append(want[key], e.Addr)
		}
	}
	regions, _ := f.regions()
	var all []Overlap
	for _, c := range f.claims(regions) {
		addrs := want[lowerName(c.name)]
		if c.block == "" && overlap(c.addr, addrs) {
			all = append(all, Overlap{Line: c.line, Name: c.name, Addr: c.addr, Block: b.Name, Want: slices.Clone(addrs)})
		}
	}
	return all
}

// overlap tells whether an address outside a block stands in the way of the
// block's addresses for the same name.
func overlap(addr netip.Addr, want []netip.Addr) bool {
	return slices.ContainsFunc(want, func(w netip.Addr) bool {
		return addr.IsLoopback() || addr.Is4() == w.Unmap().Is4()
	})
}

// without gives the file without the names that overlap.
func (f *File) without(overlaps []Overlap) *File {
	names := map[int][]string{}
	for _, o := range overlaps {
		names[o.Line] = append(names[o.Line], o.Name)
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
