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

// Replace plans the way out when a machine is lost for good: its node and, for
// a control plane, its etcd member are removed, after a snapshot, and what the
// description then lacks joins as in [ScaleOut]. The description no longer has
// the lost machine; it may have another in its place.
//
// The member goes first: with it still in the list the quorum counts a machine
// that never comes back, and older etcd takes no new member.
//
// Refused are machines that are still described or that are Ready, and removals
// that would cost etcd its quorum.
func Replace(spec cluster.Spec, lost string, observed Observed, known Known) (Plan, error) {
	b, err := newBuilder(spec, known)
	if err != nil {
		return Plan{}, err
	}
	b.plan.Title = "Replace " + lost + " in " + b.spec.Name
	if err := b.observe(observed); err != nil {
		return Plan{}, err
	}
	after, err := b.removeLost(lost, observed)
	if err != nil {
		return Plan{}, err
	}
	if err := b.scaleOut(after); err != nil {
		return Plan{}, err
	}
	b.firstOfAll("remove-node/" + lost)
	return b.plan, nil
}

// removeLost adds the steps, and gives what there is to see after them.
func (b *builder) removeLost(lost string, o Observed) (Observed, error) {
	node, there := o.State.Node(lost)
	described := slices.ContainsFunc(b.spec.Nodes(), func(n cluster.Node) bool { return n.Name == lost })
	switch {
	case !there:
		return o, &RefusedError{[]string{fmt.Sprintf("%s is no node of the cluster", lost)}}
	case described:
		return o, &RefusedError{[]string{fmt.Sprintf("the description still has %s: take it out, and give the new machine another name", lost)}}
	case node.Ready:
		return o, &RefusedError{[]string{fmt.Sprintf("%s is Ready, so it is not lost: drain it and reset it with kubeadm instead", lost)}}
	}
	var needs []string
	if node.ControlPlane && b.spec.ExternalEtcd == nil {
		if err := b.removeMember(lost, o); err != nil {
			return o, err
		}
		needs = []string{"remove-member/" + lost}
		o.Etcd = withoutMember(o.Etcd, lost)
	}
	b.add(Step{
		ID:      "remove-node/" + lost,
		Title:   "Remove the node " + lost,
		Host:    b.admin.Name,
		Why:     "Its pods are then started elsewhere, and its name is free.",
		Needs:   needs,
		Actions: []Action{Run{Command: kubeadmcmd.NewCommand(kubectl("delete", "node", lost, "--ignore-not-found")...)}},
	})
	o.State.Nodes = slices.DeleteFunc(slices.Clone(o.State.Nodes), func(n cluster.NodeState) bool { return n.Name == lost })
	return o, nil
}

func (b *builder) removeMember(lost string, o Observed) error {
	report := b.etcdReport(o)
	member, found := report.Find(lost)
	if !found || member.ID == 0 {
		return &RefusedError{[]string{fmt.Sprintf("what etcdctl said does not name the member of %s: give the output of etcdctl member list", lost)}}
	}
	if answer := report.CanRemove(lost); !answer.Yes {
		return &RefusedError{reasonsOf(answer)}
	}
	b.add(Step{
		ID:      "snapshot/" + b.admin.Name,
		Title:   "Snapshot etcd",
		Host:    b.admin.Name,
		Why:     "It is the way back if anything goes wrong from here on. Copy it off the machine.",
		Actions: []Action{Run{Command: kubeadmcmd.NewCommand(b.etcdctlAt(memberEndpoint(b.admin), "snapshot", "save", SnapshotPath)...)}},
	})
	b.add(Step{
		ID:      "remove-member/" + lost,
		Title:   "Remove the etcd member of " + lost,
		Host:    b.admin.Name,
		Why:     "A member that never comes back still counts for the quorum.",
		Needs:   []string{"snapshot/" + b.admin.Name},
		Actions: []Action{Run{Command: kubeadmcmd.NewCommand(b.etcdctl("member", "remove", member.ID.String())...)}},
		Checks:  []Check{b.etcdAgrees()},
	})
	return nil
}

// firstOfAll makes every step that has no needs of its own wait for one.
func (b *builder) firstOfAll(id string) {
	for i, step := range b.plan.Steps {
		isRemoval := step.ID == id || slices.Contains(b.ids("snapshot/"+b.admin.Name), step.ID)
		if len(step.Needs) == 0 && !isRemoval {
			b.plan.Steps[i].Needs = []string{id}
		}
	}
}

// withoutMember is what etcdctl would say after the removal.
func withoutMember(sample etcdcheck.Sample, name string) etcdcheck.Sample {
	i := slices.IndexFunc(sample.Members, func(m etcdcheck.Member) bool { return m.Name == name })
	if i < 0 {
		return sample
	}
	gone := sample.Members[i]
	sample.Members = slices.Delete(slices.Clone(sample.Members), i, i+1)
	sample.Statuses = slices.DeleteFunc(slices.Clone(sample.Statuses), func(s etcdcheck.Status) bool { return s.MemberID == gone.ID })
	sample.Failures = nil
	return sample
}
