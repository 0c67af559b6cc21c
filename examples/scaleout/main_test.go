package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/internal/haproxytest"
	"github.com/haplane/haplane/joinplan"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// scaleout runs the program and gives its exit status and what it printed, with
// the directory named OUT.
func scaleout(t *testing.T, out string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(append([]string{"-out", out}, args...), &o, &e, now)
	hide := func(s string) string { return strings.ReplaceAll(s, out, "OUT") }
	return status, hide(o.String()), hide(e.String())
}

// written gives the files below a directory, each headed by its mode.
func written(t *testing.T, dir string) []txtar.File {
	t.Helper()
	var files []txtar.File
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files = append(files, txtar.File{Name: name, Data: data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// printed is a run's own output as a part of the golden.
func printed(t *testing.T, dir, stdout string) txtar.File {
	t.Helper()
	for _, f := range written(t, dir) {
		info, err := os.Stat(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		stdout = strings.Replace(stdout, "wrote OUT/"+f.Name+"\n", "wrote OUT/"+f.Name+" "+info.Mode().String()+"\n", 1)
	}
	return txtar.File{Name: "printed", Data: []byte(stdout)}
}

// withTime gives a copy of a file that was last changed at a time.
func withTime(t *testing.T, file string, at time.Time) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWritesWhatAClusterNeeds(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"reference": nil,
		"cloud":     {"-cluster", "testdata/cloud.yaml", "-credentials", withTime(t, "testdata/cloud-credentials.txt", now.Add(-time.Hour))},
		"virgin":    {"-cluster", "reference.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "out")
			status, stdout, stderr := scaleout(t, out, args...)
			if status != 0 {
				t.Fatalf("exit status %d: %s", status, stderr)
			}
			files := append([]txtar.File{printed(t, out, stdout)}, written(t, out)...)
			golden.Check(t, "testdata/"+name+".txtar", files...)
			for _, f := range files {
				if strings.HasSuffix(f.Name, "haproxy.cfg") {
					haproxytest.MustAccept(t, bytes.ReplaceAll(f.Data, []byte(joinplan.HAProxyCAPath), []byte(haproxytest.CAFile(t))))
				}
			}
		})
	}
}

func TestSecretsStandOnlyInFilesForTheirOwner(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	if status, _, stderr := scaleout(t, out); status != 0 {
		t.Fatal(stderr)
	}
	secrets := []string{"x3xsp6", "dwqt2lg576fjoug5", "8c3c67e3632f926cac260c53f5436014"}
	found := 0
	for _, f := range written(t, out) {
		info, err := os.Stat(filepath.Join(out, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if !bytes.Contains(f.Data, []byte(secret)) {
				continue
			}
			found++
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s holds a secret and has mode %v", f.Name, info.Mode())
			}
		}
	}
	if found == 0 {
		t.Error("no file holds the credentials")
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("reference.yaml")
	if err != nil {
		t.Fatal(err)
	}
	head, workers, found := strings.Cut(string(text), "workers:\n")
	if !found {
		t.Fatal("the reference lab has no workers")
	}
	lines := strings.SplitAfter(strings.TrimSuffix(workers, "\n"), "\n")
	shuffled := head + "workers:\n" + strings.Join(lines[2:], "") + "\n" + strings.Join(lines[:2], "")
	file := filepath.Join(t.TempDir(), "shuffled.yaml")
	if err := os.WriteFile(file, []byte(shuffled), 0o600); err != nil {
		t.Fatal(err)
	}
	first, again, other := t.TempDir(), t.TempDir(), t.TempDir()
	credentials := withTime(t, "reference-credentials.txt", now)
	for dir, cluster := range map[string]string{first: "reference.yaml", again: "reference.yaml", other: file} {
		if status, _, stderr := scaleout(t, dir, "-cluster", cluster, "-credentials", credentials); status != 0 {
			t.Fatal(stderr)
		}
	}
	if diff := cmp.Diff(written(t, first), written(t, again)); diff != "" {
		t.Errorf("a second run wrote something else:\n%s", diff)
	}
	if diff := cmp.Diff(written(t, first), written(t, other)); diff != "" {
		t.Errorf("the order of the workers shows:\n%s", diff)
	}
}

func TestASecondRunLeavesAnEditedFileAloneUnlessTold(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	if status, _, stderr := scaleout(t, out); status != 0 {
		t.Fatal(stderr)
	}
	edited := filepath.Join(out, "cka-hap-1/etc/haproxy/haproxy.cfg")
	if err := os.WriteFile(edited, []byte("# mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := scaleout(t, out)
	if status != 2 || !strings.Contains(stderr, "OUT/cka-hap-1/etc/haproxy/haproxy.cfg") {
		t.Errorf("exit status %d: %s", status, stderr)
	}
	if data, err := os.ReadFile(edited); err != nil || string(data) != "# mine\n" {
		t.Errorf("the file now says %q, %v", data, err)
	}
	if status, _, stderr := scaleout(t, out, "-replace"); status != 0 {
		t.Errorf("-replace: exit status %d: %s", status, stderr)
	}
}

func TestBadInputIsReportedAtOnceAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	const broken = `apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
colour: blue
apiServerPort: [6443]
controlPlanes:
- {name: cp-1, address: 10.0.0.300}
- {name: "a b", address: 10.0.0.2}
- {name: "x;reboot", address: 10.0.0.3}
- {name: "$(id)", address: 10.0.0.4}
- {name: "a\nb", address: 10.0.0.5}
workers:
- {name: wk-1, address: 10.0.0.6}
- {name: wk-1, address: 10.0.0.7}
`
	want := []string{
		`cluster:5:1: colour: unknown field`,
		`cluster:6:16: apiServerPort: must be a port, 1 to 65535, not a list`,
		`cluster:8:25: controlPlanes[0].address: Invalid value: "10.0.0.300": `,
		`cluster:9:10: controlPlanes[1].name: Invalid value: "a b": `,
		`cluster:10:10: controlPlanes[2].name: Invalid value: "x;reboot": `,
		`cluster:11:10: controlPlanes[3].name: Invalid value: "$(id)": `,
		`cluster:12:10: controlPlanes[4].name: Invalid value: "a\nb": `,
		`cluster:15:10: workers[1].name: Invalid value: "wk-1": this name is given twice`,
		`token: `,
	}
	file := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	expired := withTime(t, "reference-credentials.txt", now.Add(-25*time.Hour))
	status, stdout, stderr := scaleout(t, out, "-cluster", file, "-credentials", expired)
	if status != 2 || stdout != "" {
		t.Errorf("exit status %d, printed %q", status, stdout)
	}
	for _, line := range want {
		if strings.Count(stderr, line) != 1 {
			t.Errorf("not reported once: %s", line)
		}
	}
	if t.Failed() {
		t.Log(stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the directory was made")
	}
}

func TestUnreadableInputIsExitStatus2(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no such description":       {"-cluster", "testdata/none.yaml"},
		"no such credentials":       {"-credentials", "testdata/none.txt"},
		"a file without any":        {"-credentials", "reference.yaml"},
		"of another cluster":        {"-cluster", "reference.yaml", "-credentials", withTime(t, "testdata/cloud-credentials.txt", now)},
		"no such flag":              {"-colour"},
		"a description that is one": {"-cluster", "main.go"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "out")
			status, _, stderr := scaleout(t, out, args...)
			if status != 2 || stderr == "" {
				t.Errorf("exit status %d: %q", status, stderr)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("the directory was made")
			}
		})
	}
}
