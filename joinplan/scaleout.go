package joinplan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/yaml"
)

// Observed is what is there.
type Observed struct {
	// State of the cluster: see [cluster.ParseState].
	State cluster.State
	// Etcd is what etcdctl endpoint status and member list say: see
	// [etcdcheck.Parse]. A plan that adds or removes a member needs it, to tell
	// whether that is allowed now.
	Etcd etcdcheck.Sample
}

// asksEtcd tells whether somebody asked the members how they are.
func (o Observed) asksEtcd() bool { return len(o.Etcd.Statuses)+len(o.Etcd.Failures) > 0 }

// RefusedError is a plan that would do harm now. Its Reasons say what is in the
// way and what to do.
type RefusedError struct{ Reasons []string }

// Error gives all reasons.
func (e *RefusedError) Error() string {
	return "no plan can be made: " + strings.Join(e.Reasons, "; ")
}

// ScaleOut plans what a running cluster lacks of its description: names and
// load balancers for all, a new token, workers, and control planes strictly one
// after another, with the certificates uploaded again where there is no key
// that still works. What is there is left alone; a cluster that has everything
// gets a plan that only checks.
//
// Credentials that stop working before the joins can be done are left out, with
// a warning, and the plan makes new ones: it allows ten minutes for each control
// plane, and for all workers together. A step that is in the plan again for that
// reason is to be done again: take it out of a [Progress].
//
// The ClusterConfiguration that the certificates are uploaded with is the
// cluster's own, byte for byte. Files of the first control plane that its API
// server needs and that kubeadm does not bring are copied before a join.
//
// It is refused, with a [*RefusedError], where the cluster has no or another
// control-plane endpoint, where no control plane of the description is Ready,
// where etcd has lost its quorum, and, before a control plane joins, where etcd would not take a member now or
// is not well: kubeadm up to 1.35 stops at a member that does not answer, and so
// do the checks between the joins.
func ScaleOut(spec cluster.Spec, observed Observed, known Known) (Plan, error) {
	known, renewed := known.fresh(spec, observed.State)
	b, err := newBuilder(spec, known)
	if err != nil {
		return Plan{}, err
	}
	b.plan.Warnings = append(b.plan.Warnings, renewed...)
	b.plan.Title = "Scale " + b.spec.Name + " out"
	if err := b.observe(observed); err != nil {
		return Plan{}, err
	}
	if err := b.scaleOut(observed); err != nil {
		return Plan{}, err
	}
	return b.plan, nil
}

// observe finds the admin and the members, and refuses clusters that no
// machine can join.
func (b *builder) observe(o Observed) error {
	var reasons []string
	b.members = nil
	admin := -1
	for i, node := range b.spec.ControlPlanes {
		state, there := o.State.Node(node.Name)
		switch {
		case there && !state.ControlPlane:
			reasons = append(reasons, node.Name+" is a worker of the cluster and a control plane of the description: remove the node first")
		case there:
			b.members = append(b.members, node)
			if state.Ready && admin < 0 {
				admin = i
			}
		}
	}
	isWorker := map[string]bool{}
	for _, node := range b.spec.Workers {
		isWorker[node.Name] = true
	}
	for _, state := range o.State.Nodes {
		if state.ControlPlane && isWorker[state.Name] {
			reasons = append(reasons, state.Name+" is a control plane of the cluster and a worker of the description: remove the node first")
		}
	}
	if admin < 0 {
		reasons = append(reasons, "no control plane of the description is Ready in the cluster: bring one back, or Create the cluster")
	} else {
		b.admin = b.spec.ControlPlanes[admin]
	}
	reasons = append(reasons, b.endpointReasons(o.State)...)
	if b.spec.ExternalEtcd == nil && o.asksEtcd() && b.etcdReport(o).Quorum.Held.Is(false) {
		reasons = append(reasons, "etcd has lost its quorum, so that nothing can be changed through the API: start the machines of its members, or restore a snapshot")
	}
	if len(reasons) > 0 {
		return &RefusedError{reasons}
	}
	b.begin(o)
	return nil
}

func (b *builder) endpointReasons(state cluster.State) []string {
	const how = "kubectl get cm -n kube-system kubeadm-config -o yaml"
	if state.KubeadmConfig.Text == "" {
		return []string{"the state lacks the ConfigMap kubeadm-config: capture it with " + how}
	}
	var stored struct {
		ControlPlaneEndpoint string `json:"controlPlaneEndpoint"`
	}
	err := yaml.Unmarshal([]byte(state.KubeadmConfig.Text), &stored)
	got, want := stored.ControlPlaneEndpoint, b.spec.ControlPlaneEndpoint.String()
	switch {
	case err != nil:
		return []string{"the ConfigMap kubeadm-config cannot be read: " + err.Error()}
	case got == "":
		return []string{"the cluster was built without a control-plane endpoint, so no control plane can join: convert it to " + want + " first"}
	case got != want:
		return []string{"the cluster's control-plane endpoint is " + got + ", the description's " + want + ": mend the description, or convert the cluster first"}
	}
	return nil
}

