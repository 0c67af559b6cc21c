package haproxycfg

import (
	"net/netip"
	"slices"
	"time"
)

// Check is how the health of an API server is asked for.
type Check string

const (
	// CheckTLS asks /readyz over TLS and verifies the server's certificate
	// against APIServers.CAFile.
	CheckTLS Check = "tls"
	// CheckInsecure asks /readyz over TLS and takes any certificate.
	CheckInsecure Check = "tls-insecure"
	// CheckTCP only opens a connection. A hung API server stays in rotation.
	CheckTCP Check = "tcp"
)

// APIServers describes a load balancer in front of the API servers of a
// cluster. Only Servers is required; a zero value elsewhere means our default,
// which WithDefaults fills in. Any number of load balancers can share the file
// that it gives.
type APIServers struct {
	// Name names the frontend, "kube-apiserver" by default. The backend gets an
	// "s" more.
	Name string
	// Listen are the addresses to listen on. None: all of the machine's, IPv4
	// and IPv6.
	Listen []netip.Addr
	// Port is the port to listen on, 6443 by default.
	Port uint16
	// Servers are the API servers.
	Servers []APIServer
	// Check is CheckTLS by default where CAFile is set, and otherwise
	// CheckInsecure, with a warning.
	Check Check
	// CAFile is the path, on the load balancer, of the cluster's CA in PEM.
	// HAProxy does not start without it, so it must be there first.
	CAFile string
	// ClientCert is the path of a PEM file with a client certificate and its
	// key, for API servers that run with --anonymous-auth=false.
	ClientCert string
	// LoadBalancers are the hosts that run this HAProxy, if known: with them
	// the port clash on a machine that also runs an API server is found.
	LoadBalancers []Host
	// Target is the HAProxy branch that reads the file. Zero: any of Versions.
	Target Version
	// Fragment leaves out the global and defaults sections, for a conf.d
	// folder or an existing file.
	Fragment bool
}

// APIServer is one API server.
type APIServer struct {
	// Name is the control plane's name, as it shows in HAProxy's log.
	Name string
	Host Host
	// Port is 6443 by default.
	Port uint16
}

// defaultPort is kube-apiserver's.
const defaultPort = 6443

// WithDefaults gives a deep copy with our defaults in every zero value.
func (a APIServers) WithDefaults() APIServers {
	a.Listen = slices.Clone(a.Listen)
	a.LoadBalancers = slices.Clone(a.LoadBalancers)
	a.Servers = slices.Clone(a.Servers)
	setDefault(&a.Name, "kube-apiserver")
	setDefault(&a.Port, defaultPort)
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

// Config gives the configuration. It is valid where a.Validate returns nil.
func (a APIServers) Config() Config {
	a = a.WithDefaults()
	return Config{
		Target: a.Target,
		Global: &Global{
			Logs:          []Log{{Address: "/dev/log", Facility: "local0"}},
			HardStopAfter: 30 * time.Minute,
		},
		Defaults: &Defaults{
			Mode:       ModeTCP,
			Logs:       []Log{{Global: true}},
			TCPLog:     true,
			Redispatch: 1,
			Retries:    3,
			Timeouts: Timeouts{
				Queue:     10 * time.Second,
				Connect:   1500 * time.Millisecond,
				Client:    15 * time.Minute,
				ClientFin: 10 * time.Second,
				Server:    15 * time.Minute,
				Tunnel:    time.Hour,
				Check:     3 * time.Second,
			},
		},
		Frontends: []Frontend{{
			Name:           a.Name,
			Binds:          a.binds(),
			DefaultBackend: a.Name + "s",
		}},
		Backends: []Backend{a.backend()},
	}
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

func (a APIServers) backend() Backend {
	b := Backend{
		Name:          a.Name + "s",
		Balance:       BalanceLeastConn,
		DefaultServer: ServerOptions{Check: true, Inter: time.Second, Fall: 2, Rise: 2, InitAddr: []string{"last", "libc", "none"}},
	}
	if a.Check != CheckTCP {
		b.HTTPCheck = &HTTPCheck{
			Connect:      CheckConnect{SSL: true, ALPN: "h2,http/1.1"},
			Send:         CheckSend{Method: "GET", URI: "/readyz", Version: "HTTP/1.1", Headers: []Header{{"Host", "kube-apiserver"}}},
			ExpectStatus: "200",
		}
		b.DefaultServer.Verify = VerifyNone
		if a.Check == CheckTLS {
			b.DefaultServer.Verify, b.DefaultServer.CAFile = VerifyRequired, a.CAFile
		}
		b.DefaultServer.Cert = a.ClientCert
	}
	for _, s := range a.Servers {
		b.Servers = append(b.Servers, Server{Name: s.Name, Host: s.Host, Port: s.Port})
	}
	return b
}
