package joinplan

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/natural"
	"github.com/haplane/haplane/joinplan/cluster"
	"k8s.io/apimachinery/pkg/util/version"
)

// ScaleOut plans what a running cluster lacks of its description: names and
// load balancers for all, a new token, workers, and control planes strictly one
// after another, with the certificates uploaded again where there is no key
// that still works. What is there is left alone; a cluster that has everything
// gets a plan that only checks.
//
// Credentials that stop working before the joins can be done are left out, with
// a warning, and the plan makes new ones: it allows ten minutes for each control
// plane, and for all workers together. A step that is in the plan again for that
// reason is to be done again: see [Plan.Outdated].
//
// The ClusterConfiguration that the certificates are uploaded with is the
// cluster's own, byte for byte. Files of the first control plane that its API
// server needs and that kubeadm does not bring are copied before a join.
//
// It is refused, with a [*RefusedError], where the cluster has no or another
// control-plane endpoint, another kind of etcd or, for machines that join, another
// version than the description, where its ClusterConfiguration would give a new
// control plane the addresses of another machine, where no control plane of the description is Ready,
// where etcd has lost its quorum, and, before a control plane joins, where etcd
// would not take a member now or is not well: kubeadm up to 1.35 stops at a
// member that does not answer, and so do the checks between the joins.
func ScaleOut(in Input) (Plan, error) {
	p, err := runningPicture(in)
	if err != nil {
		return Plan{}, err
	}
	return p.finish("Scale "+p.spec.Name+" out", p.scaleOut())
}

// scaleOut adds what is missing to what the picture has.
func (p picture) scaleOut() draft {
	d := draft{warnings: p.stateWarnings()}
	workers, controlPlanes := p.missingFrom(p.spec.Workers), p.missingFrom(p.spec.ControlPlanes)
	if len(workers)+len(controlPlanes) > 0 {
		p.grow(&d, workers, controlPlanes)
	}
	d.add(p.verify(setOf(d.steps), modelAfter(p.model(), d.steps), setOf(d.steps).among(KindCoreDNS.Step(p.admin.Name))...), nil)
	return d
}

func (p picture) missingFrom(nodes []cluster.Node) []cluster.Node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n cluster.Node) bool { return p.isThere(n.Name) })
}

func (p picture) grow(d *draft, workers, controlPlanes []cluster.Node) {
	if reasons := p.whyNothingJoins(controlPlanes); len(reasons) > 0 {
		d.err = &RefusedError{reasons}
		return
	}
	d.err = p.mayAddMember(controlPlanes)
	d.add(p.hosts())
	d.add(p.loadBalancers(setOf(d.steps), "The load balancer must know the new API servers; until they are up it finds them down and leaves them out."), nil)
	d.token(p)
	token := setOf(d.steps).among(KindToken.Step(p.admin.Name))
	d.add(p.joinWorkers(setOf(d.steps), workers, token...))
	if len(controlPlanes) == 0 {
		return
	}
	if p.credentials.CertificateKey.IsZero() {
		d.add(p.uploadCerts(token...))
	} else {
		d.leftOut = append(d.leftOut, KindUploadCerts.Step(p.admin.Name))
	}
	d.warnings = append(d.warnings, p.missingSANs(controlPlanes)...)
	needs := setOf(d.steps).among(KindUploadCerts.Step(p.admin.Name), KindToken.Step(p.admin.Name))
	for _, lb := range p.spec.LoadBalancers {
		needs = append(needs, KindLoadBalancer.Step(lb.Name))
	}
	d.add(p.joinControlPlanes(setOf(d.steps), modelAfter(p.model(), d.steps), controlPlanes, p.copies(p.extraFiles()), needs...))
	d.add(p.spreadCoreDNS(controlPlanes), nil)
}

