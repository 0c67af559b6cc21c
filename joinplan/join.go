package joinplan

import (
	"net/netip"
	"strings"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/effect"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

func run(argv ...string) Run { return Run{Command: kubeadmcmd.NewCommand(argv...)} }

func kubectlRun(words ...string) Run { return run(kubectl(words...)...) }

func configFile(path string, text []byte) WriteFile {
	return WriteFile{Path: path, Mode: 0o600, Content: NewContent(text)}
}

func secretFile(path string, file kubeadmcfg.File) WriteFile {
	return WriteFile{Path: path, Mode: 0o600, Content: NewSecretContent(file.Bytes())}
}

// uploadFile is the ClusterConfiguration that phases work with: the cluster's
// own, or that of the description where there is no cluster yet.
func (p picture) uploadFile() ([]byte, error) {
	if p.state.KubeadmConfig.Text != "" {
		return p.state.KubeadmConfig.UploadCertsFile(p.admin.CRISocket)
	}
	file, err := uploadCertsFile(p.spec)
	return file.Bytes(), err
}

// token makes a token that the joins can use, unless one is known. Its file is
// that of the upload: without one kubeadm looks a version up on the internet
// first.
func (d *draft) token(p picture, needs ...ID) {
	if p.knowsToken() {
		d.leftOut = append(d.leftOut, KindToken.Step(p.admin.Name))
		return
	}
	d.add(p.token(needs))
}

func (p picture) token(needs []ID) ([]Step, error) {
	file, err := p.uploadFile()
	if err != nil {
		return nil, err
	}
	command, err := kubeadmcmd.TokenCreate{ConfigFile: UploadCertsPath, PrintJoinCommand: true}.Command()
	return []Step{{
		ID:      KindToken.Step(p.admin.Name),
		Title:   "A token for the machines that join",
		Host:    p.admin.Name,
		Why:     "A token works for 24 hours, and the one of the initialisation is gone or unknown.",
		Needs:   needs,
		Actions: []Action{configFile(UploadCertsPath, file), Run{Command: command, PrintsCredentials: true}},
	}}, err
}

func (p picture) knowsToken() bool {
	return !p.credentials.Token.IsZero() && len(p.credentials.CACertHashes) > 0
}

// uploadCerts uploads the certificates again, with the ClusterConfiguration and
// the CRI socket in one file.
func (p picture) uploadCerts(needs ...ID) ([]Step, error) {
	file, err := p.uploadFile()
	if err != nil {
		return nil, err
	}
	command, err := kubeadmcmd.UploadCerts{ConfigFile: UploadCertsPath}.Command()
	return []Step{{
		ID:      KindUploadCerts.Step(p.admin.Name),
		Title:   "Upload the certificates from " + p.admin.Name,
		Host:    p.admin.Name,
		Why:     "Joining control planes fetch the CAs from the cluster, encrypted with a key that works for two hours: so it is made now, right before they join. The phase has no flag for the CRI socket; the file carries it.",
		Needs:   needs,
		Actions: []Action{configFile(UploadCertsPath, file), Run{Command: command, PrintsCredentials: true}},
	}}, err
}

// joinWorkers may join side by side. They wait for their names, where these are
// among the steps before, and for what is needed.
func (p picture) joinWorkers(before idSet, nodes []cluster.Node, needs ...ID) ([]Step, error) {
	var out []Step
	for _, node := range nodes {
		step, err := p.join(node, false)
		if err != nil {
			return nil, err
		}
		step.Needs = append(before.among(KindHosts.Step(node.Name)), needs...)
		step.Why = "Workers only need the token; several may join at once."
		step.Effects = []effect.Change{{Kind: effect.NodeJoins, Subject: node.Name, Value: node.KubeletVersion}}
		out = append(append(out, step), p.label(node, step.ID)...)
	}
	return out, nil
}

// joinControlPlanes makes each join need the one before it. The model is the
// cluster before the first.
func (p picture) joinControlPlanes(before idSet, model effect.Model, nodes []cluster.Node, copies []Action, needs ...ID) ([]Step, error) {
	var out []Step
	for _, node := range nodes {
		step, err := p.join(node, true)
		if err != nil {
			return nil, err
		}
		step.Needs = append(before.among(KindHosts.Step(node.Name)), needs...)
		step.Why = p.whyOneAtATime()
		step.Effects = p.comes(node)
		model = model.After(step.Effects...)
		if step.Awaits == "" {
			step.Actions = append(append([]Action{}, copies...), step.Actions...)
		}
		step.Checks = append(step.Checks, p.etcdAgrees(model))
		out = append(append(out, step), p.label(node, step.ID)...)
		needs = []ID{step.ID}
	}
	return out, nil
}

// comes are the effects of a control plane that joins or initialises.
func (p picture) comes(node cluster.Node) []effect.Change {
	out := []effect.Change{{Kind: effect.ControlPlaneJoins, Subject: node.Name, Value: node.KubeletVersion}}
	if p.hasEtcd() {
		out = append(out, effect.Change{Kind: effect.VoterJoins, Subject: node.Name})
	}
	return out
}

func (p picture) whyOneAtATime() string {
	if !p.hasEtcd() {
		return "Control planes join one at a time, so that one that fails is known before the next begins."
	}
	return "Control planes join one at a time: each adds a member to etcd, and etcd takes the next only when it is healthy."
}

// join is the step that joins a node, without what must be done before it.
func (p picture) join(node cluster.Node, controlPlane bool) (Step, error) {
	command, err := kubeadmcmd.Join{ConfigFile: JoinPath}.Command()
	if err != nil {
		return Step{}, err
	}
	step := Step{
		ID:            KindJoin.Step(node.Name),
		Title:         "Join worker " + node.Name,
		Group:         "Join workers",
		Host:          node.Name,
		Preconditions: p.preconditions(node),
		Done:          []Check{isInCluster(node.Name, kubeletConf), p.nodesRegistered(node.Name)},
		HalfDone:      []Check{hasTraces(node.Name)},
		Checks:        []Check{p.nodesRegistered(node.Name)},
	}
	if controlPlane {
		step.Title, step.Group = "Join control plane "+node.Name, "Join control planes"
		step.Done[0] = isInCluster(node.Name, adminConf, "-l", controlPlaneLabel)
	}
	if step.Recover, err = recoverJoin(node.CRISocket); err != nil {
		return Step{}, err
	}
	if controlPlane {
		step.Recover = append([]Action{p.leave(node)}, step.Recover...)
	}
	if step.Awaits, step.AwaitsFrom = p.missing(controlPlane); step.Awaits != "" {
		return step, nil
	}
	file, err := joinFile(p.spec, node, controlPlane, p.credentials)
	if err != nil {
		return Step{}, err
	}
	step.Actions = []Action{secretFile(JoinPath, file), Run{Command: command, Once: true}}
	step.Finally = []Action{run("rm", "-f", JoinPath)}
	return step, nil
}

func (p picture) missing(controlPlane bool) (what string, from ID) {
	switch {
	case !p.knowsToken():
		from = KindToken.Step(p.admin.Name)
		return "the token and the CA certificate hash that step " + from.String() + " prints", from
	case controlPlane && p.credentials.CertificateKey.IsZero():
		from = KindUploadCerts.Step(p.admin.Name)
		return "the certificate key that step " + from.String() + " prints", from
	}
	return "", ID{}
}

// controlPlaneLabel is set by the last phase of a control plane's join.
const controlPlaneLabel = "node-role.kubernetes.io/control-plane"

// isInCluster asks a machine itself whether it is a node of the cluster, with
// the credentials that kubeadm has left there.
func isInCluster(name, kubeconfig string, selector ...string) Check {
	words := append([]string{"get", "nodes", "--field-selector", "metadata.name=" + name}, selector...)
	return Check{
		Host:     name,
		Commands: one(kubectlWith(kubeconfig, append(words, "-o", "name")...)...),
		Expect:   name + " is in the cluster already",
		Kind:     CheckEquals,
		Want:     []string{"node/" + name},
	}
}

// hasTraces asks for what makes kubeadm refuse a machine. A kubeadm that has
// outlived whoever called it comes to its end before.
func hasTraces(host string) Check {
	return succeeds(host, "kubeadm has been at work there", "sh", "-c", traces)
}

const traces = `while grep -q "(kubeadm) [^ZX]" /proc/[0-9]*/stat 2>/dev/null; do sleep 1; done
for file in /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/manifests/*.yaml; do
  test ! -e "$file" || exit 0
done
exit 1`

func recoverJoin(criSocket string) ([]Action, error) {
	reset, err := kubeadmcmd.Reset{Force: true, CRISocket: criSocket}.Command()
	return []Action{Run{Command: reset}}, err
}

// leave takes what an attempt that stopped half way has left of a control plane
// out of the cluster, where it came far enough to ask for that. A reset leaves the
// node, whose name kubeadm refuses then, and a learner, whose place in etcd the
// machine's next member cannot take, because it has no data.
func (p picture) leave(node cluster.Node) Action {
	script := `test -e ` + adminConf + ` || exit 0
systemctl stop kubelet
` + kubeadmcmd.NewCommand(kubectl("delete", "node", node.Name, "--ignore-not-found")...).Shell() + ` || exit 1`
	if p.hasEtcd() {
		ask := func(words ...string) string {
			return kubeadmcmd.NewCommand(p.etcdctlAt(memberEndpoint(p.admin), words...)...).Shell()
		}
		peer := "https://" + netip.AddrPortFrom(node.APIServerAddress(), 2380).String()
		script += `
members=$(` + ask("member", "list") + `) || exit 1
id=$(echo "$members" | grep -F ", ` + peer + `, " | cut -d, -f1)
test -z "$id" || ` + ask("member", "remove") + ` "$id"`
	}
	return run("sh", "-c", script)
}

// recoverInit keeps the certificates: the load balancers have the CA already.
func recoverInit(criSocket string) ([]Action, error) {
	reset, err := recoverJoin(criSocket)
	return append(append([]Action{run("sh", "-c", keepCertificates)}, reset...), run("sh", "-c", putCertificatesBack)), err
}

const (
	keepCertificates = `test -d /etc/kubernetes/pki-kept || {
  rm -rf /etc/kubernetes/pki-kept.part
  cp -a /etc/kubernetes/pki /etc/kubernetes/pki-kept.part
  mv /etc/kubernetes/pki-kept.part /etc/kubernetes/pki-kept
}`
	putCertificatesBack = `rm -rf /etc/kubernetes/pki && mv /etc/kubernetes/pki-kept /etc/kubernetes/pki`
)

// copies are those of the files that were found, and of the description's that
// are not among them or in a directory that is.
func (p picture) copies(found []string) []Action {
	isFound := func(file string) bool {
		for _, f := range found {
			if file == f || strings.HasPrefix(file, f+"/") {
				return true
			}
		}
		return false
	}
	files := append([]string{}, found...)
	for _, file := range p.spec.ControlPlaneFiles {
		if !isFound(file) {
			files = append(files, file)
		}
	}
	var copies []Action
	for _, file := range files {
		copies = append(copies, CopyFile{FromHost: p.admin.Name, FromPath: file, Path: file, Mode: 0o600})
	}
	return copies
}

// verify is the end of a plan that adds machines.
func (p picture) verify(before idSet, model effect.Model, needs ...ID) []Step {
	for _, node := range p.spec.Nodes() {
		needs = append(needs, before.among(KindJoin.Step(node.Name), KindLabel.Step(node.Name))...)
	}
	return []Step{{
		ID:            KindVerify.Step(p.admin.Name),
		Title:         "The cluster is highly available",
		Host:          p.admin.Name,
		Why:           "Joined is not Ready, and members that answer are no quorum yet: the cluster itself must say so.",
		Needs:         needs,
		Preconditions: p.etcdctlIsThere(),
		Checks:        []Check{p.nodesReady(), p.etcdAgrees(model)},
	}}
}

// modelAfter is what steps make of a cluster.
func modelAfter(model effect.Model, steps []Step) effect.Model {
	var all []effect.Change
	for _, s := range steps {
		all = append(all, s.Effects...)
	}
	return model.After(all...)
}
