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
// those of [Take].
func Plan(in Input) (joinplan.Plan, error) {
	s, err := newSurvey(in)
	if err != nil {
		return joinplan.Plan{}, err
	}
	if s.census.Converted() {
		return joinplan.Plan{Title: s.title(), Spec: s.present()}, nil
	}
	p, err := s.newPlanner()
	if err != nil {
		return joinplan.Plan{}, err
	}
	if err := p.steps(); err != nil {
		return joinplan.Plan{}, err
	}
	return p.plan, nil
}

// Back plans the way back of the steps that were done, the last one first. Keep
// the plan that they belong to: a plan that is made later no longer has them.
// Steps that change nothing have nothing to undo.
func Back(plan joinplan.Plan, done []string) joinplan.Plan {
	back := plan
	back.Title, back.Steps = "Back from: "+plan.Title, nil
	var needs []string
	for _, step := range slices.Backward(plan.Steps) {
		if len(step.Undo) == 0 || !slices.Contains(done, step.ID) {
			continue
		}
		back.Steps = append(back.Steps, joinplan.Step{
			ID: "undo/" + step.ID, Title: "Undo: " + step.Title, Host: step.Host,
			Why: "It brings about what was there before step " + step.ID + ".", Needs: needs,
			Actions: step.Undo, Undo: step.Actions,
		})
		needs = []string{"undo/" + step.ID}
	}
	return back
}

func (s *survey) title() string {
	return fmt.Sprintf("Convert %s to the endpoint %s", s.spec.Name, s.spec.ControlPlaneEndpoint)
}

// present is the description of the machines that are in the cluster now.
func (s *survey) present() cluster.Spec {
	spec := s.spec
	absent := func(n cluster.Node) bool { _, there := s.machine(n.Name); return !there }
	spec.ControlPlanes = slices.DeleteFunc(slices.Clone(spec.ControlPlanes), absent)
	spec.Workers = slices.DeleteFunc(slices.Clone(spec.Workers), absent)
	return spec
}

// planner collects the steps.
type planner struct {
	*survey
	plan joinplan.Plan
	// admin is the control plane from which commands for the cluster run.
	admin machine
	// gates are the steps after which the endpoint is known to answer.
	gates []string
	// before is what the endpoint was.
	before former
	// order is that of the hosts in the plan: load balancers, control planes, workers.
	order []string
}

func (s *survey) newPlanner() (*planner, error) {
	p := &planner{survey: s}
	var reasons []string
	for _, m := range s.census.Missing {
		reasons = append(reasons, m.String())
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
		return nil, &joinplan.RefusedError{Reasons: reasons}
	}
	p.admin = s.hosts[ready]
	return p, p.begin()
}

// begin takes the names and the load balancers from joinplan, for the machines
// that are in the cluster.
func (p *planner) begin() error {
	spec := p.in.Spec
	spec.ControlPlanes = slices.Clone(spec.ControlPlanes)
	slices.SortStableFunc(spec.ControlPlanes, func(a, b cluster.Node) int { return p.rank(a) - p.rank(b) })
	endpoint, err := joinplan.Endpoint(spec)
	if err != nil {
		return err
	}
	p.plan = endpoint
	p.plan.Title = p.title()
	if err := p.takeOver(endpoint.Steps); err != nil {
		return err
	}
	p.plan.Spec.ControlPlanes = slices.DeleteFunc(p.plan.Spec.ControlPlanes, p.isAbsent)
	p.plan.Spec.Workers = slices.DeleteFunc(p.plan.Spec.Workers, p.isAbsent)
	for _, m := range p.hosts {
		if !m.ready {
			p.plan.Warnings = append(p.plan.Warnings, cluster.Finding{Severity: finding.Warning, Place: "state.nodes", Message: m.name + " is not Ready: its step comes last, and its check holds when it is back"})
		}
	}
	return nil
}

// takeOver takes the steps of the machines that are in the cluster. The load
// balancers run before the nodes are told their address.
func (p *planner) takeOver(steps []joinplan.Step) error {
	p.plan.Steps, p.before = nil, p.former()
	var nodes []joinplan.Step
	var balancers []string
	for _, step := range steps {
		if !p.isPresent(step.Host) {
			continue
		}
		p.order = append(p.order, step.Host)
		step, err := p.adapt(step)
		switch {
		case err != nil:
			return err
		case !p.isBalancer(step.Host):
			nodes = append(nodes, step)
			continue
		case strings.HasPrefix(step.ID, balancerStep):
			balancers = append(balancers, step.ID)
		}
		p.add(step)
	}
	for _, step := range nodes {
		step.Needs = append(step.Needs, balancers...)
		p.add(step)
	}
	p.order = unique(p.order)
	return nil
}

