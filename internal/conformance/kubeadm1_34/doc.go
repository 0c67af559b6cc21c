// Package kubeadm1_34 runs the checks of package conformance against
// kubeadm 1.34. It is not part of the regular checks: `go test .` in this
// directory runs it.
package kubeadm1_34
