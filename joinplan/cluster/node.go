package cluster

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// LoadBalancer is a machine that runs HAProxy.
type LoadBalancer struct {
	// Name of the host.
	Name string `json:"name"`
	// Address of the host, with the prefix length of its network where it is
	// known: 192.168.51.80/24. An address alone is its full length, /32 or
	// /128, which says nothing of the network.
	Address netip.Prefix `json:"address"`
	// SecondaryAddress is the host's address of the other family, where it has
	// both.
	SecondaryAddress netip.Prefix `json:"secondaryAddress,omitzero"`
	// ManagementAddress is where whoever carries a plan out reaches the host,
	// if not at Address. No file of the cluster holds it.
	ManagementAddress netip.Addr `json:"managementAddress,omitzero"`
}

// Addresses gives the address and then the secondary one, if there is one.
func (l LoadBalancer) Addresses() []netip.Addr { return addresses(l.Address, l.SecondaryAddress) }

// Node is a machine of the cluster.
//
// Its Address and SecondaryAddress are in every hosts file under its name, and
// its kubelet registers the node with them. Of a control plane, the API server
// and etcd advertise AdvertiseAddress, and HAProxy connects to it.
type Node struct {
	// Name of the host, which becomes the name of the Kubernetes node.
	Name string `json:"name"`
	// Address of the host, as for [LoadBalancer].
	Address netip.Prefix `json:"address"`
	// SecondaryAddress is the host's address of the other family, where it has
	// both. The kubelet gets both as node-ip, the address first.
	SecondaryAddress netip.Prefix `json:"secondaryAddress,omitzero"`
	// AdvertiseAddress is the address of a control plane that its API server
	// and etcd advertise (kubeadm's localAPIEndpoint), where it is not Address:
	// for machines with a network of their own for the API.
	AdvertiseAddress netip.Addr `json:"advertiseAddress,omitzero"`
	// ManagementAddress is where whoever carries a plan out reaches the host,
	// if not at Address. No file of the cluster holds it.
	ManagementAddress netip.Addr `json:"managementAddress,omitzero"`
	// Group names the one of the description's NodeGroups whose settings hold
	// for the node where it says nothing itself.
	Group        string `json:"group,omitempty"`
	NodeSettings `json:",inline"`
}

// Addresses gives the address and then the secondary one, if there is one.
func (n Node) Addresses() []netip.Addr { return addresses(n.Address, n.SecondaryAddress) }

// APIServerAddress is what the API server and etcd of a control plane
// advertise: AdvertiseAddress, or Address where that is not given.
func (n Node) APIServerAddress() netip.Addr {
	if n.AdvertiseAddress.IsValid() {
		return n.AdvertiseAddress
	}
	return n.Address.Addr()
}

func addresses(first, second netip.Prefix) []netip.Addr {
	if second.IsValid() {
		return []netip.Addr{first.Addr(), second.Addr()}
	}
	return []netip.Addr{first.Addr()}
}

// NodeGroup is a name for settings that several nodes share.
type NodeGroup struct {
	// Name of the group, which the nodes name.
	Name         string `json:"name"`
	NodeSettings `json:",inline"`
}

// NodeSettings are what a node may have other than the cluster has it. What it
// leaves out its group says, and then the cluster.
type NodeSettings struct {
	// CRISocket, where it is not the cluster's.
	CRISocket string `json:"criSocket,omitempty"`
	// Labels of the node, beside those of its group. Those that a kubelet may
	// set itself are passed to it; the others, such as
	// node-role.kubernetes.io/worker, are set with kubectl after the join,
	// because the API server refuses them from a kubelet: see [KubeletMaySet].
	Labels map[string]string `json:"labels,omitempty"`
	// Taints of the node. Left out, kubeadm's default holds (control planes
	// take no ordinary pods); an empty list means no taint.
	Taints []corev1.Taint `json:"taints,omitzero"`
	// KubeletArgs are further flags of the kubelet, without the dashes. A flag
	// that the group has too has the node's value.
	KubeletArgs []Arg `json:"kubeletArgs,omitempty"`
	// KubeadmVersion of the machine's kubeadm, where it is not the cluster's.
	// It decides the API version of the file that the machine joins with.
	KubeadmVersion string `json:"kubeadmVersion,omitempty"`
	// KubeletVersion of the machine's kubelet. Default: the cluster's
	// KubernetesVersion. It may be three minor versions older, one with a kubeadm
	// before 1.29, and never newer.
	KubeletVersion string `json:"kubeletVersion,omitempty"`
	// PatchesDirectory on the machine, where it is not the cluster's.
	PatchesDirectory string `json:"patchesDirectory,omitempty"`
	// IgnorePreflightErrors on the machine, beside those of its group and of
	// the cluster.
	IgnorePreflightErrors []string `json:"ignorePreflightErrors,omitempty"`
}

func (s NodeSettings) clone() NodeSettings {
	s.Labels = maps.Clone(s.Labels)
	s.Taints = slices.Clone(s.Taints)
	s.KubeletArgs = slices.Clone(s.KubeletArgs)
	s.IgnorePreflightErrors = slices.Clone(s.IgnorePreflightErrors)
	return s
}

// inherit fills in what wider settings say. Nothing of theirs is shared with
// them, and doing it again changes nothing.
func (s *NodeSettings) inherit(from NodeSettings) {
	from = from.clone()
	setDefault(&s.CRISocket, from.CRISocket)
	setDefault(&s.KubeadmVersion, from.KubeadmVersion)
	setDefault(&s.KubeletVersion, from.KubeletVersion)
	setDefault(&s.PatchesDirectory, from.PatchesDirectory)
	if s.Taints == nil {
		s.Taints = from.Taints
	}
	if len(from.Labels) > 0 {
		maps.Copy(from.Labels, s.Labels)
		s.Labels = from.Labels
	}
	s.KubeletArgs = append(s.without(from.KubeletArgs), s.KubeletArgs...)
	s.IgnorePreflightErrors = ignored(s.IgnorePreflightErrors, from.IgnorePreflightErrors)
}

// without gives the flags that the settings do not have themselves.
func (s *NodeSettings) without(args []Arg) []Arg {
	return slices.DeleteFunc(args, func(wider Arg) bool {
		return slices.ContainsFunc(s.KubeletArgs, func(own Arg) bool { return own.Name == wider.Name })
	})
}

// allChecks stands for every preflight check. kubeadm does not take it beside
// others.
const allChecks = "all"

func isAll(check string) bool { return strings.EqualFold(check, allChecks) }

// ignored joins checks that are ignored, each once.
func ignored(own, wider []string) []string {
	all := slices.Concat(own, wider)
	if slices.ContainsFunc(all, isAll) {
		return []string{allChecks}
	}
	var out []string
	for _, check := range all {
		if !slices.Contains(out, check) {
			out = append(out, check)
		}
	}
	return out
}
