package cluster_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

func captured(t *testing.T, names ...string) [][]byte {
	t.Helper()
	var out [][]byte
	for _, name := range names {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

var everything = []string{"nodes.yaml", "configmap-kubeadm-config.yaml", "configmap-kubelet-config.yaml", "configmap-cluster-info.yaml", "secrets-kube-system.yaml"}

func TestReadsTheStateOfARealCluster(t *testing.T) {
	t.Parallel()
	state, err := cluster.ParseState(captured(t, everything...)...)
	if err != nil {
		t.Fatal(err)
	}
	var nodes []string
	for _, n := range state.Nodes {
		nodes = append(nodes, fmt.Sprint(n.Name, " ", n.Addresses, " control plane ", n.ControlPlane, " ready ", n.Ready, " ", n.KubeletVersion))
	}
	wantNodes := []string{
		"cka-cp-1 [192.168.51.81] control plane true ready true v1.37.2",
		"cka-cp-2 [192.168.51.82] control plane true ready true v1.37.2",
		"cka-cp-3 [192.168.51.83] control plane true ready true v1.37.2",
		"cka-wk-1 [192.168.51.84] control plane false ready true v1.37.2",
	}
	if diff := cmp.Diff(wantNodes, nodes); diff != "" {
		t.Errorf("nodes:\n%s", diff)
	}
	if state.KubeadmConfig.APIVersion != "kubeadm.k8s.io/v1beta4" || !strings.Contains(state.KubeadmConfig.Text, "controlPlaneEndpoint: k8s-vip:6443") {
		t.Errorf("kubeadm-config: %+v", state.KubeadmConfig)
	}
	if !strings.Contains(state.KubeletConfig, "kind: KubeletConfiguration") {
		t.Errorf("kubelet-config: %q", state.KubeletConfig)
	}
	hashes, err := kubeadmcmd.CACertHashes(captured(t, "ca.crt")[0])
	if err != nil {
		t.Fatal(err)
	}
	wantInfo := cluster.ClusterInfo{Server: "https://k8s-vip:6443", CACertHashes: hashes, SignedBy: []string{"8qrbfm", "is509p", "w0w0gn"}}
	if diff := cmp.Diff(wantInfo, state.ClusterInfo); diff != "" {
		t.Errorf("cluster-info:\n%s", diff)
	}
	wantTokens := []cluster.TokenState{
		{ID: "8qrbfm", Expires: time.Date(2026, 11, 23, 19, 54, 17, 0, time.UTC), Signing: true, Authentication: true},
		{ID: "is509p", Expires: time.Date(2026, 11, 23, 19, 52, 2, 0, time.UTC), Signing: true, Authentication: true},
		{ID: "w0w0gn", Expires: time.Date(2026, 11, 23, 19, 54, 17, 0, time.UTC), Signing: true, Authentication: true},
	}
	if diff := cmp.Diff(wantTokens, state.Tokens); diff != "" {
		t.Errorf("tokens:\n%s", diff)
	}
	if !state.Certificates.Uploaded || !state.Certificates.Expires.After(time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)) {
		t.Errorf("certificates: %+v", state.Certificates)
	}
}

func TestJSONAndYAMLAndOrderGiveTheSameState(t *testing.T) {
	t.Parallel()
	texts := captured(t, everything...)
	want, err := cluster.ParseState(texts...)
	if err != nil {
		t.Fatal(err)
	}
	var inJSON [][]byte
	for _, text := range texts {
		converted, err := yaml.YAMLToJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		inJSON = append([][]byte{converted}, inJSON...)
	}
	got, err := cluster.ParseState(inJSON...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, compareNetip); diff != "" {
		t.Error(diff)
	}
}

func TestAStateHoldsNoSecret(t *testing.T) {
	t.Parallel()
	state, err := cluster.ParseState(captured(t, everything...)...)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"h1o55erinv1mb517", "9renby6xx0b6r3vt"} {
		if strings.Contains(string(text), secret) || strings.Contains(fmt.Sprintf("%#v", state), secret) {
			t.Errorf("the secret half of a token is in the state")
		}
	}
}

func TestReadsThePlainTableOfNodesAsFarAsItGoes(t *testing.T) {
	t.Parallel()
	state, err := cluster.ParseState(captured(t, "kubectl-get-nodes.txt")...)
	if err != nil {
		t.Fatal(err)
	}
	if len(state.Nodes) != 6 || !state.Nodes[0].ControlPlane || !state.Nodes[0].Ready || state.Nodes[3].ControlPlane || state.Nodes[3].KubeletVersion != "v1.24.1" {
		t.Errorf("%+v", state.Nodes)
	}
}

