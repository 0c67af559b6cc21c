package joinplan

import (
	"slices"

	"github.com/haplane/haplane/joinplan/cluster"
)

// Remove plans to take a machine out of the cluster for good, and adds none:
// [Replace] does the same and then brings in what the description lacks. The
// description no longer has the machine.
//
// A machine that is Ready is drained and reset with kubeadm, which also removes
// its etcd member; one that is not counts as lost, and its member is removed
// from outside, after a snapshot. Names on the machines that stay, and the load
// balancers where it was a control plane, then forget it.
//
// It is refused, with a [*RefusedError], where the machine is no node or still
// described, where no other control plane is Ready, and where the removal would
// cost etcd its quorum.
func Remove(spec cluster.Spec, name string, observed Observed) (Plan, error) {
	b, err := newBuilder(spec, Known{})
	if err != nil {
		return Plan{}, err
	}
	if err := b.observe(observed); err != nil {
		return Plan{}, err
	}
	after, err := b.remove(name, observed)
	if err != nil {
		return Plan{}, err
	}
	return b.removal(name, observed, after)
}

// removal is what remains to be done when the machine has left.
func (b *builder) removal(name string, before, after Observed) (Plan, error) {
	b.plan.Title = "Remove " + name + " from " + b.spec.Name
	b.plan.Warnings = append(b.plan.Warnings, b.stateWarnings(after.State)...)
	b.settle(after)
	if err := b.forget(name, before); err != nil {
		return Plan{}, err
	}
	b.works(after)
	return b.plan, nil
}

// lacks tells whether the description has machines that are not there.
func (b *builder) lacks(state cluster.State) bool {
	return slices.ContainsFunc(b.spec.Nodes(), func(n cluster.Node) bool {
		_, there := state.Node(n.Name)
		return !there
	})
}

// works is the end of a plan that adds nobody.
func (b *builder) works(o Observed) {
	var names []string
	for _, node := range b.spec.Nodes() {
		if _, there := o.State.Node(node.Name); there {
			names = append(names, node.Name)
		}
	}
	b.add(Step{
		ID:     "verify/" + b.admin.Name,
		Title:  "The cluster works without it",
		Host:   b.admin.Name,
		Why:    "Those that stay must be Ready, and etcd must have its quorum without the member that left.",
		Needs:  b.leaves(),
		Checks: []Check{b.ready("all nodes that stay are Ready", names...), b.etcdAgrees()},
	})
}

// forget adds names and load balancers without the machine.
func (b *builder) forget(name string, o Observed) error {
	removal := len(b.plan.Steps)
	if err := b.hosts(); err != nil {
		return err
	}
	if node, _ := o.State.Node(name); node.ControlPlane {
		if err := b.loadBalancers("The load balancer must stop asking for a server that is gone."); err != nil {
			return err
		}
	}
	b.wait(removal, "remove-node/"+name)
	return nil
}

// leaves are the steps that no other step needs.
func (b *builder) leaves() []string {
	needed := map[string]bool{}
	for _, step := range b.plan.Steps {
		for _, id := range step.Needs {
			needed[id] = true
		}
	}
	var out []string
	for _, step := range b.plan.Steps {
		if !needed[step.ID] {
			out = append(out, step.ID)
		}
	}
	return out
}
