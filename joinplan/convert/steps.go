package convert

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/effect"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// ConfigPath is the configuration that new certificates are made with, and
// StagingDir where they are made: the old pair stands in its place until the new
// one is complete.
const (
	ConfigPath = kubernetesDir + "/kubeadm-convert.yaml"
	StagingDir = kubernetesDir + "/pki-convert"
)

// missingSANs are the described names that the stored configuration lacks.
func (p planner) missingSANs() []string {
	return slices.DeleteFunc(slices.Clone(p.spec.CertSANs), func(san string) bool {
		return slices.Contains(p.config.APIServer.CertSANs, san)
	})
}

func (p planner) setEndpoint() SetEndpoint {
	return SetEndpoint{Endpoint: p.spec.ControlPlaneEndpoint.String(), CertSANs: p.missingSANs()}
}

// certificates makes the API servers' certificates again where a name is
// missing.
func (p planner) certificates() ([]joinplan.Step, error) {
	var out []joinplan.Step
	for _, m := range p.hosts {
		missing := p.inScope(m.name, ServingCertificate)
		if len(missing) == 0 {
			continue
		}
		step, err := p.certificateOf(m, missing)
		if err != nil {
			return nil, err
		}
		out = append(out, step)
	}
	return out, nil
}

func (p planner) certificateOf(m machine, missing []Reference) (joinplan.Step, error) {
	file, err := p.phaseFile(m)
	if err != nil {
		return joinplan.Step{}, err
	}
	command, err := kubeadmcmd.InitPhase{Phase: "certs apiserver", ConfigFile: ConfigPath}.Command()
	if err != nil {
		return joinplan.Step{}, err
	}
	pki, dir := p.pki(), backupDir(p.spec)
	step := joinplan.Step{
		ID:            joinplan.KindCertificate.Step(m.name),
		Title:         "The API server's certificate on " + m.name,
		Group:         "The API servers' certificates",
		Host:          m.name,
		Why:           "Nobody who verifies the API server reaches it by a name that its certificate lacks. The new pair is made beside the old one, which serves until then; the API server reads it within about a minute, without a restart.",
		Needs:         []joinplan.ID{joinplan.KindBackup.Step(m.name), joinplan.KindSnapshot.Step(p.admin.name)},
		Preconditions: []string{pki + "/ca.key is on the machine."},
		Actions: []joinplan.Action{
			joinplan.WriteFile{Path: ConfigPath, Mode: 0o600, Content: joinplan.NewContent(file)},
			run("rm", "-rf", StagingDir),
			run("mkdir", "-m", "0700", StagingDir),
			run("ln", "-s", pki+"/ca.crt", pki+"/ca.key", StagingDir+"/"),
			joinplan.Run{Command: command},
			run("mv", "-f", StagingDir+"/apiserver.key", StagingDir+"/apiserver.crt", pki+"/"),
			run("rm", "-rf", StagingDir, ConfigPath),
		},
		Undo: []joinplan.Action{run("cp", "-p", dir+pki+"/apiserver.crt", dir+pki+"/apiserver.key", pki+"/")},
	}
	for _, r := range missing {
		step.Checks = append(step.Checks, p.isServed(m, r.Address))
		step.Effects = append(step.Effects, effect.Change{Kind: effect.CertificateNamed, Subject: m.name, Value: r.Address})
	}
	return step, nil
}

// leftoverSteps remove what steps that were broken off have left, after those
// that use the same places.
func (p planner) leftoverSteps(before []joinplan.Step) []joinplan.Step {
	var out []joinplan.Step
	for _, m := range p.hosts {
		refs := p.inScope(m.name, Leftover)
		if len(refs) == 0 {
			continue
		}
		remove := []string{"rm", "-rf"}
		step := joinplan.Step{
			ID:    joinplan.KindLeftovers.Step(m.name),
			Title: "Remove what a broken-off step left on " + m.name,
			Group: "Leftovers of steps that were broken off",
			Host:  m.name,
			Why:   "A private key has one place. Nothing uses what is removed.",
		}
		for _, earlier := range before {
			if earlier.ID == joinplan.KindCertificate.Step(m.name) {
				step.Needs = []joinplan.ID{earlier.ID}
			}
		}
		for _, r := range refs {
			remove = append(remove, r.Where)
			step.Checks = append(step.Checks, succeeds(m.name, r.Where+" is gone", "test", "!", "-e", r.Where))
		}
		step.Actions = []joinplan.Action{run(remove...)}
		out = append(out, step)
	}
	return out
}

