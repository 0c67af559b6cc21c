package hostcheck

import (
	"errors"
	"net/netip"

	"github.com/haplane/haplane/joinplan/cluster"
)

// Check compares what hosts say of themselves with the description, and with
// each other. The order of the captures does not matter.
//
// A capture without a Host is taken to be of the host whose described address
// it shows. An error says that there is no capture, that one is of no host of the
// description, or that two are of the same one.
func Check(spec cluster.Spec, captures ...Capture) (Report, error) {
	if len(captures) == 0 {
		return Report{}, errors.New("no captures: give what at least one host said")
	}
	spec = spec.WithDefaults()
	places := places(spec)
	hosts, err := identify(places, captures)
	if err != nil {
		return Report{}, err
	}
	c := checker{spec: spec, places: places, byName: namesOf(spec), hosts: hosts, report: Report{Hosts: []string{}, Findings: []Finding{}}}
	for _, h := range hosts {
		c.report.Hosts = append(c.report.Hosts, h.name)
		faces := c.faces(h)
		for _, face := range faces {
			c.address(face)
		}
		c.addressesTaken(h)
		c.routes(faces)
		c.names(h)
		c.servers(h)
		c.certificates(h)
		c.clones(h)
		c.clock(h)
	}
	return c.report, nil
}

// faces are the host with each of its described addresses, first the one that it
// was found by.
func (c *checker) faces(h host) []host {
	faces := []host{h}
	for _, p := range c.places {
		if p.machine && p.name == h.name && p.address != h.address {
			own, attached := h.attachment(p.address.Addr())
			faces = append(faces, host{p, h.Capture, h.order, own, attached})
		}
	}
	return faces
}

// checker gathers what it finds on the hosts.
type checker struct {
	spec   cluster.Spec // with its defaults
	places []place
	byName map[string][]netip.Addr // what the description's names stand for
	hosts  []host
	report Report
}

func (c *checker) add(h host, e Evidence, code, consequence, cure string) {
	c.report.Findings = append(c.report.Findings, Finding{h.name, code, e.Text, e.Line, consequence, cure})
}
