package haproxycfg

import (
	"slices"
	"time"
)

// Config is a haproxy.cfg: the file, or with neither Global nor Defaults a
// fragment of one. In it and in everything below it a zero value is "not
// written". A literal says the file; Validate judges it, Bytes writes it.
type Config struct {
	// Target is the HAProxy branch that must accept the file. Zero: every
	// branch of Versions.
	Target Version
	// Comment stands at the top, one "# " line for each of its lines.
	Comment   string
	Global    *Global
	Defaults  *Defaults
	Resolvers []Resolvers
	Frontends []Frontend
	Backends  []Backend
}

// Mode is what a proxy understands of its traffic (manual, "mode").
type Mode string

// The modes. A load balancer for API servers passes TLS through: ModeTCP.
const (
	ModeTCP  Mode = "tcp"
	ModeHTTP Mode = "http"
)

// Balance is the way a backend picks a server (manual, "balance"). HAProxy's own
// default changed in 3.3 from roundrobin to random, so it is best written.
type Balance string

// The algorithms that make sense in front of API servers.
const (
	BalanceRoundRobin Balance = "roundrobin"
	BalanceLeastConn  Balance = "leastconn"
	BalanceSource     Balance = "source"
	BalanceFirst      Balance = "first"
	BalanceRandom     Balance = "random"
)

// Global is the `global` section: the process.
type Global struct {
	// Comment stands above the section.
	Comment string
	// Logs are written in this order.
	Logs []Log
	// Chroot is the directory that HAProxy locks itself into after it has
	// read its files.
	Chroot       string
	StatsSockets []StatsSocket
	StatsTimeout time.Duration
	User, Group  string
	Daemon       bool
	// MaxConn is the most connections that the process takes at once. HAProxy
	// needs about two file descriptors for each and does not start where the
	// limit is lower.
	MaxConn int
	// FDHardLimit bounds the file descriptors that HAProxy derives its maxconn
	// from, whatever the system allows. HAProxy 2.6 and newer.
	FDHardLimit int
	// HardStopAfter bounds the life of an old process after a reload.
	HardStopAfter time.Duration
	// Grace is how long an old process goes on as before after a reload,
	// listening and checking, until it stops softly.
	Grace   time.Duration
	CABase  string
	CrtBase string
	// SSLDefaultBindCiphers is an OpenSSL cipher list for TLS up to 1.2,
	// SSLDefaultBindCiphersuites one for TLS 1.3.
	SSLDefaultBindCiphers      string
	SSLDefaultBindCiphersuites string
	// SSLDefaultBindOptions are words such as "ssl-min-ver", "TLSv1.2",
	// "no-tls-tickets".
	SSLDefaultBindOptions []string
	// Extra lines are checked to be single lines of this section and written as
	// they are, after everything else.
	Extra []string
}

// Log is a `log` line: in a proxy usually just Global.
type Log struct {
	// Global writes `log global`: what the global section says. Nothing else
	// is said then.
	Global bool
	// Address is a socket's path, an "address:port", "stdout" or "stderr".
	Address string
	// Format is "rfc3164", "rfc5424", "raw", "short", "timed", "iso", "local".
	Format string
	// Facility is a syslog facility: "local0". It is required.
	Facility string
	// Level is the highest level sent: "notice". MinLevel the lowest level
	// that a message is raised to; it needs Level.
	Level, MinLevel string
}

// StatsSocket is a `stats socket` line: HAProxy's runtime API.
type StatsSocket struct {
	// Path is a Unix socket's path, or an address such as "ipv4@127.0.0.1:9999".
	Path string
	// Mode is octal text: "660".
	Mode string
	// User and Group own the socket.
	User, Group string
	// Level is "user", "operator" or "admin".
	Level string
	// ExposeFDListeners lets a new process take the listening sockets over the
	// socket, so that a reload loses no connection.
	ExposeFDListeners bool
}

