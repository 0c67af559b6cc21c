package effect_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/haplane/haplane/joinplan/effect"
)

// randomPlan has a cluster of up to five control planes, and steps that add,
// remove and reboot some of them, in part one after another.
func randomPlan(r *rand.Rand) (effect.Model, []effect.Step) {
	var m effect.Model
	names := []string{"a", "b", "c", "d", "e", "f"}
	for _, name := range names[:1+r.IntN(5)] {
		m = m.After(effect.Change{Kind: effect.ControlPlaneJoins, Subject: name}, effect.Change{Kind: effect.VoterJoins, Subject: name})
		if r.IntN(4) == 0 {
			m = m.After(effect.Change{Kind: effect.NodeAway, Subject: name}, effect.Change{Kind: effect.MemberAway, Subject: name})
		}
	}
	var steps []effect.Step
	for i := range 1 + r.IntN(5) {
		name := names[r.IntN(len(names))]
		step := effect.Step{ID: fmt.Sprintf("%d", i)}
		switch r.IntN(3) {
		case 0:
			step.After = []effect.Change{{Kind: effect.ControlPlaneJoins, Subject: name}, {Kind: effect.VoterJoins, Subject: name}}
		case 1:
			step.After = []effect.Change{{Kind: effect.NodeLeaves, Subject: name}, {Kind: effect.MemberLeaves, Subject: name}}
		default:
			step.During = []effect.Change{{Kind: effect.NodeAway, Subject: name}, {Kind: effect.MemberAway, Subject: name}}
			step.After = []effect.Change{{Kind: effect.NodeBack, Subject: name}, {Kind: effect.MemberBack, Subject: name}}
		}
		for _, earlier := range steps {
			if r.IntN(2) == 0 {
				step.Needs = append(step.Needs, earlier.ID)
			}
		}
		steps = append(steps, step)
	}
	return m, steps
}

// breaks walks one random order, and reports whether a state of it breaks a law.
// In every state each step that may run is running or not, as it comes.
func breaks(r *rand.Rand, start effect.Model, steps []effect.Step) bool {
	_, served := start.ControlPlanes()
	isBroken := func(m effect.Model) bool {
		_, serving := m.ControlPlanes()
		return start.HasQuorum() && !m.HasQuorum() || served > 0 && serving == 0
	}
	var done []string
	for {
		m := start
		var ready []effect.Step
		for _, s := range steps {
			switch {
			case slices.Contains(done, s.ID):
				m = m.After(s.After...)
			case !slices.ContainsFunc(s.Needs, func(id string) bool { return !slices.Contains(done, id) }):
				ready = append(ready, s)
			}
		}
		during := m
		for _, s := range ready {
			if r.IntN(2) == 0 {
				during = during.After(s.During...)
			}
		}
		if isBroken(m) || isBroken(during) {
			return true
		}
		if len(ready) == 0 {
			return false
		}
		done = append(done, ready[r.IntN(len(ready))].ID)
	}
}

// Whatever order somebody takes, what Check lets pass breaks nothing.
func TestNoOrderOfWhatPassesBreaksALaw(t *testing.T) {
	t.Parallel()
	passed, refused := 0, map[effect.Law]int{}
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 1))
		start, steps := randomPlan(r)
		if err := effect.Check(start, steps); err != nil {
			var broken *effect.Violation
			if errors.As(err, &broken) {
				refused[broken.Law]++
			}
			continue
		}
		passed++
		for range 20 {
			if breaks(r, start, steps) {
				t.Fatalf("seed %d: an order of %+v breaks a law from %+v", seed, steps, start)
			}
		}
	}
	if passed < 300 || refused[effect.QuorumKept] < 100 || refused[effect.OneMemberAtATime] < 100 || refused[effect.APIKept] < 20 {
		t.Errorf("%d passed, refused %v", passed, refused)
	}
}

// What one order breaks, Check finds: it is not too strict to be worth nothing,
// and not blind.
func TestWhatCheckRefusesForItsStatesCanHappen(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 2))
		start, steps := randomPlan(r)
		err := effect.Check(start, steps)
		var broken *effect.Violation
		if !errors.As(err, &broken) || broken.Law != effect.QuorumKept && broken.Law != effect.APIKept {
			continue
		}
		found := false
		for range 2000 {
			if found = breaks(r, start, steps); found {
				break
			}
		}
		if !found {
			t.Fatalf("seed %d: %v, and no order of %+v does that from %+v", seed, err, steps, start)
		}
	}
}

func TestManyWorkersCostNothing(t *testing.T) {
	t.Parallel()
	var m effect.Model
	var steps []effect.Step
	for i := range 2000 {
		name := fmt.Sprintf("wk-%d", i)
		m.Nodes = append(m.Nodes, effect.Node{Name: name, Ready: true})
		steps = append(steps, effect.Step{ID: name, During: []effect.Change{{Kind: effect.NodeAway, Subject: name}}})
	}
	if err := effect.Check(m, steps); err != nil {
		t.Error(err)
	}
}
