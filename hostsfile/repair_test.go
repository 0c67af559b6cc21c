package hostsfile_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
)

// broken has a file for each fault of markers, the faults in order, and what
// each repair makes of it.
var broken = []struct {
	name, text string
	faults     []hostsfile.Fault
	lines      []int
	repairs    map[string]map[hostsfile.Repair]string // by block
}{
	{
		name:   "a begin without an end",
		text:   "1.1.1.1 x\n# BEGIN haplane a\n10.0.0.1 a\n# note\n\n10.0.0.9 mine\n",
		faults: []hostsfile.Fault{hostsfile.Unclosed}, lines: []int{2},
		repairs: map[string]map[hostsfile.Repair]string{"a": {
			hostsfile.RemoveMarkers: "1.1.1.1 x\n10.0.0.1 a\n# note\n\n10.0.0.9 mine\n",
			hostsfile.CloseBlock:    "1.1.1.1 x\n# BEGIN haplane a\n10.0.0.1 a\n# note\n# END haplane a\n\n10.0.0.9 mine\n",
		}},
	},
	{
		name:   "a begin without an end at the end of a CRLF file",
		text:   "1.1.1.1 x\r\n# BEGIN haplane a\r\n10.0.0.1 a",
		faults: []hostsfile.Fault{hostsfile.Unclosed}, lines: []int{2},
		repairs: map[string]map[hostsfile.Repair]string{"a": {
			hostsfile.RemoveMarkers: "1.1.1.1 x\r\n10.0.0.1 a",
			hostsfile.CloseBlock:    "1.1.1.1 x\r\n# BEGIN haplane a\r\n10.0.0.1 a\r\n# END haplane a\r\n",
		}},
	},
	{
		name:   "a begin twice before one end",
		text:   "# BEGIN haplane a\n10.0.0.1 a\n# BEGIN haplane a\n10.0.0.2 a\n# END haplane a\n",
		faults: []hostsfile.Fault{hostsfile.Unclosed}, lines: []int{1},
		repairs: map[string]map[hostsfile.Repair]string{"a": {
			hostsfile.RemoveMarkers: "10.0.0.1 a\n10.0.0.2 a\n",
			hostsfile.CloseBlock:    "# BEGIN haplane a\n10.0.0.1 a\n# END haplane a\n# BEGIN haplane a\n10.0.0.2 a\n# END haplane a\n",
		}},
	},
	{
		name:   "an end without a begin",
		text:   "10.0.0.1 a\n# END haplane a\n",
		faults: []hostsfile.Fault{hostsfile.Unopened}, lines: []int{2},
		repairs: map[string]map[hostsfile.Repair]string{"a": {hostsfile.RemoveMarkers: "10.0.0.1 a\n"}},
	},
	{
		name:   "an end before its begin",
		text:   "# END haplane a\n10.0.0.1 a\n# BEGIN haplane a\n",
		faults: []hostsfile.Fault{hostsfile.Unopened, hostsfile.Unclosed}, lines: []int{1, 3},
		repairs: map[string]map[hostsfile.Repair]string{"a": {
			hostsfile.RemoveMarkers: "10.0.0.1 a\n",
			hostsfile.CloseBlock:    "# END haplane a\n10.0.0.1 a\n# BEGIN haplane a\n# END haplane a\n",
		}},
	},
	{
		name:   "a block inside a block",
		text:   "# BEGIN haplane a\n10.0.0.1 a\n# BEGIN haplane b\n10.0.0.2 b\n# END haplane b\n# END haplane a\n",
		faults: []hostsfile.Fault{hostsfile.Nested}, lines: []int{3},
		repairs: map[string]map[hostsfile.Repair]string{"b": {
			hostsfile.RemoveMarkers: "# BEGIN haplane a\n10.0.0.1 a\n10.0.0.2 b\n# END haplane a\n",
		}},
	},
	{
		name:   "blocks that cross",
		text:   "# BEGIN haplane a\n# BEGIN haplane b\n10.0.0.1 a\n# END haplane a\n# END haplane b\n",
		faults: []hostsfile.Fault{hostsfile.Nested}, lines: []int{2},
		repairs: map[string]map[hostsfile.Repair]string{"b": {
			hostsfile.RemoveMarkers: "# BEGIN haplane a\n10.0.0.1 a\n# END haplane a\n",
		}},
	},
	{
		name:   "three blocks in one another",
		text:   "# BEGIN haplane a\n# BEGIN haplane b\n# END haplane b\n# BEGIN haplane c\n# END haplane c\n# END haplane a\n",
		faults: []hostsfile.Fault{hostsfile.Nested, hostsfile.Nested}, lines: []int{2, 4},
		repairs: map[string]map[hostsfile.Repair]string{
			"b": {hostsfile.RemoveMarkers: "# BEGIN haplane a\n# BEGIN haplane c\n# END haplane c\n# END haplane a\n"},
			"c": {hostsfile.RemoveMarkers: "# BEGIN haplane a\n# BEGIN haplane b\n# END haplane b\n# END haplane a\n"},
		},
	},
	{
		name:   "two blocks of one name",
		text:   "# BEGIN haplane a\n10.0.0.1 a\n# END haplane a\n# mine\n# BEGIN haplane a\n10.0.0.2 a\n# END haplane a\n",
		faults: []hostsfile.Fault{hostsfile.Doubled}, lines: []int{5},
		repairs: map[string]map[hostsfile.Repair]string{"a": {
			hostsfile.RemoveMarkers: "10.0.0.1 a\n# mine\n10.0.0.2 a\n",
			hostsfile.KeepFirst:     "# BEGIN haplane a\n10.0.0.1 a\n# END haplane a\n# mine\n",
			hostsfile.KeepLast:      "# mine\n# BEGIN haplane a\n10.0.0.2 a\n# END haplane a\n",
		}},
	},
	{
		name:   "a block inside itself",
		text:   "# BEGIN haplane a\n10.0.0.1 a\n# BEGIN haplane a\n10.0.0.2 a\n# END haplane a\n# END haplane a\n",
		faults: []hostsfile.Fault{hostsfile.Nested}, lines: []int{3},
		repairs: map[string]map[hostsfile.Repair]string{"a": {hostsfile.RemoveMarkers: "10.0.0.1 a\n10.0.0.2 a\n"}},
	},
	{
		name:   "markers without a name",
		text:   "# BEGIN haplane\n10.0.0.1 a\n# END haplane a b\n",
		faults: []hostsfile.Fault{hostsfile.Unnamed, hostsfile.Unnamed}, lines: []int{1, 3},
		repairs: map[string]map[hostsfile.Repair]string{"": {hostsfile.RemoveMarkers: "10.0.0.1 a\n"}},
	},
}

func TestExplainsBrokenMarkersAndWritesNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range broken {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			file := hostsfile.Parse([]byte(tc.text))
			set, err := file.SetBlock(lab)
			removed, errRemove := file.RemoveBlock(hostsfile.Block{Name: "a"})
			if set != nil || removed != nil || errRemove == nil {
				t.Errorf("SetBlock gives %v, RemoveBlock %v, %v", set, removed, errRemove)
			}
			var faults []hostsfile.Fault
			var lines []int
			for _, e := range markerErrors(t, err) {
				faults, lines = append(faults, e.Fault), append(lines, e.Line)
				parse := &hostsfile.ParseError{}
				if !errors.As(e, &parse) || parse.Line != e.Line || parse.Column != 1 {
					t.Errorf("%v is no ParseError of its line", e)
				}
				if choices := tc.repairs[e.Block]; choices == nil || len(e.Repairs) == 0 {
					t.Errorf("%v: block %q, repairs %v", e, e.Block, e.Repairs)
				}
			}
			if diff := cmp.Diff(tc.faults, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.lines, lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReportsTheFaultsOfTheBlockAndOfTheFileAtOnce(t *testing.T) {
	t.Parallel()
	_, err := hostsfile.Parse([]byte("# END haplane a\n# END haplane b\n")).SetBlock(hostsfile.Block{Comment: "\r"})
	want := "block: name: the block needs a name\n" +
		"block: comment: a comment has no control characters but newlines and tabs\n" +
		"hosts:1:1: block a ends here but begins nowhere: choose a repair (remove-markers)\n" +
		"hosts:2:1: block b ends here but begins nowhere: choose a repair (remove-markers)"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRepairsInTheWayThatTheCallerChose(t *testing.T) {
	t.Parallel()
	for _, tc := range broken {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			file := hostsfile.Parse([]byte(tc.text))
			for block, choices := range tc.repairs {
				for _, repair := range []hostsfile.Repair{hostsfile.RemoveMarkers, hostsfile.CloseBlock, hostsfile.KeepFirst, hostsfile.KeepLast, "", "other"} {
					want, applies := choices[repair]
					mended, err := file.Repair(block, repair)
					if applies != (err == nil) {
						t.Errorf("repair %q of block %q: %v", repair, block, err)
						continue
					}
					if !applies {
						continue
					}
					if diff := cmp.Diff(want, string(mended.Bytes())); diff != "" {
						t.Errorf("repair %q of block %q (-want +got):\n%s", repair, block, diff)
					}
				}
			}
		})
	}
}

func TestRepairOfASoundBlockIsAnError(t *testing.T) {
	t.Parallel()
	file := hostsfile.Parse(lab.Bytes())
	if mended, err := file.Repair("cka", hostsfile.RemoveMarkers); err == nil || mended != nil {
		t.Errorf("file %v, error %v", mended, err)
	}
}

func TestAFileIsSoundWhenEveryFaultIsMended(t *testing.T) {
	t.Parallel()
	for _, tc := range broken {
		if _, err := mend(t, hostsfile.Parse([]byte(tc.text))).SetBlock(lab); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// markerErrors gives the errors that err joins, all of which must be about
// markers.
func markerErrors(t *testing.T, err error) []*hostsfile.MarkerError {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v joins no errors", err)
	}
	var all []*hostsfile.MarkerError
	for _, e := range joined.Unwrap() {
		fault := &hostsfile.MarkerError{}
		if !errors.As(e, &fault) {
			t.Fatalf("%v is not about a marker", e)
		}
		all = append(all, fault)
	}
	if !slices.IsSortedFunc(all, func(a, b *hostsfile.MarkerError) int { return a.Line - b.Line }) {
		t.Errorf("not in the order of the lines: %v", err)
	}
	return all
}
