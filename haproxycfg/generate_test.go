package haproxycfg

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// generator makes random configurations that are valid and give no warning,
// with values at the edge of what may be said.
type generator struct {
	*rand.Rand
	// pages are files with the answers of errorfile lines, under names that
	// need quoting.
	pages []string
	// ca and cert are real PEM files.
	ca, cert string
	// count makes the names of sections unique.
	count int
	// resolvers is the section that the servers of a configuration name.
	resolvers string
}

func newGenerator(t *testing.T, seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 77))}
	g.ca, g.cert = writeCertificates(t, t.TempDir())
	dir := t.TempDir()
	for _, name := range []string{"plain.http", "a b.http", `q"q.http`, "it's.http", `back\slash.http`, "$HOME.http", "a#b.http", "ü.http"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("HTTP/1.0 503 Gone\r\nContent-Type: text/plain\r\n\r\ngone\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		g.pages = append(g.pages, path)
	}
	return g
}

func (g *generator) maybe() bool { return g.IntN(2) == 0 }

func pick[T any](g *generator, values ...T) T { return values[g.IntN(len(values))] }

// sometimes gives one of the values, or the zero value.
func sometimes[T any](g *generator, values ...T) T {
	var zero T
	if g.maybe() {
		return zero
	}
	return pick(g, values...)
}

func (g *generator) name() string {
	const letters = "abcXYZ019_.:-"
	b := make([]byte, 1+g.IntN(12))
	for i := range b {
		b[i] = letters[g.IntN(len(letters))]
	}
	return string(b)
}

// text is a word of printable characters, most of which need quoting.
func (g *generator) text() string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '"'
		}
		return r
	}, randomText(g.Rand, 1+g.IntN(15)))
}

func (g *generator) duration(low time.Duration) time.Duration {
	return pick(g, low, low+time.Millisecond, 90*time.Second, time.Hour, 25*time.Hour, 48*time.Hour, 61*time.Minute+time.Second, maxTimeout)
}

func (g *generator) seconds() time.Duration { return time.Duration(1+g.IntN(32767)) * time.Second }

func (g *generator) host() Host {
	return pick[Host](g, "192.0.2.1", "10.255.0.254", "2001:db8::1", "::1", "fd00::ffff", "localhost")
}

// section is a name that no other section has.
func (g *generator) section() string {
	g.count++
	return fmt.Sprintf("%s-n%d", g.name(), g.count)
}

func (g *generator) config() Config {
	c := Config{Comment: sometimes(g, "one line", "two\nlines\n", "hostile\r\x00\x1b[2J\nline")}
	c.Global = g.global()
	g.resolvers = g.section()
	c.Resolvers = []Resolvers{{
		Name:            g.resolvers,
		Comment:         sometimes(g, "names"),
		ParseResolvConf: g.maybe(),
		Nameservers:     []Nameserver{{"n1", "192.0.2.53", 53}, {"n2", "2001:db8::53", 5353}},
		Hold:            Hold{NX: sometimes(g, g.duration(time.Second)), Timeout: sometimes(g, g.duration(time.Second)), Valid: sometimes(g, 10*time.Second)},
	}}
	if g.maybe() {
		c.Defaults = g.defaults()
	}
	mode := pick(g, ModeTCP, ModeTCP, ModeHTTP)
	for range 1 + g.IntN(3) {
		c.Backends = append(c.Backends, g.backend(g.section(), mode))
	}
	for i := range 1 + g.IntN(2) {
		c.Frontends = append(c.Frontends, g.frontend(i, c, mode))
	}
	return c
}