// stateWarnings are those of what is there beside the description.
func (b *builder) stateWarnings(state cluster.State) []cluster.Finding {
	out := differences(b.spec, state)
	for _, node := range b.spec.Nodes() {
		if there, ok := state.Node(node.Name); ok && !there.Ready {
			out = append(out, stateWarning("%s %s; the last check waits for it", node.Name, notReady))
		}
	}
	return out
}

// differences are nodes that are not what is described.
func differences(spec cluster.Spec, state cluster.State) []cluster.Finding {
	var out []cluster.Finding
	described := map[string]netip.Prefix{}
	for _, node := range spec.Nodes() {
		described[node.Name] = node.Address
	}
	byName := func(a, b cluster.NodeState) int { return compareNatural(a.Name, b.Name) }
	for _, node := range slices.SortedFunc(slices.Values(state.Nodes), byName) {
		address, known := described[node.Name]
		if !known {
			out = append(out, stateWarning("%s is a node of the cluster and not in the description: it is left alone, and gets no names", node.Name))
			continue
		}
		if node.Network.IsValid() && !address.IsSingleIP() && node.Network.Bits() != address.Bits() {
			out = append(out, stateWarning("the pod network found %s on %s, where the description has %s: mend the prefix length on the host, its routes can cut other machines off", node.Network, node.Name, address))
		}
		if len(node.Addresses) > 0 && !slices.Contains(node.Addresses, address.Addr()) {
			out = append(out, stateWarning("%s has the address %s in the cluster, and %s in the description", node.Name, node.Addresses[0], address.Addr()))
		}
	}
	return out
}

func stateWarning(format string, args ...any) cluster.Finding {
	return cluster.Finding{Severity: finding.Warning, Place: "state.nodes", Message: fmt.Sprintf(format, args...)}
}

func (b *builder) scaleOut(o Observed) error {
	b.plan.Warnings = append(b.plan.Warnings, b.stateWarnings(o.State)...)
	there := map[string]bool{}
	for _, node := range o.State.Nodes {
		there[node.Name] = true
	}
	missing := func(nodes []cluster.Node) []cluster.Node {
		return slices.DeleteFunc(slices.Clone(nodes), func(n cluster.Node) bool { return there[n.Name] })
	}
	workers, controlPlanes := missing(b.spec.Workers), missing(b.spec.ControlPlanes)
	if len(workers)+len(controlPlanes) > 0 {
		if err := b.grow(o, workers, controlPlanes); err != nil {
			return err
		}
	}
	b.verify(b.ids("coredns/" + b.admin.Name)...)
	return nil
}

func (b *builder) grow(o Observed, workers, controlPlanes []cluster.Node) error {
	if err := b.mayAddMember(o, controlPlanes); err != nil {
		return err
	}
	if err := b.hosts(); err != nil {
		return err
	}
	if err := b.loadBalancers("The load balancer must know the new API servers; until they are up it finds them down and leaves them out."); err != nil {
		return err
	}
	file, err := o.State.KubeadmConfig.UploadCertsFile(b.admin.CRISocket)
	if err != nil {
		return err
	}
	if err := b.token(file); err != nil {
		return err
	}
	if err := b.joinWorkers(workers, b.ids("token/"+b.admin.Name)...); err != nil || len(controlPlanes) == 0 {
		return err
	}
	if !b.known.Credentials.CertificateKey.IsZero() {
		b.leaveOut("upload-certs/" + b.admin.Name)
	} else if err := b.uploadCerts(file, b.ids("token/"+b.admin.Name)...); err != nil {
		return err
	}
	b.plan.Warnings = append(b.plan.Warnings, missingSANs(o.State, controlPlanes)...)
	if err := b.joinControlPlanes(controlPlanes, b.extraFiles(o.State), b.beforeControlPlanes()...); err != nil {
		return err
	}
	b.spreadCoreDNS(controlPlanes)
	return nil
}

func (b *builder) beforeControlPlanes() []string {
	needs := b.ids("upload-certs/"+b.admin.Name, "token/"+b.admin.Name)
	for _, lb := range b.spec.LoadBalancers {
		needs = append(needs, "load-balancer/"+lb.Name)
	}
	return needs
}

