package joinplan

import (
	"fmt"
	"strings"

	"github.com/haplane/haplane/joinplan/effect"
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
	kubeletConf   = "/etc/kubernetes/kubelet.conf"
)

// Create plans a highly available cluster on machines that hold nothing of
// Kubernetes yet but the packages: names first, then the cluster's CA, the load
// balancers that verify it, the first control plane, the workers, and the other
// control planes strictly one after another with etcd checked in between.
//
// On virgin machines nobody has credentials yet: the steps that join machines
// then say what they await. Carry out the steps before them, give what kubeadm
// printed as Credentials, and make the plan again: the IDs stay the same. Where
// what kubeadm init printed is lost, the step that makes a token prints it
// again. Credentials that stop working before the joins can be done are left
// out, with a warning, as [ScaleOut] does.
//
// It does not look at State and Etcd. Errors are those of the description, and
// credentials of another endpoint.
func Create(in Input) (Plan, error) {
	p, err := virginPicture(in)
	if err != nil {
		return Plan{}, err
	}
	return p.finish("Create "+p.spec.Name, p.create())
}

func (p picture) create() draft {
	initialised, others := KindInit.Step(p.admin.Name), p.spec.ControlPlanes[1:]
	var d draft
	d.add(p.hosts())
	d.add(p.clusterCA())
	d.add(p.loadBalancers(setOf(d.steps), "The endpoint must answer before kubeadm init writes it into every kubeconfig. Until then all its servers are down."), nil)
	d.add(p.initialise())
	d.add(p.podNetwork(), nil)
	if len(p.spec.Nodes()) > 1 {
		d.token(p, initialised)
	}
	token := append(setOf(d.steps).among(KindToken.Step(p.admin.Name)), initialised)[:1]
	d.add(p.joinWorkers(setOf(d.steps), p.spec.Workers, token...))
	if len(others) > 0 {
		d.add(p.uploadCerts(token...))
	}
	d.add(p.joinControlPlanes(setOf(d.steps), modelAfter(p.model(), d.steps), others, p.copies(nil), KindUploadCerts.Step(p.admin.Name)))
	d.add(p.verify(setOf(d.steps), modelAfter(p.model(), d.steps), KindPodNetwork.Step(p.admin.Name)), nil)
	return d
}

func (p picture) clusterCA() ([]Step, error) {
	file, err := initFile(p.spec)
	if err != nil {
		return nil, err
	}
	command, err := kubeadmcmd.InitPhase{Phase: "certs ca", ConfigFile: InitPath}.Command()
	first := p.admin.Name
	return []Step{{
		ID:            KindCA.Step(first),
		Title:         "The cluster's CA on " + first,
		Host:          first,
		Why:           "The load balancer verifies the API servers by this CA from its first start on; kubeadm init finds it and keeps it.",
		Needs:         []ID{KindHosts.Step(first)},
		Preconditions: p.preconditions(p.admin),
		Actions:       []Action{configFile(InitPath, file.Bytes()), Run{Command: command}},
		Checks:        []Check{succeeds(first, "the CA certificate is there", "test", "-s", clusterCAPath)},
	}}, err
}

func (p picture) initialise() ([]Step, error) {
	command, err := kubeadmcmd.Init{ConfigFile: InitPath}.Command()
	if err != nil {
		return nil, err
	}
	first := p.admin.Name
	needs := []ID{KindCA.Step(first)}
	for _, lb := range p.spec.LoadBalancers {
		needs = append(needs, KindLoadBalancer.Step(lb.Name))
	}
	effects := append(p.comes(p.admin), effect.Change{Kind: effect.EndpointSet, Value: p.spec.ControlPlaneEndpoint.String()})
	init := Step{
		ID:            KindInit.Step(first),
		Title:         "Initialise the cluster on " + first,
		Host:          first,
		Why:           "The endpoint is in the certificates and kubeconfigs from the start: without it no control plane could join later.",
		Needs:         needs,
		Preconditions: p.initPreconditions(),
		Done:          []Check{p.kubeconfigServer(first), isInCluster(first, adminConf, "-l", controlPlaneLabel), p.initialisedToTheEnd()},
		HalfDone:      []Check{hasTraces(first)},
		Actions:       []Action{Run{Command: command, PrintsCredentials: true, Once: true}},
		Checks:        []Check{p.kubeconfigServer(first), p.nodesRegistered(first), p.etcdAgrees(p.model().After(effects...))},
		Effects:       effects,
	}
	init.Recover, err = recoverInit(p.admin.CRISocket)
	return append([]Step{init}, p.label(p.admin, init.ID)...), err
}

// initialisedToTheEnd asks for what the last phases of kubeadm init make, as far
// as the description has it run them.
func (p picture) initialisedToTheEnd() Check {
	var addons []string
	for _, addon := range []struct{ phase, object string }{
		{"addon/coredns", "deployment/coredns"},
		{"addon/kube-proxy", "daemonset/kube-proxy"},
	} {
		if !p.skips(addon.phase) && !p.skips("addon") {
			addons = append(addons, addon.object)
		}
	}
	words := append([]string{"-n", "kube-system", "get", "-o", "name"}, addons...)
	if len(addons) == 0 {
		words = []string{"-n", "kube-public", "get", "-o", "name", "configmap/cluster-info"}
	}
	return succeeds(p.admin.Name, "kubeadm init came to its end", kubectl(words...)...)
}

func (p picture) initPreconditions() []string {
	endpoint := p.spec.ControlPlaneEndpoint
	var out []string
	switch {
	case len(p.spec.LoadBalancers) == 0:
		out = append(out, fmt.Sprintf("Whoever provides %s forwards TCP connections to port %d of every control plane that answers, and reaches the first one now.", endpoint, p.spec.APIServerPort))
	case len(p.spec.LoadBalancers) > 1:
		out = append(out, fmt.Sprintf("The address behind %s is held by a load balancer that runs (keepalived, VRRP).", endpoint))
	}
	switch etcd := p.spec.ExternalEtcd; {
	case etcd == nil:
	case etcd.CertFile == "":
		out = append(out, "The external etcd is healthy.")
	default:
		out = append(out, fmt.Sprintf("The external etcd is healthy, and its client certificates are in place on %s; the other control planes get them with the uploaded certificates.", p.admin.Name))
	}
	out = append(out, p.etcdctlIsThere()...)
	if files := p.spec.ControlPlaneFiles; len(files) > 0 {
		out = append(out, fmt.Sprintf("On %s stand %s; the other control planes get copies before they join.", p.admin.Name, strings.Join(files, ", ")))
	}
	return out
}

// podNetwork is a step without actions: it is not ours to choose one, and the
// place for it is here.
func (p picture) podNetwork() []Step {
	subnets := "the range that it brings itself"
	if len(p.spec.PodSubnets) > 0 {
		subnets = joinPrefixes(p.spec.PodSubnets)
	}
	return []Step{{
		ID:            KindPodNetwork.Step(p.admin.Name),
		Title:         "Pod network",
		Host:          p.admin.Name,
		Why:           "Nodes are NotReady until the cluster has a pod network; which one is your choice.",
		Needs:         []ID{KindInit.Step(p.admin.Name)},
		Preconditions: []string{"Install the pod network as its documentation says, for " + subnets + "."},
	}}
}
