package haproxycfg

import (
	"fmt"
	"strconv"
	"time"
)

// HAProxy's own check knows two answers, and a server that is marked down for
// any of them loses its connections, or for none. The probe knows three: it is a
// proxy in this HAProxy that passes a check on to the API server and says what
// the answer means.
const (
	probeReady   = 200 // ready: new connections are welcome
	probeNoneNew = 404 // no new connections, the established ones stay
	probeRefused = 503 // nobody there and nobody connected: down
	probeSilent  = 504 // silent, and alone in that: down, and its connections are cut
)

const (
	// probeTimeout is how long an API server may be silent in one check. It is
	// under the two seconds that /readyz itself waits for etcd.
	probeTimeout = 1600 * time.Millisecond
	// silenceSlack is how much earlier than probeTimeout a failed connection
	// counts as silence rather than a refusal.
	silenceSlack = 100 * time.Millisecond
	// slowAnswer is how long an answer takes that counts as silence when the
	// servers are compared. Those that are silent together are asked at different
	// moments, up to two intervals apart, and each must have been silent that long
	// when the first of them is given up.
	slowAnswer = 500 * time.Millisecond
	// silenceMemory is how long a server counts as silent after a check found
	// it so: until its next silence would show, with the pause between two checks;
	// and not so long that, after etcd's members have waited for another leader, a
	// dead one passes its second check too.
	silenceMemory = 1500 * time.Millisecond
	// unrest is how long a server is silent, now and again, until that is more
	// than an election of etcd's: this machine or that one is overloaded.
	unrest = 3 * time.Second
	// unrestMemory is how long that is remembered. An overloaded server answers in
	// time for seconds, and then does not.
	unrestMemory = 10 * time.Second
	// failedProbes is how many checks fail until a server is down without the
	// agent's word: HAProxy lets a check fail, too, that could not connect to HAProxy
	// itself for as long as the pause between two, because HAProxy had no time.
	failedProbes = 5
	// owedLong is how long an API server may owe the answer to a check until new
	// connections go to the others. Nothing is cut by it, so it may be short; an
	// answer takes up to four round trips.
	owedLong = 200 * time.Millisecond
	// shareInterval is how often that is looked at.
	shareInterval = 50 * time.Millisecond
	// freshAnswer is how old an answer may be that gives a server its share back:
	// somewhat more than the pause between two checks. For a while after a reload
	// each of two processes answers for both and knows half of what was asked.
	freshAnswer = 400 * time.Millisecond
	// sentenceMemory is how long the agent repeats that a server is down: until it
	// has been asked for surely, by either of two processes.
	sentenceMemory = time.Second
	// level is where the tally of silent and answering servers starts. It must
	// never become negative: HAProxy's sub() is wrong there.
	level = 1000
)

// What the probe asks an API server. Any answer to the first is good: kubeadm
// lets everybody read cluster-info, and who may not is told so without a look
// into etcd.
const (
	readPath  = "/api/v1/namespaces/kube-public/configmaps/cluster-info"
	readyPath = "/readyz"
)

// probeCheck is the check of the main backend: it asks the probe about the
// server by its name, whether it reads from etcd and then whether it is ready.
func (a APIServers) probeCheck() *HTTPCheck {
	ask := func(uri string) CheckStep {
		return CheckStep{
			Connect:      CheckConnect{Host: "127.0.0.1", Port: a.ProbePort},
			Send:         CheckSend{Method: "GET", URIFormat: uri, Version: "HTTP/1.1", Headers: []Header{{"Host", a.ServerName}}},
			ExpectStatus: itoa(probeReady),
		}
	}
	return &HTTPCheck{DisableOn404: true, Steps: []CheckStep{ask("/%[srv_name]/read"), ask("/%[srv_name]/ready")}}
}

// agent has HAProxy ask the probe, again and again, whether the server owes it
// the answer to a check. That is known here: the API server is not asked.
func (a APIServers) agent(server string) ServerOptions {
	return ServerOptions{AgentSend: "GET /" + server + "/share HTTP/1.0\r\n\r\n"}
}

