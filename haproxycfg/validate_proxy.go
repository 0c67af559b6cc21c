package haproxycfg

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (v *validator) defaults(p *field.Path, d Defaults) {
	oneOf(v, p.Child("mode"), d.Mode, ModeTCP, ModeHTTP)
	v.logs(p.Child("logs"), d.Logs, false)
	v.logFormat(p, d.TCPLog, d.HTTPLog)
	v.retry(p, d.Redispatch, d.Retries)
	v.count(p.Child("maxConn"), d.MaxConn)
	oneOf(v, p.Child("balance"), d.Balance, balances...)
	for _, t := range d.Timeouts.lines() {
		v.duration(p.Child("timeouts", t.field), t.value)
	}
	v.keepAlive(p.Child("clientKeepAlive"), d.ClientKeepAlive)
	v.keepAlive(p.Child("serverKeepAlive"), d.ServerKeepAlive)
	v.errorFiles(p.Child("errorFiles"), d.ErrorFiles)
	v.serverOptions(p.Child("defaultServer"), d.DefaultServer)
	v.extra(p.Child("extra"), d.Extra, inDefaults)
}

var balances = []Balance{BalanceRoundRobin, BalanceLeastConn, BalanceSource, BalanceFirst, BalanceRandom}

func (v *validator) logFormat(p *field.Path, tcp, http bool) {
	if tcp && http {
		v.invalid(p.Child("httpLog"), true, "a proxy logs in one format; choose tcpLog or httpLog")
	}
}

func (v *validator) retry(p *field.Path, redispatch, retries int) {
	v.between(p.Child("redispatch"), redispatch, -1, 2147483647)
	v.count(p.Child("retries"), retries)
}

func (v *validator) keepAlive(p *field.Path, k KeepAlive) {
	v.seconds(p.Child("idle"), k.Idle)
	v.seconds(p.Child("interval"), k.Interval)
	v.between(p.Child("count"), k.Count, 0, 127)
}

// maxKeepAlive is the kernel's limit, in seconds.
const maxKeepAlive = 32767 * time.Second

func (v *validator) seconds(p *field.Path, d time.Duration) {
	if d < 0 || d > maxKeepAlive || d%time.Second != 0 {
		v.invalid(p, d.String(), "must be whole seconds, at most 32767")
	}
}

// statuses are those whose error page every known HAProxy lets replace.
var statuses = []int{200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 425, 429, 500, 501, 502, 503, 504}

func (v *validator) errorFiles(p *field.Path, files []ErrorFile) {
	for i, f := range files {
		if !slices.Contains(statuses, f.Status) {
			v.invalid(p.Index(i).Child("status"), f.Status, "HAProxy has no error page for it; it has %v", statuses)
		}
		if f.Path == "" {
			v.required(p.Index(i).Child("path"), "give the file with the HTTP answer")
		}
		v.path(p.Index(i).Child("path"), f.Path)
	}
}

// mode is what a proxy's own mode and the defaults come to.
func (v *validator) mode(own Mode) Mode {
	for _, m := range []Mode{own, v.inherited().Mode} {
		if m != "" {
			return m
		}
	}
	return ModeTCP
}

func (v *validator) resolvers() {
	name := v.unique()
	for i, r := range v.config.Resolvers {
		p := field.NewPath("resolvers").Index(i)
		name(p.Child("name"), r.Name)
		v.name(p.Child("name"), r.Name)
		for _, h := range r.Hold.lines() {
			v.duration(p.Child("hold", h.name), h.value)
		}
		server := v.unique()
		for j, n := range r.Nameservers {
			q := p.Child("nameservers").Index(j)
			v.name(q.Child("name"), n.Name)
			server(q.Child("name"), n.Name)
			v.address(q.Child("host"), n.Host)
			if n.Host == "" || n.Port == 0 {
				v.required(q, "give the name server's address and port")
			}
		}
		if !r.ParseResolvConf && len(r.Nameservers) == 0 {
			v.required(p.Child("nameservers"), "say whom to ask, or set parseResolvConf")
		}
	}
}

