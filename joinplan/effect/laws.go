package effect

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Step is what [Check] knows of a step of a plan.
type Step struct {
	// ID names the step, and Needs the steps that are done before it begins.
	ID    string
	Needs []string
	// After is what it changes, During what is so only while it runs.
	After, During []Change
}

// Law is something that holds in every state that a plan passes.
type Law string

// The laws.
const (
	// QuorumKept: where etcd has its quorum at the beginning, it always has it.
	QuorumKept Law = "etcd keeps its quorum"
	// APIKept: where the API is served at the beginning, it always is.
	APIKept Law = "the API is served all along"
	// OneMemberAtATime: steps that add or remove members of etcd wait for each
	// other.
	OneMemberAtATime Law = "etcd's members change one at a time"
	// DuringTakesAway: what holds only while a step runs is that something is
	// missing.
	DuringTakesAway Law = "what holds only during a step takes something away"
	// OrderedSteps: a step needs only steps before it, and no ID is there twice.
	OrderedSteps Law = "the steps are in an order in which they can be done"
	// FewOrders: there are few enough states to look at all of them.
	FewOrders Law = "the order of the steps that change the cluster is settled enough to be checked"
)

// Violation is a [Law] that a plan breaks.
type Violation struct {
	Law Law
	// Steps are those that are done, or running, when it is broken.
	Steps []string
}

// Error returns the law and the steps.
func (v *Violation) Error() string {
	return fmt.Sprintf("%q does not hold with %s", v.Law, strings.Join(v.Steps, ", "))
}

// maxStates is how many states of a plan are looked at. A chain of n steps has
// n+1 of them.
const maxStates = 4096

// Check returns a [*Violation] for each law that the steps break, joined: in
// some order in which their needs allow them to be carried out, after or during
// some of them, side by side too. It returns nil where they break none.
func Check(start Model, steps []Step) error {
	if err := ordered(steps); err != nil {
		return err
	}
	var errs []error
	for _, s := range steps {
		if slices.ContainsFunc(s.During, func(c Change) bool { return !slices.Contains(takesAway, c.Kind) }) {
			errs = append(errs, &Violation{DuringTakesAway, []string{s.ID}})
		}
	}
	relevant, before := restricted(steps, servers(start, steps))
	if err := membersOneAtATime(relevant, before); err != nil {
		errs = append(errs, err)
	}
	w := walk{start: start, steps: relevant, before: before, seen: map[string]bool{}}
	w.from(newSet(len(relevant)))
	return errors.Join(append(errs, w.errs...)...)
}

func ordered(steps []Step) error {
	seen := map[string]bool{}
	for _, s := range steps {
		if seen[s.ID] {
			return &Violation{OrderedSteps, []string{s.ID}}
		}
		for _, need := range s.Needs {
			if !seen[need] {
				return &Violation{OrderedSteps, []string{need, s.ID}}
			}
		}
		seen[s.ID] = true
	}
	return nil
}

// ofServers are the kinds of changes that bear on a law where they are about a
// control plane or a member of etcd.
var ofServers = []Kind{
	ControlPlaneJoins, NodeLeaves, NodeAway, NodeBack, ServerStops, ServerStarts, VoterJoins, MemberLeaves, MemberAway, MemberBack,
}

// restricted returns the steps whose changes bear on a law, and for each of them
// the set of those that are always done before it begins.
func restricted(steps []Step, servers map[string]bool) ([]Step, []set) {
	bears := func(c Change) bool { return servers[c.Subject] && slices.Contains(ofServers, c.Kind) }
	var relevant []Step
	for _, s := range steps {
		if slices.ContainsFunc(s.After, bears) || slices.ContainsFunc(s.During, bears) {
			relevant = append(relevant, s)
		}
	}
	reach := map[string]set{}
	var before []set
	for _, s := range steps {
		all := newSet(len(relevant))
		for _, need := range s.Needs {
			all.merge(reach[need])
		}
		reach[s.ID] = all
		if n := len(before); n < len(relevant) && relevant[n].ID == s.ID {
			before = append(before, all.clone())
			all.add(n)
		}
	}
	return relevant, before
}

