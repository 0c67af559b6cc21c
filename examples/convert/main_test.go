package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
)

// capture unpacks what a cluster said of itself into a directory.
func capture(t *testing.T, archive string, change func(name string, data []byte) []byte) string {
	t.Helper()
	dir := t.TempDir()
	for _, part := range golden.Read(t, "../../joinplan/convert/testdata/"+archive).Files {
		path := filepath.Join(dir, part.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(part.Name, part.Data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func asItIs(_ string, data []byte) []byte { return data }

func TestTakesTheCensusAndWritesThePlan(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	var stdout, stderr bytes.Buffer
	status := run([]string{"-from", capture(t, "v1.37.txtar", asItIs), "-out", out}, &stdout, &stderr)
	if status != 1 {
		t.Fatalf("exit status %d: %s", status, stderr.String())
	}
	plan, err := os.ReadFile(filepath.Join(out, "plan.md"))
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/v1.37.txtar",
		txtar.File{Name: "printed", Data: stdout.Bytes()}, txtar.File{Name: "plan.md", Data: plan})
}

func TestCheckOnlyTakesTheCensus(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	var stdout, stderr bytes.Buffer
	status := run([]string{"-check", "-from", capture(t, "v1.30.txtar", asItIs), "-out", out}, &stdout, &stderr)
	if status != 1 || !strings.HasPrefix(stdout.String(), "Not converted to https://") {
		t.Errorf("exit status %d: %s%s", status, stdout.String(), stderr.String())
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}

func TestAConvertedClusterIsExitStatus0(t *testing.T) {
	t.Parallel()
	dir := capture(t, "v1.37.txtar", func(name string, data []byte) []byte {
		switch name {
		case "spec.yaml":
			return bytes.ReplaceAll(data, []byte("k8s-vip:6443"), []byte("192.168.51.81:6443"))
		case "objects.yaml":
			return bytes.ReplaceAll(data, []byte("    kind: ClusterConfiguration\n"), []byte("    kind: ClusterConfiguration\n    controlPlaneEndpoint: 192.168.51.81:6443\n"))
		}
		return data
	})
	var stdout, stderr bytes.Buffer
	if status := run([]string{"-check", "-from", dir}, &stdout, &stderr); status != 0 || !strings.HasPrefix(stdout.String(), "Converted: ") {
		t.Errorf("exit status %d: %s%s", status, stdout.String(), stderr.String())
	}
}

func TestBadInputIsExitStatus2AndWritesNothing(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for name, from := range map[string]string{
		"no directory":     filepath.Join(empty, "none"),
		"nothing captured": empty,
		"too little":       capture(t, "little.txtar", asItIs),
		"a broken description": capture(t, "v1.37.txtar", func(name string, data []byte) []byte {
			if name == "spec.yaml" {
				return append(data, "colour: blue\n"...)
			}
			return data
		}),
		"broken objects": capture(t, "v1.37.txtar", func(name string, data []byte) []byte {
			if name == "objects.yaml" {
				return []byte("hello\n")
			}
			return data
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "out")
			var stdout, stderr bytes.Buffer
			if status := run([]string{"-from", from, "-out", out}, &stdout, &stderr); status != 2 || stderr.Len() == 0 {
				t.Errorf("exit status %d: %q", status, stderr.String())
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("something was written")
			}
		})
	}
}
