package joinplan_test

import (
	"strings"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan"
)

func everybody(string) bool { return true }

func TestAClusterThatIsWhatIsDescribedIsWell(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	a, err := joinplan.Assess(given(spec, observed(spec, everybody)))
	if err != nil || !a.IsWell() || a.Etcd.Verdict != etcdcheck.Healthy {
		t.Errorf("%v\n%s", err, a.Bytes())
	}
}

func TestAnAssessmentSaysWhatMayBeginNow(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	a, err := joinplan.Assess(given(spec, observed(spec, func(name string) bool { return name != "cka-cp-3" }), joinplan.Input{Credentials: someCredentials(spec), Now: now}))
	if err != nil || a.IsWell() || len(a.InTheWay) > 0 {
		t.Fatalf("%v\n%s", err, a.Bytes())
	}
	var first []string
	for _, step := range a.Next {
		kind, _, _ := strings.Cut(step.ID.String(), "/")
		first = append(first, kind)
	}
	if got := strings.Join(first, " "); got != "hosts hosts hosts hosts hosts" {
		t.Errorf("next: %s", got)
	}
}

func TestASilentMemberIsMissedThoughEtcdctlLeavesItOut(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	o := observed(spec, everybody)
	for i, node := range spec.Nodes() {
		o.State.Nodes[i].Addresses = append(o.State.Nodes[i].Addresses, node.Address.Addr())
	}
	o.Etcd.Statuses, o.Etcd.Members = o.Etcd.Statuses[:2], nil
	a, err := joinplan.Assess(o)
	if err != nil || a.IsWell() || a.Etcd.Quorum.Voters != 3 {
		t.Errorf("%v\n%s", err, a.Bytes())
	}
}

func TestAnAssessmentOfNothingIsEmptyAndHarmless(t *testing.T) {
	t.Parallel()
	var nothing joinplan.Assessment
	if !nothing.IsWell() || len(nothing.Bytes()) == 0 {
		t.Errorf("%s", nothing.Bytes())
	}
	bad := lab(t)
	bad.ControlPlanes = nil
	if _, err := joinplan.Assess(joinplan.Input{Spec: bad}); err == nil {
		t.Error("an invalid description is no error")
	}
}