// mayAddMember asks etcd whether it takes the next member, and whether the
// check behind that join could hold.
func (b *builder) mayAddMember(o Observed, joining []cluster.Node) error {
	if len(joining) == 0 || b.spec.ExternalEtcd != nil {
		return nil
	}
	if len(o.Etcd.Statuses) == 0 {
		return &RefusedError{[]string{"nothing says how etcd is: give the output of etcdctl endpoint status and member list"}}
	}
	report := b.etcdReport(o)
	answer := report.CanAdd(memberRole(joining[0].KubeadmVersion))
	reasons := troubles(report)
	if !answer.Yes {
		reasons = append(reasons, texts(answer.Reasons)...)
	}
	if len(reasons) == 0 {
		return nil
	}
	for _, node := range b.members {
		if state, _ := o.State.Node(node.Name); !state.Ready {
			reasons = append(reasons, node.Name+" "+notReady)
		}
	}
	return &RefusedError{append(reasons, askAgain)}
}

const notReady = "is not Ready: bring it back, or take it out of the description and Replace it"

// memberRole is how kubeadm adds a member: as a learner from 1.29 on.
func memberRole(kubeadm string) etcdcheck.Role {
	if v, err := version.ParseSemantic(kubeadm); err == nil && v.LessThan(version.MajorMinor(1, 29)) {
		return etcdcheck.Voter
	}
	return etcdcheck.Learner
}

// troubles are the findings that need something done.
func troubles(report etcdcheck.Report) []string {
	var out []string
	for _, f := range report.Findings {
		if f.Severity == etcdcheck.Info {
			continue
		}
		text := f.Message
		if f.Subject != "" {
			text = f.Subject + ": " + text
		}
		if f.Remedy != "" {
			text += ": " + f.Remedy
		}
		out = append(out, text)
	}
	return out
}

// etcdReport judges etcd, with the members that the plan counts on.
func (b *builder) etcdReport(o Observed) etcdcheck.Report {
	return etcdcheck.Check(etcdcheck.Input{Sample: o.Etcd, Expect: expectedMembers(b.members)})
}

const askAgain = "mend that, and ask again with fresh output of etcdctl endpoint status and member list"

func reasonsOf(answer etcdcheck.Answer) []string { return append(texts(answer.Reasons), askAgain) }

func texts(reasons []etcdcheck.Reason) []string {
	var out []string
	for _, reason := range reasons {
		out = append(out, reason.String())
	}
	return out
}

// token makes a token that the joins can use. Its file is that of the upload:
// without one kubeadm looks a version up on the internet first.
func (b *builder) token(file []byte) error {
	if !b.known.Credentials.Token.IsZero() && len(b.known.Credentials.CACertHashes) > 0 {
		b.leaveOut("token/" + b.admin.Name)
		return nil
	}
	command, err := kubeadmcmd.TokenCreate{ConfigFile: UploadCertsPath, PrintJoinCommand: true}.Command()
	if err != nil {
		return err
	}
	b.add(Step{
		ID:      "token/" + b.admin.Name,
		Title:   "A token for the machines that join",
		Host:    b.admin.Name,
		Why:     "A token works for 24 hours, and the one of the initialisation is gone or unknown.",
		Actions: []Action{configFile(UploadCertsPath, file), Run{Command: command, PrintsCredentials: true}},
	})
	return nil
}

// extraFiles are the copies that must stand on a control plane before its API
// server starts.
func (b *builder) extraFiles(state cluster.State) []Action {
	var found []string
	for _, server := range state.APIServers {
		if server.Node == b.admin.Name {
			found = append(found, server.ExtraFiles...)
		}
	}
	return b.copies(found)
}

// copies are those of the files that were found, and of the description's that
// are not among them or in a directory that is.
func (b *builder) copies(found []string) []Action {
	for _, file := range b.spec.ControlPlaneFiles {
		if !slices.ContainsFunc(found, func(f string) bool { return file == f || strings.HasPrefix(file, f+"/") }) {
			found = append(found, file)
		}
	}
	var copies []Action
	for _, file := range found {
		copies = append(copies, CopyFile{FromHost: b.admin.Name, FromPath: file, Path: file, Mode: 0o600})
	}
	return copies
}

func (b *builder) spreadCoreDNS(joined []cluster.Node) {
	if slices.Contains(b.spec.SkipPhases, "addon/coredns") {
		return
	}
	b.add(Step{
		ID:      "coredns/" + b.admin.Name,
		Title:   "Spread CoreDNS",
		Host:    b.admin.Name,
		Why:     "Its replicas were started when there was one control plane, and stay together on it until they are started anew.",
		Needs:   []string{"join/" + joined[len(joined)-1].Name},
		Actions: []Action{kubectlRun("-n", "kube-system", "rollout", "restart", "deployment/coredns")},
		Checks:  []Check{succeeds(b.admin.Name, "CoreDNS runs", kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=10s")...)},
	})
}
