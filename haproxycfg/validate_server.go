package haproxycfg

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (v *validator) servers(p *field.Path, b Backend) {
	name := v.unique()
	for i, s := range b.Servers {
		q := p.Index(i)
		name(q.Child("name"), s.Name)
		v.name(q.Child("name"), s.Name)
		v.host(q.Child("host"), s.Host)
		if s.Port == 0 {
			v.required(q.Child("port"), "give the server's port; kube-apiserver's is 6443")
		}
		v.serverOptions(q.Child("options"), s.Options)
		v.combined(q.Child("options"), b, s)
	}
}

func (v *validator) serverOptions(p *field.Path, o ServerOptions) {
	v.address(p.Child("checkHost"), o.CheckHost)
	v.token(p.Child("checkSNI"), o.CheckSNI)
	v.token(p.Child("checkALPN"), o.CheckALPN)
	v.token(p.Child("sni"), o.SNI)
	v.token(p.Child("verifyHost"), o.VerifyHost)
	oneOf(v, p.Child("verify"), o.Verify, VerifyRequired, VerifyNone)
	v.fileUnder(p.Child("caFile"), o.CAFile, v.base().CABase)
	v.fileUnder(p.Child("cert"), o.Cert, v.base().CrtBase)
	v.duration(p.Child("inter"), o.Inter)
	v.duration(p.Child("fastInter"), o.FastInter)
	v.duration(p.Child("downInter"), o.DownInter)
	v.count(p.Child("rise"), o.Rise)
	v.count(p.Child("fall"), o.Fall)
	oneOf(v, p.Child("onMarkedDown"), o.OnMarkedDown, "shutdown-sessions")
	oneOf(v, p.Child("onMarkedUp"), o.OnMarkedUp, "shutdown-backup-sessions")
	v.address(p.Child("agentHost"), o.AgentHost)
	v.duration(p.Child("agentInter"), o.AgentInter)
	if strings.Contains(o.AgentSend, "\x00") {
		v.invalid(p.Child("agentSend"), o.AgentSend, "must not hold a NUL byte: HAProxy sends only what stands before it")
	}
	oneOf(v, p.Child("observe"), o.Observe, "layer4", "layer7")
	v.count(p.Child("errorLimit"), o.ErrorLimit)
	oneOf(v, p.Child("onError"), o.OnError, "fastinter", "fail-check", "sudden-death", "mark-down")
	v.between(p.Child("weight"), o.Weight, 0, 256)
	v.count(p.Child("maxConn"), o.MaxConn)
	v.count(p.Child("maxQueue"), o.MaxQueue)
	v.duration(p.Child("slowStart"), o.SlowStart)
	v.duration(p.Child("tcpUserTimeout"), o.TCPUserTimeout)
	v.initAddr(p.Child("initAddr"), o.InitAddr)
	if o.Resolvers != "" {
		v.name(p.Child("resolvers"), o.Resolvers)
		known := slices.ContainsFunc(v.config.Resolvers, func(r Resolvers) bool { return r.Name == o.Resolvers })
		if !known && !v.fragment() {
			v.add(field.NotFound(p.Child("resolvers"), o.Resolvers))
		}
	}
	v.extraWords(p.Child("extra"), o.Extra)
	v.line(p, append([]string{"server", "name", "address"}, o.words()...))
}

// base gives the directories of the global section.
func (v *validator) base() Global {
	if v.config.Global == nil {
		return Global{}
	}
	return *v.config.Global
}

func (v *validator) initAddr(p *field.Path, ways []string) {
	for i, w := range ways {
		if !isAddress(w) && w != "last" && w != "libc" && w != "none" {
			v.invalid(p.Index(i), w, "must be last, libc, none or an IP address")
		}
	}
}

func (v *validator) extraWords(p *field.Path, words []string) {
	for i, w := range words {
		if w == "" {
			v.required(p.Index(i), "HAProxy stops reading at an empty word")
		}
		v.word(p.Index(i), w)
	}
}

// combined judges a server together with what it inherits.
func (v *validator) combined(p *field.Path, b Backend, s Server) {
	layers := []ServerOptions{s.Options, b.DefaultServer, v.inherited().DefaultServer}
	checks := !s.Options.NoCheck && anyOf(layers, func(o ServerOptions) bool { return o.Check })
	tls := anyOf(layers, func(o ServerOptions) bool { return o.SSL }) ||
		checks && (anyOf(layers, func(o ServerOptions) bool { return o.CheckSSL }) || b.HTTPCheck.connectsByTLS())
	verify := firstOf(layers, func(o ServerOptions) string { return string(o.Verify) })
	caFile := firstOf(layers, func(o ServerOptions) string { return o.CAFile })
	if tls && verify != string(VerifyNone) && caFile == "" {
		v.required(p.Child("caFile"), "TLS is verified unless verify is none; give the cluster's CA")
	}
	if anyOf(layers, func(o ServerOptions) bool { return o.AgentCheck }) && !anyOf(layers, func(o ServerOptions) bool { return o.AgentPort != 0 }) {
		v.required(p.Child("agentPort"), "HAProxy does not start without the port of the agent")
	}
	track := firstOf(layers, func(o ServerOptions) string { return o.Track })
	if track != "" {
		v.track(p.Child("track"), track, b, s, checks)
	}
	if observe := firstOf(layers, func(o ServerOptions) string { return o.Observe }); observe != "" && !checks {
		v.required(p.Child("check"), "HAProxy observes only servers that it checks")
	}
}

func (v *validator) track(p *field.Path, target string, b Backend, s Server, checks bool) {
	if checks {
		v.invalid(p, target, "a server is checked or tracks another one, not both")
	}
	backend, server, found := strings.Cut(target, "/")
	if !found {
		backend, server = b.Name, target
	}
	if backend == b.Name && server == s.Name {
		v.invalid(p, target, "a server cannot track itself")
		return
	}
	for _, other := range v.config.Backends {
		for _, o := range other.Servers {
			if other.Name == backend && o.Name == server {
				return
			}
		}
	}
	if !v.fragment() {
		v.add(field.NotFound(p, target))
	}
}

func anyOf(layers []ServerOptions, has func(ServerOptions) bool) bool {
	for _, o := range layers {
		if has(o) {
			return true
		}
	}
	return false
}

func firstOf(layers []ServerOptions, get func(ServerOptions) string) string {
	for _, o := range layers {
		if value := get(o); value != "" {
			return value
		}
	}
	return ""
}
