package joinplan

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/joinplan/cluster"
)

// HAProxyConfig gives the configuration of the load balancers: the same file on
// each. It verifies the API servers by the cluster's CA, which must stand at
// [HAProxyCAPath] before HAProxy starts. It listens on all addresses of the
// machine; where the description has no IPv6 address, on those of IPv4 alone.
func HAProxyConfig(spec cluster.Spec) (haproxycfg.Config, error) {
	spec, err := prepared(spec)
	if err != nil {
		return haproxycfg.Config{}, err
	}
	return haproxyConfig(spec)
}

func haproxyConfig(spec cluster.Spec) (haproxycfg.Config, error) {
	servers := apiServers(spec)
	return servers.Config(), servers.Validate()
}

// haproxyWarnings are those of the configuration, beside the description's.
func haproxyWarnings(spec cluster.Spec) []cluster.Finding {
	if len(spec.LoadBalancers) == 0 {
		return nil
	}
	var out []cluster.Finding
	for _, w := range apiServers(spec).Warnings() {
		out = append(out, cluster.Finding{Severity: finding.Warning, Place: "haproxy." + w.Field, Message: w.Message})
	}
	return out
}

func haproxyPreconditions(spec cluster.Spec) []string {
	servers := apiServers(spec).WithDefaults()
	return []string{
		fmt.Sprintf("HAProxy is installed; port %d is free, and 127.0.0.1:%d, by which it asks itself about the API servers.", servers.Port, servers.ProbePort),
		"For a log, syslog listens in HAProxy's chroot, at /var/lib/haproxy/dev/log, as rsyslog of Debian and Ubuntu does. Without it HAProxy serves, and logs nothing.",
	}
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

func apiServers(spec cluster.Spec) haproxycfg.APIServers {
	out := haproxycfg.APIServers{Port: spec.ControlPlaneEndpoint.Port, CAFile: HAProxyCAPath, Listen: listen(spec)}
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
