package haproxycfg

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Check is how the health of an API server is asked for.
type Check string

const (
	// CheckTLS asks the server over TLS and verifies the server's certificate
	// against APIServers.CAFile.
	CheckTLS Check = "tls"
	// CheckInsecure asks the server over TLS and takes any certificate.
	CheckInsecure Check = "tls-insecure"
	// CheckTCP only opens a connection. A hung API server stays in rotation and
	// its watches stay silent.
	CheckTCP Check = "tcp"
)

// APIServers describes a load balancer in front of the API servers of a
// cluster. Only Servers is required; a zero value elsewhere means our default,
// which WithDefaults fills in. Any number of load balancers can share the file
// that it gives. The package documentation explains what the file does and why.
type APIServers struct {
	// Name names the sections, "kube-apiserver" by default: letters, digits and
	// "_", ".", ":", "-". Two descriptions in one HAProxy need two names.
	Name string
	// Listen are the addresses to listen on. None: all of the machine's, IPv4
	// and IPv6; a machine with IPv6 switched off needs 0.0.0.0 here.
	Listen []netip.Addr
	// Port is the port to listen on, 6443 by default.
	Port uint16
	// Servers are the API servers. List the control planes that will join too:
	// they are down until they answer, and no reload is needed then.
	Servers []APIServer
	// Check is CheckTLS by default where CAFile is set, and otherwise
	// CheckInsecure, with a warning.
	Check Check
	// CAFile is the path, on the load balancer, of the cluster's CA in PEM.
	// HAProxy does not start without it, so it must be there first.
	CAFile string
	// ClientCert is the path of a PEM file with a client certificate and its
	// key, for API servers that run with --anonymous-auth=false. Any user of
	// the cluster may read /readyz; let it get the ConfigMap cluster-info of
	// kube-public too, and a hung etcd is found sooner.
	ClientCert string
	// ServerName is a name that every API server's certificate holds,
	// "kubernetes" by default, which kubeadm always puts there. CheckTLS
	// verifies it.
	ServerName string
	// ProbePort is a free port on 127.0.0.1, 26443 by default, through which
	// HAProxy asks itself about the servers. Two descriptions in one HAProxy
	// need two.
	ProbePort uint16
	// Stats is the address of the statistics page, under /stats; Metrics the
	// one of the Prometheus exporter, under /metrics. They may be the same.
	// Zero: none. Neither can change anything, and neither asks for a password.
	Stats, Metrics netip.AddrPort
	// MaxConn is the most connections at once. HAProxy needs two file
	// descriptors for each and does not start where it cannot have them. Zero:
	// as many as the machine's limit allows, and at most about 50,000, which is
	// ten for each of 5,000 nodes.
	MaxConn int
	// Grace is how long an old process goes on checking its servers after a
	// reload, one minute by default, HardStopAfter how long it lives then, 30
	// minutes by default.
	Grace, HardStopAfter time.Duration
	// LoadBalancers are the hosts that run this HAProxy, if known: with them
	// the port clash on a machine that also runs an API server is found.
	LoadBalancers []Host
	// Target is the HAProxy branch that reads the file. Zero: any of Versions.
	Target Version
	// Fragment leaves out the global section, for a conf.d folder or an
	// existing file. It must not stand below a defaults section with health
	// checks of its own.
	Fragment bool
	// FrontendExtra and BackendExtra are further directives of our frontend and
	// backend, a line each.
	FrontendExtra, BackendExtra []string
}

// APIServer is one API server.
type APIServer struct {
	// Name is the control plane's name, as it shows in HAProxy's log.
	Name string
	Host Host
	// Port is 6443 by default.
	Port uint16
}

// Our defaults. The package documentation says what each protects from and what
// it costs.
const (
	defaultName          = "kube-apiserver"
	defaultServerName    = "kubernetes"
	defaultPort          = 6443
	defaultProbePort     = 26443
	defaultGrace         = time.Minute
	defaultHardStopAfter = 30 * time.Minute

	fdHardLimit        = 100_000
	maxConnWithoutIt   = 20_000
	connectTimeout     = 700 * time.Millisecond
	helloTimeout       = time.Minute
	finTimeout         = 30 * time.Second
	tunnelTimeout      = 5 * time.Hour
	checkTimeout       = 4 * time.Second
	checkInterval      = 250 * time.Millisecond
	checksUntilUp      = 3
	checksUntilDown    = 1
	slowStart          = 20 * time.Second
	connectRetries     = 3
	keepAliveIdle      = time.Minute
	keepAliveInterval  = 10 * time.Second
	keepAliveCount     = 3
	monitorHTTPTimeout = 10 * time.Second
)

