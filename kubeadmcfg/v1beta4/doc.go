// Package v1beta4 holds the types of the kubeadm.k8s.io/v1beta4 configuration
// API as they stand in a file: one struct per kind, and nothing else.
//
// kubeadm 1.31 to 1.37 read this version and prefer it. The kinds are
// [InitConfiguration], [ClusterConfiguration], [JoinConfiguration],
// [ResetConfiguration] and [UpgradeConfiguration].
//
// A zero field means "not written": kubeadm then takes the default that the
// field's comment names. There are pointers only where kubeadm tells "not
// written" from the zero value. TypeMeta may stay empty: package kubeadmcfg
// knows the kind from the Go type and writes it.
//
// The types marshal secrets (tokens, certificate keys), because kubeadm must
// read them. Do not log them.
//
// The source is the published API reference of kubeadm.k8s.io/v1beta4.
package v1beta4