func (g *generator) global() *Global {
	global := &Global{
		Comment:                    sometimes(g, "the process"),
		Logs:                       []Log{g.log()},
		Chroot:                     sometimes(g, "/var/lib/haproxy", "/tmp"),
		StatsTimeout:               sometimes(g, g.duration(time.Millisecond)),
		User:                       sometimes(g, "haproxy", "root"),
		Group:                      sometimes(g, "haproxy", "root"),
		Daemon:                     g.maybe(),
		MaxConn:                    sometimes(g, 1+g.IntN(5000)),
		HardStopAfter:              g.duration(time.Millisecond),
		CABase:                     sometimes(g, "/etc/ssl/certs"),
		SSLDefaultBindCiphers:      sometimes(g, "ECDHE-ECDSA-AES128-GCM-SHA256:!aNULL", "HIGH:!MD5:@STRENGTH"),
		SSLDefaultBindCiphersuites: sometimes(g, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"),
		SSLDefaultBindOptions:      sometimes(g, []string{"ssl-min-ver", "TLSv1.2"}, []string{"no-tls-tickets"}),
		Extra:                      g.extra("setenv HAPLANE %s", "log-tag %s", "node n1", "# a comment", "   spread-checks 5"),
	}
	if g.maybe() {
		global.StatsSockets = []StatsSocket{{Path: "/run/haproxy/x" + g.name(), Mode: sometimes(g, "660", "0600"), Level: sometimes(g, "user", "operator", "admin"), ExposeFDListeners: g.maybe()}}
	}
	if g.maybe() {
		global.Extra = append(global.Extra, ".if version_atleast(2.6)", "tune.bufsize 32768", ".else", "maxconnrate 5", ".endif")
	}
	return global
}

func (g *generator) log() Log {
	l := Log{Address: pick(g, "/dev/log", "127.0.0.1:514", "127.0.0.1", "[::1]:514", "stdout", "localhost:1514"), Format: sometimes(g, "rfc3164", "rfc5424", "raw", "short"), Facility: pick(g, "local0", "daemon"), Level: sometimes(g, "notice", "info")}
	if l.Level != "" {
		l.MinLevel = sometimes(g, "emerg", "debug")
	}
	return l
}

// extra gives lines of a user with text at the edge of the quoting rules.
func (g *generator) extra(formats ...string) []string {
	var lines []string
	for _, f := range formats {
		if g.maybe() {
			continue
		}
		if strings.Contains(f, "%s") {
			f = fmt.Sprintf(f, pick(g, quote(g.text()), `'single "quoted" $x #y'`, `un\ quo\#ted\"`, "plain"))
		}
		lines = append(lines, f)
	}
	return lines
}

func (g *generator) keepAlive() KeepAlive {
	return sometimes(g, KeepAlive{On: true}, KeepAlive{On: true, Idle: g.seconds(), Interval: g.seconds(), Count: 1 + g.IntN(127)})
}

func (g *generator) errorFiles() []ErrorFile {
	return sometimes(g, []ErrorFile{{503, pick(g, g.pages...)}}, []ErrorFile{{400, pick(g, g.pages...)}, {504, pick(g, g.pages...)}})
}

func (g *generator) defaults() *Defaults {
	return &Defaults{
		Comment:         sometimes(g, "a\nb"),
		Mode:            pick(g, ModeTCP, ModeHTTP),
		Logs:            sometimes(g, []Log{{Global: true}}, []Log{g.log(), {Global: true}}),
		DontLogNull:     g.maybe(),
		LogHealthChecks: g.maybe(),
		Redispatch:      sometimes(g, -1, 1, 3),
		Retries:         sometimes(g, 1, 7),
		MaxConn:         sometimes(g, 1+g.IntN(5000)),
		Balance:         sometimes(g, balances...),
		Timeouts:        Timeouts{Connect: g.duration(2 * time.Second), Client: g.duration(time.Minute), Server: g.duration(time.Minute), Queue: sometimes(g, g.duration(time.Second)), Check: sometimes(g, g.duration(time.Second))},
		ClientKeepAlive: g.keepAlive(),
		ServerKeepAlive: g.keepAlive(),
		ErrorFiles:      g.errorFiles(),
		DefaultServer:   sometimes(g, ServerOptions{Inter: g.duration(100 * time.Millisecond), Rise: 1 + g.IntN(9)}),
		Extra:           g.extra("option splice-auto", "option abortonclose"),
	}
}

func (g *generator) frontend(i int, c Config, mode Mode) Frontend {
	f := Frontend{
		Name:            g.section(),
		Comment:         sometimes(g, "where clients arrive"),
		Mode:            mode,
		Logs:            []Log{{Global: true}},
		TCPLog:          mode == ModeTCP && g.maybe(),
		HTTPLog:         mode == ModeHTTP && g.maybe(),
		DontLogNull:     g.maybe(),
		MaxConn:         sometimes(g, 1+g.IntN(5000)),
		Timeouts:        Timeouts{Client: g.duration(time.Minute), ClientFin: sometimes(g, g.duration(time.Second)), HTTPRequest: sometimes(g, g.duration(time.Second)), HTTPKeepAlive: sometimes(g, g.duration(time.Second))},
		ClientKeepAlive: g.keepAlive(),
		ErrorFiles:      g.errorFiles(),
		Extra:           g.extra("description %s", "acl known-users src -m str -- %s", "log-tag %s", "tcp-request connection reject if { src -m str -- x%s }"),
		DefaultBackend:  sometimes(g, c.Backends[0].Name),
	}
	for j := range 1 + g.IntN(2) {
		f.Binds = append(f.Binds, g.bind(uint16(20000+10*i+j)))
	}
	for _, b := range c.Backends {
		if g.maybe() {
			f.UseBackends = append(f.UseBackends, UseBackend{Backend: b.Name, If: pick(g, "{ nbsrv("+b.Name+") lt 1 }", "{ src 10.0.0.0/8 } !{ dst_port 80 }", "TRUE", `{ src -m str "a b" 'c#d' }`)})
		}
	}
	if mode == ModeHTTP && g.maybe() {
		f.Stats = Stats{URI: pick(g, "/stats", "/a?b=c;d"), Refresh: sometimes(g, 5*time.Second, time.Hour)}
		f.PrometheusPath = sometimes(g, "/metrics", "/m-%41")
	}
	return f
}

func (g *generator) bind(port uint16) Bind {
	b := pick(g, Bind{}, Bind{Host: "::", V4V6: true}, Bind{Host: "::", V6Only: true}, Bind{Host: "127.0.0.1"}, Bind{Host: "::1"}, Bind{Host: "192.0.2.7", Transparent: true}, Bind{Host: "::1", Interface: "lo"}, Bind{Socket: fmt.Sprintf("/tmp/s%d", port), User: "root", Group: "root", Mode: "600"})
	if b.Socket == "" {
		b.Port = port
	}
	b.AcceptProxy = g.maybe()
	b.Extra = sometimes(g, []string{"defer-accept"}, []string{"backlog", "100"})
	if b.Socket != "" {
		b.Extra = nil
	}
	return b
}

func (g *generator) backend(name string, mode Mode) Backend {
	b := Backend{
		Name:            name,
		Mode:            mode,
		Logs:            sometimes(g, []Log{{Global: true}}),
		Balance:         pick(g, balances...),
		LogHealthChecks: g.maybe(),
		Redispatch:      sometimes(g, -1, 1, 2),
		Retries:         sometimes(g, 1, 100),
		Timeouts:        Timeouts{Connect: g.duration(2 * time.Second), Server: g.duration(time.Minute), ServerFin: sometimes(g, g.duration(time.Second)), Tunnel: sometimes(g, g.duration(time.Minute)), Queue: sometimes(g, g.duration(time.Second)), Check: sometimes(g, g.duration(time.Second))},
		ServerKeepAlive: g.keepAlive(),
		ErrorFiles:      g.errorFiles(),
		AllBackups:      g.maybe(),
		Extra:           g.extra("description %s", "acl known-users src -m str -- %s", "tcp-request content reject if { src -m str -- x%s }", "fullconn 100"),
		DefaultServer:   g.serverOptions(),
	}
	if g.maybe() {
		b.HTTPCheck = g.httpCheck()
	}
	if g.maybe() {
		b.Binds = []Bind{g.bind(uint16(30000 + g.count))}
		b.Timeouts.Client = g.duration(time.Minute)
	}
	for i := range g.IntN(5) {
		s := Server{Name: fmt.Sprintf("%s-%d", g.name(), i), Host: g.host(), Port: uint16(1 + g.IntN(65535)), Options: g.serverOptions()}
		g.check(&s.Options)
		b.Servers = append(b.Servers, s)
		if g.maybe() {
			b.UseServers = append(b.UseServers, UseServer{Server: s.Name, If: pick(g, "{ src 192.0.2.0/24 }", `{ src -m str -- "x y" }`)})
		}
	}
	return b
}

// check gives a server one way to have a state, if any.
func (g *generator) check(o *ServerOptions) {
	switch g.IntN(3) {
	case 0:
		o.Check = true
		o.CheckSSL = g.maybe()
		o.CheckSNI = sometimes(g, "kubernetes")
		o.CheckALPN = sometimes(g, "h2,http/1.1")
		o.CheckHost = sometimes[Host](g, "127.0.0.1", "::1")
		o.CheckPort = sometimes[uint16](g, 1, 65535)
		o.Observe = sometimes(g, "layer4")
		if o.Observe != "" {
			o.ErrorLimit, o.OnError = sometimes(g, 3), sometimes(g, "fastinter", "fail-check", "sudden-death", "mark-down")
		}
	case 1:
		o.NoCheck = true
	}
}

func (g *generator) serverOptions() ServerOptions {
	return ServerOptions{
		Verify:         VerifyRequired,
		CAFile:         g.ca,
		Cert:           sometimes(g, g.cert),
		VerifyHost:     sometimes(g, "kubernetes", "*.example.org"),
		SNI:            sometimes(g, "str(kubernetes)"),
		Inter:          sometimes(g, g.duration(100*time.Millisecond)),
		FastInter:      sometimes(g, g.duration(100*time.Millisecond)),
		DownInter:      sometimes(g, g.duration(100*time.Millisecond)),
		Rise:           sometimes(g, 1, 10),
		Fall:           sometimes(g, 1, 10),
		OnMarkedDown:   sometimes(g, "shutdown-sessions"),
		OnMarkedUp:     sometimes(g, "shutdown-backup-sessions"),
		AgentCheck:     g.IntN(4) == 0,
		AgentHost:      sometimes[Host](g, "127.0.0.1", "::1"),
		AgentPort:      pick[uint16](g, 1, 65535),
		AgentInter:     sometimes(g, g.duration(100*time.Millisecond)),
		AgentSend:      sometimes(g, "GET / HTTP/1.0\r\n\r\n", g.text(), "status\n", "\x01\t\x7f"),
		Backup:         g.IntN(4) == 0,
		Weight:         sometimes(g, 1, 256),
		MaxConn:        sometimes(g, 1, 5000),
		MaxQueue:       sometimes(g, 1, 5000),
		SlowStart:      sometimes(g, g.duration(100*time.Millisecond)),
		InitAddr:       []string{"last", "libc", "none"},
		Resolvers:      g.resolvers,
		TCPUserTimeout: sometimes(g, g.duration(100*time.Millisecond)),
		Extra:          sometimes(g, []string{"check-via-socks4"}, []string{"pool-max-conn", "10"}),
	}
}

func (g *generator) httpCheck() *HTTPCheck {
	h := &HTTPCheck{DisableOn404: g.maybe(), SendState: g.maybe()}
	for range g.IntN(4) {
		h.Steps = append(h.Steps, g.checkStep())
	}
	for i := range h.Steps {
		s := &h.Steps[i]
		if len(h.Steps) > 1 && reflect.ValueOf(s.Connect).IsZero() {
			s.Connect.Default = true
		}
		if i < len(h.Steps)-1 && s.ExpectStatus == "" {
			s.ExpectStatus = "200"
		}
	}
	return h
}

func (g *generator) checkStep() CheckStep {
	h := CheckStep{
		Connect:      sometimes(g, CheckConnect{Default: true}, CheckConnect{SSL: true, SNI: sometimes(g, "kubernetes"), ALPN: sometimes(g, "h2,http/1.1", "http/1.1")}, CheckConnect{Host: "127.0.0.1", Port: 6444}, CheckConnect{Socket: "/tmp/probe.sock"}),
		RejectHeader: sometimes(g, "cut"),
		Send:         CheckSend{Method: sometimes(g, "GET", "HEAD", "OPTIONS"), URI: sometimes(g, "/readyz", "/readyz?exclude=etcd&verbose", "/%20;x=y"), Version: pick(g, "HTTP/1.1", "HTTP/1.0"), Headers: []Header{{"Host", pick(g, "kubernetes", "[::1]:6443")}}},
		ExpectStatus: sometimes(g, "200", "200,401", "200-299,403"),
	}
	h.StopUnexpected = h.ExpectStatus != "" && g.maybe()
	if h.Send.URI == "" {
		h.Send.URIFormat = sometimes(g, "/%[srv_name]", `/%{+Q}[srv_name] x"y`)
	}
	if g.maybe() {
		h.Send.Headers = append(h.Send.Headers, Header{"X-" + strings.Trim(g.name(), "_.:") + "x", g.text()})
	}
	for i := range h.Send.Headers {
		h.Send.Headers[i].Name = strings.ReplaceAll(h.Send.Headers[i].Name, ":", "-")
	}
	return h
}

// apiServers makes a random description, for the defaults that it fills in.
func (g *generator) apiServers() APIServers {
	a := APIServers{
		Name:          g.section(),
		Listen:        sometimes(g, []netip.Addr{netip.MustParseAddr("127.0.0.1")}, []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}),
		Port:          sometimes[uint16](g, 8443, 1),
		Profile:       sometimes(g, ProfileDefault, ProfilePlain, ProfileTCP),
		CAFile:        sometimes(g, g.ca),
		RunDir:        sometimes(g, "/tmp", "/run/haproxy"),
		ClientCert:    sometimes(g, g.cert),
		ServerName:    sometimes(g, "api.example.org"),
		MaxConn:       sometimes(g, 1+g.IntN(5000)),
		Grace:         sometimes(g, g.duration(time.Millisecond)),
		HardStopAfter: sometimes(g, g.duration(time.Millisecond)),
		Stats:         sometimes(g, netip.MustParseAddrPort("127.0.0.1:8404")),
		Metrics:       sometimes(g, netip.MustParseAddrPort("127.0.0.1:8404"), netip.MustParseAddrPort("[::1]:9101")),
		Target:        sometimes(g, Versions()...),
	}
	a.AlwaysRead = a.Profile == ProfileDefault && g.maybe()
	a.MaxConnPerSource = sometimes(g, -1, 1)
	for i := range 1 + g.IntN(7) {
		a.Servers = append(a.Servers, APIServer{Name: fmt.Sprintf("%s-%d", g.name(), i), Host: g.host(), Port: uint16(10000 + i)})
	}
	return a
}
