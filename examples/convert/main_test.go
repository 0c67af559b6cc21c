package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/capturetest"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan/capture"
)

// unpack unpacks what a cluster said of itself into a directory.
func unpack(t *testing.T, archive string, change func(name string, data []byte) []byte) string {
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
	status := run([]string{"-from", unpack(t, "v1.37.txtar", asItIs), "-out", out}, &stdout, &stderr)
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

// TestADirectoryOfCapturesSaysTheSameAsItsParts has the machines say in captures
// what stands in single files.
func TestADirectoryOfCapturesSaysTheSameAsItsParts(t *testing.T) {
	t.Parallel()
	from := unpack(t, "v1.37.txtar", asItIs)
	machines := map[string]*capture.Capture{}
	of := func(name string) *capture.Capture {
		if machines[name] == nil {
			machines[name] = &capture.Capture{Name: name, Role: capture.Machine, Runs: []capture.Run{{Label: "cat /etc/machine-id", Output: []byte(strings.Repeat("1", 32) + "\n")}}}
		}
		return machines[name]
	}
	var objects []capture.Run
	for _, part := range golden.Read(t, "../../joinplan/convert/testdata/v1.37.txtar").Files {
		host, path, isFile := strings.Cut(part.Name, "/")
		switch {
		case part.Name == "spec.yaml" || host == "handed-in":
		case isFile:
			of(host).Files = append(of(host).Files, capture.File{Path: "/" + path, Content: part.Data})
		default:
			objects = append(objects, capture.Run{Label: "kubectl get " + part.Name, Output: part.Data})
		}
	}
	first := slices.Sorted(maps.Keys(machines))[0]
	of(first).Runs = append(of(first).Runs, capture.Run{Label: "kubectl get nodes"})
	of(first).Runs = append(of(first).Runs, objects...)
	var captures []capture.Capture
	for _, c := range machines {
		captures = append(captures, *c)
	}
	if err := os.RemoveAll(filepath.Join(from, "handed-in")); err != nil {
		t.Fatal(err)
	}
	var want, got, stderr bytes.Buffer
	wantStatus := run([]string{"-check", "-from", from}, &want, &stderr)
	status := run([]string{"-check", "-cluster", filepath.Join(from, "spec.yaml"), "-observed", capturetest.Dir(t, captures...)}, &got, &stderr)
	if status != wantStatus || got.String() != want.String() || stderr.Len() > 0 {
		t.Errorf("exit status %d, %s, and it printed:\n%s\nwant %d:\n%s", status, &stderr, &got, wantStatus, &want)
	}
}

func TestCheckOnlyTakesTheCensus(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	var stdout, stderr bytes.Buffer
	status := run([]string{"-check", "-from", unpack(t, "v1.30.txtar", asItIs), "-out", out}, &stdout, &stderr)
	if status != 1 || !strings.HasPrefix(stdout.String(), "Not converted to https://") {
		t.Errorf("exit status %d: %s%s", status, stdout.String(), stderr.String())
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}

func TestAConvertedClusterIsExitStatus0(t *testing.T) {
	t.Parallel()
	dir := unpack(t, "v1.37.txtar", func(name string, data []byte) []byte {
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
		"too little":       unpack(t, "little.txtar", asItIs),
		"a broken description": unpack(t, "v1.37.txtar", func(name string, data []byte) []byte {
			if name == "spec.yaml" {
				return append(data, "colour: blue\n"...)
			}
			return data
		}),
		"broken objects": unpack(t, "v1.37.txtar", func(name string, data []byte) []byte {
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
