package conformance

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCoverageCountsEachStatementOnce(t *testing.T) {
	t.Parallel()
	const profile = `mode: set
k8s.io/x/validation.go:1.1,2.2 3 0
k8s.io/x/validation.go:3.1,4.2 1 1
k8s.io/x/other.go:1.1,9.2 50 1
k8s.io/x/validation.go:1.1,2.2 3 1
k8s.io/x/validation.go:5.1,6.2 4 0
`
	path := filepath.Join(t.TempDir(), "profile")
	if err := os.WriteFile(path, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := coverageOf(path, "/x/validation.go:"); err != nil || got != 0.5 {
		t.Errorf("got %v, %v, want half of the statements", got, err)
	}
	if _, err := coverageOf(path, "/y/validation.go:"); err == nil {
		t.Error("no error for a file that the profile lacks")
	}
}
