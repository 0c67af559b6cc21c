package hostcheck

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
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
	var hosts []host
	var errs []error
	for i, c := range captures {
		own := c.ownAddresses()
		at := slices.IndexFunc(places, func(p place) bool {
			if c.Host != "" {
				return p.name == c.Host
			}
			return slices.Contains(own, p.address.Addr())
		})
		switch {
		case at >= 0 && slices.ContainsFunc(hosts, func(h host) bool { return h.name == places[at].name }):
			errs = append(errs, fmt.Errorf("captures[%d]: a second capture of host %s: give one of each", i, places[at].name))
		case at >= 0:
			own, attached := c.attachment(places[at].address.Addr())
			hosts = append(hosts, host{places[at], c, at, own, attached})
		case c.Host != "":
			errs = append(errs, fmt.Errorf("captures[%d]: host %q is not in the description", i, c.Host))
		default:
			errs = append(errs, fmt.Errorf("captures[%d]: none of its addresses is in the description: say which host it is of", i))
		}
	}
	slices.SortFunc(hosts, func(a, b host) int { return a.order - b.order })
	return hosts, errors.Join(errs...)
}

// ownAddresses gives the host's addresses, as far as it showed them.
func (c Capture) ownAddresses() []netip.Addr {
	var own []netip.Addr
	for _, a := range c.Addresses {
		own = append(own, a.Prefix.Addr())
	}
	for _, r := range c.Routes {
		if r.Source.IsValid() {
			own = append(own, r.Source)
		}
		if r.Type == "local" && r.Destination.IsSingleIP() {
			own = append(own, r.Destination.Addr())
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
