package v1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ClusterConfiguration says what holds for the whole cluster. kubeadm stores it
// in the ConfigMap kube-system/kubeadm-config and reads it from there for every
// join and upgrade.
type ClusterConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	// KubernetesVersion is the version of the control plane, such as "v1.37.2".
	// kubeadm accepts its own minor version and the one before. A label such as
	// "stable-1" makes kubeadm ask the internet. Default: "stable-1".
	KubernetesVersion string `json:"kubernetesVersion,omitempty"`

	// ClusterName appears in kubeconfig files and as the controller manager's
	// --cluster-name. Default: "kubernetes".
	ClusterName string `json:"clusterName,omitempty"`

	// ControlPlaneEndpoint is the stable name or address, with or without a
	// port, that all nodes and clients use: the load balancer's. Without a port
	// it gets LocalAPIEndpoint.BindPort. Default: none, and then no second
	// control plane can join.
	ControlPlaneEndpoint string `json:"controlPlaneEndpoint,omitempty"`

	// Networking holds the subnets and the domain inside the cluster.
	Networking Networking `json:"networking,omitzero"`

	// APIServer has extra settings of the API servers.
	APIServer APIServer `json:"apiServer,omitzero"`

	// ControllerManager has extra settings of the controller managers.
	ControllerManager ControlPlaneComponent `json:"controllerManager,omitzero"`

	// Scheduler has extra settings of the schedulers.
	Scheduler ControlPlaneComponent `json:"scheduler,omitzero"`

	// Etcd says whether etcd runs on the control planes or elsewhere.
	// Default: on the control planes.
	Etcd Etcd `json:"etcd,omitzero"`

	// DNS has settings of the CoreDNS add-on.
	DNS DNS `json:"dns,omitzero"`

	// Proxy has settings of the kube-proxy add-on.
	Proxy Proxy `json:"proxy,omitzero"`

	// ImageRepository is where images are pulled from.
	// Default: "registry.k8s.io".
	ImageRepository string `json:"imageRepository,omitempty"`

	// CertificatesDir is where the certificates are found or made.
	// Default: "/etc/kubernetes/pki".
	CertificatesDir string `json:"certificatesDir,omitempty"`

	// EncryptionAlgorithm is that of the keys that kubeadm makes.
	// Default: RSA-2048.
	EncryptionAlgorithm EncryptionAlgorithm `json:"encryptionAlgorithm,omitempty"`

	// CertificateValidityPeriod is how long leaf certificates are valid.
	// Default: 8760h, a year.
	CertificateValidityPeriod *metav1.Duration `json:"certificateValidityPeriod,omitempty"`

	// CACertificateValidityPeriod is how long the authorities' certificates are
	// valid. Default: 87600h, ten years.
	CACertificateValidityPeriod *metav1.Duration `json:"caCertificateValidityPeriod,omitempty"`

	// FeatureGates switches features of kubeadm itself, not of Kubernetes. A
	// gate that this kubeadm does not have, or no longer has, is an error.
	FeatureGates map[string]bool `json:"featureGates,omitempty"`
}

// EncryptionAlgorithm is the kind of key that kubeadm makes for certificates.
type EncryptionAlgorithm string

// The algorithms.
const (
	EncryptionAlgorithmRSA2048   EncryptionAlgorithm = "RSA-2048"
	EncryptionAlgorithmRSA3072   EncryptionAlgorithm = "RSA-3072"
	EncryptionAlgorithmRSA4096   EncryptionAlgorithm = "RSA-4096"
	EncryptionAlgorithmECDSAP256 EncryptionAlgorithm = "ECDSA-P256"
	EncryptionAlgorithmECDSAP384 EncryptionAlgorithm = "ECDSA-P384"
)

// Networking holds the subnets and the domain inside the cluster. A dual-stack
// cluster names two subnets, one per family, with a comma and no space.
type Networking struct {
	// ServiceSubnet is what Services get their addresses from.
	// Default: "10.96.0.0/12".
	ServiceSubnet string `json:"serviceSubnet,omitempty"`

	// PodSubnet is what pods get their addresses from. It must not overlap the
	// machines' network. Default: none; the controller manager then hands out
	// no node subnets.
	PodSubnet string `json:"podSubnet,omitempty"`

	// DNSDomain is the domain of Services. Default: "cluster.local".
	DNSDomain string `json:"dnsDomain,omitempty"`
}

