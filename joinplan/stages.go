package joinplan

import (
	"bytes"
	"fmt"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan/cluster"
)

// Stage says who serves the API and votes in etcd from some step of a plan on.
type Stage struct {
	// After is the ID of the step that brings it about, empty where it holds
	// before the first. During is the ID of a step while which it holds.
	After  string `json:"after,omitempty"`
	During string `json:"during,omitempty"`
	// ControlPlanes are in the cluster, and Serving of them are Ready.
	ControlPlanes int `json:"controlPlanes"`
	Serving       int `json:"serving"`
	// Voters count for etcd's quorum, and Agreeing of them follow one leader.
	// Both are zero where etcd is external. Where nobody asked etcd, a member is
	// taken to be as its control plane.
	Voters   int `json:"voters,omitempty"`
	Agreeing int `json:"agreeing,omitempty"`
}

// MayFail is how many more of the control planes may fail while the API goes on
// serving: one must, and etcd must keep its quorum. It is negative where it
// does not serve even now.
func (s Stage) MayFail() int {
	serving := s.Serving - 1
	if s.Voters == 0 {
		return serving
	}
	return min(serving, s.Agreeing-etcdcheck.Quorum(s.Voters))
}

// begin is the stage before the first step.
func (b *builder) begin(o Observed) {
	var s Stage
	for _, node := range o.State.Nodes {
		if node.ControlPlane {
			s.ControlPlanes++
			s.Serving += count(node.Ready)
		}
	}
	if b.spec.ExternalEtcd == nil {
		s.Voters, s.Agreeing = s.ControlPlanes, s.Serving
		if quorum := b.etcdReport(o).Quorum; len(o.Etcd.Statuses) > 0 && quorum.Agreeing > 0 {
			s.Voters, s.Agreeing = quorum.Voters, quorum.Agreeing
		}
	}
	b.plan.Stages = []Stage{s}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// stage is the last one, to be changed.
func (b *builder) stage() Stage {
	if n := len(b.plan.Stages); n > 0 {
		s := b.plan.Stages[n-1]
		s.After, s.During = "", ""
		return s
	}
	return Stage{}
}

// comes records that a step adds a control plane.
func (b *builder) comes(step string) { b.changes(Stage{After: step}, 1, 1, 1, 1) }

// goes records that a control plane has left: where it worked with the reset,
// and otherwise with its member and its node, one after the other.
func (b *builder) goes(node cluster.NodeState, o Observed) {
	reset, member, gone := "reset/"+node.Name, "remove-member/"+node.Name, "remove-node/"+node.Name
	switch {
	case !node.ControlPlane:
	case b.added[reset]:
		b.changes(Stage{After: reset}, -1, -1, -1, -1)
	case b.added[member]:
		state, _ := b.etcdReport(o).Find(node.Name)
		b.changes(Stage{After: member}, 0, 0, -1, -count(state.Agrees))
		b.changes(Stage{After: gone}, -1, 0, 0, 0)
	default:
		b.changes(Stage{After: gone}, -1, 0, 0, 0)
	}
}

func (b *builder) changes(at Stage, controlPlanes, serving, voters, agreeing int) {
	s := b.stage()
	s.After, s.During = at.After, at.During
	s.ControlPlanes += controlPlanes
	s.Serving += serving
	if b.spec.ExternalEtcd == nil {
		s.Voters += voters
		s.Agreeing += agreeing
	}
	b.plan.Stages = append(b.plan.Stages, s)
}

// writeStages says what may fail: as a table, or in a sentence where the plan
// does not know what is there.
func (p Plan) writeStages(b *bytes.Buffer) {
	if len(p.Stages) == 0 {
		b.WriteString(p.tolerance())
		return
	}
	b.WriteString("How many control planes may fail, and the API still serves:\n\n")
	b.WriteString("| | control planes | etcd members | may fail |\n|---|---|---|---|\n")
	for _, s := range p.Stages {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", s.when(), s.servers(), s.members(), s.answer())
	}
}

func (s Stage) when() string {
	switch {
	case s.During != "":
		return "during `" + s.During + "`"
	case s.After != "":
		return "after `" + s.After + "`"
	}
	return "before"
}

func (s Stage) servers() string {
	if s.Serving == s.ControlPlanes {
		return fmt.Sprintf("%d", s.ControlPlanes)
	}
	return fmt.Sprintf("%d, of which %d are Ready", s.ControlPlanes, s.Serving)
}

func (s Stage) members() string {
	if s.Voters == 0 {
		return "external"
	}
	quorum := fmt.Sprintf("quorum %d", etcdcheck.Quorum(s.Voters))
	if s.Agreeing == s.Voters {
		return fmt.Sprintf("%d, %s", s.Voters, quorum)
	}
	return fmt.Sprintf("%d, %s, of which %d agree", s.Voters, quorum, s.Agreeing)
}

func (s Stage) answer() string {
	if n := s.MayFail(); n >= 0 {
		return fmt.Sprintf("%d", n)
	}
	return "it does not serve"
}