func (v *validator) frontends() {
	name, bind := v.unique(), v.unique()
	for i, f := range v.config.Frontends {
		p := field.NewPath("frontends").Index(i)
		name(p.Child("name"), f.Name)
		v.frontend(p, f)
		for j, b := range f.Binds {
			bind(p.Child("binds").Index(j), b.words()[1])
		}
	}
}

func (v *validator) frontend(p *field.Path, f Frontend) {
	v.name(p.Child("name"), f.Name)
	v.sectionClash(p.Child("name"), f.Name)
	oneOf(v, p.Child("mode"), f.Mode, ModeTCP, ModeHTTP)
	if len(f.Binds) == 0 {
		v.required(p.Child("binds"), "a frontend listens somewhere")
	}
	for i, b := range f.Binds {
		v.bind(p.Child("binds").Index(i), b)
	}
	v.logs(p.Child("logs"), f.Logs, false)
	v.frontendLogFormat(p, f)
	v.count(p.Child("maxConn"), f.MaxConn)
	v.timeouts(p.Child("timeouts"), f.Timeouts, "client", "client-fin", "http-request", "http-keep-alive")
	v.keepAlive(p.Child("clientKeepAlive"), f.ClientKeepAlive)
	v.errorFiles(p.Child("errorFiles"), f.ErrorFiles)
	v.services(p, f)
	v.extra(p.Child("extra"), f.Extra, inFrontend)
	for i, u := range f.UseBackends {
		q := p.Child("useBackends").Index(i)
		v.backendReference(q.Child("backend"), u.Backend, f)
		v.condition(q.Child("if"), u.If)
	}
	if f.DefaultBackend != "" {
		v.backendReference(p.Child("defaultBackend"), f.DefaultBackend, f)
	}
}

// sectionClash rejects a frontend that has a backend's name: HAProxy 3.3 refuses
// to start with it.
func (v *validator) sectionClash(p *field.Path, name string) {
	clash := slices.ContainsFunc(v.config.Backends, func(b Backend) bool { return b.Name == name })
	if clash && v.config.Target.reaches(V31) {
		v.invalid(p, name, "is a backend's name too, which HAProxy warns of from 3.1 and refuses from 3.3 on; rename one")
	}
}

func (v *validator) frontendLogFormat(p *field.Path, f Frontend) {
	v.logFormat(p, f.TCPLog, f.HTTPLog)
	http := f.HTTPLog || v.inherited().HTTPLog && !f.TCPLog
	if http && v.mode(f.Mode) == ModeTCP {
		v.invalid(p.Child("httpLog"), true, "a frontend in tcp mode sees no HTTP; use tcpLog")
	}
}

func (v *validator) bind(p *field.Path, b Bind) {
	v.token(p.Child("interface"), b.Interface)
	v.extraWords(p.Child("extra"), b.Extra)
	v.line(p, b.words())
	if b.Socket != "" || b.User != "" || b.Group != "" || b.Mode != "" {
		v.socketBind(p, b)
		return
	}
	v.address(p.Child("host"), b.Host)
	if b.Port == 0 {
		v.required(p.Child("port"), "give the port to listen on")
	}
	if b.V4V6 && b.V6Only {
		v.invalid(p.Child("v6Only"), true, "contradicts v4v6")
	}
	if a, _ := b.Host.Addr(); (b.V4V6 || b.V6Only) && !a.Is6() {
		v.invalid(p.Child("host"), string(b.Host), "v4v6 and v6only belong to an IPv6 address such as ::")
	}
}

func (v *validator) socketBind(p *field.Path, b Bind) {
	if b.Socket == "" {
		v.required(p.Child("socket"), "user, group and mode are those of a Unix socket; give its path")
	}
	v.path(p.Child("socket"), b.Socket)
	v.token(p.Child("socket"), b.Socket)
	v.token(p.Child("user"), b.User)
	v.token(p.Child("group"), b.Group)
	if b.Mode != "" && !octal.MatchString(b.Mode) {
		v.invalid(p.Child("mode"), b.Mode, "must be an octal file mode such as 600")
	}
	if b.Host != "" || b.Port != 0 || b.V4V6 || b.V6Only || b.Transparent || b.Interface != "" {
		v.invalid(p.Child("socket"), b.Socket, "a Unix socket has no host, port or interface; give one or the other")
	}
}

