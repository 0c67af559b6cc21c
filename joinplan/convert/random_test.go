package convert_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
)

// randomInput is a cluster as somebody may have left it, the same for the same
// seed: of several versions, with or without an old endpoint, with files that
// people have written in.
func randomInput(t testing.TB, seed uint64) convert.Input {
	t.Helper()
	r := randomCluster{t: t, Rand: rand.New(rand.NewPCG(seed, 7))}
	r.describe()
	r.nodes()
	r.kubeadm()
	r.files()
	r.others()
	return r.in
}

type randomCluster struct {
	*rand.Rand
	t   testing.TB
	in  convert.Input
	old string // host:port until now
	was bool   // old is an endpoint
}

func (r *randomCluster) maybe() bool { return r.IntN(2) == 0 }

func (r *randomCluster) describe() {
	base := netip.MustParseAddr("10.20.0.1")
	if r.maybe() {
		base = netip.MustParseAddr("2001:db8::1")
	}
	next := func() netip.Prefix {
		base = base.Next()
		return netip.PrefixFrom(base, base.BitLen()-8)
	}
	spec := &r.in.Spec
	spec.KubernetesVersion = []string{"v1.29.6", "v1.30.4", "v1.31.4", "v1.33.13", "v1.34.4", "v1.35.4", "v1.37.2"}[r.IntN(7)]
	spec.ControlPlaneEndpoint = cluster.Endpoint{Host: "api.example", Port: uint16(6443 + r.IntN(2))}
	if base.Is6() {
		spec.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix("fd00:10:96::/112")}
	}
	for i := range r.IntN(3) {
		spec.LoadBalancers = append(spec.LoadBalancers, cluster.LoadBalancer{Name: fmt.Sprintf("lb-%d", i+1), Address: next()})
	}
	if len(spec.LoadBalancers) != 1 {
		spec.EndpointAddresses = []netip.Addr{next().Addr()}
	}
	n := 1
	if r.was = r.maybe(); r.was {
		n = 1 + r.IntN(3)
	}
	for i := range n {
		spec.ControlPlanes = append(spec.ControlPlanes, cluster.Node{Name: fmt.Sprintf("cp-%d", i+1), Address: next()})
	}
	for i := range r.IntN(5) {
		spec.Workers = append(spec.Workers, cluster.Node{Name: fmt.Sprintf("wk-%d", i+1), Address: next()})
	}
	if r.maybe() {
		spec.CertSANs = []string{"api.other.example", "203.0.113.7"}
	}
	r.old = netip.AddrPortFrom(spec.ControlPlanes[0].Address.Addr(), 6443).String()
	if r.was {
		r.old = []string{"k8s-vip:6443", "api.example:8443"}[r.IntN(2)]
	}
}

func (r *randomCluster) nodes() {
	for i, node := range r.in.Spec.Nodes() {
		object := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node.Name}}
		if i < len(r.in.Spec.ControlPlanes) {
			object.Labels = map[string]string{"node-role.kubernetes.io/control-plane": ""}
		}
		object.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: node.Address.Addr().String()}}
		object.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
		r.in.Objects.Nodes = append(r.in.Objects.Nodes, object)
	}
}

func (r *randomCluster) configMap(namespace, name, key, value string) {
	r.in.Objects.ConfigMaps = append(r.in.Objects.ConfigMaps, corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Data:       map[string]string{key: value, "note": "<kept> & unchanged\n"},
	})
}

func (r *randomCluster) kubeadm() {
	text := "kind: ClusterConfiguration\nkubernetesVersion: " + r.in.Spec.KubernetesVersion + "\n"
	switch r.IntN(4) {
	case 0:
		text = "apiServer: {}\n" + text
	case 1:
		text = "apiServer:\n  certSANs:\n  - old.example\n" + text
	case 2:
		text = "# by hand\napiServer:\n  timeoutForControlPlane: 4m0s\n" + text
		text = strings.Replace(text, "  timeoutForControlPlane: 4m0s\n", "  extraArgs: "+map[bool]string{true: "{}", false: "[]"}[r.isV1beta3()]+"\n", 1)
	}
	version := "kubeadm.k8s.io/v1beta4"
	if r.isV1beta3() {
		version = "kubeadm.k8s.io/v1beta3"
	}
	text = "apiVersion: " + version + "\n" + text
	if r.was {
		text = strings.Replace(text, "kind: ", "controlPlaneEndpoint: \""+r.old+"\" # behind the load balancer\nkind: ", 1)
	}
	r.configMap("kube-system", "kubeadm-config", "ClusterConfiguration", text)
	r.configMap("kube-public", "cluster-info", "kubeconfig", r.kubeconfig("", r.old))
	r.in.Objects.Pods = append(r.in.Objects.Pods, r.pod("kube-system", "kube-apiserver", map[string]string{"component": "kube-apiserver"}, ""))
	if r.maybe() {
		r.configMap("kube-system", "kube-proxy", "kubeconfig.conf", r.kubeconfig("default", r.old))
		r.in.Objects.Pods = append(r.in.Objects.Pods, r.pod("kube-system", "kube-proxy", map[string]string{"k8s-app": "kube-proxy"}, ""))
	}
}

