package joinplan_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/joinplan/render"
)

// situation is what an archive of testdata/situations says: a description, and
// captured output that says what is there. The parts state, etcd and hosts name
// captures: files of testdata, or further parts of the archive.
type situation struct {
	spec     cluster.Spec
	observed joinplan.Input
	known    joinplan.Input
	create   bool   // with nothing there yet
	lost     string // to be replaced
	reboot   string // to be rebooted
	hosts    []hostcheck.Capture
	given    []txtar.File
}

// results are the parts that the test makes.
var results = []string{"plan.md", "refused", "found on the hosts"}

// written starts the names of the files that a plan writes on the hosts, as far
// as they are kubeadm's.
const written = "files/"

func readSituation(t *testing.T, path string) situation {
	t.Helper()
	s := situation{known: joinplan.Input{Now: now}}
	archive := golden.Read(t, path)
	printed := now
	for _, part := range archive.Files {
		if slices.Contains(results, part.Name) || strings.HasPrefix(part.Name, written) {
			continue
		}
		s.given = append(s.given, part)
		text := strings.TrimSpace(string(part.Data))
		var err error
		switch part.Name {
		case "spec.yaml":
			s.spec, err = cluster.Parse(part.Data)
		case "state":
			s.observed.State, err = cluster.ParseState(captures(t, archive, text)...)
		case "etcd":
			s.observed.Etcd, err = sampleOf(captures(t, archive, text))
		case "hosts":
			s.hosts, err = capturesOfHosts(captures(t, archive, text))
		case "printed": // when the credentials were
			printed, err = time.Parse(time.RFC3339, text)
		case "credentials":
			s.known.Credentials, err = kubeadmcmd.ParseCredentials(text, printed)
		case "create":
			s.create = true
		case "lost":
			s.lost = text
		case "reboot":
			s.reboot = text
		}
		if err != nil {
			t.Fatalf("%s: %v", part.Name, err)
		}
	}
	return s
}

func captures(t *testing.T, archive *txtar.Archive, names string) [][]byte {
	t.Helper()
	var out [][]byte
	for _, name := range strings.Fields(names) {
		i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
		if i < 0 {
			out = append(out, read(t, name))
		} else {
			out = append(out, archive.Files[i].Data)
		}
	}
	return out
}

func sampleOf(captures [][]byte) (etcdcheck.Sample, error) {
	var all etcdcheck.Sample
	var errs []error
	for _, capture := range captures {
		sample, err := etcdcheck.Parse(capture)
		all, errs = etcdcheck.Merge(all, sample), append(errs, err)
	}
	return all, errors.Join(errs...)
}

func capturesOfHosts(captures [][]byte) ([]hostcheck.Capture, error) {
	var all []hostcheck.Capture
	var errs []error
	for _, capture := range captures {
		c, err := hostcheck.Parse("", string(capture))
		all, errs = append(all, c), append(errs, err)
	}
	return all, errors.Join(errs...)
}

func (s situation) plan() (joinplan.Plan, error) {
	switch {
	case s.create:
		return joinplan.Create(given(s.spec, s.known))
	case s.lost != "":
		return joinplan.Replace(given(s.spec, s.observed, s.known), s.lost)
	case s.reboot != "":
		return joinplan.Reboot(given(s.spec, s.observed), s.reboot)
	}
	return joinplan.ScaleOut(given(s.spec, s.observed, s.known))
}

// made gives what the test makes of a situation: the plan as people get it, or
// why there is none, and what is wrong on the hosts.
func (s situation) made(t *testing.T) []txtar.File {
	t.Helper()
	plan, err := s.plan()
	out := []txtar.File{{Name: "plan.md", Data: render.Runbook(plan)}}
	var refused *joinplan.RefusedError
	if errors.As(err, &refused) {
		out[0] = txtar.File{Name: "refused", Data: []byte(strings.Join(refused.Reasons, "\n") + "\n")}
	} else if err != nil {
		t.Fatal(err)
	}
	if s.create {
		for file := range plan.Files() {
			if !strings.HasPrefix(file.Path, "/etc/kubernetes/") {
				continue
			}
			out = append(out, txtar.File{Name: written + file.Host + file.Path, Data: file.Content.Reveal()})
		}
	}
	if len(s.hosts) == 0 {
		return out
	}
	report, err := hostcheck.Check(s.spec, s.hosts...)
	if err != nil {
		t.Fatal(err)
	}
	return append(out, txtar.File{Name: "found on the hosts", Data: report.Bytes()})
}

// fewest is how many situations are to be reviewed at least.
const fewest = 20

// Each situation's plan is reviewed as people get it: the runbook, or why there
// is none.
func TestPlansForWhatIsThere(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/situations/*.txtar")
	if err != nil || len(paths) < fewest {
		t.Fatalf("%d situations, want %d: %v", len(paths), fewest, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			s := readSituation(t, path)
			golden.Check(t, path, append(s.given, s.made(t)...)...)
		})
	}
}
