package kubestate

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/joinplan/kubestate"
)

// asked are the things that kubestate asks for, as a person asks kubectl, and
// how it names what does not come.
var asked = []struct {
	kubectl []string
	what    string
}{
	{[]string{"nodes"}, "nodes"},
	{[]string{"configmap", "-n", "kube-system", "kubeadm-config"}, "configmap kube-system/kubeadm-config"},
	{[]string{"configmap", "-n", "kube-system", "kubelet-config"}, "configmap kube-system/kubelet-config"},
	{[]string{"configmap", "-n", "kube-public", "cluster-info"}, "configmap kube-public/cluster-info"},
	{[]string{"secrets", "-n", "kube-system", "--field-selector", "type=bootstrap.kubernetes.io/token"}, "bootstrap tokens"},
	{[]string{"secret", "-n", "kube-system", "kubeadm-certs"}, "secret kube-system/kubeadm-certs"},
	{[]string{"pods", "-n", "kube-system", "-l", "component=kube-apiserver"}, "pods of kube-apiserver"},
}

// fromKubectl is what a user's kubectl prints, read by the library.
func (s *server) fromKubectl(user string) cluster.State {
	s.t.Helper()
	var captures [][]byte
	for _, a := range asked {
		out, err := command(s.t, "kubectl", append(append([]string{"get", "-o", "json"}, a.kubectl...), "--kubeconfig", s.kubeconfig(user))...)
		if err != nil && !bytes.Contains(out, []byte("Error from server (")) {
			s.t.Fatal(err)
		}
		captures = append(captures, out)
	}
	state, err := cluster.ParseState(captures...)
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

func (s *server) fromClient(user string) cluster.State {
	s.t.Helper()
	state, err := kubestate.Read(context.Background(), s.client(user))
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

var equateNetip = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

func TestAClusterThatKubeadmFilled(t *testing.T) {
	s := start(t)
	s.fill()
	state := s.fromClient(reader)
	t.Run("is read as from kubectl", func(t *testing.T) {
		if diff := cmp.Diff(s.fromKubectl(admin), state, equateNetip); diff != "" {
			t.Errorf("(-kubectl +kubestate):\n%s", diff)
		}
	})
	t.Run("is read whole", func(t *testing.T) { s.checkWhole(t, state) })
	t.Run("is only read", s.checkAudit)
	t.Run("shows a user without rights nothing", func(t *testing.T) {
		var want []cluster.Absence
		for _, a := range asked {
			want = append(want, cluster.Absence{What: a.what, Reason: cluster.Forbidden})
		}
		if diff := cmp.Diff(cluster.State{Absent: want}, s.fromClient(nobody)); diff != "" {
			t.Error(diff)
		}
		checkReasons(t, s.fromKubectl(nobody), cluster.Forbidden, len(asked))
	})
	t.Run("shows a viewer neither secrets nor nodes", func(t *testing.T) {
		want := state
		want.Nodes, want.Tokens, want.Certificates = nil, nil, cluster.CertificatesState{}
		for _, i := range []int{0, 4, 5} {
			want.Absent = append(want.Absent, cluster.Absence{What: asked[i].what, Reason: cluster.Forbidden})
		}
		if diff := cmp.Diff(want, s.fromClient(viewer), equateNetip); diff != "" {
			t.Error(diff)
		}
		checkReasons(t, s.fromKubectl(viewer), cluster.Forbidden, 3)
	})
}

// checkWhole compares with what is known from elsewhere.
func (s *server) checkWhole(t *testing.T, state cluster.State) {
	ca, err := os.ReadFile(s.path("pki/ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := kubeadmcmd.CACertHashes(ca)
	if err != nil {
		t.Fatal(err)
	}
	wantInfo := cluster.ClusterInfo{Server: s.url, CACertHashes: hashes, SignedBy: []string{"haplan"}}
	if diff := cmp.Diff(wantInfo, state.ClusterInfo); diff != "" {
		t.Errorf("cluster-info:\n%s", diff)
	}
	wantServers := []cluster.APIServerState{{Node: "cka-cp-1", ExtraFiles: []string{"/etc/kubernetes/enc/enc.yaml"}, AnonymousAuth: true}}
	if diff := cmp.Diff(wantServers, state.APIServers); diff != "" {
		t.Errorf("API servers:\n%s", diff)
	}
	var names []string
	for _, node := range state.Nodes {
		if node.Ready {
			names = append(names, node.Name)
		}
	}
	if want := []string{"cka-cp-1", "cka-cp-2", "cka-cp-3", "cka-wk-1"}; !slices.Equal(names, want) {
		t.Errorf("nodes that are Ready: %v", names)
	}
	if len(state.KubeadmConfig.Text) == 0 || len(state.KubeletConfig) == 0 || len(state.Absent) > 0 {
		t.Errorf("something is missing: %+v", state)
	}
	i := slices.IndexFunc(state.Tokens, func(t cluster.TokenState) bool { return t.ID == "haplan" })
	if i < 0 || !state.Tokens[i].Signing || !state.Tokens[i].Authentication {
		t.Errorf("the token is not among %+v", state.Tokens)
	}
	for what, got := range map[string]struct {
		expires time.Time
		in      time.Duration
	}{"token": {state.Tokens[max(i, 0)].Expires, 24 * time.Hour}, "certificates": {state.Certificates.Expires, 2 * time.Hour}} {
		if off := time.Until(got.expires) - got.in; off.Abs() > 10*time.Minute {
			t.Errorf("the %s expire at %v", what, got.expires)
		}
	}
}

// checkAudit asks the API server's own log what kubestate did.
func (s *server) checkAudit(t *testing.T) {
	log, err := os.ReadFile(s.path("audit.log"))
	if err != nil {
		t.Fatal(err)
	}
	verbs := map[string]int{}
	for line := range bytes.Lines(log) {
		var event struct {
			Stage, Verb string
			User        struct{ Username string }
		}
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatal(err)
		}
		if event.User.Username == reader && event.Stage == "ResponseComplete" {
			verbs[event.Verb]++
		}
	}
	if diff := cmp.Diff(map[string]int{"get": 4, "list": 3}, verbs); diff != "" {
		t.Errorf("requests (-want +logged):\n%s", diff)
	}
}

func checkReasons(t *testing.T, state cluster.State, reason cluster.AbsenceReason, n int) {
	t.Helper()
	if len(state.Absent) != n || slices.ContainsFunc(state.Absent, func(a cluster.Absence) bool { return a.Reason != reason }) {
		t.Errorf("of kubectl's output is absent: %+v", state.Absent)
	}
}

func TestAClusterWithoutKubeadm(t *testing.T) {
	s := start(t)
	want := cluster.State{Absent: []cluster.Absence{
		{What: "configmap kube-system/kubeadm-config", Reason: cluster.NotFound},
		{What: "configmap kube-system/kubelet-config", Reason: cluster.NotFound},
		{What: "configmap kube-public/cluster-info", Reason: cluster.NotFound},
		{What: "secret kube-system/kubeadm-certs", Reason: cluster.NotFound},
	}}
	if diff := cmp.Diff(want, s.fromClient(admin)); diff != "" {
		t.Errorf("(-want +read):\n%s", diff)
	}
	checkReasons(t, s.fromKubectl(admin), cluster.NotFound, len(want.Absent))
}
