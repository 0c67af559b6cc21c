package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/garbage"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/internal/plain"
)

const description = "testdata/cluster.yaml"

// debian is the hosts file of a machine that Debian's installer set up.
const debian = "127.0.0.1\tlocalhost\n" +
	"127.0.1.1\tcka-cp-1\n" +
	"\n" +
	"# The following lines are desirable for IPv6 capable hosts\n" +
	"::1     localhost ip6-localhost ip6-loopback\n" +
	"192.168.51.70 k8s-vip # before the move\n"

// command runs hostsmerge on a hosts file and gives what it wrote.
func command(t *testing.T, hosts string, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(args, strings.NewReader(hosts), &o, &e)
	return status, o.String(), e.String()
}

func TestMergesTheClusterIntoAHostsFile(t *testing.T) {
	t.Parallel()
	status, left, leftErrs := command(t, debian, "-cluster", description)
	if status != 1 {
		t.Errorf("status %d, want 1: names are left outside the block", status)
	}
	status, adopted, adoptedErrs := command(t, debian, "-cluster", description, "-adopt")
	if status != 0 {
		t.Errorf("with -adopt status %d, want 0", status)
	}
	golden.Check(t, "testdata/reference.txtar",
		txtar.File{Name: "hosts", Data: []byte(debian)},
		txtar.File{Name: "left/stdout", Data: []byte(left)}, txtar.File{Name: "left/stderr", Data: []byte(leftErrs)},
		txtar.File{Name: "adopted/stdout", Data: []byte(adopted)}, txtar.File{Name: "adopted/stderr", Data: []byte(adoptedErrs)})
}

func TestMergingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	_, once, _ := command(t, debian, "-cluster", description, "-adopt")
	status, twice, errs := command(t, once, "-cluster", description)
	if status != 0 || twice != once || errs != "" {
		t.Errorf("status %d, errors %q, wrote:\n%s", status, errs, twice)
	}
}

func TestCheckWritesNoFile(t *testing.T) {
	t.Parallel()
	const outdated = "hosts: the file is not up to date; write it without -check\n"
	_, current, _ := command(t, "127.0.0.1 localhost\n", "-cluster", description)
	for _, test := range []struct {
		name, hosts string
		status      int
		errs        string
	}{
		{"up to date", current, 0, ""},
		{"without the block", "127.0.0.1 localhost\n", 1, outdated},
		{"a worker that moved", strings.Replace(current, "192.168.51.86", "192.168.51.96", 1), 1, outdated},
		{"a finding", current + "10.0.0.9 bad;name\n", 1, "hosts:12: bad;name: \"bad;name\" is not a host name: only letters, digits, hyphens and dots are allowed; correct the name or remove it [name]\n"},
	} {
		status, out, errs := command(t, test.hosts, "-cluster", description, "-check")
		if status != test.status || out != "" || errs != test.errs {
			t.Errorf("%s: status %d, wrote %q, errors:\n%s", test.name, status, out, errs)
		}
	}
}

func TestBrokenMarkersNeedARepairThatIsChosen(t *testing.T) {
	t.Parallel()
	const broken = "127.0.0.1 localhost\n# BEGIN haplane kubernetes\n192.168.51.80 k8s-vip\n\n# END haplane old\n"
	status, out, errs := command(t, broken, "-cluster", description)
	want := "hostsmerge: hosts:2:1: block kubernetes begins here and has no end: choose a repair (remove-markers, close-block)\n" +
		"hosts:5:1: block old ends here but begins nowhere: choose a repair (remove-markers)\n"
	if status != 2 || out != "" || errs != want {
		t.Errorf("status %d, wrote %q, errors:\n%s", status, out, errs)
	}
	_, whole, _ := command(t, "127.0.0.1 localhost\n", "-cluster", description)
	status, out, errs = command(t, broken, "-cluster", description, "-repair", "kubernetes=close-block,old=remove-markers")
	if status != 0 || out != whole+"\n" || errs != "" {
		t.Errorf("status %d, errors %q, wrote:\n%s", status, errs, out)
	}
}

func TestBadInputHasStatus2AndWritesNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"no description", nil, "-cluster: open : no such file or directory"},
		{"a missing description", []string{"-cluster", "testdata/none.yaml"}, "testdata/none.yaml: no such file or directory"},
		{"a description that is none", []string{"-cluster", "main.go"}, "cluster:"},
		{"an unknown flag", []string{"-wrong"}, "flag provided but not defined: -wrong"},
		{"a file as an argument", []string{"-cluster", description, "/etc/hosts"}, "usage: "},
		{"a repair of a sound file", []string{"-cluster", description, "-repair", "kubernetes=close-block"}, `-repair: block "kubernetes" has no fault that "close-block" mends`},
		{"a repair without a choice", []string{"-cluster", description, "-repair", "kubernetes"}, `-repair: block "kubernetes" has no fault that "" mends`},
	} {
		status, out, errs := command(t, debian, test.args...)
		if status != 2 || out != "" || !strings.Contains(errs, test.want) {
			t.Errorf("%s: status %d, wrote %q, errors %q; want status 2 and %q", test.name, status, out, errs, test.want)
		}
	}
}

func TestGarbageIsNeverAllWell(t *testing.T) {
	t.Parallel()
	for _, in := range garbage.For("hostsmerge") {
		for _, args := range [][]string{{"-cluster", description}, {"-cluster", description, "-check", "-adopt"}} {
			if status, out, errs := command(t, in.Text, args...); status == 0 || errs == "" || errs != plain.Text(errs) {
				t.Errorf("%s: status %d, wrote %q, errors %q", in.Name, status, out, errs)
			}
		}
		file := filepath.Join(t.TempDir(), "cluster.yaml")
		if err := os.WriteFile(file, []byte(in.Text), 0o600); err != nil {
			t.Fatal(err)
		}
		if status, out, errs := command(t, debian, "-cluster", file); status != 2 || out != "" || errs == "" {
			t.Errorf("%s as the description: status %d, wrote %q, errors %q", in.Name, status, out, errs)
		}
	}
}

func TestHelpSaysHowToCallIt(t *testing.T) {
	t.Parallel()
	status, _, errs := command(t, "", "-h")
	if status != 0 || !strings.HasPrefix(errs, "usage: ") || !strings.Contains(errs, "-adopt") {
		t.Errorf("status %d, wrote %q", status, errs)
	}
}
