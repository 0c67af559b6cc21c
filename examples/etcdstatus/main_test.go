package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/capturetest"
	"github.com/haplane/haplane/internal/garbage"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan/capture"
)

const captures = "../../etcdcheck/testdata/"

// captured is what etcdctl printed of a real cluster, as a terminal shows it.
func captured(t *testing.T, state string, names ...string) string {
	t.Helper()
	archive := golden.Read(t, captures+"etcd-3.7.3-"+state+".txtar")
	var text []byte
	for _, name := range names {
		for _, f := range archive.Files {
			if f.Name == name+".err" || f.Name == name+".out" {
				text = append(text, f.Data...)
			}
		}
	}
	return string(text)
}

// call runs the command and gives what it wrote.
func call(stdin string, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(args, strings.NewReader(stdin), &out, &err)
	return status, out.String(), err.String()
}

func TestADirectoryOfCapturesSaysTheSameAsItsParts(t *testing.T) {
	t.Parallel()
	text := captured(t, "one-down", "endpoint-status.json")
	c := capture.Capture{Name: "cp-1", Role: capture.ControlPlane, Runs: []capture.Run{
		{Label: "cat /etc/machine-id", Output: []byte(strings.Repeat("1", 32) + "\n")}, {Label: "kubectl get nodes", Output: []byte(`{"apiVersion":"v1","kind":"Node","metadata":{"name":"cp-1"}}`)},
	}}
	status, _, errs := call("", "-observed", capturetest.Dir(t, c))
	if status != 2 || !strings.Contains(errs, "no control plane has said how etcd is") {
		t.Errorf("without etcd: exit status %d, %q", status, errs)
	}
	c.Runs = append(c.Runs, capture.Run{Label: "etcdctl endpoint status", Output: []byte(text)})
	status, out, errs := call("", "-observed", capturetest.Dir(t, c))
	if wantStatus, want, _ := call(text); status != wantStatus || out != want || errs != "" {
		t.Errorf("exit status %d, %q, and it printed:\n%s", status, errs, out)
	}
}

func TestTellsTheStateByItsExitStatus(t *testing.T) {
	t.Parallel()
	reference, err := os.ReadFile(captures + "endpoint-status-3.5.3.txt")
	if err != nil {
		t.Fatal(err)
	}
	const three = "192.168.51.81:2379,192.168.51.82:2379,192.168.51.83:2379"
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  int
	}{
		"the reference":                 {string(reference), nil, 0},
		"the reference, as expected":    {string(reference), []string{"-expect", three}, 0},
		"one that was expected missing": {string(reference), []string{"-expect", three + ",cka-cp-4=192.168.51.87:2379"}, 1},
		"healthy":                       {captured(t, "healthy", "member-list.table", "endpoint-status.table"), nil, 0},
		"one down":                      {captured(t, "one-down", "endpoint-status.simple"), nil, 1},
		"one down, without stderr":      {captured(t, "one-down", "endpoint-health.json"), nil, 1},
		"quorum lost":                   {captured(t, "quorum-lost", "endpoint-status.fields"), []string{"-expect", three}, 3},
		"an unstarted learner":          {captured(t, "unstarted-learner", "member-list.json", "endpoint-status.json"), nil, 1},
		"nothing":                       {"", nil, 2},
		"cut off":                       {captured(t, "healthy", "endpoint-status.json")[:700], nil, 2},
		"no such flag":                  {string(reference), []string{"-nonsense"}, 2},
		"may reboot: yes":               {captured(t, "healthy", "member-list.json", "endpoint-status.json"), []string{"-may", "reboot:cka-cp-2"}, 0},
		"may reboot: no":                {captured(t, "one-down", "member-list.json", "endpoint-status.json"), []string{"-may", "reboot:cka-cp-2"}, 1},
		"may add: no, quorum lost":      {captured(t, "quorum-lost", "endpoint-status.json"), []string{"-may", "add"}, 3},
		"no question":                   {string(reference), []string{"-may", "dance"}, 2},
		"no format":                     {string(reference), []string{"-o", "yaml"}, 2},
		"no such file":                  {"", []string{"no-such-file"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, stdout, stderr := call(c.stdin, c.args...)
			if status != c.want {
				t.Errorf("exit status %d, want %d\n%s%s", status, c.want, stdout, stderr)
			}
			if (status == 2) != (stderr != "") {
				t.Errorf("exit status %d with stderr %q", status, stderr)
			}
		})
	}
}

