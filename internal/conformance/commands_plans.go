package conformance

import (
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

// planned are the commands that plans have.
var planned = []string{
	"kubeadm init", "kubeadm init phase certs apiserver", "kubeadm init phase certs ca", "kubeadm init phase upload-certs", "kubeadm join", "kubeadm reset", "kubeadm token create",
	"kubectl config view", "kubectl delete", "kubectl drain", "kubectl exec", "kubectl get", "kubectl label", "kubectl replace",
	"kubectl rollout restart", "kubectl rollout status", "kubectl uncordon",
}

// TestPlanCommands fails for each kubeadm or kubectl command of a plan that this
// release does not take, or takes for another one than planned. The plans are of
// every kind; those of a conversion are made from the captures under root. It
// prints how many different commands there were.
func TestPlanCommands(t *testing.T, kubeadm Kubeadm, root string) {
	programs := map[string]func([]string) (Parsed, error){"kubeadm": kubeadm.Command}
	if kubeadm.Kubectl != nil {
		programs["kubectl"] = kubeadm.Kubectl
	}
	count := map[string]int{}
	for _, argv := range planCommands(t, root) {
		parse, known := programs[argv[0]]
		if !known {
			continue
		}
		got, err := parse(argv)
		if err != nil {
			t.Errorf("kubeadm %s: %q: %v", kubeadm.Version, argv, err)
		} else if !slices.Contains(planned, got.Command) {
			t.Errorf("kubeadm %s takes %q for %s", kubeadm.Version, argv, got.Command)
		}
		count[got.Command]++
	}
	for _, command := range planned {
		program, _, _ := strings.Cut(command, " ")
		if programs[program] != nil && count[command] == 0 {
			t.Errorf("no plan has %s", command)
		}
	}
	t.Logf("kubeadm %s: %s", kubeadm.Version, counts(count))
}

// planCommands are the different commands of many plans.
func planCommands(t *testing.T, root string) [][]string {
	t.Helper()
	all := map[string][]string{}
	add := func(c kubeadmcmd.Command) { all[strings.Join(c.Argv(), "\x00")] = c.Argv() }
	for _, plan := range slices.Concat(plans(t), conversions(t, root)) {
		for _, step := range plan.Steps {
			for _, action := range slices.Concat(step.Actions, step.Finally, step.Recover, step.Undo) {
				if run, ok := action.(joinplan.Run); ok {
					add(run.Command)
				}
			}
			for _, check := range slices.Concat(step.Done, step.HalfDone, step.Checks) {
				for _, command := range slices.Concat(check.Commands, check.ForPeople) {
					add(command)
				}
			}
		}
	}
	return slices.Collect(maps.Values(all))
}

// plans are one of each kind, with etcd on the control planes and without.
func plans(t *testing.T) []joinplan.Plan {
	t.Helper()
	var out []joinplan.Plan
	made := func(plan joinplan.Plan, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, plan)
	}
	for _, external := range []bool{false, true} {
		all := described(5, external)
		known := joinplan.Input{Credentials: kubeadmcmd.Credentials{
			Endpoint: "k8s-vip:6443", Token: kubeadmcmd.NewSecret(goodToken), CACertHashes: []string{goodHash}, CertificateKey: kubeadmcmd.NewSecret(goodKey),
		}}
		made(joinplan.Create(joinplan.Input{Spec: all}))
		made(joinplan.Create(given(all, known)))
		made(joinplan.Rebuild(given(all, known)))
		made(joinplan.ScaleOut(given(all, observed(described(3, external)))))
		made(joinplan.ScaleOut(given(all, observed(described(3, external)), known)))
		made(joinplan.Replace(given(described(3, external), observed(described(4, external)), known), "cp-4"))
		dead := observed(described(4, external))
		dead.State.Nodes[3].Ready = false
		made(joinplan.Replace(given(described(3, external), dead, known), "cp-4"))
		made(joinplan.Reboot(given(all, observed(all)), "cp-2"))
	}
	return out
}

// given is what the plan of a description is made from.
func given(spec cluster.Spec, parts ...joinplan.Input) joinplan.Input {
	in := joinplan.Input{Spec: spec}
	for _, part := range parts {
		if len(part.State.Nodes) > 0 {
			in.State, in.Etcd = part.State, part.Etcd
			continue
		}
		in.Credentials = part.Credentials
	}
	return in
}

