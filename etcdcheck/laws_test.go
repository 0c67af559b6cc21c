package etcdcheck_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
)

// wholeSample reads all that one state's captures say in one format.
func wholeSample(t testing.TB, state string, format etcdcheck.Format) etcdcheck.Sample {
	t.Helper()
	var samples []etcdcheck.Sample
	for _, command := range commands {
		s, err := etcdcheck.ParseAs(capture(t, state).text(command, format), command, "")
		if err != nil {
			t.Fatal(err)
		}
		samples = append(samples, s)
	}
	return etcdcheck.Merge(samples...)
}

func TestOrderOfTheInputDoesNotShow(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		in := etcdcheck.Input{
			Sample: wholeSample(t, state, etcdcheck.JSON),
			Expect: []etcdcheck.Expected{{Name: "cka-cp-1", Endpoint: "192.168.51.81:2379"}, {Name: "cka-cp-2", Endpoint: "192.168.51.82:2379"}, {Endpoint: "192.168.51.83:2379"}},
		}
		want := etcdcheck.Check(in)
		r := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			s := &in.Sample
			shuffle(r, s.Statuses)
			shuffle(r, s.Members)
			shuffle(r, s.Health)
			shuffle(r, s.Hashes)
			shuffle(r, s.Failures)
			shuffle(r, in.Expect)
			if diff := cmp.Diff(want, etcdcheck.Check(in)); diff != "" {
				t.Fatalf("%s: the order shows (-before +after):\n%s", state, diff)
			}
		}
	}
}

func shuffle[T any](r *rand.Rand, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func TestCheckingChangesNothingAndRepeats(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		in := etcdcheck.Input{Sample: wholeSample(t, state, etcdcheck.JSON)}
		first := etcdcheck.Check(in)
		if diff := cmp.Diff(wholeSample(t, state, etcdcheck.JSON), in.Sample); diff != "" {
			t.Errorf("%s: the input was changed:\n%s", state, diff)
		}
		if diff := cmp.Diff(first, etcdcheck.Check(in)); diff != "" {
			t.Errorf("%s: a second report differs:\n%s", state, diff)
		}
	}
}

func TestReportAndSampleGoThroughJSON(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		for _, format := range formats {
			s := wholeSample(t, state, format)
			checkThroughJSON(t, s)
			checkThroughJSON(t, etcdcheck.Check(etcdcheck.Input{Sample: s}))
		}
	}
}

func checkThroughJSON[T any](t *testing.T, v T) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if diff := cmp.Diff(v, back); diff != "" {
		t.Errorf("through JSON (-before +after):\n%s", diff)
	}
}

func TestMoreMembersNeverNeedFewerVotes(t *testing.T) {
	t.Parallel()
	for n := 1; n < 100; n++ {
		q := etcdcheck.Quorum(n)
		if 2*q <= n || 2*(q-1) > n {
			t.Errorf("a quorum of %d of %d: two could be apart, or fewer would do", q, n)
		}
		if etcdcheck.Quorum(n+1) < q || etcdcheck.Tolerates(n)+q != n {
			t.Errorf("%d voters: quorum %d, tolerance %d", n, q, etcdcheck.Tolerates(n))
		}
	}
}

func TestSizesPrintAsTheyWereRead(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[uint64]string{
		0: "0 B", 9: "9 B", 10: "10 B", 999: "999 B", 1000: "1.0 kB", 20480: "20 kB", 913408: "913 kB", 999999: "1000 kB",
		4_400_000: "4.4 MB", 2147483648: "2.1 GB", 8589934592: "8.6 GB", 1<<64 - 1: "18 EB",
	} {
		if got := etcdcheck.Bytes(bytes).String(); got != want {
			t.Errorf("%d prints as %q, want %q", bytes, got, want)
		}
	}
	if got := (etcdcheck.Size{}).String(); got != "" {
		t.Errorf("an unknown size prints as %q", got)
	}
}

func TestVersionsCompareAndPrint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]etcdcheck.Version{
		"3.5.24": {3, 5, 24}, "v3.6": {3, 6, 0}, "3.7.0-rc.1": {3, 7, 0}, "3.5.0+git": {3, 5, 0},
	} {
		if got, err := etcdcheck.ParseVersion(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "3", "3.5.1.2", "3.x", "3.-1", "three", "3.99999999"} {
		if v, err := etcdcheck.ParseVersion(text); err == nil {
			t.Errorf("%q was read as %v", text, v)
		}
	}
	if (etcdcheck.Version{3, 5, 24}).Compare(etcdcheck.Version{3, 5, 3}) <= 0 || (etcdcheck.Version{}).String() != "" {
		t.Error("3.5.24 is after 3.5.3, and an unknown version prints as nothing")
	}
}
