package joinplan

import (
	"fmt"
	"slices"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/effect"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// SnapshotPath is where a plan keeps etcd's snapshot, on the control plane that
// the plan works from.
const SnapshotPath = "/var/lib/etcd/haplane-snapshot.db"

// Replace plans the removal of a machine, and then what the description lacks,
// as [ScaleOut] does. The description no longer has the machine, and has another
// in its place; where it lacks none this is what [Remove] plans.
//
// A machine that is Ready is drained and reset with kubeadm, which also removes
// its etcd member. One that is not counts as lost for good: its etcd member is
// removed from outside, after a snapshot. The member goes before anything
// joins: the quorum would count a machine that never comes back, and older etcd
// takes no new member.
//
// It is refused, with a [*RefusedError], where ScaleOut is, where the machine is
// still described, and where the removal would cost etcd its quorum.
func Replace(in Input, name string) (Plan, error) {
	p, err := runningPicture(in)
	if err != nil {
		return Plan{}, err
	}
	after := p.without(name)
	if len(after.missingFrom(p.spec.Nodes())) == 0 {
		return p.removal(name)
	}
	d := p.remove(name)
	if d.err != nil {
		return Plan{}, d.err
	}
	removal := len(d.steps)
	if d.steps[0].ID.Kind == KindSnapshot {
		after = after.settled()
	}
	more := after.scaleOut()
	d.add(more.steps, more.err)
	d.after(removal, KindRemoveNode.Step(name))
	d.warnings, d.leftOut = more.warnings, more.leftOut
	return p.finish("Replace "+name+" in "+p.spec.Name, d)
}

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
func Remove(in Input, name string) (Plan, error) {
	in.Credentials = kubeadmcmd.Credentials{}
	p, err := runningPicture(in)
	if err != nil {
		return Plan{}, err
	}
	return p.removal(name)
}

func (p picture) removal(name string) (Plan, error) {
	d := p.remove(name)
	if d.err != nil {
		return Plan{}, d.err
	}
	after := p.without(name).settled()
	d.warnings = after.stateWarnings()
	removal := len(d.steps)
	d.add(after.hosts())
	if node, _ := p.state.Node(name); node.ControlPlane {
		d.add(after.loadBalancers(setOf(d.steps), "The load balancer must stop asking for a server that is gone."), nil)
	}
	d.after(removal, KindRemoveNode.Step(name))
	d.add(after.works(Leaves(d.steps)), nil)
	return p.finish("Remove "+name+" from "+p.spec.Name, d)
}

// remove are the steps after which the machine is no longer in the cluster.
func (p picture) remove(name string) draft {
	node, there := p.state.Node(name)
	described := slices.ContainsFunc(p.spec.Nodes(), func(n cluster.Node) bool { return n.Name == name })
	switch {
	case !there:
		return draft{err: &RefusedError{[]string{name + " is no node of the cluster"}}}
	case described:
		return draft{err: &RefusedError{[]string{"the description still has " + name + ": take it out, and give a new machine another name"}}}
	}
	hasMember := node.ControlPlane && p.hasEtcd()
	after := p.without(name)
	var d draft
	if hasMember {
		d.err = p.mayRemoveMember(name)
		d.add([]Step{p.snapshot()}, nil)
		after = after.settled()
	}
	switch {
	case node.Ready:
		d.add(p.resetLive(node, ids(d.steps)))
	case hasMember && d.err == nil:
		d.add(after.removeMember(p, name, ids(d.steps)), nil)
	}
	removed := Step{
		ID:      KindRemoveNode.Step(name),
		Title:   "Remove the node " + name,
		Host:    p.admin.Name,
		Why:     "Its pods are then started elsewhere, and its name is free.",
		Needs:   Leaves(d.steps),
		Actions: []Action{kubectlRun("delete", "node", name, "--ignore-not-found")},
		Effects: []effect.Change{{Kind: effect.NodeLeaves, Subject: name}},
	}
	if hasMember {
		removed.Checks = []Check{after.etcdAgrees(after.model())}
	}
	d.add([]Step{removed}, nil)
	return d
}

// mayRemoveMember asks etcd.
func (p picture) mayRemoveMember(name string) error {
	if member, found := p.report.Find(name); !found || member.ID == 0 {
		return &RefusedError{[]string{"what etcdctl said does not name the member of " + name + ": give the output of etcdctl member list"}}
	}
	if answer := p.report.CanRemove(name); !answer.Yes {
		return &RefusedError{reasonsOf(answer)}
	}
	return nil
}

func (p picture) snapshot() Step {
	return Step{
		ID:      KindSnapshot.Step(p.admin.Name),
		Title:   "Snapshot etcd",
		Host:    p.admin.Name,
		Why:     "It is the way back if anything goes wrong from here on. Copy it off the machine.",
		Actions: []Action{run(p.etcdctlAt(memberEndpoint(p.admin), "snapshot", "save", SnapshotPath)...)},
	}
}

// Snapshot returns the step that saves etcd's data to [SnapshotPath] on the first
// control plane of the description. It writes over an older snapshot there.
//
// Errors are those of the description.
func Snapshot(spec cluster.Spec) (Step, error) {
	p, err := virginPicture(Input{Spec: spec})
	if err != nil {
		return Step{}, err
	}
	return p.snapshot(), nil
}

// removeMember works as the cluster is after it: without a look at the member
// that is gone, whose ID the picture before has.
func (p picture) removeMember(before picture, name string, needs []ID) []Step {
	member, _ := before.report.Find(name)
	list := p.etcdctl(p.model(), "member", "list")
	return []Step{{
		ID:    KindRemoveMember.Step(name),
		Title: "Remove the etcd member of " + name,
		Host:  p.admin.Name,
		Why:   "A member that never comes back still counts for the quorum.",
		Needs: needs,
		Done: []Check{{
			Host:      p.admin.Name,
			Commands:  one(append(list, "--write-out=json")...),
			ForPeople: one(append(list, "--write-out=simple")...),
			Expect:    "etcd has no member " + member.ID.String(),
			Kind:      CheckNoMember,
			Want:      []string{member.ID.String()},
		}},
		Actions: []Action{Run{Command: kubeadmcmd.NewCommand(p.etcdctl(p.model(), "member", "remove", member.ID.String())...), Once: true}},
		Checks:  []Check{p.etcdAgrees(p.model())},
		Effects: []effect.Change{{Kind: effect.MemberLeaves, Subject: name}},
	}}
}

// resetLive drains a machine that works and lets kubeadm undo its join.
func (p picture) resetLive(node cluster.NodeState, needs []ID) ([]Step, error) {
	socket := node.CRISocket
	if socket == "" {
		socket = p.spec.CRISocket
	}
	reset, err := resetActions(socket)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", node.Name, err)
	}
	out := []Step{p.drain(node.Name, needs...), {
		ID:      KindReset.Step(node.Name),
		Title:   "Reset " + node.Name,
		Host:    node.Name,
		Why:     "kubeadm removes the machine's etcd member, its certificates and its kubelet's configuration.",
		Needs:   []ID{KindDrain.Step(node.Name)},
		Actions: reset,
	}}
	if node.ControlPlane {
		out[1].Effects = []effect.Change{{Kind: effect.NodeLeaves, Subject: node.Name}}
		if p.hasEtcd() {
			out[1].Effects = append(out[1].Effects, effect.Change{Kind: effect.MemberLeaves, Subject: node.Name})
		}
	}
	return out, nil
}

func (p picture) drain(name string, needs ...ID) Step {
	return Step{
		ID:      KindDrain.Step(name),
		Title:   "Drain " + name,
		Host:    p.admin.Name,
		Why:     "Its pods move while it still works.",
		Needs:   needs,
		Actions: []Action{kubectlRun("drain", name, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=5m")},
	}
}

// works is the end of a plan that adds nobody.
func (p picture) works(needs []ID) []Step {
	var names []string
	for _, node := range p.spec.Nodes() {
		if p.isThere(node.Name) {
			names = append(names, node.Name)
		}
	}
	return []Step{{
		ID:     KindVerify.Step(p.admin.Name),
		Title:  "The cluster works without it",
		Host:   p.admin.Name,
		Why:    "Those that stay must be Ready, and etcd must have its quorum without the member that left.",
		Needs:  needs,
		Checks: []Check{p.ready("all nodes that stay are Ready", names...), p.etcdAgrees(p.model())},
	}}
}
