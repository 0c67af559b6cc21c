// Package kubeadmcfg reads, judges, converts and writes kubeadm's configuration
// files, in every API version that a kubeadm in use understands: v1beta3, v1beta4
// and v1. It runs nothing and asks nothing of the machine that it runs on.
//
// # Documents and files
//
// A document is a plain struct of one of the packages v1beta3, v1beta4 and
// v1, or an [Other], which is carried as it is. You write the structs of the
// version that you target; [VersionFor] gives it for a release of kubeadm. A
// [File] is a set of documents, because that is what kubeadm reads: [New] puts
// one together, [Parse] reads one strictly and [ParseTolerant] one that a live
// cluster gave, [Find] takes a document out, [File.Bytes] and [File.WriteTo]
// write it.
//
// # Judging
//
// [File.Validate] refuses what kubeadm refuses, and what kubeadm accepts and
// fails on later. [File.Warnings] names what nobody checks: subnets that overlap
// each other or the machines, and settings that a highly available cluster
// cannot live with. [File.ValidateFor] and [File.WarningsFor] do so for one
// release of kubeadm.
//
// # Changing
//
// [File.Convert] writes the set in another API version and says what would be
// lost; [File.ConvertLossy] loses it and gives the list. [File.WithDefaults]
// writes out what kubeadm takes where a file says nothing. [Diff] tells two
// files apart, field by field.
//
// # The cluster's own configuration
//
// kubeadm keeps the ClusterConfiguration in the ConfigMap
// kube-system/kubeadm-config. [ParseConfigMap] and [FromConfigMap] give it as
// [Stored], which passes it on byte for byte: [Stored.UploadCertsFile] for
// uploading the certificates again, [Stored.PhaseFile] for any other phase of
// "kubeadm init", [Stored.JoinFile] for joining machines.
//
// # What it does not do
//
// It does not look at the machine: the node's name, its address, the CRI socket
// and random tokens stay open where a file leaves them open. It does not judge
// the documents of the kubelet and of kube-proxy; package componentconfig gives
// them their types. A File holds secrets and prints them, as kubeadm must read
// them; errors, warnings and Diff do not show them.
//
// The source is the published API reference of kubeadm.k8s.io, and the behaviour
// of kubeadm 1.22 to 1.37. The types, the validation, the defaults and the
// conversion are held to kubeadm's own code by tests that link it.
package kubeadmcfg
