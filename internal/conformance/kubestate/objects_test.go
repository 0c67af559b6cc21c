package kubestate

import (
	"context"
	"os"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// ours is a token with an expiry of our own; kubeadm makes those that the
// uploaded certificates belong to.
const ours = "haplan.0123456789abcdef"

const kubeadmConfig = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens: [{token: ` + ours + `, ttl: 24h0m0s}]
localAPIEndpoint: {advertiseAddress: 192.168.51.81}
nodeRegistration: {name: cka-cp-1, criSocket: unix:///var/run/containerd/containerd.sock}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
certificatesDir: DIR
networking: {podSubnet: 10.244.0.0/16}
apiServer: {certSANs: [127.0.0.1]}
`

// fill has kubeadm make the objects of a cluster, and adds the nodes and the pod
// that kubelets would bring. No controllers run here: the signature of
// cluster-info, which is theirs to make, is a word.
func (s *server) fill() {
	s.t.Helper()
	s.nodes("../../../joinplan/cluster/testdata/nodes.yaml")
	s.pod("../../../joinplan/testdata/apiserver-pod.yaml")
	for _, words := range []string{"upload-config all", "upload-certs --upload-certs", "bootstrap-token"} {
		s.phase(words + " --kubeconfig " + s.kubeconfig(admin))
	}
	s.sign()
	s.allow(viewer, "configmaps", "pods")
}

func (s *server) nodes(capture string) {
	s.t.Helper()
	var list corev1.NodeList
	s.read(capture, &list)
	nodes := s.client(admin).CoreV1().Nodes()
	for _, node := range list.Items {
		status := node.Status
		node.ObjectMeta = metav1.ObjectMeta{Name: node.Name, Labels: node.Labels, Annotations: node.Annotations}
		made, err := nodes.Create(context.Background(), &node, metav1.CreateOptions{})
		if err != nil {
			s.t.Fatal(err)
		}
		made.Status = status
		if _, err := nodes.UpdateStatus(context.Background(), made, metav1.UpdateOptions{}); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *server) pod(capture string) {
	s.t.Helper()
	var pod corev1.Pod
	s.read(capture, &pod)
	pod.Spec.Containers[0].Image = "registry.k8s.io/kube-apiserver:v1.37.2"
	if _, err := s.client(admin).CoreV1().Pods(pod.Namespace).Create(context.Background(), &pod, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) read(file string, object any) {
	s.t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, object); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) sign() {
	s.t.Helper()
	maps := s.client(admin).CoreV1().ConfigMaps(metav1.NamespacePublic)
	info, err := maps.Get(context.Background(), "cluster-info", metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	info.Data["jws-kubeconfig-haplan"] = "signature"
	if _, err := maps.Update(context.Background(), info, metav1.UpdateOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

// allow lets a user see everything of some kinds.
func (s *server) allow(user string, resources ...string) {
	s.t.Helper()
	rbac := s.client(admin).RbacV1()
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: resources, Verbs: []string{"get", "list"}}},
	}
	if _, err := rbac.ClusterRoles().Create(context.Background(), role, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}
	if _, err := rbac.ClusterRoleBindings().Create(context.Background(), binding, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
}