// probeFrontend takes the checks. It knows only its servers and only these three
// questions, whatever a local user asks for.
func (a APIServers) probeFrontend() Frontend {
	known := []string{"http-request", "return", "status", itoa(probeNoneNew), "unless", "{", "var(txn.server)", "-m", "str", "--"}
	for _, s := range a.Servers {
		known = append(known, s.Name)
	}
	return Frontend{
		Name:     a.probeName(),
		Mode:     ModeHTTP,
		Binds:    []Bind{{Host: "127.0.0.1", Port: a.ProbePort}},
		Timeouts: Timeouts{Client: checkTimeout, HTTPRequest: checkTimeout},
		Extra: []string{
			"no log",
			"http-request set-var(txn.start) date(0,ms)",
			"http-request set-var(txn.server) path,field(2,/)",
			lineOf(append(known, "}")...),
			"http-request set-method GET",
			"http-request set-var(txn.read) bool(true) if { path_end /read }",
			"http-request set-var(txn.share) bool(true) if { path_end /share }",
			"http-request set-path " + readPath + " if { var(txn.read) -m bool }",
			"http-request set-path " + readyPath + " unless { var(txn.read) -m bool }",
		},
		DefaultBackend: a.probeBackendName(),
	}
}

// probeBackend asks the API servers and translates their answers.
func (a APIServers) probeBackend() Backend {
	b := Backend{
		Name:          a.probeBackendName(),
		Mode:          ModeHTTP,
		Balance:       BalanceRoundRobin,
		Timeouts:      Timeouts{Connect: probeTimeout, Server: probeTimeout},
		Extra:         append([]string{"no log", "retries 0", "http-reuse never"}, a.probeRules()...),
		DefaultServer: a.probeTLS(),
		Servers:       a.servers(),
	}
	for i, s := range a.Servers {
		b.UseServers = append(b.UseServers, UseServer{Server: s.Name, If: "for-" + itoa(i+1)})
	}
	return b
}

func (a APIServers) probeTLS() ServerOptions {
	o := ServerOptions{SSL: true, SNI: "str(" + a.ServerName + ")", Verify: VerifyNone, Cert: a.ClientCert, InitAddr: a.initAddr()}
	if a.Check == CheckTLS {
		o.Verify, o.CAFile = VerifyRequired, a.CAFile
	}
	return o
}

