package haproxycfg

import (
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"
)

// Profile is how much a load balancer knows of its servers.
type Profile string

// The profiles.
const (
	// ProfileDefault tells servers that are silent from servers that only do not
	// take new connections, and one that is silent alone from many that are slow.
	ProfileDefault Profile = "default"
	// ProfilePlain is one check of /readyz over TLS, as everybody knows it. It is
	// half as long, notices a hung server later, cuts the connections of a server
	// that only drains, and all connections where all servers are slow.
	ProfilePlain Profile = "plain"
	// ProfileTCP only opens connections. A hung API server stays in rotation and
	// its watches stay silent.
	ProfileTCP Profile = "tcp"
)

// APIServers describes a load balancer in front of the API servers of a
// cluster. Only Servers is required; a zero value elsewhere means our default,
// which WithDefaults fills in. Any number of load balancers can share the file
// that it gives. docs/decisions/haproxy-values.md says what the file does and
// why.
type APIServers struct {
	// Name names the sections, "kube-apiserver" by default: letters, digits and
	// "_", ".", ":", "-". Two descriptions in one HAProxy need two names.
	Name string
	// Profile is ProfileDefault by default.
	Profile Profile
	// Listen are the addresses to listen on. None: all of the machine's, IPv4
	// and IPv6; a machine with IPv6 switched off needs 0.0.0.0 here.
	Listen []netip.Addr
	// Port is the port to listen on, 6443 by default.
	Port uint16
	// Servers are the API servers. List the control planes that will join too:
	// they are down until they answer, and no reload is needed then.
	Servers []APIServer
	// CAFile is the path, on the load balancer, of the cluster's CA in PEM, by
	// which checks verify the servers. HAProxy does not start without it, so it
	// must be there first. Empty: any certificate will do, with a warning.
	CAFile string
	// ClientCert is the path of a PEM file with a client certificate and its
	// key, for API servers that run with --anonymous-auth=false. Any user of
	// the cluster may read /readyz; let it get the ConfigMap cluster-info of
	// kube-public too, and a hung etcd is found sooner.
	ClientCert string
	// ServerName is a name that every API server's certificate holds,
	// "kubernetes" by default, which kubeadm always puts there.
	ServerName string
	// AlwaysRead has each check of ProfileDefault read the ConfigMap cluster-info
	// before it asks /readyz. Otherwise only a server that is not well is asked to
	// read. A server whose etcd hangs is then found as soon as any other one; it
	// costs a read of a small object, by an anonymous user, in each check.
	AlwaysRead bool
	// RunDir is a directory that HAProxy may write, for a HAProxy that is not
	// started by root, such as one in a container: its sockets are there, it logs
	// to its standard output, and changes neither its root nor its user. Empty:
	// HAProxy is started by root, as Debian's and Ubuntu's packages do it.
	RunDir string
	// Stats is the address of the statistics page, under /stats; Metrics the
	// one of the Prometheus exporter, under /metrics. They may be the same.
	// Zero: none. Neither can change anything, and neither asks for a password.
	Stats, Metrics netip.AddrPort
	// MaxConn is the most connections of clients at once, 20,000 by default, four
	// for each of 5,000 nodes. HAProxy needs two file descriptors for each, and
	// some hundred for itself. It must be less than HAProxy's own limit, which
	// `show info` calls Maxconn: what is left is for the checks.
	MaxConn int
	// MaxConnPerSource is how many of them may come from one address, a quarter
	// of MaxConn by default. A negative number is no limit.
	MaxConnPerSource int
	// Grace is how long an old process goes on checking its servers after a
	// reload, one minute by default, HardStopAfter how long it lives then, 30
	// minutes by default.
	Grace, HardStopAfter time.Duration
	// LoadBalancers are the hosts that run this HAProxy, if known: with them
	// the port clash on a machine that also runs an API server is found.
	LoadBalancers []Host
	// Target is the HAProxy branch that reads the file. Zero: any of Versions.
	Target Version
	// Fragment leaves out the global section and the defaults, for a conf.d
	// folder or an existing file: every section says everything itself. It must
	// not stand below a defaults section with health checks of its own. HAProxy's
	// chroot must be /var/lib/haproxy then, unless RunDir is set.
	Fragment bool
	// FrontendExtra and BackendExtra are further directives of our frontend and
	// backend, a line each.
	FrontendExtra, BackendExtra []string
}

// APIServer is one API server.
type APIServer struct {
	// Name is the control plane's name, as it shows in HAProxy's log.
	Name string
	// Host is an address or a name. A name is resolved again and again while
	// HAProxy runs.
	Host Host
	// Port is 6443 by default.
	Port uint16
}

