package hostcheck_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/haplane/haplane/joinplan/hostcheck"
)

var equateAddr = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

func TestRoutesAreReadFromTextAndFromJSONAlike(t *testing.T) {
	t.Parallel()
	withoutLine := cmpopts.IgnoreFields(hostcheck.Route{}, "Evidence")
	for _, pair := range [][2]string{
		{"ip-route-table-all.txt", "ip-route-table-all.json"},
		{"ip-route-kinds.txt", "ip-route-kinds.json"},
		{"ip-6-route.txt", "ip-6-route.json"},
	} {
		fromText, fromJSON := parse(t, "", testdata(t, pair[0])), parse(t, "", testdata(t, pair[1]))
		if len(fromText.Routes) < 4 {
			t.Errorf("%s: only %d routes", pair[0], len(fromText.Routes))
		}
		if diff := cmp.Diff(fromText, fromJSON, equateAddr, withoutLine); diff != "" {
			t.Errorf("%s and %s (-text +JSON):\n%s", pair[0], pair[1], diff)
		}
	}
}

func TestEveryPartOfARouteIsRead(t *testing.T) {
	t.Parallel()
	addr, prefix := netip.MustParseAddr, netip.MustParsePrefix
	tests := []struct {
		text string
		want hostcheck.Route
	}{
		{"default via 192.168.51.1 dev ens18 proto static", hostcheck.Route{
			Destination: prefix("0.0.0.0/0"), Protocol: "static", NextHops: []hostcheck.NextHop{{Gateway: addr("192.168.51.1"), Device: "ens18"}}}},
		{"172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown", hostcheck.Route{
			Destination: prefix("172.17.0.0/16"), Protocol: "kernel", Scope: "link", Source: addr("172.17.0.1"), Flags: []string{"linkdown"},
			NextHops: []hostcheck.NextHop{{Device: "docker0"}}}},
		{"unreachable 192.168.51.0/25 proto bird", hostcheck.Route{
			Type: "unreachable", Destination: prefix("192.168.51.0/25"), Protocol: "bird"}},
		{"192.168.111.68 dev cali9c9ed603543 scope link", hostcheck.Route{
			Destination: prefix("192.168.111.68/32"), Scope: "link", NextHops: []hostcheck.NextHop{{Device: "cali9c9ed603543"}}}},
		{"10.9.0.0/16 metric 100\n\tnexthop via 10.0.0.2 dev e0 weight 1\n\tnexthop via 10.0.0.3 dev e1 weight 2", hostcheck.Route{
			Destination: prefix("10.9.0.0/16"), Metric: 100,
			NextHops: []hostcheck.NextHop{{Gateway: addr("10.0.0.2"), Device: "e0"}, {Gateway: addr("10.0.0.3"), Device: "e1"}}}},
		{"default via inet6 fe80::1 dev e0", hostcheck.Route{
			Destination: prefix("0.0.0.0/0"), NextHops: []hostcheck.NextHop{{Gateway: addr("fe80::1"), Device: "e0"}}}},
		{"default via fe80::1 dev e0 proto ra metric 1024 expires 1782sec pref medium", hostcheck.Route{
			Destination: prefix("::/0"), Protocol: "ra", Metric: 1024, NextHops: []hostcheck.NextHop{{Gateway: addr("fe80::1"), Device: "e0"}}}},
		{"local 192.168.51.81 dev ens18 table local proto kernel scope host src 192.168.51.81", hostcheck.Route{
			Type: "local", Destination: prefix("192.168.51.81/32"), Table: "local", Protocol: "kernel", Scope: "host", Source: addr("192.168.51.81"),
			NextHops: []hostcheck.NextHop{{Device: "ens18"}}}},
	}
	for _, test := range tests {
		test.want.Text, test.want.Line = strings.Join(strings.Fields(test.text), " "), 1
		got := parse(t, "", test.text)
		if diff := cmp.Diff([]hostcheck.Route{test.want}, got.Routes, equateAddr); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestPromptsAndEmptyLinesAndCRLFAreNoMatter(t *testing.T) {
	t.Parallel()
	plain := parse(t, "", "default via 10.0.0.1 dev e0\n10.0.0.0/24 dev e0 proto kernel scope link src 10.0.0.2\n")
	typed := parse(t, "", "$ ip route\r\n\r\ndefault via 10.0.0.1 dev e0 \r\n+ ip -j route\r\n[ {\r\n\"dst\":\"10.0.0.0/24\",\"dev\":\"e0\",\"protocol\":\"kernel\",\"scope\":\"link\",\"prefsrc\":\"10.0.0.2\",\"flags\":[] } ]\r\n# ip -j route\r\n[]")
	if diff := cmp.Diff(plain, typed, equateAddr, cmpopts.IgnoreFields(hostcheck.Evidence{}, "Line")); diff != "" {
		t.Errorf("(-plain +typed):\n%s", diff)
	}
}

func TestTextOfNothingIsRefused(t *testing.T) {
	t.Parallel()
	const nothing = "nothing that a host says of itself: want the output of ip route, for example"
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "capture: " + nothing},
		{"only prompts", "$ ip route\n\n", "capture: " + nothing},
		{"other lines", "what\nis this\n", "capture:1: " + nothing + "; this line is of no command that is read here, or was not copied whole"},
		{"cut off JSON", "\n[{\"dst\":\"default\"", "capture:2: " + nothing + "; the JSON that begins here is broken or cut off"},
		{"two hosts", "root@cp-1:~# ip route\ndefault via 10.0.0.1 dev e0\nroot@cp-2:~# ip route\ndefault via 10.0.0.1 dev e0\n",
			"capture:3: what stands above is of another host, by the prompts: give each host's output alone"},
	} {
		_, err := hostcheck.Parse("a", test.text)
		var parse *hostcheck.ParseError
		if !errors.As(err, &parse) || err.Error() != test.want {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestWhatIsNotUnderstoodIsListed(t *testing.T) {
	t.Parallel()
	const route = "10.0.0.0/24 dev e0 proto kernel scope link src 10.0.0.2\n"
	for _, test := range []struct {
		name, text string
		want       []hostcheck.Gap
	}{
		{"other lines", route + "what\nis this\n", []hostcheck.Gap{
			{Line: 2, Reason: "this line is of no command that is read here, or was not copied whole"},
			{Line: 3, Reason: "this line is of no command that is read here, or was not copied whole"}}},
		{"a route that is cut off", route + "default via 10.0.0.1 dev", []hostcheck.Gap{{Line: 2, Reason: `this route ends after "dev": copy it whole`}}},
		{"a gateway that is none", "default via 10.0.0.1x dev e0", []hostcheck.Gap{{Line: 1, Reason: "the via of this route is none"}}},
		{"a word that is unknown", "default via 10.0.0.1 dev e0 bla", []hostcheck.Gap{{Line: 1, Reason: "this route has a word that is not known here"}}},
		{"broken JSON", route + "[\n{\"dst\":\"default\",}]\n" + route, []hostcheck.Gap{{Line: 3, Reason: "the JSON that begins here is broken or cut off"}}},
		{"cut off JSON before another command", "[{\"dst\":\"default\",\"dev\":\"e0\"}, {\"dst\":\n$ ip route\n" + route,
			[]hostcheck.Gap{{Line: 1, Reason: "the JSON that begins here is broken or cut off"}}},
		{"JSON of something else", "[{\"a\":1},\n{\"dst\":\"default\",\"gateway\":\"x\"}]", []hostcheck.Gap{
			{Line: 1, Reason: "this is neither a route nor a link of ip -j"}, {Line: 2, Reason: "the via of this route is none"}}},
		{"an unknown key", "[{\"dst\":\"default\",\"dev\":\"e0\",\"typ\":\"unreachable\"}]", []hostcheck.Gap{{Line: 1, Reason: "ip -j is not known to print all of these keys"}}},
		{"an unknown command", route + "$ frobnicate\n", []hostcheck.Gap{{Line: 2, Reason: "this command is not known here"}}},
		{"a broken time of receipt", route + "$ received then\n", []hostcheck.Gap{{Line: 2, Reason: "this is no time of receipt: want $ received and a time such as 2026-11-22T22:00:00Z"}}},
	} {
		if diff := cmp.Diff(test.want, parse(t, "a", test.text).Gaps); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestAddressesAreReadFromTextAndFromJSONAlike(t *testing.T) {
	t.Parallel()
	text, oneLine, fromJSON := parse(t, "", testdata(t, "ip-addr.txt")), parse(t, "", testdata(t, "ip-o-addr.txt")), parse(t, "", testdata(t, "ip-addr.json"))
	ignore := cmpopts.IgnoreFields(hostcheck.Address{}, "Evidence")
	if diff := cmp.Diff(text, fromJSON, equateAddr, ignore); diff != "" {
		t.Errorf("(-text +JSON):\n%s", diff)
	}
	if diff := cmp.Diff(text, oneLine, equateAddr, ignore, cmpopts.IgnoreFields(hostcheck.Address{}, "MAC")); diff != "" {
		t.Errorf("(-text +one line):\n%s", diff)
	}
	want := hostcheck.Address{Prefix: netip.MustParsePrefix("192.168.51.81/24"), Device: "ens18", MAC: macOf(t),
		Evidence: hostcheck.Evidence{Text: "inet 192.168.51.81/24 scope global ens18", Line: 13}}
	if diff := cmp.Diff(want, text.Addresses[3], equateAddr); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// macOf is the MAC address of ens18 in ip-addr.txt.
func macOf(t *testing.T) string {
	t.Helper()
	_, after, _ := strings.Cut(testdata(t, "ip-addr.txt"), "ens18@")
	_, after, found := strings.Cut(after, "link/ether ")
	if !found {
		t.Fatal("no link/ether")
	}
	return after[:17]
}

func TestCertificatesAreReadFromTheTableAndFromJSONAlike(t *testing.T) {
	t.Parallel()
	table, fromJSON := parse(t, "", testdata(t, "check-expiration.txt")), parse(t, "", testdata(t, "check-expiration.json"))
	if len(table.Certificates) != 14 {
		t.Errorf("%d certificates, not 7, 4 that are missing and 3 authorities", len(table.Certificates))
	}
	ignore := cmpopts.IgnoreFields(hostcheck.Certificate{}, "Evidence", "Expires", "Left")
	if diff := cmp.Diff(table, fromJSON, ignore); diff != "" {
		t.Errorf("(-table +JSON):\n%s", diff)
	}
	for i, c := range table.Certificates {
		j := fromJSON.Certificates[i]
		if !c.Expires.Equal(j.Expires.Truncate(time.Minute)) {
			t.Errorf("%s expires at %v and %v", c.Name, c.Expires, j.Expires)
		}
		if c.Missing != j.Missing {
			t.Errorf("%s is missing in one of them", c.Name)
		}
		if rounded := map[bool]time.Duration{false: 24 * time.Hour, true: 365 * 24 * time.Hour}[c.Authority]; c.Left != j.Left.Truncate(rounded) {
			t.Errorf("%s has %v and %v left", c.Name, c.Left, j.Left)
		}
	}
}

func TestLinesShowByTheirFormWhatTheyAre(t *testing.T) {
	t.Parallel()
	at := func(line int, text string) hostcheck.Evidence { return hostcheck.Evidence{Text: text, Line: line} }
	got := parse(t, "cka-cp-1", strings.Join([]string{
		"+ cat /etc/hosts",
		"127.0.0.1\tlocalhost",
		"# CKA",
		"192.168.51.80  k8s-vip  CKA-HAP-1. # the load balancer",
		"fe80::1%lo0 localhost",
		"$ grep -H server: /etc/kubernetes/admin.conf",
		"/etc/kubernetes/admin.conf:    server: https://k8s-vip:6443",
		"    server: https://[fd00::1]:6443",
		"# getent hosts k8s-vip",
		"192.168.51.80   cka-hap-1",
		"+ getent hosts cka-cp-2",
		"+ cat /etc/machine-id",
		"3d1219c7c4c5404aaa1f6d2a48adfda4",
		"/sys/class/dmi/id/product_uuid:4C4C4544-0044-4A10-8051-C4C04F4E3432",
		"2026-11-22T22:03:01Z",
		"[check-expiration] Reading configuration from the \"kubeadm-config\" ConfigMap",
		"W1122 19:54:16.830339   30325 version.go:109] falling back",
		"+ getent hosts cka-cp-3",
		"$ received 2026-11-22T23:03:02+01:00",
	}, "\n"))
	want := hostcheck.Capture{
		Host: "cka-cp-1",
		Names: []hostcheck.Name{
			{Address: netip.MustParseAddr("127.0.0.1"), Names: []string{"localhost"}, Evidence: at(2, "127.0.0.1 localhost")},
			{Address: netip.MustParseAddr("192.168.51.80"), Names: []string{"k8s-vip", "cka-hap-1"}, Evidence: at(4, "192.168.51.80 k8s-vip CKA-HAP-1. # the load balancer")},
			{Address: netip.MustParseAddr("fe80::1%lo0"), Names: []string{"localhost"}, Evidence: at(5, "fe80::1%lo0 localhost")},
			{Address: netip.MustParseAddr("192.168.51.80"), Names: []string{"cka-hap-1", "k8s-vip"}, Evidence: at(10, "192.168.51.80 cka-hap-1")},
		},
		Unresolved: []hostcheck.Fact{
			{Value: "cka-cp-2", Evidence: at(11, "+ getent hosts cka-cp-2")},
			{Value: "cka-cp-3", Evidence: at(18, "+ getent hosts cka-cp-3")},
		},
		Servers: []hostcheck.Server{
			{File: "/etc/kubernetes/admin.conf", URL: "https://k8s-vip:6443", Evidence: at(7, "/etc/kubernetes/admin.conf: server: https://k8s-vip:6443")},
			{URL: "https://[fd00::1]:6443", Evidence: at(8, "server: https://[fd00::1]:6443")},
		},
		MachineID:   hostcheck.Fact{Value: "3d1219c7c4c5404aaa1f6d2a48adfda4", Evidence: at(13, "3d1219c7c4c5404aaa1f6d2a48adfda4")},
		ProductUUID: hostcheck.Fact{Value: "4c4c4544-0044-4a10-8051-c4c04f4e3432", Evidence: at(14, "/sys/class/dmi/id/product_uuid:4C4C4544-0044-4A10-8051-C4C04F4E3432")},
		Clock:       hostcheck.Fact{Value: "2026-11-22T22:03:01Z", Evidence: at(15, "2026-11-22T22:03:01Z")},
		At:          time.Date(2026, 11, 22, 22, 3, 2, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got, equateAddr); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"ip-route-broken.txt", "ip-route-broken.json", "ip-route-kinds.txt", "ip-route-kinds.json", "ip-6-route.txt", "ip-6-route.json", "ip-addr.txt", "check-expiration.txt", "check-expiration.json"} {
		f.Add(testdata(f, name))
	}
	f.Add("[{\"ifname\":\"e0\",\"address\":\"02:00:00:00:00:01\",\"addr_info\":[{\"family\":\"inet\",\"local\":\"192.168.51.81\",\"prefixlen\":25}]}]\n2026-11-22T22:03:01Z\n3d1219c7c4c5404aaa1f6d2a48adfda4\n")
	f.Add("2026-11-22T22:03:01Z\n$ received 2026-11-22T22:03:09Z\n$ received then\n")
	f.Add("$ getent hosts k8s-vip\n192.168.51.81 k8s-vip # x\n/etc/kubernetes/admin.conf: server: https://192.168.51.81:6443\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := hostcheck.Parse("cka-cp-1", text)
		if err == nil {
			check(t, reference(), c)
			return
		}
		var p *hostcheck.ParseError
		if !errors.As(err, &p) || p.Line > strings.Count(text, "\n")+1 {
			t.Errorf("%v of %q", err, text)
		}
	})
}
