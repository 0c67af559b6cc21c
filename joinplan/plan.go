package joinplan

import (
	"iter"
	"slices"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/effect"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Plan is what there is to do, in an order in which each step finds what it
// needs. It is data: whoever carries it out brings the transport.
type Plan struct {
	// Title says in a few words what the plan leads to.
	Title string `json:"title"`
	// Warnings are those of the description and of what was made from it.
	Warnings []cluster.Finding `json:"warnings,omitempty"`
	// Before is the cluster before the first step, as far as the plan looks at it.
	// The effects of the steps say what it becomes: see [Plan.Stages].
	Before effect.Model `json:"before,omitzero"`
	// Steps in order. A step may begin when those that it Needs are done; see
	// [Plan.Ready].
	Steps []Step `json:"steps"`
	// LeftOut are the steps that the plan would have if the credentials that they
	// print were not known: a [Progress] may say that they are done.
	LeftOut []ID `json:"leftOut,omitempty"`
	// Spec is the description, with its defaults, in the order of the plan.
	Spec cluster.Spec `json:"spec"`
	// Credentials are those that the plan was made with.
	Credentials kubeadmcmd.Credentials `json:"-"`
}

// Step is one thing to do on one host.
type Step struct {
	// ID names the step, and is the same whenever the plan is made again.
	ID ID `json:"id"`
	// Title says it in a few words.
	Title string `json:"title"`
	// Group says it without the machine, for steps that do the same on several
	// machines; empty where the Title does.
	Group string `json:"group,omitempty"`
	// Host is where the actions are carried out.
	Host string `json:"host"`
	// Why is one or two sentences for people.
	Why string `json:"why,omitempty"`
	// Needs are the steps that must be done before.
	Needs []ID `json:"needs,omitempty"`
	// Preconditions must hold before, and no step brings them about.
	Preconditions []string `json:"preconditions,omitempty"`
	// Awaits says what must be known before the step has its actions: what the
	// step AwaitsFrom prints. Empty when nothing is missing.
	Awaits     string `json:"awaits,omitempty"`
	AwaitsFrom ID     `json:"awaitsFrom,omitzero"`
	// Done are checks to ask before the actions. Where there are some and all of
	// them hold, an earlier attempt has done the step, and the actions marked Once
	// are left out.
	Done []Check `json:"done,omitempty"`
	// HalfDone are checks to ask where those of Done do not hold. Where all of
	// them hold, an earlier attempt stopped half way, and the actions would fail
	// until those of Recover have cleared away what it left. Whoever knows that
	// the attempt was his own may carry them out; anybody else must look first
	// whose the machine is.
	HalfDone []Check  `json:"halfDone,omitempty"`
	Recover  []Action `json:"recover,omitempty"`
	// Actions in order, as root. They may be repeated after a failure.
	Actions []Action `json:"actions,omitempty"`
	// Finally are actions for the end of the others, whether those worked or not:
	// they take secrets away that only the actions needed.
	Finally []Action `json:"finally,omitempty"`
	// Checks that hold when the step is done.
	Checks []Check `json:"checks,omitempty"`
	// Undo is the way back, where the plan has one: actions that bring about
	// what was there before the step. Undo the last step first.
	Undo []Action `json:"undo,omitempty"`
	// Effects are what the step changes in the cluster, During what is so only
	// while it runs.
	Effects []effect.Change `json:"effects,omitempty"`
	During  []effect.Change `json:"during,omitempty"`
}

// Name says what the step does, without the machine where others do the same.
func (s Step) Name() string {
	if s.Group != "" {
		return s.Group
	}
	return s.Title
}

// HostFile is a file of a plan and the host that it belongs to.
type HostFile struct {
	// Host is its name in the description.
	Host string
	WriteFile
}

// Files returns every file that the plan writes as a whole, step by step.
func (p Plan) Files() iter.Seq[HostFile] {
	return func(yield func(HostFile) bool) {
		for _, step := range p.Steps {
			for _, action := range step.Actions {
				if file, ok := action.(WriteFile); ok && !yield(HostFile{step.Host, file}) {
					return
				}
			}
		}
	}
}

// Ready returns the steps that may begin now, given those that are done: they
// may run beside each other. A step that still awaits something is not among
// them; make the plan again when it is known.
func (p Plan) Ready(done []ID) []Step {
	isDone := make(map[ID]bool, len(done))
	for _, id := range done {
		isDone[id] = true
	}
	missing := func(id ID) bool { return !isDone[id] }
	var ready []Step
	for _, step := range p.Steps {
		if !isDone[step.ID] && step.Awaits == "" && !slices.ContainsFunc(step.Needs, missing) {
			ready = append(ready, step)
		}
	}
	return ready
}

// Outdated returns those of the done steps that must be done again, because a
// step that is not done awaits what they print and nobody knows it any more: it
// has expired, or was lost.
func (p Plan) Outdated(done []ID) []ID {
	var out []ID
	for _, step := range p.Steps {
		from := step.AwaitsFrom
		if step.Awaits != "" && !slices.Contains(done, step.ID) && slices.Contains(done, from) && !slices.Contains(out, from) {
			out = append(out, from)
		}
	}
	return out
}

// JoinCommands returns the joins in flags of the machines of the description
// whose credentials the plan knows, by the machines' names.
func (p Plan) JoinCommands() iter.Seq2[cluster.Node, kubeadmcmd.Command] {
	return func(yield func(cluster.Node, kubeadmcmd.Command) bool) {
		for i, node := range p.Spec.Nodes() {
			if i == 0 {
				continue
			}
			command, err := joinCommand(p.Spec, node, i < len(p.Spec.ControlPlanes), p.Credentials)
			if err == nil && !yield(node, command) {
				return
			}
		}
	}
}