// WithDefaults gives a deep copy with our defaults in every zero value.
func (a APIServers) WithDefaults() APIServers {
	a.Listen = slices.Clone(a.Listen)
	a.LoadBalancers = slices.Clone(a.LoadBalancers)
	a.Servers = slices.Clone(a.Servers)
	a.FrontendExtra = slices.Clone(a.FrontendExtra)
	a.BackendExtra = slices.Clone(a.BackendExtra)
	setDefault(&a.Name, defaultName)
	setDefault(&a.Port, defaultPort)
	setDefault(&a.ServerName, defaultServerName)
	setDefault(&a.ProbePort, defaultProbePort)
	setDefault(&a.Grace, defaultGrace)
	setDefault(&a.HardStopAfter, defaultHardStopAfter)
	for i := range a.Servers {
		setDefault(&a.Servers[i].Port, defaultPort)
	}
	if a.CAFile != "" {
		setDefault(&a.Check, CheckTLS)
	}
	setDefault(&a.Check, CheckInsecure)
	return a
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Config gives the configuration: a global section, unless Fragment is set, and
// sections that say everything themselves, so that no defaults section bears on
// them. It is valid where Validate returns nil.
func (a APIServers) Config() Config {
	a = a.WithDefaults()
	c := Config{Target: a.Target, Comment: a.comment()}
	if !a.Fragment {
		c.Global = a.global()
	}
	c.Frontends = []Frontend{a.frontend()}
	c.Backends = []Backend{a.backend(), a.unchecked()}
	if a.Check != CheckTCP {
		c.Frontends = append(c.Frontends, a.probeFrontend())
		c.Backends = append(c.Backends, a.probeBackend())
	}
	c.Frontends = append(c.Frontends, a.monitors()...)
	return c
}

// comment tells the reader of the file where to look.
func (a APIServers) comment() string {
	text := "Load balancer for Kubernetes API servers: clients arrive at " + a.Name + " and go to " + a.backendName() + ",\n" +
		"or to " + a.uncheckedName() + " while no server is up."
	if a.Check != CheckTCP {
		text += "\nServers are checked through " + a.probeName() + ". Its answers: 200 ready; 404 no new connections, the established\n" +
			"ones stay; 503 nobody there; 504 silent alone, its connections are cut. Before that its agent says 0%: a server\n" +
			"that owes an answer gets no new connections, unless most of them owe one."
	}
	return text
}

// backendName and the rest name the sections. A frontend and a backend never
// share a name: HAProxy 3.3 refuses that.
func (a APIServers) backendName() string      { return a.Name + "s" }
func (a APIServers) uncheckedName() string    { return a.Name + "s-unchecked" }
func (a APIServers) probeName() string        { return a.Name + "-probe" }
func (a APIServers) probeBackendName() string { return a.Name + "-probes" }

// global is Debian's and Ubuntu's own global section with our limits.
func (a APIServers) global() *Global {
	g := &Global{
		Logs:          []Log{{Address: "/dev/log", Facility: "local0"}},
		Chroot:        "/var/lib/haproxy",
		StatsSockets:  []StatsSocket{{Path: "/run/haproxy/admin.sock", Mode: "660", Level: "admin", ExposeFDListeners: true}},
		StatsTimeout:  30 * time.Second,
		User:          "haproxy",
		Group:         "haproxy",
		MaxConn:       a.MaxConn,
		HardStopAfter: a.HardStopAfter,
	}
	switch {
	case !a.Target.before(V28):
		a.limit(g)
	case a.Target == V24 && a.MaxConn == 0:
		g.MaxConn = maxConnWithoutIt
		g.Extra = []string{noStrictLimits}
	case a.Target != V24:
		g.Extra = a.limitsByVersion()
	}
	return g
}

// limit sets what HAProxy has known since 2.6.9.
func (a APIServers) limit(g *Global) {
	g.Grace = a.Grace
	if a.MaxConn == 0 {
		g.FDHardLimit = fdHardLimit
	}
}

// noStrictLimits lets HAProxy start where it cannot have the file descriptors
// that a fixed maxconn needs.
const noStrictLimits = "no strict-limits"

// limitsByVersion lets HAProxy itself choose: before 2.6.9 it has neither grace
// nor fd-hard-limit.
func (a APIServers) limitsByVersion() []string {
	lines := []string{".if version_atleast(2.6.9)", lineOf("grace", duration(a.Grace))}
	if a.MaxConn == 0 {
		lines = append(lines, lineOf("fd-hard-limit", itoa(fdHardLimit)), ".else", lineOf("maxconn", itoa(maxConnWithoutIt)), noStrictLimits)
	}
	return append(lines, ".endif")
}

func (a APIServers) frontend() Frontend {
	return Frontend{
		Name:            a.Name,
		Mode:            ModeTCP,
		Binds:           a.binds(),
		Logs:            []Log{{Global: true}},
		TCPLog:          true,
		DontLogNull:     true,
		Timeouts:        Timeouts{Client: helloTimeout, ClientFin: finTimeout},
		ClientKeepAlive: keepAlive,
		Extra:           a.FrontendExtra,
		UseBackends:     []UseBackend{{Backend: a.uncheckedName(), If: "{ nbsrv(" + a.backendName() + ") lt 1 }"}},
		DefaultBackend:  a.backendName(),
	}
}

var keepAlive = KeepAlive{On: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveCount}

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

// backend is where connections go as long as one server is ready.
func (a APIServers) backend() Backend {
	b := a.unchecked()
	b.Name = a.backendName()
	b.Extra = a.BackendExtra
	b.Timeouts.Check = checkTimeout
	b.DefaultServer = ServerOptions{
		Check:     true,
		Inter:     checkInterval,
		Rise:      checksUntilUp,
		Fall:      checksUntilDown,
		SlowStart: slowStart,
		InitAddr:  b.DefaultServer.InitAddr,
	}
	if a.Check != CheckTCP {
		b.HTTPCheck = a.probeCheck()
		b.DefaultServer.OnMarkedDown = "shutdown-sessions"
		b.DefaultServer.Fall = failedProbes
		b.DefaultServer.AgentCheck = true
		b.DefaultServer.AgentInter = shareInterval
		b.DefaultServer.AgentHost = "127.0.0.1"
		b.DefaultServer.AgentPort = a.ProbePort
		for i := range b.Servers {
			b.Servers[i].Options = a.agent(b.Servers[i].Name)
		}
	}
	return b
}

// unchecked is where they go when none is: the same servers, unasked.
func (a APIServers) unchecked() Backend {
	return Backend{
		Name:            a.uncheckedName(),
		Mode:            ModeTCP,
		Logs:            []Log{{Global: true}},
		Balance:         BalanceLeastConn,
		Redispatch:      1,
		Retries:         connectRetries,
		Timeouts:        Timeouts{Connect: connectTimeout, Server: helloTimeout, ServerFin: finTimeout, Tunnel: tunnelTimeout},
		ServerKeepAlive: keepAlive,
		DefaultServer:   ServerOptions{InitAddr: a.initAddr()},
		Servers:         a.servers(),
	}
}

func (a APIServers) servers() []Server {
	servers := make([]Server, 0, len(a.Servers))
	for _, s := range a.Servers {
		servers = append(servers, Server{Name: s.Name, Host: s.Host, Port: s.Port})
	}
	return servers
}

// initAddr lets HAProxy start although a name does not resolve.
func (a APIServers) initAddr() []string {
	for _, s := range a.Servers {
		if _, ok := s.Host.Addr(); !ok {
			return []string{"last", "libc", "none"}
		}
	}
	return nil
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
		f.Stats = Stats{URI: "/stats", Refresh: 10 * time.Second}
		frontends = append(frontends, f)
	}
	if a.Metrics.IsValid() && a.Metrics == a.Stats {
		frontends[0].PrometheusPath = "/metrics"
	} else if a.Metrics.IsValid() {
		f := monitor("metrics", a.Metrics)
		f.PrometheusPath = "/metrics"
		frontends = append(frontends, f)
	}
	return frontends
}

// lineOf joins words to a line.
func lineOf(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}
