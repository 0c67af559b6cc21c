package haproxycfg

import (
	"strings"
	"testing"
	"time"
)

// mistake spoils a valid configuration so that our validation rejects it. Where
// HAProxy takes it in silence, tolerated says why we do not.
type mistake struct {
	name      string
	tolerated string
	spoil     func(*generator, *Config)
}

// inGlobalSection are those that need a file of their own: a file has one global
// section.
var inGlobalSection = []mistake{
	{"an unknown log facility", "", func(g *generator, c *Config) { c.Global.Logs[0].Facility = "local8" }},
	{"an unknown log level", "", func(g *generator, c *Config) { c.Global.Logs[0].Level = "loud" }},
	{"an unknown log format", "", func(g *generator, c *Config) { c.Global.Logs[0].Format = "rfc9999" }},
	{"a log without an address", "", func(g *generator, c *Config) { c.Global.Logs[0].Address = "" }},
	{"a log that points at itself", "", func(g *generator, c *Config) { c.Global.Logs[0] = Log{Global: true} }},
	{"an unknown level of a socket", "", func(g *generator, c *Config) { c.Global.StatsSockets = []StatsSocket{{Path: "/run/x", Level: "root"}} }},
	{"a socket without a path", "", func(g *generator, c *Config) { c.Global.StatsSockets = []StatsSocket{{Level: "admin"}} }},
	{"a negative maxconn", "HAProxy takes it for no maxconn at all", func(g *generator, c *Config) { c.Global.MaxConn = -1 }},
	{"a negative time", "", func(g *generator, c *Config) { c.Global.HardStopAfter = -time.Second }},
	{"an unknown TLS option", "", func(g *generator, c *Config) { c.Global.SSLDefaultBindOptions = []string{"no tls"} }},
	{"a user with a space", "", func(g *generator, c *Config) { c.Global.User = "ha proxy" }},
	{"a proxy's directive in the global section", "", func(g *generator, c *Config) { c.Global.Extra = []string{"balance roundrobin"} }},
	{"an open .if", "", func(g *generator, c *Config) { c.Global.Extra = []string{".if 1"} }},
	{"a .else alone", "", func(g *generator, c *Config) { c.Global.Extra = []string{".else"} }},
	{"a .endif alone", "", func(g *generator, c *Config) { c.Global.Extra = []string{".endif"} }},
}

