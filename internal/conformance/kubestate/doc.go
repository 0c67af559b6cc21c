// Package kubestate holds joinplan/kubestate to a real API server: its tests
// build etcd, kube-apiserver, kubeadm and kubectl from their modules, as the
// end-to-end tests do and into the same cache, start the first two on loopback,
// have kubeadm make its objects, and compare what kubestate reads with what
// kubectl prints.
package kubestate
