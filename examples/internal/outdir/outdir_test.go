package outdir_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haplane/haplane/examples/internal/outdir"
	"github.com/haplane/haplane/joinplan"
)

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = info.Mode().String() + " " + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var files = []joinplan.WriteFile{
	{Path: "plan.md", Mode: 0o644, Content: joinplan.NewContent([]byte("plan\n"))},
	{Path: "cp-1/etc/join.yaml", Mode: 0o600, Content: joinplan.NewSecretContent([]byte("secret\n"))},
}

var written = map[string]string{
	"plan.md":            "-rw-r--r-- plan\n",
	"cp-1/etc/join.yaml": "-rw------- secret\n",
}

func TestWritesEachFileWithItsModeAndAgainTheSame(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "out")
	for range 2 {
		if err := outdir.Write(dir, files, false); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(written, tree(t, dir)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWritesNothingWhereAFileDiffersUnlessTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before := map[string]string{"cp-1/etc/join.yaml": "-rw-r--r-- mine\n"}
	if err := os.MkdirAll(filepath.Join(dir, "cp-1/etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cp-1/etc/join.yaml"), []byte("mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := outdir.Write(dir, files, false)
	if err == nil || !strings.Contains(err.Error(), "cp-1/etc/join.yaml") {
		t.Errorf("error %v does not name the file", err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("something was written:\n%s", diff)
	}
	if err := outdir.Write(dir, files, true); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestNeverLeavesTheDirectory(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "out")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(parent, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../escaped", "link/escaped", "/escaped"} {
		if err := outdir.Write(dir, []joinplan.WriteFile{{Path: name, Mode: 0o644}}, true); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if _, err := os.Stat(filepath.Join(parent, "escaped")); err == nil {
		t.Error("a file was written outside the directory")
	}
}

func TestAMachineWithTheNameOfAFileIsRefused(t *testing.T) {
	t.Parallel()
	at := func(paths ...string) []joinplan.WriteFile {
		var out []joinplan.WriteFile
		for _, p := range paths {
			out = append(out, joinplan.WriteFile{Path: p, Mode: 0o644})
		}
		return out
	}
	for name, files := range map[string][]joinplan.WriteFile{
		"hosts":            at("plan.md", "hosts", "hosts/etc/kubernetes/kubeadm-join.yaml"),
		"plan.md":          at("plan.md/etc/haproxy/haproxy.cfg", "plan.md"),
		"join-commands.sh": at("join-commands.sh", "join-commands.sh"),
	} {
		dir := filepath.Join(t.TempDir(), "out")
		if err := outdir.Write(dir, files, true); err == nil || !strings.Contains(err.Error(), name+" would be") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: the directory was made", name)
		}
	}
}
