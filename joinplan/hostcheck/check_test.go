package hostcheck_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

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
		{"no default route, machines on the link", goodLink, []string{"cka-cp-1 no-default-route"}},
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
		{"a block of pods of this host", check(t, reference(), parse(t, "cka-cp-2", "192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.82\nblackhole 192.168.51.64/26 proto bird\n"))},
		{"a block of pods of another host", check(t, reference(), parse(t, "cka-cp-2", "192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.82\n192.168.51.64/26 via 192.168.51.86 dev tunl0 proto bird onlink\n"))},
		{"another device", check(t, reference(), parse(t, "cka-cp-2", "192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.82\n192.168.51.81 dev wg0 proto static\n"))},
		{"a link that is down", check(t, reference(), parse(t, "cka-cp-2", "192.168.51.0/24 dev ens18 proto kernel scope link src 192.168.51.82 linkdown\n"))},
		{"no route", check(t, reference(), parse(t, "cka-cp-2", "10.0.0.0/24 dev ens18 proto kernel scope link src 10.0.0.1\n"))},
		{"IPv6", check(t, v6, parse(t, "cp-1", testdata(t, "ip-6-route.txt")))},
		{"another address", check(t, reference(), parse(t, "cka-cp-1", "2: e0: <UP> mtu 1500\n    inet 192.168.51.82/24 scope global e0\n"))},
		{"a prefix length that the description does not know", check(t, undescribed(), typoAmong("192.168.51.83/25")...)},
		{"names", check(t, reference(), parse(t, "cka-cp-1", "192.168.51.81 k8s-vip\n192.168.51.92 cka-cp-2 other\n$ getent hosts cka-wk-1\n"))},
		{"a kubeconfig of one machine", check(t, reference(), parse(t, "cka-wk-1", "/etc/kubernetes/kubelet.conf:    server: https://192.168.51.81:6443\n"))},
		{"certificates", check(t, reference(), parse(t, "cka-cp-1", testdata(t, "check-expiration.txt")))},
		{"expired and externally managed", check(t, reference(), parse(t, "cka-cp-1",
			"CERTIFICATE EXPIRES RESIDUAL TIME CERTIFICATE AUTHORITY EXTERNALLY MANAGED\napiserver   Nov 21, 2026 22:02 UTC   <invalid>       ca      yes\n"+
				"CERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED\nca                      Nov 19, 2027 22:02 UTC   300d            yes\n"))},
		{"clones", check(t, reference(), twins("cka-wk-1"), twins("cka-wk-2"))},
		{"a clock", check(t, reference(), clocks(0, 0, -90*time.Second)...)},
	}
	var files []txtar.File
	for _, test := range tests {
		files = append(files, txtar.File{Name: test.name, Data: test.report.Bytes()})
	}
	golden.Check(t, "testdata/findings.txtar", files...)
}

// undescribed is the reference lab without prefix lengths.
func undescribed() cluster.Spec {
	spec := reference()
	spec.LoadBalancers[0].Address = single(spec.LoadBalancers[0].Address)
	for _, nodes := range [][]cluster.Node{spec.ControlPlanes, spec.Workers} {
		for i, node := range nodes {
			nodes[i].Address = single(node.Address)
		}
	}
	return spec
}

func single(p netip.Prefix) netip.Prefix { return netip.PrefixFrom(p.Addr(), p.Addr().BitLen()) }

// typoAmong captures two hosts with /24 and the one with this address.
func typoAmong(address string) []hostcheck.Capture {
	var captures []hostcheck.Capture
	for _, a := range []string{"192.168.51.81/24", "192.168.51.82/24", address} {
		captures = append(captures, hostcheck.Capture{Addresses: []hostcheck.Address{{
			Prefix: netip.MustParsePrefix(a), Device: "ens18", Evidence: hostcheck.Evidence{Text: "inet " + a + " dev ens18"}}}})
	}
	return captures
}

