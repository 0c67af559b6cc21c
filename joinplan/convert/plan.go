package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// Plan plans the conversion: a snapshot and backups, names and load balancers,
// certificates with the endpoint's name, a look from every machine whether the
// endpoint answers, and only then the places that the census has in scope, the
// kubelets one machine at a time. A cluster that is converted gets no steps.
//
// Every step has its way back in Undo: see [Back]. What is there when a plan was
// interrupted is captured again, and the next plan does the rest.
//
// It is refused, with a [*joinplan.RefusedError], where something was not
// captured that must be, and where no control plane is Ready. Other errors are
// those of [TakeCensus].
func Plan(in Input) (joinplan.Plan, error) {
	s, err := newSurvey(in)
	if err != nil {
		return joinplan.Plan{}, err
	}
	if s.census.Converted() {
		return joinplan.Plan{Title: s.title(), Spec: s.present(s.spec)}, nil
	}
	p, err := s.newPlanner()
	if err != nil {
		return joinplan.Plan{}, err
	}
	return p.plan()
}

// Back plans the way back of the steps that were done, the last one first. Keep
// the plan that they belong to: a plan that is made later no longer has them.
// Steps that change nothing have nothing to undo.
func Back(plan joinplan.Plan, done []joinplan.ID) joinplan.Plan {
	back := plan
	back.Title, back.Steps = "Back from: "+plan.Title, nil
	for _, step := range plan.Steps {
		if slices.Contains(done, step.ID) {
			back.Before = back.Before.After(step.Effects...)
		}
	}
	var needs []joinplan.ID
	for _, step := range slices.Backward(plan.Steps) {
		if len(step.Undo) == 0 || !slices.Contains(done, step.ID) {
			continue
		}
		id := step.ID
		id.Undo = true
		back.Steps = append(back.Steps, joinplan.Step{
			ID: id, Title: "Undo: " + step.Title, Host: step.Host,
			Why: "It brings about what was there before step " + step.ID.String() + ".", Needs: needs,
			Actions: step.Undo, Undo: step.Actions,
		})
		needs = []joinplan.ID{id}
	}
	return back
}

func (s *survey) title() string {
	return fmt.Sprintf("Convert %s to the endpoint %s", s.spec.Name, s.spec.ControlPlaneEndpoint)
}

// present is a description of the machines that are in the cluster now.
func (s *survey) present(spec cluster.Spec) cluster.Spec {
	absent := func(n cluster.Node) bool { _, there := s.machine(n.Name); return !there }
	spec.ControlPlanes = slices.DeleteFunc(slices.Clone(spec.ControlPlanes), absent)
	spec.Workers = slices.DeleteFunc(slices.Clone(spec.Workers), absent)
	return spec
}

// planner is what the steps are made from. Nothing changes it.
type planner struct {
	*survey
	// admin is the control plane from which commands for the cluster run.
	admin machine
	// front is the plan of what stands in front of the API servers, for all
	// machines of the description.
	front joinplan.Plan
	// before is what the endpoint was.
	before former
}

func (s *survey) newPlanner() (planner, error) {
	var reasons []string
	for _, m := range s.census.Missing {
		if !m.Process {
			reasons = append(reasons, m.String())
		}
	}
	ready := slices.IndexFunc(s.hosts, func(m machine) bool { return m.controlPlane && m.ready })
	if ready < 0 {
		reasons = append(reasons, "no control plane of the description is Ready in the cluster: bring one back first")
	}
	for _, m := range s.hosts {
		if state, _ := s.state.Node(m.name); state.ControlPlane != m.controlPlane {
			reasons = append(reasons, m.name+" has another role in the cluster than in the description: mend the description")
		}
	}
	if len(reasons) > 0 {
		return planner{}, &joinplan.RefusedError{Reasons: reasons}
	}
	p := planner{survey: s, admin: s.hosts[ready], before: s.former()}
	var err error
	p.front, err = joinplan.Endpoint(joinplan.Input{
		Spec:    p.ledByAdmin(),
		State:   s.state,
		HAProxy: s.in.HAProxy,
		Former:  joinplan.Former{Names: p.before.names, Ports: p.before.ports},
	})
	return p, err
}