// isServed asks the API server itself, whatever the file says.
func (p planner) isServed(m machine, name string) joinplan.Check {
	server := "https://" + netip.AddrPortFrom(m.address, p.spec.APIServerPort).String()
	name = strings.Replace(name, "*", "any", 1)
	return succeeds(m.name, "the API server shows a certificate for "+name,
		kubectl(adminConf, "--server", server, "--tls-server-name", name, "get", "--raw", "/readyz")...)
}

// phaseFile is the cluster's own configuration with the endpoint, for a kubeadm
// that works in the staging directory.
func (p planner) phaseFile(m machine) ([]byte, error) {
	stored := p.state.KubeadmConfig
	edit := p.setEndpoint()
	edit.CertSANs = unique(append(edit.CertSANs, p.otherSANs(m)...))
	text, err := edit.applyToText([]byte(stored.Text))
	if err == nil {
		stored.Text, err = setField(string(text), "certificatesDir", StagingDir)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kubeadmConfigMap, err)
	}
	newest, err := kubeadmcfg.VersionFor(p.spec.KubeadmVersion)
	if err != nil {
		return nil, fmt.Errorf("kubeadmVersion: %w", err)
	}
	if stored, err = stored.In(newest); err != nil {
		return nil, err
	}
	init := &v1beta4.InitConfiguration{
		NodeRegistration: v1beta4.NodeRegistrationOptions{Name: m.name, CRISocket: m.criSocket},
		LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: m.address.String(), BindPort: int32(p.spec.APIServerPort)},
	}
	return stored.PhaseFile(init)
}

// otherSANs are the names of the old certificate that kubeadm would not put into
// the new one: what still uses them must go on.
func (p planner) otherSANs(m machine) []string {
	return slices.DeleteFunc(slices.Clone(p.sans[m.name]), func(san string) bool {
		return p.isService(san) || slices.Contains(m.known, san) || san == p.spec.ControlPlaneEndpoint.Host || slices.Contains(p.config.APIServer.CertSANs, san)
	})
}

// endpointAnswers is the gate: from every machine, with the credentials that it
// will use.
func (p planner) endpointAnswers(before []joinplan.Step) []joinplan.Step {
	var out []joinplan.Step
	for _, host := range p.order() {
		m, isNode := p.machine(host)
		if !isNode {
			continue
		}
		file, from := kubeletConf, "workers"
		if m.controlPlane {
			file, from = adminConf, "control planes"
		}
		out = append(out, joinplan.Step{
			ID:            joinplan.KindEndpoint.Step(host),
			Title:         "The endpoint answers the " + from,
			Host:          host,
			Why:           "What cannot reach the endpoint now would be cut off by the next steps.",
			Needs:         needed(before, host),
			Preconditions: p.provided(),
			Checks:        []joinplan.Check{succeeds(host, "the API answers at "+p.census.Endpoint, kubectl(file, "--server", p.census.Endpoint, "get", "--raw", "/readyz")...)},
		})
	}
	return out
}

// needed are the steps that the endpoint needs to answer on a host.
func needed(steps []joinplan.Step, host string) []joinplan.ID {
	var out []joinplan.ID
	for _, step := range steps {
		switch step.ID.Kind {
		case joinplan.KindLoadBalancer, joinplan.KindCertificate, joinplan.KindSnapshot:
			out = append(out, step.ID)
		case joinplan.KindHosts:
			if step.Host == host {
				out = append(out, step.ID)
			}
		}
	}
	return out
}

func (p planner) provided() []string {
	endpoint := p.spec.ControlPlaneEndpoint
	switch len(p.spec.LoadBalancers) {
	case 0:
		return []string{fmt.Sprintf("Whoever provides %s forwards TCP connections to port %d of every control plane that answers.", endpoint, p.spec.APIServerPort)}
	case 1:
		return nil
	}
	return []string{fmt.Sprintf("The address behind %s is held by a load balancer that runs (keepalived, VRRP).", endpoint)}
}