// Timeouts are the `timeout` lines of a section. HAProxy knows milliseconds and
// at most 2147483647 of them, about 24.8 days.
type Timeouts struct {
	// Connect is for reaching a server, Client and Server for silence on either side,
	// Tunnel for both once a session is established, ClientFin and ServerFin for a
	// connection that one side has closed, Queue for waiting for a server, Check for
	// the answer to a health check; HTTPRequest and HTTPKeepAlive hold in mode http.
	Connect       time.Duration
	Client        time.Duration
	ClientFin     time.Duration
	Server        time.Duration
	ServerFin     time.Duration
	Tunnel        time.Duration
	Queue         time.Duration
	Check         time.Duration
	HTTPRequest   time.Duration
	HTTPKeepAlive time.Duration
}

// KeepAlive turns on TCP keep-alive probes of the kernel on one side of a
// proxy. On is needed; zero for the rest leaves the kernel's own values.
type KeepAlive struct {
	On bool
	// Idle is the silence before the first probe, Interval the time between
	// two, both in whole seconds.
	Idle, Interval time.Duration
	// Count is how many unanswered probes break the connection.
	Count int
}

// ErrorFile is an `errorfile` line: the answer that HAProxy itself gives with a
// status, as a whole HTTP message in a file.
type ErrorFile struct {
	// Status is the code that is answered, Path the file with the whole answer.
	Status int
	Path   string
}

// Defaults is the `defaults` section: what each proxy says that does not say
// otherwise.
type Defaults struct {
	// Comment stands above the section.
	Comment string
	// Mode of the sections that say none, and where and what they log.
	Mode            Mode
	Logs            []Log
	TCPLog, HTTPLog bool
	DontLogNull     bool
	LogHealthChecks bool
	// Redispatch is `option redispatch N`: a connection attempt that failed is
	// tried on another server at each Nth retry; -1 at the last one only.
	Redispatch int
	// Retries is how often a failed connection attempt is repeated.
	Retries         int
	MaxConn         int
	Balance         Balance
	Timeouts        Timeouts
	ClientKeepAlive KeepAlive
	ServerKeepAlive KeepAlive
	ErrorFiles      []ErrorFile
	// DefaultServer are the options of each server line that does not say
	// otherwise.
	DefaultServer ServerOptions
	Extra         []string
}

// Frontend is a `frontend` section: where clients arrive.
type Frontend struct {
	// Name is letters, digits, and "_", ".", ":", "-"; Comment stands above the
	// section.
	Name            string
	Comment         string
	Mode            Mode
	Binds           []Bind
	Logs            []Log
	TCPLog, HTTPLog bool
	DontLogNull     bool
	MaxConn         int
	Timeouts        Timeouts
	ClientKeepAlive KeepAlive
	ErrorFiles      []ErrorFile
	// Stats shows the statistics page, ModeHTTP only.
	Stats Stats
	// PrometheusPath serves the built-in Prometheus exporter under this path,
	// ModeHTTP only.
	PrometheusPath string
	// Extra lines come before the choice of a backend, as HAProxy wants rules.
	Extra          []string
	UseBackends    []UseBackend
	DefaultBackend string
}

// Resolvers is a `resolvers` section: the name servers that are asked for the
// addresses of servers while HAProxy runs.
type Resolvers struct {
	// Name is letters, digits, and "_", ".", ":", "-"; Comment stands above the
	// section.
	Name    string
	Comment string
	// ParseResolvConf takes those of /etc/resolv.conf.
	ParseResolvConf bool
	Nameservers     []Nameserver
	Hold            Hold
}

// Nameserver is a `nameserver` line.
type Nameserver struct {
	// Name is for the log and the statistics, Host an address.
	Name string
	Host Host
	Port uint16
}

// Hold are the `hold` lines of a resolvers section: how long the last address is
// used while the answer is of that kind. A server without an address is taken
// out, and its connections are cut with `on-marked-down shutdown-sessions`.
type Hold struct {
	// Valid is for an answer, and so how often is asked; NX where there is no such
	// name; Obsolete for an address that is no longer among the answers; Refused,
	// Timeout and Other for name servers that fail.
	NX, Obsolete, Other, Refused, Timeout, Valid time.Duration
}

