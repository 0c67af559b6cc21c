package v1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// NodeRegistrationOptions say how a machine becomes a node.
type NodeRegistrationOptions struct {
	// Name is the node's name. Default: the host name in lower case.
	Name string `json:"name,omitempty"`

	// CRISocket is the container runtime's socket, such as
	// "unix:///var/run/containerd/containerd.sock". Default: the one that
	// kubeadm finds; it stops where it finds more than one.
	CRISocket string `json:"criSocket,omitempty"`

	// Taints are put on the node when it registers. Nil gives a control plane
	// the taint node-role.kubernetes.io/control-plane:NoSchedule; an empty list
	// ("taints: []") gives none.
	Taints []corev1.Taint `json:"taints,omitzero"`

	// KubeletExtraArgs are kubelet flags without their leading dashes. They win
	// over the kubelet's configuration file.
	KubeletExtraArgs []Arg `json:"kubeletExtraArgs,omitempty"`

	// IgnorePreflightErrors are checks whose errors become warnings, such as
	// "Swap". "all" ignores every check and stands alone.
	IgnorePreflightErrors []string `json:"ignorePreflightErrors,omitempty"`

	// ImagePullPolicy is "Always", "IfNotPresent" or "Never".
	// Default: "IfNotPresent".
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// ImagePullSerial pulls one image after the other. Default: true.
	ImagePullSerial *bool `json:"imagePullSerial,omitempty"`
}

// APIEndpoint is where an API server listens.
type APIEndpoint struct {
	// AdvertiseAddress is the address that the API server tells others to use.
	// Default: that of the interface with the default route.
	AdvertiseAddress string `json:"advertiseAddress,omitempty"`

	// BindPort is the TCP port. Default: 6443.
	BindPort int32 `json:"bindPort,omitempty"`
}

// Arg is a flag of a component. The same name may occur more than once.
type Arg struct {
	// Name is the flag without its leading dashes.
	Name string `json:"name"`

	// Value is what follows the flag's "=".
	Value string `json:"value"`

	// MergeMethod says what happens to the value that kubeadm sets itself for
	// this flag. Default: Value replaces it. With a method, and where kubeadm
	// sets no such flag, the argument is left out.
	MergeMethod ArgMergeMethod `json:"mergeMethod,omitempty"`
}

// ArgMergeMethod says how an argument's value joins the one that kubeadm sets.
type ArgMergeMethod string

// The merge methods. Nothing is put between the two values.
const (
	ArgMergeMethodAppend  ArgMergeMethod = "append"
	ArgMergeMethodPrepend ArgMergeMethod = "prepend"
)

// HostPathMount mounts a path of the host into a component's pod.
type HostPathMount struct {
	// Name is the volume's name in the pod.
	Name string `json:"name,omitempty"`

	// HostPath is the path on the host.
	HostPath string `json:"hostPath,omitempty"`

	// MountPath is the path in the pod.
	MountPath string `json:"mountPath,omitempty"`

	// ReadOnly forbids the pod to write.
	ReadOnly bool `json:"readOnly,omitempty"`

	// PathType says what must be at HostPath, such as "File" or
	// "DirectoryOrCreate". Default: no check.
	PathType corev1.HostPathType `json:"pathType,omitempty"`
}

// Patches names a directory of patches.
type Patches struct {
	// Directory holds files named TARGET[SUFFIX][+PATCHTYPE].EXTENSION, such as
	// "kube-apiserver0+merge.yaml". Targets: kube-apiserver,
	// kube-controller-manager, kube-scheduler, etcd, kubeletconfiguration,
	// corednsdeployment, kubeproxydaemonset.
	// Patch types: strategic (default), merge, json. Extensions: yaml, json.
	// kubeadm applies them in the order of their suffixes.
	Directory string `json:"directory,omitempty"`
}

// Timeouts bound how long kubeadm waits.
type Timeouts struct {
	// ControlPlaneComponentHealthCheck is for a control-plane component, such
	// as the API server, to become healthy. Default: 4m.
	ControlPlaneComponentHealthCheck *metav1.Duration `json:"controlPlaneComponentHealthCheck,omitempty"`

	// KubeletHealthCheck is for the kubelet to become healthy. Default: 4m.
	KubeletHealthCheck *metav1.Duration `json:"kubeletHealthCheck,omitempty"`

	// KubernetesAPICall is for one call of the API server. Default: 1m.
	KubernetesAPICall *metav1.Duration `json:"kubernetesAPICall,omitempty"`

	// EtcdAPICall is for one call of etcd. Default: 2m.
	EtcdAPICall *metav1.Duration `json:"etcdAPICall,omitempty"`

	// TLSBootstrap is for a joining kubelet to get its certificate. Default: 5m.
	TLSBootstrap *metav1.Duration `json:"tlsBootstrap,omitempty"`

	// Discovery is for a joining machine to check the API server's identity.
	// Default: 5m.
	Discovery *metav1.Duration `json:"discovery,omitempty"`

	// UpgradeManifests is for a static pod to come up after its manifest
	// changed in an upgrade. Default: 5m.
	UpgradeManifests *metav1.Duration `json:"upgradeManifests,omitempty"`
}
