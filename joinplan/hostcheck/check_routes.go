package hostcheck

import (
	"fmt"
	"net/netip"
	"slices"
)

// troubled is a route with the places that the host loses by it.
type troubled struct {
	route  Route
	code   string
	places []place
}

// routes finds the routes that keep the host from machines of the cluster. The
// host has one face or two in each family, and goes out by the first; what it
// has no address for is judged by the first of all.
func (c *checker) routes(faces []host) {
	if len(faces[0].Routes) == 0 {
		return
	}
	seen := map[bool]bool{}
	for _, face := range faces {
		seen[face.is4()] = true
	}
	judged := map[bool]bool{}
	for i, face := range faces {
		if judged[face.is4()] {
			continue
		}
		judged[face.is4()] = true
		c.routesFrom(face, func(p place) bool { return p.is4() == face.is4() || i == 0 && !seen[p.is4()] })
	}
}

func (c *checker) routesFrom(h host, concerns func(place) bool) {
	for _, t := range c.troubles(h, concerns) {
		switch t.code {
		case UnreachableRoute:
			c.add(h, t.route.Evidence, t.code, c.dropped(h, t), c.cureOfDropped(h, t.route))
		case Detour:
			c.add(h, t.route.Evidence, t.code, c.detoured(h, t), c.cureOfDetour(h, t.route))
		case LinkDown:
			c.add(h, t.route.Evidence, t.code,
				fmt.Sprintf("The route to %s leads over %s, and that link is down.%s", list(t.places), t.route.devices(), c.loses(h, t.places)),
				fmt.Sprintf("Bring %s up (ip link show %[1]s), or remove the address whose network covers machines of the cluster.", t.route.devices()))
		case HopDown:
			c.add(h, t.route.Evidence, t.code,
				fmt.Sprintf("Some of the ways of the route to %s are down; the others still lead there.", list(t.places)),
				fmt.Sprintf("See why a link of %s is down.", t.route.devices()))
		case NoRoute:
			c.add(h, t.route.Evidence, t.code,
				fmt.Sprintf("No route matches %s, not even a default route.%s", list(t.places), c.loses(h, t.places)),
				"Add the default route or the missing network in the host's network configuration.")
		}
	}
}

// troubles gathers the places by the route that the host takes to them.
func (c *checker) troubles(h host, concerns func(place) bool) []troubled {
	type key struct {
		code string
		to   netip.Prefix
	}
	var all []troubled
	at := map[key]int{}
	table := newTable(h.Routes)
	for _, p := range c.places {
		addr := p.address.Addr()
		if p.machine && p.name == h.name || addr == h.address.Addr() || !concerns(p) || !table.shows(addr) {
			continue
		}
		route, found := table.lookup(addr)
		code := c.judge(h, route, found, addr)
		if code == "" {
			continue
		}
		if !found {
			route = Route{Evidence: Evidence{Text: "no route to " + addr.String()}}
		}
		i, known := at[key{code, route.Destination}]
		if !known {
			i = len(all)
			at[key{code, route.Destination}] = i
			all = append(all, troubled{route, code, nil})
		}
		all[i].places = append(all[i].places, p)
	}
	return all
}

// judge gives the code of what is wrong with the route to a place, or "".
func (c *checker) judge(h host, r Route, found bool, addr netip.Addr) string {
	switch {
	case !found:
		return NoRoute
	case r.reachesNothing():
		return UnreachableRoute
	case r.down():
		return LinkDown
	case r.halfDown():
		return HopDown
	case r.Type == "" && h.attached && h.own.network.Contains(addr) && !r.stays(h.own.device):
		return Detour
	}
	return ""
}

func (c *checker) dropped(h host, t troubled) string {
	return fmt.Sprintf("%s drops what it sends to %s. %s%s%s",
		h.name, list(t.places), longest(h, t.route), spared(h, t.route), c.loses(h, t.places))
}

func (c *checker) detoured(h host, t troubled) string {
	return fmt.Sprintf("%s has %s in its own network on %s, but what it sends there goes %s. %s%s",
		h.name, list(t.places), h.own.device, way(t.route), longest(h, t.route), c.loses(h, t.places))
}

func way(r Route) string {
	if len(r.NextHops) > 0 && r.NextHops[0].Gateway.IsValid() {
		return fmt.Sprintf("through %s on %s, where it is lost or goes round in circles", r.NextHops[0].Gateway, r.devices())
	}
	return fmt.Sprintf("out of %s, where it is lost unless that is the same network", r.devices())
}

