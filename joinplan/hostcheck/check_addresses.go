package hostcheck

import (
	"fmt"
	"net/netip"
	"strings"
)

// address compares one of the host's addresses with the description.
func (c *checker) address(h host) {
	described, known := h.network()
	switch {
	case !h.attached:
		c.addressMissing(h)
	case h.own.network.IsSingleIP(): // of a cloud or of DHCPv6: it says nothing of the network
	case known && described.Bits() != h.own.network.Bits():
		c.prefixDiffers(h, described)
	case !known:
		c.prefixIsOdd(h)
	}
}

func (c *checker) addressMissing(h host) {
	var shown []string
	for _, a := range h.Addresses {
		if addr := a.Prefix.Addr(); addr.Is4() == h.address.Addr().Is4() && !addr.IsLoopback() && !addr.IsLinkLocalUnicast() {
			shown = append(shown, a.Prefix.String())
		}
	}
	if len(shown) == 0 {
		return
	}
	if n := len(shown) - maxListed; n > 0 {
		shown = append(shown[:maxListed], fmt.Sprintf("and %d others", n))
	}
	c.add(h, Evidence{Text: "ip addr shows " + strings.Join(shown, ", ")}, AddressMissing,
		fmt.Sprintf("The host has no address %s, which the description gives it: what the others send there arrives elsewhere, or nowhere.", h.address.Addr()),
		"Give the host that address, correct the description, or see whether this is the capture of another host.")
}

func (c *checker) prefixDiffers(h host, described netip.Prefix) {
	own := h.own
	text := fmt.Sprintf("The description says %s, but the host takes %s for its network.", h.address, own.network)
	cure := fmt.Sprintf("Give %s the address %s in the host's network configuration and restart calico-node there, if Calico runs; or correct the description, if /%d is what the network has.",
		h.name, h.address, own.network.Bits())
	if own.network.Bits() < described.Bits() {
		c.add(h, own.evidence, PrefixDiffers, text+" It looks for machines outside of its network on the link, where nobody answers, instead of asking the gateway.", cure)
		return
	}
	var outside []place
	for _, p := range c.places {
		if described.Contains(p.address.Addr()) && !own.network.Contains(p.address.Addr()) {
			outside = append(outside, p)
		}
	}
	if len(outside) > 0 {
		text += fmt.Sprintf(" It sends what is for %s to the gateway.", list(outside))
	}
	c.add(h, own.evidence, PrefixDiffers, text+announced(own), cure)
}

func announced(own attachment) string {
	return fmt.Sprintf(" Where Calico runs, its BIRD announces %s to the other hosts, whose kernels prefer it to their own shorter prefix: they may lose every machine in it, although all of them still answer from here.", own.network)
}

// crowd are hosts that take the same for their network.
type crowd struct {
	network netip.Prefix
	count   int
	some    []place
}

func (c *crowd) add(p place) {
	if c.count++; len(c.some) < maxListed {
		c.some = append(c.some, p)
	}
}

// crowds gathers the hosts by what they take for their network, and by every
// network that theirs is a part of.
func crowds(hosts []host) (same, inside map[netip.Prefix]*crowd) {
	same, inside = map[netip.Prefix]*crowd{}, map[netip.Prefix]*crowd{}
	join := func(all map[netip.Prefix]*crowd, key netip.Prefix, h host) {
		if all[key] == nil {
			all[key] = &crowd{network: h.own.network}
		}
		all[key].add(h.place)
	}
	for _, h := range hosts {
		if !h.attached || h.own.network.IsSingleIP() {
			continue
		}
		join(same, h.own.network, h)
		for bits := range h.own.network.Bits() {
			wider, _ := h.own.network.Addr().Prefix(bits) // shorter than its own
			join(inside, wider, h)
		}
	}
	return same, inside
}

// unlike gathers the hosts whose network overlaps the given one and has another
// length.
func (c *checker) unlike(network netip.Prefix) crowd {
	var all crowd
	add := func(other *crowd) {
		if other != nil {
			all.network = other.network
			all.count += other.count
			all.some = append(all.some, other.some...)
		}
	}
	for bits := range network.Bits() {
		wider, _ := network.Addr().Prefix(bits) // shorter than its own
		add(c.crowds[wider])
	}
	add(c.inside[network])
	return all
}

// prefixIsOdd compares hosts with each other where the description gives no
// prefix length: at least half of the hosts of the network have another one.
func (c *checker) prefixIsOdd(h host) {
	own := h.own
	unlike := c.unlike(own.network)
	if unlike.count == 0 || unlike.count < c.crowds[own.network].count {
		return
	}
	text := fmt.Sprintf("The host takes %s for its network, but to %s it is %s.", own.network, listOf(unlike.some, unlike.count), unlike.network)
	if own.network.Bits() > unlike.network.Bits() {
		text += announced(own)
	}
	c.add(h, own.evidence, PrefixDiffers, text,
		"Find out which prefix length the network has, give it to all of its hosts, and write it into the description, so that it is checked.")
}

func (c *checker) addressesTaken(h host) {
	for _, a := range h.Addresses {
		for _, p := range c.at[a.Prefix.Addr()] {
			if p.name != h.name {
				c.add(h, a.Evidence, AddressTaken,
					fmt.Sprintf("The host has the address of %s: what is sent there reaches now the one and now the other.", p),
					"Take the address from the host that it does not belong to, or correct the description.")
			}
		}
	}
}
