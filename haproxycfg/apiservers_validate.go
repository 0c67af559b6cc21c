package haproxycfg

import (
	"errors"
	"net/netip"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Validate tells what is wrong with the description: nil, or *field.Error
// values joined, each with the path of the field. Nothing is looked up: neither
// names nor files.
func (a APIServers) Validate() error {
	a = a.WithDefaults()
	v := &validator{config: Config{Target: a.Target}}
	v.target()
	v.name(field.NewPath("name"), a.Name)
	v.apiServers(field.NewPath("servers"), a)
	v.listen(field.NewPath("listen"), a)
	v.apiCheck(a)
	v.limits(a)
	v.portClash(a)
	v.extra(field.NewPath("frontendExtra"), a.FrontendExtra, inFrontend)
	v.extra(field.NewPath("backendExtra"), a.BackendExtra, inBackend)
	return errors.Join(v.errs...)
}

// maxServers is how many names fit on the probe's line.
const maxServers = maxWords - 10

func (v *validator) apiServers(p *field.Path, a APIServers) {
	if len(a.Servers) == 0 {
		v.required(p, "give at least one API server")
	}
	if len(a.Servers) > maxServers {
		v.add(field.TooMany(p, len(a.Servers), maxServers))
	}
	name, place := v.unique(), v.unique()
	for i, s := range a.Servers {
		q := p.Index(i)
		v.name(q.Child("name"), s.Name)
		name(q.Child("name"), s.Name)
		v.host(q.Child("host"), s.Host)
		if s.Host != "" {
			place(q.Child("host"), hostPort(s.Host, s.Port))
		}
	}
}

func (v *validator) listen(p *field.Path, a APIServers) {
	seen := v.unique()
	for i, addr := range a.Listen {
		if !addr.IsValid() || addr.Zone() != "" {
			v.invalid(p.Index(i), addr.String(), "must be an IP address without zone")
		}
		seen(p.Index(i), addr.String())
	}
}

func (v *validator) apiCheck(a APIServers) {
	oneOf(v, field.NewPath("check"), a.Check, CheckTLS, CheckInsecure, CheckTCP)
	v.path(field.NewPath("caFile"), a.CAFile)
	v.path(field.NewPath("clientCert"), a.ClientCert)
	if problem := Host(a.ServerName).problem(); problem != "" {
		v.invalid(field.NewPath("serverName"), a.ServerName, "%s", problem)
	}
	if a.Check == CheckTLS && a.CAFile == "" {
		v.required(field.NewPath("caFile"), "the check verifies the servers against the cluster's CA; give its path on the load balancer, or another check")
	}
}

func (v *validator) limits(a APIServers) {
	v.count(field.NewPath("maxConn"), a.MaxConn)
	v.duration(field.NewPath("grace"), a.Grace)
	v.duration(field.NewPath("hardStopAfter"), a.HardStopAfter)
	if a.MaxConn != 0 && a.Fragment {
		v.invalid(field.NewPath("maxConn"), a.MaxConn, "a fragment has no global section; set maxconn in the file's own")
	}
}

// portClash finds two listeners that cannot be on one machine.
func (v *validator) portClash(a APIServers) {
	taken := map[netip.AddrPort]string{{}: ""}
	for _, l := range []struct {
		field string
		addr  netip.AddrPort
	}{
		{"probePort", netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), a.ProbePort)},
		{"stats", a.Stats},
		{"metrics", a.Metrics},
	} {
		if !l.addr.IsValid() {
			continue
		}
		if l.addr.Port() == 0 || l.addr.Addr().Zone() != "" {
			v.invalid(field.NewPath(l.field), l.addr.String(), "must be an IP address without zone, and a port")
		}
		if a.hears(l.addr) {
			v.invalid(field.NewPath(l.field), l.addr.String(), "is where clients are listened for too (port %d); choose another port", a.Port)
		}
		if other := taken[l.addr]; other == "probePort" {
			v.invalid(field.NewPath(l.field), l.addr.String(), "is the probe's address; choose another port")
		}
		taken[l.addr] = l.field
	}
	for i, s := range a.Servers {
		if slices.ContainsFunc(a.LoadBalancers, s.Host.same) && s.Port == a.Port && a.hearsHost(s.Host) {
			v.invalid(field.NewPath("port"), int(a.Port), "servers[%d] (%s) runs HAProxy too and its API server already listens on this port; choose another one, such as 8443, and put it into the control-plane endpoint", i, s.Host)
		}
	}
}

// hears tells whether our frontend listens on an address.
func (a APIServers) hears(addr netip.AddrPort) bool {
	return addr.Port() == a.Port && a.hearsHost(Host(addr.Addr().String()))
}

func (a APIServers) hearsHost(h Host) bool {
	addr, known := h.Addr()
	if len(a.Listen) == 0 || !known || addr.IsUnspecified() {
		return true
	}
	return slices.ContainsFunc(a.Listen, func(l netip.Addr) bool {
		return l == addr || l.IsUnspecified() && (l.Is4() == addr.Is4())
	})
}

// Warnings tells what is allowed here and somebody may regret.
func (a APIServers) Warnings() []Warning {
	a = a.WithDefaults()
	w := &warner{}
	w.apiCheck(a)
	if len(a.Servers) == 1 {
		w.warn(field.NewPath("servers"), "one API server has none to fail over to")
	}
	for i, s := range a.Servers {
		if _, ok := s.Host.Addr(); !ok {
			w.warn(field.NewPath("servers").Index(i).Child("host"), "HAProxy resolves %s once, when it starts; after a change of its address it must be reloaded", s.Host)
		}
	}
	if a.Target == V24 {
		w.warn(field.NewPath("target"), "HAProxy 2.4 has no grace: the process before a reload checks nothing any more, so that a server which hangs then keeps its connections until their clients notice")
	}
	if a.Fragment {
		w.warn(field.NewPath("fragment"), "the file's own global section bounds the life of old processes and their connections; give it hard-stop-after %s and, from HAProxy 2.6 on, grace %s", duration(a.HardStopAfter), duration(a.Grace))
	}
	w.extra(field.NewPath("frontendExtra"), a.FrontendExtra)
	w.extra(field.NewPath("backendExtra"), a.BackendExtra)
	return w.warnings
}

func (w *warner) apiCheck(a APIServers) {
	p := field.NewPath("check")
	switch a.Check {
	case CheckTCP:
		w.warn(p, "a TCP check sees only whether the port is open: an API server that hangs stays in rotation and its watches stay silent")
	case CheckInsecure:
		w.warn(p, "the servers' certificates are not verified: anybody on the network can answer the check in a server's place; give caFile once the cluster's CA exists")
	}
	if a.Check != CheckTLS && a.CAFile != "" {
		w.warn(field.NewPath("caFile"), "the check %s does not use it", a.Check)
	}
	if a.Check == CheckTCP && a.ClientCert != "" {
		w.warn(field.NewPath("clientCert"), "the check %s does not use it", a.Check)
	}
}
