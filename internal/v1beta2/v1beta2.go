// Package v1beta2 has the types of kubeadm.k8s.io/v1beta2, which kubeadm 1.15 to
// 1.22 read and wrote. They are only read here: what is the same in v1beta3 has
// its types. The source is the published API reference of v1beta2.
package v1beta2

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
)

// InitConfiguration is v1beta3's without skipped phases and patches.
type InitConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	NodeRegistration NodeRegistrationOptions  `json:"nodeRegistration,omitzero"`
	LocalAPIEndpoint v1beta3.APIEndpoint      `json:"localAPIEndpoint,omitzero"`
	BootstrapTokens  []v1beta3.BootstrapToken `json:"bootstrapTokens,omitempty"`
	CertificateKey   string                   `json:"certificateKey,omitempty"`
}

// JoinConfiguration is v1beta3's without skipped phases and patches.
type JoinConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	Discovery        v1beta3.Discovery         `json:"discovery,omitzero"`
	NodeRegistration NodeRegistrationOptions   `json:"nodeRegistration,omitzero"`
	ControlPlane     *v1beta3.JoinControlPlane `json:"controlPlane,omitempty"`
	CACertPath       string                    `json:"caCertPath,omitempty"`
}

// NodeRegistrationOptions are v1beta3's without a pull policy.
type NodeRegistrationOptions struct {
	Name                  string            `json:"name,omitempty"`
	CRISocket             string            `json:"criSocket,omitempty"`
	Taints                []corev1.Taint    `json:"taints,omitzero"`
	KubeletExtraArgs      map[string]string `json:"kubeletExtraArgs,omitempty"`
	IgnorePreflightErrors []string          `json:"ignorePreflightErrors,omitempty"`
}

// ClusterConfiguration is v1beta3's with a kind of DNS server and the image of all
// binaries in one.
type ClusterConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	KubernetesVersion    string                        `json:"kubernetesVersion,omitempty"`
	ClusterName          string                        `json:"clusterName,omitempty"`
	ControlPlaneEndpoint string                        `json:"controlPlaneEndpoint,omitempty"`
	Networking           v1beta3.Networking            `json:"networking,omitzero"`
	APIServer            v1beta3.APIServer             `json:"apiServer,omitzero"`
	ControllerManager    v1beta3.ControlPlaneComponent `json:"controllerManager,omitzero"`
	Scheduler            v1beta3.ControlPlaneComponent `json:"scheduler,omitzero"`
	Etcd                 v1beta3.Etcd                  `json:"etcd,omitzero"`
	DNS                  DNS                           `json:"dns,omitzero"`
	ImageRepository      string                        `json:"imageRepository,omitempty"`
	CertificatesDir      string                        `json:"certificatesDir,omitempty"`
	FeatureGates         map[string]bool               `json:"featureGates,omitempty"`
	// UseHyperKubeImage takes one image for all components, which nobody makes any
	// more since Kubernetes 1.19.
	UseHyperKubeImage bool `json:"useHyperKubeImage,omitempty"`
}

// DNS has settings of the DNS add-on.
type DNS struct {
	// Type is CoreDNS, or kube-dns, which kubeadm no longer knows since 1.21.
	Type            string `json:"type,omitempty"`
	ImageRepository string `json:"imageRepository,omitempty"`
	ImageTag        string `json:"imageTag,omitempty"`
}
