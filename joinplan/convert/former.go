package convert

import (
	"net/netip"
	"slices"
)

// former are the names and ports of the endpoint until now, as far as something
// still uses them. They must go on working until nothing does.
type former struct {
	names []string
	ports []uint16
}

func (s *survey) former() former {
	var f former
	for _, r := range s.census.InScope() {
		at, ok := parseServer(r.Address)
		if !ok || s.isOwnAddress(at.Host) {
			continue
		}
		if at.Port != s.spec.ControlPlaneEndpoint.Port {
			f.ports = append(f.ports, at.Port)
		}
		if _, err := netip.ParseAddr(at.Host); err != nil && at.Host != canonicalHost(s.spec.ControlPlaneEndpoint.Host) && s.isOfCluster(at.Host) {
			f.names = append(f.names, at.Host)
		}
	}
	return former{unique(f.names), unique(f.ports)}
}

// isOwnAddress tells whether a host is a machine itself, or a Service, which a
// load balancer has no part in.
func (s *survey) isOwnAddress(host string) bool {
	return isLoopback(host) || s.isService(host) ||
		slices.ContainsFunc(s.hosts, func(m machine) bool { return slices.Contains(m.known, host) })
}
