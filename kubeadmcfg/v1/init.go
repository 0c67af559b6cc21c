package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// InitConfiguration says what "kubeadm init" does on the machine that it runs
// on. None of it is stored in the cluster.
type InitConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	// NodeRegistration says how this machine becomes a node.
	NodeRegistration NodeRegistrationOptions `json:"nodeRegistration,omitzero"`

	// LocalAPIEndpoint is where the API server of this machine listens. In a
	// highly available cluster it is not the address that clients use: that is
	// ClusterConfiguration.ControlPlaneEndpoint.
	LocalAPIEndpoint APIEndpoint `json:"localAPIEndpoint,omitzero"`

	// BootstrapTokens are created in the cluster so that machines can join.
	// Default: one random token that lives 24 hours.
	BootstrapTokens []BootstrapToken `json:"bootstrapTokens,omitempty"`

	// CertificateKey encrypts the certificates that init uploads for further
	// control planes: 32 bytes in hex. Default: a random key, which kubeadm
	// prints. It is a secret.
	CertificateKey string `json:"certificateKey,omitempty"`

	// SkipPhases are phases of "kubeadm init" to leave out, such as
	// "addon/kube-proxy". The flag --skip-phases wins over it.
	SkipPhases []string `json:"skipPhases,omitempty"`

	// Patches change what kubeadm writes for the components.
	Patches *Patches `json:"patches,omitempty"`

	// Timeouts bound how long kubeadm waits.
	Timeouts *Timeouts `json:"timeouts,omitempty"`

	// DryRun prints what would be done and changes nothing.
	DryRun bool `json:"dryRun,omitempty"`
}

// BootstrapToken is a token that a joining machine shows to the cluster and by
// which it recognises the cluster. kubeadm keeps it as a Secret in kube-system.
type BootstrapToken struct {
	// Token has the form "abcdef.0123456789abcdef". Default: random. The part
	// after the dot is a secret.
	Token string `json:"token,omitempty"`

	// Description tells people what the token is for.
	Description string `json:"description,omitempty"`

	// TTL is how long the token lives from its creation; zero is for ever.
	// Default: 24h. Not together with Expires.
	TTL *metav1.Duration `json:"ttl,omitempty"`

	// Expires is when the token ends. Not together with TTL.
	Expires *metav1.Time `json:"expires,omitempty"`

	// Usages are "signing", which signs the cluster-info ConfigMap for
	// discovery, and "authentication", which lets the joining kubelet in.
	// Default: both.
	Usages []string `json:"usages,omitempty"`

	// Groups are those that the token authenticates as; each starts with
	// "system:bootstrappers:". They need the usage "authentication".
	// Default: system:bootstrappers:kubeadm:default-node-token.
	Groups []string `json:"groups,omitempty"`
}
