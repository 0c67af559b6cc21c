package hostcheck_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

func TestTheScriptAsksForEveryNameOfTheDescription(t *testing.T) {
	t.Parallel()
	golden.Check(t, "testdata/script.txtar", txtar.File{Name: "script.sh", Data: hostcheck.Script(reference())})
}

func TestWhatTheScriptPrintsOnThisMachineCanBeRead(t *testing.T) {
	t.Parallel()
	spec := reference()
	spec.Workers = append(spec.Workers, cluster.Node{Name: "localhost"})
	run := exec.Command("sh")
	run.Stdin = strings.NewReader(string(hostcheck.Script(spec)))
	out, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	capture, err := hostcheck.Parse("", string(out))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if capture.Clock.Value == "" {
		t.Errorf("no clock in\n%s", out)
	}
	if !slices.ContainsFunc(capture.Names, func(n hostcheck.Name) bool { return slices.Contains(n.Names, "localhost") }) {
		t.Errorf("no localhost in\n%s", out)
	}
	if !slices.ContainsFunc(capture.Unresolved, func(f hostcheck.Fact) bool { return f.Value == "cka-hap-1" }) {
		t.Errorf("the lab's machines are known to\n%s", out)
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
