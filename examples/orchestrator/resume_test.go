package orchestrator_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/examples/orchestrator"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// situation is where a plan begins.
type situation struct {
	joined []string
	lost   cluster.Node
	plan   func(in joinplan.Input) (joinplan.Plan, error)
}

var situations = map[string]situation{
	"Create":   {plan: joinplan.Create},
	"ScaleOut": {joined: []string{"cp-1", "wk-1"}, plan: joinplan.ScaleOut},
	"Replace": {
		joined: []string{"cp-1", "cp-2", "wk-1", "wk-2"},
		lost:   cluster.Node{Name: "cp-9", Address: netip.MustParsePrefix("192.168.51.89/24")},
		plan:   func(in joinplan.Input) (joinplan.Plan, error) { return joinplan.Replace(in, "cp-9") },
	},
	"Rebuild": {plan: joinplan.Rebuild},
}

// begin has the machines as they are before the plan, and a planner that knows
// them.
func (s situation) begin(t *testing.T) (*machines, orchestrator.Planner) {
	t.Helper()
	lab := newMachines(t, threeControlPlanes())
	for _, name := range s.joined {
		if _, err := lab.enter(name); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.joined) > 0 {
		lab.files["cp-1:/etc/kubernetes/pki/ca.crt"] = "the cluster's CA"
	}
	lab.lost, lab.isNode, lab.isMember = s.lost, s.lost.Name != "", s.lost.Name != ""
	observed, err := lab.observe()
	if err != nil {
		t.Fatal(err)
	}
	if lab.isMember {
		url := fmt.Sprintf("https://%s:2379", s.lost.Address.Addr())
		observed.Etcd.Failures = []etcdcheck.Failure{{Endpoint: url, Error: "context deadline exceeded"}}
	}
	return lab, func(in joinplan.Input) (joinplan.Plan, error) {
		in.Spec, in.State, in.Etcd = lab.spec, observed.State, observed.Etcd
		return s.plan(in)
	}
}

// killed carries the plan out until the process dies after one change, and gives
// what it had saved by then.
func killed(t *testing.T, lab *machines, planner orchestrator.Planner, at int, half bool) []byte {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lab.killAt, lab.half, lab.killed = at, half, cancel
	var saved []byte
	first := orchestrator.Orchestrator{Transport: lab, Save: func(p joinplan.Progress) error {
		lab.mu.Lock()
		defer lab.mu.Unlock()
		if lab.dead {
			return errKilled
		}
		saved = p.Bytes()
		return nil
	}}
	if err := first.Run(ctx, planner); err == nil {
		t.Fatalf("killed after change %d, and the plan came to its end", at)
	}
	lab.dead, lab.killAt, lab.joining = false, 0, map[string]bool{}
	return saved
}

// resume goes on as another process, which knows only what was saved.
func resume(t *testing.T, lab *machines, planner orchestrator.Planner, saved []byte) error {
	t.Helper()
	plan, err := planner(joinplan.Input{})
	if err != nil {
		t.Fatal(err)
	}
	progress, err := plan.ParseProgress(saved)
	if err != nil {
		t.Fatal(err)
	}
	second := orchestrator.Orchestrator{Transport: lab, Progress: progress}
	return second.Run(t.Context(), planner)
}

// Wherever the process dies, and kubeadm with it or not, the next one gets to
// the end without a person.
func TestAProcessThatWasKilledAnywhereIsFollowedByOneThatGetsToTheEnd(t *testing.T) {
	t.Parallel()
	for name, s := range situations {
		for _, half := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s half %t", name, half), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					places := 0
					for at := 1; ; at++ {
						lab, planner := s.begin(t)
						whole := orchestrator.Orchestrator{Transport: lab}
						if at == 1 {
							if err := whole.Run(t.Context(), planner); err != nil {
								t.Fatal(err)
							}
							places = lab.changes
							lab, planner = s.begin(t)
						}
						if at > places {
							break
						}
						saved := killed(t, lab, planner, at, half)
						died := lab.ran[len(lab.ran)-min(1, len(lab.ran)):]
						if err := resume(t, lab, planner, saved); err != nil {
							t.Fatalf("killed after change %d (%v): %v", at, died, err)
						}
						lab.isComplete(t, fmt.Sprintf("killed after change %d (%v)", at, died))
					}
					t.Logf("killed at %d places", places)
					if places < 20 {
						t.Errorf("killed at %d places only", places)
					}
				})
			})
		}
	}
}

// isComplete wants every machine to be in the cluster once, and no secret to be
// left on one.
func (m *machines) isComplete(t *testing.T, when string) {
	t.Helper()
	if diff := cmp.Diff([]string{"cp-1", "cp-2", "cp-3", "wk-1", "wk-2"}, slices.Sorted(slices.Values(m.joined))); diff != "" {
		t.Errorf("%s: the nodes are others (-want +got):\n%s", when, diff)
	}
	if m.isNode || m.isMember {
		t.Errorf("%s: the lost machine is still there", when)
	}
	for name, text := range m.files {
		if strings.Contains(text, "abcdef.0123456789abcdef") {
			t.Errorf("%s: the token is left in %s", when, name)
		}
	}
}

// A machine that holds something of kubeadm's, and that this progress knows
// nothing of, is nobody's to clear.
func TestAMachineThatIsHalfInAnotherClusterIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lab, planner := situations["Create"].begin(t)
		lab.files["wk-2:"+kubeletConf] = "of another cluster"
		o := orchestrator.Orchestrator{Transport: lab}
		err := o.Run(t.Context(), planner)
		if err == nil || !strings.Contains(err.Error(), "step join/wk-2 on wk-2: kubeadm has been at work on this machine") || !strings.Contains(err.Error(), "kubeadm reset --force") {
			t.Errorf("got %v", err)
		}
		if slices.ContainsFunc(lab.ran, func(command string) bool { return strings.HasPrefix(command, "wk-2: kubeadm") }) {
			t.Errorf("kubeadm ran on it: %v", lab.ran)
		}
		if diff := cmp.Diff([]string{"cp-1", "cp-2", "cp-3", "wk-1"}, slices.Sorted(slices.Values(lab.joined))); diff != "" {
			t.Errorf("the others did not join (-want +got):\n%s", diff)
		}
	})
}

func TestADeadWorkerStopsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lab, planner := situations["Create"].begin(t)
		for _, command := range []string{"getent hosts k8s-vip", "kubeadm join --config " + joinplan.JoinPath} {
			lab.broken["wk-1: "+command] = 1000
		}
		o := orchestrator.Orchestrator{Transport: lab}
		err := o.Run(t.Context(), planner)
		if err == nil {
			t.Fatal("a dead worker is no error")
		}
		for _, says := range []string{"step hosts/wk-1 on wk-1: ", "not begun, because they need what is not done: join/wk-1, verify/cp-1"} {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("the error does not say %q: %v", says, err)
			}
		}
		if diff := cmp.Diff([]string{"cp-1", "cp-2", "cp-3", "wk-2"}, slices.Sorted(slices.Values(lab.joined))); diff != "" {
			t.Errorf("the others did not join (-want +got):\n%s", diff)
		}
		clear(lab.broken)
		if err := o.Run(t.Context(), planner); err != nil {
			t.Errorf("it is back: %v", err)
		}
	})
}