// balancerStep begins the IDs of the steps that configure load balancers.
const balancerStep = "load-balancer/"

// adapt makes a step of the names or the load balancers wait for the backup, go
// back by it, and keep what still uses the old endpoint working.
func (p *planner) adapt(step joinplan.Step) (joinplan.Step, error) {
	dir := backupDir(p.spec)
	step.Needs = append([]string{"backup/" + step.Host}, step.Needs...)
	step.Undo = []joinplan.Action{run("cp", "-p", dir+hostsPath, hostsPath)}
	if strings.HasPrefix(step.ID, balancerStep) {
		step.Undo = []joinplan.Action{run(shell(haproxyBack, dir+joinplan.HAProxyPath, joinplan.HAProxyPath)...)}
	}
	step.Actions = slices.Clone(step.Actions)
	for i, action := range step.Actions {
		if set, ok := action.(joinplan.SetHostsBlock); ok {
			action = joinplan.SetHostsBlock{Block: p.before.keepNames(set.Block, p.spec.ControlPlaneEndpoint.Host)}
		}
		kept, err := p.keepPorts(action)
		if err != nil {
			return step, err
		}
		step.Actions[i] = kept
	}
	return step, nil
}

// rank puts the admin in front, whose CA the load balancers take.
func (p *planner) rank(n cluster.Node) int {
	if n.Name == p.admin.name {
		return 0
	}
	return 1
}

func (p *planner) isAbsent(n cluster.Node) bool { return !p.isPresent(n.Name) }

func (p *planner) isPresent(host string) bool {
	_, isNode := p.machine(host)
	return isNode || slices.ContainsFunc(p.spec.LoadBalancers, func(lb cluster.LoadBalancer) bool { return lb.Name == host })
}

func (p *planner) isBalancer(host string) bool {
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

// steps are the whole conversion in order.
func (p *planner) steps() error {
	early := p.plan.Steps
	p.plan.Steps = nil
	if err := p.backups(); err != nil {
		return err
	}
	p.plan.Steps = append(p.plan.Steps, early...)
	if err := p.certificates(); err != nil {
		return err
	}
	p.endpointAnswers()
	p.kubeconfigSteps()
	p.clusterInfoStep()
	p.kubeProxyStep()
	p.kubeletSteps()
	p.ownerSteps()
	p.kubeadmConfigStep()
	p.verify()
	return nil
}

func (p *planner) add(step joinplan.Step) { p.plan.Steps = append(p.plan.Steps, step) }

// inScope gives what the plan must change, of some kinds.
func (p *planner) inScope(host string, kinds ...Kind) []Reference {
	var out []Reference
	for _, r := range p.census.References {
		if r.Verdict == Convert && r.Host == host && slices.Contains(kinds, r.Kind) {
			out = append(out, r)
		}
	}
	return out
}

// verify is the end: every node answers.
func (p *planner) verify() {
	var names []string
	for _, m := range p.hosts {
		names = append(names, m.name)
	}
	why := "Take the census again from fresh captures: the conversion is finished when that has nothing in scope. Keep " + backupDir(p.spec) + " until then."
	if len(p.before.names)+len(p.before.ports) > 0 {
		why += " The old name and port of the endpoint go on working until names and load balancers are planned the next time."
	}
	p.add(joinplan.Step{
		ID:    "verify/" + p.admin.name,
		Title: "The cluster works through its endpoint",
		Host:  p.admin.name,
		Why:   why,
		Needs: p.leaves(),
		Checks: []joinplan.Check{
			p.nodesReady(names...),
			succeeds(p.admin.name, "the API answers at "+p.census.Endpoint, kubectl(adminConf, "--server", p.census.Endpoint, "get", "--raw", "/readyz")...),
		},
	})
}

// leaves are the steps that no other step needs.
func (p *planner) leaves() []string {
	needed := map[string]bool{}
	for _, step := range p.plan.Steps {
		for _, id := range step.Needs {
			needed[id] = true
		}
	}
	var out []string
	for _, step := range p.plan.Steps {
		if !needed[step.ID] {
			out = append(out, step.ID)
		}
	}
	return out
}

func (p *planner) nodesReady(names ...string) joinplan.Check {
	return joinplan.Check{
		Host:      p.admin.name,
		Commands:  one(kubectl(adminConf, "get", "nodes", "-o", "json")...),
		ForPeople: one(kubectl(adminConf, "get", "nodes")...),
		Expect:    strings.Join(names, ", ") + " Ready",
		Kind:      joinplan.CheckReady,
		Want:      names,
	}
}
