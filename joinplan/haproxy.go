package joinplan

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/effect"
)

// HAProxyConfig returns the configuration of the load balancers: the same file
// on each. Where [Input.HAProxy] does not say otherwise it verifies the API
// servers by the cluster's CA, which must stand at [HAProxyCAPath] before HAProxy
// starts, and listens on all addresses of the machine; where the description has
// no IPv6 address, on those of IPv4 alone.
func HAProxyConfig(in Input) (haproxycfg.Config, error) {
	spec, err := Ordered(in.Spec)
	if err != nil {
		return haproxycfg.Config{}, err
	}
	return haproxyConfig(in.apiServers(spec), in.Former.Ports)
}

// haproxyConfig listens on the former ports too.
func haproxyConfig(servers haproxycfg.APIServers, former []uint16) (haproxycfg.Config, error) {
	if err := servers.Validate(); err != nil {
		return haproxycfg.Config{}, err
	}
	config := servers.Config()
	for i, frontend := range config.Frontends {
		for _, bind := range frontend.Binds {
			if bind.Port != servers.Port {
				continue
			}
			for _, port := range former {
				bind.Port = port
				config.Frontends[i].Binds = append(config.Frontends[i].Binds, bind)
			}
		}
	}
	if len(former) == 0 {
		return config, nil
	}
	return config, config.Validate()
}

// apiServers are the settings that are given, with the machines of the
// description.
func (in Input) apiServers(spec cluster.Spec) haproxycfg.APIServers {
	out := in.HAProxy
	if out.Port == 0 {
		out.Port = spec.ControlPlaneEndpoint.Port
	}
	if out.CAFile == "" && out.Profile != haproxycfg.ProfileTCP {
		out.CAFile = HAProxyCAPath
	}
	if len(out.Listen) == 0 {
		out.Listen = listen(spec)
	}
	out.Servers, out.LoadBalancers = nil, nil
	for _, node := range spec.ControlPlanes {
		out.Servers = append(out.Servers, haproxycfg.APIServer{
			Name: node.Name,
			Host: haproxycfg.Host(node.APIServerAddress().String()),
			Port: spec.APIServerPort,
		})
	}
	for _, lb := range spec.LoadBalancers {
		for _, addr := range lb.Addresses() {
			out.LoadBalancers = append(out.LoadBalancers, haproxycfg.Host(addr.String()))
		}
	}
	return out
}

// listen is IPv4 alone where the description has nothing else: a machine whose
// kernel has no IPv6 could not listen on both.
func listen(spec cluster.Spec) []netip.Addr {
	addrs := slices.Clone(spec.EndpointAddresses)
	if addr, ok := spec.ControlPlaneEndpoint.Addr(); ok {
		addrs = append(addrs, addr)
	}
	for _, lb := range spec.LoadBalancers {
		addrs = append(addrs, lb.Addresses()...)
	}
	for _, node := range spec.Nodes() {
		addrs = append(addrs, node.Addresses()...)
	}
	if slices.ContainsFunc(addrs, func(a netip.Addr) bool { return !a.Is4() }) {
		return nil
	}
	return []netip.Addr{netip.IPv4Unspecified()}
}

// haproxyWarnings are those of the configuration, beside the description's.
func (p picture) haproxyWarnings() []cluster.Finding {
	if len(p.spec.LoadBalancers) == 0 {
		return nil
	}
	var out []cluster.Finding
	for _, w := range p.settings.Warnings() {
		w.Place = "haproxy." + w.Place
		out = append(out, w)
	}
	return out
}

// warning is about the field of something that is given.
func warning(place, message string) cluster.Finding {
	return cluster.Finding{Severity: finding.Warning, Place: place, Message: message}
}

// loadBalancers wait for what of their own names and the CA is among the steps
// before.
func (p picture) loadBalancers(before idSet, why string) []Step {
	var out []Step
	for _, lb := range p.spec.LoadBalancers {
		var actions []Action
		if p.settings.CAFile == HAProxyCAPath {
			actions = append(actions, CopyFile{FromHost: p.admin.Name, FromPath: clusterCAPath, Path: HAProxyCAPath, Mode: 0o644})
		}
		out = append(out, Step{
			ID:            KindLoadBalancer.Step(lb.Name),
			Title:         "HAProxy on " + lb.Name,
			Group:         "HAProxy on the load balancers",
			Host:          lb.Name,
			Why:           why,
			Needs:         before.among(KindHosts.Step(lb.Name), KindCA.Step(p.admin.Name)),
			Preconditions: p.haproxyPreconditions(),
			Actions: append(actions,
				WriteFile{Path: HAProxyPath, Mode: 0o644, Content: NewContent(p.haproxy.Bytes())},
				run("haproxy", "-c", "-f", HAProxyPath),
				run("systemctl", "enable", "haproxy"),
				run("systemctl", "reload-or-restart", "haproxy"),
			),
			Checks:  []Check{succeeds(lb.Name, "HAProxy runs", "systemctl", "is-active", "haproxy")},
			Effects: []effect.Change{{Kind: effect.BalancerServes, Subject: lb.Name}},
		})
	}
	return out
}

func (p picture) haproxyPreconditions() []string {
	servers := p.settings.WithDefaults()
	out := []string{
		fmt.Sprintf("HAProxy is installed; port %d is free.", servers.Port),
		"For a log, a socket is in HAProxy's chroot, at /var/lib/haproxy/dev/log: the unit of Debian 12 and newer puts journald's there, and rsyslog of Debian and Ubuntu makes one. Without it HAProxy serves, and logs nothing.",
	}
	for _, file := range []string{servers.ClientCert, servers.CAFile} {
		if file != "" && file != HAProxyCAPath {
			out = append(out, file+" is there, which HAProxy reads before it starts.")
		}
	}
	return out
}
