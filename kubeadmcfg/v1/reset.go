package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ResetConfiguration says how "kubeadm reset" takes back what init or join did
// on a machine.
type ResetConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	// CRISocket is the container runtime's socket. Default: the one that the
	// node's annotation names, or that kubeadm finds.
	CRISocket string `json:"criSocket,omitempty"`

	// CertificatesDir is where the certificates are, which reset removes.
	// Default: "/etc/kubernetes/pki".
	CertificatesDir string `json:"certificatesDir,omitempty"`

	// CleanupTmpDir also empties /etc/kubernetes/tmp.
	CleanupTmpDir bool `json:"cleanupTmpDir,omitempty"`

	// Force resets without asking.
	Force bool `json:"force,omitempty"`

	// DryRun prints what would be done and changes nothing.
	DryRun bool `json:"dryRun,omitempty"`

	// IgnorePreflightErrors are checks whose errors become warnings. "all"
	// ignores every check and stands alone.
	IgnorePreflightErrors []string `json:"ignorePreflightErrors,omitempty"`

	// SkipPhases are phases of "kubeadm reset" to leave out.
	SkipPhases []string `json:"skipPhases,omitempty"`

	// UnmountFlags are flags of umount2(2) for directories that reset unmounts:
	// MNT_FORCE, MNT_DETACH, MNT_EXPIRE, UMOUNT_NOFOLLOW. Default: none.
	UnmountFlags []string `json:"unmountFlags,omitempty"`

	// Timeouts bound how long kubeadm waits.
	Timeouts *Timeouts `json:"timeouts,omitempty"`
}
