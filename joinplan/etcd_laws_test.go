package joinplan_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/etcdctltest"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// simulatedEtcd is an etcd cluster with all that can be wrong with one.
type simulatedEtcd struct {
	version string
	next    etcdcheck.ID
	members []simulatedMember
}

type simulatedMember struct {
	id       etcdcheck.ID
	name     string
	endpoint string
	learner  bool
	started  bool
	down     bool
	behind   bool // far behind in what it has applied
	alarm    bool
}

// randomEtcd has a member on each of the control planes, mostly well.
func randomEtcd(r *rand.Rand, nodes []cluster.Node) *simulatedEtcd {
	e := &simulatedEtcd{version: []string{"3.5.24", "3.5.35", "3.6.5", "3.6.16", "3.7.3"}[r.IntN(5)], next: 1}
	trouble := []float64{0, 0, 0.1, 0.3}[r.IntN(4)]
	chance := func() bool { return r.Float64() < trouble }
	rarely := func() bool { return r.Float64() < trouble/4 }
	for i, node := range nodes {
		e.join(node)
		m := &e.members[len(e.members)-1]
		m.down, m.behind, m.alarm, m.learner = chance(), rarely(), rarely(), i > 0 && rarely()
	}
	if chance() {
		e.members = append(e.members, simulatedMember{id: e.next + 100, endpoint: "https://10.77.0.1:2379", learner: r.IntN(2) == 0})
	}
	return e
}

func (e *simulatedEtcd) join(node cluster.Node) {
	endpoint := member(node, 0).Statuses[0].Endpoint
	e.members = append(e.members, simulatedMember{id: e.next, name: node.Name, endpoint: endpoint, started: true})
	e.next++
}

func (e *simulatedEtcd) leave(who func(simulatedMember) bool) {
	e.members = slices.DeleteFunc(e.members, who)
}

// sample is what etcdctl would say.
func (e *simulatedEtcd) sample() etcdcheck.Sample {
	voters, up, leader := 0, 0, etcdcheck.ID(0)
	for _, m := range e.members {
		if m.learner {
			continue
		}
		voters++
		if m.started && !m.down {
			up++
			leader = max(leader, m.id)
		}
	}
	if up < etcdcheck.Quorum(voters) {
		leader = 0
	}
	s := etcdcheck.Sample{Alarms: []etcdcheck.Alarm{}}
	for _, m := range e.members {
		listed := etcdcheck.Member{ID: m.id, Name: m.name, Learner: etcdcheck.Known(m.learner)}
		if m.started {
			listed.ClientURLs = []string{m.endpoint}
		}
		s.Members = append(s.Members, listed)
		switch {
		case !m.started:
		case m.down:
			s.Failures = append(s.Failures, etcdcheck.Failure{Endpoint: m.endpoint, Error: "context deadline exceeded"})
		default:
			s.Statuses = append(s.Statuses, e.status(m, leader))
		}
		if m.alarm {
			s.Alarms = append(s.Alarms, etcdcheck.Alarm{MemberID: m.id, Type: "NOSPACE"})
		}
	}
	return s
}

func (e *simulatedEtcd) status(m simulatedMember, leader etcdcheck.ID) etcdcheck.Status {
	status := etcdcheck.Status{
		Endpoint: m.endpoint, ClusterID: 7, MemberID: m.id, Leader: etcdcheck.Known(leader), Learner: etcdcheck.Known(m.learner), Version: e.version,
		RaftTerm: etcdcheck.Known(uint64(2)), RaftIndex: etcdcheck.Known(uint64(9000)), RaftApplied: etcdcheck.Known(uint64(9000)),
	}
	if m.behind {
		status.RaftApplied = etcdcheck.Known(uint64(1000))
	}
	if m.alarm {
		status.Errors = []string{fmt.Sprintf("memberID:%d alarm:NOSPACE ", m.id)}
	}
	if leader == 0 {
		status.Errors = append(status.Errors, "etcdserver: no leader")
	}
	return status
}

// forbids says why etcd forbids a step now, given which machines are control
// planes.
func (e *simulatedEtcd) forbids(step joinplan.Step, controlPlane func(string) bool) string {
	kind, host, _ := strings.Cut(step.ID.String(), "/")
	if !controlPlane(host) {
		return ""
	}
	report := etcdcheck.Check(etcdcheck.Input{Sample: e.sample()})
	var answer etcdcheck.Answer
	switch kind {
	case "join":
		answer = report.CanAdd(etcdcheck.Learner)
	case "remove-member", "reset":
		answer = report.CanRemove(host)
	case "reboot":
		answer = report.CanReboot(host)
	default:
		return ""
	}
	if answer.Yes {
		return ""
	}
	return string(answer.Bytes())
}

// carryOut does to etcd what the step does.
func (e *simulatedEtcd) carryOut(step joinplan.Step, spec cluster.Spec) {
	kind, host, _ := strings.Cut(step.ID.String(), "/")
	switch i := slices.IndexFunc(spec.ControlPlanes, func(n cluster.Node) bool { return n.Name == host }); {
	case kind == "join" && i >= 0:
		e.join(spec.ControlPlanes[i])
	case kind == "remove-member", kind == "reset":
		e.leave(func(m simulatedMember) bool { return m.name == host })
	}
}

// judge gives what the step's checks of etcd say.
func (e *simulatedEtcd) judge(t *testing.T, step joinplan.Step) error {
	t.Helper()
	sample := e.sample()
	status, list := etcdctltest.Statuses(sample.Statuses), etcdctltest.Members(sample.Members)
	for _, check := range step.Checks {
		isOfEtcd := check.Kind == joinplan.CheckEtcd || check.Kind == joinplan.CheckQuorum
		if !isOfEtcd {
			continue
		}
		if err := check.Judge(joinplan.Output{Stdout: status}, joinplan.Output{Stdout: list}); err != nil {
			return err
		}
	}
	return nil
}

