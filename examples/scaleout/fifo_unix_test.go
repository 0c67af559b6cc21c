//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAPipeInTheDirectoryIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	dir := healthy(t)
	if err := unix.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	if status, _, stderr := scaleout(t, out, "-cluster", "../observe/testdata/three.yaml", "-observed", dir); status != 2 || !strings.Contains(stderr, "pipe.yaml: this is no regular file") {
		t.Errorf("exit status %d: %s", status, stderr)
	}
}
