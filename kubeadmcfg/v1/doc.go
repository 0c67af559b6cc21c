// Package v1 holds the types of the kubeadm.k8s.io/v1 configuration API as they
// stand in a file: one struct per kind, and nothing else.
//
// In kubeadm 1.37 this version is experimental: "kubeadm init" and "kubeadm
// join" refuse it, and only "kubeadm config validate" and "kubeadm config
// migrate" with --allow-experimental-api read it. It is v1beta4 with one field
// more, [Arg].MergeMethod.
//
// A zero field means "not written": kubeadm then takes the default that the
// field's comment names. There are pointers only where kubeadm tells "not
// written" from the zero value. TypeMeta may stay empty: package kubeadmcfg
// knows the kind from the Go type and writes it.
//
// The types marshal secrets (tokens, certificate keys), because kubeadm must
// read them. Do not log them.
//
// The source is the published API reference of kubeadm.k8s.io/v1.
package v1
