package joinplan

import (
	"slices"

	"github.com/haplane/haplane/joinplan/cluster"
)

// Reboot plans the reboot of a node on purpose: it is drained, goes away, comes
// back Ready, and for a control plane etcd is checked before and after. A
// control plane is taken out of the rotation of the load balancers first, and
// put back when it is Ready, through the admin socket in the haproxy.cfg of
// [HAProxyConfig].
//
// It is refused, with a [*RefusedError], where the reboot would cost etcd its
// quorum, and where no other control plane is Ready to work from.
func Reboot(spec cluster.Spec, name string, observed Observed) (Plan, error) {
	b, err := newBuilder(spec, Known{})
	if err != nil {
		return Plan{}, err
	}
	b.plan.Title = "Reboot " + name
	if err := b.observe(observed); err != nil {
		return Plan{}, err
	}
	node, there := observed.State.Node(name)
	if !there {
		return Plan{}, &RefusedError{[]string{name + " is no node of the cluster"}}
	}
	if err := b.workFromAnother(name, observed.State); err != nil {
		return Plan{}, err
	}
	hasMember := node.ControlPlane && b.spec.ExternalEtcd == nil
	if hasMember {
		if answer := b.etcdReport(observed).CanReboot(name); !answer.Yes {
			return Plan{}, &RefusedError{reasonsOf(answer)}
		}
		b.settle(observed)
	}
	b.reboot(node, hasMember)
	return b.plan, nil
}

func (b *builder) workFromAnother(name string, state cluster.State) error {
	i := slices.IndexFunc(b.spec.ControlPlanes, func(n cluster.Node) bool {
		node, there := state.Node(n.Name)
		return n.Name != name && there && node.Ready
	})
	if i < 0 {
		return &RefusedError{[]string{"no other control plane is Ready: while " + name + " is away nothing serves the API, and nobody sees it come back"}}
	}
	b.admin = b.spec.ControlPlanes[i]
	return nil
}

func (b *builder) reboot(node cluster.NodeState, hasMember bool) {
	name := node.Name
	b.add(Step{
		ID:      "drain/" + name,
		Title:   "Drain " + name,
		Host:    b.admin.Name,
		Why:     "Its pods move while it still works.",
		Actions: []Action{kubectlRun("drain", name, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=5m")},
		Checks:  b.etcdChecks(hasMember),
	})
	before, after := []string{"drain/" + name}, []string{"reboot/" + name}
	if node.ControlPlane {
		before = append(before, b.rotation(false, name, before...)...)
	}
	b.add(Step{
		ID:      "reboot/" + name,
		Title:   "Reboot " + name,
		Host:    name,
		Why:     "A graceful stop ends the API server's connections before the machine goes.",
		Needs:   before,
		Actions: []Action{run("systemctl", "reboot")},
		Checks:  append([]Check{justStarted(name), b.ready(name+" is Ready", name)}, b.etcdChecks(hasMember)...),
	})
	if node.ControlPlane {
		b.changes(Stage{During: "reboot/" + name}, 0, -1, 0, -1)
		b.changes(Stage{After: "reboot/" + name}, 0, 1, 0, 1)
		b.rotation(true, name, after...)
	}
	b.add(Step{
		ID:      "uncordon/" + name,
		Title:   "Let pods back on " + name,
		Host:    b.admin.Name,
		Why:     "Draining closed the node to new pods.",
		Needs:   after,
		Actions: []Action{kubectlRun("uncordon", name)},
	})
}
