package hostcheck

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/joinplan/cluster"
)

// place is an address of the description.
type place struct {
	name         string
	address      netip.Prefix // with its network, as described
	machine      bool         // not the endpoint alone
	node         bool         // a control plane or a worker
	controlPlane bool
	endpoint     bool       // what the control-plane endpoint resolves to
	apiServer    netip.Addr // that a control plane advertises
}

func (p place) String() string {
	if addr := p.address.Addr().String(); addr != p.name {
		return fmt.Sprintf("%s (%s)", p.name, addr)
	}
	return p.name
}

func (p place) is4() bool { return p.address.Addr().Is4() }

// network is the network that the description gives the host, if it does.
func (p place) network() (netip.Prefix, bool) {
	return p.address.Masked(), p.address.IsValid() && !p.address.IsSingleIP()
}

// places lists the description's addresses, each once: those of the machines by
// which they are known first.
func places(spec cluster.Spec) []place {
	var all []place
	for _, lb := range spec.LoadBalancers {
		all = append(all, place{name: lb.Name, address: lb.Address, machine: true})
	}
	for _, node := range spec.ControlPlanes {
		all = append(all, place{name: node.Name, address: node.Address, machine: true, node: true, controlPlane: true, apiServer: node.APIServerAddress()})
	}
	for _, node := range spec.Workers {
		all = append(all, place{name: node.Name, address: node.Address, machine: true, node: true})
	}
	all = append(all, otherPlaces(spec)...)
	at := map[netip.Addr]int{}
	for i, p := range slices.Backward(all) {
		at[p.address.Addr()] = i
	}
	for _, addr := range endpointAddresses(spec) {
		i, known := at[addr]
		if !known {
			i = len(all)
			at[addr] = i
			all = append(all, place{name: spec.ControlPlaneEndpoint.Host, address: netip.PrefixFrom(addr, addr.BitLen())})
		}
		all[i].endpoint = true
	}
	return all
}

// otherPlaces are the machines by their other addresses: the secondary one, and
// the one that an API server advertises.
func otherPlaces(spec cluster.Spec) []place {
	var all []place
	for _, lb := range spec.LoadBalancers {
		if lb.SecondaryAddress.IsValid() {
			all = append(all, place{name: lb.Name, address: lb.SecondaryAddress, machine: true})
		}
	}
	for i, node := range spec.Nodes() {
		p := place{name: node.Name, machine: true, node: true, controlPlane: i < len(spec.ControlPlanes), apiServer: node.APIServerAddress()}
		if p.address = node.SecondaryAddress; p.address.IsValid() {
			all = append(all, p)
		}
		if addr := node.AdvertiseAddress; addr.IsValid() && !slices.Contains(node.Addresses(), addr) {
			p.address = netip.PrefixFrom(addr, addr.BitLen())
			all = append(all, p)
		}
	}
	return all
}

// endpointAddresses gives what the endpoint's name resolves to, or the address
// that it is.
func endpointAddresses(spec cluster.Spec) []netip.Addr {
	if addr, ok := spec.ControlPlaneEndpoint.Addr(); ok {
		return []netip.Addr{addr}
	}
	return spec.EndpointAddresses
}

// maxListed is how many of many are named.
const maxListed = 12

// list names places for people.
func list(places []place) string { return listOf(places, len(places)) }

// listOf names some of so many places.
func listOf(some []place, count int) string {
	names := make([]string, 0, maxListed+1)
	for _, p := range some[:min(len(some), maxListed)] {
		names = append(names, p.String())
	}
	if n := count - len(names); n > 0 {
		names = append(names, fmt.Sprintf("%d others", n))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
