// Package golden compares what a test made with files that a person has
// reviewed. A golden is a txtar archive under testdata/: it holds one or many
// files, so that the whole output of a run is read, and reviewed, in one place.
//
// Run a package's tests with -update to write its goldens anew, then read the
// diff before committing it: a change of golden output is a change of
// behaviour.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Check fails the test unless the archive at path (testdata/NAME.txtar) holds
// exactly these files in this order. The archive's comment is the reviewer's
// and is left alone. Every file must end in a newline, which is what an
// archive can hold.
func Check(t testing.TB, path string, files ...txtar.File) {
	t.Helper()
	for _, f := range files {
		if len(f.Data) > 0 && !bytes.HasSuffix(f.Data, []byte("\n")) {
			t.Errorf("%s: file %s does not end in a newline", path, f.Name)
		}
	}
	if *update {
		write(t, path, files)
	}
	archive := Read(t, path)
	if diff := cmp.Diff(texts(archive.Files), texts(files)); diff != "" {
		t.Errorf("%s differs from what the test made (-golden +made); -update writes it anew:\n%s", path, diff)
	}
}

// Read gives the archive at path.
func Read(t testing.TB, path string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatalf("golden file: %v (-update writes it)", err)
	}
	return archive
}

// File is one file of an archive by name; the test stops where it is missing.
func File(t testing.TB, archive *txtar.Archive, name string) []byte {
	t.Helper()
	for _, f := range archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	t.Fatalf("golden file has no part %q", name)
	return nil
}

func write(t testing.TB, path string, files []txtar.File) {
	t.Helper()
	archive := &txtar.Archive{Files: files}
	if old, err := txtar.ParseFile(path); err == nil {
		archive.Comment = old.Comment
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

type text struct{ Name, Data string }

func texts(files []txtar.File) []text {
	out := make([]text, 0, len(files))
	for _, f := range files {
		out = append(out, text{f.Name, string(f.Data)})
	}
	return out
}
