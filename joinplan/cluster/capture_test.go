package cluster_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan/cluster"
)

const wideTable = `NAME   STATUS                        ROLES           AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE             KERNEL-VERSION   CONTAINER-RUNTIME
cp-1   Ready                         control-plane   5d    v1.37.2   10.0.2.15     <none>        Debian GNU/Linux 12  6.1.0            containerd://1.7
wk-1   NotReady,SchedulingDisabled   <none>          5d    v1.37.2   10.0.2.15     <none>        Debian GNU/Linux 12  6.1.0            containerd://1.7
`

func TestReadsTheAddressesOfTheWideTable(t *testing.T) {
	t.Parallel()
	addr := []netip.Addr{netip.MustParseAddr("10.0.2.15")}
	want := []cluster.NodeState{
		{Name: "cp-1", ControlPlane: true, Ready: true, KubeletVersion: "v1.37.2", Addresses: addr},
		{Name: "wk-1", Unschedulable: true, KubeletVersion: "v1.37.2", Addresses: addr},
	}
	for name, text := range map[string]string{
		"alone":         wideTable,
		"with a prompt": "root@cp-1:~# kubectl get nodes -o wide\n" + wideTable + "root@cp-1:~#\n",
		"in a fence":    "```console\n$ kubectl get nodes -o wide\n" + wideTable + "```\n",
		"with CRLF":     strings.ReplaceAll(wideTable, "\n", "\r\n"),
	} {
		state, err := cluster.ParseState([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, state.Nodes, compareNetip); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestALineOfATableThatIsNoNodeIsAnError(t *testing.T) {
	t.Parallel()
	for _, row := range []string{
		"wk-1   NotReady", "> wk-1   NotReady   <none>   5d   v1.37.2", "wk-1   N0tReady   <none>   5d   v1.37.2", "something else", "wk-1 Ready <none> 5d 1.37",
	} {
		text := "NAME STATUS ROLES AGE VERSION\ncp-1 Ready control-plane 5d v1.37.2\n" + row + "\n"
		if _, err := cluster.ParseState([]byte(text)); err == nil || !strings.Contains(err.Error(), "line 3 of the table of nodes is no node") {
			t.Errorf("%q: got %v", row, err)
		}
	}
	wide := strings.Replace(wideTable, "10.0.2.15     <none>        Debian GNU/Linux 12  6.1.0            containerd://1.7\nwk-1", "fe80::1%x\nwk-1", 1)
	if _, err := cluster.ParseState([]byte(wide)); err == nil {
		t.Error("an address with a zone is taken")
	}
}

func TestWhatIsNotOfAClusterIsAnErrorThatHelps(t *testing.T) {
	t.Parallel()
	raw, ours := captured(t, "cases/raw-clusterconfiguration.yaml")[0], captured(t, "cases/spec.yaml")[0]
	for want, text := range map[string][]byte{
		"kubectl could not ask: The connection to the server 192.168.1.10:6443 was refused": captured(t, "cases/refused.txt")[0],
		"it is a ClusterConfiguration alone; give the ConfigMap":                            raw,
		"it is a description of a cluster, and not what a cluster says of itself":           ours,
		"it is no API object, for it has no kind":                                           []byte("{}"),
		"the API server refused the question: Unauthorized":                                 []byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized"}`),
		"it is a Deployment, of which nothing is read":                                      []byte("apiVersion: apps/v1\nkind: Deployment\n"),
		"nothing of a cluster is in this":                                                   []byte(`{"apiVersion":"v1","items":[],"kind":"List"}`),
		"kubectl could not ask: error: You must be logged in":                               []byte("error: You must be logged in to the server (Unauthorized)\n"),
		"kubectl could not ask: Unable to connect to the server: x509":                      []byte("Unable to connect to the server: x509: certificate signed by unknown authority\n"),
		"a document of YAML has":                                                            bytes.Repeat([]byte("a: [b]\n"), 2<<20),
	} {
		if _, err := cluster.ParseState(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestNoiseOfKubectlHidesNothing(t *testing.T) {
	t.Parallel()
	nodes := captured(t, "nodes.yaml")[0]
	want, err := cluster.ParseState(nodes)
	if err != nil {
		t.Fatal(err)
	}
	const noise = `E1130 12:00:00.000000   4711 memcache.go:265] "Unhandled Error" err="couldn't get resource list for metrics.k8s.io/v1beta1"` + "\n"
	for name, text := range map[string][]byte{
		"noise before": append([]byte(noise), nodes...),
		"a prompt":     append([]byte("[root@cp-1 ~]# kubectl get nodes -o yaml\n"), nodes...),
		"twice":        append(append([]byte("$ kubectl get nodes -o yaml\n"), nodes...), append([]byte("$ kubectl get no -o yaml\n"), nodes...)...),
	} {
		got, err := cluster.ParseState(text)
		if diff := cmp.Diff(want, got, compareNetip); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestWhatIsToldLastCounts(t *testing.T) {
	t.Parallel()
	table := func(status string) []byte {
		return []byte("NAME STATUS ROLES AGE VERSION\ncka-cp-1 " + status + " control-plane 5d v1.37.2\n")
	}
	nodes := captured(t, "nodes.yaml")[0]
	for name, test := range map[string]struct {
		captures [][]byte
		ready    bool
	}{
		"two tables":           {[][]byte{table("Ready"), table("NotReady")}, false},
		"two tables, mended":   {[][]byte{table("NotReady"), table("Ready")}, true},
		"an object, a table":   {[][]byte{nodes, table("NotReady")}, false},
		"a table, an object":   {[][]byte{table("NotReady"), nodes}, true},
		"both in one, a table": {[][]byte{append(append([]byte("$ kubectl get no\n"), table("Ready")...), append([]byte("$ kubectl get no\n"), table("NotReady")...)...)}, false},
	} {
		state, err := cluster.ParseState(test.captures...)
		node, there := state.Node("cka-cp-1")
		if err != nil || !there || node.Ready != test.ready {
			t.Errorf("%s: %+v, %v", name, node, err)
		}
	}
}

// TestNoDamageToALineMakesABadClusterBetter garbles, quotes, indents and cuts
// each line of bad captures, and puts noise between: what is read is an error, or
// says no less.
func TestNoDamageToALineMakesABadClusterBetter(t *testing.T) {
	t.Parallel()
	bad := map[string]string{
		"a table":      "NAME STATUS ROLES AGE VERSION\ncp-1 Ready control-plane 5d v1.37.2\ncp-2 NotReady control-plane 5d v1.37.2\ncp-3 Ready,SchedulingDisabled control-plane 5d v1.37.2\n",
		"a wide table": wideTable,
	}
	for name, text := range bad {
		before, err := cluster.ParseState([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
		for i, line := range lines {
			for what, changed := range map[string]string{
				"quoted": "> " + line, "indented": "    " + line, "noise": "# something else\n" + line, "noise of a log": "Nov 30 12:00:00 cp-1 kubelet: x\n" + line,
				"cut": line[:len(line)/2] + "\n", "wrapped": line[:len(line)/2] + "\n" + line[len(line)/2:],
				"garbled": strings.Map(func(r rune) rune {
					if r == 'e' {
						return 'x'
					}
					return r
				}, line),
			} {
				damaged := strings.Join(lines[:i], "") + changed + strings.Join(lines[i+1:], "")
				after, err := cluster.ParseState([]byte(damaged))
				if err == nil && len(after.Warnings()) < len(before.Warnings()) {
					t.Errorf("%s, line %d %s: %v became %v", name, i+1, what, before.Warnings(), after.Warnings())
				}
			}
		}
	}
}

func TestAFieldOfANodeThatIsMisspeltIsAnError(t *testing.T) {
	t.Parallel()
	const bad = "apiVersion: v1\nkind: Node\nmetadata: {name: cp-1}\nspec:\n  unschedulable: true\nstatus:\n  conditions:\n  - type: DiskPressure\n    status: \"True\"\n"
	for from, to := range map[string]string{
		"unschedulable:": "unschedulabel:", "  conditions:": "  conditionz:", "    status:": "    statsu:", "spec:": "spce:", "- type:": "- tpye:",
	} {
		if _, err := cluster.ParseState([]byte(strings.Replace(bad, from, to, 1))); err == nil || !strings.Contains(err.Error(), "it looks like ") {
			t.Errorf("%s: got %v", to, err)
		}
	}
	for _, text := range []string{bad, strings.Replace(bad, "spec:\n", "spec:\n  fromTheFuture: 1\n", 1)} {
		if state, err := cluster.ParseState([]byte(text)); err != nil || !state.Nodes[0].Unschedulable {
			t.Errorf("%s: got %+v, %v", text, state.Nodes, err)
		}
	}
}
