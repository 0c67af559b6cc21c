// Package kubeadm1_34 runs the checks of package conformance against
// kubeadm 1.34. It is not part of the regular checks: `go test .` in this
// directory runs it.
//
// Defaults are not among them: the library has those of 1.35 and later, where an
// external etcd has httpEndpoints too.
package kubeadm1_34