// probeRules are the heart of it. A failed connection that took as long as the
// timeout is silence too, and so is the word that etcd does not answer: /readyz
// asks etcd at most once a second and repeats the last result in between.
// Silence cuts connections only where at most half of the servers that are up
// share it, now or a moment ago: when most are silent at once the trouble is
// elsewhere, and cutting would make it worse.
func (a APIServers) probeRules() []string {
	acls := []string{
		"http-request return status " + itoa(probeReady) + " if { var(txn.share) -m bool }",
		fmt.Sprintf("acl slow date(0,ms),sub(txn.start) ge %d", slowAnswer.Milliseconds()),
	}
	var tally, refused []string
	for i, s := range a.Servers {
		n := i + 1
		asked, answered, silent, calm := a.variable("asked", n), a.variable("answered", n), a.variable("silent", n), a.variable("calm", n)
		acls = append(acls,
			fmt.Sprintf("acl for-%d var(txn.server) -m str -- %s", n, s.Name),
			fmt.Sprintf("acl up-%d srv_is_up(%s/%s)", n, a.backendName(), s.Name),
			fmt.Sprintf("acl used-%d srv_conn(%s/%s) gt 0", n, a.backendName(), s.Name),
			fmt.Sprintf("acl asked-%d srv_conn(%s/%s) gt 0", n, a.probeBackendName(), s.Name),
			fmt.Sprintf("acl owes-%d date(0,ms),sub(%s) ge %d", n, asked, owedLong.Milliseconds()),
			fmt.Sprintf("acl fresh-%d date(0,ms),sub(%s) lt %d", n, answered, freshAnswer.Milliseconds()),
			fmt.Sprintf("acl dead-%d date(0,ms),sub(%s) lt %d", n, a.variable("dead", n), sentenceMemory.Milliseconds()),
			fmt.Sprintf("acl long-%d date(0,ms),sub(%s) ge %d", n, asked, slowAnswer.Milliseconds()),
			fmt.Sprintf("acl silent-%d date(0,ms),sub(%s) lt %d", n, silent, silenceMemory.Milliseconds()),
			fmt.Sprintf("acl lately-%d date(0,ms),sub(%s) lt %d", n, silent, unrestMemory.Milliseconds()),
			fmt.Sprintf("acl restless-%d var(%s),sub(%s) ge %d", n, silent, calm, unrest.Milliseconds()),
			fmt.Sprintf("http-request set-var(%s) date(0,ms) if for-%d", asked, n),
			fmt.Sprintf("http-request set-var(%s) date(0,ms) unless lately-%d", calm, n),
			fmt.Sprintf("http-response set-var(%s) date(0,ms) if for-%d", answered, n),
		)
		tally = append(tally,
			fmt.Sprintf("http-after-response set-var(%s) date(0,ms) if for-%d { status %d } or for-%d slow or asked-%d long-%d", silent, n, probeSilent, n, n, n),
			fmt.Sprintf("http-after-response set-var(txn.tally) var(txn.tally),sub(1) if up-%d", n),
			fmt.Sprintf("http-after-response set-var(txn.tally) var(txn.tally),add(2) if up-%d silent-%d or up-%d lately-%d restless-%d", n, n, n, n, n),
		)
		refused = append(refused,
			fmt.Sprintf("http-after-response set-status %d if for-%d { status %d } used-%d", probeNoneNew, n, probeRefused, n))
	}
	rules := append(acls,
		fmt.Sprintf("http-response set-status %d if { var(txn.read) -m bool }", probeReady),
		fmt.Sprintf("http-response wait-for-body time %s if { status 500 }", duration(silenceSlack)),
		fmt.Sprintf("http-response set-status %d if { status 500 } { res.body -m sub -- [-]etcd } !{ res.body -m sub -- [-]shutdown }", probeSilent),
		fmt.Sprintf("http-after-response set-status %d if { status %d } { date(0,ms),sub(txn.start) ge %d }", probeSilent, probeRefused, (probeTimeout-silenceSlack).Milliseconds()),
		fmt.Sprintf("http-after-response set-var(txn.tally) int(%d)", level))
	rules = append(rules, tally...)
	rules = append(rules, fmt.Sprintf("http-after-response set-status %d if { status %d } { var(txn.tally) -m int gt %d }", probeNoneNew, probeSilent, level))
	rules = append(rules, refused...)
	rules = append(rules, fmt.Sprintf("http-after-response set-status %d unless { status %d %d %d }", probeNoneNew, probeReady, probeRefused, probeSilent))
	for i := range a.Servers {
		n := i + 1
		rules = append(rules, fmt.Sprintf("http-after-response set-var(%s) date(0,ms) if for-%d { status %d %d }", a.variable("dead", n), n, probeRefused, probeSilent))
	}
	return append(rules, a.shareRules()...)
}

// shareRules answer the agent. A server that owes an answer gets no new
// connections, unless most of those that are up owe one; what has answered just
// now gets its share; otherwise nothing is said, and the weight stays.
func (a APIServers) shareRules() []string {
	rules := []string{fmt.Sprintf("http-after-response set-var(txn.tally) int(%d)", level)}
	var shares, sentences []string
	for i := range a.Servers {
		n := i + 1
		rules = append(rules,
			fmt.Sprintf("http-after-response set-var(txn.tally) var(txn.tally),sub(1) if up-%d", n),
			fmt.Sprintf("http-after-response set-var(txn.tally) var(txn.tally),add(2) if up-%d asked-%d owes-%d", n, n, n))
		shares = append(shares,
			fmt.Sprintf("http-after-response set-status %d reason 100%%,up if { var(txn.share) -m bool } for-%d fresh-%d", probeReady, n, n),
			fmt.Sprintf("http-after-response set-status %d reason 0%% if { var(txn.share) -m bool } for-%d asked-%d owes-%d", probeReady, n, n, n))
		sentences = append(sentences,
			fmt.Sprintf("http-after-response set-status %d reason down if { var(txn.share) -m bool } for-%d dead-%d", probeReady, n, n))
	}
	rules = append(rules, shares...)
	rules = append(rules, fmt.Sprintf("http-after-response set-status %d reason 100%% if { var(txn.share) -m bool } { var(txn.tally) -m int gt %d }", probeReady, level))
	return append(rules, sentences...)
}

// variable names a time that is remembered of the nth server. It lives in the
// whole process, so it carries our name, in the characters that a variable may
// have.
func (a APIServers) variable(what string, n int) string {
	name := []byte(a.Name)
	for i, c := range name {
		if !isAlphanumeric(c) {
			name[i] = '_'
		}
	}
	return fmt.Sprintf("proc.%s.%s_%d", name, what, n)
}

func itoa(n int) string { return strconv.Itoa(n) }