// longest explains why this route wins.
func longest(h host, r Route) string {
	if !h.attached || r.Destination.Bits() <= h.own.network.Bits() {
		return "Of all routes that match, this one has the longest prefix, so the kernel takes it."
	}
	return fmt.Sprintf("Of all routes that match, the kernel takes the one with the longest prefix, and /%d is longer than the /%d of the connected network %s: all of %s is cut out of it.",
		r.Destination.Bits(), h.own.network.Bits(), h.own.network, r.Destination)
}

// spared says why the host's own address is not lost.
func spared(h host, r Route) string {
	if !r.Destination.Contains(h.address.Addr()) {
		return ""
	}
	return fmt.Sprintf(" Its own %s lies in there too; that one still works, because a host reaches itself without these routes.", h.address.Addr())
}

// loses says what stops working.
func (c *checker) loses(h host, lost []place) string {
	text := ""
	if slices.ContainsFunc(lost, func(p place) bool { return p.endpoint }) {
		text += fmt.Sprintf(" The control-plane endpoint %s is among them: kubelet, kubectl and all else that uses it on %s lose the API.", c.spec.ControlPlaneEndpoint, h.name)
	}
	if h.controlPlane && c.spec.ExternalEtcd == nil && slices.ContainsFunc(lost, func(p place) bool { return p.controlPlane }) {
		text += " Its etcd member is cut off from those of the other control planes."
	}
	return text
}

func (c *checker) cureOfDropped(h host, r Route) string {
	if r.byBIRD() {
		return c.cureOfBIRD(h, r)
	}
	return fmt.Sprintf("Find what installs it (%s) and take it out there; ip route del %s %s helps until it comes back.",
		installer(r), r.Type, r.Destination)
}

func (c *checker) cureOfDetour(h host, r Route) string {
	if r.byBIRD() {
		return c.cureOfBIRD(h, r)
	}
	return fmt.Sprintf("Find what installs it (%s) and take it out there.", installer(r))
}

func installer(r Route) string {
	if r.Protocol == "" {
		return "a person or a script: the route names no protocol"
	}
	return "protocol " + r.Protocol
}

// cureOfBIRD leads to what BIRD, and so Calico, was told wrongly.
func (c *checker) cureOfBIRD(h host, r Route) string {
	if pods, overlap := c.podsOver(r); overlap && r.Type == "blackhole" {
		return ofBlock("It is", pods)
	} else if overlap && isBlockSize(r.Destination) {
		return c.ofAnnouncement(h, r) + " " + ofBlock("Or it is", pods)
	}
	return c.ofAnnouncement(h, r)
}

// ofAnnouncement leads to the host whose wrong prefix length is announced.
func (c *checker) ofAnnouncement(h host, r Route) string {
	right := ""
	if h.attached {
		right = fmt.Sprintf(" instead of /%d", h.own.network.Bits())
	}
	if culprit, found := c.announcer(r.Destination); found {
		return fmt.Sprintf("BIRD (Calico) got it from another host, and %s is the one: its address has prefix length /%d%s. Correct it there, and restart calico-node on %[1]s; the route then goes by itself.",
			culprit.name, r.Destination.Bits(), right)
	}
	family := "IPv4"
	if r.Destination.Addr().Is6() {
		family = "IPv6"
	}
	return fmt.Sprintf("The fault is probably not on %s: BIRD (Calico) got this route from another host, whose own address has prefix length /%d%s. "+
		"Run ip addr on every host, or kubectl get nodes -o yaml | grep projectcalico.org/%sAddress; correct the prefix length on the one that differs and restart calico-node there. "+
		"The route then goes by itself; deleted by hand it comes back.", h.name, r.Destination.Bits(), right, family)
}

// announcer finds a captured host that takes exactly this for its network.
func (c *checker) announcer(network netip.Prefix) (place, bool) {
	if same := c.crowds[network]; same != nil {
		return same.some[0], true
	}
	return place{}, false
}

// podsOver gives the pod subnet that the route is a part of.
func (c *checker) podsOver(r Route) (netip.Prefix, bool) {
	for _, pods := range c.spec.PodSubnets {
		if pods.Contains(r.Destination.Addr()) && pods.Bits() <= r.Destination.Bits() {
			return pods, true
		}
	}
	return netip.Prefix{}, false
}

// isBlockSize reports the size of the blocks that Calico gives hosts for their
// pods, unless it was told another one.
func isBlockSize(p netip.Prefix) bool { return p.Bits() == p.Addr().BitLen()-6 }

func ofBlock(it string, pods netip.Prefix) string {
	return fmt.Sprintf("%s a block of pods that Calico took from the pod subnet %s, which covers the network of the machines: "+
		"give the pods an IP pool that overlaps nothing, move them there, and delete the old pool.", it, pods)
}