func (r *randomCluster) isV1beta3() bool { return r.in.Spec.KubernetesVersion < "v1.31" }

func (r *randomCluster) pod(namespace, name string, labels map[string]string, host string) corev1.Pod {
	pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: name + "-abcde", Labels: labels,
		OwnerReferences: []metav1.OwnerReference{{Kind: "DaemonSet", Name: name}},
	}}
	pod.Spec.NodeName = r.in.Spec.ControlPlanes[0].Name
	pod.Spec.Containers = []corev1.Container{{Name: "main"}}
	if host != "" {
		pod.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "KUBERNETES_SERVICE_HOST", Value: host}}
	}
	return pod
}

// kubeconfig is written in many ways.
func (r *randomCluster) kubeconfig(name, address string) string {
	server := "https://" + address
	switch r.IntN(3) {
	case 0:
		server = `"` + server + `"`
	case 1:
		server = `'` + server + `' # was: https://` + address
	}
	text := "apiVersion: v1\nkind: Config\n"
	if r.maybe() {
		text = "# the API server is https://" + address + "\n" + text
	}
	entry := fmt.Sprintf("- cluster:\n    server: %s\n  name: %q\n", server, name)
	if r.maybe() {
		entry = fmt.Sprintf("- name: %q\n  cluster: {insecure-skip-tls-verify: false, server: %q}\n", name, "https://"+address)
	}
	text += "clusters:\n" + entry + "users:\n- name: u\n  user:\n    exec:\n      command: login\n      args: [\"https://" + address + "\"]\n      apiVersion: client.authentication.k8s.io/v1\n"
	if r.maybe() {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

func (r *randomCluster) file(host, path, text string) {
	r.in.Files = append(r.in.Files, convert.File{Host: host, Path: path, Content: joinplan.NewSecretContent([]byte(text))})
}

func (r *randomCluster) files() {
	for _, node := range r.in.Spec.ControlPlanes {
		local := netip.AddrPortFrom(node.Address.Addr(), 6443).String()
		r.file(node.Name, "/etc/kubernetes/admin.conf", r.kubeconfig("kubernetes", r.old))
		r.file(node.Name, "/etc/kubernetes/scheduler.conf", r.kubeconfig("kubernetes", local))
		r.file(node.Name, "/etc/kubernetes/kubelet.conf", r.kubeconfig("kubernetes", []string{local, r.old}[r.IntN(2)]))
		if r.maybe() {
			r.file(node.Name, "/root/.kube/config", r.kubeconfig("mine", r.old))
		}
		sans := []string{node.Name, "kubernetes", "10.96.0.1", node.Address.Addr().String(), "by-hand.example"}
		if r.was {
			host, _, _ := strings.Cut(r.old, ":")
			sans = append(sans, host)
		}
		r.file(node.Name, pki+"/apiserver.crt", certificate(r.t, sans...))
	}
	for _, node := range r.in.Spec.Workers {
		address := r.old
		if r.IntN(3) == 0 {
			address = r.in.Spec.ControlPlaneEndpoint.String() // somebody began
		}
		r.file(node.Name, "/etc/kubernetes/kubelet.conf", r.kubeconfig("default-cluster", address))
	}
}

func (r *randomCluster) others() {
	address := r.in.Spec.ControlPlanes[0].Address.Addr().String()
	if r.maybe() {
		r.in.Objects.Pods = append(r.in.Objects.Pods, r.pod("kube-system", "cilium", map[string]string{"k8s-app": "cilium"}, address))
	}
	if r.maybe() {
		r.configMap("tigera-operator", "kubernetes-services-endpoint", "KUBERNETES_SERVICE_HOST", address)
	}
	if r.maybe() {
		r.file("", "laptop", r.kubeconfig("kubernetes", r.old))
	}
}
