package hostcheck

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// clones finds what a host shares with another one that it should have alone.
func (c *checker) clones(h host) {
	c.clone(h, h.MachineID,
		"machine-id", "systemd, DHCP leases and pod networks tell machines apart by it",
		"Remove /etc/machine-id on the clone, run systemd-machine-id-setup and reboot, before it joins.")
	c.clone(h, h.ProductUUID,
		"product_uuid", "cloud providers and storage drivers tell machines apart by it",
		"Give the clone's virtual machine a UUID of its own in the hypervisor, before it joins.")
	c.clone(h, Fact{h.own.mac, Evidence{Text: fmt.Sprintf("link/ether %s on %s", h.own.mac, h.own.device)}},
		"MAC address", "the switch sends what is for the one now to the one and now to the other",
		"Give the clone's network card a MAC address of its own in the hypervisor.")
}

// fingerprint is something that one host alone should have.
type fingerprint struct{ what, value string }

func (c *checker) clone(h host, fact Fact, what, why, cure string) {
	if fact.Value == "" {
		return
	}
	first, seen := c.seen[fingerprint{what, fact.Value}]
	if !seen {
		c.seen[fingerprint{what, fact.Value}] = h.name
		return
	}
	c.add(h, fact.Evidence, Clone, fmt.Sprintf("%s has the %s of %s: one is a clone of the other, and %s.", h.name, what, first, why), cure)
}

// MaxClockSkew is how far a clock may be from the others. etcd complains from
// one second on; a host's clock is read in whole seconds, some time after it
// was asked.
const MaxClockSkew = 2 * time.Second

// clock compares the host's clock with the others and with that of whoever
// asked.
func (c *checker) clock(h host) {
	for _, e := range h.Unsynchronized {
		c.add(h, e, ClockUnsynchronized, "Nothing keeps the host's clock right: sooner or later certificates and tokens count as expired, and etcd's leases go wrong.",
			"Have chrony or systemd-timesyncd set the clock, and see with timedatectl that it is synchronized.")
	}
	offset, known := h.offset()
	if !known {
		return
	}
	skew := (offset - c.usual).Round(time.Second)
	if skew.Abs() < MaxClockSkew {
		return
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	c.add(h, h.Clock.Evidence, ClockSkew,
		fmt.Sprintf("The clock is %s %s the others. Certificates and tokens count as expired or as not yet valid, and etcd's leases and logs go wrong.", skew.Abs(), direction),
		"Have chrony or systemd-timesyncd set the clock (timedatectl), before this host joins.")
}

// offset is how far the host's clock is ahead of that of whoever asked.
func (h host) offset() (time.Duration, bool) {
	clock, err := time.Parse(time.RFC3339, h.Clock.Value)
	if err != nil || h.At.IsZero() {
		return 0, false
	}
	return clock.Sub(h.At), true
}

// usualOffset is the median of all clocks, of which whoever asked has one; of
// two in the middle it is the one closer to his.
func usualOffset(hosts []host) time.Duration {
	offsets := []time.Duration{0}
	for _, h := range hosts {
		if offset, known := h.offset(); known {
			offsets = append(offsets, offset)
		}
	}
	slices.Sort(offsets)
	lower, upper := offsets[(len(offsets)-1)/2], offsets[len(offsets)/2]
	return slices.MinFunc([]time.Duration{lower, upper}, func(a, b time.Duration) int { return cmp.Compare(a.Abs(), b.Abs()) })
}
