package goldens_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/examples/goldens"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/kubeadmcfg"
)

// A warning is either mended or listed here, with the reason why it may stay.
func TestWarnsOfNothingThatNobodyAccepted(t *testing.T) {
	t.Parallel()
	accepted := []cluster.Finding(nil)
	if diff := cmp.Diff(accepted, plan(t, goldens.Shop()).Warnings, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the warnings differ from those that were accepted (-accepted +made):\n%s", diff)
	}
}

func TestSurvivesTheLossOfOneControlPlane(t *testing.T) {
	t.Parallel()
	if n := len(goldens.Shop().ControlPlanes); etcdcheck.Tolerates(n) < 1 {
		t.Errorf("with %d control planes etcd tolerates no loss", n)
	}
}

func TestControlPlanesJoinOneAfterAnother(t *testing.T) {
	t.Parallel()
	var chain []string
	for _, step := range plan(t, goldens.Shop()).Steps {
		if step.ID.Kind == joinplan.KindJoin && strings.HasPrefix(step.Host, "cp-") {
			chain = append(chain, step.ID.String()+" after "+step.Needs[len(step.Needs)-1].String())
		}
	}
	want := []string{"join/cp-2 after upload-certs/cp-1", "join/cp-3 after join/cp-2"}
	if diff := cmp.Diff(want, chain); diff != "" {
		t.Errorf("the order differs (-want +got):\n%s", diff)
	}
}

func TestLoadBalancersAskEveryControlPlane(t *testing.T) {
	t.Parallel()
	spec := goldens.Shop()
	config, err := joinplan.HAProxyConfig(joinplan.Input{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, node := range spec.ControlPlanes {
		want = append(want, node.Name)
	}
	for _, server := range config.Backends[0].Servers {
		got = append(got, server.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the servers of %s differ (-want +got):\n%s", config.Backends[0].Name, diff)
	}
}

// The order in which workers are listed is nobody's business.
func TestTheOrderOfWorkersDoesNotShow(t *testing.T) {
	t.Parallel()
	shuffled := goldens.Shop()
	slices.Reverse(shuffled.Workers)
	addresses := cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})
	if diff := cmp.Diff(plan(t, goldens.Shop()), plan(t, shuffled), addresses); diff != "" {
		t.Errorf("the plan differs:\n%s", diff)
	}
}

// A control plane may be rebooted while the two others are well, and not while
// one of them is away.
func TestRebootsOnlyWhileTheOthersAreWell(t *testing.T) {
	t.Parallel()
	if _, err := joinplan.Reboot(observed("cp-1", "cp-2", "cp-3"), "cp-2"); err != nil {
		t.Errorf("with all three: %v", err)
	}
	_, err := joinplan.Reboot(observed("cp-1", "cp-2"), "cp-2")
	var refused *joinplan.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("with cp-3 away: got %v, want a refusal", err)
	}
	const want = "without it 1 of 3 voters work together, and 2 must: the cluster would stand still"
	if !strings.Contains(err.Error(), want) {
		t.Errorf("with cp-3 away: got %v, want a refusal that says %q", err, want)
	}
}

// observed is what the cluster says of itself while these control planes answer.
func observed(answering ...string) joinplan.Input {
	stored, err := kubeadmcfg.ParseStored("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n" +
		"controlPlaneEndpoint: " + goldens.Shop().ControlPlaneEndpoint.String() + "\n")
	if err != nil {
		panic(err)
	}
	o := joinplan.Input{Spec: goldens.Shop(), State: cluster.State{KubeadmConfig: stored}}
	for i, node := range goldens.Shop().ControlPlanes {
		id, url := etcdcheck.ID(i+1), "https://"+node.Address.Addr().String()+":2379"
		up := slices.Contains(answering, node.Name)
		o.State.Nodes = append(o.State.Nodes, cluster.NodeState{Name: node.Name, ControlPlane: true, Ready: up})
		o.Etcd.Members = append(o.Etcd.Members, etcdcheck.Member{ID: id, Name: node.Name, ClientURLs: []string{url}, Learner: etcdcheck.Known(false)})
		if up {
			o.Etcd.Statuses = append(o.Etcd.Statuses, etcdcheck.Status{
				Endpoint: url, MemberID: id, Leader: etcdcheck.Known(etcdcheck.ID(1)), RaftTerm: etcdcheck.Known(uint64(2)),
				RaftIndex: etcdcheck.Known(uint64(100)), RaftApplied: etcdcheck.Known(uint64(100)),
			})
		}
	}
	return o
}
