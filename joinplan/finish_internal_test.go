package joinplan

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/effect"
)

func threeControlPlanes() cluster.Spec {
	spec := cluster.Spec{KubernetesVersion: "v1.37.2", ControlPlaneEndpoint: cluster.Endpoint{Host: "k8s-vip", Port: 6443}}
	for i, name := range []string{"cp-1", "cp-2", "cp-3"} {
		addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)})
		spec.ControlPlanes = append(spec.ControlPlanes, cluster.Node{Name: name, Address: netip.PrefixFrom(addr, 24)})
	}
	return spec
}

// running is the picture of a cluster of which these control planes are Ready.
func running(t *testing.T, ready ...string) picture {
	t.Helper()
	p, err := virginPicture(Input{Spec: threeControlPlanes()})
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range p.spec.ControlPlanes {
		p.state.Nodes = append(p.state.Nodes, cluster.NodeState{
			Name: node.Name, ControlPlane: true, Ready: slices.Contains(ready, node.Name),
		})
	}
	return p
}

// Each planner has a bug, as if somebody had changed ours by mistake.
func TestAPlanThatWouldDoHarmIsWithheld(t *testing.T) {
	t.Parallel()
	rebooted := func(p picture, name string) []Step {
		node, _ := p.state.Node(name)
		return p.reboot(node)
	}
	for name, tc := range map[string]struct {
		law  effect.Law
		plan func(t *testing.T) (Plan, error)
	}{
		"two control planes reboot side by side": {effect.QuorumKept, func(t *testing.T) (Plan, error) {
			p := running(t, "cp-1", "cp-2", "cp-3")
			return p.finish("Reboot two", draft{steps: append(rebooted(p, "cp-2"), rebooted(p, "cp-3")...)})
		}},
		"a reboot while another control plane is down": {effect.QuorumKept, func(t *testing.T) (Plan, error) {
			p := running(t, "cp-1", "cp-2")
			return p.finish("Reboot cp-2", draft{steps: rebooted(p, "cp-2")})
		}},
		"joins that do not wait for each other": {effect.OneMemberAtATime, func(t *testing.T) (Plan, error) {
			p := running(t)
			d := p.create()
			for i, step := range d.steps {
				if step.ID == KindJoin.Step("cp-3") {
					d.steps[i].Needs = []ID{KindInit.Step("cp-1")}
				}
			}
			p.state.Nodes = nil
			return p.finish("Create", d)
		}},
		"a member removed while another is down": {effect.QuorumKept, func(t *testing.T) (Plan, error) {
			p := running(t, "cp-1", "cp-2")
			steps, err := p.resetLive(p.state.Nodes[1], nil)
			return p.finish("Remove cp-2", draft{steps: steps, err: err})
		}},
		"the only API server goes away": {effect.APIKept, func(t *testing.T) (Plan, error) {
			p := running(t, "cp-1")
			p.spec.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"http://10.9.0.1:2379"}}
			return p.finish("Reboot cp-1", draft{steps: rebooted(p, "cp-1")})
		}},
		"a step before the one that it needs": {effect.OrderedSteps, func(t *testing.T) (Plan, error) {
			p := running(t, "cp-1", "cp-2", "cp-3")
			steps := rebooted(p, "cp-2")
			slices.Reverse(steps)
			return p.finish("Reboot cp-2", draft{steps: steps})
		}},
		"a reboot that says it brings a server while it runs": {effect.DuringTakesAway, func(t *testing.T) (Plan, error) {
			p := running(t, "cp-1", "cp-2", "cp-3")
			steps := rebooted(p, "cp-2")
			steps[1].During = []effect.Change{{Kind: effect.ServerStarts, Subject: "cp-2"}}
			return p.finish("Reboot cp-2", draft{steps: steps})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := tc.plan(t)
			var broken *effect.Violation
			if !errors.As(err, &broken) || broken.Law != tc.law || len(plan.Steps) > 0 {
				t.Errorf("got %v with %d steps, want that %q is broken", err, len(plan.Steps), tc.law)
			}
		})
	}
}

func TestAPlanThatDoesNoHarmIsReturned(t *testing.T) {
	t.Parallel()
	p := running(t, "cp-1", "cp-2", "cp-3")
	var steps []Step
	var before []ID
	for _, node := range p.state.Nodes[1:] {
		one := p.reboot(node)
		one[0].Needs = before
		steps = append(steps, one...)
		before = []ID{one[len(one)-1].ID}
	}
	plan, err := p.finish("Reboot one after another", draft{steps: steps})
	if err != nil || len(plan.Stages()) != 5 {
		t.Errorf("%v, %d stages", err, len(plan.Stages()))
	}
}