var inProxySections = []mistake{
	{"a frontend's name with a hostile character", "", func(g *generator, c *Config) {
		c.Frontends[0].Name += pick(g, " b", ";reboot", "$(id)", "\nglobal", "/", "é", "#")
	}},
	{"a backend's name with a hostile character", "", func(g *generator, c *Config) {
		c.Backends[0].Name += pick(g, " b", ";reboot", "`id`", "\nfrontend x", "/", "'")
	}},
	{"a server's name with a hostile character", "", func(g *generator, c *Config) { server(c).Name += pick(g, " b", ";reboot", "\n", "\"", "/x", "\\") }},
	{"a frontend without a name", "", func(g *generator, c *Config) { c.Frontends[0].Name = "" }},
	{"a server without a name", "", func(g *generator, c *Config) { server(c).Name = "" }},
	{"two servers of a name", "", func(g *generator, c *Config) {
		server(c)
		s := c.Backends[0].Servers
		c.Backends[0].Servers = append(s, s[0])
	}},
	{"two backends of a name", "", func(g *generator, c *Config) { c.Backends = append(c.Backends, c.Backends[0]) }},
	{"a host with a hostile character", "", func(g *generator, c *Config) {
		*server(c) = Server{Name: "s", Port: 1, Host: pick[Host](g, "a b", "a;reboot", "$(id)", "\nserver x"), Options: ServerOptions{InitAddr: []string{"libc"}}}
	}},
	{"a server without a port", "HAProxy would connect to the port that the client came to, which is seldom an API server's", func(g *generator, c *Config) { server(c).Port = 0 }},
	{"an address that is none", "", func(g *generator, c *Config) {
		c.Frontends[0].Binds[0] = Bind{Host: pick[Host](g, "1.2.3.4.5", "::g", "a b"), Port: 1}
	}},
	{"an abbreviated address", "the C library reads 1.2.3 as 1.2.0.3, which nobody means", func(g *generator, c *Config) { c.Frontends[0].Binds[0] = Bind{Host: "1.2.3", Port: 1} }},
	{"an address in brackets", "", func(g *generator, c *Config) { c.Frontends[0].Binds[0] = Bind{Host: "[::1]", Port: 1} }},
	{"a frontend that listens nowhere", "", func(g *generator, c *Config) { c.Frontends[0].Binds = nil }},
	{"port 0", "", func(g *generator, c *Config) { c.Frontends[0].Binds[0] = Bind{Host: "127.0.0.1"} }},
	{"an address that is listened on twice", "HAProxy binds it twice and the kernel deals connections out to both", func(g *generator, c *Config) {
		c.Frontends[0].Binds = append(c.Frontends[0].Binds, c.Frontends[0].Binds[0])
	}},
	{"v4v6 and v6only together", "the last one wins in silence", func(g *generator, c *Config) {
		c.Frontends[0].Binds[0] = Bind{Host: "::", Port: 1, V4V6: true, V6Only: true}
	}},
	{"a socket and a port at once", "HAProxy reads the port alone", func(g *generator, c *Config) { c.Frontends[0].Binds[0] = Bind{Socket: "/tmp/x", Port: 1} }},
	{"an owner of a port", "HAProxy passes over it", func(g *generator, c *Config) { c.Frontends[0].Binds[0] = Bind{Port: 1, User: "root"} }},
	{"an odd mode of a socket", "", func(g *generator, c *Config) { c.Frontends[0].Binds[0] = Bind{Socket: "/tmp/x", Mode: "rw"} }},
	{"a socket in no place", "HAProxy makes it where it was started", func(g *generator, c *Config) { c.Frontends[0].Binds[0] = Bind{Socket: "x y"} }},
	{"resolvers that are not there", "", func(g *generator, c *Config) { server(c).Options.Resolvers = "nobody" }},
	{"resolvers without anybody to ask", "", func(g *generator, c *Config) {
		c.Resolvers[0].ParseResolvConf, c.Resolvers[0].Nameservers = false, nil
	}},
	{"a name server without a port", "", func(g *generator, c *Config) {
		c.Resolvers[0].Nameservers = []Nameserver{{Name: "n", Host: "192.0.2.53"}}
	}},
	{"a header of a check that is none", "no answer has it, and the check never fails for it", func(g *generator, c *Config) {
		c.Backends[0].HTTPCheck = &HTTPCheck{Steps: []CheckStep{{RejectHeader: "a b"}}}
	}},
	{"a backend that is not there", "", func(g *generator, c *Config) { c.Frontends[0].DefaultBackend = "nowhere" }},
	{"a tcp backend behind an http frontend", "", func(g *generator, c *Config) { otherMode(c, ModeHTTP, ModeTCP) }},
	{"an http backend behind a tcp frontend", "HAProxy then reads HTTP where TLS passes through", func(g *generator, c *Config) { otherMode(c, ModeTCP, ModeHTTP) }},
	{"an unknown mode", "", func(g *generator, c *Config) { c.Frontends[0].Mode = "udp" }},
	{"an unknown balance", "", func(g *generator, c *Config) { c.Backends[0].Balance = "fair" }},
	{"a condition with an open quote", "", func(g *generator, c *Config) {
		c.Frontends[0].UseBackends = []UseBackend{{Backend: c.Backends[0].Name, If: `{ src -m str "x }`}}
	}},
	{"a condition that is missing", "HAProxy would take the rule as always true", func(g *generator, c *Config) {
		c.Frontends[0].UseBackends = []UseBackend{{Backend: c.Backends[0].Name}}
	}},
	{"an http log in tcp mode", "", func(g *generator, c *Config) {
		c.Frontends[0].Mode, c.Frontends[0].TCPLog, c.Frontends[0].HTTPLog = ModeTCP, false, true
		c.Frontends[0].Stats, c.Frontends[0].PrometheusPath, c.Frontends[0].UseBackends, c.Frontends[0].DefaultBackend = Stats{}, "", nil, ""
	}},
	{"a negative timeout", "", func(g *generator, c *Config) { c.Backends[0].Timeouts.Server = -time.Second }},
	{"a timeout over 24.8 days", "", func(g *generator, c *Config) { c.Backends[0].Timeouts.Server = maxTimeout + time.Second }},
	{"a timeout in microseconds", "HAProxy rounds it up to a millisecond; who writes it means something else", func(g *generator, c *Config) { c.Backends[0].Timeouts.Queue = 1500 * time.Microsecond }},
	{"a client's timeout in a backend", "", func(g *generator, c *Config) { c.Backends[0].Binds, c.Backends[0].Timeouts.Client = nil, time.Minute }},
	{"a server's timeout in a frontend", "", func(g *generator, c *Config) { c.Frontends[0].Timeouts.Connect = time.Minute }},
	{"an error page of an odd status", "", func(g *generator, c *Config) { c.Backends[0].ErrorFiles = []ErrorFile{{418, g.pages[0]}} }},
	{"an expected status that is none", "", func(g *generator, c *Config) {
		c.Backends[0].HTTPCheck = &HTTPCheck{Steps: []CheckStep{{ExpectStatus: pick(g, "2xx", "ok", "200-", "200 x")}}}
	}},
	{"a path and a format at once", "", func(g *generator, c *Config) {
		c.Backends[0].HTTPCheck = &HTTPCheck{Steps: []CheckStep{{Send: CheckSend{URI: "/a", URIFormat: "%["}}}}
	}},
	{"a method in small letters", "HAProxy sends it as it is, and the API server does not know it", func(g *generator, c *Config) {
		c.Backends[0].HTTPCheck = &HTTPCheck{Steps: []CheckStep{{Send: CheckSend{Method: "get"}}}}
	}},
	{"a second request without a connection", "", func(g *generator, c *Config) {
		c.Backends[0].HTTPCheck = &HTTPCheck{Steps: []CheckStep{{Connect: CheckConnect{Default: true}, ExpectStatus: "200"}, {Send: CheckSend{URI: "/b"}}}}
	}},
	{"a header without a value", "", func(g *generator, c *Config) {
		c.Backends[0].HTTPCheck = &HTTPCheck{Steps: []CheckStep{{Send: CheckSend{Headers: []Header{{"Host", ""}}}}}}
	}},
	{"TLS without an authority", "", func(g *generator, c *Config) {
		c.Backends[0].DefaultServer = ServerOptions{}
		*server(c) = Server{Name: "s", Host: "192.0.2.1", Port: 1, Options: ServerOptions{SSL: true}}
	}},
	{"a weight over 256", "", func(g *generator, c *Config) { server(c).Options.Weight = 257 + g.IntN(1000) }},
	{"an unknown verification", "", func(g *generator, c *Config) { server(c).Options.Verify = "maybe" }},
	{"an unknown reaction to down", "", func(g *generator, c *Config) { server(c).Options.OnMarkedDown = "panic" }},
	{"an unknown reaction to up", "", func(g *generator, c *Config) { server(c).Options.OnMarkedUp = "cheer" }},
	{"an agent without a port", "", func(g *generator, c *Config) {
		c.Backends[0].DefaultServer = ServerOptions{}
		*server(c) = Server{Name: "s", Host: "192.0.2.1", Port: 1, Options: ServerOptions{AgentCheck: true}}
	}},
	{"an agent at a name", "HAProxy asks DNS for it once, when it starts", func(g *generator, c *Config) { server(c).Options.AgentHost = "localhost" }},
	{"an agent that is sent a NUL", "HAProxy sends what stands before it", func(g *generator, c *Config) { server(c).Options.AgentSend = "a\x00b" }},
	{"an unknown layer to observe", "", func(g *generator, c *Config) { server(c).Options.Observe = "layer8" }},
	{"an unknown reaction to errors", "", func(g *generator, c *Config) { server(c).Options.OnError = "ignore" }},
	{"an unknown way to resolve", "", func(g *generator, c *Config) { server(c).Options.InitAddr = []string{"dns"} }},
	{"a negative count", "", func(g *generator, c *Config) { server(c).Options.Rise = -2 }},
	{"a tracked server that is not there", "", func(g *generator, c *Config) {
		*server(c) = Server{Name: "s", Host: "192.0.2.1", Port: 1, Options: ServerOptions{Track: "nowhere/s"}}
	}},
	{"a server that is checked and tracks", "", func(g *generator, c *Config) {
		s := server(c)
		c.Backends[0].Servers = append(c.Backends[0].Servers, Server{Name: "t", Host: "192.0.2.1", Port: 1, Options: ServerOptions{Check: true, Track: c.Backends[0].Name + "/" + s.Name}})
		s.Options.Check, s.Options.NoCheck = true, false
	}},
	{"a rule for a server that is not there", "", func(g *generator, c *Config) { c.Backends[0].UseServers = []UseServer{{"nobody", "TRUE"}} }},
	{"a statistics page in tcp mode", "", func(g *generator, c *Config) {
		c.Frontends[0] = Frontend{Name: c.Frontends[0].Name, Mode: ModeTCP, Binds: c.Frontends[0].Binds, Timeouts: Timeouts{Client: time.Minute}, Stats: Stats{URI: "/stats"}}
	}},
	{"a keep-alive count over the kernel's", "HAProxy asks for it, and the kernel refuses at each connection", func(g *generator, c *Config) { c.Frontends[0].ClientKeepAlive = KeepAlive{On: true, Count: 128} }},
	{"an extra line with an open quote", "", func(g *generator, c *Config) { extraLine(g, c, `description "open`) }},
	{"an extra line with half an escape", "", func(g *generator, c *Config) { extraLine(g, c, pick(g, `description \x4`, `description \xzz`)) }},
	{"two extra lines in one", "", func(g *generator, c *Config) {
		extraLine(g, c, pick(g, "description a\nbalance fair", "description a\r\nlisten x", "\nglobal"))
	}},
	{"an extra line of another section", "", func(g *generator, c *Config) {
		c.Frontends[0].Extra = []string{pick(g, "server x 192.0.2.1:80", "balance roundrobin", "option redispatch\x00", "chroot /")}
	}},
	{"a bind in a backend", "", func(g *generator, c *Config) {
		b := &c.Backends[0]
		b.Binds, b.Timeouts.Client, b.Extra = nil, 0, []string{"bind :1"}
	}},
	{"an extra line of 65 words", "", func(g *generator, c *Config) { extraLine(g, c, "acl many src"+strings.Repeat(" 192.0.2.1", 62)) }},
	{"a server's line of 65 words", "", func(g *generator, c *Config) {
		server(c).Options.Extra = strings.Fields(strings.Repeat("check-via-socks4 ", 65))
	}},
}

