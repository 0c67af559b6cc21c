// Package capturetest writes captures as the scripts of joinplan/capture print
// them, for tests.
package capturetest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/haplane/haplane/joinplan/capture"
)

// Bytes gives the text of a capture.
func Bytes(c capture.Capture) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "haplane capture 1 %s %s\n", c.Role, c.Name)
	for _, line := range c.LeftOut {
		fmt.Fprintf(&b, "# - %s\n", line)
	}
	for _, r := range c.Runs {
		fmt.Fprintf(&b, "@ run %s\n", r.Label)
		content(&b, "|", r.Output)
		content(&b, "!", r.Complaints)
		fmt.Fprintf(&b, "@ exit %d\n", r.Status)
	}
	for _, f := range c.Files {
		fmt.Fprintf(&b, "@ file %d %s\n", f.Changed.Unix(), f.Path)
		content(&b, "|", f.Content)
	}
	for _, path := range c.Absent {
		fmt.Fprintf(&b, "@ absent %s\n", path)
	}
	for _, path := range c.Unread {
		fmt.Fprintf(&b, "@ unread %s\n", path)
	}
	fmt.Fprintf(&b, "@ end %d\n", len(c.Runs)+len(c.Files)+len(c.Absent)+len(c.Unread))
	return b.Bytes()
}

func content(b *bytes.Buffer, mark string, text []byte) {
	for line := range bytes.Lines(text) {
		if bytes.HasSuffix(line, []byte("\n")) {
			fmt.Fprintf(b, "%s %s", mark, line)
		} else {
			fmt.Fprintf(b, "%s~%s\n", mark, line)
		}
	}
}

// Dir writes captures into a directory of the test, each under the name of its
// machine.
func Dir(t testing.TB, captures ...capture.Capture) string {
	t.Helper()
	dir := t.TempDir()
	for _, c := range captures {
		if err := os.WriteFile(filepath.Join(dir, c.Name+".capture"), Bytes(c), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
