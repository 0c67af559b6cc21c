package haproxycfg

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var oneServer = []APIServer{{Name: "cp-1", Host: "192.0.2.1"}}

func TestWritesWhatTheTargetKnows(t *testing.T) {
	t.Parallel()
	for target, want := range map[Version]struct{ has, hasNot []string }{
		"":  {[]string{".if version_atleast(2.6.9)", "fd-hard-limit", "maxconn 20000"}, nil},
		V24: {[]string{"maxconn 45000", "no strict-limits"}, []string{"    grace", "fd-hard-limit", ".if"}},
		V26: {[]string{".if version_atleast(2.6.9)"}, nil},
		V28: {[]string{"grace 1m", "fd-hard-limit 100000"}, []string{".if", "maxconn 45000"}},
		V33: {[]string{"grace 1m", "fd-hard-limit 100000", "balance leastconn"}, []string{".if", "maxconn 45000", "master-worker", "daemon"}},
		V34: {[]string{"grace 1m", "fd-hard-limit 100000"}, []string{".if"}},
	} {
		lb := APIServers{Servers: oneServer, Target: target}
		text := string(lb.Config().Bytes())
		for _, s := range want.has {
			if !strings.Contains(text, s) {
				t.Errorf("for %q there is no %q", target, s)
			}
		}
		for _, s := range want.hasNot {
			if strings.Contains(text, s) {
				t.Errorf("for %q there is %q", target, s)
			}
		}
		if err := lb.Config().Validate(); err != nil {
			t.Errorf("for %q: %v", target, err)
		}
	}
}

func TestRejectsWhatTheTargetDoesNotTake(t *testing.T) {
	t.Parallel()
	same := Config{
		Frontends: []Frontend{{Name: "api", Binds: []Bind{{Port: 1}}, DefaultBackend: "api"}},
		Backends:  []Backend{{Name: "api"}},
	}
	graceful := Config{Global: &Global{Grace: time.Minute}}
	limited := Config{Global: &Global{FDHardLimit: 1000}}
	reserved := Config{Backends: []Backend{{Name: "default"}}}
	for _, c := range []struct {
		name   string
		config Config
		target Version
		valid  bool
	}{
		{"a frontend and a backend of one name", same, V26, true},
		{"a frontend and a backend of one name", same, V30, true},
		{"a frontend and a backend of one name", same, V31, false},
		{"a frontend and a backend of one name", same, V32, false},
		{"a frontend and a backend of one name", same, V33, false},
		{"a frontend and a backend of one name", same, "", false},
		{"grace", graceful, V24, false},
		{"grace", graceful, V26, true},
		{"grace", graceful, "", false},
		{"fd-hard-limit", limited, V24, false},
		{"fd-hard-limit", limited, V30, true},
		{"a backend called default", reserved, V32, true},
		{"a backend called default", reserved, V33, false},
		{"an unknown target", Config{}, "2.5", false},
	} {
		c.config.Target = c.target
		if err := c.config.Validate(); (err == nil) != c.valid {
			t.Errorf("%s for %q: %v", c.name, c.target, err)
		}
	}
}

func TestFindsListenersThatClash(t *testing.T) {
	t.Parallel()
	at := netip.MustParseAddrPort
	for name, c := range map[string]struct {
		lb   APIServers
		want string
	}{
		"HAProxy beside an API server":             {APIServers{LoadBalancers: []Host{"192.0.2.1"}}, "port: Invalid value: 6443"},
		"beside one in another spelling":           {APIServers{LoadBalancers: []Host{"2001:DB8::1"}, Servers: []APIServer{{Name: "a", Host: "2001:db8:0::1"}}}, "port: Invalid value: 6443"},
		"on another port":                          {APIServers{LoadBalancers: []Host{"192.0.2.1"}, Port: 8443}, ""},
		"on another address":                       {APIServers{LoadBalancers: []Host{"192.0.2.1"}, Listen: []netip.Addr{netip.MustParseAddr("192.0.2.80")}}, ""},
		"a load balancer of its own":               {APIServers{LoadBalancers: []Host{"192.0.2.80"}}, ""},
		"the statistics page on the clients' port": {APIServers{Stats: at("192.0.2.80:6443")}, "stats: Invalid value"},
		"page and exporter together":               {APIServers{Stats: at("127.0.0.1:8404"), Metrics: at("127.0.0.1:8404")}, ""},
	} {
		if c.lb.Servers == nil {
			c.lb.Servers = oneServer
		}
		err := c.lb.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestWarnsOfWhatPeopleRegret(t *testing.T) {
	t.Parallel()
	for want, lb := range map[string]APIServers{
		"caFile: the servers' certificates are not verified": {},
		"profile: a TCP check sees only":                     {Profile: ProfileTCP},
		"profile: a plain check cuts":                        {Profile: ProfilePlain},
		"caFile: the profile tcp does not use it":            {Profile: ProfileTCP, CAFile: "/ca.crt"},
		"clientCert: the profile tcp does not use it":        {Profile: ProfileTCP, ClientCert: "/c.pem"},
		"servers: one API server has none to fail over to":   {},
		"target: HAProxy 2.4 has no grace":                   {Target: V24},
		"fragment: the file's own global section bounds":     {Fragment: true},
	} {
		if lb.Servers == nil {
			lb.Servers = oneServer
		}
		if text := fmt.Sprint(lb.Warnings()); !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	quiet := APIServers{Servers: append(oneServer, APIServer{Name: "cp-2", Host: "cp-2.example.org"}), CAFile: "/ca.crt"}
	if w := quiet.Warnings(); w != nil {
		t.Errorf("the best there is has warnings: %v", w)
	}
	if w := quiet.Config().Warnings(); w != nil {
		t.Errorf("its configuration has warnings: %v", w)
	}
}

func TestWarnsOfAFileThatOthersShip(t *testing.T) {
	t.Parallel()
	c := Config{
		Global:    &Global{},
		Frontends: []Frontend{{Name: "f", Binds: []Bind{{Port: 1}}, TCPLog: true, Timeouts: Timeouts{Client: 35 * time.Second}}},
		Backends: []Backend{{Name: "b", Timeouts: Timeouts{Connect: time.Second, Server: 35 * time.Second},
			HTTPCheck: &HTTPCheck{Steps: []CheckStep{{Send: CheckSend{URI: "/healthz", Version: "HTTP/1.1"}}}},
			Servers:   []Server{{Name: "s", Host: "api", Port: 1, Options: ServerOptions{Verify: VerifyNone}}},
		}},
	}
	text := fmt.Sprint(c.Warnings())
	for _, want := range []string{
		"global.hardStopAfter: ", "frontends[0].timeouts.client: 35s ends watches", "frontends[0].logs: there is a log format",
		"backends[0].balance: ", "backends[0].timeouts.connect: one second", "backends[0].timeouts.server: 35s ends watches",
		"backends[0].httpCheck.steps[0].send.headers: ", "backends[0].httpCheck.steps[0].send.uri: /healthz is deprecated",
		"backends[0].servers[0].host: ", "backends[0].servers[0].options.verify: ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no warning %q in %s", want, text)
		}
	}
}