// servers are the machines that are control planes or members of etcd, or
// become one.
func servers(start Model, steps []Step) map[string]bool {
	out := map[string]bool{}
	for _, n := range start.Nodes {
		if n.ControlPlane {
			out[n.Name] = true
		}
	}
	for _, m := range start.Members {
		out[m.Name] = true
	}
	for _, s := range steps {
		for _, c := range s.After {
			if c.Kind == ControlPlaneJoins || c.Kind == VoterJoins {
				out[c.Subject] = true
			}
		}
	}
	return out
}

func membersOneAtATime(steps []Step, before []set) error {
	last := -1
	for i, s := range steps {
		if !slices.ContainsFunc(s.After, func(c Change) bool { return slices.Contains(changesMembers, c.Kind) }) {
			continue
		}
		if last >= 0 && !before[i].has(last) {
			return &Violation{OneMemberAtATime, []string{steps[last].ID, s.ID}}
		}
		last = i
	}
	return nil
}

// walk visits every set of steps that can be done while others are not.
type walk struct {
	start  Model
	steps  []Step
	before []set
	seen   map[string]bool
	errs   []error
}

func (w *walk) from(done set) {
	for next := []set{done}; len(next) > 0; {
		done, next = next[0], next[1:]
		if w.seen[done.key()] || len(w.errs) > 0 {
			continue
		}
		w.seen[done.key()] = true
		if len(w.seen) > maxStates {
			w.errs = append(w.errs, &Violation{FewOrders, w.ids(done)})
			return
		}
		begun := w.ready(done)
		w.judge(done, begun)
		for _, i := range begun {
			more := done.clone()
			more.add(i)
			next = append(next, more)
		}
	}
}

// ready are the steps that can run beside each other when some are done.
func (w *walk) ready(done set) []int {
	var out []int
	for i := range w.steps {
		if !done.has(i) && done.covers(w.before[i]) {
			out = append(out, i)
		}
	}
	return out
}

// judge looks at the worst of what can be when these steps are done: all that
// may run, run.
func (w *walk) judge(done set, running []int) {
	m := w.start
	for i, s := range w.steps {
		if done.has(i) {
			m = m.After(s.After...)
		}
	}
	ids := w.ids(done)
	for _, i := range running {
		if len(w.steps[i].During) > 0 {
			m, ids = m.After(w.steps[i].During...), append(ids, w.steps[i].ID)
		}
	}
	_, servedAtStart := w.start.ControlPlanes()
	_, serving := m.ControlPlanes()
	if w.start.HasQuorum() && !m.HasQuorum() {
		w.errs = append(w.errs, &Violation{QuorumKept, ids})
	}
	if servedAtStart > 0 && serving == 0 {
		w.errs = append(w.errs, &Violation{APIKept, ids})
	}
}

func (w *walk) ids(done set) []string {
	var out []string
	for i, s := range w.steps {
		if done.has(i) {
			out = append(out, s.ID)
		}
	}
	return out
}

// set holds small numbers.
type set []uint64

const wordBits = 64

func newSet(size int) set { return make(set, (size+wordBits-1)/wordBits) }

func (s set) add(i int)      { s[i/wordBits] |= 1 << (i % wordBits) }
func (s set) has(i int) bool { return s[i/wordBits]&(1<<(i%wordBits)) != 0 }
func (s set) clone() set     { return slices.Clone(s) }
func (s set) key() string    { return fmt.Sprint([]uint64(s)) }

func (s set) merge(other set) {
	for i, word := range other {
		s[i] |= word
	}
}

func (s set) covers(other set) bool {
	for i, word := range other {
		if word&^s[i] != 0 {
			return false
		}
	}
	return true
}