// Bind is a `bind` line.
type Bind struct {
	// Host is the address to listen on. Empty is every IPv4 address.
	Host Host
	Port uint16
	// Socket is the path of a Unix socket instead. User, Group and Mode, an octal
	// text such as "600", say who may open it.
	Socket, User, Group, Mode string
	// AcceptProxy reads the address of the client from the PROXY protocol.
	AcceptProxy bool
	// Interface restricts the listener to a network interface.
	Interface string
	// V4V6 takes IPv4 connections too on an IPv6 address, V6Only never does.
	V4V6, V6Only bool
	// Transparent binds an address that the machine does not have (yet): a
	// virtual address that may move here.
	Transparent bool
	// Extra are further words, each one word of the line.
	Extra []string
}

// Stats is HAProxy's statistics page. It has no admin mode here: this package
// never writes `stats admin`.
type Stats struct {
	// URI is the page's path: "/stats". Empty: no page.
	URI string
	// Refresh is the time between two reloads of the page by itself.
	Refresh time.Duration
}

// UseBackend is a `use_backend` line: the first whose condition holds wins.
type UseBackend struct {
	// Backend is the name of the section.
	Backend string
	// If is an ACL condition: "{ nbsrv(servers) lt 1 }".
	If string
}

// Backend is a `backend` section: a group of servers. With Binds it is a
// `listen` section, which is a frontend too.
type Backend struct {
	// Name is letters, digits, and "_", ".", ":", "-"; Comment stands above the
	// section.
	Name            string
	Comment         string
	Binds           []Bind
	Mode            Mode
	Logs            []Log
	Balance         Balance
	LogHealthChecks bool
	Redispatch      int
	Retries         int
	Timeouts        Timeouts
	ServerKeepAlive KeepAlive
	ErrorFiles      []ErrorFile
	// AllBackups uses all backup servers together instead of the first one.
	AllBackups bool
	// HTTPCheck is what a server's check asks. Nil is a bare TCP connection.
	HTTPCheck *HTTPCheck
	// Extra lines come before the servers.
	Extra []string
	// UseServers choose a server by a condition, the first that holds.
	UseServers    []UseServer
	DefaultServer ServerOptions
	Servers       []Server
}

// HTTPCheck is `option httpchk` with its `http-check` rules.
type HTTPCheck struct {
	// DisableOn404 takes a server out for new connections, and leaves the
	// established ones alone, while its check gets status 404.
	DisableOn404 bool
	// SendState tells the server in a header, X-Haproxy-Server-State, what HAProxy
	// thinks of it.
	SendState bool
	// Steps are carried out in order, and the check ends with the first that
	// fails. None is HAProxy's own check, OPTIONS / with an answer of 200 to
	// 399.
	Steps []CheckStep
}

func (h *HTTPCheck) connectsByTLS() bool {
	return h != nil && slices.ContainsFunc(h.Steps, func(s CheckStep) bool { return s.Connect.SSL })
}

// CheckStep is one request of a check: its connect, send and expect rules, in
// this order.
type CheckStep struct {
	// Connect opens a connection. Where there are several steps each needs one,
	// since HAProxy asks the server to close after an answer.
	Connect CheckConnect
	Send    CheckSend
	// RejectHeader fails the check where the answer has a header of this name.
	RejectHeader string
	// ExpectStatus is a status, a list or ranges: "200", "200,401", "200-299".
	// Empty is HAProxy's own rule, 200 to 399, which only the last step may have.
	ExpectStatus string
	// StopUnexpected has a server with another status get no new connections, and
	// keep what it has, instead of going down. It needs ExpectStatus.
	StopUnexpected bool
}

// CheckConnect is an `http-check connect` rule. The zero value writes none: the
// check connects as the server line says.
type CheckConnect struct {
	// Default writes the rule although nothing else is set.
	Default bool
	// Host and Port replace the server's, Socket is the path of a Unix socket
	// instead.
	Host   Host
	Port   uint16
	Socket string
	SSL    bool
	// SNI is the TLS server name, ALPN the protocols: "h2,http/1.1".
	SNI, ALPN string
}

