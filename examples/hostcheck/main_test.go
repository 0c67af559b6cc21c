package main

import (
	"bytes"
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

const description = "testdata/cluster.yaml"

// command runs hostcheck on a capture and gives what it wrote.
func command(t *testing.T, capture string, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(args, strings.NewReader(capture), &o, &e)
	return status, o.String(), e.String()
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheReferenceLabsBrokenRoutesAreFoundAndExplained(t *testing.T) {
	t.Parallel()
	broken := text(t, "testdata/ip-route-broken.txt")
	status, out, errs := command(t, broken, "-cluster", description, "-host", "cka-cp-1")
	if status != 1 || errs != "" {
		t.Errorf("status %d, errors %q", status, errs)
	}
	status, asJSON, errs := command(t, broken, "-cluster", description, "-json")
	if status != 1 || errs != "" {
		t.Errorf("status %d, errors %q", status, errs)
	}
	golden.Check(t, "testdata/broken.txtar",
		txtar.File{Name: "stdout", Data: []byte(out)}, txtar.File{Name: "stdout -json", Data: []byte(asJSON)})
}

func TestADirectoryOfCapturesSaysTheSameAsTheHosts(t *testing.T) {
	t.Parallel()
	routes := text(t, "testdata/ip-route-broken.txt")
	dir := capturetest.Dir(t, capture.Capture{Name: "cka-cp-1", Role: capture.Machine, Runs: []capture.Run{{Label: "ip route", Output: []byte(routes)}}})
	status, out, errs := command(t, "", "-cluster", description, "-observed", dir)
	wantStatus, want, _ := command(t, "$ ip route\n"+routes, "-cluster", description, "-host", "cka-cp-1")
	if status != wantStatus || out != want || errs != "" {
		t.Errorf("status %d, errors %q, and it printed:\n%s", status, errs, out)
	}
}

func TestNothingIsFoundInTheMendedRoutes(t *testing.T) {
	t.Parallel()
	status, out, errs := command(t, text(t, "testdata/ip-route-fixed.txt"), "-cluster", description)
	if status != 0 || out != "nothing found on cka-cp-1\n" || errs != "" {
		t.Errorf("status %d, wrote %q, errors %q", status, out, errs)
	}
}

func TestSeveralHostsAreReadFromFiles(t *testing.T) {
	t.Parallel()
	status, out, errs := command(t, "", "-cluster", description, "testdata/ip-route-typo.txt", "testdata/ip-route-broken.txt")
	if status != 1 || errs != "" {
		t.Errorf("status %d, errors %q", status, errs)
	}
	golden.Check(t, "testdata/typo.txtar", txtar.File{Name: "stdout", Data: []byte(out)})
}

// The clock of cka-cp-2 is 90 seconds behind; the captures came one after
// another.
func TestAClockThatDiffersFromTheOthersIsFound(t *testing.T) {
	t.Parallel()
	var files []string
	for _, host := range []string{"cka-cp-1", "cka-cp-2", "cka-cp-3"} {
		files = append(files, "testdata/clock-of-"+host+".txt")
	}
	status, out, errs := command(t, "", append([]string{"-cluster", description}, files...)...)
	if status != 1 || errs != "" {
		t.Errorf("status %d, errors %q", status, errs)
	}
	golden.Check(t, "testdata/clock.txtar", txtar.File{Name: "stdout", Data: []byte(out)})
}

func TestBadInputHasStatus2AndSaysWhere(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, capture string
		args          []string
		want          string
	}{
		{"no description", "", nil, "-cluster: open : no such file or directory"},
		{"a missing description", "", []string{"-cluster", "testdata/none.yaml"}, "testdata/none.yaml: no such file or directory"},
		{"a description that is none", "", []string{"-cluster", "testdata/ip-route-fixed.txt"}, "cluster:"},
		{"an unknown flag", "", []string{"-wrong"}, "flag provided but not defined: -wrong"},
		{"an empty capture", "", []string{"-cluster", description}, "capture: nothing that a host says of itself"},
		{"a host that nobody knows", "default via 10.0.0.1 dev eth0\nhello world\n", []string{"-cluster", description}, "none of its addresses is in the description"},
		{"an unknown host", "default via 10.0.0.1 dev eth0\n", []string{"-cluster", description, "-host", "cka-cp-9"}, `host "cka-cp-9" is not in the description`},
		{"a missing capture", "", []string{"-cluster", description, "testdata/none.txt"}, "testdata/none.txt: no such file or directory"},
		{"a broken capture", "", []string{"-cluster", description, description}, "testdata/cluster.yaml:\ncapture:3: nothing that a host says of itself"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, out, errs := command(t, test.capture, test.args...)
			if status != 2 || out != "" || !strings.Contains(errs, test.want) {
				t.Errorf("status %d, wrote %q, errors %q; want status 2 and %q", status, out, errs, test.want)
			}
		})
	}
}

