package cluster

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// place is an address or a range of the description, and where it stands.
type place struct {
	field, what string
	prefix      netip.Prefix
}

func (s Spec) overlaps() []Finding {
	var out []Finding
	ranges, machines := s.ranges(), s.machines()
	for i, r := range ranges {
		for _, other := range ranges[:i] {
			if overlap(r, other) {
				out = append(out, warning("ranges-overlap", r.field,
					"choose ranges that hold nothing in common",
					"%s overlaps %s (%s): an address in both goes to only one of them, and kubeadm does not check it", r.what, other.what, other.field))
			}
		}
		out = append(out, covered(r, machines)...)
	}
	return out
}

func overlap(a, b place) bool {
	return a.prefix.IsValid() && b.prefix.IsValid() && a.prefix.Overlaps(b.prefix)
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
func covered(r place, machines []place) []Finding {
	var inside []place
	for _, m := range machines {
		if overlap(r, m) {
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
	harm := "a route for pods or services can take the machines off each other, as BIRD's `unreachable` routes do"
	if strings.HasPrefix(r.field, "serviceSubnets") {
		harm = "a Service that is given a machine's address takes what is meant for the machine"
	}
	return []Finding{warning("range-holds-machines", r.field,
		"choose a range that holds no machine",
		"%s covers the node network (%s): %s", r.what, names, harm)}
}

// machines are all hosts, with the networks that they say they are in, the
// addresses of the endpoint, and the members of an external etcd.
func (s Spec) machines() []place {
	out := append(s.endpointAddrs(), s.hosts()...)
	out = append(out, s.otherAddresses()...)
	if s.ExternalEtcd == nil {
		return out
	}
	for i, endpoint := range s.ExternalEtcd.Endpoints {
		_, at, _ := etcdEndpoint(endpoint)
		if addr, ok := at.Addr(); ok {
			out = append(out, addrPlace(index("externalEtcd.endpoints", i), "etcd", addr))
		}
	}
	return out
}

// endpointAddrs are what the endpoint stands for, where that is known.
func (s Spec) endpointAddrs() []place {
	if addr, ok := s.ControlPlaneEndpoint.Addr(); ok {
		return []place{addrPlace("controlPlaneEndpoint", "the endpoint", addr)}
	}
	var out []place
	for i, addr := range s.EndpointAddresses {
		out = append(out, addrPlace(index("endpointAddresses", i), "the endpoint", addr))
	}
	return out
}

// hosts are the machines' addresses in the cluster, with their networks.
func (s Spec) hosts() []place {
	var out []place
	add := func(list string, i int, name string, first, second netip.Prefix) {
		p := index(list, i)
		out = append(out, hostPlace(p+".address", name, first))
		if second.IsValid() {
			out = append(out, hostPlace(p+".secondaryAddress", name, second))
		}
	}
	for i, lb := range s.LoadBalancers {
		add("loadBalancers", i, lb.Name, lb.Address, lb.SecondaryAddress)
	}
	for i, n := range s.ControlPlanes {
		add("controlPlanes", i, n.Name, n.Address, n.SecondaryAddress)
	}
	for i, n := range s.Workers {
		add("workers", i, n.Name, n.Address, n.SecondaryAddress)
	}
	return out
}

// otherAddresses are those that machines have beside the ones in the cluster.
func (s Spec) otherAddresses() []place {
	var out []place
	add := func(field, name string, addr netip.Addr) {
		if addr.IsValid() {
			out = append(out, addrPlace(field, name, addr))
		}
	}
	for i, lb := range s.LoadBalancers {
		add(index("loadBalancers", i)+".managementAddress", lb.Name, lb.ManagementAddress)
	}
	for i, n := range s.ControlPlanes {
		add(index("controlPlanes", i)+".advertiseAddress", n.Name, n.AdvertiseAddress)
		add(index("controlPlanes", i)+".managementAddress", n.Name, n.ManagementAddress)
	}
	for i, n := range s.Workers {
		add(index("workers", i)+".managementAddress", n.Name, n.ManagementAddress)
	}
	return out
}

func hostPlace(field, name string, prefix netip.Prefix) place {
	return place{field, name + " " + prefix.String(), prefix}
}

func addrPlace(field, name string, addr netip.Addr) place {
	return hostPlace(field, name, netip.PrefixFrom(addr, addr.BitLen()))
}

// placed are the machines' addresses that say which network they are in: a full
// prefix length does not.
func (s Spec) placed() []place {
	return slices.DeleteFunc(s.hosts(), func(h place) bool { return !h.prefix.IsValid() || h.prefix.IsSingleIP() })
}

// network is what machines say they are in.
type network struct {
	first place
	hosts int
	order int // in the description
}

// networks are those of the machines, in the order of the description.
func (s Spec) networks() []*network {
	var out []*network
	known := map[netip.Prefix]*network{}
	for _, h := range s.placed() {
		n := known[h.prefix.Masked()]
		if n == nil {
			n = &network{first: h}
			known[h.prefix.Masked()] = n
			out = append(out, n)
		}
		n.hosts++
	}
	return out
}

// prefixLengths compares each host with most of those on the same network, and
// with the network itself.
func (s Spec) prefixLengths() []Finding {
	var out []Finding
	index := indexed(s.networks())
	for _, h := range s.placed() {
		out = append(out, noHost(h)...)
		if usual := index.mostHosts(h.prefix).first; usual.prefix.Bits() != h.prefix.Bits() {
			out = append(out, warning("prefix-length-differs", h.field,
				"mend the prefix length of the one that is wrong",
				"%s has another prefix length than %s (%s) on the same network: routes that the pod network learns from it can cut other machines off", h.what, usual.what, usual.field))
		}
	}
	return out
}

// networkIndex finds the networks that overlap a prefix: those around it, and
// those inside of it.
type networkIndex struct {
	lengths []int // that networks have
	at      map[netip.Prefix]*network
	within  map[netip.Prefix]*network // of those inside of a prefix, the one with the most machines
}

func indexed(networks []*network) networkIndex {
	x := networkIndex{at: map[netip.Prefix]*network{}, within: map[netip.Prefix]*network{}}
	for i, n := range networks {
		n.order = i
		x.at[n.first.prefix.Masked()] = n
		if bits := n.first.prefix.Bits(); !slices.Contains(x.lengths, bits) {
			x.lengths = append(x.lengths, bits)
		}
	}
	for _, n := range networks {
		for _, bits := range x.lengths {
			if around, err := n.first.prefix.Addr().Prefix(bits); err == nil && bits <= n.first.prefix.Bits() {
				x.within[around] = larger(x.within[around], n)
			}
		}
	}
	return x
}

// mostHosts is the network with the most machines that overlaps a prefix of a
// machine.
func (x networkIndex) mostHosts(p netip.Prefix) *network {
	most := x.within[p.Masked()]
	for _, bits := range x.lengths {
		if around, err := p.Addr().Prefix(bits); err == nil && bits < p.Bits() {
			most = larger(most, x.at[around])
		}
	}
	return most
}

// larger is the network with more machines; of two, the first in the
// description.
func larger(a, b *network) *network {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case b.hosts > a.hosts || b.hosts == a.hosts && b.order < a.order:
		return b
	}
	return a
}

// outliers warns of a node that is alone in a network while all others share
// one: such an address is mostly mistyped.
func (s Spec) outliers() []Finding {
	var out []Finding
	all := s.networks()
	for _, is4 := range []bool{true, false} {
		networks := slices.DeleteFunc(slices.Clone(all), func(n *network) bool { return n.first.prefix.Addr().Is4() != is4 })
		if len(networks) != 2 {
			continue
		}
		slices.SortStableFunc(networks, func(a, b *network) int { return a.hosts - b.hosts })
		alone, others := networks[0], networks[1]
		if alone.hosts > 1 || others.hosts < 3 || !strays(alone.first, others.first) {
			continue
		}
		out = append(out, warning("alone-in-network", alone.first.field,
			"mend the address, or see to a route between the two",
			"%s is alone in its network, and all %d others are in %s", alone.first.what, others.hosts, others.first.prefix.Masked()))
	}
	return out
}

// strays tells whether a node's network has nothing to do with that of the
// others. A link between two machines is meant, and so is a load balancer's.
func strays(node, others place) bool {
	isLink := node.prefix.Bits() >= node.prefix.Addr().BitLen()-1
	return !isLink && !overlap(node, others) && !strings.HasPrefix(node.field, "loadBalancers")
}

// noHost warns of the two addresses of an IPv4 network that no machine has.
func noHost(h place) []Finding {
	addr, network := h.prefix.Addr(), h.prefix.Masked()
	if !addr.Is4() || h.prefix.Bits() >= 31 {
		return nil
	}
	what := ""
	switch {
	case addr == network.Addr():
		what = "the network's own address"
	case !network.Contains(addr.Next()):
		what = "the network's broadcast address"
	default:
		return nil
	}
	return []Finding{warning("not-a-host-address", h.field,
		"mend the address or its prefix length",
		"%s is %s, which no machine can have", h.what, what)}
}

// families warns of ranges of a family that machines have no address of.
func (s Spec) families() []Finding {
	var out []Finding
	for i, p := range s.PodSubnets {
		if n := s.nodesWithout(p.Addr().Is4()); p.IsValid() && n > 0 {
			out = append(out, warning("nodes-lack-family", index("podSubnets", i),
				"give each a secondaryAddress, or leave the range out",
				"pods get %s addresses, and %d of %d nodes have none", family(p), n, len(s.ControlPlanes)+len(s.Workers)))
		}
	}
	if len(s.PodSubnets) == 0 {
		return out
	}
	for i, p := range s.ServiceSubnets {
		if p.IsValid() && !s.podsHave(p.Addr().Is4()) {
			out = append(out, warning("pods-lack-family", index("serviceSubnets", i),
				"give a pod subnet of that family, or leave the range out",
				"services get %s addresses and pods have none, so that these reach no pod", family(p)))
		}
	}
	return out
}

func family(p netip.Prefix) string {
	if p.Addr().Is4() {
		return "IPv4"
	}
	return "IPv6"
}

func (s Spec) podsHave(is4 bool) bool {
	for _, p := range s.PodSubnets {
		if p.Addr().Is4() == is4 {
			return true
		}
	}
	return false
}

func (s Spec) nodesWithout(is4 bool) int {
	without := 0
	for _, n := range s.Nodes() {
		has := !n.Address.IsValid()
		for _, addr := range n.Addresses() {
			has = has || addr.Is4() == is4
		}
		if !has {
			without++
		}
	}
	return without
}

// podRoom warns of nodes for which no range of pods is left.
func (s Spec) podRoom() []Finding {
	var out []Finding
	nodes := len(s.ControlPlanes) + len(s.Workers)
	for i, p := range s.PodSubnets {
		if !p.IsValid() {
			continue
		}
		mask, cut := s.nodeMask(p.Addr().Is4())
		bits := mask - p.Bits()
		if !cut || bits < 0 || bits > maxMaskBits || nodes <= 1<<bits {
			continue
		}
		out = append(out, warning("pod-subnet-too-small", index("podSubnets", i),
			"choose a larger range or a longer mask",
			"%s has room for %d nodes, each with a /%d of it, and there are %d: pods of the others get no address", p, 1<<bits, mask, nodes))
	}
	return out
}
