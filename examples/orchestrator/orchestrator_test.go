package orchestrator_test

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/examples/orchestrator"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

func threeControlPlanes() cluster.Spec {
	return cluster.Spec{
		KubernetesVersion:    "v1.37.2",
		ControlPlaneEndpoint: cluster.Endpoint{Host: "k8s-vip", Port: 6443},
		PodSubnets:           []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")},
		LoadBalancers:        []cluster.LoadBalancer{{Name: "lb-1", Address: netip.MustParsePrefix("192.168.51.80/24")}},
		ControlPlanes: []cluster.Node{
			{Name: "cp-1", Address: netip.MustParsePrefix("192.168.51.81/24")},
			{Name: "cp-2", Address: netip.MustParsePrefix("192.168.51.82/24")},
			{Name: "cp-3", Address: netip.MustParsePrefix("192.168.51.83/24")},
		},
		Workers: []cluster.Node{
			{Name: "wk-1", Address: netip.MustParsePrefix("192.168.51.84/24")},
			{Name: "wk-2", Address: netip.MustParsePrefix("192.168.51.85/24")},
		},
	}
}

func create(spec cluster.Spec) orchestrator.Planner {
	return func(in joinplan.Input) (joinplan.Plan, error) {
		in.Spec = spec
		return joinplan.Create(in)
	}
}

func TestBringsUpAClusterOnVirginMachines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spec := threeControlPlanes()
		lab := newMachines(t, spec)
		o := orchestrator.Orchestrator{Transport: lab}
		if err := o.Run(t.Context(), create(spec)); err != nil {
			t.Fatal(err)
		}
		if len(lab.joined) != 5 || lab.joined[0] != "cp-1" {
			t.Errorf("the cluster has %v, want cp-1 first and all five machines", lab.joined)
		}
		if got := lab.files["lb-1:"+joinplan.HAProxyCAPath]; got != "the cluster's CA" {
			t.Errorf("the load balancer has %q for the CA", got)
		}
		if hosts := lab.files["wk-2:/etc/hosts"]; !strings.HasPrefix(hosts, "127.0.0.1 localhost\n# BEGIN haplane kubernetes\n") {
			t.Errorf("wk-2 has the hosts file\n%s", hosts)
		}
	})
}

func TestGoesOnWhereItFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spec := threeControlPlanes()
		lab := newMachines(t, spec)
		lab.broken["cp-2: kubeadm join --config /etc/kubernetes/kubeadm-join.yaml"] = 1
		o := orchestrator.Orchestrator{Transport: lab}
		err := o.Run(t.Context(), create(spec))
		if err == nil || !strings.Contains(err.Error(), "step join/cp-2 on cp-2: kubeadm join --config /etc/kubernetes/kubeadm-join.yaml: exit status 1: out of order") {
			t.Fatalf("the error does not say what failed: %v", err)
		}
		for name := range lab.files {
			if strings.HasSuffix(name, ":"+joinplan.JoinPath) {
				t.Errorf("the token and the key are left in %s", name)
			}
		}
		if err := o.Run(t.Context(), create(spec)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"cp-1", "cp-2", "cp-3", "wk-1", "wk-2"}, slices.Sorted(slices.Values(lab.joined))); diff != "" {
			t.Errorf("not every machine joined exactly once (-want +got):\n%s", diff)
		}
	})
}

// What an API server mounts can be a directory, and holds the encryption key.
func TestCopiesDirectoriesAndWidensNoMode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lab := newMachines(t, threeControlPlanes())
		for path, mode := range map[string]fs.FileMode{"/etc/enc/config.yaml": 0o644, "/etc/enc/deep/key": 0o400, "/etc/encode": 0o644} {
			lab.files["cp-1:"+path], lab.modes["cp-1:"+path] = "text of "+path, mode
		}
		step := joinplan.Step{ID: joinplan.KindJoin.Step("cp-2"), Host: "cp-2", Actions: []joinplan.Action{
			joinplan.CopyFile{FromHost: "cp-1", FromPath: "/etc/enc", Path: "/etc/enc", Mode: 0o600},
		}}
		o := orchestrator.Orchestrator{Transport: lab}
		planner := func(joinplan.Input) (joinplan.Plan, error) {
			return joinplan.Finish(joinplan.Plan{Steps: []joinplan.Step{step}})
		}
		if err := o.Run(t.Context(), planner); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]fs.FileMode{"/etc/enc/config.yaml": 0o600, "/etc/enc/deep/key": 0o400} {
			if text, mode := lab.files["cp-2:"+path], lab.modes["cp-2:"+path]; text != "text of "+path || mode != want {
				t.Errorf("%s is %q with the mode %o, not %o", path, text, mode, want)
			}
		}
		if _, there := lab.files["cp-2:/etc/encode"]; there {
			t.Error("it copied more than the directory")
		}
		step.Actions = []joinplan.Action{joinplan.CopyFile{FromHost: "cp-1", FromPath: "/etc/none", Path: "/etc/none", Mode: 0o600}}
		o.Progress = joinplan.Progress{}
		if err := o.Run(t.Context(), planner); err == nil {
			t.Error("what is not there was copied")
		}
	})
}

