// Package cluster describes a kubeadm cluster: its load balancers, control
// planes and workers, the endpoint in front of the API servers, and what every
// machine shares.
//
// A [Spec] is a Go literal or a YAML file with apiVersion and kind, which
// [Parse] reads strictly, reporting everything that is wrong in one run:
//
//	apiVersion: haplane.github.io/v1alpha1
//	kind: Cluster
//	kubernetesVersion: v1.37.2
//	controlPlaneEndpoint: k8s-vip:6443
//	podSubnets: [10.244.0.0/16]
//	loadBalancers:
//	- {name: lb-1, address: 192.168.51.80/24}
//	controlPlanes:
//	- {name: cp-1, address: 192.168.51.81/24}
//	- {name: cp-2, address: 192.168.51.82/24}
//	- {name: cp-3, address: 192.168.51.83/24}
//	workers:
//	- {name: wk-1, address: 192.168.51.84/24}
//
// A [Node] may say more: a [NodeGroup] that it shares settings with, labels,
// taints, kubelet arguments, its own versions and patches ([NodeSettings]), a
// second address for dual stack, an address of its own for the API server.
// [Component] holds further flags and mounts of the control plane's components.
//
// [Spec.Validate] finds what kubeadm, HAProxy, a kubelet or an API server would
// reject, and [Spec.Warnings] what nobody checks: a pod subnet over the node
// network, hosts of one network with different prefix lengths, an even number of
// control planes, a single load balancer, names that collide, files that no step
// brings. [Schema] is the JSON Schema for editors.
//
// A [State] is what a cluster says of itself: [ParseState] reads it from what
// kubectl printed, [FromObjects] from API objects. [State.Warnings] finds what is
// wrong in it, [State.Bytes] gives it for people.
//
// The package only describes: package joinplan makes files, commands and the
// plan of it. All functions and methods are safe for concurrent use.
package cluster
