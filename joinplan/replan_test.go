package joinplan_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/kubeadmcfg"
)

// observed is what a healthy cluster of these machines says of itself.
func observed(spec cluster.Spec, joined func(name string) bool) joinplan.Input {
	var o joinplan.Input
	fields := "controlPlaneEndpoint: " + spec.ControlPlaneEndpoint.String() + "\n"
	if spec.ExternalEtcd != nil {
		fields += "etcd: {external: {endpoints: [" + strings.Join(spec.ExternalEtcd.Endpoints, ", ") + "]}}\n"
	}
	o.State.KubeadmConfig = configuration(fields)
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

// configuration is the cluster's own, with these fields.
func configuration(fields string) kubeadmcfg.Stored {
	stored, err := kubeadmcfg.ParseStored("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n" + fields)
	if err != nil {
		panic(err)
	}
	return stored
}

func member(node cluster.Node, i int) etcdcheck.Sample {
	id, endpoint := etcdcheck.ID(i+1), fmt.Sprintf("https://%s:2379", node.APIServerAddress())
	if node.APIServerAddress().Is6() {
		endpoint = fmt.Sprintf("https://[%s]:2379", node.APIServerAddress())
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
func (v *virgin) follow(plan func(joinplan.Input) joinplan.Plan) {
	v.t.Helper()
	var done []joinplan.ID
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
		scaleOut := func(joined []string) func(joinplan.Input) joinplan.Plan {
			return func(known joinplan.Input) joinplan.Plan {
				plan, err := joinplan.ScaleOut(given(spec, observed(spec, func(n string) bool { return slices.Contains(joined, n) }), known))
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
		for _, step := range scaleOut(v.joined)(joinplan.Input{}).Steps {
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
	plan, err := joinplan.Replace(given(spec, state), "cka-cp-3")
	if err != nil {
		t.Fatal(err)
	}
	first := plan.Ready(nil)
	if len(first) != 1 || first[0].ID.String() != "snapshot/cka-cp-1" {
		t.Errorf("ready at first: %v", first)
	}
	text := ids(plan)
	if !strings.HasPrefix(text, "snapshot/cka-cp-1 remove-member/cka-cp-3 remove-node/cka-cp-3 ") || !strings.Contains(text, "join/cka-cp-4") {
		t.Error(text)
	}
	remove := plan.Steps[1].Actions[0].(joinplan.Run).Command.Argv()
	if remove[len(remove)-1] != "3" {
		t.Errorf("the member that is removed: %v", remove)
	}
}

func TestRemovingAMachineThatWorksDrainsAndResetsItFirst(t *testing.T) {
	t.Parallel()
	old := lab(t)
	spec := lab(t)
	spec.Workers = nil
	there := observed(old, func(string) bool { return true })
	plan, err := joinplan.Remove(given(spec, there), "cka-wk-1")
	if err != nil {
		t.Fatal(err)
	}
	replaced, err := joinplan.Replace(given(spec, there), "cka-wk-1")
	if diff := cmp.Diff(plan, replaced, compareNetip); diff != "" || err != nil {
		t.Errorf("replacing it by nobody is another plan: %v\n%s", err, diff)
	}
	if got, want := ids(plan), "drain/cka-wk-1 reset/cka-wk-1 remove-node/cka-wk-1 hosts/cka-hap-1 hosts/cka-cp-1 hosts/cka-cp-2 hosts/cka-cp-3 verify/cka-cp-1"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRemovingAControlPlaneMakesTheLoadBalancerForgetIt(t *testing.T) {
	t.Parallel()
	old := lab(t)
	spec := lab(t)
	spec.ControlPlanes = spec.ControlPlanes[:2]
	plan, err := joinplan.Remove(given(spec, observed(old, func(string) bool { return true })), "cka-cp-3")
	if err != nil {
		t.Fatal(err)
	}
	sets := 0
	for _, step := range plan.Steps {
		for _, action := range step.Actions {
			if file, ok := action.(joinplan.WriteFile); ok && bytes.Contains(file.Content.Reveal(), []byte("cka-cp-3")) {
				t.Errorf("%s still names it", step.ID)
			}
			if set, ok := action.(joinplan.SetHostsBlock); ok {
				sets++
				before := "127.0.0.1 localhost\n# BEGIN haplane " + set.Block.Name + "\n10.0.0.13 cka-cp-3\n# END haplane " + set.Block.Name + "\n"
				after, err := set.Apply([]byte(before))
				if err != nil || bytes.Contains(after, []byte("cka-cp-3")) {
					t.Errorf("%s leaves its name in the file, %v:\n%s", step.ID, err, after)
				}
			}
		}
	}
	if sets == 0 || !bytes.Contains(plan.JSON(), []byte(`"former": [`)) {
		t.Errorf("%d blocks are set, and programs are not told which name is gone", sets)
	}
	if !strings.Contains(ids(plan), "remove-node/cka-cp-3 ") || !strings.Contains(ids(plan), "load-balancer/cka-hap-1") || strings.Contains(ids(plan), "join/") {
		t.Error(ids(plan))
	}
	var refused *joinplan.RefusedError
	if _, err := joinplan.Remove(given(old, observed(old, func(string) bool { return true })), "cka-cp-3"); !errors.As(err, &refused) {
		t.Errorf("a machine that is still described is removed: %v", err)
	}
}

func TestRebootingAWorkerLeavesTheLoadBalancersAlone(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	plan, err := joinplan.Reboot(given(spec, observed(spec, func(string) bool { return true })), "cka-wk-1")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ids(plan), "drain/cka-wk-1 reboot/cka-wk-1 uncordon/cka-wk-1"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRebootingChecksEtcdBeforeAndAfterAndWorksFromAnotherControlPlane(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	everything := observed(spec, func(string) bool { return true })
	plan, err := joinplan.Reboot(given(spec, everything), "cka-cp-1")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ids(plan), "drain/cka-cp-1 out-of-rotation/cka-hap-1 reboot/cka-cp-1 into-rotation/cka-hap-1 uncordon/cka-cp-1"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, step := range plan.Steps {
		for _, check := range step.Checks {
			if check.Host == "cka-cp-1" && check.Commands[0].Argv()[0] == "kubectl" {
				t.Errorf("%s is checked through the machine that goes away", step.ID)
			}
		}
	}
	down := everything
	down.Etcd.Statuses = down.Etcd.Statuses[:2]
	down.Etcd.Failures = []etcdcheck.Failure{{Endpoint: "https://192.168.51.83:2379", Error: "context deadline exceeded"}}
	var refused *joinplan.RefusedError
	if _, err := joinplan.Reboot(given(spec, down), "cka-cp-1"); !errors.As(err, &refused) {
		t.Errorf("with a member down a reboot is planned: %v", err)
	}
	alone := observed(spec, func(name string) bool { return name == "cka-cp-1" })
	if _, err := joinplan.Reboot(given(spec, alone), "cka-cp-1"); !errors.As(err, &refused) {
		t.Errorf("the only control plane is to reboot: %v", err)
	}
	if _, err := joinplan.Reboot(given(spec, everything), "nobody"); !errors.As(err, &refused) {
		t.Errorf("a machine that is none is to reboot: %v", err)
	}
}

func TestRebuildingResetsEveryMachineBeforeItIsTouched(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	plan, err := joinplan.Rebuild(joinplan.Input{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]string{}
	for _, step := range plan.Steps {
		if _, touched := first[step.Host]; !touched {
			first[step.Host] = step.ID.String()
		}
	}
	for _, node := range spec.Nodes() {
		if first[node.Name] != "reset/"+node.Name {
			t.Errorf("%s begins with %s", node.Name, first[node.Name])
		}
	}
	for _, step := range plan.Ready(nil) {
		if _, isNode := first[step.Host]; isNode && step.Host != "cka-hap-1" && step.ID.Kind != "reset" {
			t.Errorf("%s is ready before the reset", step.ID)
		}
	}
}

func ids(plan joinplan.Plan) string {
	var out []string
	for _, step := range plan.Steps {
		out = append(out, step.ID.String())
	}
	return strings.Join(out, " ")
}
