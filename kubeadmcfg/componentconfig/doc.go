// Package componentconfig gives the documents of the kubelet and of kube-proxy
// that stand in kubeadm's files their Go types. It is a package of its own
// because these types bring some 140 packages with them: who only carries the
// documents does without.
//
// [Kubelet] and [KubeProxy] read the document of a file, strictly. [KubeletDocument]
// and [KubeProxyDocument] make one, without the many zero values that these types
// would write. The package fills in no defaults and judges no values: the
// kubelet and kube-proxy do, when they start.
//
// The sources are the published API references of kubelet.config.k8s.io/v1beta1
// and kubeproxy.config.k8s.io/v1alpha1.
package componentconfig