// kubeconfigSteps edits the kubeconfigs of people and of kubeadm, host by host.
func (p planner) kubeconfigSteps(needs []joinplan.ID) []joinplan.Step {
	var out []joinplan.Step
	for _, m := range p.hosts {
		refs := p.inScope(m.name, Admin, SuperAdmin, Kubeconfig)
		if len(refs) == 0 {
			continue
		}
		step := joinplan.Step{
			ID:    joinplan.KindKubeconfigs.Step(m.name),
			Title: "Kubeconfigs on " + m.name,
			Group: "Kubeconfigs",
			Host:  m.name,
			Why:   "They are edited and not made again: their certificates and their place stay.",
			Needs: needs,
		}
		for _, r := range refs {
			p.editKubeconfig(&step, r)
			if r.Kind == Admin {
				step.Checks = append(step.Checks, succeeds(m.name, r.Where+" opens the cluster", kubectl(r.Where, "get", "--raw", "/readyz")...))
			}
		}
		out = append(out, step)
	}
	return out
}

// editKubeconfig adds an edit of one server, its check and its way back.
func (p planner) editKubeconfig(step *joinplan.Step, r Reference) {
	step.Actions = append(step.Actions, joinplan.EditFile{Path: r.Where, Edit: SetServer{r.Cluster, p.census.Endpoint}})
	step.Undo = append(step.Undo, joinplan.EditFile{Path: r.Where, Edit: SetServer{r.Cluster, r.Address}})
	step.Checks = append(step.Checks, names(r.Host, r.Where, r.Cluster, p.census.Endpoint))
}

func (p planner) clusterInfo(needs []joinplan.ID) []joinplan.Step {
	refs := p.inScope("", ClusterInfo)
	if len(refs) == 0 {
		return nil
	}
	step := joinplan.Step{
		ID:    joinplan.KindClusterInfo.Step(p.admin.name),
		Title: "How the cluster presents itself to machines that join",
		Host:  p.admin.name,
		Why:   "The signatures of the bootstrap tokens are over the text: kube-controller-manager makes them again, and no machine can join until it has.",
		Needs: needs,
		Checks: []joinplan.Check{
			p.configMapNames("kube-public", "cluster-info", clusterInfoKey),
			succeeds(p.admin.name, "every token that signs has signed cluster-info", shell(everyTokenSigned)...),
		},
	}
	for _, r := range refs {
		p.editServerIn(&step, "kube-public", "cluster-info", clusterInfoKey, r)
	}
	return []joinplan.Step{step}
}

// editServerIn adds an edit of a kubeconfig in a ConfigMap, and its way back.
func (p planner) editServerIn(step *joinplan.Step, namespace, name, key string, r Reference) {
	step.Actions = append(step.Actions, editConfigMap(namespace, name, SetConfigMapServer{key, r.Cluster, p.census.Endpoint})...)
	step.Undo = append(step.Undo, editConfigMap(namespace, name, SetConfigMapServer{key, r.Cluster, r.Address})...)
}

// everyTokenSigned asks for the IDs of tokens, never for their secrets.
const everyTokenSigned = `set -e
tokens=$(kubectl --kubeconfig ` + adminConf + ` -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o go-template='{{range .items}}{{if index .data "usage-bootstrap-signing"}}{{index .data "token-id" | base64decode}} {{end}}{{end}}')
signed=$(kubectl --kubeconfig ` + adminConf + ` -n kube-public get configmap cluster-info -o go-template='{{range $key, $value := .data}} {{$key}} {{end}}')
for token in $tokens; do
  case "$signed" in
    *" jws-kubeconfig-$token "*) ;;
    *) echo "token $token has not signed yet" >&2; exit 1 ;;
  esac
done`

// configMapNames checks the server of the kubeconfig in a ConfigMap.
func (p planner) configMapNames(namespace, name, key string) joinplan.Check {
	return joinplan.Check{
		Host: p.admin.name,
		Commands: one(shell(`kubectl --kubeconfig `+adminConf+` -n "$1" get configmap "$2" -o "jsonpath={.data.$3}" | kubectl --kubeconfig /dev/stdin config view -o 'jsonpath={.clusters[0].cluster.server}'`,
			namespace, name, strings.ReplaceAll(key, ".", `\.`))...),
		Expect: name + " names " + p.census.Endpoint,
		Kind:   joinplan.CheckEquals,
		Want:   []string{p.census.Endpoint},
	}
}

