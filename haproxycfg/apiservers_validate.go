package haproxycfg

import (
	"fmt"
	"net/netip"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/finding"
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
	return finding.JoinErrors(v.errs)
}

func (v *validator) apiServers(p *field.Path, a APIServers) {
	if len(a.Servers) == 0 {
		v.required(p, "give at least one API server")
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
	oneOf(v, field.NewPath("profile"), a.Profile, ProfileDefault, ProfilePlain, ProfileTCP)
	v.path(field.NewPath("caFile"), a.CAFile)
	v.path(field.NewPath("clientCert"), a.ClientCert)
	v.path(field.NewPath("runDir"), a.RunDir)
	v.token(field.NewPath("runDir"), a.RunDir)
	if problem := Host(a.ServerName).problem(); problem != "" {
		v.invalid(field.NewPath("serverName"), a.ServerName, "%s", problem)
	}
	if a.AlwaysRead && a.Profile != ProfileDefault {
		v.invalid(field.NewPath("alwaysRead"), true, "the profile %s asks no server to read; leave it out, or use the profile default", a.Profile)
	}
	if length := len(a.probeSocket(chroot)); a.RunDir == "" && length > maxSocketPath {
		v.invalid(field.NewPath("name"), a.Name, "makes the path of a socket longer than %d bytes; use a shorter one", maxSocketPath)
	}
	if length := len(a.probeSocket(a.RunDir)); a.RunDir != "" && length > maxSocketPath {
		v.invalid(field.NewPath("runDir"), a.RunDir, "makes the path of a socket longer than %d bytes; use a shorter one", maxSocketPath)
	}
}

// maxSocketPath is what the kernel takes, less what HAProxy appends while it
// makes a socket.
const maxSocketPath = 107 - len(".4194304.tmp")

func (v *validator) limits(a APIServers) {
	v.between(field.NewPath("maxConn"), a.MaxConn, 0, maxMaxConn)
	if a.MaxConnPerSource > a.MaxConn {
		v.invalid(field.NewPath("maxConnPerSource"), a.MaxConnPerSource, "must be at most maxConn, which is %d; a negative number is no limit", a.MaxConn)
	}
	v.duration(field.NewPath("grace"), a.Grace)
	v.duration(field.NewPath("hardStopAfter"), a.HardStopAfter)
}

// maxMaxConn is more than a machine has ports for.
const maxMaxConn = 10_000_000

// portClash finds two listeners that cannot be on one machine.
func (v *validator) portClash(a APIServers) {
	for _, l := range []struct {
		field string
		addr  netip.AddrPort
	}{
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
func (a APIServers) Warnings() []Finding {
	a = a.WithDefaults()
	w := &warner{}
	w.apiCheck(a)
	if len(a.Servers) == 1 {
		w.warn(field.NewPath("servers"), "list the control planes that will join", "one API server has none to fail over to")
	}
	if a.Target == V24 {
		w.warn(field.NewPath("target"), "wait until all old processes have ended before you rely on a failover",
			"HAProxy 2.4 has no grace: the process before a reload checks nothing any more, so that a server which hangs then keeps its connections until their clients notice")
	}
	if a.Fragment {
		w.warn(field.NewPath("fragment"), fmt.Sprintf("give it hard-stop-after %s and, from HAProxy 2.6 on, grace %s", duration(a.HardStopAfter), duration(a.Grace)),
			"the file's own global section bounds the life of old processes and their connections")
		w.warn(field.NewPath("fragment"), fmt.Sprintf("leave room for more than %d connections there", a.MaxConn),
			"the file's own global section bounds the connections of the process, and checks need some of them")
	}
	w.extra(field.NewPath("frontendExtra"), a.FrontendExtra)
	w.extra(field.NewPath("backendExtra"), a.BackendExtra)
	return w.findings
}

func (w *warner) apiCheck(a APIServers) {
	switch {
	case a.Profile == ProfileTCP:
		w.warn(field.NewPath("profile"), "use the profile default", "a TCP check sees only whether the port is open: an API server that hangs stays in rotation and its watches stay silent")
	case a.CAFile == "":
		w.warn(field.NewPath("caFile"), "give it once the cluster's CA exists", "the servers' certificates are not verified: anybody on the network can answer the check in a server's place")
	}
	if a.Profile == ProfilePlain {
		w.warn(field.NewPath("profile"), "use the profile default", "a plain check cuts the connections of a server that only drains, and of all servers where all are slow")
	}
	if a.Profile == ProfileTCP && a.CAFile != "" {
		w.warn(field.NewPath("caFile"), "leave it out", "the profile %s does not use it", a.Profile)
	}
	if a.Profile == ProfileTCP && a.ClientCert != "" {
		w.warn(field.NewPath("clientCert"), "leave it out", "the profile %s does not use it", a.Profile)
	}
}
