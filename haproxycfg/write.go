package haproxycfg

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Bytes gives the file. Whatever a value holds, it stays one word of its line;
// that HAProxy accepts it is what Validate says.
func (c Config) Bytes() []byte {
	w := &writer{}
	w.comment(c.Comment)
	if c.Global != nil {
		w.section(c.Global.Comment, "global")
		c.Global.write(w)
	}
	if c.Defaults != nil {
		w.section(c.Defaults.Comment, "defaults")
		c.Defaults.write(w)
	}
	for _, r := range c.Resolvers {
		w.section(r.Comment, "resolvers", r.Name)
		r.write(w)
	}
	for _, f := range c.Frontends {
		w.section(f.Comment, "frontend", f.Name)
		f.write(w)
	}
	for _, b := range c.Backends {
		w.section(b.Comment, b.kind(), b.Name)
		b.write(w)
	}
	return w.buf.Bytes()
}

// WriteTo writes the file in one Write.
func (c Config) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c.Bytes())
	return int64(n), err
}

// writer collects lines. Words that are empty are left out, so that a zero
// value writes nothing.
type writer struct{ buf bytes.Buffer }

func (w *writer) comment(text string) {
	if text == "" {
		return
	}
	for l := range strings.Lines(strings.TrimRight(text, "\n")) {
		w.buf.WriteString(strings.TrimRight("# "+printable(l), " ") + "\n")
	}
}

// printable drops what could end a comment's line.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, line)
}

func (w *writer) section(comment string, words ...string) {
	if w.buf.Len() > 0 {
		w.buf.WriteByte('\n')
	}
	w.comment(comment)
	w.words(words)
}

// line writes a directive.
func (w *writer) line(words ...string) {
	w.buf.WriteString("    ")
	w.words(words)
}

func (w *writer) words(words []string) {
	for i, word := range words {
		if i > 0 {
			w.buf.WriteByte(' ')
		}
		w.buf.WriteString(quote(word))
	}
	w.buf.WriteByte('\n')
}

// flag writes a directive that has no value.
func (w *writer) flag(on bool, words ...string) {
	if on {
		w.line(words...)
	}
}

// text, number and duration write a directive with its value, if there is one.
func (w *writer) text(value string, words ...string) {
	if value != "" {
		w.line(append(words, value)...)
	}
}

func (w *writer) number(value int, words ...string) {
	if value != 0 {
		w.line(append(words, itoa(value))...)
	}
}

func (w *writer) duration(value time.Duration, words ...string) {
	if value != 0 {
		w.line(append(words, duration(value))...)
	}
}

// extra writes the lines of a user. A line that could be more than one is
// written as a single quoted word, which HAProxy rejects.
func (w *writer) extra(lines []string) {
	for _, l := range lines {
		if _, err := splitWords(l); err != nil {
			w.line(l)
			continue
		}
		w.buf.WriteString("    " + strings.TrimSpace(l) + "\n")
	}
}

