package hostcheck_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/haplane/haplane/joinplan/hostcheck"
)

var equateAddr = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

func TestRoutesAreReadFromTextAndFromJSONAlike(t *testing.T) {
	t.Parallel()
	withoutLine := cmpopts.IgnoreFields(hostcheck.Route{}, "Line", "Text")
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
	if diff := cmp.Diff(plain, typed, equateAddr, cmpopts.IgnoreFields(hostcheck.Route{}, "Line")); diff != "" {
		t.Errorf("(-plain +typed):\n%s", diff)
	}
}

func TestUnreadableCapturesNameEveryPlace(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", "", "capture:1:1: nothing that a host says of itself: want the output of ip route, for example"},
		{"only prompts", "$ ip route\n\n", "capture:1:1: nothing that a host says of itself: want the output of ip route, for example"},
		{"other lines", "default dev e0\nwhat\nis this\n",
			"capture:2:1: this line is not of a command that is read here: leave it out, or see whether it was copied whole\n" +
				"capture:3:1: this line is not of a command that is read here: leave it out, or see whether it was copied whole"},
		{"a route that is cut off", "\ndefault via 10.0.0.1 dev", `capture:2:1: this route ends after "dev": copy it whole`},
		{"a gateway that is none", "default via 10.0.0.1x dev e0", `capture:1:1: "10.0.0.1x" is no via of a route`},
		{"cut off JSON", "\n[{\"dst\":\"default\"", "capture:2:2: this JSON is broken or cut off: unexpected EOF"},
		{"broken JSON", "[\n{\"dst\":\"default\",}]", "capture:2:18: this JSON is broken or cut off: invalid character '}' looking for beginning of object key string"},
		{"JSON of something else", "[{\"a\":1},\n{\"dst\":\"default\",\"gateway\":\"x\"}]",
			"capture:1:2: an element of this list has no \"dst\" that is a destination: want the output of ip -j route\n" +
				"capture:2:1: \"x\" is no via of a route"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := hostcheck.Parse("a", test.text)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"ip-route-broken.txt", "ip-route-broken.json", "ip-route-kinds.txt", "ip-route-kinds.json", "ip-6-route.txt", "ip-6-route.json"} {
		f.Add(testdata(f, name))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := hostcheck.Parse("cka-cp-1", text)
		if err == nil {
			check(t, reference(), c)
			return
		}
		lines := strings.Split(text, "\n")
		for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
			var p *hostcheck.ParseError
			if !errors.As(e, &p) {
				t.Fatalf("no ParseError: %v", e)
			}
			if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
				t.Errorf("%v is outside of %q", p, text)
			}
		}
	})
}