// Our defaults. docs/decisions/haproxy-values.md says what each protects from
// and what it costs.
const (
	defaultName          = "kube-apiserver"
	defaultServerName    = "kubernetes"
	defaultPort          = 6443
	defaultMaxConn       = 20_000
	defaultGrace         = time.Minute
	defaultHardStopAfter = 30 * time.Minute

	chroot             = "/var/lib/haproxy"
	adminSocket        = "/run/haproxy/admin.sock"
	account            = "haproxy"
	fdHardLimit        = 100_000
	processMaxConn     = 45_000
	connectTimeout     = 700 * time.Millisecond
	helloTimeout       = time.Minute
	finTimeout         = 30 * time.Second
	tunnelTimeout      = 5 * time.Hour
	slowStart          = 20 * time.Second
	connectRetries     = 3
	keepAliveIdle      = time.Minute
	keepAliveInterval  = 10 * time.Second
	monitorHTTPTimeout = 10 * time.Second
	plainInterval      = time.Second
	plainFastInterval  = 250 * time.Millisecond
	plainTimeout       = 1500 * time.Millisecond
	tcpInterval        = 250 * time.Millisecond
)

// WithDefaults returns a deep copy with our defaults in every zero value.
func (a APIServers) WithDefaults() APIServers {
	a.Listen = slices.Clone(a.Listen)
	a.LoadBalancers = slices.Clone(a.LoadBalancers)
	a.Servers = slices.Clone(a.Servers)
	a.FrontendExtra = slices.Clone(a.FrontendExtra)
	a.BackendExtra = slices.Clone(a.BackendExtra)
	setDefault(&a.Name, defaultName)
	setDefault(&a.Profile, ProfileDefault)
	setDefault(&a.Port, defaultPort)
	setDefault(&a.ServerName, defaultServerName)
	setDefault(&a.MaxConn, defaultMaxConn)
	setDefault(&a.MaxConnPerSource, max(1, a.MaxConn/4))
	setDefault(&a.Grace, defaultGrace)
	setDefault(&a.HardStopAfter, defaultHardStopAfter)
	for i := range a.Servers {
		setDefault(&a.Servers[i].Port, defaultPort)
	}
	return a
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Config returns the configuration. It is valid where Validate returns nil.
func (a APIServers) Config() Config {
	a = a.WithDefaults()
	c := Config{
		Target:    a.Target,
		Comment:   a.comment(),
		Global:    a.global(),
		Defaults:  a.defaults(),
		Resolvers: a.resolvers(),
		Frontends: append([]Frontend{a.frontend()}, a.monitors()...),
		Backends:  []Backend{a.backend(), a.unchecked()},
	}
	if a.Profile == ProfileDefault {
		c.Backends = append(c.Backends, a.probe())
	}
	if a.Fragment {
		c = c.withoutShared()
	}
	return c
}

// comment tells the reader of the file where to look.
func (a APIServers) comment() string {
	text := "Load balancer for the API servers of a Kubernetes cluster. Clients arrive at " + a.Name + ". They go to\n" +
		a.backendName() + ", or to " + a.uncheckedName() + " while none of those is up."
	switch a.Profile {
	case ProfileDefault:
		text += "\nA server that refuses connections or is not ready gets no new ones and keeps what it has. One that is silent, and\n" +
			"almost alone in that, loses what it has too: its clients come back and meet another one."
	case ProfilePlain:
		text += "\nA server that is not ready, or silent, is down, and loses its connections."
	case ProfileTCP:
		text += "\nA server is up while its port is open."
	}
	return text
}

// backendName and the rest name the sections. No two share a name: HAProxy 3.3
// refuses that.
func (a APIServers) backendName() string   { return a.Name + "s" }
func (a APIServers) uncheckedName() string { return a.Name + "s-unchecked" }
func (a APIServers) probeName() string     { return a.Name + "-probe" }
func (a APIServers) resolversName() string { return a.Name + "-names" }

// global is Debian's and Ubuntu's own global section with our limits.
func (a APIServers) global() *Global {
	g := &Global{
		Comment:       "As Debian's package has it. After a reload the old process goes on for the time of grace, checks included.",
		Logs:          []Log{{Address: "/dev/log", Facility: "local0"}},
		Chroot:        chroot,
		StatsSockets:  []StatsSocket{{Path: adminSocket, Mode: "660", Level: "admin", ExposeFDListeners: true}},
		User:          account,
		Group:         account,
		HardStopAfter: a.HardStopAfter,
	}
	if a.RunDir != "" {
		g.Comment = "Not started by root. After a reload the old process goes on for the time of grace, checks included."
		g.Logs = []Log{{Address: "stdout", Format: "raw", Facility: "local0"}}
		g.Chroot, g.User, g.Group = "", "", ""
		g.StatsSockets[0].Path = path.Join(a.RunDir, "admin.sock")
	}
	switch {
	case !a.Target.before(V28):
		g.Grace, g.FDHardLimit = a.Grace, a.fdHardLimit()
	case a.Target == V24:
		g.MaxConn = a.processMaxConn()
		g.Extra = []string{noStrictLimits}
	default:
		g.Extra = []string{
			".if version_atleast(2.6.9)",
			lineOf("grace", duration(a.Grace)),
			lineOf("fd-hard-limit", itoa(a.fdHardLimit())),
			".endif",
		}
	}
	return g
}

// noStrictLimits lets HAProxy start where it cannot have the file descriptors
// that a fixed maxconn needs.
const noStrictLimits = "no strict-limits"

// fdHardLimit bounds what HAProxy takes of a machine without limits. It is at
// least what MaxConn and the checks need.
func (a APIServers) fdHardLimit() int { return max(fdHardLimit, 2*a.processMaxConn()+1000) }

func (a APIServers) processMaxConn() int { return max(processMaxConn, a.MaxConn+a.MaxConn/8+500) }

func (a APIServers) defaults() *Defaults {
	return &Defaults{
		Comment:     "A watch may be idle for hours. Who meets a server that is gone goes on to the next one within a second.",
		Mode:        ModeTCP,
		Logs:        []Log{{Global: true}},
		DontLogNull: true,
		Balance:     BalanceLeastConn,
		Retries:     connectRetries,
		Redispatch:  1,
		Timeouts: Timeouts{
			Connect:   connectTimeout,
			Client:    helloTimeout,
			ClientFin: finTimeout,
			Server:    helloTimeout,
			ServerFin: finTimeout,
			Tunnel:    tunnelTimeout,
		},
		ClientKeepAlive: keepAlive,
		ServerKeepAlive: keepAlive,
	}
}

var keepAlive = KeepAlive{On: true, Idle: keepAliveIdle, Interval: keepAliveInterval}

// resolvers are needed where a server has a name. An address that was known
// once stays in use whatever the name servers say: a server without an address
// would lose its connections.
func (a APIServers) resolvers() []Resolvers {
	if !a.hasNames() {
		return nil
	}
	return []Resolvers{{
		Name:            a.resolversName(),
		Comment:         "Names are asked for again and again. While the name servers fail, the addresses stay.",
		ParseResolvConf: true,
		Hold:            Hold{NX: maxHold, Obsolete: maxHold, Other: maxHold, Refused: maxHold, Timeout: maxHold},
	}}
}

// maxHold is about the longest time that HAProxy can count.
const maxHold = 24 * 24 * time.Hour

func (a APIServers) hasNames() bool {
	return slices.ContainsFunc(a.Servers, func(s APIServer) bool {
		_, isAddr := s.Host.Addr()
		return !isAddr
	})
}

func (a APIServers) frontend() Frontend {
	f := Frontend{
		Name:           a.Name,
		Comment:        "Fewer connections than the process can take, so that checks always get through.",
		Binds:          a.binds(),
		TCPLog:         true,
		MaxConn:        a.MaxConn,
		UseBackends:    []UseBackend{{Backend: a.uncheckedName(), If: "{ nbsrv(" + a.backendName() + ") lt 1 }"}},
		DefaultBackend: a.backendName(),
	}
	if a.MaxConnPerSource > 0 {
		f.Comment += " One address cannot take all."
		f.Extra = []string{
			lineOf("stick-table", "type", "ipv6", "size", itoa(a.MaxConn), "expire", "1m", "store", "conn_cur"),
			"tcp-request connection track-sc0 src",
			"tcp-request connection reject if { sc0_conn_cur gt " + itoa(a.MaxConnPerSource) + " }",
		}
	}
	f.Extra = append(f.Extra, a.FrontendExtra...)
	return f
}

func (a APIServers) binds() []Bind {
	if len(a.Listen) == 0 {
		return []Bind{{Host: "::", Port: a.Port, V4V6: true}}
	}
	binds := make([]Bind, 0, len(a.Listen))
	for _, addr := range a.Listen {
		binds = append(binds, Bind{Host: Host(addr.String()), Port: a.Port, V6Only: addr == netip.IPv6Unspecified()})
	}
	return binds
}

// backend is where connections go as long as one server is up.
func (a APIServers) backend() Backend {
	b := Backend{
		Name:    a.backendName(),
		Extra:   a.BackendExtra,
		Servers: a.servers(),
	}
	switch a.Profile {
	case ProfileTCP:
		b.Comment = "A server that refuses connections is skipped. One that hangs is not noticed."
		b.DefaultServer = ServerOptions{Check: true, Inter: tcpInterval, Rise: 3, Fall: 1, SlowStart: slowStart}
	case ProfilePlain:
		b.Comment = "Is the server ready?"
		b.Timeouts.Check = plainTimeout
		b.HTTPCheck = &HTTPCheck{Steps: []CheckStep{{
			Connect:      CheckConnect{SSL: true, SNI: a.ServerName},
			Send:         a.ask(CheckSend{URI: readyPath}),
			ExpectStatus: "200",
		}}}
		b.DefaultServer = a.tls(ServerOptions{
			Check:        true,
			Inter:        plainInterval,
			FastInter:    plainFastInterval,
			Rise:         2,
			Fall:         2,
			SlowStart:    slowStart,
			OnMarkedDown: shutdownSessions,
		})
	default:
		a.checkByProbe(&b)
	}
	a.resolve(&b.DefaultServer)
	return b
}

const shutdownSessions = "shutdown-sessions"

// tls adds how the certificate of a server is verified and what is shown to it.
func (a APIServers) tls(o ServerOptions) ServerOptions {
	o.Verify, o.Cert = VerifyNone, a.ClientCert
	if a.CAFile != "" {
		o.Verify, o.CAFile = VerifyRequired, a.CAFile
	}
	return o
}

// ask completes what a check sends.
func (a APIServers) ask(s CheckSend) CheckSend {
	s.Method, s.Version, s.Headers = "GET", "HTTP/1.1", []Header{{"Host", a.ServerName}}
	return s
}

// unchecked is where they go when none is: the same servers, unasked.
func (a APIServers) unchecked() Backend {
	b := Backend{
		Name:    a.uncheckedName(),
		Comment: "The same servers, whatever their checks say: a wrong check costs supervision, and not service.",
		Servers: a.servers(),
	}
	a.resolve(&b.DefaultServer)
	return b
}

func (a APIServers) servers() []Server {
	servers := make([]Server, 0, len(a.Servers))
	for _, s := range a.Servers {
		servers = append(servers, Server{Name: s.Name, Host: s.Host, Port: s.Port})
	}
	return servers
}

// resolve lets HAProxy start although a name does not resolve, and finds its
// address later.
func (a APIServers) resolve(o *ServerOptions) {
	if a.hasNames() {
		o.InitAddr, o.Resolvers = []string{"last", "libc", "none"}, a.resolversName()
	}
}

// monitors are the frontends of the statistics page and the exporter.
func (a APIServers) monitors() []Frontend {
	monitor := func(name string, addr netip.AddrPort) Frontend {
		return Frontend{
			Name:     a.Name + "-" + name,
			Mode:     ModeHTTP,
			Binds:    []Bind{{Host: Host(addr.Addr().String()), Port: addr.Port()}},
			Timeouts: Timeouts{Client: monitorHTTPTimeout, HTTPRequest: monitorHTTPTimeout},
		}
	}
	var frontends []Frontend
	if a.Stats.IsValid() {
		f := monitor("stats", a.Stats)
		f.Comment = "The statistics page. It changes nothing."
		f.Stats = Stats{URI: "/stats", Refresh: 10 * time.Second}
		frontends = append(frontends, f)
	}
	if a.Metrics.IsValid() && a.Metrics == a.Stats {
		frontends[0].Comment = "The statistics page and the Prometheus exporter. They change nothing."
		frontends[0].PrometheusPath = "/metrics"
	} else if a.Metrics.IsValid() {
		f := monitor("metrics", a.Metrics)
		f.Comment = "The Prometheus exporter."
		f.PrometheusPath = "/metrics"
		frontends = append(frontends, f)
	}
	return frontends
}

// withoutShared returns the configuration without its global section, and with
// the defaults written into each section.
func (c Config) withoutShared() Config {
	d := *c.Defaults
	c.Global, c.Defaults = nil, nil
	for i := range c.Frontends {
		f := &c.Frontends[i]
		setDefault(&f.Mode, d.Mode)
		f.DontLogNull, f.ClientKeepAlive = d.DontLogNull, d.ClientKeepAlive
		setDefault(&f.Timeouts.Client, d.Timeouts.Client)
		setDefault(&f.Timeouts.ClientFin, d.Timeouts.ClientFin)
		if f.Mode == ModeTCP {
			f.Logs = d.Logs
		}
	}
	for i := range c.Backends {
		b := &c.Backends[i]
		setDefault(&b.Mode, d.Mode)
		setDefault(&b.Balance, d.Balance)
		setDefault(&b.Timeouts.Connect, d.Timeouts.Connect)
		setDefault(&b.Timeouts.Server, d.Timeouts.Server)
		if b.Mode == ModeTCP {
			b.Logs, b.Retries, b.Redispatch = d.Logs, d.Retries, d.Redispatch
			b.Timeouts.ServerFin, b.Timeouts.Tunnel = d.Timeouts.ServerFin, d.Timeouts.Tunnel
			b.ServerKeepAlive = d.ServerKeepAlive
		}
	}
	return c
}

// lineOf joins words to a line.
func lineOf(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}
