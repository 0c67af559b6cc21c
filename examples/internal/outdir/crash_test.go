package outdir_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/examples/internal/outdir"
	"github.com/haplane/haplane/joinplan"
)

// writeFor is set in the environment of a process that writes the two versions
// in turn until it is killed.
const writeFor = "OUTDIR_TEST_WRITES_TO"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writeFor); dir != "" {
		for n := 0; ; n++ {
			if err := outdir.Write(dir, version(n%2), true); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			fmt.Println("written")
		}
	}
	os.Exit(m.Run())
}

// version is one of two sets of the same files.
func version(n int) []joinplan.WriteFile {
	text := bytes.Repeat([]byte{byte('a' + n)}, 1<<18<<n)
	return []joinplan.WriteFile{
		{Path: "plan.md", Mode: 0o644, Content: joinplan.NewContent(text)},
		{Path: "cp-1/etc/join.yaml", Mode: 0o600, Content: joinplan.NewSecretContent(text)},
		{Path: "cp-2/etc/join.yaml", Mode: 0o600, Content: joinplan.NewSecretContent(text)},
	}
}

func TestAProcessThatIsKilledLeavesWholeFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for kill := range 12 {
		writer := exec.Command(os.Args[0])
		writer.Env = append(os.Environ(), writeFor+"="+dir)
		out, err := writer.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range kill + 1 {
			if !lines.Scan() || lines.Text() != "written" {
				t.Fatalf("the writer says %q, %v", lines.Text(), lines.Err())
			}
		}
		if err := writer.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = writer.Wait() // killed
		for i, file := range version(0) {
			got, err := os.ReadFile(filepath.Join(dir, file.Path))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, file.Content.Reveal()) && !bytes.Equal(got, version(1)[i].Content.Reveal()) {
				t.Errorf("%s is neither the old file nor the new one: it has %d bytes", file.Path, len(got))
			}
			if info, err := os.Stat(filepath.Join(dir, file.Path)); err != nil || info.Mode() != file.Mode {
				t.Errorf("%s: mode %v, error %v", file.Path, info.Mode(), err)
			}
		}
	}
	if err := outdir.Write(dir, version(0), true); err != nil {
		t.Fatal(err)
	}
	for name := range tree(t, dir) {
		if strings.Contains(name, "haplane-new") {
			t.Errorf("%s is left behind", name)
		}
	}
}

// The name of the last file leaves no room for that of its temporary one, which
// fails as a full disk does: after others were written.
func TestAFailureOnTheWayChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := outdir.Write(dir, files, false); err != nil {
		t.Fatal(err)
	}
	const longestName = 255
	failing := []joinplan.WriteFile{
		{Path: "plan.md", Mode: 0o600, Content: joinplan.NewContent([]byte("another plan\n"))},
		{Path: "new.md", Mode: 0o600, Content: joinplan.NewContent([]byte("new\n"))},
		{Path: strings.Repeat("a", longestName), Mode: 0o600, Content: joinplan.NewContent([]byte("too long\n"))},
	}
	if err := outdir.Write(dir, failing, true); err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(written, tree(t, dir)); diff != "" {
		t.Errorf("-before +after\n%s", diff)
	}
}
