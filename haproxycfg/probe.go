package haproxycfg

import (
	"fmt"
	"path"
	"strconv"
	"time"
)

// HAProxy's own check knows two answers, and a server that is marked down for
// any of them loses its connections, or for none. The probe knows three: it is a
// proxy in this HAProxy that passes a check on to the API server and says what
// the answer means. decide in decision_test.go is the same as a function.

const (
	// probeTimeout is how long an API server may take to connect, and then to
	// answer, until it counts as silent.
	probeTimeout = 400 * time.Millisecond
	// silenceSlack is how much earlier than probeTimeout a failed connection
	// counts as silence rather than a refusal.
	silenceSlack = 50 * time.Millisecond
	// silenceMemory is how long a server that was silent counts among those that
	// are slow. An overloaded one answers in time for seconds, and then does not.
	silenceMemory = 3 * time.Second
	// bodyPatience is how long the rest of an answer of /readyz is waited for.
	bodyPatience = 100 * time.Millisecond

	checkInterval     = 300 * time.Millisecond
	checkFastInterval = 50 * time.Millisecond
	checkTimeout      = 4 * time.Second
	checksUntilUp     = 2
	checksUntilDown   = 2
)

// What the probe asks an API server. Any answer to the first is good: kubeadm
// lets everybody read cluster-info, and who may not is told so without a look
// into etcd.
const (
	readPath  = "/api/v1/namespaces/kube-public/configmaps/cluster-info"
	readyPath = "/readyz"
)

// cutHeader is the probe's answer beside the status: silent, and not with many
// others.
const cutHeader = "cut"

// checkByProbe has the main backend ask the probe about each server by its name.
func (a APIServers) checkByProbe(b *Backend) {
	ask := func(uri string) CheckStep {
		return CheckStep{
			Connect:        CheckConnect{Socket: a.probeSocket(a.RunDir)},
			Send:           a.ask(CheckSend{URIFormat: uri}),
			RejectHeader:   cutHeader,
			ExpectStatus:   "200",
			StopUnexpected: true,
		}
	}
	b.Comment = "Checks go through " + a.probeName() + ": can the server read from etcd, and is it ready? 200 is yes. With the\n" +
		"header \"" + cutHeader + "\" the check has failed; two in a row take the server down and cut its connections. Any other answer\n" +
		"leaves it stopping: it gets no new connections and keeps what it has. The log has the reason."
	b.Timeouts.Check = checkTimeout
	b.HTTPCheck = &HTTPCheck{SendState: true, Steps: []CheckStep{ask("/%[srv_name]/read"), ask("/%[srv_name]/ready")}}
	b.DefaultServer = ServerOptions{
		Check:        true,
		Inter:        checkInterval,
		FastInter:    checkFastInterval,
		Rise:         checksUntilUp,
		Fall:         checksUntilDown,
		SlowStart:    slowStart,
		OnMarkedDown: shutdownSessions,
	}
}

// probeSocket is the probe's socket in a directory. HAProxy opens it before it
// changes its root, and connects to it afterwards.
func (a APIServers) probeSocket(dir string) string { return path.Join("/", dir, a.probeName()+".sock") }

// probe takes the checks, asks the API servers and translates their answers.
func (a APIServers) probe() Backend {
	bind := Bind{Socket: a.probeSocket(chroot), User: account, Mode: "600"}
	if a.RunDir != "" {
		bind = Bind{Socket: a.probeSocket(a.RunDir), Mode: "600"}
	}
	o := a.tls(ServerOptions{SSL: true, SNI: "str(" + a.ServerName + ")"})
	a.resolve(&o)
	return Backend{
		Name: a.probeName(),
		Comment: "Passes a check on to the server in its path and says what came of it. Its socket is for HAProxy's own checks.\n" +
			"Rules are in order: each sees what those above it have set.",
		Binds:         []Bind{bind},
		Mode:          ModeHTTP,
		Timeouts:      Timeouts{Client: checkTimeout, Connect: probeTimeout, Server: probeTimeout},
		Extra:         a.probeRules(),
		DefaultServer: o,
		Servers:       a.servers(),
	}
}

