package hostsfile

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/finding"
)

const (
	owner       = "haplane"
	beginMarker = "# BEGIN " + owner + " "
	endMarker   = "# END " + owner + " "
)

// Fault tells what is wrong with a marker.
type Fault string

const (
	// Unclosed is a begin marker without an end.
	Unclosed Fault = "unclosed"
	// Unopened is an end marker without a begin.
	Unopened Fault = "unopened"
	// Nested is a block that begins inside another block.
	Nested Fault = "nested"
	// Doubled is a second block of the same name.
	Doubled Fault = "doubled"
	// Unnamed is a marker whose name is missing or not a block's name.
	Unnamed Fault = "unnamed"
	// Foreign is the marker of another tool inside a block.
	Foreign Fault = "foreign"
)

// MarkerError is a fault in the markers of managed blocks. While there is one,
// no edit can tell for sure which lines a block owns, so [File.SetBlock],
// [File.RemoveBlock] and [File.Merge] give it back and change nothing.
type MarkerError struct {
	ParseError
	// Fault says what is wrong with the markers.
	Fault Fault
	// Block is the name in the marker, empty where the fault is Unnamed.
	Block string
	// Repairs are the choices for [File.Repair] that mend the fault.
	Repairs []Repair
}

// Unwrap gives the error as a [ParseError].
func (e *MarkerError) Unwrap() error { return &e.ParseError }

// marker is a marker line.
type marker struct {
	line  rawLine
	begin bool
	name  string // empty where it is no block name
}

// region is a managed block as it stands in a file.
type region struct {
	begin, end marker
}

// isMarker tells whether a line is a marker, with a right name or not.
func isMarker(text string) bool {
	_, ok := readMarker(rawLine{text: text})
	return ok
}

// readMarker reads a marker. Blanks may stand in front of it, after it, and
// between its words.
func readMarker(r rawLine) (marker, bool) {
	text := trimLeftBlanks(r.text)
	if !strings.HasPrefix(text, "#") {
		return marker{}, false
	}
	word, rest := cutField(text[1:])
	by, rest := cutField(rest)
	if by != owner || word != "BEGIN" && word != "END" {
		return marker{}, false
	}
	name := trimBlanks(rest)
	if checkBlockName(name) != "" {
		name = ""
	}
	return marker{line: r, begin: word == "BEGIN", name: name}, true
}

// markers returns the marker lines of the file in order.
func (f *File) markers() []marker {
	var all []marker
	for r := range f.commentLines() {
		if m, ok := readMarker(r); ok {
			all = append(all, m)
		}
	}
	return all
}

// commentLines returns the lines that have a # in them. In a long file they are
// few.
func (f *File) commentLines() iter.Seq[rawLine] {
	return func(yield func(rawLine) bool) {
		number, start := 1, 0
		for {
			i := strings.IndexByte(f.text[start:], '#')
			if i < 0 {
				return
			}
			begin := strings.LastIndexByte(f.text[:start+i], '\n') + 1
			number += strings.Count(f.text[start:begin], "\n")
			r := f.lineAt(number, begin)
			if !yield(r) {
				return
			}
			number, start = number+1, r.end()
		}
	}
}

// regions gives the managed blocks in order and what is wrong with the
// markers. Where anything is wrong, the blocks are not to be relied upon.
func (f *File) regions() ([]region, []*MarkerError) {
	regions, faults := pair(f.markers())
	nested, tangled := tangles(regions)
	faults = append(faults, nested...)
	faults = append(faults, doubles(regions, tangled)...)
	faults = append(faults, f.strangers(regions)...)
	slices.SortStableFunc(faults, func(a, b *MarkerError) int { return cmp.Compare(a.Line, b.Line) })
	return regions, faults
}

// pair matches each end with the nearest begin of the same name that has none.
func pair(markers []marker) (regions []region, faults []*MarkerError) {
	open := map[string][]marker{}
	for _, m := range markers {
		waiting := open[m.name]
		switch {
		case m.name == "":
			faults = append(faults, m.fault(Unnamed,
				"the marker has no block name of letters, digits, dots, hyphens and underscores"))
		case m.begin:
			open[m.name] = append(waiting, m)
		case len(waiting) == 0:
			faults = append(faults, m.fault(Unopened, fmt.Sprintf("block %s ends here but begins nowhere", m.name)))
		default:
			last := len(waiting) - 1
			regions = append(regions, region{waiting[last], m})
			open[m.name] = waiting[:last]
		}
	}
	for _, waiting := range open {
		for _, m := range waiting {
			faults = append(faults, m.fault(Unclosed, fmt.Sprintf("block %s begins here and has no end", m.name)))
		}
	}
	slices.SortFunc(regions, func(a, b region) int { return cmp.Compare(a.begin.line.number, b.begin.line.number) })
	return regions, faults
}