// stateWarnings are those of what is there beside the description.
func (p picture) stateWarnings() []cluster.Finding {
	out := differences(p.spec, p.state)
	for _, node := range p.spec.Nodes() {
		if there, ok := p.state.Node(node.Name); ok && !there.Ready {
			out = append(out, stateWarning("%s %s; the last check waits for it", node.Name, notReady))
		}
	}
	return out
}

// differences are nodes that are not what is described.
func differences(spec cluster.Spec, state cluster.State) []cluster.Finding {
	out := slices.DeleteFunc(spec.Contradictions(state), func(f cluster.Finding) bool {
		return f.Code == cluster.CodeEndpointDiffers // that is refused
	})
	described := map[string]netip.Prefix{}
	for _, node := range spec.Nodes() {
		described[node.Name] = node.Address
	}
	byName := func(a, b cluster.NodeState) int { return natural.Compare(a.Name, b.Name) }
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
	return warning("state.nodes", fmt.Sprintf(format, args...))
}

// mayAddMember asks etcd whether it takes the next member, and whether the
// check behind that join could hold.
func (p picture) mayAddMember(joining []cluster.Node) error {
	if len(joining) == 0 || !p.hasEtcd() {
		return nil
	}
	if len(p.etcd.Statuses) == 0 {
		return &RefusedError{[]string{"nothing says how etcd is: give the output of etcdctl endpoint status and member list"}}
	}
	answer := p.report.CanAdd(memberRole(joining[0].KubeadmVersion))
	reasons := troubles(p.report)
	if !answer.Yes && !onlyStandsStill(answer) {
		reasons = append(reasons, texts(answer.Reasons)...)
	}
	if len(reasons) == 0 {
		return nil
	}
	for _, node := range p.members() {
		if state, _ := p.state.Node(node.Name); !state.Ready {
			reasons = append(reasons, node.Name+" "+notReady)
		}
	}
	return &RefusedError{append(reasons, askAgain)}
}

// onlyStandsStill reports whether nothing but the moment in which two voters
// need both speaks against a second voter. Kubeadm before 1.29 has no other way,
// and starts the member as soon as it has added it.
func onlyStandsStill(answer etcdcheck.Answer) bool {
	return answer.Server.Is(true) && !slices.ContainsFunc(answer.Reasons, func(reason etcdcheck.Reason) bool {
		return reason.By != etcdcheck.Note && reason.Code != etcdcheck.CodeQuorumAfter
	})
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

const askAgain = "mend that, and ask again with fresh output of etcdctl endpoint status and member list"

func reasonsOf(answer etcdcheck.Answer) []string { return append(texts(answer.Reasons), askAgain) }

func texts(reasons []etcdcheck.Reason) []string {
	var out []string
	for _, reason := range reasons {
		out = append(out, reason.String())
	}
	return out
}

// extraFiles are those of the admin's API server that must stand on a control
// plane before its own starts.
func (p picture) extraFiles() []string {
	var found []string
	for _, server := range p.state.APIServers {
		if server.Node == p.admin.Name {
			found = append(found, server.ExtraFiles...)
		}
	}
	return found
}

// skips reports whether the description has kubeadm init leave a phase out.
func (p picture) skips(phase string) bool { return slices.Contains(p.spec.SkipPhases, phase) }

func (p picture) spreadCoreDNS(joined []cluster.Node) []Step {
	if p.skips("addon/coredns") {
		return nil
	}
	return []Step{{
		ID:      KindCoreDNS.Step(p.admin.Name),
		Title:   "Spread CoreDNS",
		Host:    p.admin.Name,
		Why:     "Its replicas were started when there was one control plane, and stay together on it until they are started anew.",
		Needs:   []ID{KindJoin.Step(joined[len(joined)-1].Name)},
		Actions: []Action{kubectlRun("-n", "kube-system", "rollout", "restart", "deployment/coredns")},
		Checks:  []Check{succeeds(p.admin.Name, "CoreDNS runs", kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=10s")...)},
	}}
}
