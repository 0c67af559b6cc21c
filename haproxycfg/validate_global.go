package haproxycfg

import (
	"net/netip"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (v *validator) global(p *field.Path, g Global) {
	v.logs(p.Child("logs"), g.Logs, true)
	v.path(p.Child("chroot"), g.Chroot)
	for i, s := range g.StatsSockets {
		v.socket(p.Child("statsSockets").Index(i), s)
	}
	v.duration(p.Child("statsTimeout"), g.StatsTimeout)
	v.token(p.Child("user"), g.User)
	v.token(p.Child("group"), g.Group)
	v.count(p.Child("maxConn"), g.MaxConn)
	v.count(p.Child("fdHardLimit"), g.FDHardLimit)
	v.duration(p.Child("hardStopAfter"), g.HardStopAfter)
	v.duration(p.Child("grace"), g.Grace)
	v.path(p.Child("caBase"), g.CABase)
	v.path(p.Child("crtBase"), g.CrtBase)
	v.token(p.Child("sslDefaultBindCiphers"), g.SSLDefaultBindCiphers)
	v.token(p.Child("sslDefaultBindCiphersuites"), g.SSLDefaultBindCiphersuites)
	v.bindOptions(p.Child("sslDefaultBindOptions"), g.SSLDefaultBindOptions)
	if g.FDHardLimit != 0 {
		v.since(p.Child("fdHardLimit"), g.FDHardLimit, V26)
	}
	if g.Grace != 0 {
		v.since(p.Child("grace"), g.Grace.String(), V26)
	}
	v.extra(p.Child("extra"), g.Extra, inGlobal)
}

func (v *validator) bindOptions(p *field.Path, options []string) {
	for i, o := range options {
		if o == "" {
			v.required(p.Index(i), "leave it out, or give an option")
		}
		v.token(p.Index(i), o)
	}
	v.line(p, append([]string{"ssl-default-bind-options"}, options...))
}

var octal = regexp.MustCompile(`^0?[0-7]{3}$`)

func (v *validator) socket(p *field.Path, s StatsSocket) {
	if s.Path == "" {
		v.required(p.Child("path"), "give the socket's path: /run/haproxy/admin.sock")
	}
	v.token(p.Child("path"), s.Path)
	if s.Path != "" && s.Path[0] != '/' && !strings.Contains(s.Path, "@") {
		v.invalid(p.Child("path"), s.Path, "must be an absolute path, or an address with its family: ipv4@127.0.0.1:9999")
	}
	if s.Mode != "" && !octal.MatchString(s.Mode) {
		v.invalid(p.Child("mode"), s.Mode, "must be an octal file mode such as 660")
	}
	v.token(p.Child("user"), s.User)
	v.token(p.Child("group"), s.Group)
	oneOf(v, p.Child("level"), s.Level, "user", "operator", "admin")
}

var (
	facilities = strings.Fields("kern user mail daemon auth syslog lpr news uucp cron auth2 ftp ntp audit alert cron2 local0 local1 local2 local3 local4 local5 local6 local7")
	levels     = strings.Fields("emerg alert crit err warning notice info debug")
	formats    = strings.Fields("local rfc3164 rfc5424 priority short timed iso raw")
)

func (v *validator) logs(p *field.Path, logs []Log, global bool) {
	for i, l := range logs {
		v.log(p.Index(i), l, global)
	}
}

func (v *validator) log(p *field.Path, l Log, global bool) {
	if l.Global {
		if global {
			v.invalid(p.Child("global"), true, "the global section itself needs an address")
		}
		if l != (Log{Global: true}) {
			v.invalid(p, l.words(), "`log global` says nothing else; leave the other fields empty")
		}
		return
	}
	v.logAddress(p.Child("address"), l.Address)
	oneOf(v, p.Child("format"), l.Format, formats...)
	if l.Facility == "" {
		v.required(p.Child("facility"), "give a syslog facility: local0")
	}
	oneOf(v, p.Child("facility"), l.Facility, facilities...)
	oneOf(v, p.Child("level"), l.Level, levels...)
	oneOf(v, p.Child("minLevel"), l.MinLevel, levels...)
	if l.MinLevel != "" && l.Level == "" {
		v.required(p.Child("level"), "a lowest level stands after a highest")
	}
}

func (v *validator) logAddress(p *field.Path, a string) {
	if a == "" {
		v.required(p, "give a socket (/dev/log), an address with its port, stdout or stderr")
		return
	}
	v.token(p, a)
	if a[0] == '/' || a == "stdout" || a == "stderr" {
		return
	}
	if _, err := netip.ParseAddrPort(a); err == nil {
		return
	}
	host, port, _ := strings.Cut(a, ":")
	if !isDNSName(host) && !isAddress(host) || port != "" && !digits.MatchString(port) {
		v.invalid(p, a, "must be an absolute path, stdout, stderr, or a host with or without its port; IPv6 in brackets")
	}
}

var digits = regexp.MustCompile(`^[0-9]{1,5}$`)

func isAddress(s string) bool {
	_, ok := Host(s).Addr()
	return ok
}
