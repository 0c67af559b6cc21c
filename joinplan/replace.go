package joinplan

import (
	"fmt"
	"slices"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan/cluster"
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
func Replace(spec cluster.Spec, name string, observed Observed, known Known) (Plan, error) {
	known, renewed := known.fresh(spec, observed.State)
	b, err := newBuilder(spec, known)
	if err != nil {
		return Plan{}, err
	}
	b.plan.Warnings = append(b.plan.Warnings, renewed...)
	if err := b.observe(observed); err != nil {
		return Plan{}, err
	}
	after, err := b.remove(name, observed)
	if err != nil {
		return Plan{}, err
	}
	if !b.lacks(after.State) {
		return b.removal(name, observed, after)
	}
	b.plan.Title = "Replace " + name + " in " + b.spec.Name
	removal := len(b.plan.Steps)
	if err := b.scaleOut(after); err != nil {
		return Plan{}, err
	}
	b.wait(removal, "remove-node/"+name)
	return b.plan, nil
}

// remove adds the steps, and gives what there is to see after them.
func (b *builder) remove(name string, o Observed) (Observed, error) {
	node, there := o.State.Node(name)
	described := slices.ContainsFunc(b.spec.Nodes(), func(n cluster.Node) bool { return n.Name == name })
	if !there {
		return o, &RefusedError{[]string{name + " is no node of the cluster"}}
	}
	if described {
		return o, &RefusedError{[]string{"the description still has " + name + ": take it out, and give a new machine another name"}}
	}
	var needs []string
	hasMember := node.ControlPlane && b.spec.ExternalEtcd == nil
	if hasMember {
		if err := b.snapshot(name, o); err != nil {
			return o, err
		}
		needs = []string{"snapshot/" + b.admin.Name}
	}
	var err error
	switch {
	case node.Ready:
		needs, err = b.resetLive(node, needs)
	case hasMember:
		needs = b.removeMember(name, o, needs)
	}
	if err != nil {
		return o, err
	}
	b.add(Step{
		ID:      "remove-node/" + name,
		Title:   "Remove the node " + name,
		Host:    b.admin.Name,
		Why:     "Its pods are then started elsewhere, and its name is free.",
		Needs:   needs,
		Actions: []Action{kubectlRun("delete", "node", name, "--ignore-not-found")},
		Checks:  b.etcdChecks(hasMember),
	})
	b.goes(node, o)
	return without(o, name), nil
}

// snapshot comes before a member is removed, which etcd must allow.
func (b *builder) snapshot(name string, o Observed) error {
	report := b.etcdReport(o)
	if member, found := report.Find(name); !found || member.ID == 0 {
		return &RefusedError{[]string{"what etcdctl said does not name the member of " + name + ": give the output of etcdctl member list"}}
	}
	if answer := report.CanRemove(name); !answer.Yes {
		return &RefusedError{reasonsOf(answer)}
	}
	b.add(b.snapshotStep())
	b.settle(without(o, name))
	return nil
}

func (b *builder) snapshotStep() Step {
	return Step{
		ID:      "snapshot/" + b.admin.Name,
		Title:   "Snapshot etcd",
		Host:    b.admin.Name,
		Why:     "It is the way back if anything goes wrong from here on. Copy it off the machine.",
		Actions: []Action{Run{Command: kubeadmcmd.NewCommand(b.etcdctlAt(memberEndpoint(b.admin), "snapshot", "save", SnapshotPath)...)}},
	}
}

func (b *builder) removeMember(name string, o Observed, needs []string) []string {
	member, _ := b.etcdReport(o).Find(name)
	b.add(Step{
		ID:      "remove-member/" + name,
		Title:   "Remove the etcd member of " + name,
		Host:    b.admin.Name,
		Why:     "A member that never comes back still counts for the quorum.",
		Needs:   needs,
		Actions: []Action{Run{Command: kubeadmcmd.NewCommand(b.etcdctl("member", "remove", member.ID.String())...)}},
		Checks:  []Check{b.etcdAgrees()},
	})
	return []string{"remove-member/" + name}
}

// resetLive drains a machine that works and lets kubeadm undo its join.
func (b *builder) resetLive(node cluster.NodeState, needs []string) ([]string, error) {
	socket := node.CRISocket
	if socket == "" {
		socket = b.spec.CRISocket
	}
	reset, err := resetActions(socket)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", node.Name, err)
	}
	b.add(Step{
		ID:      "drain/" + node.Name,
		Title:   "Drain " + node.Name,
		Host:    b.admin.Name,
		Why:     "Its pods move while it still works.",
		Needs:   needs,
		Actions: []Action{kubectlRun("drain", node.Name, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=5m")},
	})
	b.add(Step{
		ID:      "reset/" + node.Name,
		Title:   "Reset " + node.Name,
		Host:    node.Name,
		Why:     "kubeadm removes the machine's etcd member, its certificates and its kubelet's configuration.",
		Needs:   []string{"drain/" + node.Name},
		Actions: reset,
	})
	return []string{"reset/" + node.Name}, nil
}

func (b *builder) etcdChecks(member bool) []Check {
	if !member {
		return nil
	}
	return []Check{b.etcdAgrees()}
}

func kubectlRun(words ...string) Run { return run(kubectl(words...)...) }

// without is what there would be to see after the removal.
func without(o Observed, name string) Observed {
	o.State.Nodes = slices.DeleteFunc(slices.Clone(o.State.Nodes), func(n cluster.NodeState) bool { return n.Name == name })
	i := slices.IndexFunc(o.Etcd.Members, func(m etcdcheck.Member) bool { return m.Name == name })
	if i < 0 {
		return o
	}
	gone := o.Etcd.Members[i]
	o.Etcd.Members = slices.Delete(slices.Clone(o.Etcd.Members), i, i+1)
	o.Etcd.Statuses = slices.DeleteFunc(slices.Clone(o.Etcd.Statuses), func(s etcdcheck.Status) bool { return s.MemberID == gone.ID })
	o.Etcd.Failures = nil
	return o
}

// wait makes every step from an index on that needs nothing wait for one.
func (b *builder) wait(from int, id string) {
	for i := from; i < len(b.plan.Steps); i++ {
		if len(b.plan.Steps[i].Needs) == 0 {
			b.plan.Steps[i].Needs = []string{id}
		}
	}
}