func (a APIServers) probeRules() []string {
	var rules []string
	add := func(lines ...string) { rules = append(rules, lines...) }
	add("no log", "retries 0", "http-reuse never")

	add("# Asked for is /SERVER/read or /SERVER/ready; a header says how HAProxy sees the server. Nothing else is passed on.",
		"http-request set-var(txn.start) date(0,ms)",
		"http-request set-var(txn.server) path,field(2,/)",
		"http-request set-var(txn.state) req.fhdr(X-Haproxy-Server-State),field(1,;)",
		"http-request set-var(txn.read) bool(true) if { path_end /read }")
	if !a.AlwaysRead {
		add("# A server that is well need not read, unless one was silent lately: others must show that they are better.",
			fmt.Sprintf("http-request return status 200 if { var(txn.read) -m bool } { var(txn.state) -m str UP } !{ date(0,ms),sub(%s) lt %d }",
				a.variable("silent"), silenceMemory.Milliseconds()))
	}
	add("http-request del-header . -m reg",
		"http-request set-header Host "+quote(a.ServerName),
		"http-request set-uri "+readyPath,
		"http-request set-uri "+readPath+" if { var(txn.read) -m bool }",
		"use-server %[var(txn.server)] if TRUE")

	add("# Any answer to the read will do, and to both where anonymous requests are refused. If its etcd is silent, so is it.",
		"http-response set-status 200 if { status 401 } or { var(txn.read) -m bool }",
		"http-response set-status 500 if { status 503 504 }",
		"http-response wait-for-body time "+duration(bodyPatience)+" if { status 500 }",
		"http-response set-var(txn.etcd) bool(true) if { status 500 } { res.body -m sub -- [-]etcd } !{ res.body -m sub -- [-]shutdown }",
		`http-response set-status 504 reason "its etcd does not answer" if { var(txn.etcd) -m bool }`)

	add("# A connection that failed only after the timeout is silence too.",
		fmt.Sprintf("acl late date(0,ms),sub(txn.start) ge %d", (probeTimeout-silenceSlack).Milliseconds()),
		`http-after-response set-status 504 reason "no answer in time" if { status 504 } !{ var(txn.etcd) -m bool }`,
		`http-after-response set-status 504 reason "no connection or TLS handshake in time" if { status 503 } late`,
		`http-after-response set-status 503 reason "refuses connections" if { status 503 }`,
		`http-after-response set-status 503 reason "TLS fails, see its certificate" if { status 503 } { ssl_bc_server_random,hex -m reg [1-9A-F] }`)

	add("# When was each server silent last, and how many were lately? Those that are down do not count.",
		"http-after-response set-var(txn.silent) bool(true) if { status 504 } !{ var(txn.state) -m beg DOWN }")
	if !a.AlwaysRead {
		add("http-after-response set-var(" + a.variable("silent") + ") date(0,ms) if { var(txn.silent) -m bool }")
	}
	for i, s := range a.Servers {
		silent := a.variable("silent_" + itoa(i+1))
		add(fmt.Sprintf("http-after-response set-var(%s) date(0,ms) if { var(txn.silent) -m bool } { var(txn.server) -m str -- %s }", silent, s.Name),
			fmt.Sprintf("http-after-response set-var(txn.lately) var(txn.lately,0),add(1) if { date(0,ms),sub(%s) lt %d }", silent, silenceMemory.Milliseconds()))
	}

	add("# Silent again, and at most half of those that are up and this one were lately: cut. Who is down stays so until well.",
		"http-after-response set-header "+cutHeader+" yes if { var(txn.silent) -m bool } { var(txn.state) -m beg NOLB } { nbsrv("+a.backendName()+"),add(1),div(txn.lately) ge 2 }",
		"http-after-response set-header "+cutHeader+" yes if { var(txn.state) -m beg DOWN } !{ status 200 }")
	return rules
}

// variable names a time that is remembered. It lives in the whole process, so it
// carries our name, in the characters that a variable may have.
func (a APIServers) variable(what string) string {
	name := []byte(a.Name)
	for i, c := range name {
		if !isAlphanumeric(c) {
			name[i] = '_'
		}
	}
	return fmt.Sprintf("proc.%s.%s", name, what)
}

func itoa(n int) string { return strconv.Itoa(n) }
