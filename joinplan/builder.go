package joinplan

import (
	"fmt"
	"slices"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

// builder collects the steps of a plan.
type builder struct {
	plan  Plan
	spec  cluster.Spec
	known Known
	// admin is the control plane on which commands for the whole cluster run.
	admin cluster.Node
	// members are the control planes that are in the cluster before the next
	// step; those that join are added.
	members []cluster.Node
	ailing  bool            // etcd has troubles that the plan does not end
	added   map[string]bool // IDs of the steps
}

func newBuilder(spec cluster.Spec, known Known) (*builder, error) {
	warnings := spec.Warnings()
	spec, err := prepared(spec)
	if err != nil {
		return nil, err
	}
	if err := known.check(spec); err != nil {
		return nil, err
	}
	return &builder{spec: spec, known: known, admin: spec.ControlPlanes[0], added: map[string]bool{}, plan: Plan{
		Spec:        spec,
		Warnings:    append(warnings, haproxyWarnings(spec)...),
		Expires:     known.Credentials.Expires(),
		Credentials: known.Credentials,
	}}, nil
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

func (b *builder) add(step Step) {
	b.added[step.ID] = true
	b.plan.Steps = append(b.plan.Steps, step)
}

// leaveOut notes a step that what is known makes needless.
func (b *builder) leaveOut(id string) { b.plan.LeftOut = append(b.plan.LeftOut, id) }

// ids of steps that have been added, among those asked for.
func (b *builder) ids(ids ...string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return !b.added[id] })
}

func (b *builder) hosts() error {
	block := hostsBlock(b.spec)
	if err := block.Validate(); err != nil {
		return err
	}
	for _, host := range b.hostNames() {
		b.add(Step{
			ID:      "hosts/" + host,
			Title:   "Names on every machine",
			Host:    host,
			Why:     b.whyNames(),
			Actions: []Action{SetHostsBlock{block}},
			Checks:  b.knowsNames(host),
		})
	}
	return nil
}

func (b *builder) whyNames() string {
	if _, isAddr := b.spec.ControlPlaneEndpoint.Addr(); isAddr {
		return "Every machine must reach the others by their names."
	}
	return "Every machine must reach the endpoint by its name before it needs the cluster, and the others by theirs."
}

func (b *builder) hostNames() []string {
	var names []string
	for _, lb := range b.spec.LoadBalancers {
		names = append(names, lb.Name)
	}
	for _, node := range b.spec.Nodes() {
		names = append(names, node.Name)
	}
	return names
}

func (b *builder) loadBalancers(why string) error {
	if len(b.spec.LoadBalancers) == 0 {
		return nil
	}
	config, err := haproxyConfig(b.spec)
	if err != nil {
		return err
	}
	for _, lb := range b.spec.LoadBalancers {
		b.add(Step{
			ID:            "load-balancer/" + lb.Name,
			Title:         "HAProxy on " + lb.Name,
			Host:          lb.Name,
			Why:           why,
			Needs:         b.ids("hosts/"+lb.Name, "ca/"+b.admin.Name),
			Preconditions: haproxyPreconditions(b.spec),
			Actions: []Action{
				CopyFile{FromHost: b.admin.Name, FromPath: clusterCAPath, Path: HAProxyCAPath, Mode: 0o644},
				WriteFile{Path: HAProxyPath, Mode: 0o644, Content: NewContent(config.Bytes())},
				run("haproxy", "-c", "-f", HAProxyPath),
				run("systemctl", "enable", "haproxy"),
				run("systemctl", "reload-or-restart", "haproxy"),
			},
			Checks: []Check{succeeds(lb.Name, "HAProxy runs", "systemctl", "is-active", "haproxy")},
		})
	}
	return nil
}

func run(argv ...string) Run { return Run{Command: kubeadmcmd.NewCommand(argv...)} }

func configFile(path string, text []byte) WriteFile {
	return WriteFile{Path: path, Mode: 0o600, Content: NewContent(text)}
}

func secretFile(path string, file kubeadmcfg.File) WriteFile {
	return WriteFile{Path: path, Mode: 0o600, Content: NewSecretContent(file.Bytes())}
}

