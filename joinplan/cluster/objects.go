package cluster

import (
	"cmp"
	"encoding/base64"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

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
	var c collector
	c.add(o)
	return c.done()
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

var conditionStatuses = []corev1.ConditionStatus{corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown}

// unreadableCondition stands for one without a type, or with another status than
// those three: it may be a bad one.
const unreadableCondition = "(unreadable)"

func nodeState(node corev1.Node) NodeState {
	_, controlPlane := node.Labels[controlPlaneLabel]
	_, master := node.Labels[masterLabel]
	out := NodeState{
		Name:           node.Name,
		ControlPlane:   controlPlane || master,
		Unschedulable:  node.Spec.Unschedulable,
		KubeletVersion: node.Status.NodeInfo.KubeletVersion,
		CRISocket:      node.Annotations[criSocketAnnotation],
		MachineID:      node.Status.NodeInfo.MachineID,
		SystemUUID:     node.Status.NodeInfo.SystemUUID,
	}
	out.Network, _ = netip.ParsePrefix(cmp.Or(node.Annotations[calicoAnnotation], node.Annotations[calico6Annotation]))
	out.TunnelAddress, _ = parseInternalIP(node.Annotations[flannelAnnotation])
	for _, address := range node.Status.Addresses {
		if addr, ok := parseInternalIP(address.Address); ok && address.Type == corev1.NodeInternalIP {
			out.Addresses = append(out.Addresses, addr)
		}
	}
	for _, condition := range node.Status.Conditions {
		switch {
		case !slices.Contains(conditionStatuses, condition.Status) || condition.Type == "":
			out.Conditions = append(out.Conditions, unreadableCondition)
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
			s.Absent = append(s.Absent, Absence{"configmap kube-system/kubeadm-config", Unreadable, firstLine(err.Error())})
		}
		s.KubeadmConfig = stored
	case "kube-system/kubelet-config":
		s.KubeletConfig = cm.Data["kubelet"]
	case "kube-public/cluster-info":
		s.ClusterInfo = clusterInfo(cm)
	}
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

const (
	tokenSecretType    = "bootstrap.kubernetes.io/token"
	certificatesSecret = "kubeadm-certs"
	// deadlineToken begins the description of the token that only ends the
	// uploaded certificates with it; nobody joins with it.
	deadlineToken = "Proxy for managing TTL for the kubeadm-certs"
)

// readSecrets is for tokens, and for the certificates that are uploaded. The
// last of one name counts.
func (s *State) readSecrets(secrets []corev1.Secret) {
	latest := map[string]corev1.Secret{}
	for _, secret := range secrets {
		latest[secret.Name] = secret
	}
	deadlines := map[string]bool{}
	if certificates, there := latest[certificatesSecret]; there {
		s.Certificates.Uploaded = true
		for _, owner := range certificates.OwnerReferences {
			deadlines[owner.Name] = true
			if token, known := latest[owner.Name]; known {
				s.Certificates.Expires = tokenState(token).Expires
			}
		}
	}
	for name, secret := range latest {
		isDeadline := deadlines[name] || strings.HasPrefix(string(secret.Data["description"]), deadlineToken)
		if token := tokenState(secret); secret.Type == tokenSecretType && (!isDeadline || token.Signing || token.Authentication) {
			s.Tokens = append(s.Tokens, token)
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

// isFalse reports whether a flag of a component is switched off by a value.
func isFalse(value string) bool {
	set, err := strconv.ParseBool(value)
	return err == nil && !set
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
		for _, word := range slices.Concat(container.Command, container.Args) {
			if value, found := strings.CutPrefix(word, "--anonymous-auth="); found && isFalse(value) {
				out.AnonymousAuth = false
			}
		}
	}
	return out
}