// server gives the first server of the first backend, made where there is none.
func server(c *Config) *Server {
	b := &c.Backends[0]
	if len(b.Servers) == 0 {
		b.Servers = []Server{{Name: "only", Host: "192.0.2.1", Port: 6443}}
	}
	return &b.Servers[0]
}

// otherMode makes a frontend and its backend of different modes.
func otherMode(c *Config, frontend, backend Mode) {
	f := &c.Frontends[0]
	*f = Frontend{Name: f.Name, Mode: frontend, Binds: f.Binds, Timeouts: Timeouts{Client: time.Minute}, DefaultBackend: c.Backends[0].Name}
	c.Frontends, c.Backends = c.Frontends[:1], c.Backends[:1]
	c.Backends[0].Mode = backend
}

func extraLine(g *generator, c *Config, line string) {
	if g.maybe() {
		c.Frontends[0].Extra = []string{line}
		return
	}
	c.Backends[0].Extra = []string{line}
}

// TestHAProxyRejectsWhatIsNotValid is the agreement in the other direction: what
// our validation rejects, HAProxy rejects or warns about, or the list above says
// why we are stricter.
func TestHAProxyRejectsWhatIsNotValid(t *testing.T) {
	t.Parallel()
	g := newGenerator(t, 3)
	spoilt := func(m mistake, times int) []Config {
		var configs []Config
		for range times {
			c := g.config()
			m.spoil(g, &c)
			if c.Validate() == nil {
				t.Fatalf("%s: our validation takes it:\n%s", m.name, c.Bytes())
			}
			configs = append(configs, c)
		}
		return configs
	}
	var mistakes []mistake
	var configs []Config
	for _, m := range inProxySections {
		for _, c := range spoilt(m, 20) {
			mistakes, configs = append(mistakes, m), append(configs, c)
		}
	}
	globals := make([][]Config, len(inGlobalSection))
	for i, m := range inGlobalSection {
		globals[i] = spoilt(m, 3)
	}
	for _, binary := range binaries(t) {
		t.Run(version(t, binary), func(t *testing.T) {
			t.Parallel()
			silent := map[string]Config{}
			for i, said := range judge(t, binary, configs) {
				if said == nil {
					silent[mistakes[i].name] = configs[i]
				}
			}
			for i, m := range inGlobalSection {
				for _, c := range globals[i] {
					if said := judge(t, binary, []Config{c}); said[0] == nil {
						silent[m.name] = c
					}
				}
			}
			for _, m := range append(inProxySections, inGlobalSection...) {
				c, is := silent[m.name]
				if is && m.tolerated == "" {
					t.Errorf("%s: we say %v, and HAProxy says nothing:\n%s", m.name, c.Validate(), c.Bytes())
				}
				if !is && m.tolerated != "" {
					t.Errorf("%s: HAProxy does reject it; %q is no longer true", m.name, m.tolerated)
				}
			}
			t.Logf("%d configurations", len(configs)+3*len(inGlobalSection))
		})
	}
}