// duration writes a time in the largest unit that says it exactly. One unit,
// always written: compound times warn on HAProxy 2.6, and bare numbers under
// 100 from 3.1.
func duration(d time.Duration) string {
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}}
	for _, u := range units {
		if d%u.size == 0 {
			return strconv.FormatInt(int64(d/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(d.Microseconds(), 10) + "us"
}

// hostPort writes an address with its port, IPv6 in brackets.
func hostPort(h Host, port uint16) string {
	return net.JoinHostPort(string(h), itoa(int(port)))
}

// bracketed writes an address where no port follows.
func bracketed(h Host) string {
	if strings.Contains(string(h), ":") {
		return "[" + string(h) + "]"
	}
	return string(h)
}

func (g Global) write(w *writer) {
	writeLogs(w, g.Logs)
	w.text(g.Chroot, "chroot")
	for _, s := range g.StatsSockets {
		w.line(s.words()...)
	}
	w.duration(g.StatsTimeout, "stats", "timeout")
	w.text(g.User, "user")
	w.text(g.Group, "group")
	w.flag(g.Daemon, "daemon")
	w.number(g.MaxConn, "maxconn")
	w.number(g.FDHardLimit, "fd-hard-limit")
	w.duration(g.HardStopAfter, "hard-stop-after")
	w.duration(g.Grace, "grace")
	w.text(g.CABase, "ca-base")
	w.text(g.CrtBase, "crt-base")
	w.text(g.SSLDefaultBindCiphers, "ssl-default-bind-ciphers")
	w.text(g.SSLDefaultBindCiphersuites, "ssl-default-bind-ciphersuites")
	w.flag(len(g.SSLDefaultBindOptions) > 0, append([]string{"ssl-default-bind-options"}, g.SSLDefaultBindOptions...)...)
	w.extra(g.Extra)
}

func (s StatsSocket) words() []string {
	words := []string{"stats", "socket", s.Path}
	words = pair(words, "mode", s.Mode)
	words = pair(words, "user", s.User)
	words = pair(words, "group", s.Group)
	words = pair(words, "level", s.Level)
	if s.ExposeFDListeners {
		words = append(words, "expose-fd", "listeners")
	}
	return words
}

func writeLogs(w *writer, logs []Log) {
	for _, l := range logs {
		w.line(l.words()...)
	}
}

func (l Log) words() []string {
	if l.Global {
		return []string{"log", "global"}
	}
	words := pair([]string{"log", l.Address}, "format", l.Format)
	for _, s := range []string{l.Facility, l.Level, l.MinLevel} {
		if s != "" {
			words = append(words, s)
		}
	}
	return words
}

func (t Timeouts) write(w *writer) {
	for _, l := range t.lines() {
		w.duration(l.value, "timeout", l.name)
	}
}

// timeoutLine is a timeout under HAProxy's name and under the model's.
type timeoutLine struct {
	name, field string
	value       time.Duration
}

func (t Timeouts) lines() []timeoutLine {
	return []timeoutLine{
		{"http-request", "httpRequest", t.HTTPRequest},
		{"http-keep-alive", "httpKeepAlive", t.HTTPKeepAlive},
		{"queue", "queue", t.Queue},
		{"connect", "connect", t.Connect},
		{"client", "client", t.Client},
		{"client-fin", "clientFin", t.ClientFin},
		{"server", "server", t.Server},
		{"server-fin", "serverFin", t.ServerFin},
		{"tunnel", "tunnel", t.Tunnel},
		{"check", "check", t.Check},
	}
}

// write writes one side's keep-alive; side is "cli" or "srv".
func (k KeepAlive) write(w *writer, side string) {
	w.flag(k.On, "option", side+"tcpka")
	w.duration(k.Idle, side+"tcpka-idle")
	w.duration(k.Interval, side+"tcpka-intvl")
	w.number(k.Count, side+"tcpka-cnt")
}

func writeErrorFiles(w *writer, files []ErrorFile) {
	for _, e := range files {
		w.line("errorfile", itoa(e.Status), e.Path)
	}
}

func writeRedispatch(w *writer, every int) {
	switch every {
	case 0:
	case -1:
		w.line("option", "redispatch")
	default:
		w.line("option", "redispatch", itoa(every))
	}
}

func (d Defaults) write(w *writer) {
	writeLogs(w, d.Logs)
	w.text(string(d.Mode), "mode")
	w.flag(d.TCPLog, "option", "tcplog")
	w.flag(d.HTTPLog, "option", "httplog")
	w.flag(d.DontLogNull, "option", "dontlognull")
	w.flag(d.LogHealthChecks, "option", "log-health-checks")
	writeRedispatch(w, d.Redispatch)
	w.number(d.Retries, "retries")
	w.number(d.MaxConn, "maxconn")
	w.text(string(d.Balance), "balance")
	d.Timeouts.write(w)
	d.ClientKeepAlive.write(w, "cli")
	d.ServerKeepAlive.write(w, "srv")
	writeErrorFiles(w, d.ErrorFiles)
	writeDefaultServer(w, d.DefaultServer)
	w.extra(d.Extra)
}

func (f Frontend) write(w *writer) {
	w.text(string(f.Mode), "mode")
	for _, b := range f.Binds {
		w.line(b.words()...)
	}
	writeLogs(w, f.Logs)
	w.flag(f.TCPLog, "option", "tcplog")
	w.flag(f.HTTPLog, "option", "httplog")
	w.flag(f.DontLogNull, "option", "dontlognull")
	w.number(f.MaxConn, "maxconn")
	f.Timeouts.write(w)
	f.ClientKeepAlive.write(w, "cli")
	writeErrorFiles(w, f.ErrorFiles)
	f.Stats.write(w)
	w.extra(f.Extra)
	if f.PrometheusPath != "" {
		w.line("http-request", "use-service", "prometheus-exporter", "if", "{", "path", f.PrometheusPath, "}")
	}
	for _, u := range f.UseBackends {
		w.condition([]string{"use_backend", u.Backend}, u.If)
	}
	w.text(f.DefaultBackend, "default_backend")
}

// condition writes a directive with an ACL condition, which is words of its own.
func (w *writer) condition(words []string, condition string) {
	tests, err := splitWords(condition)
	if err != nil {
		tests = []string{condition}
	}
	if len(tests) > 0 {
		words = append(append(words, "if"), tests...)
	}
	w.line(words...)
}

func (b Bind) words() []string {
	words := []string{"bind", b.address()}
	words = pair(words, "user", b.User)
	words = pair(words, "group", b.Group)
	words = pair(words, "mode", b.Mode)
	words = word(words, b.V4V6, "v4v6")
	words = word(words, b.V6Only, "v6only")
	words = word(words, b.Transparent, "transparent")
	words = pair(words, "interface", b.Interface)
	words = word(words, b.AcceptProxy, "accept-proxy")
	return append(words, b.Extra...)
}

func (b Bind) address() string {
	switch {
	case b.Socket != "":
		return "unix@" + b.Socket
	case b.Host == "":
		return hostPort("*", b.Port)
	}
	return hostPort(b.Host, b.Port)
}

func (r Resolvers) write(w *writer) {
	w.flag(r.ParseResolvConf, "parse-resolv-conf")
	for _, n := range r.Nameservers {
		w.line("nameserver", n.Name, hostPort(n.Host, n.Port))
	}
	for _, h := range r.Hold.lines() {
		w.duration(h.value, "hold", h.name)
	}
}

// holdLine is a time under HAProxy's name, which is the model's too.
type holdLine struct {
	name  string
	value time.Duration
}

func (h Hold) lines() []holdLine {
	return []holdLine{
		{"nx", h.NX},
		{"obsolete", h.Obsolete},
		{"other", h.Other},
		{"refused", h.Refused},
		{"timeout", h.Timeout},
		{"valid", h.Valid},
	}
}

func (b Backend) kind() string {
	if len(b.Binds) > 0 {
		return "listen"
	}
	return "backend"
}

func (s Stats) write(w *writer) {
	w.flag(s.URI != "", "stats", "enable")
	w.text(s.URI, "stats", "uri")
	w.duration(s.Refresh, "stats", "refresh")
}

func (b Backend) write(w *writer) {
	w.text(string(b.Mode), "mode")
	for _, bind := range b.Binds {
		w.line(bind.words()...)
	}
	writeLogs(w, b.Logs)
	w.text(string(b.Balance), "balance")
	w.flag(b.LogHealthChecks, "option", "log-health-checks")
	writeRedispatch(w, b.Redispatch)
	w.number(b.Retries, "retries")
	b.Timeouts.write(w)
	b.ServerKeepAlive.write(w, "srv")
	writeErrorFiles(w, b.ErrorFiles)
	w.flag(b.AllBackups, "option", "allbackups")
	if b.HTTPCheck != nil {
		b.HTTPCheck.write(w)
	}
	w.extra(b.Extra)
	for _, u := range b.UseServers {
		w.condition([]string{"use-server", u.Server}, u.If)
	}
	writeDefaultServer(w, b.DefaultServer)
	for _, s := range b.Servers {
		w.line(append([]string{"server", s.Name, hostPort(s.Host, s.Port)}, s.Options.words()...)...)
	}
}

func (h HTTPCheck) write(w *writer) {
	w.line("option", "httpchk")
	w.flag(h.DisableOn404, "http-check", "disable-on-404")
	w.flag(h.SendState, "http-check", "send-state")
	for _, s := range h.Steps {
		s.write(w)
	}
}

func (s CheckStep) write(w *writer) {
	if words := s.Connect.words(); len(words) > 0 {
		w.line(append([]string{"http-check", "connect"}, words...)...)
	}
	if words := s.Send.words(); len(words) > 0 {
		w.line(append([]string{"http-check", "send"}, words...)...)
	}
	w.flag(s.RejectHeader != "", "http-check", "expect", "!", "hdr", "name", s.RejectHeader)
	if s.ExpectStatus != "" {
		words := []string{"http-check", "expect", "status", s.ExpectStatus}
		w.line(word(words, s.StopUnexpected, "error-status", "L7OKC")...)
	}
}

func (c CheckConnect) words() []string {
	var words []string
	words = word(words, c.Default, "default")
	words = pair(words, "addr", bracketed(c.Host))
	if c.Socket != "" {
		words = append(words, "addr", "unix@"+c.Socket)
	}
	words = numberPair(words, "port", int(c.Port))
	words = word(words, c.SSL, "ssl")
	words = pair(words, "sni", c.SNI)
	return pair(words, "alpn", c.ALPN)
}

func (s CheckSend) words() []string {
	var words []string
	words = pair(words, "meth", s.Method)
	words = pair(words, "uri", s.URI)
	words = pair(words, "uri-lf", s.URIFormat)
	words = pair(words, "ver", s.Version)
	for _, h := range s.Headers {
		words = append(words, "hdr", h.Name, strings.ReplaceAll(h.Value, "%", "%%"))
	}
	return words
}

func writeDefaultServer(w *writer, o ServerOptions) {
	if words := o.words(); len(words) > 0 {
		w.line(append([]string{"default-server"}, words...)...)
	}
}

func (o ServerOptions) words() []string {
	var w []string
	w = word(w, o.Check, "check")
	w = word(w, o.NoCheck, "no-check")
	w = pair(w, "track", o.Track)
	w = word(w, o.CheckSSL, "check-ssl")
	w = pair(w, "addr", bracketed(o.CheckHost))
	w = numberPair(w, "port", int(o.CheckPort))
	w = pair(w, "check-sni", o.CheckSNI)
	w = pair(w, "check-alpn", o.CheckALPN)
	w = word(w, o.SSL, "ssl")
	w = pair(w, "sni", o.SNI)
	w = pair(w, "verify", string(o.Verify))
	w = pair(w, "verifyhost", o.VerifyHost)
	w = pair(w, "ca-file", o.CAFile)
	w = pair(w, "crt", o.Cert)
	w = durationPair(w, "inter", o.Inter)
	w = durationPair(w, "fastinter", o.FastInter)
	w = durationPair(w, "downinter", o.DownInter)
	w = numberPair(w, "rise", o.Rise)
	w = numberPair(w, "fall", o.Fall)
	w = pair(w, "on-marked-down", o.OnMarkedDown)
	w = pair(w, "on-marked-up", o.OnMarkedUp)
	w = word(w, o.AgentCheck, "agent-check")
	w = durationPair(w, "agent-inter", o.AgentInter)
	w = pair(w, "agent-addr", bracketed(o.AgentHost))
	w = numberPair(w, "agent-port", int(o.AgentPort))
	w = pair(w, "agent-send", o.AgentSend)
	w = pair(w, "observe", o.Observe)
	w = numberPair(w, "error-limit", o.ErrorLimit)
	w = pair(w, "on-error", o.OnError)
	w = word(w, o.Backup, "backup")
	w = numberPair(w, "weight", o.Weight)
	w = numberPair(w, "maxconn", o.MaxConn)
	w = numberPair(w, "maxqueue", o.MaxQueue)
	w = durationPair(w, "slowstart", o.SlowStart)
	w = pair(w, "init-addr", strings.Join(o.InitAddr, ","))
	w = pair(w, "resolvers", o.Resolvers)
	w = durationPair(w, "tcp-ut", o.TCPUserTimeout)
	return append(w, o.Extra...)
}

func word(words []string, on bool, more ...string) []string {
	if !on {
		return words
	}
	return append(words, more...)
}

func pair(words []string, name, value string) []string {
	if value == "" {
		return words
	}
	return append(words, name, value)
}

func numberPair(words []string, name string, value int) []string {
	if value == 0 {
		return words
	}
	return append(words, name, itoa(value))
}

func durationPair(words []string, name string, value time.Duration) []string {
	if value == 0 {
		return words
	}
	return append(words, name, duration(value))
}
