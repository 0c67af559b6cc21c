package haplane_test

import (
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/joinplan/render"
)

// The commands that the tutorial has people type on machines are those of the
// plan that it makes.
func TestTheTutorialTypesTheCommandsOfItsPlan(t *testing.T) {
	t.Parallel()
	runbook := string(render.Runbook(tutorialPlan(t)))
	found := 0
	for _, b := range readPage(t, "docs/tutorial.md").blocks {
		for line := range strings.Lines(b.text) {
			command, _, _ := strings.Cut(line, "   # on ")
			if command = strings.TrimSpace(command); b.language != "sh" || !strings.HasPrefix(line, "kubeadm ") && !strings.HasPrefix(line, "systemctl ") {
				continue
			}
			if found++; !strings.Contains(runbook, "\n"+command+"\n") {
				t.Errorf("the plan has no command %q", command)
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d commands were found", found)
	}
}

func tutorialPlan(t *testing.T) joinplan.Plan {
	t.Helper()
	spec, err := cluster.Parse([]byte(read(t, "docs/tutorial/cluster.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := kubeadmcmd.ParseCredentials(read(t, "docs/tutorial/join-command.txt")+read(t, "docs/tutorial/upload-certs.txt"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := joinplan.Create(joinplan.Input{Spec: spec, Credentials: credentials})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
