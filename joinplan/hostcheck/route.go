package hostcheck

import (
	"net/netip"
	"slices"
	"strings"
)

// Route is a route of a host's kernel, as ip-route(8) shows it.
type Route struct {
	// Type is empty for an ordinary (unicast) route; unreachable, blackhole,
	// prohibit and throw are those that reach nothing.
	Type        string
	Destination netip.Prefix // default is 0.0.0.0/0 or ::/0
	// NextHops is one, or several for a multipath route; none where a route
	// needs none.
	NextHops []NextHop
	Protocol string // who installed it: kernel, static, dhcp, bird ...
	Scope    string
	Source   netip.Addr // the preferred source address; the zero Addr if none
	Metric   uint32
	Table    string   // empty for main
	Flags    []string // linkdown, dead, onlink ...
	Evidence
}

// NextHop is where a route leads.
type NextHop struct {
	Gateway netip.Addr // the zero Addr where the destination is on the link
	Device  string
	// Down is true for a hop of several whose link is down; where there is one hop
	// the route's Flags say it.
	Down bool
}

// reachesNothing reports whether the kernel drops what takes this route.
func (r Route) reachesNothing() bool { return dropsAll(r.Type) }

func dropsAll(routeType string) bool {
	return slices.Contains([]string{"unreachable", "blackhole", "prohibit", "throw"}, routeType)
}

func (r Route) isMain() bool { return r.Table == "" || r.Table == "main" || r.Table == "254" }

// connected reports whether the kernel made the route for an address of the
// host: its prefix is the one that the address has.
func (r Route) connected() bool {
	return r.Type == "" && r.Protocol == "kernel" && r.onLink() && !r.Destination.IsSingleIP()
}

// stays reports whether the route leads straight out of the device.
func (r Route) stays(device string) bool { return r.onLink() && r.NextHops[0].Device == device }

func (r Route) onLink() bool {
	return len(r.NextHops) == 1 && !r.NextHops[0].Gateway.IsValid()
}

// down reports whether every way that the route leads is down.
func (r Route) down() bool {
	return slices.ContainsFunc(r.Flags, isDown) || len(r.NextHops) > 0 && !slices.ContainsFunc(r.NextHops, func(h NextHop) bool { return !h.Down })
}

// halfDown reports whether some of the ways are down and others are not.
func (r Route) halfDown() bool {
	return !r.down() && slices.ContainsFunc(r.NextHops, func(h NextHop) bool { return h.Down })
}

func isDown(flag string) bool { return flag == "linkdown" || flag == "dead" }

// byBIRD reports a route that BIRD, and so Calico, installed: protocol 12 in
// iproute2's rt_protos, which prints the number where it lacks the name.
func (r Route) byBIRD() bool { return r.Protocol == "bird" || r.Protocol == "12" }

// devices names the route's devices, for people.
func (r Route) devices() string {
	names := make([]string, 0, len(r.NextHops))
	for _, hop := range r.NextHops {
		names = append(names, hop.Device)
	}
	return strings.Join(slices.Compact(names), ", ")
}
