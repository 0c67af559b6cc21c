package joinplan_test

import (
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// lab is the cluster that the captured output in testdata is from.
func lab(t *testing.T) cluster.Spec {
	t.Helper()
	spec, err := cluster.Parse([]byte(`
apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
podSubnets: [10.244.0.0/16]
loadBalancers: [{name: cka-hap-1, address: 192.168.51.80/24}]
controlPlanes:
- {name: cka-cp-1, address: 192.168.51.81/24}
- {name: cka-cp-2, address: 192.168.51.82/24}
- {name: cka-cp-3, address: 192.168.51.83/24}
workers: [{name: cka-wk-1, address: 192.168.51.84/24}]
`))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// checkOf gives the first check of a kind among those of a step.
func checkOf(t *testing.T, step string, kind joinplan.CheckKind) joinplan.Check {
	t.Helper()
	spec := lab(t)
	for _, s := range create(t, spec, joinplan.Input{Credentials: someCredentials(spec)}).Steps {
		for _, check := range s.Checks {
			if s.ID == id(step) && check.Kind == kind {
				return check
			}
		}
	}
	t.Fatalf("step %s has no check of kind %s", step, kind)
	return joinplan.Check{}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// nodes is what `kubectl get nodes -o json` prints for a captured list.
func nodes(t *testing.T, name string) joinplan.Output {
	t.Helper()
	text, err := yaml.YAMLToJSON(read(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return joinplan.Output{Stdout: text}
}

func etcd(t *testing.T, state string, status int) []joinplan.Output {
	t.Helper()
	out := joinplan.Output{Stdout: read(t, state+"/endpoint-status.json.out"), Status: status}
	if status != 0 {
		out.Stderr = read(t, state+"/endpoint-status.json.err")
	}
	return []joinplan.Output{out, {Stdout: read(t, state+"/member-list.json.out")}}
}

func TestJudgeTellsWhatARealClusterLacks(t *testing.T) {
	t.Parallel()
	verify := "verify/cka-cp-1"
	for name, tc := range map[string]struct {
		step    string
		kind    joinplan.CheckKind
		outputs []joinplan.Output
		want    string // a part of the error; empty: the check holds
	}{
		"all nodes are Ready":              {verify, joinplan.CheckReady, []joinplan.Output{nodes(t, "nodes.yaml")}, ""},
		"a node is not Ready":              {verify, joinplan.CheckReady, []joinplan.Output{nodes(t, "nodes-one-down.yaml")}, "not Ready yet: cka-cp-3"},
		"a node that is down is a node":    {"join/cka-cp-3", joinplan.CheckRegistered, []joinplan.Output{nodes(t, "nodes-one-down.yaml")}, ""},
		"no nodes yet":                     {"join/cka-wk-1", joinplan.CheckRegistered, []joinplan.Output{{Stdout: []byte(`{"items":[]}`)}}, "no such node yet: cka-wk-1"},
		"no list":                          {verify, joinplan.CheckReady, []joinplan.Output{{Stdout: []byte("NAME STATUS\n")}}, "no list of nodes"},
		"the API is not up yet":            {verify, joinplan.CheckReady, []joinplan.Output{{Status: 1, Stderr: []byte("The connection was refused\n")}}, "connection was refused"},
		"etcd is healthy":                  {verify, joinplan.CheckEtcd, etcd(t, "healthy", 0), ""},
		"a member was never started":       {verify, joinplan.CheckEtcd, etcd(t, "unstarted-learner", 0), "never started"},
		"a member is down":                 {verify, joinplan.CheckEtcd, etcd(t, "one-down", 1), "cka-cp-3: it gave no status"},
		"etcdctl did not run":              {verify, joinplan.CheckEtcd, []joinplan.Output{{Status: 1, Stderr: []byte("error: pod not found\n")}, {Status: 1}}, "etcd"},
		"the endpoint resolves":            {"hosts/cka-wk-1", joinplan.CheckAddress, []joinplan.Output{{Stdout: []byte("192.168.51.80   k8s-vip cka-hap-1\n")}}, ""},
		"the endpoint resolves otherwise":  {"hosts/cka-wk-1", joinplan.CheckAddress, []joinplan.Output{{Stdout: []byte("127.0.1.1 k8s-vip\n")}}, "127.0.1.1"},
		"the endpoint does not resolve":    {"hosts/cka-wk-1", joinplan.CheckAddress, []joinplan.Output{{Status: 2}}, "exit status 2"},
		"the kubeconfig has the endpoint":  {"init/cka-cp-1", joinplan.CheckEquals, []joinplan.Output{{Stdout: []byte("https://k8s-vip:6443\n")}}, ""},
		"the kubeconfig has the node":      {"init/cka-cp-1", joinplan.CheckEquals, []joinplan.Output{{Stdout: []byte("https://192.168.51.81:6443")}}, "192.168.51.81"},
		"HAProxy runs":                     {"load-balancer/cka-hap-1", joinplan.CheckSucceeds, []joinplan.Output{{Stdout: []byte("active\n")}}, ""},
		"an output for another check":      {verify, joinplan.CheckEtcd, []joinplan.Output{{}}, "2 commands"},
		"etcd after the second join":       {"join/cka-cp-2", joinplan.CheckEtcd, etcd(t, "healthy", 0), ""},
		"etcd while the third never comes": {"join/cka-cp-3", joinplan.CheckEtcd, etcd(t, "one-down", 1), "cka-cp-3: it gave no status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := checkOf(t, tc.step, tc.kind).Judge(tc.outputs...)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v; want %q", err, tc.want)
			}
		})
	}
}

func TestAQuorumHoldsBesideAMemberThatIsDown(t *testing.T) {
	t.Parallel()
	check := checkOf(t, "verify/cka-cp-1", joinplan.CheckEtcd)
	outputs := []joinplan.Output{
		{Stdout: read(t, "one-down/endpoint-status.json.out"), Stderr: read(t, "one-down/endpoint-status.json.err"), Status: 1},
		{Stdout: read(t, "one-down/member-list.json.out")},
	}
	if err := check.Judge(outputs...); err == nil {
		t.Error("a member is down, and all is well")
	}
	check.Kind, check.Want = joinplan.CheckQuorum, check.Want[:2]
	if err := check.Judge(outputs...); err != nil {
		t.Error(err)
	}
	check.Want = append(check.Want, "https://192.168.51.83:2379")
	if err := check.Judge(outputs...); err == nil {
		t.Error("an endpoint that is wanted does not answer, and the check holds")
	}
}

func TestAMemberThatIsGoneIsNotInTheList(t *testing.T) {
	t.Parallel()
	list := joinplan.Output{Stdout: read(t, "healthy/member-list.json.out")}
	sample, err := etcdcheck.Parse(list.Stdout)
	if err != nil {
		t.Fatal(err)
	}
	for id, says := range map[string]string{
		sample.Members[0].ID.String(): "etcd still has the member " + sample.Members[0].ID.String(),
		"abc":                         "",
	} {
		check := joinplan.Check{Host: "cp-1", Kind: joinplan.CheckNoMember, Want: []string{id}, Commands: []kubeadmcmd.Command{kubeadmcmd.NewCommand("etcdctl")}}
		if err := check.Judge(list); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("member %s: got %v, want %q", id, err, says)
		}
		for _, nothing := range []string{"", "{}", "no etcd here"} {
			if err := check.Judge(joinplan.Output{Stdout: []byte(nothing)}); err == nil {
				t.Errorf("%q says that nobody is there", nothing)
			}
		}
	}
}
