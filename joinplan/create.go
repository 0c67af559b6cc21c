package joinplan

import (
	"fmt"
	"strings"
	"time"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Where the plan puts its files on the hosts.
const (
	InitPath        = "/etc/kubernetes/kubeadm-init.yaml"
	UploadCertsPath = "/etc/kubernetes/kubeadm-upload-certs.yaml"
	JoinPath        = "/etc/kubernetes/kubeadm-join.yaml"
	HAProxyPath     = "/etc/haproxy/haproxy.cfg"
	HAProxyCAPath   = "/etc/haproxy/kubernetes-ca.crt"

	clusterCAPath = "/etc/kubernetes/pki/ca.crt"
	adminConf     = "/etc/kubernetes/admin.conf"
)

// Known is what has become known since the description was written.
type Known struct {
	// Credentials that kubeadm printed, as far as it did: see
	// [kubeadmcmd.ParseCredentials].
	Credentials kubeadmcmd.Credentials
	// Now is the time at which the plan is made, to compare with the deadlines
	// of the credentials. Zero compares nothing.
	Now time.Time
}

// Create plans a highly available cluster on machines that hold nothing of
// Kubernetes yet but the packages: names first, then the cluster's CA, the load
// balancers that verify it, the first control plane, the workers, and the other
// control planes strictly one after another with etcd checked in between.
//
// On virgin machines nobody has credentials yet: the steps that join machines
// then say what they await. Carry out the steps before them, give what kubeadm
// printed as Known, and make the plan again: the IDs stay the same.
//
// Errors are those of the description, and credentials that have expired or
// belong to another endpoint.
func Create(spec cluster.Spec, known Known) (Plan, error) {
	b, err := newBuilder(spec, known)
	if err != nil {
		return Plan{}, err
	}
	b.plan.Title = "Create " + b.spec.Name
	b.members = b.spec.ControlPlanes[:1:1]
	if err := b.create(); err != nil {
		return Plan{}, err
	}
	return b.plan, nil
}

func (b *builder) create() error {
	initialised, others := "init/"+b.admin.Name, b.spec.ControlPlanes[1:]
	for _, add := range []func() error{
		b.hosts,
		b.clusterCA,
		func() error {
			return b.loadBalancers("The endpoint must answer before kubeadm init writes it into every kubeconfig. Until then all its servers are down.")
		},
		b.initialise,
		b.podNetwork,
		func() error { return b.joinWorkers(b.spec.Workers, initialised) },
		func() error { return b.uploadCertsFirst(len(others) > 0, initialised) },
		func() error { return b.joinControlPlanes(others, b.copies(nil), "upload-certs/"+b.admin.Name) },
	} {
		if err := add(); err != nil {
			return err
		}
	}
	b.verify("pod-network/" + b.admin.Name)
	return nil
}

func (b *builder) clusterCA() error {
	file, err := initFile(b.spec)
	if err != nil {
		return err
	}
	command, err := kubeadmcmd.InitPhase{Phase: "certs ca", ConfigFile: InitPath}.Command()
	if err != nil {
		return err
	}
	first := b.admin.Name
	b.add(Step{
		ID:            "ca/" + first,
		Title:         "The cluster's CA on " + first,
		Host:          first,
		Why:           "The load balancer verifies the API servers by this CA from its first start on; kubeadm init finds it and keeps it.",
		Needs:         []string{"hosts/" + first},
		Preconditions: b.preconditions(b.admin),
		Actions:       []Action{configFile(InitPath, file.Bytes()), Run{Command: command}},
		Checks:        []Check{succeeds(first, "the CA certificate is there", "test", "-s", clusterCAPath)},
	})
	return nil
}

func (b *builder) initialise() error {
	command, err := kubeadmcmd.Init{ConfigFile: InitPath}.Command()
	if err != nil {
		return err
	}
	first := b.admin.Name
	needs := []string{"ca/" + first}
	for _, lb := range b.spec.LoadBalancers {
		needs = append(needs, "load-balancer/"+lb.Name)
	}
	b.add(Step{
		ID:            "init/" + first,
		Title:         "Initialise the cluster on " + first,
		Host:          first,
		Why:           "The endpoint is in the certificates and kubeconfigs from the start: without it no control plane could join later.",
		Needs:         needs,
		Preconditions: b.initPreconditions(),
		Actions:       []Action{Run{Command: command, PrintsCredentials: true}},
		Checks:        []Check{b.kubeconfigServer(first), b.nodesRegistered(first), b.etcdAgrees()},
	})
	b.comes("init/" + first)
	b.label(b.admin, "init/"+first)
	return nil
}

func (b *builder) initPreconditions() []string {
	endpoint := b.spec.ControlPlaneEndpoint
	var out []string
	switch {
	case len(b.spec.LoadBalancers) == 0:
		out = append(out, fmt.Sprintf("Whoever provides %s forwards TCP connections to port %d of every control plane that answers, and reaches the first one now.", endpoint, b.spec.APIServerPort))
	case len(b.spec.LoadBalancers) > 1:
		out = append(out, fmt.Sprintf("The address behind %s is held by a load balancer that runs (keepalived, VRRP).", endpoint))
	}
	switch etcd := b.spec.ExternalEtcd; {
	case etcd == nil:
	case etcd.CertFile == "":
		out = append(out, "The external etcd is healthy.")
	default:
		out = append(out, fmt.Sprintf("The external etcd is healthy, and its client certificates are in place on %s; the other control planes get them with the uploaded certificates.", b.admin.Name))
	}
	out = append(out, b.etcdctlIsThere()...)
	if files := b.spec.ControlPlaneFiles; len(files) > 0 {
		out = append(out, fmt.Sprintf("On %s stand %s; the other control planes get copies before they join.", b.admin.Name, strings.Join(files, ", ")))
	}
	return out
}

// podNetwork is a step without actions: it is not ours to choose one, and the
// place for it is here.
func (b *builder) podNetwork() error {
	subnets := "the range that it brings itself"
	if len(b.spec.PodSubnets) > 0 {
		subnets = joinPrefixes(b.spec.PodSubnets)
	}
	b.add(Step{
		ID:            "pod-network/" + b.admin.Name,
		Title:         "Pod network",
		Host:          b.admin.Name,
		Why:           "Nodes are NotReady until the cluster has a pod network; which one is your choice.",
		Needs:         []string{"init/" + b.admin.Name},
		Preconditions: []string{"Install the pod network as its documentation says, for " + subnets + "."},
	})
	return nil
}

// uploadCertsFirst is for a cluster whose configuration is still the
// description's.
func (b *builder) uploadCertsFirst(wanted bool, needs ...string) error {
	if !wanted {
		return nil
	}
	file, err := uploadCertsFile(b.spec)
	if err != nil {
		return err
	}
	return b.uploadCerts(file.Bytes(), needs...)
}
