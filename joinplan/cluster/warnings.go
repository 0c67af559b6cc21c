package cluster

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/plain"
)

// Finding is something that a tool accepts and that goes wrong later, or that is
// wrong in a cluster now: its Code, Severity, Subject (the node or host that it is
// about), Place (the path of a field, such as podSubnets[0]), Message and Remedy.
type Finding = finding.Finding

// warning makes a finding; what to do, then what is wrong.
func warning(code, place, remedy, format string, args ...any) Finding {
	return Finding{
		Code: code, Severity: finding.Warning, Place: place,
		Message: shownFinding(fmt.Sprintf(format, args...)), Remedy: shownFinding(remedy),
	}
}

// shownFinding is a text with parts of others as one line that is not too long.
func shownFinding(text string) string {
	const enough = 2000
	return plain.Short(plain.Line(plain.Short(text, enough)), enough)
}

// Warnings lists what no tool checks, in a stable order: ranges that overlap
// each other or hold a machine, prefix lengths that differ, a node alone in its
// network, names that collide, what keeps the cluster from being highly
// available, files that are missing where they are read, and versions that skew.
// A description that Validate rejects gives the warnings that can be told.
func (s Spec) Warnings() []Finding {
	if len(s.tooMany()) > 0 {
		return nil // Validate refuses it
	}
	spec := s.WithDefaults()
	var out []Finding
	out = append(out, spec.overlaps()...)
	out = append(out, spec.prefixLengths()...)
	out = append(out, spec.outliers()...)
	out = append(out, spec.families()...)
	out = append(out, spec.podRoom()...)
	out = append(out, spec.controlPlaneCount()...)
	out = append(out, spec.loadBalancing()...)
	out = append(out, spec.nameWarnings()...)
	out = append(out, spec.portWarnings()...)
	out = append(out, spec.etcdWarnings()...)
	out = append(out, spec.fileWarnings()...)
	out = append(out, s.nodeWarnings()...)
	return append(out, spec.skewWarnings(s)...)
}

func (s Spec) controlPlaneCount() []Finding {
	const f = "controlPlanes"
	n := len(s.ControlPlanes)
	switch {
	case n == 1:
		return []Finding{warning("one-control-plane", f,
			"add two: three tolerate the loss of one",
			"one control plane is not highly available: when it is down nothing can be changed in the cluster")}
	case s.ExternalEtcd != nil:
		return nil
	case n == 2:
		return []Finding{warning("two-control-planes", f,
			"use three",
			"two control planes tolerate no loss at all, and double the chance of one: etcd needs both for its quorum")}
	case n > 0 && n%2 == 0:
		return []Finding{warning("even-control-planes", f,
			"use an odd number",
			"%d control planes tolerate no more losses than %d: etcd's quorum is a majority", n, n-1)}
	case n > maxMembers:
		return []Finding{warning("many-control-planes", f,
			"use five, which tolerate the loss of two, or seven, which tolerate that of three",
			"%d control planes tolerate the loss of %d, but every write waits for %d etcd members", n, (n-1)/2, n/2+1)}
	}
	return nil
}

// maxMembers is what etcd's documentation recommends at most.
const maxMembers = 7

func (s Spec) loadBalancing() []Finding {
	var out []Finding
	if len(s.LoadBalancers) == 1 {
		out = append(out, warning("one-load-balancer", "loadBalancers",
			"use two with a virtual address (endpointAddresses), or an endpoint that survives",
			"one load balancer is a single point of failure: when it is down no machine reaches the API"))
	}
	if cp, ok := s.endpointOnControlPlane(); ok && len(s.ControlPlanes) > 1 {
		out = append(out, warning("endpoint-is-control-plane", "controlPlaneEndpoint",
			"point the endpoint at a load balancer",
			"the endpoint is control plane %s itself: when it is down the others cannot be reached", cp))
	}
	if len(s.LoadBalancers) > 1 {
		out = append(out, s.virtualAddress()...)
	}
	return out
}

// virtualAddress warns of an endpoint that does not move between several load
// balancers.
func (s Spec) virtualAddress() []Finding {
	addrs := s.endpointAddrs()
	if len(addrs) == 0 {
		return []Finding{warning("endpoint-not-in-hosts", "endpointAddresses",
			"give endpointAddresses, or have DNS resolve it on every machine before the cluster is initialised",
			"nothing says which address %s stands for, so no hosts entry is written for it", s.ControlPlaneEndpoint.Host)}
	}
	var out []Finding
	for _, a := range addrs {
		for i, lb := range s.LoadBalancers {
			if slices.Contains(lb.Addresses(), a.prefix.Addr()) {
				out = append(out, warning("endpoint-is-load-balancer", a.field,
					"give a virtual address that moves between them",
					"the endpoint is the address of %s itself (%s): the other load balancers do not take it over when that one is down", lb.Name, index("loadBalancers", i)))
			}
		}
		if !s.onLoadBalancersNetwork(a.prefix.Addr()) {
			out = append(out, warning("endpoint-off-network", a.field,
				"give a virtual address in a network of theirs",
				"%s is in no network of the load balancers: a virtual address that moves between them by VRRP must be in theirs", a.prefix.Addr()))
		}
	}
	return out
}

// onLoadBalancersNetwork is also true where no network is known.
func (s Spec) onLoadBalancersNetwork(addr netip.Addr) bool {
	known := false
	for _, lb := range s.LoadBalancers {
		for _, p := range []netip.Prefix{lb.Address, lb.SecondaryAddress} {
			if !p.IsValid() || p.Addr().Is4() != addr.Is4() || p.IsSingleIP() {
				continue
			}
			known = true
			if p.Contains(addr) {
				return true
			}
		}
	}
	return !known
}

func (s Spec) endpointOnControlPlane() (string, bool) {
	addrs := s.endpointAddrs()
	for _, cp := range s.ControlPlanes {
		if cp.Name == s.ControlPlaneEndpoint.Host {
			return cp.Name, true
		}
		for _, a := range addrs {
			if addr := a.prefix.Addr(); (slices.Contains(cp.Addresses(), addr) || cp.AdvertiseAddress == addr) && !s.balances(addr) {
				return cp.Name, true
			}
		}
	}
	return "", false
}

func (s Spec) balances(addr netip.Addr) bool {
	return slices.ContainsFunc(s.LoadBalancers, func(lb LoadBalancer) bool { return slices.Contains(lb.Addresses(), addr) })
}

func (s Spec) etcdWarnings() []Finding {
	if s.ExternalEtcd == nil {
		return nil
	}
	const f = "externalEtcd.endpoints"
	var out []Finding
	switch n := len(s.ExternalEtcd.Endpoints); {
	case n == 1:
		out = append(out, warning("one-etcd", f,
			"name every member of a cluster of three or five",
			"one etcd endpoint is a single point of failure"))
	case n > 0 && n%2 == 0:
		out = append(out, warning("even-etcd", f,
			"use an odd number, or name the members that are missing here",
			"%d etcd members tolerate no more losses than %d: the quorum is a majority", n, n-1))
	}
	for i, endpoint := range s.ExternalEtcd.Endpoints {
		if scheme, _, ok := etcdEndpoint(endpoint); ok && scheme == "http" {
			out = append(out, warning("etcd-in-clear", index(f, i),
				"use https:// with caFile, certFile and keyFile",
				"everything in the cluster, its secrets too, crosses the network in clear"))
		}
	}
	return out
}

func index(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
