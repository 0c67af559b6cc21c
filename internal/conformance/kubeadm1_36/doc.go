// Package kubeadm1_36 runs the checks of package conformance against
// kubeadm 1.36.
package kubeadm1_36