// inTrouble is a cluster of some of the described machines, whose etcd is as it
// is: a machine whose member is down is mostly not Ready.
func inTrouble(r *rand.Rand, spec cluster.Spec) (joinplan.Input, *simulatedEtcd) {
	there := 1 + r.IntN(len(spec.ControlPlanes))
	isThere := func(name string) bool {
		i := slices.IndexFunc(spec.Nodes(), func(n cluster.Node) bool { return n.Name == name })
		return i < there || i >= len(spec.ControlPlanes)
	}
	etcd := randomEtcd(r, spec.ControlPlanes[:there])
	o := observed(spec, isThere)
	o.Etcd = etcd.sample()
	for i, node := range o.State.Nodes {
		down := slices.ContainsFunc(etcd.members, func(m simulatedMember) bool { return m.name == node.Name && m.down })
		o.State.Nodes[i].Ready = !down || r.IntN(5) == 0
	}
	return o, etcd
}

// planOf makes one of the plans that change etcd, at random.
func planOf(r *rand.Rand, spec cluster.Spec, o joinplan.Input) (string, joinplan.Plan, error) {
	known := joinplan.Input{Credentials: someCredentials(spec), Now: now}
	nodes := o.State.Nodes
	name := nodes[r.IntN(len(nodes))].Name
	without := spec
	without.ControlPlanes = slices.DeleteFunc(slices.Clone(spec.ControlPlanes), func(n cluster.Node) bool { return n.Name == name })
	without.Workers = slices.DeleteFunc(slices.Clone(spec.Workers), func(n cluster.Node) bool { return n.Name == name })
	var plan joinplan.Plan
	var err error
	kind := []string{"ScaleOut", "Replace", "Remove", "Reboot"}[r.IntN(4)]
	switch kind {
	case "ScaleOut":
		plan, err = joinplan.ScaleOut(given(spec, o, known))
	case "Replace":
		plan, err = joinplan.Replace(given(without, o, known), name)
	case "Remove":
		plan, err = joinplan.Remove(given(without, o), name)
	case "Reboot":
		plan, err = joinplan.Reboot(given(spec, o), name)
	}
	return kind, plan, err
}

func TestNoPlanHasAStepThatEtcdForbids(t *testing.T) {
	t.Parallel()
	made, refused, asked := map[string]int{}, map[string]int{}, 0
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 9))
		spec := randomSpec(seed)
		spec.ExternalEtcd = nil
		o, etcd := inTrouble(r, spec)
		kind, plan, err := planOf(r, spec, o)
		if err != nil {
			var refusal *joinplan.RefusedError
			if errors.As(err, &refusal) {
				refused[kind]++
			}
			continue // without a control plane a description is invalid
		}
		made[kind]++
		isControlPlane := func(name string) bool {
			node, there := o.State.Node(name)
			return there && node.ControlPlane || slices.ContainsFunc(plan.Spec.ControlPlanes, func(n cluster.Node) bool { return n.Name == name })
		}
		for _, step := range plan.Steps {
			if why := etcd.forbids(step, isControlPlane); why != "" {
				t.Errorf("seed %d: %s has %s:\n%s", seed, kind, step.ID, why)
			}
			etcd.carryOut(step, plan.Spec)
			if len(step.Checks) > 0 {
				asked++
			}
			if err := etcd.judge(t, step); err != nil {
				if kind != "ScaleOut" || controlPlaneJoins(spec, plan.Steps) > 0 {
					t.Errorf("seed %d: %s: the check of %s does not hold after it: %v", seed, kind, step.ID, err)
				}
				break // nobody goes on from here
			}
		}
	}
	t.Logf("made %v, refused %v, %d checks", made, refused, asked)
	for _, kind := range []string{"ScaleOut", "Replace", "Remove", "Reboot"} {
		if made[kind] < 50 || refused[kind] < 50 {
			t.Errorf("%s: %d plans were made and %d refused", kind, made[kind], refused[kind])
		}
	}
}

func TestTheOrderOfWhatIsThereDoesNotShowInAPlan(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 10))
		spec := randomSpec(seed)
		o, _ := inTrouble(r, spec)
		turned := o
		turned.State.Nodes = slices.Clone(o.State.Nodes)
		turned.Etcd.Members, turned.Etcd.Statuses = slices.Clone(o.Etcd.Members), slices.Clone(o.Etcd.Statuses)
		slices.Reverse(turned.State.Nodes)
		slices.Reverse(turned.Etcd.Members)
		slices.Reverse(turned.Etcd.Statuses)
		known := joinplan.Input{Now: now}
		name := o.State.Nodes[r.IntN(len(o.State.Nodes))].Name
		for kind, plan := range map[string]func(joinplan.Input) (joinplan.Plan, error){
			"ScaleOut": func(o joinplan.Input) (joinplan.Plan, error) { return joinplan.ScaleOut(given(spec, o, known)) },
			"Reboot":   func(o joinplan.Input) (joinplan.Plan, error) { return joinplan.Reboot(given(spec, o), name) },
		} {
			a, errA := plan(o)
			b, errB := plan(turned)
			if diff := cmp.Diff(a, b, compareNetip); diff != "" || fmt.Sprint(errA) != fmt.Sprint(errB) {
				t.Errorf("seed %d: %s: %v, %v\n%s", seed, kind, errA, errB, diff)
			}
		}
	}
}