func TestOutputForPeople(t *testing.T) {
	t.Parallel()
	mixed := captured(t, "one-down", "member-list.simple", "endpoint-status.json", "endpoint-health.table")
	var files []txtar.File
	for _, c := range []struct {
		name string
		args []string
	}{
		{"verdict", nil},
		{"may reboot cka-cp-2", []string{"-may", "reboot:cka-cp-2"}},
		{"may add", []string{"-may", "add"}},
		{"may remove cka-cp-3", []string{"-may", "remove:cka-cp-3"}},
		{"may upgrade", []string{"-may", "upgrade:3.8.0"}},
	} {
		_, stdout, stderr := call(mixed, c.args...)
		if stderr != "" {
			t.Errorf("%s: %s", c.name, stderr)
		}
		files = append(files, txtar.File{Name: c.name, Data: []byte(stdout)})
	}
	golden.Check(t, "testdata/one-down.txtar", files...)
}

func TestOutputForPrograms(t *testing.T) {
	t.Parallel()
	stdin := captured(t, "one-down", "member-list.json", "endpoint-status.json")
	for _, args := range [][]string{{"-o", "json"}, {"-o", "json", "-may", "reboot:cka-cp-2"}} {
		status, stdout, stderr := call(stdin, args...)
		var v map[string]any
		if err := json.Unmarshal([]byte(stdout), &v); err != nil || status != 1 {
			t.Errorf("%v: exit status %d, %v\n%s%s", args, status, err, stdout, stderr)
		}
	}
}

func TestReadsFilesAndAnEarlierSample(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	members := file("members", captured(t, "healthy", "member-list.fields"))
	now := file("now", captured(t, "healthy", "endpoint-status.fields"))
	before := file("before", strings.ReplaceAll(captured(t, "healthy", "endpoint-status.json"), `"raft_term":2`, `"raft_term":1`))
	old := file("old", strings.ReplaceAll(captured(t, "healthy", "endpoint-status.json"), `"raftTerm":2`, `"raftTerm":1`))
	if status, _, stderr := call("", "-earlier", before, members, now, file("alarms", "")); status != 0 {
		t.Errorf("exit status %d: %s", status, stderr)
	}
	status, stdout, _ := call("", "-earlier", old, members, now)
	if status != 1 || !strings.Contains(stdout, "leader-changed") {
		t.Errorf("exit status %d, without the election between the samples:\n%s", status, stdout)
	}
}

func TestShowsWhatWasUnderstoodOfACutText(t *testing.T) {
	t.Parallel()
	text := captured(t, "healthy", "endpoint-status.json")
	status, stdout, stderr := call(text[:len(text)-60])
	if status != 2 || !strings.Contains(stderr, "etcdctl output:1:") || !strings.HasPrefix(stdout, "unknown: 2 of 2 voters agree") {
		t.Errorf("exit status %d\n%s%s", status, stdout, stderr)
	}
}

// Nothing that is not etcdctl's output is called healthy, and no question is
// answered with yes about it.
func TestGarbageIsNeverHealthy(t *testing.T) {
	t.Parallel()
	for _, in := range garbage.For("etcdstatus") {
		t.Run(in.Name, func(t *testing.T) {
			t.Parallel()
			for _, args := range [][]string{nil, {"-o", "json"}, {"-may", "add"}, {"-expect", "10.0.0.1:2379"}} {
				status, stdout, stderr := call(in.Text, args...)
				if status == 0 {
					t.Errorf("%q: exit status 0\n%s%s", args, stdout, stderr)
				}
				if shown := stdout + stderr; shown != plain.Text(shown) {
					t.Errorf("%q: what does not print is printed: %q", args, shown)
				}
			}
		})
	}
}

// Garbage between the outputs of a healthy cluster takes the verdict away, or is
// known as noise; garbage behind the loss of the quorum changes nothing.
func TestGarbageNeverHidesALostQuorum(t *testing.T) {
	t.Parallel()
	lost := captured(t, "quorum-lost", "endpoint-status.simple", "endpoint-health.simple")
	for _, in := range garbage.For("etcdstatus") {
		for _, text := range []string{in.Text + "\n" + lost, lost + "\n" + in.Text} {
			if status, stdout, stderr := call(text); status != 2 && status != 3 {
				t.Errorf("%s: exit status %d\n%s%s", in.Name, status, stdout, stderr)
			}
		}
	}
}
