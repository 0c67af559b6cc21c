package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
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
		{"an empty capture", "", []string{"-cluster", description}, "capture:1:1: nothing that a host says of itself"},
		{"garbage", "default via 10.0.0.1 dev eth0\nhello world\n", []string{"-cluster", description}, "capture:2:1: this line"},
		{"a broken time of receipt", "default via 10.0.0.1 dev eth0\n$ received then\n", []string{"-cluster", description}, "capture:2:1: this is no time of receipt"},
		{"an unknown host", "default via 10.0.0.1 dev eth0\n", []string{"-cluster", description, "-host", "cka-cp-9"}, `host "cka-cp-9" is not in the description`},
		{"a missing capture", "", []string{"-cluster", description, "testdata/none.txt"}, "testdata/none.txt: no such file or directory"},
		{"a broken capture", "", []string{"-cluster", description, description}, "testdata/cluster.yaml:\ncapture:1:1: this line"},
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
