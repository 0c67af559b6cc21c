package hostcheck_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

func TestTheScriptAsksForEveryNameOfTheDescription(t *testing.T) {
	t.Parallel()
	golden.Check(t, "testdata/script.txtar", txtar.File{Name: "script.sh", Data: hostcheck.Script(reference())})
}

// machine makes a directory with commands that print what a real host printed.
func machine(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for name, script := range map[string]string{
		"ip":      `case "$*" in addr) cat '` + dir + `/ip-addr.txt';; route) cat '` + dir + `/ip-route-broken.txt';; "-6 route") cat '` + dir + `/ip-6-route.txt';; esac`,
		"getent":  `case $2 in k8s-vip) echo "192.168.51.80   k8s-vip";; *) exit 2;; esac`,
		"kubeadm": `echo some trouble >&2; cat '` + dir + `/check-expiration.txt'`,
		"grep":    `echo "$3:    server: https://k8s-vip:6443"; exit 2`,
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

func TestWhatTheScriptPrintsCanBeRead(t *testing.T) {
	t.Parallel()
	run := exec.Command("sh")
	run.Env = []string{"PATH=" + machine(t) + ":/usr/bin:/bin"}
	run.Stdin = bytes.NewReader(hostcheck.Script(reference()))
	out, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	capture := parse(t, "", string(out))
	if len(capture.Routes) != 15 || len(capture.Addresses) == 0 || len(capture.Certificates) != 14 || len(capture.Gaps) != 0 || capture.Clock.Value == "" ||
		len(capture.Names) != 1 || len(capture.Unresolved) != 7 || len(capture.Servers) != 1 {
		t.Errorf("something is missing in\n%s", out)
	}
	want := []string{"cka-cp-1 unreachable-route"}
	for range 7 {
		want = append(want, "cka-cp-1 name-unresolved")
	}
	want = append(want, "cka-cp-1 certificate-ends", "cka-cp-1 certificate-missing")
	if diff := cmp.Diff(want, codes(check(t, reference(), capture))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAHostWithoutTheCommandsSaysLess(t *testing.T) {
	t.Parallel()
	run := exec.Command("/bin/sh")
	run.Env = []string{"PATH=" + t.TempDir()}
	run.Stdin = bytes.NewReader(hostcheck.Script(reference()))
	if out, err := run.Output(); err != nil || len(out) > 0 {
		t.Errorf("%v, wrote %s", err, out)
	}
}

func TestNamesThatAShellCouldTakeForSomethingElseAreNotInTheScript(t *testing.T) {
	t.Parallel()
	spec := reference()
	for _, name := range []string{"$(id)", "x;reboot", "a b", "a\nb", "--help", "", "`id`"} {
		spec.Workers = append(spec.Workers, cluster.Node{Name: name})
		spec.ControlPlaneEndpoint.Host = name
	}
	script := string(hostcheck.Script(spec))
	if strings.Count(script, "getent") != 7 || strings.Contains(script, "reboot") || strings.Contains(script, "id)") {
		t.Errorf("got\n%s", script)
	}
}
