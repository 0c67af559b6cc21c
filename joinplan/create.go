package joinplan

import (
	"fmt"
	"time"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
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
	warnings := spec.Warnings()
	spec, err := prepared(spec)
	if err != nil {
		return Plan{}, err
	}
	if err := known.check(spec); err != nil {
		return Plan{}, err
	}
	c := creation{spec: spec, known: known, plan: Plan{
		Spec:        spec,
		Warnings:    append(warnings, haproxyWarnings(spec)...),
		Expires:     known.Credentials.Expires(),
		Credentials: known.Credentials,
	}}
	for _, add := range []func() error{c.hosts, c.clusterCA, c.loadBalancers, c.initialise, c.podNetwork, c.workers, c.uploadCerts, c.controlPlanes, c.finish} {
		if err := add(); err != nil {
			return Plan{}, err
		}
	}
	return c.plan, nil
}

func (k Known) check(spec cluster.Spec) error {
	if !k.Now.IsZero() {
		if err := k.Credentials.Expired(k.Now); err != nil {
			return err
		}
	}
	if got, want := k.Credentials.Endpoint, spec.ControlPlaneEndpoint.String(); got != "" && got != want {
		return fmt.Errorf("credentials: they are for the endpoint %s, and the description has %s; are they of this cluster?", got, want)
	}
	return nil
}

// creation collects the steps of [Create].
type creation struct {
	plan  Plan
	spec  cluster.Spec
	known Known
}

func (c *creation) add(step Step) { c.plan.Steps = append(c.plan.Steps, step) }

func (c *creation) first() cluster.Node { return c.spec.ControlPlanes[0] }

const packagesReady = "The container runtime runs; kubeadm, kubelet and kubectl are installed; swap is off; the clocks agree."

func (c *creation) hosts() error {
	block := hostsBlock(c.spec)
	if err := block.Validate(); err != nil {
		return err
	}
	for _, host := range c.hostNames() {
		c.add(Step{
			ID:      "hosts/" + host,
			Title:   "Names on every machine",
			Host:    host,
			Why:     "Every machine must reach the endpoint by its name before the cluster exists, and the others by theirs.",
			Actions: []Action{SetHostsBlock{block}},
			Checks:  []Check{c.endpointResolves(host)},
		})
	}
	return nil
}

func (c *creation) hostNames() []string {
	var names []string
	for _, lb := range c.spec.LoadBalancers {
		names = append(names, lb.Name)
	}
	for _, node := range c.spec.Nodes() {
		names = append(names, node.Name)
	}
	return names
}

func (c *creation) clusterCA() error {
	file, err := initFile(c.spec)
	if err != nil {
		return err
	}
	command, err := kubeadmcmd.InitPhase{Phase: "certs ca", ConfigFile: InitPath}.Command()
	if err != nil {
		return err
	}
	c.add(Step{
		ID:            "ca/" + c.first().Name,
		Title:         "The cluster's CA on " + c.first().Name,
		Host:          c.first().Name,
		Why:           "The load balancer verifies the API servers by this CA from its first start on; kubeadm init finds it and keeps it.",
		Needs:         []string{"hosts/" + c.first().Name},
		Preconditions: []string{packagesReady},
		Actions:       []Action{configFile(InitPath, file), Run{Command: command}},
		Checks:        []Check{succeeds(c.first().Name, "the CA certificate is there", "test", "-s", clusterCAPath)},
	})
	return nil
}

func configFile(path string, file kubeadmcfg.File) WriteFile {
	return WriteFile{Path: path, Mode: 0o600, Content: NewContent(file.Bytes())}
}

func secretFile(path string, file kubeadmcfg.File) WriteFile {
	return WriteFile{Path: path, Mode: 0o600, Content: NewSecretContent(file.Bytes())}
}

func (c *creation) loadBalancers() error {
	if len(c.spec.LoadBalancers) == 0 {
		return nil
	}
	config, err := haproxyConfig(c.spec)
	if err != nil {
		return err
	}
	for _, lb := range c.spec.LoadBalancers {
		c.add(Step{
			ID:            "load-balancer/" + lb.Name,
			Title:         "HAProxy on " + lb.Name,
			Host:          lb.Name,
			Why:           "The endpoint must answer before kubeadm init writes it into every kubeconfig. Until then all its servers are down.",
			Needs:         []string{"hosts/" + lb.Name, "ca/" + c.first().Name},
			Preconditions: []string{"HAProxy is installed."},
			Actions: []Action{
				CopyFile{FromHost: c.first().Name, FromPath: clusterCAPath, Path: HAProxyCAPath, Mode: 0o644},
				WriteFile{Path: HAProxyPath, Mode: 0o644, Content: NewContent(config.Bytes())},
				Run{Command: kubeadmcmd.NewCommand("haproxy", "-c", "-f", HAProxyPath)},
				Run{Command: kubeadmcmd.NewCommand("systemctl", "enable", "haproxy")},
				Run{Command: kubeadmcmd.NewCommand("systemctl", "reload-or-restart", "haproxy")},
			},
			Checks: []Check{succeeds(lb.Name, "HAProxy runs", "systemctl", "is-active", "haproxy")},
		})
	}
	return nil
}

func (c *creation) initialise() error {
	command, err := kubeadmcmd.Init{ConfigFile: InitPath}.Command()
	if err != nil {
		return err
	}
	first := c.first().Name
	needs := []string{"ca/" + first}
	for _, lb := range c.spec.LoadBalancers {
		needs = append(needs, "load-balancer/"+lb.Name)
	}
	c.add(Step{
		ID:            "init/" + first,
		Title:         "Initialise the cluster on " + first,
		Host:          first,
		Why:           "The endpoint is in the certificates and kubeconfigs from the start: without it no control plane could join later.",
		Needs:         needs,
		Preconditions: c.initPreconditions(),
		Actions:       []Action{Run{Command: command, PrintsCredentials: true}},
		Checks:        []Check{c.kubeconfigServer(first), c.nodesRegistered(first), c.etcdAgrees(1)},
	})
	return nil
}

