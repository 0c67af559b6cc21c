package garbage_test

import (
	"testing"

	"github.com/haplane/haplane/internal/garbage"
)

func TestThereAreSixtyDifferentPieces(t *testing.T) {
	t.Parallel()
	all := garbage.For("")
	names, texts := map[string]bool{}, map[string]bool{}
	for _, in := range all {
		if in.Name == "" || names[in.Name] || texts[in.Text] {
			t.Errorf("%q has no name, or is there twice", in.Name)
		}
		names[in.Name], texts[in.Text] = true, true
	}
	if len(all) < 60 {
		t.Errorf("there are only %d pieces", len(all))
	}
}

func TestAProgramsOwnInputIsNoGarbageForIt(t *testing.T) {
	t.Parallel()
	all := len(garbage.For(""))
	for _, example := range []string{"migrate", "hostsmerge", "etcdstatus", "scaleout"} {
		if got := len(garbage.For(example)); got != all-1 {
			t.Errorf("%s: %d of %d pieces are left", example, got, all)
		}
	}
}
