package cluster

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// Warning is something that every tool accepts and that goes wrong later.
type Warning struct {
	// Field is the path of the field that causes it: podSubnets[0].
	Field string
	// Message is one plain sentence that gives the reason.
	Message string
}

// String gives "field: message".
func (w Warning) String() string { return w.Field + ": " + w.Message }

// Warnings lists what no tool checks, in a stable order: ranges that overlap
// each other or hold a machine, prefix lengths that differ, a node alone in its
// network, names that collide, what keeps the cluster from being highly
// available, files that are missing where they are read, and versions that skew.
// A description that Validate rejects gives the warnings that can be told.
func (s Spec) Warnings() []Warning {
	spec := s.WithDefaults()
	var out []Warning
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

func (s Spec) controlPlaneCount() []Warning {
	const f = "controlPlanes"
	n := len(s.ControlPlanes)
	switch {
	case n == 1:
		return []Warning{{f, "one control plane is not highly available: when it is down nothing can be changed in the cluster; three tolerate the loss of one"}}
	case s.ExternalEtcd != nil:
		return nil
	case n == 2:
		return []Warning{{f, "two control planes tolerate no loss at all, and double the chance of one: etcd needs both for its quorum; use three"}}
	case n > 0 && n%2 == 0:
		return []Warning{{f, fmt.Sprintf("%d control planes tolerate no more losses than %d: etcd's quorum is a majority; use an odd number", n, n-1)}}
	case n > maxMembers:
		return []Warning{{f, fmt.Sprintf("%d control planes tolerate the loss of %d, but every write waits for %d etcd members; five tolerate two, seven tolerate three, and more are slower without being safer", n, (n-1)/2, n/2+1)}}
	}
	return nil
}

// maxMembers is what etcd's documentation recommends at most.
const maxMembers = 7

func (s Spec) loadBalancing() []Warning {
	var out []Warning
	if len(s.LoadBalancers) == 1 {
		out = append(out, Warning{"loadBalancers", "one load balancer is a single point of failure: when it is down no machine reaches the API; use two with a virtual address (endpointAddresses), or an endpoint that survives"})
	}
	if cp, ok := s.endpointOnControlPlane(); ok && len(s.ControlPlanes) > 1 {
		out = append(out, Warning{"controlPlaneEndpoint", "the endpoint is control plane " + cp + " itself: when it is down the others cannot be reached; point the endpoint at a load balancer"})
	}
	if len(s.LoadBalancers) > 1 {
		out = append(out, s.virtualAddress()...)
	}
	return out
}

// virtualAddress warns of an endpoint that does not move between several load
// balancers.
func (s Spec) virtualAddress() []Warning {
	addrs := s.endpointAddrs()
	if len(addrs) == 0 {
		return []Warning{{"endpointAddresses", "nothing says which address " + s.ControlPlaneEndpoint.Host + " stands for, so no hosts entry is written for it: DNS must resolve it on every machine before the cluster is initialised"}}
	}
	var out []Warning
	for _, a := range addrs {
		for i, lb := range s.LoadBalancers {
			if slices.Contains(lb.Addresses(), a.prefix.Addr()) {
				out = append(out, Warning{a.field, fmt.Sprintf("the endpoint is the address of %s itself (%s): the other load balancers do not take it over when that one is down; give a virtual address that moves between them", lb.Name, index("loadBalancers", i))})
			}
		}
		if !s.onLoadBalancersNetwork(a.prefix.Addr()) {
			out = append(out, Warning{a.field, fmt.Sprintf("%s is in no network of the load balancers: a virtual address that moves between them by VRRP must be in theirs", a.prefix.Addr())})
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

func (s Spec) etcdWarnings() []Warning {
	if s.ExternalEtcd == nil {
		return nil
	}
	const f = "externalEtcd.endpoints"
	var out []Warning
	switch n := len(s.ExternalEtcd.Endpoints); {
	case n == 1:
		out = append(out, Warning{f, "one etcd endpoint is a single point of failure: name every member of a cluster of three or five"})
	case n > 0 && n%2 == 0:
		out = append(out, Warning{f, fmt.Sprintf("%d etcd members tolerate no more losses than %d: the quorum is a majority; use an odd number, or name the members that are missing here", n, n-1)})
	}
	for i, endpoint := range s.ExternalEtcd.Endpoints {
		if scheme, _, ok := etcdEndpoint(endpoint); ok && scheme == "http" {
			out = append(out, Warning{index(f, i), "everything in the cluster, its secrets too, crosses the network in clear; use https:// with caFile, certFile and keyFile"})
		}
	}
	return out
}

func index(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