func TestTellsWhatIsNotThereFromWhatMayNotBeSeen(t *testing.T) {
	t.Parallel()
	state, err := cluster.ParseState(
		[]byte(`Error from server (NotFound): secrets "kubeadm-certs" not found`),
		[]byte(`Error from server (Forbidden): configmaps "kubeadm-config" is forbidden: User "bob" cannot get resource`+"\n"),
	)
	want := []cluster.Absence{
		{What: "secrets kubeadm-certs", Reason: cluster.NotFound},
		{What: "configmaps kubeadm-config", Reason: cluster.Forbidden},
	}
	if diff := cmp.Diff(want, state.Absent); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestReadsWhatTheJoinOfAControlPlaneNeedsFromTheAPIServersPod(t *testing.T) {
	t.Parallel()
	hostPath := func(path string) corev1.Volume {
		return corev1.Volume{VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: path}}}
	}
	var pod corev1.Pod
	pod.Namespace, pod.Labels, pod.Spec.NodeName = "kube-system", map[string]string{"component": "kube-apiserver"}, "cp-1"
	pod.Spec.Volumes = []corev1.Volume{hostPath("/etc/kubernetes/pki"), hostPath("/etc/kubernetes/enc/enc.yaml"), hostPath("/etc/ssl/certs"), hostPath("/etc/kubernetes/audit")}
	pod.Spec.Containers = []corev1.Container{{Command: []string{"kube-apiserver", "--anonymous-auth=false"}}}
	got := cluster.FromObjects(cluster.Objects{Pods: []corev1.Pod{pod, {}}}).APIServers
	want := []cluster.APIServerState{{Node: "cp-1", ExtraFiles: []string{"/etc/kubernetes/audit", "/etc/kubernetes/enc/enc.yaml"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadsTheNetworkThatCalicoFoundOnANode(t *testing.T) {
	t.Parallel()
	var node corev1.Node
	node.Name = "wk-1"
	node.Annotations = map[string]string{
		"projectcalico.org/IPv4Address":          "192.168.51.84/25",
		"kubeadm.alpha.kubernetes.io/cri-socket": "unix:///var/run/cri-dockerd.sock",
	}
	got := cluster.FromObjects(cluster.Objects{Nodes: []corev1.Node{node}}).Nodes[0]
	if got.Network != netip.MustParsePrefix("192.168.51.84/25") || got.CRISocket != "unix:///var/run/cri-dockerd.sock" {
		t.Errorf("%+v", got)
	}
	node.Annotations = map[string]string{"projectcalico.org/IPv6Address": "fd00::84/64", "flannel.alpha.coreos.com/public-ip": "10.0.2.15"}
	got = cluster.FromObjects(cluster.Objects{Nodes: []corev1.Node{node}}).Nodes[0]
	if got.Network != netip.MustParsePrefix("fd00::84/64") || got.TunnelAddress != netip.MustParseAddr("10.0.2.15") {
		t.Errorf("%+v", got)
	}
}

func TestReadsTheConditionsThatAreNoGood(t *testing.T) {
	t.Parallel()
	var node corev1.Node
	node.Status.Conditions = []corev1.NodeCondition{
		{Type: corev1.NodeReady, Status: corev1.ConditionTrue}, {Type: corev1.NodeDiskPressure, Status: corev1.ConditionTrue},
		{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionFalse}, {Type: corev1.NodePIDPressure, Status: corev1.ConditionUnknown},
		{Type: "KernelDeadlock", Status: corev1.ConditionTrue},
	}
	got := cluster.FromObjects(cluster.Objects{Nodes: []corev1.Node{node}}).Nodes[0]
	if diff := cmp.Diff([]string{"DiskPressure"}, got.Conditions); diff != "" || !got.Ready {
		t.Errorf("Ready %v, conditions:\n%s", got.Ready, diff)
	}
}

func TestCapturesThatSayNothingAreErrorsWithTheirNumber(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "prose": "hello\n", "a number": "5", "broken": `{"kind":`} {
		_, err := cluster.ParseState(captured(t, "nodes.yaml")[0], []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "capture 2: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseState(f *testing.F) {
	for _, name := range append(everything, "kubectl-get-nodes.txt") {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"kind":"NodeList","items":[{"metadata":{"name":"a"}},{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		state, err := cluster.ParseState(data)
		if again, errAgain := cluster.ParseState(data); (err == nil) != (errAgain == nil) || !cmp.Equal(state, again, compareNetip) {
			t.Error("the same capture read twice differs")
		}
		if len(state.Bytes()) == 0 || !cmp.Equal(state.Warnings(), state.Warnings()) {
			t.Error("a state that says nothing, or something else each time")
		}
	})
}
