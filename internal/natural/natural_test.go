package natural_test

import (
	"slices"
	"testing"

	"github.com/haplane/haplane/internal/natural"
)

func TestCompareOrdersNumbersByTheirValue(t *testing.T) {
	t.Parallel()
	want := []string{"", "cp", "cp-1", "wk-2", "wk-2a", "wk-02", "wk-9", "wk-10", "wk-10-3", "wk-18446744073709551616"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, natural.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzCompareIsAnOrder(f *testing.F) {
	f.Add("wk-2", "wk-10", "wk-02")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if natural.Compare(a, b) != -natural.Compare(b, a) {
			t.Errorf("%q and %q: the other way round is not the opposite", a, b)
		}
		if (natural.Compare(a, b) == 0) != (a == b) {
			t.Errorf("%q and %q: only equal names are equal", a, b)
		}
		if natural.Compare(a, b) <= 0 && natural.Compare(b, c) <= 0 && natural.Compare(a, c) > 0 {
			t.Errorf("%q, %q, %q: not transitive", a, b, c)
		}
	})
}
