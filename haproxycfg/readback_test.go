package haproxycfg

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fileReader reads a haproxy.cfg back into a Config, by the directives of
// HAProxy's manual. What it does not know is an extra line, as its words.
type fileReader struct {
	config Config
	extra  *[]string
	line   func(words []string) bool
	err    error
}

func readFile(text string) (Config, error) {
	r := &fileReader{}
	for line := range strings.Lines(text) {
		words, err := readWords(strings.TrimRight(line, "\n"))
		if err != nil {
			return r.config, fmt.Errorf("%q: %w", line, err)
		}
		if len(words) == 0 {
			continue
		}
		if strings.HasPrefix(line, " ") {
			if !r.line(words) {
				*r.extra = append(*r.extra, lineOf(words...))
			}
		} else {
			r.section(words)
		}
		if r.err != nil {
			return r.config, fmt.Errorf("%q: %w", line, r.err)
		}
	}
	return r.config, nil
}

func (r *fileReader) section(words []string) {
	c := &r.config
	switch words[0] {
	case "global":
		c.Global = &Global{}
		r.extra, r.line = &c.Global.Extra, r.global
	case "defaults":
		c.Defaults = &Defaults{}
		r.extra, r.line = &c.Defaults.Extra, r.defaults
	case "resolvers":
		c.Resolvers = append(c.Resolvers, Resolvers{Name: words[1]})
		r.extra, r.line = nil, r.resolvers
	case "frontend":
		c.Frontends = append(c.Frontends, Frontend{Name: words[1]})
		r.extra, r.line = &c.Frontends[len(c.Frontends)-1].Extra, r.frontend
	case "backend", "listen":
		c.Backends = append(c.Backends, Backend{Name: words[1]})
		r.extra, r.line = &c.Backends[len(c.Backends)-1].Extra, r.backend
	default:
		r.err = fmt.Errorf("no section %q", words[0])
	}
}

func (r *fileReader) resolvers(w []string) bool {
	s := &r.config.Resolvers[len(r.config.Resolvers)-1]
	switch w[0] {
	case "parse-resolv-conf":
		s.ParseResolvConf = true
	case "nameserver":
		n := Nameserver{Name: w[1]}
		n.Host, n.Port = r.hostPort(w[2])
		s.Nameservers = append(s.Nameservers, n)
	case "hold":
		times := map[string]*time.Duration{"nx": &s.Hold.NX, "obsolete": &s.Hold.Obsolete, "other": &s.Hold.Other, "refused": &s.Hold.Refused, "timeout": &s.Hold.Timeout, "valid": &s.Hold.Valid}
		*times[w[1]] = r.duration(w[2])
	}
	return true
}

func (r *fileReader) bind(w []string) Bind {
	b := Bind{}
	if socket, is := strings.CutPrefix(w[1], "unix@"); is {
		b.Socket = socket
	} else {
		b.Host, b.Port = r.hostPort(w[1])
	}
	if b.Host == "*" {
		b.Host = ""
	}
	flags := map[string]*bool{"v4v6": &b.V4V6, "v6only": &b.V6Only, "transparent": &b.Transparent, "accept-proxy": &b.AcceptProxy}
	texts := map[string]*string{"user": &b.User, "group": &b.Group, "mode": &b.Mode, "interface": &b.Interface}
	for i := 2; i < len(w); i++ {
		if to, is := flags[w[i]]; is {
			*to = true
		} else if to, is := texts[w[i]]; is {
			i++
			*to = w[i]
		} else {
			b.Extra = append(b.Extra, w[i])
		}
	}
	return b
}

func (r *fileReader) number(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil {
		r.err = err
	}
	return n
}