func TestDoesNotRepeatActionsBecauseOfAChecksFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spec := threeControlPlanes()
		lab := newMachines(t, spec)
		lab.broken["cp-1: kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o json"] = 1000
		o := orchestrator.Orchestrator{Transport: lab}
		begin := time.Now()
		err := o.Run(t.Context(), create(spec))
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "step init/cp-1 on cp-1: ") {
			t.Fatalf("the error does not say what took too long: %v", err)
		}
		if took := time.Since(begin); took < orchestrator.Patience {
			t.Errorf("gave up after %v", took)
		}
		clear(lab.broken)
		if err := o.Run(t.Context(), create(spec)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"cp-1", "cp-2", "cp-3", "wk-1", "wk-2"}, slices.Sorted(slices.Values(lab.joined))); diff != "" {
			t.Errorf("not every machine joined exactly once (-want +got):\n%s", diff)
		}
	})
}

// What was saved is enough for another process: what kubeadm printed is printed
// again.
func TestAnotherProcessGoesOnFromWhatWasSaved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spec := threeControlPlanes()
		lab := newMachines(t, spec)
		lab.broken["cp-3: kubeadm join --config /etc/kubernetes/kubeadm-join.yaml"] = 1
		var saved []byte
		first := orchestrator.Orchestrator{Transport: lab, Save: func(p joinplan.Progress) error {
			saved = p.Bytes()
			return nil
		}}
		if err := first.Run(t.Context(), create(spec)); err == nil {
			t.Fatal("the join of cp-3 did not fail")
		}
		plan, err := create(spec)(joinplan.Input{})
		if err != nil {
			t.Fatal(err)
		}
		progress, err := plan.ParseProgress(saved)
		if err != nil {
			t.Fatal(err)
		}
		second := orchestrator.Orchestrator{Transport: lab, Progress: progress}
		if err := second.Run(t.Context(), create(spec)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"cp-1", "cp-2", "cp-3", "wk-1", "wk-2"}, slices.Sorted(slices.Values(lab.joined))); diff != "" {
			t.Errorf("not every machine joined exactly once (-want +got):\n%s", diff)
		}
	})
}

func TestRefusesTheProgressOfAnotherPlan(t *testing.T) {
	t.Parallel()
	spec := threeControlPlanes()
	o := orchestrator.Orchestrator{Transport: newMachines(t, spec), Progress: joinplan.Progress{Plan: "sha256:0"}}
	if err := o.Run(t.Context(), create(spec)); err == nil || !strings.Contains(err.Error(), "another plan") {
		t.Errorf("got %v", err)
	}
}

// A process that died knows nothing any more: the next one looks at the cluster.
func TestAnotherProcessAddsWhatTheClusterLacks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spec := threeControlPlanes()
		lab := newMachines(t, spec)
		lab.broken["cp-3: kubeadm join --config /etc/kubernetes/kubeadm-join.yaml"] = 1
		first := orchestrator.Orchestrator{Transport: lab}
		if err := first.Run(t.Context(), create(spec)); err == nil {
			t.Fatal("the join of cp-3 did not fail")
		}
		observed, err := lab.observe()
		if err != nil {
			t.Fatal(err)
		}
		second := orchestrator.Orchestrator{Transport: lab}
		err = second.Run(t.Context(), func(in joinplan.Input) (joinplan.Plan, error) {
			in.Spec, in.State, in.Etcd = spec, observed.State, observed.Etcd
			return joinplan.ScaleOut(in)
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"cp-1", "cp-2", "cp-3", "wk-1", "wk-2"}, slices.Sorted(slices.Values(lab.joined))); diff != "" {
			t.Errorf("not every machine joined exactly once (-want +got):\n%s", diff)
		}
	})
}

func TestStepsAreDoneOnlyAfterTheCallersPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spec := threeControlPlanes()
		o := orchestrator.Orchestrator{Transport: newMachines(t, spec)}
		notYet := errors.New("no pod network yet")
		o.After = func(_ context.Context, step joinplan.Step) error {
			if step.ID.String() == "pod-network/cp-1" {
				return notYet
			}
			return nil
		}
		if err := o.Run(t.Context(), create(spec)); !errors.Is(err, notYet) {
			t.Fatalf("got %v, want the caller's error", err)
		}
		if done := o.Progress.Done(); slices.Contains(done, joinplan.KindPodNetwork.Step("cp-1")) || slices.Contains(done, joinplan.KindVerify.Step("cp-1")) {
			t.Errorf("done are %v", done)
		}
	})
}

func TestSecretsDoNotShowInErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spec := threeControlPlanes()
		lab := newMachines(t, spec)
		for _, node := range spec.Nodes() {
			lab.broken[node.Name+": kubeadm join --config /etc/kubernetes/kubeadm-join.yaml"] = 1
		}
		o := orchestrator.Orchestrator{Transport: lab}
		err := o.Run(t.Context(), create(spec))
		if err == nil {
			t.Fatal("the joins did not fail")
		}
		for _, secret := range []string{o.Credentials.Token.Reveal(), o.Credentials.CertificateKey.Reveal()} {
			if secret == "" || strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the secret %q: %v", secret, err)
			}
		}
	})
}

func TestEndsWhenTheCallerCancels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spec := threeControlPlanes()
		lab := newMachines(t, spec)
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		lab.broken["lb-1: systemctl is-active haproxy"] = 1000
		o := orchestrator.Orchestrator{Transport: lab}
		begin := time.Now()
		if err := o.Run(ctx, create(spec)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the caller's deadline", err)
		}
		if took := time.Since(begin); took > 2*time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}
