package hostsfile

import (
	"strings"
)

// kept is a line that stands in the block of a file and is not the block's: a
// person or a program has put it there.
type kept struct {
	line int    // in the file
	was  string // the line as it stood there
	text string // the line as it is kept
}

// keeper knows what is the block's own.
type keeper struct {
	own      map[ownName]bool    // the names and addresses that the block has
	families map[familyName]bool // its names in each address family
	there    map[familyName]bool // those whose address stands in the file already
	former   map[string]bool
	comments map[string]bool // its heading
	headings int             // how many comment lines at the top are an older heading
	remarks  bool            // its entries have comments of their own
}

// ownName is a name and an address as they are written, in lower case.
type ownName struct{ name, addr string }

type familyName struct {
	name string
	v6   bool
}

func isV6(addr string) bool { return strings.Contains(addr, ":") }

// keep returns what must survive when the block takes the place of a region:
// the lines that it does not have. These are the block's own, and go:
//
//   - empty lines;
//   - comment lines that the block has too, and as many at the top as it has
//     lines of a heading;
//   - a name with an address that the block gives it;
//   - a name to which the block gives another address of the family, unless the
//     right line stands there too: then the wrong one becomes a comment;
//   - the block's former names.
//
// Of a line with other names these are kept, with its address and its comment.
func (f *File) keep(r region, b Block) []kept {
	lines := f.inside(r)
	k := newKeeper(b)
	k.see(lines)
	var all []kept
	top := true
	for _, line := range lines {
		addr, _, _ := splitEntry(line.text)
		top = top && addr == ""
		for _, text := range k.keep(line.text, top) {
			all = append(all, kept{line.number, line.text, text})
		}
	}
	return all
}

// inside returns the lines of a region without its markers.
func (f *File) inside(r region) []rawLine {
	var all []rawLine
	number := r.begin.line.number + 1
	for start := r.begin.line.end(); start < r.end.line.start; number++ {
		line := f.lineAt(number, start)
		all = append(all, line)
		start = line.end()
	}
	return all
}

func newKeeper(b Block) *keeper {
	k := &keeper{
		own:      map[ownName]bool{},
		families: map[familyName]bool{},
		there:    map[familyName]bool{},
		former:   map[string]bool{},
		comments: map[string]bool{},
	}
	for text := range strings.Lines(b.Comment) {
		k.comments[trimBlanks("# "+oneLine(text))] = true
		k.headings++
	}
	for _, e := range b.Entries {
		addr := lowerName(e.Addr.String())
		k.remarks = k.remarks || e.Comment != ""
		for _, name := range e.Names {
			k.own[ownName{lowerName(name), addr}] = true
			k.families[familyName{lowerName(name), isV6(addr)}] = true
		}
	}
	for _, name := range b.Former {
		k.former[lowerName(name)] = true
	}
	return k
}

// see looks at what stands in the file before anything is judged.
func (k *keeper) see(lines []rawLine) {
	top := true
	for _, line := range lines {
		addr, names, _ := splitEntry(line.text)
		if addr == "" && top && k.comments[trimBlanks(line.text)] {
			k.headings--
		}
		top = top && addr == ""
		addr = lowerName(addr)
		for _, name := range names {
			if k.own[ownName{lowerName(name), addr}] {
				k.there[familyName{lowerName(name), isV6(addr)}] = true
			}
		}
	}
}

// keep returns what is left of a line: nothing, or one line or two.
func (k *keeper) keep(text string, top bool) []string {
	addr, names, _ := splitEntry(text)
	switch {
	case addr == "" && trimBlanks(text) == "":
		return nil
	case addr == "":
		return k.keepComment(trimBlanks(text), top)
	case !isAddressLike(addr) || len(names) == 0:
		return []string{text}
	}
	var others, wrong []string
	for _, name := range names {
		key := familyName{lowerName(name), isV6(addr)}
		switch {
		case k.own[ownName{key.name, lowerName(addr)}] || k.former[key.name]:
		case k.families[key] && k.there[key]:
			wrong = append(wrong, name)
		case !k.families[key]:
			others = append(others, name)
		}
	}
	comment := ""
	if i := strings.IndexAny(text, "#\x00"); i >= 0 {
		comment = text[i:]
	}
	return k.pieces(text, addr, names, others, wrong, comment)
}

func (k *keeper) pieces(text, addr string, names, others, wrong []string, comment string) []string {
	var all []string
	if len(wrong) > 0 {
		all = append(all, "# "+addr+" "+strings.Join(wrong, " "))
	}
	switch {
	case len(others) == len(names):
		return []string{text}
	case len(others) > 0:
		all = append(all, strings.TrimRight(addr+" "+strings.Join(others, " ")+" "+comment, " "))
	case comment == "" || k.remarks:
	case isMarker(comment):
		all = append(all, "# "+comment) // it was none behind an address
	default:
		all = append(all, comment)
	}
	return all
}

func (k *keeper) keepComment(text string, top bool) []string {
	switch {
	case k.comments[text]:
		return nil
	case top && k.headings > 0:
		k.headings--
		return nil
	}
	return []string{text}
}

// isAddressLike reports a field of the signs that addresses have.
func isAddressLike(s string) bool {
	s, _, _ = strings.Cut(s, "%")
	return strings.ContainsAny(s, ".:") && strings.Trim(s, "0123456789abcdefABCDEF.:") == ""
}
