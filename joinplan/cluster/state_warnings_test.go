package cluster_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/kubeadmcfg"
)

// well is a cluster that nothing is wrong with.
func well(t *testing.T) cluster.State {
	t.Helper()
	state, err := cluster.ParseState(captured(t, everything...)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cka-cp-1", "cka-cp-2", "cka-cp-3"} {
		state.APIServers = append(state.APIServers, cluster.APIServerState{Node: name, AnonymousAuth: true})
	}
	return state
}

// unreadable is a cluster whose ClusterConfiguration is no YAML.
func unreadable() cluster.State {
	return cluster.FromObjects(cluster.Objects{ConfigMaps: []corev1.ConfigMap{{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "kubeadm-config"},
		Data:       map[string]string{"ClusterConfiguration": "kind: ClusterConfiguration\n{"},
	}}})
}

func TestWarnsOfWhatIsWrongInACluster(t *testing.T) {
	t.Parallel()
	config := func(fields string) kubeadmcfg.Stored {
		stored, err := kubeadmcfg.ParseStored("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n" + fields)
		if err != nil {
			t.Fatal(err)
		}
		return stored
	}
	for name, test := range map[string]struct {
		change func(*cluster.State)
		want   []string
	}{
		"nothing":                  {func(*cluster.State) {}, nil},
		"a node that is not Ready": {func(s *cluster.State) { s.Nodes[3].Ready = false }, []string{"nodes[3]: cka-wk-1: the node is not Ready; kubectl describe node cka-wk-1 says more [node-not-ready]"}},
		"a cordoned node":          {func(s *cluster.State) { s.Nodes[0].Unschedulable = true }, []string{"nodes[0]: cka-cp-1: the node is cordoned: no new pod comes to it; kubectl uncordon cka-cp-1 [node-cordoned]"}},
		"no room": {func(s *cluster.State) { s.Nodes[1].Conditions = []string{"DiskPressure"} },
			[]string{"nodes[1]: cka-cp-2: the node has the condition DiskPressure; kubectl describe node cka-cp-2 says more [node-condition]"}},
		"flannel on another interface": {func(s *cluster.State) {
			s.Nodes[0].TunnelAddress, s.Nodes[3].TunnelAddress = s.Nodes[0].Addresses[0], netip.MustParseAddr("10.0.2.15")
		}, []string{"nodes[3]: cka-wk-1: the pod network reaches the node at 10.0.2.15, which is none of its addresses: it took another interface; say which interface it shall take (flannel: --iface) [pod-network-elsewhere]"}},
		"half an upgrade": {func(s *cluster.State) { s.Nodes[2].KubeletVersion = "v1.36.3" }, []string{"nodes: the kubelets are of different versions: v1.36.3 on cka-cp-3; v1.37.2 on cka-cp-1, cka-cp-2, cka-wk-1; finish the upgrade [kubelet-versions]"}},
		"a wrong prefix length": {func(s *cluster.State) {
			for i, p := range []string{"192.168.51.81/24", "192.168.51.82/24", "192.168.51.83/25", "10.0.0.1/16"} {
				s.Nodes[i].Network = netip.MustParsePrefix(p)
			}
		}, []string{"nodes: nodes of one network have different prefix lengths: /24 on cka-cp-1, cka-cp-2; /25 on cka-cp-3: routes that the pod network makes of them can cut machines off; mend the address on the hosts that differ [prefix-length-differs]"}},
		"no endpoint": {func(s *cluster.State) { s.KubeadmConfig = config("") },
			[]string{"kubeadmConfig: the cluster has no control-plane endpoint: everything in it names one machine, and no control plane can join; convert it [no-endpoint]"}},
		"cluster-info of before the conversion": {func(s *cluster.State) { s.ClusterInfo.Server = "https://192.168.51.81:6443" },
			[]string{"clusterInfo: it sends machines that join to https://192.168.51.81:6443, and the endpoint is https://k8s-vip:6443; convert it (the phase bootstrap-token copies the server of admin.conf, so it mends nothing while that is the old one) [cluster-info-elsewhere]"}},
		"two control planes": {func(s *cluster.State) { s.Nodes[2].ControlPlane = false },
			[]string{"nodes: two control planes tolerate no loss at all, and double the chance of one: etcd needs both for its quorum; use three [two-control-planes]"}},
		"two control planes with an etcd of its own": {func(s *cluster.State) {
			s.Nodes[2].ControlPlane = false
			s.KubeadmConfig = config("controlPlaneEndpoint: k8s-vip:6443\netcd: {external: {endpoints: [\"https://10.9.0.1:2379\"]}}\n")
		}, nil},
		"a token that nobody signed with": {func(s *cluster.State) { s.ClusterInfo.SignedBy = s.ClusterInfo.SignedBy[:2] },
			[]string{"tokens[2]: cluster-info is not signed by token w0w0gn, so that a join with it fails; see that the controller manager runs, which signs within seconds, and that the token has not expired [token-not-signed]"}},
		"no anonymous requests": {func(s *cluster.State) { s.APIServers[1].AnonymousAuth = false },
			[]string{"apiServers[1]: cka-cp-2: the API server takes no anonymous requests: no machine can join by a token, and health checks without a certificate fail; join with a discovery file (kubeadm join --discovery-file), and give what checks the API servers' health a client certificate [no-anonymous]"}},
		"an API server without a file": {func(s *cluster.State) {
			s.APIServers[0].ExtraFiles, s.APIServers[2].ExtraFiles = []string{"/etc/enc.yaml"}, []string{"/etc/enc.yaml"}
		}, []string{"apiServers[1]: the API server of cka-cp-2 does not have /etc/enc.yaml, which that of cka-cp-1 has: they answer differently; put the files there, and the flags that name them [api-servers-differ]"}},
		"what may not be seen": {func(s *cluster.State) {
			s.Absent = []cluster.Absence{{What: "nodes", Reason: cluster.Forbidden}, {What: "secret kube-system/kubeadm-certs", Reason: cluster.NotFound}}
		}, []string{"absent[0]: nodes: you may not see it, so nothing is known of it; ask with admin.conf [not-allowed]"}},
		"a configuration that is none": {func(s *cluster.State) { *s = unreadable() },
			[]string{"absent[0]: configmap kube-system/kubeadm-config cannot be read, so nothing is known of it: kubeadm:2:1: not valid YAML: could not find expected ':'; mend it: kubectl edit -n kube-system configmap kubeadm-config [unreadable]"}},
		"no cluster": {func(s *cluster.State) { *s = cluster.State{} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := well(t)
			test.change(&state)
			var got []string
			for _, w := range state.Warnings() {
				got = append(got, w.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAStateIsPrintedForPeople(t *testing.T) {
	t.Parallel()
	stored, err := kubeadmcfg.ParseStored("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n")
	if err != nil {
		t.Fatal(err)
	}
	state := cluster.State{
		KubeadmConfig: stored,
		Nodes: []cluster.NodeState{
			{Name: "cp-1", ControlPlane: true, Ready: true, Unschedulable: true, KubeletVersion: "v1.37.2", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1")}},
			{Name: "wk-1"},
		},
		Tokens:       []cluster.TokenState{{ID: "abcdef", Signing: true}, {ID: "ghijkl", Expires: time.Date(2026, 5, 1, 12, 0, 0, 0, time.FixedZone("", 3600))}},
		Certificates: cluster.CertificatesState{Uploaded: true},
		APIServers:   []cluster.APIServerState{{Node: "cp-1", ExtraFiles: []string{"/etc/enc.yaml", "/etc/audit"}}},
		Absent:       []cluster.Absence{{What: "nodes", Reason: cluster.Forbidden}},
	}
	const want = `Kubernetes v1.37.2, endpoint none

NODE  ROLE           STATUS           VERSION  ADDRESS
cp-1  control plane  Ready, cordoned  v1.37.2  10.0.0.1,fd00::1
wk-1  worker         NotReady         -        -

token abcdef: signs without an end
token ghijkl: is of no use until 2026-05-01T11:00:00Z
certificates for control planes that join: uploaded, without an end
API server of cp-1: needs /etc/enc.yaml, /etc/audit
nodes: forbidden
`
	if diff := cmp.Diff(want, string(state.Bytes())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := string(cluster.State{}.Bytes()), "the cluster's configuration was not seen\n\ncertificates for control planes that join: not seen\n"; got != want {
		t.Errorf("of nothing: %q", got)
	}
}