func (p planner) kubeProxy(needs []joinplan.ID) []joinplan.Step {
	refs := p.inScope("", KubeProxy)
	if len(refs) == 0 && !p.startsAnew(KubeProxy, "", kubeProxyOwner) {
		return nil
	}
	step := joinplan.Step{
		ID:    joinplan.KindKubeProxy.Step(p.admin.name),
		Title: "kube-proxy",
		Host:  p.admin.name,
		Why:   "It reads its kubeconfig when it starts, so its pods are started anew, node by node; rules that are in place go on working meanwhile.",
		Needs: needs,
		Checks: []joinplan.Check{
			p.configMapNames("kube-system", "kube-proxy", kubeProxyKey),
			succeeds(p.admin.name, "kube-proxy runs anew on every node", kubectl(adminConf, "-n", "kube-system", "rollout", "status", "daemonset/kube-proxy", "--timeout=10s")...),
		},
	}
	for _, r := range refs {
		p.editServerIn(&step, "kube-system", "kube-proxy", kubeProxyKey, r)
	}
	restart := run(kubectl(adminConf, "-n", "kube-system", "rollout", "restart", "daemonset/kube-proxy")...)
	step.Actions, step.Undo = append(step.Actions, restart), append(step.Undo, restart)
	return []joinplan.Step{step}
}

// kubeletSteps takes one machine at a time, those that are not Ready last.
func (p planner) kubelets(needs []joinplan.ID) []joinplan.Step {
	var out []joinplan.Step
	hosts := slices.Clone(p.hosts)
	slices.SortStableFunc(hosts, func(a, b machine) int { return lateness(a) - lateness(b) })
	for _, m := range hosts {
		refs := p.inScope(m.name, Kubelet)
		if len(refs) == 0 && !p.startsAnew(Kubelet, m.name, place(m.name, kubeletProcess)) {
			continue
		}
		step := joinplan.Step{
			ID:    joinplan.KindKubelet.Step(m.name),
			Title: "The kubelet of " + m.name,
			Group: "The kubelets",
			Host:  m.name,
			Why:   "One machine at a time, and the next only when this one is Ready: its pods run on while its kubelet restarts.",
			Needs: needs,
		}
		for _, r := range refs {
			p.editKubeconfig(&step, r)
		}
		restart := run("systemctl", "restart", "kubelet")
		step.Actions, step.Undo = append(step.Actions, restart), append(step.Undo, restart)
		step.Checks = append(step.Checks,
			succeeds(m.name, "its credentials open the API at the endpoint", kubectl(kubeletConf, "get", "--raw", "/readyz")...),
			succeeds(m.name, "the kubelet runs", "systemctl", "is-active", "kubelet"),
			p.nodesReady(m.name))
		out = append(out, step)
		needs = []joinplan.ID{step.ID}
	}
	return out
}

func lateness(m machine) int {
	if m.ready {
		return 0
	}
	return 1
}

func (p planner) kubeadmConfig(needs []joinplan.ID) []joinplan.Step {
	if len(p.inScope("", KubeadmConfig)) == 0 {
		return nil
	}
	endpoint := p.spec.ControlPlaneEndpoint.String()
	return []joinplan.Step{{
		ID:      joinplan.KindKubeadmConfig.Step(p.admin.name),
		Title:   "The cluster's own configuration",
		Host:    p.admin.name,
		Why:     "Machines that join, and every later run of kubeadm, take the endpoint from here. It comes last: until then it says what the others are converted from.",
		Needs:   needs,
		Actions: editConfigMap("kube-system", "kubeadm-config", p.setEndpoint()),
		Checks: []joinplan.Check{succeeds(p.admin.name, "kubeadm-config has the endpoint "+endpoint,
			shell(`kubectl --kubeconfig `+adminConf+` -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' | grep controlPlaneEndpoint | grep -qwF -- "$1"`, endpoint)...)},
		Undo:    editConfigMap("kube-system", "kubeadm-config", RestoreData{clusterConfigurationKey, p.state.KubeadmConfig.Text}),
		Effects: []effect.Change{{Kind: effect.EndpointSet, Value: endpoint}},
	}}
}