// ledByAdmin is the description with the admin in front, whose CA the load
// balancers take.
func (p planner) ledByAdmin() cluster.Spec {
	spec := p.in.Spec
	spec.ControlPlanes = slices.Clone(spec.ControlPlanes)
	isLate := func(n cluster.Node) int {
		if n.Name == p.admin.name {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(spec.ControlPlanes, func(a, b cluster.Node) int { return isLate(a) - isLate(b) })
	return spec
}

// plan is the whole conversion in order.
func (p planner) plan() (joinplan.Plan, error) {
	backups, err := p.backups()
	if err != nil {
		return joinplan.Plan{}, err
	}
	certificates, err := p.certificates()
	if err != nil {
		return joinplan.Plan{}, err
	}
	steps := slices.Concat(backups, p.inFront(), certificates)
	gates := p.endpointAnswers(steps)
	open := idsOf(gates)
	steps = slices.Concat(steps, gates,
		p.leftoverSteps(steps), p.kubeconfigSteps(open), p.clusterInfo(open), p.kubeProxy(open), p.kubelets(open), p.ownerSteps(open))
	steps = append(steps, p.kubeadmConfig(joinplan.Leaves(steps))...)
	steps = append(steps, p.verify(joinplan.Leaves(steps)))
	steps = append(steps, p.tenants(open)...)
	plan := p.front
	plan.Title, plan.Steps, plan.Spec = p.title(), steps, p.present(plan.Spec)
	for _, m := range p.hosts {
		if !m.ready {
			plan.Warnings = append(plan.Warnings, notReady(m))
		}
	}
	return joinplan.Finish(plan)
}

func notReady(m machine) cluster.Finding {
	return cluster.Finding{Severity: finding.Warning, Place: "state.nodes", Message: m.name + " is not Ready: its step comes last, and its check holds when it is back"}
}

func idsOf(steps []joinplan.Step) []joinplan.ID {
	var out []joinplan.ID
	for _, s := range steps {
		out = append(out, s.ID)
	}
	return out
}

// order is that of the hosts in the plan: load balancers, control planes,
// workers.
func (p planner) order() []string {
	var hosts []string
	for _, step := range p.front.Steps {
		if p.isPresent(step.Host) {
			hosts = append(hosts, step.Host)
		}
	}
	return unique(hosts)
}

// inFront are the steps of the names and the load balancers, of the machines
// that are in the cluster. The load balancers run before the nodes are told
// their address.
func (p planner) inFront() []joinplan.Step {
	var balancers, nodes []joinplan.Step
	var running []joinplan.ID
	for _, step := range p.front.Steps {
		if !p.isPresent(step.Host) {
			continue
		}
		step = p.withWayBack(step)
		if !p.isBalancer(step.Host) {
			nodes = append(nodes, step)
			continue
		}
		balancers = append(balancers, step)
		if step.ID.Kind == joinplan.KindLoadBalancer {
			running = append(running, step.ID)
		}
	}
	for i := range nodes {
		nodes[i].Needs = append(nodes[i].Needs, running...)
	}
	return append(balancers, nodes...)
}

// withWayBack makes a step of the names or the load balancers wait for the
// backup, and go back by it.
func (p planner) withWayBack(step joinplan.Step) joinplan.Step {
	dir := backupDir(p.spec)
	step.Needs = append([]joinplan.ID{joinplan.KindBackup.Step(step.Host)}, step.Needs...)
	step.Undo = []joinplan.Action{run("cp", "-p", dir+hostsPath, hostsPath)}
	if step.ID.Kind == joinplan.KindLoadBalancer {
		step.Undo = []joinplan.Action{run(shell(haproxyBack, dir+joinplan.HAProxyPath, joinplan.HAProxyPath)...)}
	}
	return step
}

func (p planner) isPresent(host string) bool {
	_, isNode := p.machine(host)
	return isNode || slices.ContainsFunc(p.spec.LoadBalancers, func(lb cluster.LoadBalancer) bool { return lb.Name == host })
}

func (p planner) isBalancer(host string) bool {
	_, isNode := p.machine(host)
	return !isNode
}

func unique[T comparable](words []T) []T {
	var out []T
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// inScope returns what the plan must change, of some kinds.
func (p planner) inScope(host string, kinds ...Kind) []Reference {
	var out []Reference
	for _, r := range p.census.References {
		if r.Verdict == Edit && r.Host == host && slices.Contains(kinds, r.Kind) {
			out = append(out, r)
		}
	}
	return out
}

// startsAnew reports whether a process uses another address than its file names,
// or nobody saw what it uses.
func (p planner) startsAnew(kind Kind, host, where string) bool {
	isStale := func(r Reference) bool {
		return r.Verdict == Restart && r.Kind == kind && (host == "" || r.Host == host)
	}
	isUnseen := func(m Missing) bool { return m.Process && m.Place == where }
	return slices.ContainsFunc(p.census.References, isStale) || slices.ContainsFunc(p.census.Missing, isUnseen)
}

// verify is the end: every node answers.
func (p planner) verify(needs []joinplan.ID) joinplan.Step {
	var names []string
	for _, m := range p.hosts {
		names = append(names, m.name)
	}
	why := "Take the census again from fresh captures: the conversion is finished when that has nothing in scope. Keep " + backupDir(p.spec) + " until then."
	if len(p.before.names)+len(p.before.ports) > 0 {
		why += " The old name and port of the endpoint go on working until names and load balancers are planned the next time."
	}
	return joinplan.Step{
		ID:    joinplan.KindVerify.Step(p.admin.name),
		Title: "The cluster works through its endpoint",
		Host:  p.admin.name,
		Why:   why,
		Needs: needs,
		Checks: []joinplan.Check{
			p.nodesReady(names...),
			succeeds(p.admin.name, "the API answers at "+p.census.Endpoint, kubectl(adminConf, "--server", p.census.Endpoint, "get", "--raw", "/readyz")...),
		},
	}
}

func (p planner) nodesReady(names ...string) joinplan.Check {
	return joinplan.Check{
		Host:      p.admin.name,
		Commands:  one(kubectl(adminConf, "get", "nodes", "-o", "json")...),
		ForPeople: one(kubectl(adminConf, "get", "nodes")...),
		Expect:    strings.Join(names, ", ") + " Ready",
		Kind:      joinplan.CheckReady,
		Want:      names,
	}
}
