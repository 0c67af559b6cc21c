package hostcheck

import "fmt"

// addresses compares the host's own address with the description.
func (c *checker) addresses(h host) {
	described, known := h.network()
	r, found := h.connectedRoute()
	if !known || !found || r.Destination.Bits() == described.Bits() {
		return
	}
	c.add(h, r, PrefixDiffers, c.wrongPrefix(h, r), fmt.Sprintf(
		"Give %s the address %s in the host's network configuration and restart calico-node there, if Calico runs; or correct the description, if /%d is what the network has.",
		h.name, h.address, r.Destination.Bits()))
}

func (c *checker) wrongPrefix(h host, r Route) string {
	described, _ := h.network()
	text := fmt.Sprintf("The description says %s, but the host takes %s for its network.", h.address, r.Destination)
	if r.Destination.Bits() < described.Bits() {
		return text + " It looks for machines outside of its network on the link, where nobody answers, instead of asking the gateway."
	}
	var outside []place
	for _, p := range c.places {
		if described.Contains(p.address.Addr()) && !r.Destination.Contains(p.address.Addr()) {
			outside = append(outside, p)
		}
	}
	if len(outside) > 0 {
		text += fmt.Sprintf(" It sends what is for %s to the gateway.", list(outside))
	}
	return text + fmt.Sprintf(" Where Calico runs, its BIRD announces %s to the other hosts, whose kernels prefer it to their own shorter prefix: they may lose every machine in it, although all of them still answer from here.", r.Destination)
}
