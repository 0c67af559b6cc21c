package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// JoinConfiguration says how "kubeadm join" brings a machine into a cluster, as
// a worker or, with ControlPlane, as a further control plane.
type JoinConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	// Discovery says how the machine finds the cluster and comes to trust it.
	Discovery Discovery `json:"discovery,omitzero"`

	// NodeRegistration says how this machine becomes a node.
	NodeRegistration NodeRegistrationOptions `json:"nodeRegistration,omitzero"`

	// ControlPlane makes the machine a control plane. Nil makes it a worker; an
	// empty struct makes it a control plane with all defaults.
	ControlPlane *JoinControlPlane `json:"controlPlane,omitempty"`

	// CACertPath is where the cluster's CA certificate is put; absolute, and
	// ending in ".crt". Default: "/etc/kubernetes/pki/ca.crt".
	CACertPath string `json:"caCertPath,omitempty"`

	// SkipPhases are phases of "kubeadm join" to leave out. The flag
	// --skip-phases wins over it.
	SkipPhases []string `json:"skipPhases,omitempty"`

	// Patches change what kubeadm writes for the components.
	Patches *Patches `json:"patches,omitempty"`

	// Timeouts bound how long kubeadm waits.
	Timeouts *Timeouts `json:"timeouts,omitempty"`

	// DryRun prints what would be done and changes nothing.
	DryRun bool `json:"dryRun,omitempty"`
}

// JoinControlPlane makes a joining machine a control plane.
type JoinControlPlane struct {
	// LocalAPIEndpoint is where the API server of this machine listens.
	LocalAPIEndpoint APIEndpoint `json:"localAPIEndpoint,omitzero"`

	// CertificateKey decrypts the certificates that init or
	// "kubeadm init phase upload-certs" put into the cluster: 32 bytes in hex.
	// Leave it empty where the certificates were copied by hand. It is a secret.
	CertificateKey string `json:"certificateKey,omitempty"`
}

// Discovery says how a machine finds the cluster and comes to trust it. Exactly
// one of BootstrapToken and File is set.
type Discovery struct {
	// BootstrapToken finds the cluster by its endpoint, a token and the hash of
	// its CA.
	BootstrapToken *BootstrapTokenDiscovery `json:"bootstrapToken,omitempty"`

	// File finds the cluster by a kubeconfig file.
	File *FileDiscovery `json:"file,omitempty"`

	// TLSBootstrapToken lets the kubelet ask for its certificate. Default:
	// BootstrapToken.Token. With File it is needed when the file holds no
	// credentials. It is a secret.
	TLSBootstrapToken string `json:"tlsBootstrapToken,omitempty"`
}

// BootstrapTokenDiscovery finds the cluster by a token.
type BootstrapTokenDiscovery struct {
	// APIServerEndpoint is host:port of the API server: the control-plane
	// endpoint in a highly available cluster.
	APIServerEndpoint string `json:"apiServerEndpoint,omitempty"`

	// Token has the form "abcdef.0123456789abcdef". It is a secret.
	Token string `json:"token,omitempty"`

	// CACertHashes pin the cluster's CA: "sha256:" and the SHA-256, in hex, of
	// the DER form of its public key (SubjectPublicKeyInfo). One must match.
	CACertHashes []string `json:"caCertHashes,omitempty"`

	// UnsafeSkipCAVerification trusts any CA that signs with the token. It must
	// be set where CACertHashes is empty.
	UnsafeSkipCAVerification bool `json:"unsafeSkipCAVerification,omitempty"`
}

// FileDiscovery finds the cluster by a kubeconfig file.
type FileDiscovery struct {
	// KubeConfigPath is a path on the machine or an https URL.
	KubeConfigPath string `json:"kubeConfigPath,omitempty"`
}
