package cluster

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/haplane/haplane/kubeadmcfg"
)

// State is what a cluster says of itself, as far as it was asked: see
// [ParseState] and [FromObjects]. The zero State is a cluster that does not
// exist yet.
//
// It holds no secret: of tokens and of the uploaded certificates only names and
// deadlines.
type State struct {
	// Nodes, sorted by name.
	Nodes []NodeState `json:"nodes,omitempty"`
	// KubeadmConfig is the ClusterConfiguration of the ConfigMap
	// kube-system/kubeadm-config: its text, and what it says. The Text is empty
	// where it is not known or, as Absent then says, cannot be read.
	KubeadmConfig kubeadmcfg.Stored `json:"kubeadmConfig,omitzero"`
	// KubeletConfig is the text of the ConfigMap kube-system/kubelet-config.
	KubeletConfig string `json:"kubeletConfig,omitempty"`
	// ClusterInfo is the ConfigMap kube-public/cluster-info, by which machines
	// that join recognise the cluster.
	ClusterInfo ClusterInfo `json:"clusterInfo,omitzero"`
	// Tokens are the bootstrap tokens that nodes can join with, sorted by ID.
	Tokens []TokenState `json:"tokens,omitempty"`
	// Certificates is the Secret kube-system/kubeadm-certs, from which control
	// planes that join take the CAs.
	Certificates CertificatesState `json:"certificates,omitzero"`
	// APIServers are the kube-apiserver pods, sorted by node.
	APIServers []APIServerState `json:"apiServers,omitempty"`
	// Absent are things that were asked for and did not come.
	Absent []Absence `json:"absent,omitempty"`
}

// NodeState is a node of the cluster.
type NodeState struct {
	// Name of the node.
	Name string `json:"name"`
	// Addresses are the node's InternalIPs.
	Addresses []netip.Addr `json:"addresses,omitempty"`
	// ControlPlane tells whether the node has the control-plane role.
	ControlPlane bool `json:"controlPlane,omitempty"`
	// Ready is the condition of that name; false also where it is unknown to
	// the cluster because the kubelet is silent.
	Ready bool `json:"ready,omitempty"`
	// Unschedulable is set on nodes that are cordoned.
	Unschedulable bool `json:"unschedulable,omitempty"`
	// KubeletVersion such as v1.37.2.
	KubeletVersion string `json:"kubeletVersion,omitempty"`
	// CRISocket that kubeadm noted on the node; empty where it did not.
	CRISocket string `json:"criSocket,omitempty"`
	// MachineID and SystemUUID are what the machine calls itself; machines that
	// were copied share them.
	MachineID  string `json:"machineID,omitempty"`
	SystemUUID string `json:"systemUUID,omitempty"`
	// Conditions are those, beside Ready, that say that something is wrong:
	// MemoryPressure, DiskPressure, PIDPressure, NetworkUnavailable.
	Conditions []string `json:"conditions,omitempty"`
	// Network is the address that the pod network noted for the node, with the
	// prefix length that it found there: Calico does. It is the IPv4 one where
	// there are both.
	Network netip.Prefix `json:"network,omitzero"`
	// TunnelAddress is where the pod network sends what is for pods of the node,
	// as it noted it: flannel does.
	TunnelAddress netip.Addr `json:"tunnelAddress,omitzero"`
}

// ClusterInfo is how the cluster presents itself to machines that join.
type ClusterInfo struct {
	// Server is the URL of the API server that it names.
	Server string `json:"server,omitempty"`
	// CACertHashes are those of the CA certificates in it: sha256:HEX.
	CACertHashes []string `json:"caCertHashes,omitempty"`
	// SignedBy are the IDs of the tokens by which it is signed now; a join with
	// another token fails.
	SignedBy []string `json:"signedBy,omitempty"`
}

// TokenState is a bootstrap token, without its secret half.
type TokenState struct {
	// ID is the half of the token before the dot.
	ID string `json:"id"`
	// Expires is zero where the token never does.
	Expires time.Time `json:"expires,omitzero"`
	// Signing and Authentication are what it may be used for; a join needs
	// both.
	Signing        bool `json:"signing,omitempty"`
	Authentication bool `json:"authentication,omitempty"`
}

// CertificatesState tells whether the CAs are uploaded, encrypted.
type CertificatesState struct {
	// Uploaded is true while the Secret is there.
	Uploaded bool `json:"uploaded,omitempty"`
	// Expires is when the cluster deletes them; zero where nothing says so.
	Expires time.Time `json:"expires,omitzero"`
}

// APIServerState is a kube-apiserver's static pod.
type APIServerState struct {
	// Node that it runs on.
	Node string `json:"node"`
	// ExtraFiles are files and directories of the host that it mounts and that
	// kubeadm does not bring to a new control plane: copy them there before it
	// joins.
	ExtraFiles []string `json:"extraFiles,omitempty"`
	// AnonymousAuth is false where the flag --anonymous-auth=false is set: then
	// discovery by token fails, and so do health checks without a certificate.
	AnonymousAuth bool `json:"anonymousAuth"`
}

// Absence is something that was asked for and did not come.
type Absence struct {
	// What, such as "configmap kube-system/kubeadm-config".
	What string `json:"what"`
	// Reason tells "not there" from "not allowed to look" and "not understood".
	Reason AbsenceReason `json:"reason"`
	// Detail says what was not understood.
	Detail string `json:"detail,omitempty"`
}

// AbsenceReason is why something did not come.
type AbsenceReason string

// The reasons.
const (
	NotFound   AbsenceReason = "not found"
	Forbidden  AbsenceReason = "forbidden"
	Unreadable AbsenceReason = "unreadable"
)

// Endpoint returns the control-plane endpoint of the cluster's configuration,
// and reports whether it has one. A port that it does not name is the API
// server's own, 6443.
func (s State) Endpoint() (Endpoint, bool) {
	const apiServerPort = 6443
	text := s.KubeadmConfig.Cluster.ControlPlaneEndpoint
	if endpoint, err := ParseEndpoint(text); err == nil {
		return endpoint, true
	}
	host := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	return Endpoint{Host: host, Port: apiServerPort}, host != ""
}

// Node gives the node of that name.
func (s State) Node(name string) (NodeState, bool) {
	i := slices.IndexFunc(s.Nodes, func(n NodeState) bool { return n.Name == name })
	if i < 0 {
		return NodeState{}, false
	}
	return s.Nodes[i], true
}
