package convert

import (
	"fmt"

	"github.com/haplane/haplane/internal/plain"
)

// Reference is one place that knows an address of the API server.
type Reference struct {
	// Kind says what the address belongs to.
	Kind Kind `json:"kind"`
	// Host of a file; empty for an object of the cluster.
	Host string `json:"host,omitempty"`
	// Where is the file's path, or the object: configmap kube-system/kube-proxy.
	Where string `json:"where"`
	// Field in it.
	Field string `json:"field"`
	// Address as it stands there: a URL, a host, host:port; empty where there is
	// none yet.
	Address string `json:"address"`
	// Verdict says what becomes of it, and Reason why.
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason"`
	// Breaks says what stops working when the address does; empty where that is
	// nothing.
	Breaks string `json:"breaks,omitempty"`
	// Cluster is the entry of the kubeconfig that the field is in.
	Cluster string `json:"cluster,omitempty"`
	// Tenant is true for an object outside the namespaces of the cluster's own
	// parts. Whoever may make a pod there writes it: a plan tells of it, and
	// nothing waits for it.
	Tenant bool `json:"tenant,omitempty"`
}

// Kind is what a reference belongs to. Kinds are stable.
type Kind string

// The kinds of references.
const (
	KubeadmConfig      Kind = "kubeadm-config"
	ServingCertificate Kind = "apiserver-certificate"
	ClusterInfo        Kind = "cluster-info"
	KubeProxy          Kind = "kube-proxy"
	Kubelet            Kind = "kubelet"
	Admin              Kind = "admin"
	SuperAdmin         Kind = "super-admin"
	ControllerManager  Kind = "controller-manager"
	Scheduler          Kind = "scheduler"
	// Kubeconfig is any other kubeconfig.
	Kubeconfig Kind = "kubeconfig"
	// HostsEntry is the endpoint's name in /etc/hosts.
	HostsEntry Kind = "hosts"
	// PodNetwork is a setting of Cilium, Calico or flannel.
	PodNetwork Kind = "pod-network"
	// Konnectivity is the agents' --proxy-server-host.
	Konnectivity Kind = "konnectivity"
	// Workload is any other pod that was told an address.
	Workload Kind = "workload"
	// Leftover is what a plan that was broken off has left on a machine.
	Leftover Kind = "leftover"
	// ConfigMap is any other ConfigMap that has an API server's URL in it.
	ConfigMap Kind = "configmap"
)

// Verdict is what becomes of a reference.
type Verdict string

// The verdicts.
const (
	// Done names the endpoint already.
	Done Verdict = "done"
	// Keep is another address that does no harm there.
	Keep Verdict = "keep"
	// Edit is in scope, and the plan changes it.
	Edit Verdict = "edit"
	// Restart is a process that does not use what its file names. It is in scope,
	// and the plan starts it anew.
	Restart Verdict = "restart"
	// Manual is in scope, and whoever installed it must change it: the plan says
	// how, and checks that it was done.
	Manual Verdict = "manual"
)

// InScope tells whether the reference must change before the cluster counts as
// converted.
func (r Reference) InScope() bool {
	return r.Verdict == Edit || r.Verdict == Restart || r.Verdict == Manual
}

// Place is HOST:PATH of a file, or the object.
func (r Reference) Place() string { return place(r.Host, r.Where) }

// String is one line, whatever stands in the cluster.
func (r Reference) String() string {
	address := r.Address
	switch {
	case address == "" && r.Verdict == Restart:
		address = "another address"
	case address == "":
		address = "none"
	}
	return plain.Line(fmt.Sprintf("%s %s %s: %s: %s", r.Place(), r.Field, address, r.Verdict, r.Reason))
}

func place(host, where string) string {
	if host == "" {
		return where
	}
	return host + ":" + where
}
