package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haplane/haplane/internal/e2e/build"
)

var evidenceFile = flag.String("evidence", "", "write what the run showed to this file")

// evidence is what a run showed. It is safe for concurrent use.
type evidence struct {
	mu        sync.Mutex
	began     time.Time
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

var shown = &evidence{began: time.Now()}

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

// write writes the evidence as Markdown.
func (e *evidence) write(name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out bytes.Buffer
	fmt.Fprintf(&out, "# What the last end-to-end run showed\n\n")
	fmt.Fprintf(&out, "The tests of internal/e2e wrote this file. `make e2e` repeats everything, as root on a Linux machine; `make e2e-deps` installs what it needs on Debian.\n\n")
	fmt.Fprintf(&out, "| | |\n|---|---|\n")
	for _, fact := range e.circumstances() {
		fmt.Fprintf(&out, "| %s | %s |\n", fact[0], fact[1])
	}
	fmt.Fprintf(&out, "\n| scenario | Kubernetes | etcd | result | took |\n|---|---|---|---|---|\n")
	for _, s := range e.scenarios {
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %v |\n", s.name, s.release.Kubernetes, s.release.Etcd, s.result, s.took.Round(time.Second))
	}
	for _, s := range e.scenarios {
		fmt.Fprintf(&out, "\n## %s\n\n", s.name)
		for _, fact := range s.facts {
			fmt.Fprintf(&out, "%s\n", fact)
		}
	}
	return os.WriteFile(name, out.Bytes(), 0o644)
}

func (e *evidence) circumstances() [][2]string {
	return [][2]string{
		{"date", e.began.UTC().Format("2006-01-02 15:04 UTC")},
		{"took", time.Since(e.began).Round(time.Second).String()},
		{"commit", output("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")},
		{"machine", fmt.Sprintf("%d processors, Linux %s", runtime.NumCPU(), output("uname", "-r"))},
		{"Go", strings.TrimPrefix(runtime.Version(), "go")},
		{"HAProxy", output("haproxy", "-v")},
		{"containerd", output("containerd", "--version")},
		{"runc", output("runc", "--version")},
	}
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
