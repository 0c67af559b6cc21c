package goldens_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/examples/goldens"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

const golden = "testdata/shop"

// The files that the machines will get are the ones that were reviewed. Git does
// not keep modes, so they have a file of their own.
func TestFilesAreTheOnesThatWereReviewed(t *testing.T) {
	t.Parallel()
	made := map[string]string{}
	var modes strings.Builder
	for file := range render.Bundle(plan(t, goldens.Shop())) {
		made[file.Path] = string(file.Content.Reveal())
		fmt.Fprintf(&modes, "%v %s\n", file.Mode, file.Path)
	}
	made["modes.txt"] = modes.String()
	if *update {
		write(t, made)
	}
	if diff := cmp.Diff(committed(t), made); diff != "" {
		t.Errorf("the files differ from those in %s (-committed +made); go test -update writes them anew:\n%s", golden, diff)
	}
}

func plan(t *testing.T, spec cluster.Spec) joinplan.Plan {
	t.Helper()
	p, err := joinplan.Create(joinplan.Input{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func committed(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	dir := os.DirFS(golden)
	err := fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dir, name)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll(golden); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(golden, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
