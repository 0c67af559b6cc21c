package joinplan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

func TestStagesCountWhatIsThereAndWhatThePlanAdds(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	all := observed(spec, func(string) bool { return true })
	oneDown := observed(spec, func(string) bool { return true })
	oneDown.State.Nodes[2].Ready = false
	oneDown.Etcd.Statuses = oneDown.Etcd.Statuses[:2]
	oneDown.Etcd.Failures = []etcdcheck.Failure{{Endpoint: "https://192.168.51.83:2379", Error: "context deadline exceeded"}}
	newMachine := lab(t)
	newMachine.ControlPlanes[2] = cluster.Node{Name: "cka-cp-4", Address: newMachine.Workers[0].Address}
	newMachine.Workers = nil
	two := lab(t)
	two.ControlPlanes = two.ControlPlanes[:2]
	external := lab(t)
	external.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"http://10.9.0.1:2379"}}
	for name, tc := range map[string]struct {
		plan      func() (joinplan.Plan, error)
		want      []joinplan.Stage
		tolerates []int
	}{
		"creating three": {
			func() (joinplan.Plan, error) { return joinplan.Create(joinplan.Input{Spec: spec}) },
			[]joinplan.Stage{
				{After: id("init/cka-cp-1"), ControlPlanes: 1, Serving: 1, Voters: 1, Agreeing: 1},
				{After: id("join/cka-cp-2"), ControlPlanes: 2, Serving: 2, Voters: 2, Agreeing: 2},
				{After: id("join/cka-cp-3"), ControlPlanes: 3, Serving: 3, Voters: 3, Agreeing: 3},
			},
			[]int{0, 0, 1},
		},
		"creating three with an external etcd": {
			func() (joinplan.Plan, error) { return joinplan.Create(joinplan.Input{Spec: external}) },
			[]joinplan.Stage{
				{After: id("init/cka-cp-1"), ControlPlanes: 1, Serving: 1},
				{After: id("join/cka-cp-2"), ControlPlanes: 2, Serving: 2},
				{After: id("join/cka-cp-3"), ControlPlanes: 3, Serving: 3},
			},
			[]int{0, 1, 2},
		},
		"replacing a dead one": {
			func() (joinplan.Plan, error) {
				return joinplan.Replace(given(newMachine, oneDown), "cka-cp-3")
			},
			[]joinplan.Stage{
				{ControlPlanes: 3, Serving: 2, Voters: 3, Agreeing: 2},
				{After: id("remove-member/cka-cp-3"), ControlPlanes: 3, Serving: 2, Voters: 2, Agreeing: 2},
				{After: id("remove-node/cka-cp-3"), ControlPlanes: 2, Serving: 2, Voters: 2, Agreeing: 2},
				{After: id("join/cka-cp-4"), ControlPlanes: 3, Serving: 3, Voters: 3, Agreeing: 3},
			},
			[]int{0, 0, 0, 1},
		},
		"removing one that works": {
			func() (joinplan.Plan, error) { return joinplan.Remove(given(two, all), "cka-cp-3") },
			[]joinplan.Stage{
				{ControlPlanes: 3, Serving: 3, Voters: 3, Agreeing: 3},
				{After: id("reset/cka-cp-3"), ControlPlanes: 2, Serving: 2, Voters: 2, Agreeing: 2},
			},
			[]int{1, 0},
		},
		"rebooting one": {
			func() (joinplan.Plan, error) { return joinplan.Reboot(given(spec, all), "cka-cp-2") },
			[]joinplan.Stage{
				{ControlPlanes: 3, Serving: 3, Voters: 3, Agreeing: 3},
				{During: id("reboot/cka-cp-2"), ControlPlanes: 3, Serving: 2, Voters: 3, Agreeing: 2},
				{After: id("reboot/cka-cp-2"), ControlPlanes: 3, Serving: 3, Voters: 3, Agreeing: 3},
			},
			[]int{1, 0, 1},
		},
		"adding a worker while one is dead": {
			func() (joinplan.Plan, error) { return joinplan.ScaleOut(given(spec, oneDown)) },
			[]joinplan.Stage{{ControlPlanes: 3, Serving: 2, Voters: 3, Agreeing: 2}},
			[]int{0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := tc.plan()
			if err != nil {
				t.Fatal(err)
			}
			for i := range tc.want {
				tc.want[i].Tolerates = tc.tolerates[i]
			}
			if diff := cmp.Diff(tc.want, plan.Stages()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
