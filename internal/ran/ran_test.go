package ran_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/haplane/haplane/internal/ran"
)

// failing is a test that has failed; its cleanup is kept.
type failing struct {
	testing.TB
	cleanup func()
	failed  bool
}

func (f *failing) Helper()          {}
func (f *failing) Failed() bool     { return f.failed }
func (f *failing) Cleanup(c func()) { f.cleanup = c }

func TestOnlyWhatPassedIsRecorded(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(ran.Dir, dir)
	for _, failed := range []bool{true, false} {
		other := &failing{TB: t, failed: failed}
		ran.Record(other, ran.Program{Name: "haproxy", Release: "2.6.12-1+deb12u4"})
		other.cleanup()
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || (len(names) == 0) != failed {
			t.Errorf("failed %t: recorded %v, error %v", failed, names, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "haproxy-2.6.12-1+deb12u4-.json"))
	if want := `{"name":"haproxy","release":"2.6.12-1+deb12u4"}`; err != nil || string(text) != want {
		t.Errorf("%s, error %v", text, err)
	}
}