// timeouts allows those that the section knows.
func (v *validator) timeouts(p *field.Path, t Timeouts, allowed ...string) {
	for _, l := range t.lines() {
		v.duration(p.Child(l.field), l.value)
		if l.value != 0 && !slices.Contains(allowed, l.name) {
			v.invalid(p.Child(l.field), l.value.String(), "timeout %s has no effect in this section", l.name)
		}
	}
}

func (v *validator) services(p *field.Path, f Frontend) {
	for _, s := range []struct{ field, path string }{{"stats.uri", f.Stats.URI}, {"prometheusPath", f.PrometheusPath}} {
		q := p
		for _, name := range strings.Split(s.field, ".") {
			q = q.Child(name)
		}
		if s.path == "" {
			continue
		}
		v.token(q, s.path)
		if s.path[0] != '/' {
			v.invalid(q, s.path, "must begin with /")
		}
		if v.mode(f.Mode) != ModeHTTP {
			v.invalid(q, s.path, "is served over HTTP; set the frontend's mode to http")
		}
	}
	v.duration(p.Child("stats", "refresh"), f.Stats.Refresh)
	if f.Stats.Refresh != 0 && f.Stats.URI == "" {
		v.required(p.Child("stats", "uri"), "give the page's path: /stats")
	}
	if f.Stats.Refresh%time.Second != 0 {
		v.invalid(p.Child("stats", "refresh"), f.Stats.Refresh.String(), "must be whole seconds")
	}
}

// backendReference wants a backend of this file in the frontend's mode; a
// fragment may name others.
func (v *validator) backendReference(p *field.Path, name string, f Frontend) {
	v.name(p, name)
	for _, b := range v.config.Backends {
		if b.Name != name {
			continue
		}
		if v.mode(b.Mode) != v.mode(f.Mode) {
			v.invalid(p, name, "the backend's mode is %s, the frontend's %s", v.mode(b.Mode), v.mode(f.Mode))
		}
		return
	}
	if !v.fragment() && name != "" {
		v.add(field.NotFound(p, name))
	}
}

func (v *validator) backends() {
	name := v.unique()
	for i, b := range v.config.Backends {
		p := field.NewPath("backends").Index(i)
		name(p.Child("name"), b.Name)
		v.backend(p, b)
	}
}

func (v *validator) backend(p *field.Path, b Backend) {
	v.name(p.Child("name"), b.Name)
	if b.Name == "default" && v.config.Target.reaches(V33) {
		v.invalid(p.Child("name"), b.Name, "HAProxy 3.3 and newer cannot have a backend of this name")
	}
	oneOf(v, p.Child("mode"), b.Mode, ModeTCP, ModeHTTP)
	v.logs(p.Child("logs"), b.Logs, false)
	oneOf(v, p.Child("balance"), b.Balance, balances...)
	v.retry(p, b.Redispatch, b.Retries)
	timeouts := []string{"connect", "server", "server-fin", "tunnel", "queue", "check", "http-request", "http-keep-alive"}
	if len(b.Binds) > 0 {
		timeouts = append(timeouts, "client", "client-fin")
	}
	v.timeouts(p.Child("timeouts"), b.Timeouts, timeouts...)
	for i, bind := range b.Binds {
		v.bind(p.Child("binds").Index(i), bind)
	}
	v.keepAlive(p.Child("serverKeepAlive"), b.ServerKeepAlive)
	v.errorFiles(p.Child("errorFiles"), b.ErrorFiles)
	if b.HTTPCheck != nil {
		v.httpCheck(p.Child("httpCheck"), *b.HTTPCheck)
	}
	where := inBackend
	if len(b.Binds) > 0 {
		where |= inFrontend
	}
	v.extra(p.Child("extra"), b.Extra, where)
	v.useServers(p.Child("useServers"), b)
	v.serverOptions(p.Child("defaultServer"), b.DefaultServer)
	v.servers(p.Child("servers"), b)
}

func (v *validator) useServers(p *field.Path, b Backend) {
	for i, u := range b.UseServers {
		q := p.Index(i)
		v.name(q.Child("server"), u.Server)
		v.condition(q.Child("if"), u.If)
		if !slices.ContainsFunc(b.Servers, func(s Server) bool { return s.Name == u.Server }) {
			v.add(field.NotFound(q.Child("server"), u.Server))
		}
	}
}

