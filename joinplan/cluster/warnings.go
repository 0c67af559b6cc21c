package cluster

import (
	"fmt"
	"net/netip"
	"strconv"

	"k8s.io/apimachinery/pkg/util/version"
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

// Warnings lists what no tool checks, in a stable order: ranges that overlap,
// prefix lengths that differ, and what keeps the cluster from being highly
// available. A description that Validate rejects gives the warnings that can
// be told.
func (s Spec) Warnings() []Warning {
	spec := s.WithDefaults()
	var out []Warning
	out = append(out, spec.overlaps()...)
	out = append(out, spec.prefixLengths()...)
	out = append(out, spec.controlPlaneCount()...)
	out = append(out, spec.loadBalancing()...)
	return append(out, spec.versionSkew()...)
}

// place is an address or a range of the description, and where it stands.
type place struct {
	field, what string
	prefix      netip.Prefix
}

func (s Spec) overlaps() []Warning {
	var out []Warning
	ranges := s.ranges()
	for i, r := range ranges {
		for _, other := range ranges[:i] {
			if r.prefix.IsValid() && other.prefix.IsValid() && r.prefix.Overlaps(other.prefix) {
				out = append(out, Warning{r.field, fmt.Sprintf("%s overlaps %s (%s): an address in both goes to only one of them, and kubeadm does not check it", r.what, other.what, other.field)})
			}
		}
		out = append(out, s.covered(r)...)
	}
	return out
}

func (s Spec) ranges() []place {
	var out []place
	for i, p := range s.PodSubnets {
		out = append(out, place{index("podSubnets", i), "pod subnet " + p.String(), p})
	}
	for i, p := range s.ServiceSubnets {
		out = append(out, place{index("serviceSubnets", i), "service subnet " + p.String(), p})
	}
	return out
}

// covered warns of the machines in a range of pods or services: one warning
// for the range, naming the network where all its machines are in one.
func (s Spec) covered(r place) []Warning {
	var inside []place
	for _, m := range s.machines() {
		if r.prefix.IsValid() && m.prefix.IsValid() && r.prefix.Overlaps(m.prefix) {
			inside = append(inside, m)
		}
	}
	if len(inside) == 0 {
		return nil
	}
	names := inside[0].what
	if n := len(inside) - 1; n > 0 {
		names += " and " + strconv.Itoa(n) + " more"
	}
	return []Warning{{r.field, fmt.Sprintf("%s covers the node network (%s): a route for pods or services can take the machines off each other, as BIRD's `unreachable` routes do; choose a range that holds no machine", r.what, names)}}
}

// machines are all hosts, with the networks that they say they are in, and the
// addresses of the endpoint.
func (s Spec) machines() []place {
	var out []place
	for i, addr := range s.EndpointAddresses {
		out = append(out, hostPlace(index("endpointAddresses", i), "the endpoint", netip.PrefixFrom(addr, addr.BitLen())))
	}
	if addr, ok := s.ControlPlaneEndpoint.Addr(); ok {
		out = append(out, hostPlace("controlPlaneEndpoint", "the endpoint", netip.PrefixFrom(addr, addr.BitLen())))
	}
	return append(out, s.hosts()...)
}

func (s Spec) hosts() []place {
	var out []place
	for i, lb := range s.LoadBalancers {
		out = append(out, hostPlace(index("loadBalancers", i)+".address", lb.Name, lb.Address))
	}
	for i, n := range s.ControlPlanes {
		out = append(out, hostPlace(index("controlPlanes", i)+".address", n.Name, n.Address))
	}
	for i, n := range s.Workers {
		out = append(out, hostPlace(index("workers", i)+".address", n.Name, n.Address))
	}
	return out
}

func hostPlace(field, name string, prefix netip.Prefix) place {
	return place{field, name + " " + prefix.String(), prefix}
}

// prefixLengths compares each host with the first of its family that says its
// prefix length; a full length says nothing.
func (s Spec) prefixLengths() []Warning {
	var out []Warning
	first := map[bool]place{}
	for _, h := range s.hosts() {
		if !h.prefix.IsValid() || h.prefix.IsSingleIP() {
			continue
		}
		is4 := h.prefix.Addr().Is4()
		ref, ok := first[is4]
		if !ok {
			first[is4] = h
			continue
		}
		overlap := h.prefix.Overlaps(ref.prefix)
		if overlap && h.prefix.Bits() != ref.prefix.Bits() {
			out = append(out, Warning{h.field, fmt.Sprintf("%s has another prefix length than %s (%s) on the same network: routes that the pod network learns from it can cut other machines off", h.what, ref.what, ref.field)})
		}
	}
	return out
}

func (s Spec) controlPlaneCount() []Warning {
	const f = "controlPlanes"
	n := len(s.ControlPlanes)
	switch {
	case n == 1:
		return []Warning{{f, "one control plane is not highly available: when it is down nothing can be changed in the cluster; three tolerate the loss of one"}}
	case n == 2 && s.ExternalEtcd == nil:
		return []Warning{{f, "two control planes tolerate no loss at all, and double the chance of one: etcd needs both for its quorum; use three"}}
	case n > 0 && n%2 == 0 && s.ExternalEtcd == nil:
		return []Warning{{f, fmt.Sprintf("%d control planes tolerate no more losses than %d: etcd's quorum is a majority; use an odd number", n, n-1)}}
	}
	return nil
}

func (s Spec) loadBalancing() []Warning {
	var out []Warning
	if len(s.LoadBalancers) == 1 {
		out = append(out, Warning{"loadBalancers", "one load balancer is a single point of failure: when it is down no machine reaches the API; use two with a virtual address, or an endpoint that survives"})
	}
	if cp, ok := s.endpointOnControlPlane(); ok && len(s.ControlPlanes) > 1 {
		out = append(out, Warning{"controlPlaneEndpoint", "the endpoint is control plane " + cp + " itself: when it is down the others cannot be reached; point the endpoint at a load balancer"})
	}
	if len(s.LoadBalancers) > 1 && !s.endpointAddressKnown() {
		out = append(out, Warning{"endpointAddresses", "nothing says which address " + s.ControlPlaneEndpoint.Host + " stands for, so no hosts entry is written for it: DNS must resolve it on every machine before the cluster is initialised"})
	}
	return out
}

func (s Spec) endpointAddressKnown() bool {
	_, isAddr := s.ControlPlaneEndpoint.Addr()
	return isAddr || len(s.EndpointAddresses) > 0
}

func (s Spec) endpointOnControlPlane() (string, bool) {
	addrs := s.EndpointAddresses
	if addr, ok := s.ControlPlaneEndpoint.Addr(); ok {
		addrs = []netip.Addr{addr}
	}
	for _, cp := range s.ControlPlanes {
		if cp.Name == s.ControlPlaneEndpoint.Host {
			return cp.Name, true
		}
		for _, addr := range addrs {
			if cp.Address.Addr() == addr && !s.balances(addr) {
				return cp.Name, true
			}
		}
	}
	return "", false
}

func (s Spec) balances(addr netip.Addr) bool {
	for _, lb := range s.LoadBalancers {
		if lb.Address.Addr() == addr {
			return true
		}
	}
	return false
}

// kubeadm installs its own minor version and the one before.
func (s Spec) versionSkew() []Warning {
	k8s, err1 := version.ParseSemantic(s.KubernetesVersion)
	kubeadm, err2 := version.ParseSemantic(s.KubeadmVersion)
	if err1 != nil || err2 != nil {
		return nil
	}
	behind := int(kubeadm.Minor()) - int(k8s.Minor())
	if k8s.Major() == kubeadm.Major() && (behind == 0 || behind == 1) {
		return nil
	}
	return []Warning{{"kubeadmVersion", fmt.Sprintf("kubeadm %s does not install Kubernetes %s: it takes its own minor version and the one before", s.KubeadmVersion, s.KubernetesVersion)}}
}

func index(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
