// Package conformance holds the library's kubeadm packages to kubeadm's own
// code. The checks are written once, here, against a [Kubeadm]: the functions
// and types of one kubeadm release. Each nested module beside this file
// (kubeadm1_36, kubeadm1_37, ...) requires one release of k8s.io/kubernetes,
// fills in its Kubeadm and runs the checks that apply to it, in process: no
// kubeadm program, no network and no container runtime is needed. Commands are
// parsed by kubeadm's own flag parser and never run.
//
// The modules are nested because k8s.io/kubernetes can only be required
// together with a replace line for each of its staging modules, which the
// library does not ask of the programs that import it.
package conformance
