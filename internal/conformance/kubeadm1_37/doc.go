// Package kubeadm1_37 runs the checks of package conformance against
// kubeadm 1.37.
package kubeadm1_37