func TestALineThatIsNotUnderstoodIsNeverAllWell(t *testing.T) {
	t.Parallel()
	fixed := text(t, "testdata/ip-route-fixed.txt")
	for _, line := range []string{"hello world", "default via 10.0.0.1 dev", "$ received then", "192.168.51.80 k8s-v\ufffdp"} {
		status, out, errs := command(t, fixed+line+"\n", "-cluster", description)
		if status != 1 || !strings.Contains(out, "not-understood (warning, capture:10)") || errs != "" {
			t.Errorf("%s: status %d, wrote %q, errors %q", line, status, out, errs)
		}
	}
}

func TestWhatIsForInformationIsNoFault(t *testing.T) {
	t.Parallel()
	const routes = "default via 192.168.51.1 dev ens18\n192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.81\n" +
		"192.168.51.86 proto bird\n\tnexthop via 192.168.51.1 dev ens18 weight 1\n\tnexthop via 192.168.52.1 dev ens19 weight 1 linkdown\n"
	status, out, errs := command(t, routes, "-cluster", description)
	if status != 0 || !strings.Contains(out, "hop-down (info, capture:3)") || errs != "" {
		t.Errorf("status %d, wrote %q, errors %q", status, out, errs)
	}
}

func TestGarbageIsNeverAllWell(t *testing.T) {
	t.Parallel()
	fixed := text(t, "testdata/ip-route-fixed.txt")
	for _, in := range garbage.For("hostcheck") {
		for _, args := range [][]string{{"-cluster", description}, {"-cluster", description, "-host", "cka-cp-1"}, {"-cluster", description, "-host", "cka-cp-1", "-json"}} {
			if status, out, errs := command(t, in.Text, args...); status == 0 || out+errs == "" || plain.Text(out+errs) != out+errs {
				t.Errorf("%s: status %d, wrote %q, errors %q", in.Name, status, out, errs)
			}
		}
		file := filepath.Join(t.TempDir(), "cluster.yaml")
		if err := os.WriteFile(file, []byte(in.Text), 0o600); err != nil {
			t.Fatal(err)
		}
		if status, out, errs := command(t, fixed, "-cluster", file); status != 2 || out != "" || errs == "" {
			t.Errorf("%s as the description: status %d, wrote %q, errors %q", in.Name, status, out, errs)
		}
	}
}

func TestTheScriptIsPrinted(t *testing.T) {
	t.Parallel()
	status, out, errs := command(t, "", "-cluster", description, "-script")
	if status != 0 || !strings.Contains(out, "say getent hosts k8s-vip\n") || errs != "" {
		t.Errorf("status %d, wrote %q, errors %q", status, out, errs)
	}
}

func TestHelpSaysHowToCallIt(t *testing.T) {
	t.Parallel()
	status, _, errs := command(t, "", "-h")
	if status != 0 || !strings.HasPrefix(errs, "usage: ") || !strings.Contains(errs, "-cluster") {
		t.Errorf("status %d, wrote %q", status, errs)
	}
}
