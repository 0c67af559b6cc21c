package joinplan_test

import (
	"os"
	"strings"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// caseOf reads a case that somebody had: a description, a capture, and what
// etcdctl printed where there is a file with it.
func caseOf(t *testing.T, spec, capture, etcd string) joinplan.Input {
	t.Helper()
	read := func(name string) []byte {
		text, err := os.ReadFile("testdata/cases/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var in joinplan.Input
	var err error
	if in.Spec, err = cluster.Parse(read(spec)); err != nil {
		t.Fatal(err)
	}
	if in.State, err = cluster.ParseState(read(capture)); err != nil {
		t.Fatal(err)
	}
	if etcd == "" {
		return in
	}
	if in.Etcd, err = etcdcheck.Parse(read(etcd)); err != nil {
		t.Fatal(err)
	}
	return in
}

func TestClustersThatNoMachineCanJoinAreRefusedWithTheCure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ spec, capture, etcd, want string }{
		{"spec.yaml", "pinned-etcd-args.yaml", "etcd-one.txt", "line 10 of the ClusterConfiguration gives every control plane --initial-cluster=cp-1=https://192.168.56.11:2380, " +
			"which is of one machine: kubeadm adds a control plane's member to etcd, which then does not start: take the flag out of the ClusterConfiguration"},
		{"spec.yaml", "version-differs.yaml", "etcd-one.txt", "the description says v1.37.2, and the cluster is v1.30.4: write kubernetesVersion: v1.30.4"},
		{"spec.yaml", "external-etcd.yaml", "", "the cluster has an external etcd (https://192.168.56.21:2379, https://192.168.56.22:2379, https://192.168.56.23:2379), and the description has none"},
		{"spec-external.yaml", "stacked.yaml", "", "etcd runs on the control planes of the cluster, and the description has an external one: leave externalEtcd out"},
	} {
		_, err := joinplan.ScaleOut(caseOf(t, test.spec, test.capture, test.etcd))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.capture, err, test.want)
		}
	}
}

func TestAnEndpointWithoutAPortIsTheOneThatIsDescribed(t *testing.T) {
	t.Parallel()
	plan, err := joinplan.ScaleOut(caseOf(t, "spec.yaml", "portless-endpoint.yaml", "etcd-one.txt"))
	if err != nil || len(plan.Steps) == 0 {
		t.Errorf("got %d steps, %v", len(plan.Steps), err)
	}
}

func TestAMemberWhoseNodeWasDeletedIsNamedWithItsID(t *testing.T) {
	t.Parallel()
	in := caseOf(t, "spec.yaml", "member-without-node.yaml", "member-without-node.etcd.txt")
	for name, test := range map[string]struct {
		change func(*joinplan.Input)
		want   string
	}{
		"described": {func(*joinplan.Input) {}, "Replace cp-3, which removes the member and joins the machine anew"},
		"not described": {func(in *joinplan.Input) { in.Spec = cluster.Spec{} },
			"etcdctl member remove 8e9e05c52164694d"},
	} {
		in := in // each case changes its own
		test.change(&in)
		assessment, err := joinplan.Assess(in)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for _, w := range assessment.Warnings {
			if w.Code == "member-without-node" {
				got += w.String() + "\n"
			}
		}
		want := "etcd: cp-3: etcd has the member cp-3 (8e9e05c52164694d), and the cluster has no node of that name: the node was deleted, and the member was not; "
		if !strings.HasPrefix(got, want+test.want) || strings.Count(got, "\n") != 1 || assessment.IsWell() {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