// twins captures a host that shares everything with all others of its kind.
func twins(name string) hostcheck.Capture {
	address := map[string]string{"cka-wk-1": "192.168.51.84/24", "cka-wk-2": "192.168.51.85/24"}[name]
	return hostcheck.Capture{
		Host:        name,
		Addresses:   []hostcheck.Address{{Prefix: netip.MustParsePrefix(address), Device: "ens18", MAC: "02:00:00:00:00:01"}},
		MachineID:   fact("3d1219c7c4c5404aaa1f6d2a48adfda4"),
		ProductUUID: fact("4c4c4544-0044-4a10-8051-c4c04f4e3432"),
	}
}

func fact(value string) hostcheck.Fact {
	return hostcheck.Fact{Value: value, Evidence: hostcheck.Evidence{Text: value, Line: 1}}
}

// clocks captures control planes whose clocks are so far ahead.
func clocks(ahead ...time.Duration) []hostcheck.Capture {
	asked := time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC)
	var captures []hostcheck.Capture
	for i, a := range ahead {
		captures = append(captures, hostcheck.Capture{Host: fmt.Sprintf("cka-cp-%d", i+1), At: asked, Clock: fact(asked.Add(a).Format(time.RFC3339))})
	}
	return captures
}

func TestHostsAreComparedWithTheDescriptionAndWithEachOther(t *testing.T) {
	t.Parallel()
	cp1 := func(text string) []hostcheck.Capture { return []hostcheck.Capture{parse(t, "cka-cp-1", text)} }
	tests := []struct {
		name     string
		captures []hostcheck.Capture
		want     []string
	}{
		{"ip addr of a good host", cp1(testdata(t, "ip-addr.txt")), nil},
		{"ip addr alone shows the typo", typoAmong("192.168.51.83/25"), []string{"cka-cp-3 prefix-differs"}},
		{"noprefixroute: ip addr counts, the route is missing", cp1("2: e0: <UP> mtu 1500\n    inet 192.168.51.81/24 scope global noprefixroute e0\n"), nil},
		{"no address of the family", cp1("2: e0: <UP> mtu 1500\n    inet6 fd00::1/64 scope global\n"), nil},
		{"a cloud's /32", cp1("2: e0: <UP> mtu 1500\n    inet 192.168.51.81/32 scope global dynamic e0\n"), nil},
		{"no described address", cp1("2: e0: <UP> mtu 1500\n    inet 10.0.0.1/24 scope global e0\n"), []string{"cka-cp-1 address-missing"}},
		{"another host's address", cp1("2: e0: <UP> mtu 1500\n    inet 192.168.51.81/24 scope global e0\n    inet 192.168.51.86/24 scope global secondary e0\n"), []string{"cka-cp-1 address-taken"}},
		{"the reference hosts block", cp1("127.0.0.1 localhost\n127.0.1.1 cka-cp-1\n# CKA\n192.168.51.80 k8s-vip cka-hap-1\n192.168.51.81 cka-cp-1\n192.168.51.82 cka-cp-2\nfd00::82 cka-cp-2\n10.9.9.9 else\n"), []string{"cka-cp-1 name-loopback"}},
		{"the endpoint's name at one control plane", cp1("192.168.51.81 k8s-vip\n"), []string{"cka-cp-1 name-differs"}},
		{"another host's name at a loopback", cp1("127.0.1.1 cka-cp-2\n"), []string{"cka-cp-1 name-differs"}},
		{"getent knows the endpoint", cp1("$ getent hosts k8s-vip\n192.168.51.80 k8s-vip\n"), nil},
		{"getent answers with a full name", cp1("$ getent hosts k8s-vip\n192.168.51.99 lb.example.org\n"), []string{"cka-cp-1 name-differs"}},
		{"getent does not know the endpoint", cp1("$ getent hosts k8s-vip\n$ getent hosts unrelated\n"), []string{"cka-cp-1 name-unresolved"}},
		{"kubeconfigs as kubeadm makes them", cp1("/etc/kubernetes/admin.conf:    server: https://k8s-vip:6443\n/etc/kubernetes/scheduler.conf:    server: https://192.168.51.81:6443\n" +
			"/etc/kubernetes/controller-manager.conf:    server: https://192.168.51.81:6443\n/etc/kubernetes/kubelet.conf:    server: https://192.168.51.81:6443\n"), nil},
		{"kubeconfigs from before there was an endpoint", cp1("/etc/kubernetes/admin.conf:    server: https://192.168.51.81:6443\n    server: https://192.168.51.81:6443\n"),
			[]string{"cka-cp-1 server-differs", "cka-cp-1 server-differs"}},
		{"another control plane's server", cp1("/etc/kubernetes/scheduler.conf:    server: https://192.168.51.82:6443\n"), []string{"cka-cp-1 server-differs"}},
		{"certificates near their end", cp1(testdata(t, "check-expiration.txt")), []string{"cka-cp-1 certificate-ends", "cka-cp-1 certificate-missing"}},
		{"certificates near their end, as JSON", cp1(testdata(t, "check-expiration.json")), []string{"cka-cp-1 certificate-ends", "cka-cp-1 certificate-missing"}},
		{"fresh certificates", cp1("apiserver  Nov 22, 2027 22:02 UTC  364d  ca  no\nca  Nov 19, 2036 22:02 UTC  9y  no\n"), nil},
		{"clones", []hostcheck.Capture{twins("cka-wk-1"), twins("cka-wk-2")}, []string{"cka-wk-2 clone", "cka-wk-2 clone", "cka-wk-2 clone"}},
		{"no clones", []hostcheck.Capture{twins("cka-wk-1"), {Host: "cka-wk-2"}}, []string{"cka-wk-2 nothing-compared"}},
		{"clocks in time", clocks(0, time.Second, -time.Second), nil},
		{"one clock ahead", clocks(0, 5*time.Second, 0), []string{"cka-cp-2 clock-skew"}},
		{"the asker's clock is the wrong one", clocks(time.Hour, time.Hour, time.Hour), nil},
		{"one host against the asker", clocks(-3 * time.Second), []string{"cka-cp-1 clock-skew"}},
		{"a moment of capture that nobody said", []hostcheck.Capture{{Host: "cka-cp-1", Clock: fact("2001-01-01T00:00:00Z")}}, []string{"cka-cp-1 nothing-compared"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := check(t, reference(), test.captures...)
			if diff := cmp.Diff(test.want, codes(got)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, got.Bytes())
			}
		})
	}
}

