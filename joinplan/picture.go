package joinplan

import (
	"fmt"
	"slices"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/internal/natural"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/effect"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// picture is what every planner starts from. It is made once and never changed:
// a planner is a function from it to steps, and where a part of a plan has
// another view, it is given another picture.
type picture struct {
	// spec is the description, valid, with defaults, in the order of the output.
	spec        cluster.Spec
	state       cluster.State
	credentials kubeadmcmd.Credentials
	haproxy     haproxycfg.Config
	settings    haproxycfg.APIServers // those that haproxy was made of
	former      Former
	gone        []string // machines that the plan takes out of the cluster
	warnings    []cluster.Finding
	// admin is the control plane on which commands for the whole cluster run.
	admin cluster.Node
	// etcd is what was asked, and report the verdict on it.
	etcd   etcdcheck.Sample
	report etcdcheck.Report
	// ailing is true where etcd has troubles that the plan does not end: its
	// checks then ask no more than can hold.
	ailing bool
}

// newPicture prepares what is given.
func newPicture(in Input) (picture, error) {
	spec, err := Ordered(in.Spec)
	if err != nil {
		return picture{}, err
	}
	if got, want := in.Credentials.Endpoint, spec.ControlPlaneEndpoint.String(); got != "" && got != want {
		return picture{}, fmt.Errorf("credentials: they are for the endpoint %s, and the description has %s; are they of this cluster?", got, want)
	}
	p := picture{spec: spec, state: in.State, etcd: in.Etcd, former: in.Former, admin: spec.ControlPlanes[0], settings: in.apiServers(spec)}
	p.warnings = append(in.Spec.Warnings(), p.haproxyWarnings()...)
	if p.haproxy, err = haproxyConfig(p.settings, p.former.Ports); err != nil && len(spec.LoadBalancers) > 0 {
		return picture{}, fmt.Errorf("haproxy: %w", err)
	}
	credentials, renewed := in.fresh(spec)
	credentials.CACertHashes = slices.Clone(credentials.CACertHashes)
	p.credentials, p.warnings = credentials, append(p.warnings, renewed...)
	p.report = p.judgeEtcd()
	return p, nil
}

// virginPicture is that of machines on which there is no cluster.
func virginPicture(in Input) (picture, error) {
	in.State, in.Etcd = cluster.State{}, etcdcheck.Sample{}
	return newPicture(in)
}

// runningPicture is that of a cluster that runs: it works from the first
// control plane that is Ready, and refuses clusters that no machine can join.
func runningPicture(in Input) (picture, error) {
	p, err := newPicture(in)
	if err != nil {
		return p, err
	}
	var reasons []string
	admin := -1
	for i, node := range p.spec.ControlPlanes {
		state, there := p.state.Node(node.Name)
		switch {
		case there && !state.ControlPlane:
			reasons = append(reasons, node.Name+" is a worker of the cluster and a control plane of the description: remove the node first")
		case there && state.Ready && admin < 0:
			admin = i
		}
	}
	for _, node := range p.spec.Workers {
		if state, _ := p.state.Node(node.Name); state.ControlPlane {
			reasons = append(reasons, node.Name+" is a control plane of the cluster and a worker of the description: remove the node first")
		}
	}
	if admin < 0 {
		reasons = append(reasons, "no control plane of the description is Ready in the cluster: bring one back, or Create the cluster")
	} else {
		p.admin = p.spec.ControlPlanes[admin]
	}
	reasons = append(reasons, p.endpointReasons()...)
	reasons = append(reasons, p.whyAnotherEtcd()...)
	if p.hasEtcd() && in.asksEtcd() && p.report.Quorum.Held.Is(false) {
		reasons = append(reasons, "etcd has lost its quorum, so that nothing can be changed through the API: start the machines of its members, or restore a snapshot")
	}
	if len(reasons) > 0 {
		return p, &RefusedError{reasons}
	}
	return p, nil
}

func (p picture) endpointReasons() []string {
	want := p.spec.ControlPlaneEndpoint
	switch got, there := p.state.Endpoint(); {
	case p.state.KubeadmConfig.Text == "":
		return p.whyNoConfiguration()
	case !there:
		return []string{"the cluster was built without a control-plane endpoint, so no control plane can join: convert it to " + want.String() + " first"}
	case got != want:
		return []string{"the cluster's control-plane endpoint is " + got.String() + ", the description's " + want.String() + ": mend the description, or convert the cluster first"}
	}
	return nil
}

func (p picture) whyNoConfiguration() []string {
	for _, absent := range p.state.Absent {
		if absent.Reason == cluster.Unreadable && absent.What == "configmap kube-system/kubeadm-config" {
			return []string{"the ConfigMap kubeadm-config cannot be read: " + absent.Detail}
		}
	}
	return []string{"the state lacks the ConfigMap kubeadm-config: capture it with kubectl get cm -n kube-system kubeadm-config -o yaml"}
}

// hasEtcd reports whether etcd runs on the control planes.
func (p picture) hasEtcd() bool { return p.spec.ExternalEtcd == nil }

// isThere reports whether a machine is a node of the cluster.
func (p picture) isThere(name string) bool {
	_, there := p.state.Node(name)
	return there
}

// members are the described control planes that are in the cluster.
func (p picture) members() []cluster.Node {
	return slices.DeleteFunc(slices.Clone(p.spec.ControlPlanes), func(n cluster.Node) bool {
		node, there := p.state.Node(n.Name)
		return !there || !node.ControlPlane
	})
}

func (p picture) judgeEtcd() etcdcheck.Report {
	return etcdcheck.Check(etcdcheck.Input{Sample: p.etcd, Expect: expectedMembers(p.members())})
}

// from is the picture of who works from another control plane.
func (p picture) from(admin cluster.Node) picture {
	p.admin = admin
	return p
}

// settled is the picture of a plan that ends none of etcd's troubles.
func (p picture) settled() picture {
	p.ailing = len(p.etcd.Statuses)+len(p.etcd.Failures) > 0 && p.report.Verdict != etcdcheck.Healthy
	return p
}

// without is the picture of what there would be to see after a removal.
func (p picture) without(name string) picture {
	p.gone = append(slices.Clone(p.gone), name)
	p.state.Nodes = slices.DeleteFunc(slices.Clone(p.state.Nodes), func(n cluster.NodeState) bool { return n.Name == name })
	if i := slices.IndexFunc(p.etcd.Members, func(m etcdcheck.Member) bool { return m.Name == name }); i >= 0 {
		gone := p.etcd.Members[i]
		p.etcd.Members = slices.Delete(slices.Clone(p.etcd.Members), i, i+1)
		p.etcd.Statuses = slices.DeleteFunc(slices.Clone(p.etcd.Statuses), func(s etcdcheck.Status) bool { return s.MemberID == gone.ID })
		p.etcd.Failures = nil
	}
	p.report = p.judgeEtcd()
	return p
}

// model is the cluster as the effects of steps change it.
func (p picture) model() effect.Model {
	var m effect.Model
	for _, node := range p.state.Nodes {
		m.Nodes = append(m.Nodes, effect.Node{
			Name:         node.Name,
			ControlPlane: node.ControlPlane,
			Ready:        node.Ready,
			Serves:       node.Ready && node.ControlPlane,
			Version:      node.KubeletVersion,
		})
	}
	slices.SortStableFunc(m.Nodes, func(a, b effect.Node) int { return natural.Compare(a.Name, b.Name) })
	if len(m.Nodes) == 0 {
		return m
	}
	if p.hasEtcd() {
		m.Members = p.modelMembers(m.Nodes)
	}
	if endpoint, there := p.state.Endpoint(); there {
		m.Endpoint = endpoint.String()
	}
	if m.Endpoint == p.spec.ControlPlaneEndpoint.String() {
		for _, lb := range p.spec.LoadBalancers {
			m.Balancers = append(m.Balancers, effect.Balancer{Name: lb.Name, Serves: true, Holds: len(p.spec.LoadBalancers) == 1})
		}
	}
	return m
}

// modelMembers are etcd's members as it says itself; where nobody asked it, a
// member is taken to be as its control plane.
func (p picture) modelMembers(nodes []effect.Node) []effect.Member {
	var out []effect.Member
	if len(p.etcd.Statuses) == 0 || p.report.Quorum.Agreeing == 0 {
		for _, node := range nodes {
			if node.ControlPlane {
				out = append(out, effect.Member{Name: node.Name, Agrees: node.Serves})
			}
		}
		return out
	}
	for _, m := range p.report.Members {
		if m.Role != etcdcheck.NoMember {
			out = append(out, effect.Member{Name: m.Label(), Learner: !m.Role.Votes(), Agrees: m.Agrees})
		}
	}
	slices.SortStableFunc(out, func(a, b effect.Member) int { return natural.Compare(a.Name, b.Name) })
	return out
}

// finish makes the plan of steps, and refuses to return one that breaks a law.
func (p picture) finish(title string, d draft) (Plan, error) {
	if d.err != nil {
		return Plan{}, d.err
	}
	return Finish(Plan{
		Title:       title,
		Spec:        p.spec,
		Warnings:    append(slices.Clone(p.warnings), d.warnings...),
		Before:      p.model(),
		Steps:       d.steps,
		LeftOut:     d.leftOut,
		Credentials: p.credentials,
	})
}

// Finish returns a plan that was put together from steps as planners return it.
// It is an error, and no plan, where some order in which the steps may be
// carried out breaks a law of package effect: see [effect.Check].
func Finish(plan Plan) (Plan, error) {
	steps := make([]effect.Step, 0, len(plan.Steps))
	for _, s := range plan.Steps {
		step := effect.Step{ID: s.ID.String(), After: s.Effects, During: s.During}
		for _, id := range s.Needs {
			step.Needs = append(step.Needs, id.String())
		}
		steps = append(steps, step)
	}
	if err := effect.Check(plan.Before, steps); err != nil {
		return Plan{}, fmt.Errorf("%s: the plan would do harm and is withheld, which is a fault of whoever made it: %w", plan.Title, err)
	}
	plan.Steps = slices.Clone(plan.Steps)
	for i := range plan.Steps {
		plan.Steps[i].Actions, plan.Steps[i].Undo = slices.Clone(plan.Steps[i].Actions), slices.Clone(plan.Steps[i].Undo)
	}
	nameBlocks(plan.Steps)
	return plan, nil
}

// draft are the steps of a plan until it is finished.
type draft struct {
	steps    []Step
	leftOut  []ID
	warnings []cluster.Finding
	err      error
}

// add adds steps, unless something has failed before.
func (d *draft) add(steps []Step, err error) {
	if d.err == nil {
		d.steps, d.err = append(d.steps, steps...), err
	}
}

// after makes the steps from an index on that need nothing wait for one.
func (d *draft) after(index int, id ID) {
	for i := index; i < len(d.steps); i++ {
		if len(d.steps[i].Needs) == 0 {
			d.steps[i].Needs = []ID{id}
		}
	}
}
