// Package kubeadmcfg reads, judges, converts and writes kubeadm's configuration
// files, in every version of their API.
package kubeadmcfg
