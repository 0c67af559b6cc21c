package etcdcheck_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
)

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestHealthyReferenceCluster(t *testing.T) {
	t.Parallel()
	sample, err := etcdcheck.Parse(readFile(t, "endpoint-status-3.5.3.txt"))
	if err != nil {
		t.Fatal(err)
	}
	r := etcdcheck.Check(etcdcheck.Input{Sample: sample})
	if r.Verdict != etcdcheck.Healthy || r.Quorum.Agreeing != 3 || !r.Leader.Is(0xebab821f1fc25732) || r.Tolerance.Now != 1 {
		t.Errorf("got %s", r.Bytes())
	}
}

func ExampleCheck() {
	sample, err := etcdcheck.Parse([]byte(`
10.0.0.1:2379, 7be191c78888168, 3.5.3, 4.4 MB, false, false, 6, 32101, 32101, 
10.0.0.2:2379, ebab821f1fc25732, 3.5.3, 4.4 MB, true, false, 6, 32101, 32101, 
Failed to get the status of endpoint 10.0.0.3:2379 (context deadline exceeded)
`))
	if err != nil {
		fmt.Println(err)
	}
	report := etcdcheck.Check(etcdcheck.Input{Sample: sample})
	fmt.Printf("%s", report.Bytes())
	// Output:
	// degraded: 2 of 3 voters agree (2 needed); leader 10.0.0.2:2379, term 6; tolerates the loss of 0; commit lag 0; apply lag 0
	//   warning no-tolerance: the loss of one more voter stops the cluster
	//     -> bring back what is missing before anything else
	//   warning member-missing: 10.0.0.3:2379: it gave no status: context deadline exceeded
	//     -> look at etcd on that machine: is the process up, does port 2379 answer?
}
