package haproxycfg

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/finding"
)

// Finding is something that is allowed and that somebody may regret. Place is
// the path of the field, Message says what is wrong and Remedy what to do;
// Severity is always "warning". See its fields for the rest.
type Finding = finding.Finding

// warner collects findings.
type warner struct{ findings []Finding }

func (w *warner) warn(p *field.Path, remedy, format string, args ...any) {
	w.findings = append(w.findings, Finding{
		Severity: finding.Warning,
		Place:    p.String(),
		Message:  fmt.Sprintf(format, args...),
		Remedy:   remedy,
	})
}

// Warnings tells what HAProxy accepts, with or without a warning of its own, and
// somebody may regret.
func (c Config) Warnings() []Finding {
	w := &warner{}
	if c.Global != nil {
		w.global(field.NewPath("global"), *c.Global)
	}
	d := Defaults{}
	if c.Defaults != nil {
		d = *c.Defaults
		w.extra(field.NewPath("defaults", "extra"), d.Extra)
	}
	for i, f := range c.Frontends {
		p := field.NewPath("frontends").Index(i)
		w.frontend(p, d, f)
		if logsNowhere(c, d, f) {
			w.warn(p.Child("logs"), "give the global section an address", "there is a log format and no log to write it to, and HAProxy warns")
		}
	}
	for i, b := range c.Backends {
		w.backend(field.NewPath("backends").Index(i), d, b, c.Target)
	}
	return w.findings
}

func (w *warner) global(p *field.Path, g Global) {
	if g.HardStopAfter == 0 {
		w.warn(p.Child("hardStopAfter"), "set it, to 30m for example", "without it the process before a reload lives until its last connection ends, which for a watch may be never, and its servers are no longer checked")
	}
	w.extra(p.Child("extra"), g.Extra)
}

func (w *warner) frontend(p *field.Path, d Defaults, f Frontend) {
	w.timeout(p.Child("timeouts", "client"), first(f.Timeouts.Client, d.Timeouts.Client), first(f.Mode, d.Mode, ModeTCP))
	w.extra(p.Child("extra"), f.Extra)
}

func (w *warner) backend(p *field.Path, d Defaults, b Backend, target Version) {
	if first(b.Balance, d.Balance) == "" && target.reaches(V33) {
		w.warn(p.Child("balance"), "write what you mean", "HAProxy's own default is random from 3.3 on and roundrobin before")
	}
	tunnel := first(b.Timeouts.Tunnel, d.Timeouts.Tunnel)
	server := first(b.Timeouts.Server, d.Timeouts.Server)
	if tunnel == 0 || server == 0 {
		w.timeout(p.Child("timeouts", "server"), server, first(b.Mode, d.Mode, ModeTCP))
	}
	w.connect(p.Child("timeouts", "connect"), first(b.Timeouts.Connect, d.Timeouts.Connect))
	w.check(p.Child("httpCheck"), b.HTTPCheck)
	for i, s := range b.Servers {
		w.server(p.Child("servers").Index(i), d, b, s)
	}
	w.extra(p.Child("extra"), b.Extra)
}

// logsNowhere tells whether a frontend formats a log that goes nowhere. Of a
// fragment nobody can tell.
func logsNowhere(c Config, d Defaults, f Frontend) bool {
	formats := f.TCPLog || f.HTTPLog || d.TCPLog || d.HTTPLog
	if !formats || c.Global == nil && c.Defaults == nil {
		return false
	}
	logs := f.Logs
	if logs == nil {
		logs = d.Logs
	}
	for _, l := range logs {
		if !l.Global || c.Global != nil && len(c.Global.Logs) > 0 {
			return false
		}
	}
	return true
}

// shortest is what an idle watch needs: a Kubernetes client asks a silent
// connection for a sign of life after 30 s and waits 15 s for it.
const shortest = 45 * time.Second

func (w *warner) timeout(p *field.Path, t time.Duration, mode Mode) {
	switch {
	case t == 0:
		w.warn(p, "set it to over 45s", "without it a connection that died silently is kept for ever, and HAProxy warns")
	case t <= shortest && mode == ModeTCP:
		w.warn(p, "set it to over 45s", "%s ends watches that are only idle: Kubernetes clients wait 30 s before they ask for a sign of life and 15 s for the answer", t)
	}
}

func (w *warner) connect(p *field.Path, t time.Duration) {
	switch {
	case t == 0:
		w.warn(p, "set it, to 700ms for example", "without it HAProxy waits as long as the kernel does for a server that is gone, and warns")
	case t == time.Second:
		w.warn(p, "set it to less, so that another server is tried first, or to a little more", "one second is when the kernel first repeats a lost SYN, so that a single lost packet becomes an error")
	}
}

func (w *warner) check(p *field.Path, h *HTTPCheck) {
	if h == nil {
		return
	}
	for i, s := range h.Steps {
		q := p.Child("steps").Index(i).Child("send")
		if s.Send.Version == "HTTP/1.1" && !hasHost(s.Send.Headers) {
			w.warn(q.Child("headers"), "give a Host header", "an HTTP/1.1 request without a Host header is answered with status 400")
		}
		if s.Send.URI == "/healthz" {
			w.warn(q.Child("uri"), "use /readyz", "/healthz is deprecated and is ok too early after a start")
		}
	}
}

func hasHost(headers []Header) bool {
	for _, h := range headers {
		if h.Name == "Host" || h.Name == "host" {
			return true
		}
	}
	return false
}

func (w *warner) server(p *field.Path, d Defaults, b Backend, s Server) {
	layers := []ServerOptions{s.Options, b.DefaultServer, d.DefaultServer}
	_, isAddr := s.Host.Addr()
	switch none := slices.Contains(firstList(layers), "none"); {
	case isAddr:
	case firstList(layers) == nil:
		w.warn(p.Child("host"), "set initAddr to last,libc,none, and resolvers", "HAProxy does not start while the name does not resolve")
	case none && firstOf(layers, func(o ServerOptions) string { return o.Resolvers }) == "":
		w.warn(p.Child("host"), "set resolvers", "a name that does not resolve when HAProxy starts is never asked for again")
	}
	if firstOf(layers, func(o ServerOptions) string { return string(o.Verify) }) == string(VerifyNone) {
		w.warn(p.Child("options", "verify"), "give caFile", "with none anybody on the network can answer the check in the server's place")
	}
}

func firstList(layers []ServerOptions) []string {
	for _, o := range layers {
		if o.InitAddr != nil {
			return o.InitAddr
		}
	}
	return nil
}

func (w *warner) extra(p *field.Path, lines []string) {
	for i, l := range lines {
		if name, is := unknown(l); is {
			w.warn(p.Index(i), "ask haproxy -c", "%s is a directive that this package does not know", name)
		}
	}
}

// first gives the first value that is not zero.
func first[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}