// duration reads HAProxy's times: a number and a unit.
func (r *fileReader) duration(word string) time.Duration {
	number := strings.TrimRight(word, "dhmsu")
	unit, ok := map[string]time.Duration{"": time.Millisecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[word[len(number):]]
	if !ok {
		r.err = fmt.Errorf("no time: %q", word)
	}
	return time.Duration(r.number(number)) * unit
}

func (r *fileReader) hostPort(word string) (Host, uint16) {
	host, port, err := net.SplitHostPort(word)
	if err != nil {
		r.err = err
	}
	return Host(host), uint16(r.number(port))
}

func (r *fileReader) global(w []string) bool {
	g := r.config.Global
	switch key := strings.Join(w[:min(2, len(w))], " "); {
	case w[0] == "log":
		g.Logs = append(g.Logs, readLog(w))
	case w[0] == "chroot":
		g.Chroot = w[1]
	case key == "stats socket":
		g.StatsSockets = append(g.StatsSockets, readSocket(w))
	case key == "stats timeout":
		g.StatsTimeout = r.duration(w[2])
	case w[0] == "user":
		g.User = w[1]
	case w[0] == "group":
		g.Group = w[1]
	case w[0] == "daemon":
		g.Daemon = true
	case w[0] == "maxconn" && len(g.Extra) == 0:
		g.MaxConn = r.number(w[1])
	case w[0] == "fd-hard-limit" && len(g.Extra) == 0:
		g.FDHardLimit = r.number(w[1])
	case w[0] == "hard-stop-after":
		g.HardStopAfter = r.duration(w[1])
	case w[0] == "grace" && len(g.Extra) == 0:
		g.Grace = r.duration(w[1])
	case w[0] == "ca-base":
		g.CABase = w[1]
	case w[0] == "crt-base":
		g.CrtBase = w[1]
	case w[0] == "ssl-default-bind-ciphers":
		g.SSLDefaultBindCiphers = w[1]
	case w[0] == "ssl-default-bind-ciphersuites":
		g.SSLDefaultBindCiphersuites = w[1]
	case w[0] == "ssl-default-bind-options":
		g.SSLDefaultBindOptions = w[1:]
	default:
		return false
	}
	return true
}

func readLog(w []string) Log {
	if slices.Equal(w, []string{"log", "global"}) {
		return Log{Global: true}
	}
	l := Log{Address: w[1]}
	rest := w[2:]
	if rest[0] == "format" {
		l.Format, rest = rest[1], rest[2:]
	}
	for i, to := range []*string{&l.Facility, &l.Level, &l.MinLevel} {
		if i < len(rest) {
			*to = rest[i]
		}
	}
	return l
}

func readSocket(w []string) StatsSocket {
	s := StatsSocket{Path: w[2]}
	for i := 3; i+1 < len(w); i += 2 {
		switch w[i] {
		case "mode":
			s.Mode = w[i+1]
		case "user":
			s.User = w[i+1]
		case "group":
			s.Group = w[i+1]
		case "level":
			s.Level = w[i+1]
		case "expose-fd":
			s.ExposeFDListeners = w[i+1] == "listeners"
		}
	}
	return s
}

// shared are the fields that more than one kind of proxy has.
type shared struct {
	mode                *Mode
	logs                *[]Log
	tcpLog, httpLog     *bool
	dontLogNull         *bool
	logHealthChecks     *bool
	redispatch, retries *int
	maxConn             *int
	balance             *Balance
	timeouts            *Timeouts
	client, server      *KeepAlive
	errorFiles          *[]ErrorFile
	defaultServer       *ServerOptions
}

func (r *fileReader) proxy(w []string, s shared) bool {
	option := ""
	if w[0] == "option" {
		option = w[1]
	}
	switch {
	case w[0] == "mode":
		*s.mode = Mode(w[1])
	case w[0] == "log":
		*s.logs = append(*s.logs, readLog(w))
	case option == "tcplog":
		*s.tcpLog = true
	case option == "httplog":
		*s.httpLog = true
	case option == "dontlognull":
		*s.dontLogNull = true
	case option == "log-health-checks":
		*s.logHealthChecks = true
	case option == "redispatch" && len(w) == 2:
		*s.redispatch = -1
	case option == "redispatch":
		*s.redispatch = r.number(w[2])
	case w[0] == "retries" && w[1] != "0":
		*s.retries = r.number(w[1])
	case w[0] == "maxconn":
		*s.maxConn = r.number(w[1])
	case w[0] == "balance":
		*s.balance = Balance(w[1])
	case w[0] == "timeout":
		*r.timeout(w[1], s.timeouts) = r.duration(w[2])
	case option == "clitcpka" || strings.HasPrefix(w[0], "clitcpka-"):
		r.keepAlive(w, s.client)
	case option == "srvtcpka" || strings.HasPrefix(w[0], "srvtcpka-"):
		r.keepAlive(w, s.server)
	case w[0] == "errorfile":
		*s.errorFiles = append(*s.errorFiles, ErrorFile{r.number(w[1]), w[2]})
	case w[0] == "default-server":
		*s.defaultServer = r.options(w[1:])
	default:
		return false
	}
	return true
}

func (r *fileReader) timeout(name string, t *Timeouts) *time.Duration {
	to, ok := map[string]*time.Duration{
		"connect": &t.Connect, "client": &t.Client, "client-fin": &t.ClientFin, "server": &t.Server, "server-fin": &t.ServerFin,
		"tunnel": &t.Tunnel, "queue": &t.Queue, "check": &t.Check, "http-request": &t.HTTPRequest, "http-keep-alive": &t.HTTPKeepAlive,
	}[name]
	if !ok {
		r.err = fmt.Errorf("no timeout %q", name)
		return new(time.Duration)
	}
	return to
}

func (r *fileReader) keepAlive(w []string, k *KeepAlive) {
	switch {
	case w[0] == "option":
		k.On = true
	case strings.HasSuffix(w[0], "-idle"):
		k.Idle = r.duration(w[1])
	case strings.HasSuffix(w[0], "-intvl"):
		k.Interval = r.duration(w[1])
	case strings.HasSuffix(w[0], "-cnt"):
		k.Count = r.number(w[1])
	}
}

func (r *fileReader) defaults(w []string) bool {
	d := r.config.Defaults
	return r.proxy(w, shared{&d.Mode, &d.Logs, &d.TCPLog, &d.HTTPLog, &d.DontLogNull, &d.LogHealthChecks, &d.Redispatch, &d.Retries, &d.MaxConn, &d.Balance, &d.Timeouts, &d.ClientKeepAlive, &d.ServerKeepAlive, &d.ErrorFiles, &d.DefaultServer})
}

func (r *fileReader) frontend(w []string) bool {
	f := &r.config.Frontends[len(r.config.Frontends)-1]
	switch {
	case w[0] == "bind":
		f.Binds = append(f.Binds, r.bind(w))
	case w[0] == "stats" && w[1] == "uri":
		f.Stats.URI = w[2]
	case w[0] == "stats" && w[1] == "refresh":
		f.Stats.Refresh = r.duration(w[2])
	case w[0] == "stats" && w[1] == "enable":
	case w[0] == "http-request" && w[1] == "use-service":
		f.PrometheusPath = w[6]
	case w[0] == "use_backend":
		f.UseBackends = append(f.UseBackends, UseBackend{w[1], lineOf(w[3:]...)})
	case w[0] == "default_backend":
		f.DefaultBackend = w[1]
	default:
		return r.proxy(w, shared{mode: &f.Mode, logs: &f.Logs, tcpLog: &f.TCPLog, httpLog: &f.HTTPLog, dontLogNull: &f.DontLogNull, maxConn: &f.MaxConn, timeouts: &f.Timeouts, client: &f.ClientKeepAlive, errorFiles: &f.ErrorFiles})
	}
	return true
}

func (r *fileReader) backend(w []string) bool {
	b := &r.config.Backends[len(r.config.Backends)-1]
	switch {
	case w[0] == "bind":
		b.Binds = append(b.Binds, r.bind(w))
	case w[0] == "option" && w[1] == "allbackups":
		b.AllBackups = true
	case w[0] == "option" && w[1] == "httpchk":
		b.HTTPCheck = &HTTPCheck{}
	case w[0] == "http-check":
		r.httpCheck(w[1:], b.HTTPCheck)
	case w[0] == "use-server" && strings.HasPrefix(w[1], "%"):
		return false
	case w[0] == "use-server":
		b.UseServers = append(b.UseServers, UseServer{w[1], lineOf(w[3:]...)})
	case w[0] == "server":
		s := Server{Name: w[1], Options: r.options(w[3:])}
		s.Host, s.Port = r.hostPort(w[2])
		b.Servers = append(b.Servers, s)
	default:
		return r.proxy(w, shared{mode: &b.Mode, logs: &b.Logs, logHealthChecks: &b.LogHealthChecks, redispatch: &b.Redispatch, retries: &b.Retries, balance: &b.Balance, timeouts: &b.Timeouts, server: &b.ServerKeepAlive, errorFiles: &b.ErrorFiles, defaultServer: &b.DefaultServer})
	}
	return true
}

func (r *fileReader) httpCheck(w []string, h *HTTPCheck) {
	if w[0] == "disable-on-404" {
		h.DisableOn404 = true
		return
	}
	if w[0] == "send-state" {
		h.SendState = true
		return
	}
	// A step begins with a connection, or is the only one.
	if w[0] == "connect" || len(h.Steps) == 0 {
		h.Steps = append(h.Steps, CheckStep{})
	}
	r.checkStep(w, &h.Steps[len(h.Steps)-1])
}

func (r *fileReader) checkStep(w []string, h *CheckStep) {
	next := func(i int) string { return w[i+1] }
	switch w[0] {
	case "expect":
		if w[1] == "!" {
			h.RejectHeader = w[4]
			return
		}
		h.ExpectStatus, h.StopUnexpected = w[2], len(w) > 3
	case "connect":
		for i := 1; i < len(w); i++ {
			switch w[i] {
			case "default":
				h.Connect.Default = true
			case "ssl":
				h.Connect.SSL = true
			case "addr":
				if socket, is := strings.CutPrefix(next(i), "unix@"); is {
					h.Connect.Socket = socket
					continue
				}
				h.Connect.Host = Host(strings.Trim(next(i), "[]"))
			case "port":
				h.Connect.Port = uint16(r.number(next(i)))
			case "sni":
				h.Connect.SNI = next(i)
			case "alpn":
				h.Connect.ALPN = next(i)
			}
		}
	case "send":
		for i := 1; i < len(w); i += 2 {
			switch w[i] {
			case "meth":
				h.Send.Method = next(i)
			case "uri":
				h.Send.URI = next(i)
			case "uri-lf":
				h.Send.URIFormat = next(i)
			case "ver":
				h.Send.Version = next(i)
			case "hdr":
				h.Send.Headers = append(h.Send.Headers, Header{next(i), strings.ReplaceAll(w[i+2], "%%", "%")})
				i++
			}
		}
	}
}

// options reads the words behind a server's address.
func (r *fileReader) options(w []string) ServerOptions {
	var o ServerOptions
	flags := map[string]*bool{"check": &o.Check, "no-check": &o.NoCheck, "check-ssl": &o.CheckSSL, "ssl": &o.SSL, "backup": &o.Backup, "agent-check": &o.AgentCheck}
	texts := map[string]*string{"check-sni": &o.CheckSNI, "check-alpn": &o.CheckALPN, "verifyhost": &o.VerifyHost, "ca-file": &o.CAFile, "crt": &o.Cert, "sni": &o.SNI, "on-marked-down": &o.OnMarkedDown, "on-marked-up": &o.OnMarkedUp, "agent-send": &o.AgentSend, "observe": &o.Observe, "on-error": &o.OnError, "resolvers": &o.Resolvers, "track": &o.Track, "verify": (*string)(&o.Verify)}
	numbers := map[string]*int{"rise": &o.Rise, "fall": &o.Fall, "error-limit": &o.ErrorLimit, "weight": &o.Weight, "maxconn": &o.MaxConn, "maxqueue": &o.MaxQueue}
	durations := map[string]*time.Duration{"inter": &o.Inter, "fastinter": &o.FastInter, "downinter": &o.DownInter, "slowstart": &o.SlowStart, "agent-inter": &o.AgentInter, "tcp-ut": &o.TCPUserTimeout}
	for i := 0; i < len(w); i++ {
		if to, is := flags[w[i]]; is {
			*to = true
			continue
		}
		if i+1 == len(w) {
			o.Extra = append(o.Extra, w[i])
			continue
		}
		value := w[i+1]
		if to, is := texts[w[i]]; is {
			*to = value
		} else if to, is := numbers[w[i]]; is {
			*to = r.number(value)
		} else if to, is := durations[w[i]]; is {
			*to = r.duration(value)
		} else if w[i] == "addr" {
			o.CheckHost = Host(strings.Trim(value, "[]"))
		} else if w[i] == "port" {
			o.CheckPort = uint16(r.number(value))
		} else if w[i] == "agent-addr" {
			o.AgentHost = Host(strings.Trim(value, "[]"))
		} else if w[i] == "agent-port" {
			o.AgentPort = uint16(r.number(value))
		} else if w[i] == "init-addr" {
			o.InitAddr = strings.Split(value, ",")
		} else {
			o.Extra = append(o.Extra, w[i])
			continue
		}
		i++
	}
	return o
}

// asRead is what of a configuration a file can show: no target, no comments, and
// free text by its words.
func asRead(t *testing.T, c Config) Config {
	t.Helper()
	words := func(line string) string {
		w, err := readWords(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		return lineOf(w...)
	}
	lines := func(extra []string) []string {
		var out []string
		for _, l := range extra {
			if l := words(l); l != "" {
				out = append(out, l)
			}
		}
		return out
	}
	out := Config{Global: &Global{}, Resolvers: slices.Clone(c.Resolvers), Frontends: slices.Clone(c.Frontends), Backends: slices.Clone(c.Backends)}
	*out.Global = *c.Global
	out.Global.Comment = ""
	for i := range out.Resolvers {
		out.Resolvers[i].Comment = ""
	}
	out.Global.Extra = lines(c.Global.Extra)
	if c.Defaults != nil {
		d := *c.Defaults
		d.Extra, d.Comment = lines(d.Extra), ""
		out.Defaults = &d
	}
	for i := range out.Frontends {
		f := &out.Frontends[i]
		f.Extra, f.Comment = lines(f.Extra), ""
		f.UseBackends = slices.Clone(f.UseBackends)
		for j := range f.UseBackends {
			f.UseBackends[j].If = words(f.UseBackends[j].If)
		}
	}
	for i := range out.Backends {
		b := &out.Backends[i]
		b.Extra, b.Comment = lines(b.Extra), ""
		b.UseServers = slices.Clone(b.UseServers)
		for j := range b.UseServers {
			b.UseServers[j].If = words(b.UseServers[j].If)
		}
	}
	return out
}

// TestTheFileSaysWhatTheModelSays reads rendered files back, directive by
// directive.
func TestTheFileSaysWhatTheModelSays(t *testing.T) {
	t.Parallel()
	for _, c := range validConfigs(t, newGenerator(t, 5), 1000, 200) {
		got, err := readFile(string(c.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, c.Bytes())
		}
		if diff := cmp.Diff(asRead(t, c), got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the file says something else (-model +file):\n%s\n%s", diff, c.Bytes())
		}
	}
}

func TestWritesInOneWriteAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range validConfigs(t, newGenerator(t, 6), 50, 50) {
		var w countingWriter
		n, err := c.WriteTo(&w)
		if err != nil || w.writes != 1 || int(n) != len(w.text) || string(w.text) != string(c.Bytes()) {
			t.Fatalf("WriteTo wrote %d bytes in %d writes and said %d, %v", len(w.text), w.writes, n, err)
		}
		if strings.ContainsRune(string(w.text), '\r') || !strings.HasSuffix(string(w.text), "\n") {
			t.Errorf("the file does not end its lines as HAProxy wants:\n%q", w.text)
		}
	}
}

type countingWriter struct {
	text   []byte
	writes int
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.text = append(w.text, p...)
	w.writes++
	return len(p), nil
}