// ControlPlaneComponent has extra settings of a component that runs as a static
// pod on every control plane.
type ControlPlaneComponent struct {
	// ExtraArgs are flags without their leading dashes. They replace those that
	// kubeadm sets itself.
	ExtraArgs []Arg `json:"extraArgs,omitempty"`

	// ExtraVolumes mount files of the host into the pod. They must exist on
	// every control plane before it joins.
	ExtraVolumes []HostPathMount `json:"extraVolumes,omitempty"`

	// ExtraEnvs are environment variables; they replace those that kubeadm sets,
	// such as the proxy variables.
	ExtraEnvs []corev1.EnvVar `json:"extraEnvs,omitempty"`
}

// APIServer has extra settings of the API servers.
type APIServer struct {
	// ExtraArgs are flags without their leading dashes. They replace those that
	// kubeadm sets itself.
	ExtraArgs []Arg `json:"extraArgs,omitempty"`

	// ExtraVolumes mount files of the host into the pod. They must exist on
	// every control plane before it joins.
	ExtraVolumes []HostPathMount `json:"extraVolumes,omitempty"`

	// ExtraEnvs are environment variables; they replace those that kubeadm sets,
	// such as the proxy variables.
	ExtraEnvs []corev1.EnvVar `json:"extraEnvs,omitempty"`

	// CertSANs are further names and addresses for the API server's
	// certificate. The control-plane endpoint is in it without being listed.
	CertSANs []string `json:"certSANs,omitempty"`
}

// Etcd says where etcd runs. At most one of Local and External is set.
type Etcd struct {
	// Local runs a member on every control plane ("stacked"). It is the default.
	Local *LocalEtcd `json:"local,omitempty"`

	// External uses an etcd cluster that somebody else runs.
	External *ExternalEtcd `json:"external,omitempty"`
}

// LocalEtcd is an etcd with a member on every control plane.
type LocalEtcd struct {
	// ImageRepository replaces ClusterConfiguration.ImageRepository for etcd.
	ImageRepository string `json:"imageRepository,omitempty"`

	// ImageTag replaces the etcd version that belongs to KubernetesVersion.
	// kubeadm upgrade then leaves etcd alone.
	ImageTag string `json:"imageTag,omitempty"`

	// DataDir is where the member keeps its data. Default: "/var/lib/etcd".
	DataDir string `json:"dataDir,omitempty"`

	// ExtraArgs are flags of etcd without their leading dashes.
	ExtraArgs []Arg `json:"extraArgs,omitempty"`

	// ExtraEnvs are environment variables of etcd.
	ExtraEnvs []corev1.EnvVar `json:"extraEnvs,omitempty"`

	// ServerCertSANs are further names and addresses for the certificate that
	// clients see.
	ServerCertSANs []string `json:"serverCertSANs,omitempty"`

	// PeerCertSANs are further names and addresses for the certificate that
	// other members see.
	PeerCertSANs []string `json:"peerCertSANs,omitempty"`
}

// ExternalEtcd is an etcd cluster that kubeadm does not run.
type ExternalEtcd struct {
	// Endpoints are the client URLs of its members, such as
	// "https://10.0.0.1:2379".
	Endpoints []string `json:"endpoints,omitempty"`

	// HTTPEndpoints are the URLs for /health and /metrics, where etcd serves
	// these apart from its clients (etcd --listen-client-http-urls).
	// Default: Endpoints.
	HTTPEndpoints []string `json:"httpEndpoints,omitempty"`

	// CAFile is the authority that signed etcd's certificates; an absolute path
	// on every control plane.
	CAFile string `json:"caFile,omitempty"`

	// CertFile is the API server's client certificate; an absolute path. It
	// goes together with KeyFile and needs CAFile.
	CertFile string `json:"certFile,omitempty"`

	// KeyFile is the key of CertFile; an absolute path.
	KeyFile string `json:"keyFile,omitempty"`
}

// DNS has settings of the CoreDNS add-on.
type DNS struct {
	// ImageRepository replaces ClusterConfiguration.ImageRepository for CoreDNS.
	ImageRepository string `json:"imageRepository,omitempty"`

	// ImageTag replaces the CoreDNS version that belongs to KubernetesVersion.
	ImageTag string `json:"imageTag,omitempty"`

	// Disabled leaves the add-on out.
	Disabled bool `json:"disabled,omitempty"`
}

// Proxy has settings of the kube-proxy add-on.
type Proxy struct {
	// Disabled leaves the add-on out.
	Disabled bool `json:"disabled,omitempty"`
}