func TestWithoutDescribedPrefixLengthsTheMajorityCounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		captures []hostcheck.Capture
		want     []string
	}{
		{"one of three", typoAmong("192.168.51.83/25"), []string{"cka-cp-3 prefix-differs"}},
		{"none of three", typoAmong("192.168.51.83/24"), nil},
		{"one of two: nobody knows which", typoAmong("192.168.51.83/25")[1:], []string{"cka-cp-2 prefix-differs", "cka-cp-3 prefix-differs"}},
		{"a cloud's /32 beside others", []hostcheck.Capture{typoAmong("192.168.51.83/24")[1], typoAmong("192.168.51.84/32")[2]}, nil},
		{"a cloud's /32 on every host", []hostcheck.Capture{typoAmong("192.168.51.83/32")[2], typoAmong("192.168.51.84/32")[2]}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := check(t, undescribed(), test.captures...)
			if diff := cmp.Diff(test.want, codes(got)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, got.Bytes())
			}
		})
	}
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
	if _, err := hostcheck.Check(reference()); err == nil || err.Error() != "no captures: give what at least one host said" {
		t.Errorf("got %v", err)
	}
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
	if len(report.Findings) != 1 || !strings.Contains(report.Findings[0].Message, "192.168.51.200:6443") {
		t.Errorf("%s", report.Bytes())
	}
}
