package hostcheck_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

const (
	goodDefault = "default via 192.168.51.1 dev ens18 proto static\n"
	goodLink    = "192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.81\n"
	good        = goodDefault + goodLink
)

func TestRoutesAreJudgedAsTheKernelDoesIt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, routes string
		want         []string
	}{
		{"a plain host", good, nil},
		{"the reference lab, broken", testdata(t, "ip-route-broken.txt"), []string{"cka-cp-1 unreachable-route"}},
		{"the reference lab, broken, as JSON", testdata(t, "ip-route-broken.json"), []string{"cka-cp-1 unreachable-route"}},
		{"the reference lab, every table", testdata(t, "ip-route-table-all.txt"), []string{"cka-cp-1 unreachable-route"}},
		{"the reference lab, mended", testdata(t, "ip-route-fixed.txt"), nil},
		{"the reference lab, mended, as JSON", testdata(t, "ip-route-fixed.json"), nil},
		{"a blackhole for one machine", good + "blackhole 192.168.51.84\n", []string{"cka-cp-1 unreachable-route"}},
		{"prohibit and throw", good + "prohibit 192.168.51.84\nthrow 192.168.51.85\n", []string{"cka-cp-1 unreachable-route", "cka-cp-1 unreachable-route"}},
		{"an unreachable route that is shorter than the network", good + "unreachable 192.168.0.0/16 proto bird\n", nil},
		{"an unreachable route of the same length and a worse metric", good + "unreachable 192.168.51.0/24 metric 4000\n", nil},
		{"an unreachable route inside the network that covers no machine", good + "unreachable 192.168.51.128/25 proto bird\n", nil},
		{"an unreachable route over the host alone", good + "unreachable 192.168.51.81 proto bird\n", nil},
		{"an unreachable route in another table", good + "unreachable 192.168.51.0/25 table 100\n", nil},
		{"no default route, machines on the link", goodLink, nil},
		{"no route at all", "10.0.0.0/24 dev ens18 proto kernel scope link src 10.0.0.1\n", []string{"cka-cp-1 no-route"}},
		{"a default route alone: a cloud's /32", "default via 169.254.1.1 dev eth0 onlink\n", nil},
		{"Docker took the nodes' network and its bridge is down", "default via 192.168.51.1 dev ens18\n192.168.51.0/24 dev docker0 proto kernel scope link src 192.168.51.1 linkdown\n", []string{"cka-cp-1 link-down"}},
		{"through a tunnel", good + "192.168.51.0/25 via 192.168.51.86 dev tunl0 proto bird onlink\n", []string{"cka-cp-1 detour"}},
		{"out of another device", good + "192.168.51.80/29 dev docker0 scope link\n", []string{"cka-cp-1 detour"}},
		{"a longer prefix on the host", goodDefault + "192.168.51.0/25 dev ens18 proto kernel scope link src 192.168.51.81\n", []string{"cka-cp-1 prefix-differs"}},
		{"a shorter prefix on the host", goodDefault + "192.168.0.0/16 dev ens18 proto kernel scope link src 192.168.51.81\n", []string{"cka-cp-1 prefix-differs"}},
		{"IPv6 routes say nothing of IPv4", "fd00::/64 dev e0 proto kernel metric 256 pref medium\n", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := check(t, reference(), parse(t, "cka-cp-1", test.routes))
			if diff := cmp.Diff(test.want, codes(got)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, got.Bytes())
			}
		})
	}
}

func TestFindingsExplainThemselves(t *testing.T) {
	t.Parallel()
	prefix := netip.MustParsePrefix
	v6 := cluster.Spec{
		ControlPlaneEndpoint: cluster.Endpoint{Host: "fd00::80", Port: 6443},
		ControlPlanes: []cluster.Node{
			{Name: "cp-1", Address: prefix("fd00::81/64")}, {Name: "cp-2", Address: prefix("fd00::82/64")}, {Name: "cp-3", Address: prefix("fd00::83/64")}},
	}
	tests := []struct {
		name   string
		report hostcheck.Report
	}{
		{"the reference lab", check(t, reference(), parse(t, "cka-cp-1", testdata(t, "ip-route-broken.txt")))},
		{"the reference lab with the host that has the typo", check(t, reference(),
			parse(t, "cka-cp-1", testdata(t, "ip-route-broken.txt")),
			parse(t, "cka-wk-3", goodDefault+"192.168.51.0/25 dev ens18 proto kernel scope link src 192.168.51.86\n"))},
		{"a typo that leaves machines out", check(t, reference(),
			parse(t, "cka-wk-3", goodDefault+"192.168.51.86/31 dev ens18 proto kernel scope link src 192.168.51.86\n"))},
		{"a network that is too wide", check(t, reference(),
			parse(t, "cka-wk-3", goodDefault+"192.168.0.0/16 dev ens18 proto kernel scope link src 192.168.51.86\n"))},
		{"by hand", check(t, reference(), parse(t, "cka-wk-1", "192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.84\nblackhole 192.168.51.80\n"))},
		{"a tunnel", check(t, reference(), parse(t, "cka-cp-2", "192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.82\n192.168.51.0/25 via 192.168.51.86 dev tunl0 proto 12 onlink\n"))},
		{"another device", check(t, reference(), parse(t, "cka-cp-2", "192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.82\n192.168.51.81 dev wg0 proto static\n"))},
		{"a link that is down", check(t, reference(), parse(t, "cka-cp-2", "192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.82 linkdown\n"))},
		{"no route", check(t, reference(), parse(t, "cka-cp-2", "10.0.0.0/24 dev ens18 proto kernel scope link src 10.0.0.1\n"))},
		{"IPv6", check(t, v6, parse(t, "cp-1", testdata(t, "ip-6-route.txt")))},
	}
	var files []txtar.File
	for _, test := range tests {
		files = append(files, txtar.File{Name: test.name, Data: test.report.Bytes()})
	}
	golden.Check(t, "testdata/findings.txtar", files...)
}

func TestTheOrderOfTheCapturesDoesNotMatter(t *testing.T) {
	t.Parallel()
	one := parse(t, "", testdata(t, "ip-route-broken.txt"))
	other := parse(t, "", goodDefault+"192.168.51.0/25 dev ens18 proto kernel scope link src 192.168.51.86\n")
	if diff := cmp.Diff(check(t, reference(), one, other), check(t, reference(), other, one)); diff != "" {
		t.Errorf("(-in order +turned round):\n%s", diff)
	}
}

func TestCapturesOfNoHostAreErrors(t *testing.T) {
	t.Parallel()
	known, stranger := parse(t, "", good), parse(t, "", "10.0.0.0/24 dev e0 proto kernel scope link src 10.0.0.1\n")
	named := parse(t, "nobody", good)
	_, err := hostcheck.Check(reference(), known, stranger, named, known)
	want := "captures[1]: none of its addresses is in the description: say which host it is of\n" +
		"captures[2]: host \"nobody\" is not in the description\n" +
		"captures[3]: a second capture of host cka-cp-1: give one of each"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestALoadBalancerOfSomebodyElseIsAPlaceToo(t *testing.T) {
	t.Parallel()
	spec := reference()
	spec.LoadBalancers = nil
	spec.ControlPlaneEndpoint.Host = "192.168.51.200"
	report := check(t, spec, parse(t, "cka-wk-1", good+"blackhole 192.168.51.200\n"))
	if len(report.Findings) != 1 || !strings.Contains(report.Findings[0].Consequence, "192.168.51.200:6443") {
		t.Errorf("%s", report.Bytes())
	}
}