// described is a cluster of n control planes and as many workers.
func described(n int, externalEtcd bool) cluster.Spec {
	spec := cluster.Spec{
		KubernetesVersion:    "v1.36.3",
		CRISocket:            "unix:///var/run/cri-dockerd.sock",
		ControlPlaneEndpoint: cluster.Endpoint{Host: "k8s-vip", Port: 6443},
		LoadBalancers:        []cluster.LoadBalancer{{Name: "lb-1", Address: netip.MustParsePrefix("192.168.51.10/24")}},
	}
	if externalEtcd {
		spec.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"https://10.9.0.1:2379"}, CAFile: "/etc/etcd/ca.crt", CertFile: "/etc/etcd/c.crt", KeyFile: "/etc/etcd/c.key"}
	}
	for i := range n {
		node := func(name string, last int) cluster.Node {
			addr := netip.AddrFrom4([4]byte{192, 168, 51, byte(last + i)})
			return cluster.Node{Name: fmt.Sprintf("%s-%d", name, i+1), Address: netip.PrefixFrom(addr, 24)}
		}
		spec.ControlPlanes, spec.Workers = append(spec.ControlPlanes, node("cp", 81)), append(spec.Workers, node("wk", 181))
		spec.Workers[i].Labels = map[string]string{"node-role.kubernetes.io/worker": "", "node-restriction.kubernetes.io/pool": "a"}
	}
	return spec
}

// observed is such a cluster as it says of itself, all well.
func observed(spec cluster.Spec) joinplan.Input {
	var o joinplan.Input
	text := "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: k8s-vip:6443\n"
	if spec.ExternalEtcd != nil {
		text += "etcd:\n  external:\n    endpoints: [" + strings.Join(spec.ExternalEtcd.Endpoints, ", ") + "]\n"
	}
	stored, err := kubeadmcfg.ParseStored(text)
	if err != nil {
		panic(err)
	}
	o.State.KubeadmConfig = stored
	for i, node := range spec.ControlPlanes {
		id, endpoint := etcdcheck.ID(i+1), "https://"+node.Address.Addr().String()+":2379"
		o.State.Nodes = append(o.State.Nodes, cluster.NodeState{Name: node.Name, ControlPlane: true, Ready: true})
		o.Etcd.Members = append(o.Etcd.Members, etcdcheck.Member{ID: id, Name: node.Name, ClientURLs: []string{endpoint}})
		o.Etcd.Statuses = append(o.Etcd.Statuses, etcdcheck.Status{
			Endpoint: endpoint, ClusterID: 7, MemberID: id, Leader: etcdcheck.Known(etcdcheck.ID(1)), Learner: etcdcheck.Known(false), Version: "3.6.16",
			RaftTerm: etcdcheck.Known(uint64(2)), RaftIndex: etcdcheck.Known(uint64(100)), RaftApplied: etcdcheck.Known(uint64(100)),
		})
	}
	for _, node := range spec.Workers {
		o.State.Nodes = append(o.State.Nodes, cluster.NodeState{Name: node.Name, Ready: true})
	}
	return o
}

// conversions are those of the captured clusters of package convert.
func conversions(t *testing.T, root string) []joinplan.Plan {
	t.Helper()
	var out []joinplan.Plan
	for _, archives := range [][]string{{"v1.37.txtar"}, {"v1.30.txtar", "everything.txtar"}} {
		var in convert.Input
		var captures [][]byte
		var err error
		for _, name := range archives {
			archive, readErr := txtar.ParseFile(filepath.Join(root, "joinplan/convert/testdata", name))
			if readErr != nil {
				t.Fatal(readErr)
			}
			for _, part := range archive.Files {
				host, path, isFile := strings.Cut(part.Name, "/")
				switch {
				case part.Name == "spec.yaml":
					if in.Spec, err = cluster.Parse(part.Data); err != nil {
						t.Fatal(err)
					}
				case isFile && host != "handed-in":
					in.Files = append(in.Files, convert.File{Host: host, Path: "/" + path, Content: joinplan.NewSecretContent(part.Data)})
				case !isFile:
					captures = append(captures, part.Data)
				}
			}
		}
		if in.Objects, err = cluster.ParseObjects(captures...); err != nil {
			t.Fatal(err)
		}
		plan, err := convert.Plan(in)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, plan)
	}
	return out
}
