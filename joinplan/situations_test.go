package joinplan_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// situation is what an archive of testdata/situations says: a description, and
// captured output that says what is there.
type situation struct {
	spec     cluster.Spec
	observed joinplan.Observed
	known    joinplan.Known
	lost     string
	given    []txtar.File
}

func readSituation(t *testing.T, path string) situation {
	t.Helper()
	s := situation{known: joinplan.Known{Now: now}}
	for _, part := range golden.Read(t, path).Files {
		text := string(part.Data)
		var err error
		switch part.Name {
		case "spec.yaml":
			s.spec, err = cluster.Parse(part.Data)
		case "state":
			s.observed.State, err = cluster.ParseState(captures(t, text)...)
		case "etcd":
			for _, capture := range captures(t, text) {
				var sample etcdcheck.Sample
				sample, err = etcdcheck.Parse(capture)
				s.observed.Etcd = etcdcheck.Merge(s.observed.Etcd, sample)
			}
		case "credentials":
			s.known.Credentials, err = kubeadmcmd.ParseCredentials(text, now)
		case "lost":
			s.lost = strings.TrimSpace(text)
		default:
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", part.Name, err)
		}
		s.given = append(s.given, part)
	}
	return s
}

func captures(t *testing.T, names string) [][]byte {
	t.Helper()
	var out [][]byte
	for _, name := range strings.Fields(names) {
		out = append(out, read(t, name))
	}
	return out
}

func (s situation) plan() (joinplan.Plan, error) {
	if s.lost != "" {
		return joinplan.Replace(s.spec, s.lost, s.observed, s.known)
	}
	return joinplan.ScaleOut(s.spec, s.observed, s.known)
}

// Each situation's plan is reviewed as people get it: the runbook, or why there
// is none.
func TestPlansForWhatIsThere(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/situations/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no situations: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			s := readSituation(t, path)
			plan, err := s.plan()
			result := txtar.File{Name: "plan.md", Data: plan.Runbook()}
			var refused *joinplan.RefusedError
			if errors.As(err, &refused) {
				result = txtar.File{Name: "refused", Data: []byte(strings.Join(refused.Reasons, "\n") + "\n")}
			} else if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, path, append(s.given, result)...)
		})
	}
}
