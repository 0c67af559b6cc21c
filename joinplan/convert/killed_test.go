package convert_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/haplane/haplane/examples/orchestrator"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/convert"
)

var errKilled = errors.New("the process was killed")

// machines is a transport to the machines of a simulation. The process that uses
// it is dead after the change number killAt.
type machines struct {
	*simulation
	mu              sync.Mutex
	questions       map[string]question
	changes, killAt int
	killed          func()
	dead            bool
}

// question is a command that only asks.
type question struct {
	step  joinplan.Step
	check joinplan.Check
}

func newMachines(s *simulation, p joinplan.Plan) *machines {
	m := &machines{simulation: s, questions: map[string]question{}}
	for _, step := range p.Steps {
		for _, check := range step.Checks {
			for _, command := range check.Commands {
				m.questions[check.Host+" "+strings.Join(command.Argv(), " ")] = question{step, check}
			}
		}
	}
	return m
}

// change counts what was changed, and fails when the process dies of it.
func (m *machines) change() error {
	m.nothingIsWithoutItsFiles()
	m.changes++
	if m.changes != m.killAt {
		return nil
	}
	m.dead = true
	m.killed()
	return errKilled
}

func (m *machines) ReadFile(_ context.Context, host, path string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, there := m.host[host][path]
	if m.dead || !there {
		return nil, errors.Join(errKilled, fs.ErrNotExist)
	}
	return []byte(text), nil
}

func (m *machines) WriteFile(_ context.Context, host, path string, data []byte, _ fs.FileMode) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errKilled
	}
	m.host[host][path] = string(data)
	m.touch(host, path)
	return m.change()
}

func (m *machines) Run(_ context.Context, host string, argv []string) (joinplan.Output, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return joinplan.Output{}, errKilled
	}
	if q, asks := m.questions[host+" "+strings.Join(argv, " ")]; asks {
		m.owner(q.step)
		return m.answer(host, argv, q.check), nil
	}
	if argv[0] == "sh" && strings.HasPrefix(argv[2], "find -H ") {
		return m.list(host, argv[4]), nil
	}
	m.run(host, argv)
	return joinplan.Output{}, m.change()
}

// list answers the orchestrator's question for the mode of a file that it copies.
func (m *machines) list(host, path string) joinplan.Output {
	if _, there := m.host[host][path]; !there {
		return joinplan.Output{Status: 1, Stderr: []byte("find: " + path + ": No such file or directory")}
	}
	return joinplan.Output{Stdout: []byte("81a4 " + path + "\n")}
}

// byPeople does what a step leaves to people, and has nothing to be checked.
func (m *machines) byPeople(_ context.Context, step joinplan.Step) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owner(step)
	return nil
}

// A conversion whose process dies, wherever that is, is finished by the next one.
func TestAConversionThatWasKilledAnywhereIsFinishedByTheNextProcess(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			in := randomInput(t, seed)
			p := plan(t, in)
			planner := func(joinplan.Input) (joinplan.Plan, error) { return p, nil }
			whole := newMachines(simulate(t, in), p)
			o := orchestrator.Orchestrator{Transport: whole, After: whole.byPeople}
			if err := o.Run(t.Context(), planner); err != nil {
				t.Fatal(err)
			}
			for at := 1; at <= whole.changes; at++ {
				m := newMachines(simulate(t, in), p)
				m.killAt = at
				saved := killedRun(t, m, planner)
				progress, err := p.ParseProgress(saved)
				if err != nil {
					t.Fatal(err)
				}
				m.dead, m.killAt = false, 0
				second := orchestrator.Orchestrator{Transport: m, Progress: progress, After: m.byPeople}
				if err := second.Run(t.Context(), planner); err != nil {
					t.Fatalf("killed after change %d of %d: %v", at, whole.changes, err)
				}
				if census, err := convert.TakeCensus(m.capture()); err != nil || len(census.InScope()) > 0 {
					t.Errorf("killed after change %d: %v: %v", at, err, census.InScope())
				}
			}
		})
	}
}

// killedRun carries the plan out until the process dies, and gives what it had
// saved by then.
func killedRun(t *testing.T, m *machines, planner orchestrator.Planner) []byte {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m.killed = cancel
	var saved []byte
	first := orchestrator.Orchestrator{Transport: m, After: m.byPeople, Save: func(p joinplan.Progress) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.dead {
			return errKilled
		}
		saved = p.Bytes()
		return nil
	}}
	if err := first.Run(ctx, planner); err == nil {
		t.Fatal("the process was killed, and says that it came to the end")
	}
	return saved
}
