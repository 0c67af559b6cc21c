package convert

import (
	"net/netip"
	"slices"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/joinplan"
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

// keepNames adds the former names to the endpoint's entry.
func (f former) keepNames(block hostsfile.Block, endpoint string) hostsfile.Block {
	block.Entries = slices.Clone(block.Entries)
	for i, entry := range block.Entries {
		if slices.Contains(entry.Names, endpoint) {
			block.Entries[i].Names = unique(slices.Concat(entry.Names, f.names))
		}
	}
	return block
}

// keepPorts has HAProxy listen on the former ports too.
func (p *planner) keepPorts(action joinplan.Action) (joinplan.Action, error) {
	file, isFile := action.(joinplan.WriteFile)
	if !isFile || file.Path != joinplan.HAProxyPath || len(p.before.ports) == 0 {
		return action, nil
	}
	config, err := joinplan.HAProxyConfig(p.in.Spec)
	if err != nil {
		return nil, err
	}
	for i, frontend := range config.Frontends {
		for _, bind := range frontend.Binds {
			if bind.Port != p.spec.ControlPlaneEndpoint.Port {
				continue
			}
			for _, port := range p.before.ports {
				bind.Port = port
				config.Frontends[i].Binds = append(config.Frontends[i].Binds, bind)
			}
		}
	}
	file.Content = joinplan.NewContent(config.Bytes())
	return file, config.Validate()
}
