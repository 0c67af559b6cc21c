package cluster

import (
	"net/netip"
	"slices"
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
	// KubeadmVersion of the kubeadm binary on the machines that say no other.
	// Default: KubernetesVersion.
	KubeadmVersion string `json:"kubeadmVersion,omitempty"`
	// KubeadmAPIVersion is the version of kubeadm's configuration API that is
	// written, v1beta3 or v1beta4. Default: the newest that the kubeadm of the
	// machine reads.
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
	// name and advertised address are in it anyway; the other addresses of the
	// control planes are added to these.
	CertSANs []string `json:"certSANs,omitempty"`
	// APIServer, ControllerManager and Scheduler hold further flags and mounts
	// of the control plane's components.
	APIServer         Component `json:"apiServer,omitzero"`
	ControllerManager Component `json:"controllerManager,omitzero"`
	Scheduler         Component `json:"scheduler,omitzero"`
	// ControlPlaneFiles are absolute paths of files and directories that stand
	// on the first control plane and that kubeadm does not bring to the others,
	// such as the configuration of encryption at rest or an audit policy. They
	// are copied before a control plane joins: without them its API server
	// never comes up.
	ControlPlaneFiles []string `json:"controlPlaneFiles,omitempty"`
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
	// NodeGroups are settings that several nodes share: those that name the
	// group.
	NodeGroups []NodeGroup `json:"nodeGroups,omitempty"`
	// SkipPhases are phases of kubeadm init that are left out, such as
	// addon/kube-proxy where the pod network replaces it.
	SkipPhases []string `json:"skipPhases,omitempty"`
	// IgnorePreflightErrors are the names of kubeadm's preflight checks that
	// only warn, on every machine; "all" stands alone.
	IgnorePreflightErrors []string `json:"ignorePreflightErrors,omitempty"`
	// PatchesDirectory is the absolute path, on every machine, of a directory
	// with patches for what kubeadm writes (kubeadm's patches.directory): static
	// pods and the kubelet's configuration. It must be there before kubeadm runs.
	PatchesDirectory string `json:"patchesDirectory,omitempty"`
	// KubeletConfiguration is the text of a KubeletConfiguration document
	// (kubelet.config.k8s.io/v1beta1) that the cluster is initialised with.
	// It is carried as it is.
	KubeletConfiguration string `json:"kubeletConfiguration,omitempty"`
}

// ExternalEtcd is an etcd cluster that kubeadm does not manage.
type ExternalEtcd struct {
	// Endpoints are client URLs, such as https://10.0.0.5:2379.
	Endpoints []string `json:"endpoints"`
	// CAFile, CertFile and KeyFile are absolute paths on every control plane.
	// They must be on the first one before the cluster is initialised; to the
	// others kubeadm brings them with the uploaded certificates.
	CAFile   string `json:"caFile,omitempty"`
	CertFile string `json:"certFile,omitempty"`
	KeyFile  string `json:"keyFile,omitempty"`
}

// WithDefaults gives a deep copy in which every field that was left out and
// has a default holds it. Each node also has what its group says and it does
// not say itself.
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
	if len(out.EndpointAddresses) == 0 && len(out.LoadBalancers) == 1 && out.LoadBalancers[0].Address.IsValid() {
		if _, isAddr := out.ControlPlaneEndpoint.Addr(); !isAddr {
			out.EndpointAddresses = out.LoadBalancers[0].Addresses()
		}
	}
	for _, component := range []*Component{&out.APIServer, &out.ControllerManager, &out.Scheduler} {
		component.setDefaults()
	}
	groups := out.groups()
	for _, nodes := range [][]Node{out.ControlPlanes, out.Workers} {
		for i := range nodes {
			nodes[i].inherit(groups[nodes[i].Group])
			nodes[i].inherit(out.shared())
		}
	}
	return out
}

// shared are the settings of the cluster for every machine.
func (s Spec) shared() NodeSettings {
	return NodeSettings{
		CRISocket:             s.CRISocket,
		KubeadmVersion:        s.KubeadmVersion,
		KubeletVersion:        s.KubernetesVersion,
		PatchesDirectory:      s.PatchesDirectory,
		IgnorePreflightErrors: s.IgnorePreflightErrors,
	}
}

func (s Spec) groups() map[string]NodeSettings {
	groups := make(map[string]NodeSettings, len(s.NodeGroups))
	for _, g := range s.NodeGroups {
		groups[g.Name] = g.NodeSettings
	}
	return groups
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
	s.APIServer = s.APIServer.clone()
	s.ControllerManager = s.ControllerManager.clone()
	s.Scheduler = s.Scheduler.clone()
	s.ControlPlaneFiles = slices.Clone(s.ControlPlaneFiles)
	s.LoadBalancers = slices.Clone(s.LoadBalancers)
	s.ControlPlanes = cloneNodes(s.ControlPlanes)
	s.Workers = cloneNodes(s.Workers)
	s.NodeGroups = slices.Clone(s.NodeGroups)
	for i, g := range s.NodeGroups {
		s.NodeGroups[i].NodeSettings = g.clone()
	}
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
	for i, n := range out {
		out[i].NodeSettings = n.clone()
	}
	return out
}
