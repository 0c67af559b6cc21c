package joinplan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/kubeadmcfg"
)

// observed is what a healthy cluster of these machines says of itself.
func observed(spec cluster.Spec, joined func(name string) bool) joinplan.Observed {
	var o joinplan.Observed
	o.State.KubeadmConfig = kubeadmcfg.Stored{
		Text:       "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: " + spec.ControlPlaneEndpoint.String() + "\n",
		APIVersion: "kubeadm.k8s.io/v1beta4",
	}
	for i, node := range spec.Nodes() {
		if !joined(node.Name) {
			continue
		}
		controlPlane := i < len(spec.ControlPlanes)
		o.State.Nodes = append(o.State.Nodes, cluster.NodeState{Name: node.Name, ControlPlane: controlPlane, Ready: true})
		if controlPlane && spec.ExternalEtcd == nil {
			o.Etcd = etcdcheck.Merge(o.Etcd, member(node, i))
		}
	}
	return o
}

func member(node cluster.Node, i int) etcdcheck.Sample {
	id, endpoint := etcdcheck.ID(i+1), fmt.Sprintf("https://%s:2379", node.Address.Addr())
	if node.Address.Addr().Is6() {
		endpoint = fmt.Sprintf("https://[%s]:2379", node.Address.Addr())
	}
	return etcdcheck.Sample{
		Members: []etcdcheck.Member{{ID: id, Name: node.Name, ClientURLs: []string{endpoint}, Learner: etcdcheck.Known(false)}},
		Statuses: []etcdcheck.Status{{
			Endpoint: endpoint, ClusterID: 7, MemberID: id, Leader: etcdcheck.Known(etcdcheck.ID(1)), Learner: etcdcheck.Known(false), Version: "3.6.16",
			RaftTerm: etcdcheck.Known(uint64(2)), RaftIndex: etcdcheck.Known(uint64(100)), RaftApplied: etcdcheck.Known(uint64(100)),
		}},
	}
}

// follow carries a plan out as an orchestrator does, making it again when
// kubeadm has printed something.
func (v *virgin) follow(plan func(joinplan.Known) joinplan.Plan) {
	v.t.Helper()
	var done []string
	for {
		current := plan(v.known)
		ready := current.Ready(done)
		if len(ready) == 0 {
			for _, step := range current.Steps {
				if !slices.Contains(done, step.ID) {
					v.t.Errorf("%s was never ready: it awaits %q and needs %v", step.ID, step.Awaits, step.Needs)
				}
			}
			return
		}
		if n := controlPlaneJoins(v.spec, ready); n > 1 {
			v.t.Errorf("%d control planes would join at once", n)
		}
		for _, step := range ready {
			v.carryOut(step)
			done = append(done, step.ID)
		}
	}
}

func TestScalingOutReachesTheDescriptionAndThenHasNothingLeftToDo(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		spec := randomSpec(seed)
		r := rand.New(rand.NewPCG(seed, 3))
		v := newVirgin(t, spec)
		for i, node := range spec.Nodes() {
			v.files[node.Name+"/etc/kubernetes/pki/ca.crt"] = "CA"
			if i == 0 || r.IntN(2) == 0 {
				v.joined = append(v.joined, node.Name)
			}
		}
		there := slices.Clone(v.joined)
		scaleOut := func(joined []string) func(joinplan.Known) joinplan.Plan {
			return func(known joinplan.Known) joinplan.Plan {
				plan, err := joinplan.ScaleOut(spec, observed(spec, func(n string) bool { return slices.Contains(joined, n) }), known)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				return plan
			}
		}
		v.follow(scaleOut(there))
		if len(v.joined) != len(spec.Nodes()) {
			t.Errorf("seed %d: joined %v", seed, v.joined)
		}
		for _, step := range scaleOut(v.joined)(joinplan.Known{}).Steps {
			if len(step.Actions) > 0 || step.Awaits != "" {
				t.Errorf("seed %d: a complete cluster is to do %s", seed, step.ID)
			}
		}
	}
}

func TestReplacingADeadControlPlaneRemovesItsMemberBeforeAnythingJoins(t *testing.T) {
	t.Parallel()
	old := lab(t)
	spec := lab(t)
	spec.ControlPlanes[2] = cluster.Node{Name: "cka-cp-4", Address: spec.Workers[0].Address}
	spec.Workers = nil
	state := observed(old, func(name string) bool { return true })
	for i, node := range state.State.Nodes {
		if node.Name == "cka-cp-3" {
			state.State.Nodes[i].Ready = false
		}
	}
	state.Etcd.Statuses = state.Etcd.Statuses[:2]
	state.Etcd.Failures = []etcdcheck.Failure{{Endpoint: "https://192.168.51.83:2379", Error: "context deadline exceeded"}}
	plan, err := joinplan.Replace(spec, "cka-cp-3", state, joinplan.Known{})
	if err != nil {
		t.Fatal(err)
	}
	first := plan.Ready(nil)
	if len(first) != 1 || first[0].ID != "snapshot/cka-cp-1" {
		t.Errorf("ready at first: %v", first)
	}
	var order []string
	for _, step := range plan.Steps {
		order = append(order, step.ID)
	}
	text := strings.Join(order, " ")
	if !strings.HasPrefix(text, "snapshot/cka-cp-1 remove-member/cka-cp-3 remove-node/cka-cp-3 ") || !strings.Contains(text, "join/cka-cp-4") {
		t.Error(text)
	}
	remove := plan.Steps[1].Actions[0].(joinplan.Run).Command.Argv()
	if remove[len(remove)-1] != "3" {
		t.Errorf("the member that is removed: %v", remove)
	}
}
