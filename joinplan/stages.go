package joinplan

import (
	"slices"

	"github.com/haplane/haplane/joinplan/effect"
)

// Stage says who serves the API and votes in etcd from some step of a plan on.
type Stage struct {
	// After is the step that brings it about, zero where it holds before the
	// first. During is a step while which it holds.
	After  ID `json:"after,omitzero"`
	During ID `json:"during,omitzero"`
	// ControlPlanes are in the cluster, and Serving of them are Ready.
	ControlPlanes int `json:"controlPlanes"`
	Serving       int `json:"serving"`
	// Voters count for etcd's quorum, and Agreeing of them follow one leader.
	// Both are zero where etcd is external. Where nobody asked etcd, a member is
	// taken to be as its control plane.
	Voters   int `json:"voters,omitempty"`
	Agreeing int `json:"agreeing,omitempty"`
	// Tolerates is how many more of the control planes may fail while the API goes
	// on serving. It is negative where it does not serve even now.
	Tolerates int `json:"tolerates"`
}

// Stages returns the stages that the steps lead through in their order: the one
// before, and one for each step that changes the numbers. There are none where
// nothing is known of the cluster and no step changes it.
func (p Plan) Stages() []Stage {
	model := p.Before
	var out []Stage
	if len(model.Nodes) > 0 {
		out = append(out, stageOf(model))
	}
	last := stageOf(model)
	var pending []effect.Change // of steps that change no number
	for _, step := range p.Steps {
		if len(step.During) == 0 && !slices.ContainsFunc(step.Effects, countsForStages) {
			pending = append(pending, step.Effects...)
			continue
		}
		model, pending = model.After(pending...), nil
		if during := stageOf(model.After(step.During...)); during != last {
			last = during
			during.During = step.ID
			out = append(out, during)
		}
		model = model.After(step.Effects...)
		if after := stageOf(model); after != last {
			last = after
			after.After = step.ID
			out = append(out, after)
		}
	}
	return out
}

// countsForStages reports whether a change may be one of a control plane or a
// member.
func countsForStages(c effect.Change) bool {
	return c.Kind != effect.NodeJoins && c.Kind != effect.BalancerServes
}

func stageOf(m effect.Model) Stage {
	s := Stage{Tolerates: m.Tolerates()}
	s.ControlPlanes, s.Serving = m.ControlPlanes()
	s.Voters, s.Agreeing = m.Voters()
	return s
}