func (c *creation) initPreconditions() []string {
	endpoint := c.spec.ControlPlaneEndpoint
	var out []string
	switch {
	case len(c.spec.LoadBalancers) == 0:
		out = append(out, fmt.Sprintf("Whoever provides %s forwards TCP connections to port %d of every control plane that answers, and reaches the first one now.", endpoint, c.spec.APIServerPort))
	case len(c.spec.LoadBalancers) > 1:
		out = append(out, fmt.Sprintf("The address behind %s is held by a load balancer that runs (keepalived, VRRP).", endpoint))
	}
	if c.spec.ExternalEtcd != nil {
		out = append(out, "The external etcd is healthy, and its client certificates are in place on every control plane.")
	}
	return out
}

// podNetwork is a step without actions: it is not ours to choose one, and the
// place for it is here.
func (c *creation) podNetwork() error {
	first := c.first().Name
	subnets := "the range that it brings itself"
	if len(c.spec.PodSubnets) > 0 {
		subnets = joinPrefixes(c.spec.PodSubnets)
	}
	c.add(Step{
		ID:            "pod-network/" + first,
		Title:         "Pod network",
		Host:          first,
		Why:           "Nodes are NotReady until the cluster has a pod network; which one is your choice.",
		Needs:         []string{"init/" + first},
		Preconditions: []string{"Install the pod network as its documentation says, for " + subnets + "."},
	})
	return nil
}

func (c *creation) workers() error {
	for _, node := range c.spec.Workers {
		step, err := c.join(node, false)
		if err != nil {
			return err
		}
		step.Needs = []string{"hosts/" + node.Name, "init/" + c.first().Name}
		step.Why = "Workers only need the token; several may join at once."
		c.add(step)
	}
	return nil
}

func (c *creation) uploadCerts() error {
	if len(c.spec.ControlPlanes) == 1 {
		return nil
	}
	file, err := uploadCertsFile(c.spec)
	if err != nil {
		return err
	}
	command, err := kubeadmcmd.UploadCerts{ConfigFile: UploadCertsPath}.Command()
	if err != nil {
		return err
	}
	first := c.first().Name
	c.add(Step{
		ID:      "upload-certs/" + first,
		Title:   "Upload the certificates from " + first,
		Host:    first,
		Why:     "Joining control planes fetch the CAs from the cluster, encrypted with a key that works for two hours: so it is made now, right before they join. The phase has no flag for the CRI socket; the file carries it.",
		Needs:   []string{"init/" + first},
		Actions: []Action{configFile(UploadCertsPath, file), Run{Command: command, PrintsCredentials: true}},
	})
	return nil
}

func (c *creation) controlPlanes() error {
	before := "upload-certs/" + c.first().Name
	for i, node := range c.spec.ControlPlanes[1:] {
		step, err := c.join(node, true)
		if err != nil {
			return err
		}
		step.Needs = []string{"hosts/" + node.Name, before}
		step.Why = "Control planes join one at a time: each adds a member to etcd, and etcd takes the next only when it is healthy."
		step.Checks = append(step.Checks, c.etcdAgrees(i+2))
		c.add(step)
		before = step.ID
	}
	return nil
}

// join is the step that joins a node, without what must be done before it.
func (c *creation) join(node cluster.Node, controlPlane bool) (Step, error) {
	command, err := kubeadmcmd.Join{ConfigFile: JoinPath}.Command()
	if err != nil {
		return Step{}, err
	}
	step := Step{
		ID:            "join/" + node.Name,
		Title:         "Join worker " + node.Name,
		Host:          node.Name,
		Preconditions: []string{packagesReady},
		Checks:        []Check{c.nodesRegistered(node.Name)},
	}
	if controlPlane {
		step.Title = "Join control plane " + node.Name
	}
	if step.Awaits = c.missing(controlPlane); step.Awaits != "" {
		return step, nil
	}
	file, err := joinFile(c.spec, node, controlPlane, c.known.Credentials)
	if err != nil {
		return Step{}, err
	}
	step.Actions = []Action{
		secretFile(JoinPath, file),
		Run{Command: command},
		Run{Command: kubeadmcmd.NewCommand("rm", "-f", JoinPath)},
	}
	return step, nil
}

func (c *creation) missing(controlPlane bool) string {
	first := c.first().Name
	switch known := c.known.Credentials; {
	case known.Token.IsZero() || len(known.CACertHashes) == 0:
		return "the token and the CA certificate hash that step init/" + first + " prints"
	case controlPlane && known.CertificateKey.IsZero():
		return "the certificate key that step upload-certs/" + first + " prints"
	}
	return ""
}

func (c *creation) finish() error {
	needs := []string{"pod-network/" + c.first().Name}
	for _, node := range c.spec.Nodes()[1:] {
		needs = append(needs, "join/"+node.Name)
	}
	c.add(Step{
		ID:     "verify/" + c.first().Name,
		Title:  "The cluster is highly available",
		Host:   c.first().Name,
		Why:    "Joined is not Ready, and members that answer are no quorum yet: the cluster itself must say so.",
		Needs:  needs,
		Checks: []Check{c.nodesReady(), c.etcdAgrees(len(c.spec.ControlPlanes))},
	})
	return nil
}
