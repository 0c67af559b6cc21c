package hostcheck

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// defaultRoutes looks at the default route of a node, in the family of its
// address: kubeadm and the kubelet take the address of its device where they are
// told none, and what goes to a Service needs a route before it is rewritten.
func (c *checker) defaultRoutes(h host) {
	table := newTable(h.Routes)
	if !h.node || !table.shows(h.address.Addr()) {
		return
	}
	usual, found := table.defaultRoute(h.is4())
	switch {
	case !found && c.count[NoRoute] == 0: // that it reaches nobody says more
		c.add(h, Evidence{Text: "no default route"}, NoDefault,
			"The host has no default route. kubeadm fails where it has to choose an address (unable to select an IP from default routes), and what the host itself sends to Services finds no way.",
			"Add the default route in the host's network configuration; where there is no gateway, one over the device of the host's address will do.")
	case found && h.elsewhere(usual):
		c.add(h, usual.Evidence, DefaultElsewhere,
			fmt.Sprintf("The default route leads out of %s, but the host's address %s is on %s. Where kubeadm, the kubelet and pod networks are told no address, they take that of %[1]s.", usual.devices(), h.address.Addr(), h.own.device),
			fmt.Sprintf("See that the kubelet's node-ip, the advertise address and the pod network's choice of device name %s, or give %s the default route with the lowest metric.", h.address.Addr(), h.own.device))
	}
}

// elsewhere reports a default route on other devices than that of the host's
// address. An address on lo or dummy is on no network.
func (h host) elsewhere(usual Route) bool {
	if !h.attached || h.own.device == "" || len(usual.NextHops) == 0 {
		return false
	}
	if h.own.device == "lo" || strings.HasPrefix(h.own.device, "dummy") {
		return false
	}
	return !slices.ContainsFunc(usual.NextHops, func(hop NextHop) bool { return hop.Device == h.own.device || hop.Device == "" })
}

// defaultRoute returns the route that everything takes for which there is no
// other. A VPN has two that are half of it each.
func (t table) defaultRoute(is4 bool) (Route, bool) {
	all, half := netip.PrefixFrom(netip.IPv6Unspecified(), 0), netip.MustParseAddr("8000::")
	if is4 {
		all, half = netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.MustParseAddr("128.0.0.0")
	}
	if lower, found := t.routes[netip.PrefixFrom(all.Addr(), 1)]; found && !lower.reachesNothing() {
		if upper, found := t.routes[netip.PrefixFrom(half, 1)]; found && !upper.reachesNothing() {
			return lower, true
		}
	}
	r, found := t.routes[all]
	return r, found && !r.reachesNothing()
}

// serviceRoutes finds routes that drop what the host itself sends to Services: it
// is routed before kube-proxy's rules see it.
func (c *checker) serviceRoutes(h host) {
	if !h.node {
		return
	}
	table := newTable(h.Routes)
	for _, services := range c.spec.ServiceSubnets {
		var dropping []Route
		if r, found := table.covering(services); found && r.reachesNothing() {
			dropping = append(dropping, r)
		}
		for _, r := range h.Routes {
			inside := services.Contains(r.Destination.Addr()) && r.Destination.Bits() > services.Bits()
			if inside && r.reachesNothing() && r.isMain() {
				dropping = append(dropping, r)
			}
		}
		for _, r := range dropping {
			if r.Destination.Bits() == 0 {
				continue // that there is no default route is said
			}
			c.add(h, r.Evidence, ServiceRoute,
				fmt.Sprintf("%s drops what it sends to Services in %s: kube-proxy's rules for iptables and nftables come after the route, so the kubelet, host-network pods and kubectl on the host reach no Service there; pods do.", h.name, overlapOf(r.Destination, services)),
				fmt.Sprintf("Find what installs it (%s): Calico does where it announces Services, and another program where its networks overlap; take it out there, or keep to kube-proxy's mode ipvs.", installer(r)))
		}
	}
}

func overlapOf(a, b netip.Prefix) netip.Prefix {
	if a.Bits() > b.Bits() {
		return a
	}
	return b
}

// covering returns the longest route that holds all of a network.
func (t table) covering(network netip.Prefix) (Route, bool) {
	for _, bits := range t.bits {
		if bits > network.Bits() {
			continue
		}
		prefix, err := network.Addr().Prefix(bits)
		if err != nil {
			continue // longer than addresses of this family
		}
		if r, found := t.routes[prefix]; found {
			return r, true
		}
	}
	return Route{}, false
}
