package v1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// UpgradeConfiguration says how the subcommands of "kubeadm upgrade" run.
type UpgradeConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	// Plan is for "kubeadm upgrade plan".
	Plan UpgradePlanConfiguration `json:"plan,omitzero"`

	// Diff is for "kubeadm upgrade diff".
	Diff UpgradeDiffConfiguration `json:"diff,omitzero"`

	// Apply is for "kubeadm upgrade apply", on the first control plane.
	Apply UpgradeApplyConfiguration `json:"apply,omitzero"`

	// Node is for "kubeadm upgrade node", on every other machine.
	Node UpgradeNodeConfiguration `json:"node,omitzero"`

	// Timeouts bound how long kubeadm waits.
	Timeouts *Timeouts `json:"timeouts,omitempty"`
}

// UpgradePlanConfiguration is for "kubeadm upgrade plan".
type UpgradePlanConfiguration struct {
	// KubernetesVersion is the version to upgrade to. Default: the newest that
	// kubeadm offers.
	KubernetesVersion string `json:"kubernetesVersion,omitempty"`

	// AllowExperimentalUpgrades also offers alpha, beta and release candidate
	// versions. Default: false.
	AllowExperimentalUpgrades *bool `json:"allowExperimentalUpgrades,omitempty"`

	// AllowRCUpgrades also offers release candidates. Default: false.
	AllowRCUpgrades *bool `json:"allowRCUpgrades,omitempty"`

	// EtcdUpgrade includes etcd. Default: true.
	EtcdUpgrade *bool `json:"etcdUpgrade,omitempty"`

	// DryRun changes nothing. Default: false.
	DryRun *bool `json:"dryRun,omitempty"`

	// IgnorePreflightErrors are checks whose errors become warnings. "all"
	// ignores every check and stands alone.
	IgnorePreflightErrors []string `json:"ignorePreflightErrors,omitempty"`

	// PrintConfig prints the configuration that is used. Default: false.
	PrintConfig *bool `json:"printConfig,omitempty"`
}

// UpgradeDiffConfiguration is for "kubeadm upgrade diff".
type UpgradeDiffConfiguration struct {
	// KubernetesVersion is the version to upgrade to.
	KubernetesVersion string `json:"kubernetesVersion,omitempty"`

	// ContextLines is how many unchanged lines are shown around a change.
	ContextLines int `json:"contextLines,omitempty"`
}

// UpgradeApplyConfiguration is for "kubeadm upgrade apply".
type UpgradeApplyConfiguration struct {
	// KubernetesVersion is the version to upgrade to.
	KubernetesVersion string `json:"kubernetesVersion,omitempty"`

	// AllowExperimentalUpgrades also allows alpha, beta and release candidate
	// versions. Default: false.
	AllowExperimentalUpgrades *bool `json:"allowExperimentalUpgrades,omitempty"`

	// AllowRCUpgrades also allows release candidates. Default: false.
	AllowRCUpgrades *bool `json:"allowRCUpgrades,omitempty"`

	// CertificateRenewal renews the certificates. Default: true.
	CertificateRenewal *bool `json:"certificateRenewal,omitempty"`

	// EtcdUpgrade includes etcd. Default: true.
	EtcdUpgrade *bool `json:"etcdUpgrade,omitempty"`

	// ForceUpgrade upgrades without asking. Default: false.
	ForceUpgrade *bool `json:"forceUpgrade,omitempty"`

	// DryRun prints what would be done and changes nothing. Default: false.
	DryRun *bool `json:"dryRun,omitempty"`

	// IgnorePreflightErrors are checks whose errors become warnings. "all"
	// ignores every check and stands alone.
	IgnorePreflightErrors []string `json:"ignorePreflightErrors,omitempty"`

	// SkipPhases are phases of "kubeadm upgrade apply" to leave out.
	SkipPhases []string `json:"skipPhases,omitempty"`

	// Patches change what kubeadm writes for the components. Its directory must
	// be absolute here.
	Patches *Patches `json:"patches,omitempty"`

	// ImagePullPolicy is "Always", "IfNotPresent" or "Never".
	// Default: "IfNotPresent".
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// ImagePullSerial pulls one image after the other. Default: true.
	ImagePullSerial *bool `json:"imagePullSerial,omitempty"`

	// PrintConfig prints the configuration that is used. Default: false.
	PrintConfig *bool `json:"printConfig,omitempty"`
}

// UpgradeNodeConfiguration is for "kubeadm upgrade node".
type UpgradeNodeConfiguration struct {
	// CertificateRenewal renews the certificates. Default: true.
	CertificateRenewal *bool `json:"certificateRenewal,omitempty"`

	// EtcdUpgrade includes etcd. Default: true.
	EtcdUpgrade *bool `json:"etcdUpgrade,omitempty"`

	// DryRun prints what would be done and changes nothing. Default: false.
	DryRun *bool `json:"dryRun,omitempty"`

	// IgnorePreflightErrors are checks whose errors become warnings. "all"
	// ignores every check and stands alone.
	IgnorePreflightErrors []string `json:"ignorePreflightErrors,omitempty"`

	// SkipPhases are phases of "kubeadm upgrade node" to leave out.
	SkipPhases []string `json:"skipPhases,omitempty"`

	// Patches change what kubeadm writes for the components. Its directory must
	// be absolute here.
	Patches *Patches `json:"patches,omitempty"`

	// ImagePullPolicy is "Always", "IfNotPresent" or "Never".
	// Default: "IfNotPresent".
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// ImagePullSerial pulls one image after the other. Default: true.
	ImagePullSerial *bool `json:"imagePullSerial,omitempty"`
}