var (
	method      = regexp.MustCompile(`^[A-Z]+$`)
	httpVersion = regexp.MustCompile(`^HTTP/[0-9]\.[0-9]$`)
	headerName  = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]+$`)
	statusList  = regexp.MustCompile(`^[1-5][0-9][0-9](-[1-5][0-9][0-9])?(,[1-5][0-9][0-9](-[1-5][0-9][0-9])?)*$`)
)

func (v *validator) httpCheck(p *field.Path, h HTTPCheck) {
	for i, s := range h.Steps {
		q := p.Child("steps").Index(i)
		v.checkStep(q, s)
		if reflect.ValueOf(s).IsZero() {
			v.required(q, "an empty step asks nothing; leave it out")
		}
		if len(h.Steps) > 1 && len(s.Connect.words()) == 0 {
			v.required(q.Child("connect"), "one of several steps needs a connection of its own; default makes one as the server line says")
		}
		if i < len(h.Steps)-1 && s.ExpectStatus == "" {
			v.required(q.Child("expectStatus"), "say which answer lets the check go on to its next step")
		}
	}
}

func (v *validator) checkStep(p *field.Path, s CheckStep) {
	v.address(p.Child("connect", "host"), s.Connect.Host)
	v.token(p.Child("connect", "sni"), s.Connect.SNI)
	v.token(p.Child("connect", "alpn"), s.Connect.ALPN)
	if !s.Connect.SSL && (s.Connect.SNI != "" || s.Connect.ALPN != "") {
		v.required(p.Child("connect", "ssl"), "SNI and ALPN are TLS's")
	}
	if s.Connect.Socket != "" && (s.Connect.Host != "" || s.Connect.Port != 0) {
		v.invalid(p.Child("connect", "socket"), s.Connect.Socket, "a Unix socket has no host and port; give one or the other")
	}
	v.path(p.Child("connect", "socket"), s.Connect.Socket)
	v.token(p.Child("connect", "socket"), s.Connect.Socket)
	v.send(p.Child("send"), s.Send)
	if s.RejectHeader != "" && !headerName.MatchString(s.RejectHeader) {
		v.invalid(p.Child("rejectHeader"), s.RejectHeader, "must be an HTTP header's name")
	}
	if s.StopUnexpected && s.ExpectStatus == "" {
		v.required(p.Child("expectStatus"), "say which status lets the server go on")
	}
	if s.ExpectStatus != "" && !statusList.MatchString(s.ExpectStatus) {
		v.invalid(p.Child("expectStatus"), s.ExpectStatus, "must be statuses or ranges of them: 200,401 or 200-299")
	}
}

func (v *validator) send(p *field.Path, s CheckSend) {
	if s.Method != "" && !method.MatchString(s.Method) {
		v.invalid(p.Child("method"), s.Method, "must be an HTTP method in capitals: GET")
	}
	if s.URI != "" && s.URIFormat != "" {
		v.invalid(p.Child("uriFormat"), s.URIFormat, "give uri or uriFormat, not both")
	}
	if s.URI != "" && (s.URI[0] != '/' && s.URI != "*" || strings.ContainsFunc(s.URI, func(r rune) bool { return r <= ' ' || r >= 0x7f })) {
		v.invalid(p.Child("uri"), s.URI, "must be a path of printable ASCII: /readyz")
	}
	v.word(p.Child("uriFormat"), s.URIFormat)
	if s.Version != "" && !httpVersion.MatchString(s.Version) {
		v.invalid(p.Child("version"), s.Version, "must be HTTP/1.1 or HTTP/1.0")
	}
	for i, h := range s.Headers {
		q := p.Child("headers").Index(i)
		if !headerName.MatchString(h.Name) {
			v.invalid(q.Child("name"), h.Name, "must be an HTTP header's name")
		}
		if h.Value == "" {
			v.required(q.Child("value"), "give the header a value")
		}
		v.word(q.Child("value"), h.Value)
	}
	v.line(p, append([]string{"http-check", "send"}, s.words()...))
}
