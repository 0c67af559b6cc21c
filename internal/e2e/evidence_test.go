package e2e

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haplane/haplane/internal/e2e/build"
)

var evidenceFile = flag.String("evidence", "", "write what the run showed to this file; what it has of scenarios that were not run stays")

// evidence is what a run showed. It is safe for concurrent use.
type evidence struct {
	mu        sync.Mutex
	scenarios []*scenario
}

// scenario is what one test showed.
type scenario struct {
	name    string
	release build.Release
	began   time.Time
	took    time.Duration
	result  string
	facts   []string
}

var shown = &evidence{}

// begin opens the chapter of a test, which closes with the test.
func (e *evidence) begin(t *testing.T, name string, release build.Release) *scenario {
	s := &scenario{name: name, release: release, began: time.Now()}
	e.mu.Lock()
	e.scenarios = append(e.scenarios, s)
	e.mu.Unlock()
	t.Cleanup(func() {
		s.took, s.result = time.Since(s.began), result(t)
	})
	return s
}

// show adds a sentence to the chapter.
func (s *scenario) show(format string, args ...any) {
	s.facts = append(s.facts, fmt.Sprintf(format, args...))
}

func result(t *testing.T) string {
	switch {
	case interrupted.Err() != nil:
		return "interrupted"
	case t.Failed():
		return "**failed**"
	}
	return "passed"
}

// write writes the evidence as Markdown. Of scenarios that did not run the file
// keeps what the last run showed.
func (e *evidence) write(name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	old, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	rows, chapters := parseEvidence(string(old))
	commit, setting := commit(), setting()
	for _, s := range e.scenarios {
		rows[s.name] = fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %v |\n", s.name, s.result,
			s.began.UTC().Format("2006-01-02 15:04 UTC"), commit, s.release.Kubernetes, s.release.Etcd, s.took.Round(time.Second))
		chapters[s.name] = fmt.Sprintf("## %s\n\n%s\n\n%s\n", s.name, setting, strings.Join(s.facts, "\n"))
	}
	var out strings.Builder
	out.WriteString("# What the end-to-end tests showed\n\n" +
		"The tests of internal/e2e wrote this file: each scenario as it went when it last ran. `make e2e` repeats everything, as root on a Linux machine, and `make e2e-failover FAILOVER_RUNS=5` the failover table with several runs; `make e2e-deps` installs what they need on Debian.\n\n" +
		"| scenario | result | began | commit | Kubernetes | etcd | took |\n|---|---|---|---|---|---|---|\n")
	names := slices.Sorted(maps.Keys(chapters))
	for _, name := range names {
		out.WriteString(rows[name])
	}
	for _, name := range names {
		out.WriteString("\n" + strings.TrimRight(chapters[name], "\n") + "\n")
	}
	return os.WriteFile(name, []byte(out.String()), 0o644)
}

// parseEvidence gives the rows and the chapters of a file that write wrote, by
// their scenarios.
func parseEvidence(text string) (rows, chapters map[string]string) {
	rows, chapters = make(map[string]string), make(map[string]string)
	head, rest, _ := strings.Cut(text, "\n## ")
	for line := range strings.Lines(head) {
		if cells := strings.Split(line, " | "); len(cells) == 7 && !strings.HasPrefix(line, "| scenario") {
			rows[strings.TrimPrefix(cells[0], "| ")] = line
		}
	}
	for chapter := range strings.SplitSeq(rest, "\n## ") {
		if name, _, found := strings.Cut(chapter, "\n"); found && rows[name] != "" {
			chapters[name] = "## " + chapter
		}
	}
	return rows, chapters
}

// commit is what was run. The evidence itself does not make it dirty.
func commit() string {
	commit := output("git", "describe", "--always", "--abbrev=12", "--exclude=*")
	if exec.Command("git", "diff", "--quiet", "HEAD", "--", ":/", ":(top,exclude)docs/e2e*.md").Run() != nil {
		commit += "-dirty"
	}
	return commit
}

// setting is what the scenarios ran on.
func setting() string {
	return fmt.Sprintf("On %d processors, Linux %s; %s; %s; %s; %s.", runtime.NumCPU(), output("uname", "-r"), runtime.Version(),
		output("haproxy", "-v"), output("containerd", "--version"), output("runc", "--version"))
}

// output is the first line that a command prints.
func output(argv ...string) string {
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	if err != nil {
		return fmt.Sprintf("unknown (%v)", err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
