package cluster

import (
	"cmp"
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

// Objects are the API objects that a State is read from. More than it needs
// may be among them.
type Objects struct {
	// Nodes of the whole cluster; the others of the namespaces that were asked for.
	Nodes      []corev1.Node
	ConfigMaps []corev1.ConfigMap
	Secrets    []corev1.Secret
	Pods       []corev1.Pod
}

// FromObjects reads a State. It is tolerant: what is not among the objects is
// empty in the State. A ClusterConfiguration that cannot be read is Absent, as
// [Unreadable].
func FromObjects(o Objects) State {
	var s State
	for _, node := range o.Nodes {
		s.Nodes = append(s.Nodes, nodeState(node))
	}
	for _, cm := range o.ConfigMaps {
		s.readConfigMap(cm)
	}
	s.readSecrets(o.Secrets)
	for _, pod := range o.Pods {
		if pod.Namespace == "kube-system" && pod.Labels["component"] == "kube-apiserver" {
			s.APIServers = append(s.APIServers, apiServerState(pod))
		}
	}
	slices.SortFunc(s.Nodes, func(a, b NodeState) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Tokens, func(a, b TokenState) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.APIServers, func(a, b APIServerState) int { return cmp.Compare(a.Node, b.Node) })
	return s
}

const (
	controlPlaneLabel   = "node-role.kubernetes.io/control-plane"
	masterLabel         = "node-role.kubernetes.io/master" // until kubeadm 1.23
	criSocketAnnotation = "kubeadm.alpha.kubernetes.io/cri-socket"
	calicoAnnotation    = "projectcalico.org/IPv4Address"
	calico6Annotation   = "projectcalico.org/IPv6Address"
	flannelAnnotation   = "flannel.alpha.coreos.com/public-ip"
)

// bad are the conditions that are no good where they are true.
var bad = []corev1.NodeConditionType{corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure, corev1.NodeNetworkUnavailable}

func nodeState(node corev1.Node) NodeState {
	_, controlPlane := node.Labels[controlPlaneLabel]
	_, master := node.Labels[masterLabel]
	out := NodeState{
		Name:           node.Name,
		ControlPlane:   controlPlane || master,
		Unschedulable:  node.Spec.Unschedulable,
		KubeletVersion: node.Status.NodeInfo.KubeletVersion,
		CRISocket:      node.Annotations[criSocketAnnotation],
	}
	out.Network, _ = netip.ParsePrefix(cmp.Or(node.Annotations[calicoAnnotation], node.Annotations[calico6Annotation]))
	out.TunnelAddress, _ = netip.ParseAddr(node.Annotations[flannelAnnotation])
	for _, address := range node.Status.Addresses {
		if addr, err := netip.ParseAddr(address.Address); err == nil && address.Type == corev1.NodeInternalIP {
			out.Addresses = append(out.Addresses, addr)
		}
	}
	for _, condition := range node.Status.Conditions {
		switch {
		case condition.Type == corev1.NodeReady:
			out.Ready = condition.Status == corev1.ConditionTrue
		case condition.Status == corev1.ConditionTrue && slices.Contains(bad, condition.Type):
			out.Conditions = append(out.Conditions, string(condition.Type))
		}
	}
	return out
}

func (s *State) readConfigMap(cm corev1.ConfigMap) {
	switch cm.Namespace + "/" + cm.Name {
	case "kube-system/kubeadm-config":
		stored, err := kubeadmcfg.FromConfigMap(&cm)
		if err != nil {
			s.Absent = append(s.Absent, Absence{"configmap kube-system/kubeadm-config", Unreadable, firstLine(err)})
		}
		s.KubeadmConfig = stored
	case "kube-system/kubelet-config":
		s.KubeletConfig = cm.Data["kubelet"]
	case "kube-public/cluster-info":
		s.ClusterInfo = clusterInfo(cm)
	}
}

// firstLine returns the beginning of an error about a text of others.
func firstLine(err error) string {
	const enough = 500
	first, _, _ := strings.Cut(err.Error(), "\n")
	return plain.Short(plain.Line(first), enough)
}

// signaturePrefix begins the keys of cluster-info that hold its signatures,
// one for each token.
const signaturePrefix = "jws-kubeconfig-"

func clusterInfo(cm corev1.ConfigMap) ClusterInfo {
	var kubeconfig struct {
		Clusters []struct {
			Cluster struct {
				Server string `json:"server"`
				CA     string `json:"certificate-authority-data"`
			} `json:"cluster"`
		} `json:"clusters"`
	}
	var info ClusterInfo
	if err := yaml.Unmarshal([]byte(cm.Data["kubeconfig"]), &kubeconfig); err == nil && len(kubeconfig.Clusters) > 0 {
		c := kubeconfig.Clusters[0].Cluster
		info.Server = c.Server
		if pem, err := base64.StdEncoding.DecodeString(c.CA); err == nil {
			info.CACertHashes, _ = kubeadmcmd.CACertHashes(pem)
		}
	}
	for key := range cm.Data {
		if id, ok := strings.CutPrefix(key, signaturePrefix); ok {
			info.SignedBy = append(info.SignedBy, id)
		}
	}
	slices.Sort(info.SignedBy)
	return info
}

const tokenSecretType = "bootstrap.kubernetes.io/token"

func (s *State) readSecrets(secrets []corev1.Secret) {
	expires := map[string]time.Time{}
	for _, secret := range secrets {
		if secret.Namespace != "kube-system" || secret.Type != tokenSecretType {
			continue
		}
		token := tokenState(secret)
		expires[secret.Name] = token.Expires
		if token.Authentication || token.Signing {
			s.Tokens = append(s.Tokens, token)
		}
	}
	for _, secret := range secrets {
		if secret.Namespace != "kube-system" || secret.Name != "kubeadm-certs" {
			continue
		}
		s.Certificates.Uploaded = true
		for _, owner := range secret.OwnerReferences {
			s.Certificates.Expires = expires[owner.Name]
		}
	}
}

func tokenState(secret corev1.Secret) TokenState {
	token := TokenState{
		ID:             string(secret.Data["token-id"]),
		Signing:        string(secret.Data["usage-bootstrap-signing"]) == "true",
		Authentication: string(secret.Data["usage-bootstrap-authentication"]) == "true",
	}
	token.Expires, _ = time.Parse(time.RFC3339, string(secret.Data["expiration"]))
	return token
}

// kubeadmMounts are what kubeadm itself mounts into the API server: it makes
// them, or the distribution has them.
var kubeadmMounts = []string{"/etc/kubernetes/pki", "/etc/ssl/certs", "/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/pki", "/etc/pki/ca-trust", "/etc/pki/tls/certs"}

func apiServerState(pod corev1.Pod) APIServerState {
	out := APIServerState{Node: pod.Spec.NodeName, AnonymousAuth: true}
	for _, volume := range pod.Spec.Volumes {
		if volume.HostPath != nil && !slices.Contains(kubeadmMounts, volume.HostPath.Path) {
			out.ExtraFiles = append(out.ExtraFiles, volume.HostPath.Path)
		}
	}
	slices.Sort(out.ExtraFiles)
	for _, container := range pod.Spec.Containers {
		if slices.Contains(slices.Concat(container.Command, container.Args), "--anonymous-auth=false") {
			out.AnonymousAuth = false
		}
	}
	return out
}
