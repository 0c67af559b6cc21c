package cluster

import (
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// APIVersion and Kind head a description in YAML.
const (
	APIVersion = "haplane.github.io/v1alpha1"
	Kind       = "Cluster"
)

// Defaults that [Spec.WithDefaults] fills in. They are kubeadm's own.
const (
	DefaultName          = "kubernetes"
	DefaultCRISocket     = "unix:///var/run/containerd/containerd.sock"
	DefaultAPIServerPort = 6443
	DefaultServiceSubnet = "10.96.0.0/12"
	DefaultDNSDomain     = "cluster.local"
)

// Spec describes the cluster that shall be. The zero value of a field that may
// be left out means the default of [Spec.WithDefaults].
//
// A Spec is plain data: methods do not change it, and it may be read from
// several goroutines at once.
type Spec struct {
	// Name is kubeadm's clusterName. Default: kubernetes.
	Name string `json:"name,omitempty"`
	// KubernetesVersion of the control plane, such as v1.37.2. Required: a
	// plan that says "stable" is another plan tomorrow.
	KubernetesVersion string `json:"kubernetesVersion"`
	// KubeadmVersion of the kubeadm binary on the machines. Default:
	// KubernetesVersion.
	KubeadmVersion string `json:"kubeadmVersion,omitempty"`
	// KubeadmAPIVersion is the version of kubeadm's configuration API that is
	// written, such as v1beta4. Default: the newest that the kubeadm reads.
	KubeadmAPIVersion string `json:"kubeadmAPIVersion,omitempty"`
	// ControlPlaneEndpoint is the name or address and the port by which every
	// machine reaches the API servers. Required; an IPv6 address stands in
	// brackets.
	ControlPlaneEndpoint Endpoint `json:"controlPlaneEndpoint"`
	// EndpointAddresses are what the endpoint's name resolves to, at most one
	// of each family. Default: the address of the load balancer where there is
	// exactly one. Left out where somebody else resolves the name: then no
	// hosts entry is written for it.
	EndpointAddresses []netip.Addr `json:"endpointAddresses,omitempty"`
	// CRISocket of every machine that says no other, as a unix:// URL.
	// Default: containerd's.
	CRISocket string `json:"criSocket,omitempty"`
	// PodSubnets and ServiceSubnets hold one range, or one of each family for
	// dual stack. Pods have no default: without them the pod network brings
	// its own. Services default to 10.96.0.0/12.
	PodSubnets     []netip.Prefix `json:"podSubnets,omitempty"`
	ServiceSubnets []netip.Prefix `json:"serviceSubnets,omitempty"`
	// DNSDomain of the cluster. Default: cluster.local.
	DNSDomain string `json:"dnsDomain,omitempty"`
	// APIServerPort is where each API server listens. Default: 6443.
	APIServerPort uint16 `json:"apiServerPort,omitempty"`
	// CertSANs are further names and addresses for the API server's
	// certificate. The endpoint, the service address and the machine's own
	// name and address are in it anyway.
	CertSANs []string `json:"certSANs,omitempty"`
	// ExternalEtcd is set where etcd does not run on the control planes.
	ExternalEtcd *ExternalEtcd `json:"externalEtcd,omitempty"`
	// LoadBalancers run HAProxy in front of the API servers. None, where
	// somebody else provides the endpoint (a cloud load balancer, kube-vip).
	LoadBalancers []LoadBalancer `json:"loadBalancers,omitempty"`
	// ControlPlanes, in the order of the description: the first initialises
	// the cluster, the others join it.
	ControlPlanes []Node `json:"controlPlanes"`
	// Workers join after the cluster is initialised.
	Workers []Node `json:"workers,omitempty"`
	// SkipPhases are phases of kubeadm init that are left out, such as
	// addon/kube-proxy where the pod network replaces it.
	SkipPhases []string `json:"skipPhases,omitempty"`
	// IgnorePreflightErrors are the names of kubeadm's preflight checks that
	// only warn, on every machine.
	IgnorePreflightErrors []string `json:"ignorePreflightErrors,omitempty"`
	// KubeletConfiguration is the text of a KubeletConfiguration document
	// (kubelet.config.k8s.io/v1beta1) that the cluster is initialised with.
	// It is carried as it is.
	KubeletConfiguration string `json:"kubeletConfiguration,omitempty"`
}

// LoadBalancer is a machine that runs HAProxy.
type LoadBalancer struct {
	// Name of the host.
	Name string `json:"name"`
	// Address of the host, with the prefix length of its network where it is
	// known: 192.168.51.80/24. An address alone is its full length, /32 or
	// /128, which says nothing of the network.
	Address netip.Prefix `json:"address"`
}

// Node is a machine of the cluster.
type Node struct {
	// Name of the host, which becomes the name of the Kubernetes node.
	Name string `json:"name"`
	// Address of the host, as for [LoadBalancer]. The API server and etcd of a
	// control plane advertise it.
	Address netip.Prefix `json:"address"`
	// CRISocket, where it is not the cluster's.
	CRISocket string `json:"criSocket,omitempty"`
	// Taints of the node. Left out, kubeadm's default holds (control planes
	// take no ordinary pods); an empty list means no taint.
	Taints []corev1.Taint `json:"taints,omitzero"`
	// KubeletArgs are further flags of the kubelet, without the dashes.
	KubeletArgs []Arg `json:"kubeletArgs,omitempty"`
}

// Arg is a command line flag of a component.
type Arg struct {
	// Name of the flag, without dashes.
	Name string `json:"name"`
	// Value of the flag.
	Value string `json:"value"`
}

// ExternalEtcd is an etcd cluster that kubeadm does not manage.
type ExternalEtcd struct {
	// Endpoints are client URLs, such as https://10.0.0.5:2379.
	Endpoints []string `json:"endpoints"`
	// CAFile, CertFile and KeyFile are absolute paths on every control plane.
	// They must be there before the cluster is initialised.
	CAFile   string `json:"caFile,omitempty"`
	CertFile string `json:"certFile,omitempty"`
	KeyFile  string `json:"keyFile,omitempty"`
}

// Endpoint is a host, which is a DNS name or an IP address, and a port.
type Endpoint struct {
	// Host is a name, or an address without brackets.
	Host string
	// Port of the endpoint.
	Port uint16
}

// String gives host:port, with brackets around an IPv6 address, as kubeadm
// takes it.
func (e Endpoint) String() string {
	if e == (Endpoint{}) {
		return ""
	}
	host := e.Host
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is6() {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(e.Port))
}

// MarshalText is [Endpoint.String].
func (e Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// IsZero tells whether the endpoint is not given.
func (e Endpoint) IsZero() bool { return e == Endpoint{} }

// Addr is the address that the endpoint's host is, if it is one and no name.
func (e Endpoint) Addr() (netip.Addr, bool) {
	addr, err := netip.ParseAddr(e.Host)
	return addr, err == nil
}

// WithDefaults gives a deep copy in which every field that was left out and
// has a default holds it.
func (s Spec) WithDefaults() Spec {
	out := s.clone()
	setDefault(&out.Name, DefaultName)
	setDefault(&out.KubeadmVersion, out.KubernetesVersion)
	setDefault(&out.CRISocket, DefaultCRISocket)
	setDefault(&out.DNSDomain, DefaultDNSDomain)
	setDefault(&out.APIServerPort, DefaultAPIServerPort)
	if len(out.ServiceSubnets) == 0 {
		out.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix(DefaultServiceSubnet)}
	}
	if len(out.EndpointAddresses) == 0 && len(out.LoadBalancers) == 1 {
		if _, isAddr := out.ControlPlaneEndpoint.Addr(); !isAddr {
			out.EndpointAddresses = []netip.Addr{out.LoadBalancers[0].Address.Addr()}
		}
	}
	for _, nodes := range [][]Node{out.ControlPlanes, out.Workers} {
		for i := range nodes {
			setDefault(&nodes[i].CRISocket, out.CRISocket)
		}
	}
	return out
}

// Nodes gives the control planes and then the workers, in the order of the
// description.
func (s Spec) Nodes() []Node {
	return slices.Concat(s.ControlPlanes, s.Workers)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (s Spec) clone() Spec {
	s.EndpointAddresses = slices.Clone(s.EndpointAddresses)
	s.PodSubnets = slices.Clone(s.PodSubnets)
	s.ServiceSubnets = slices.Clone(s.ServiceSubnets)
	s.CertSANs = slices.Clone(s.CertSANs)
	s.LoadBalancers = slices.Clone(s.LoadBalancers)
	s.ControlPlanes = cloneNodes(s.ControlPlanes)
	s.Workers = cloneNodes(s.Workers)
	s.SkipPhases = slices.Clone(s.SkipPhases)
	s.IgnorePreflightErrors = slices.Clone(s.IgnorePreflightErrors)
	if s.ExternalEtcd != nil {
		etcd := *s.ExternalEtcd
		etcd.Endpoints = slices.Clone(etcd.Endpoints)
		s.ExternalEtcd = &etcd
	}
	return s
}

func cloneNodes(nodes []Node) []Node {
	out := slices.Clone(nodes)
	for i := range out {
		out[i].Taints = slices.Clone(out[i].Taints)
		out[i].KubeletArgs = slices.Clone(out[i].KubeletArgs)
	}
	return out
}