// tangles finds regions that begin inside an earlier one, and the names of
// both.
func tangles(regions []region) (faults []*MarkerError, tangled map[string]bool) {
	tangled = map[string]bool{}
	var outer region
	for _, inner := range regions {
		if inner.begin.line.number < outer.end.line.number {
			faults = append(faults, inner.begin.fault(Nested, fmt.Sprintf("block %s begins inside block %s, which begins at line %d",
				inner.begin.name, outer.begin.name, outer.begin.line.number)))
			tangled[inner.begin.name], tangled[outer.begin.name] = true, true
		}
		if inner.end.line.number > outer.end.line.number {
			outer = inner
		}
	}
	return faults, tangled
}

// doubles finds the second and later regions of a name. It passes over tangled
// names: to keep one of their regions would cut into another block.
func doubles(regions []region, tangled map[string]bool) (faults []*MarkerError) {
	first := map[string]int{}
	for _, r := range regions {
		if tangled[r.begin.name] {
			continue
		}
		line, seen := first[r.begin.name]
		if !seen {
			first[r.begin.name] = r.begin.line.number
			continue
		}
		faults = append(faults, r.begin.fault(Doubled, fmt.Sprintf("block %s stands here a second time, the first is at line %d",
			r.begin.name, line)))
	}
	return faults
}

// strangers finds the markers of other tools inside blocks: an edit would cut
// their blocks in two.
func (f *File) strangers(regions []region) (faults []*MarkerError) {
	if len(regions) == 0 {
		return nil
	}
	i := 0
	for r := range f.commentLines() {
		for i < len(regions) && r.number > regions[i].end.line.number {
			i++
		}
		if i == len(regions) {
			return faults
		}
		if r.number <= regions[i].begin.line.number {
			continue
		}
		if m, ok := readForeign(r); ok && m.certain {
			inside := marker{line: r, name: regions[i].begin.name}
			faults = append(faults, inside.fault(Foreign, fmt.Sprintf("the marker %q of another tool stands inside block %s, which begins at line %d",
				shown(foreignTitle(r.text)), inside.name, regions[i].begin.line.number)))
		}
	}
	return faults
}

// repairs are the choices for each fault, the safest first.
var repairs = map[Fault][]Repair{
	Unclosed: {RemoveMarkers, CloseBlock},
	Unopened: {RemoveMarkers},
	Nested:   {RemoveMarkers},
	Doubled:  {RemoveMarkers, KeepFirst, KeepLast},
	Unnamed:  {RemoveMarkers},
	Foreign:  {RemoveMarkers},
}

// fault makes the error about a marker.
func (m marker) fault(fault Fault, what string) *MarkerError {
	column := len(m.line.text) - len(trimLeftBlanks(m.line.text)) + 1
	choices := repairs[fault]
	return &MarkerError{
		ParseError: ParseError{Input: "hosts", Line: m.line.number, Column: column, Msg: what + ": " + chooseRepair(choices)},
		Fault:      fault,
		Block:      m.name,
		Repairs:    slices.Clone(choices),
	}
}

// chooseRepair is what to do about a fault.
func chooseRepair(choices []Repair) string {
	words := make([]string, 0, len(choices))
	for _, r := range choices {
		words = append(words, string(r))
	}
	return "choose a repair (" + strings.Join(words, ", ") + ")"
}

func (e *MarkerError) note() note {
	remedy := chooseRepair(e.Repairs)
	n := newNote(e.Line, CodeMarker, "", strings.TrimSuffix(e.Msg, ": "+remedy), remedy)
	n.Severity = Critical
	return n
}

// soundRegions returns the managed blocks. Its error joins the given ones and
// the faults of the markers, of which it tells a hundred.
func (f *File) soundRegions(errs ...error) ([]region, error) {
	regions, faults := f.regions()
	for i, fault := range faults {
		if i == finding.MaxErrors {
			errs = append(errs, fmt.Errorf("hosts: and %d more faults of markers", len(faults)-i))
			break
		}
		errs = append(errs, fault)
	}
	return regions, errors.Join(errs...)
}