// uploadCerts uploads the certificates again, with the ClusterConfiguration
// and the CRI socket in one file.
func (b *builder) uploadCerts(file []byte, needs ...string) error {
	command, err := kubeadmcmd.UploadCerts{ConfigFile: UploadCertsPath}.Command()
	if err != nil {
		return err
	}
	b.add(Step{
		ID:      "upload-certs/" + b.admin.Name,
		Title:   "Upload the certificates from " + b.admin.Name,
		Host:    b.admin.Name,
		Why:     "Joining control planes fetch the CAs from the cluster, encrypted with a key that works for two hours: so it is made now, right before they join. The phase has no flag for the CRI socket; the file carries it.",
		Needs:   needs,
		Actions: []Action{configFile(UploadCertsPath, file), Run{Command: command, PrintsCredentials: true}},
	})
	return nil
}

func (b *builder) joinWorkers(nodes []cluster.Node, needs ...string) error {
	for _, node := range nodes {
		step, err := b.join(node, false)
		if err != nil {
			return err
		}
		step.Needs = append(b.ids("hosts/"+node.Name), needs...)
		step.Why = "Workers only need the token; several may join at once."
		b.add(step)
		b.label(node, step.ID)
	}
	return nil
}

// joinControlPlanes makes each join need the one before it.
func (b *builder) joinControlPlanes(nodes []cluster.Node, copies []Action, needs ...string) error {
	for _, node := range nodes {
		step, err := b.join(node, true)
		if err != nil {
			return err
		}
		b.members = append(b.members, node)
		step.Needs = append(b.ids("hosts/"+node.Name), needs...)
		step.Why = b.whyOneAtATime()
		if step.Awaits == "" {
			step.Actions = append(append([]Action{}, copies...), step.Actions...)
		}
		step.Checks = append(step.Checks, b.etcdAgrees())
		b.add(step)
		b.comes(step.ID)
		b.label(node, step.ID)
		needs = []string{step.ID}
	}
	return nil
}

func (b *builder) whyOneAtATime() string {
	if b.spec.ExternalEtcd != nil {
		return "Control planes join one at a time, so that one that fails is known before the next begins."
	}
	return "Control planes join one at a time: each adds a member to etcd, and etcd takes the next only when it is healthy."
}

// join is the step that joins a node, without what must be done before it.
func (b *builder) join(node cluster.Node, controlPlane bool) (Step, error) {
	command, err := kubeadmcmd.Join{ConfigFile: JoinPath}.Command()
	if err != nil {
		return Step{}, err
	}
	step := Step{
		ID:            "join/" + node.Name,
		Title:         "Join worker " + node.Name,
		Host:          node.Name,
		Preconditions: b.preconditions(node),
		Checks:        []Check{b.nodesRegistered(node.Name)},
	}
	if controlPlane {
		step.Title = "Join control plane " + node.Name
	}
	if step.Awaits = b.missing(controlPlane); step.Awaits != "" {
		return step, nil
	}
	file, err := joinFile(b.spec, node, controlPlane, b.known.Credentials)
	if err != nil {
		return Step{}, err
	}
	step.Actions = []Action{secretFile(JoinPath, file), Run{Command: command}, run("rm", "-f", JoinPath)}
	return step, nil
}

func (b *builder) missing(controlPlane bool) string {
	switch known := b.known.Credentials; {
	case known.Token.IsZero() || len(known.CACertHashes) == 0:
		return "the token and the CA certificate hash that step " + b.printsToken() + " prints"
	case controlPlane && known.CertificateKey.IsZero():
		return "the certificate key that step upload-certs/" + b.admin.Name + " prints"
	}
	return ""
}

func (b *builder) printsToken() string {
	return append(b.ids("token/"+b.admin.Name), "init/"+b.admin.Name)[0]
}

// verify is the end of a plan that adds machines.
func (b *builder) verify(needs ...string) {
	for _, node := range b.spec.Nodes() {
		needs = append(needs, b.ids("join/"+node.Name, "label/"+node.Name)...)
	}
	b.add(Step{
		ID:            "verify/" + b.admin.Name,
		Title:         "The cluster is highly available",
		Host:          b.admin.Name,
		Why:           "Joined is not Ready, and members that answer are no quorum yet: the cluster itself must say so.",
		Needs:         needs,
		Preconditions: b.etcdctlIsThere(),
		Checks:        []Check{b.nodesReady(), b.etcdAgrees()},
	})
}
