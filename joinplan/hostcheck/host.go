package hostcheck

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/finding"
)

// host is a machine of the description with what it said.
type host struct {
	place
	Capture
	order    int // in the description
	own      attachment
	attached bool // own is known
}

// identify finds the captures' hosts, in the description's order.
func identify(places []place, captures []Capture) ([]host, error) {
	byName, byAddress := map[string]int{}, map[netip.Addr]int{}
	for i, p := range slices.Backward(places) {
		byName[p.name], byAddress[p.address.Addr()] = i, i
	}
	taken := map[string]bool{}
	var hosts []host
	var errs []error
	for i, c := range captures {
		at, found := byName[c.Host]
		if c.Host == "" {
			at, found = c.find(places, byName, byAddress)
		}
		switch {
		case found && taken[places[at].name]:
			errs = append(errs, fmt.Errorf("captures[%d]: a second capture of host %s: give one of each", i, places[at].name))
		case found:
			taken[places[at].name] = true
			own, attached := c.attachment(places[at].address.Addr())
			hosts = append(hosts, host{places[at], c, at, own, attached})
		case c.Host != "":
			errs = append(errs, fmt.Errorf("captures[%d]: host %q is not in the description", i, c.Host))
		default:
			errs = append(errs, fmt.Errorf("captures[%d]: none of its addresses is in the description: say which host it is of", i))
		}
	}
	slices.SortFunc(hosts, func(a, b host) int { return a.order - b.order })
	return hosts, finding.JoinErrors(errs)
}

// find returns the index of the place that the capture shows: an address of a
// node before one of a load balancer, which can be on any machine, one with a
// network before one alone, and then the first. Where it shows none, the prompt
// tells.
func (c Capture) find(places []place, byName map[string]int, byAddress map[netip.Addr]int) (int, bool) {
	best, rank := 0, 0
	for _, own := range c.ownAddresses() {
		i, known := byAddress[own.Addr()]
		if !known {
			continue
		}
		here := 1
		if !own.IsSingleIP() {
			here++
		}
		if places[i].node {
			here += 2
		}
		if here > rank {
			best, rank = i, here
		}
	}
	if rank > 0 {
		return best, true
	}
	for name := c.Hostname.Value; name != ""; {
		if i, known := byName[name]; known {
			return i, true
		}
		dot := strings.LastIndexByte(name, '.')
		name = name[:max(dot, 0)]
	}
	return 0, false
}

// ownAddresses returns the host's addresses, as far as it showed them.
func (c Capture) ownAddresses() []netip.Prefix {
	var own []netip.Prefix
	for _, a := range c.Addresses {
		own = append(own, a.Prefix)
	}
	for _, r := range c.Routes {
		if r.Source.IsValid() {
			own = append(own, netip.PrefixFrom(r.Source, r.Destination.Bits()))
		}
		if r.Destination.IsSingleIP() && (r.Type == "local" || r.Type == "" && r.stays("lo")) {
			own = append(own, r.Destination)
		}
	}
	return own
}

// attachment is how the host's described address sits on the host.
type attachment struct {
	network  netip.Prefix // what the host takes for its own network
	device   string
	mac      string
	evidence Evidence
}

// attachment finds an address in ip addr, or else the route that the kernel
// made for it; in IPv6 that names no source.
func (c Capture) attachment(addr netip.Addr) (attachment, bool) {
	for _, a := range c.Addresses {
		if a.Prefix.Addr() == addr {
			return attachment{a.Prefix.Masked(), a.Device, a.MAC, a.Evidence}, true
		}
	}
	for _, r := range c.Routes {
		if r.connected() && (r.Source == addr || !r.Source.IsValid() && r.Destination.Contains(addr)) {
			return attachment{r.Destination, r.NextHops[0].Device, "", r.Evidence}, true
		}
	}
	return attachment{}, false
}
