package etcdctltest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/etcdctltest"
	"github.com/haplane/haplane/internal/golden"
)

// What is printed is what etcdctl 3.7.3 printed.
func TestPrintsAsEtcdctlDoes(t *testing.T) {
	t.Parallel()
	archive := golden.Read(t, "../../etcdcheck/testdata/etcd-3.7.3-healthy.txtar")
	statuses := golden.File(t, archive, "endpoint-status.json.out")
	members := golden.File(t, archive, "member-list.json.out")
	s, err := etcdcheck.Parse(append(statuses, members...))
	if err != nil {
		t.Fatal(err)
	}
	printed := append(etcdctltest.Statuses(s.Statuses), etcdctltest.Members(s.Members)...)
	again, err := etcdcheck.Parse(printed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Statuses {
		s.Statuses[i].Downgrading = etcdcheck.Maybe[bool]{}
	}
	if diff := cmp.Diff(s, again); diff != "" {
		t.Errorf("printed and read again (-etcdctl +printed):\n%s", diff)
	}
}
