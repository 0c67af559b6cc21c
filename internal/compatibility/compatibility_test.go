package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/internal/ran"
)

var update = flag.Bool("update", false, "write docs/compatibility.md anew from what is recorded")

func TestTheTablesAreMadeOfWhatWasRecorded(t *testing.T) {
	t.Parallel()
	const root = "../.."
	known, err := readKnown(root)
	if err != nil {
		t.Fatal(err)
	}
	want, err := document(root, known)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, documentFile)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), string(want)); diff != "" {
		t.Errorf("docs/compatibility.md is not what was recorded (-file +recorded); go test ./internal/compatibility -update writes it:\n%s", diff)
	}
}

func recorded(t *testing.T, programs ...ran.Program) string {
	t.Helper()
	dir := t.TempDir()
	for _, p := range programs {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, p.Name+p.Release+p.API+".json"), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// repository holds what the command reads and writes.
func repository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		records:                "[]\n",
		"docs/e2e.md":          "| scenario | result | began | commit | Kubernetes | etcd | took |\n|---|---|---|---|---|---|---|\n| A | passed | x | y | v1.37.2 | v3.7.3 | 1m |\n| B | **failed** | x | y | v1.36.3 | v3.6.8 | 1m |\n\n## A\n\nOn 2 processors; HAProxy version 2.6.12-1 2026/10/17.\n\n## B\n\nHAProxy version 3.0.1 x\n",
		"docs/e2e-failover.md": "nothing\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestWhatWasRunIsAddedAndHeldToTheTable(t *testing.T) {
	t.Parallel()
	root := repository(t)
	first := recorded(t, ran.Program{Name: "kubeadm", Release: "v1.37.2", API: "v1beta4"}, ran.Program{Name: "haproxy", Release: "2.6.12-1"},
		ran.Program{Name: "etcd", Release: "3.5.24"}, ran.Program{Name: "etcdctl", Release: "3.5.35"})
	var out, complaint bytes.Buffer
	if status := run([]string{"-root", root, "-ran", first}, &out, &complaint); status != 1 || !strings.Contains(complaint.String(), "haproxy 2.6.12-1") {
		t.Errorf("what is not in the table passes: status %d, %s", status, complaint.String())
	}
	if status := run([]string{"-root", root, "-ran", first, "-update"}, &out, &complaint); status != 0 {
		t.Fatal(complaint.String())
	}
	text, err := os.ReadFile(filepath.Join(root, documentFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"| 1.37 | – | **run** v1.37.2 | – |\n", "| 1.36 | read | read | – |\n", "| 1.30 | read | – | – |\n", "| 2.6 | **run** 2.6.12-1 |\n", "| 3.0 | read |\n",
		"| 3.5 | **run** 3.5.24 | **run** 3.5.35 |\n", "| 3.4 | read | read |\n", "| v1.37.2 | v3.7.3 | 2.6.12-1 | A |\n",
	} {
		if !strings.Contains(string(text), row) {
			t.Errorf("the tables lack %q:\n%s", row, text)
		}
	}
	if strings.Contains(string(text), "v3.6.8") {
		t.Errorf("a scenario that failed is among those that passed:\n%s", text)
	}
	patched := recorded(t, ran.Program{Name: "kubeadm", Release: "v1.37.9", API: "v1beta4"}, ran.Program{Name: "haproxy", Release: "2.6.14"},
		ran.Program{Name: "etcd", Release: "3.5.24"}, ran.Program{Name: "etcdctl", Release: "3.5.35"})
	complaint.Reset()
	if status := run([]string{"-root", root, "-ran", patched}, &out, &complaint); status != 0 {
		t.Errorf("another patch of a release does not pass: %s", complaint.String())
	}
	if status := run([]string{"-root", root, "-ran", recorded(t)}, &out, &complaint); status != 1 {
		t.Error("tests that ran nothing pass")
	}
}
