// Package kubeadm1_30 runs the checks of package conformance against
// kubeadm 1.30, the last release that writes v1beta3. It is not part of the
// regular checks: `go test .` in this directory runs it.
package kubeadm1_30
