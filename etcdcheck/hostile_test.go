package etcdcheck_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/plain"
)

// hostile are texts that work against who reads them in a terminal.
var hostile = []string{
	"\x1b]0;owned\x07\x1b[2J", "a\nhealthy: all is well\n", "\u202eevil\u2066", "a\rb", strings.Repeat("x", 10_000), "\xff\xfe\x00",
}

// poison puts a text into every string below v.
func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Struct:
		for i := range v.NumField() {
			poison(v.Field(i), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), text)
		}
	}
}

// everything is a sample in which every list has something.
func everything() etcdcheck.Sample {
	s := healthySample(3, "3.6.5")
	for i := range s.Statuses {
		s.Statuses[i].Errors = []string{"", ""}
		s.Statuses[i].Downgrading = etcdcheck.Known(true)
		s.Health = append(s.Health, etcdcheck.Health{Endpoint: endpointOf(i + 1)})
	}
	s.Hashes = hashes(9, 9, 9, 1, 1, 2)
	s.Alarms = []etcdcheck.Alarm{{MemberID: 1}, {MemberID: 9}}
	s.Failures = []etcdcheck.Failure{{}, {}}
	s.Gaps = []etcdcheck.Finding{{Severity: etcdcheck.Warning}}
	return s
}

func TestNothingHostileIsAliveInWhatIsPrinted(t *testing.T) {
	t.Parallel()
	for _, text := range hostile {
		// Each list alone, so that no doubt about another hides what it leads to.
		for field := range reflect.TypeFor[etcdcheck.Sample]().NumField() {
			s := everything()
			poison(reflect.ValueOf(&s).Elem().Field(field), text)
			in := etcdcheck.Input{Sample: s, Expect: []etcdcheck.Expected{{Name: text, Endpoint: text}}}
			for _, in := range []etcdcheck.Input{in, {Sample: s, Earlier: &s}} {
				checkPlain(t, etcdcheck.Check(in), text)
			}
		}
	}
}

func checkPlain(t *testing.T, r etcdcheck.Report, text string) {
	t.Helper()
	outputs := []string{string(r.Bytes())}
	for _, a := range []etcdcheck.Answer{
		r.CanAdd(etcdcheck.Voter), r.CanRemove(text), r.CanReboot(text), r.CanPromote(text), r.CanRemove("1"), r.CanReboot("2"),
		r.CanUpgrade(etcdcheck.Version{Major: 3, Minor: 7}),
	} {
		outputs = append(outputs, string(a.Bytes()))
	}
	for _, out := range outputs {
		if out != plain.Text(out) || strings.Contains(out, "\nhealthy: all") {
			t.Fatalf("hostile text is alive in %q", out)
		}
		for line := range strings.Lines(out) {
			if len(line) > 2000 {
				t.Fatalf("a line of %d bytes", len(line))
			}
		}
	}
	for _, f := range r.Findings {
		if s := f.Subject + f.Message; s != plain.Line(s) && f.Place == "" {
			t.Fatalf("hostile text is alive in the finding %q", s)
		}
	}
}

func TestTheReportSharesNoMemoryWithTheSample(t *testing.T) {
	t.Parallel()
	s := healthySample(3, "3.6.5")
	s.Statuses[0].Errors = []string{"etcdserver: something"}
	want := etcdcheck.Check(etcdcheck.Input{Sample: s})
	got := etcdcheck.Check(etcdcheck.Input{Sample: s})
	merged, before := etcdcheck.Merge(s), etcdcheck.Merge(s)
	poison(reflect.ValueOf(&s).Elem(), "changed")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the report changed with the sample:\n%s", diff)
	}
	if diff := cmp.Diff(before, merged); diff != "" {
		t.Errorf("the merged sample changed with its part:\n%s", diff)
	}
	poison(reflect.ValueOf(&got).Elem(), "changed again")
	if !slices.Equal(s.Members[0].PeerURLs, []string{"changed"}) {
		t.Errorf("the sample changed with the report: %q", s.Members[0].PeerURLs)
	}
}