// CheckSend is an `http-check send` rule. The zero value writes none.
type CheckSend struct {
	// Method is "GET"; empty is HAProxy's OPTIONS.
	Method string
	// URI is sent as it is. URIFormat is a log-format string instead:
	// "/%[srv_name]".
	URI, URIFormat string
	// Version is "HTTP/1.1"; empty is HAProxy's HTTP/1.0.
	Version string
	Headers []Header
}

// Header is a request header of a check, Name: Value. HTTP/1.1 needs a Host.
// The value is sent as it is; it is no log-format string.
type Header struct{ Name, Value string }

// UseServer is a `use-server` line.
type UseServer struct {
	// Server is the name of a server of the backend, If an ACL condition.
	Server string
	If     string
}

// Server is a `server` line.
type Server struct {
	// Name is letters, digits, and "_", ".", ":", "-", once in a backend.
	Name string
	Host Host
	Port uint16
	// Options of this server, over those of DefaultServer.
	Options ServerOptions
}

// Verify is whether the certificate of a server is verified.
type Verify string

// HAProxy verifies by default and then needs a CA file.
const (
	VerifyRequired Verify = "required"
	VerifyNone     Verify = "none"
)

// ServerOptions are the words after a server's address, or of a
// `default-server` line (manual, section 5.2).
type ServerOptions struct {
	// Check turns the health check on; NoCheck off, where a default has it on.
	Check, NoCheck bool
	// CheckSSL makes the check, and only it, speak TLS. SSL the traffic too.
	CheckSSL, SSL bool
	// CheckHost and CheckPort are where the check goes instead.
	CheckHost Host
	CheckPort uint16
	CheckSNI  string
	CheckALPN string
	Verify    Verify
	// VerifyHost is the name that the server's certificate must carry, instead
	// of its SNI.
	VerifyHost string
	// CAFile is the PEM file of the authorities that sign the servers'
	// certificates. HAProxy reads it at start and does not start without it.
	CAFile string
	// Cert is a PEM file with the client certificate and its key (`crt`).
	Cert string
	// SNI is a sample expression for the traffic's TLS server name.
	SNI string
	// Inter is the time between two checks; FastInter while a server changes
	// state, DownInter while it is down.
	Inter, FastInter, DownInter time.Duration
	// Rise checks in a row bring a server up, Fall take it down.
	Rise, Fall int
	// OnMarkedDown is "shutdown-sessions"; OnMarkedUp
	// "shutdown-backup-sessions".
	OnMarkedDown, OnMarkedUp string
	// AgentCheck asks an agent, beside the check, what share of its weight the
	// server has now: AgentSend goes to AgentHost and AgentPort every AgentInter,
	// and the first line of the answer has a word such as "50%". With "0%" a server
	// gets no new connections and keeps what it has.
	AgentCheck bool
	AgentHost  Host
	AgentPort  uint16
	AgentInter time.Duration
	AgentSend  string
	// Observe is "layer4" or "layer7": real traffic counts as checks, and at
	// ErrorLimit errors in a row OnError happens ("fastinter", "fail-check",
	// "sudden-death", "mark-down").
	Observe    string
	ErrorLimit int
	OnError    string
	Backup     bool
	// Track follows the state of another server: "backend/server".
	Track string
	// Weight is 1 to 256.
	Weight  int
	MaxConn int
	// MaxQueue bounds the connections that wait for this server.
	MaxQueue  int
	SlowStart time.Duration
	// InitAddr says how a name is resolved at start: "last", "libc", "none", an
	// address.
	InitAddr []string
	// Resolvers is the section that resolves it from then on.
	Resolvers string
	// TCPUserTimeout breaks a connection whose data the server's machine has not
	// acknowledged for so long (`tcp-ut`).
	TCPUserTimeout time.Duration
	// Extra are further words, each one word of the line.
	Extra []string
}
