package hostcheck

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan/cluster"
)

// Check compares what hosts say of themselves with the description, and with
// each other. The order of the captures does not matter.
//
// A capture without a Host is taken to be of the host whose described address
// it shows; of several, a load balancer's is taken last, because such an address
// can be on any machine. An error says that there is no capture, that one is of no
// host of the description, or that two are of the same one.
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
	c := newChecker(spec, places, hosts)
	for _, h := range hosts {
		c.report.Hosts = append(c.report.Hosts, h.name)
		faces := c.faces(h)
		for _, face := range faces {
			c.address(face)
		}
		c.addressesTaken(h)
		c.routes(faces)
		c.defaultRoutes(h)
		c.serviceRoutes(h)
		c.names(h)
		c.servers(h)
		c.certificates(h)
		c.clones(h)
		c.clock(h)
		c.gaps(h)
		c.compared(h)
		c.summarise(h)
	}
	return c.report, nil
}

// checker gathers what it finds on the hosts.
type checker struct {
	spec   cluster.Spec // with its defaults
	places []place
	of     map[string][]place      // by machine
	at     map[netip.Addr][]place  // of machines, by address
	byName map[string][]netip.Addr // what the description's names stand for
	seen   map[fingerprint]string  // the first host with it
	crowds map[netip.Prefix]*crowd // hosts by what they take for their network
	inside map[netip.Prefix]*crowd // hosts whose network is a part of this one
	usual  time.Duration           // how far clocks are ahead of whoever asked
	count  map[string]int          // findings of the host, by code
	report Report
}

func newChecker(spec cluster.Spec, places []place, hosts []host) *checker {
	c := &checker{
		spec:   spec,
		places: places,
		of:     map[string][]place{},
		at:     map[netip.Addr][]place{},
		byName: namesOf(spec),
		seen:   map[fingerprint]string{},
		usual:  usualOffset(hosts),
		count:  map[string]int{},
		report: Report{Hosts: []string{}, Findings: []Finding{}},
	}
	for _, p := range places {
		if p.machine {
			c.of[p.name] = append(c.of[p.name], p)
			c.at[p.address.Addr()] = append(c.at[p.address.Addr()], p)
		}
	}
	c.crowds, c.inside = crowds(hosts)
	return c
}

// faces are the host with each of its described addresses, first the one that it
// was found by.
func (c *checker) faces(h host) []host {
	faces := []host{h}
	for _, p := range c.of[h.name] {
		if p.address != h.address {
			own, attached := h.attachment(p.address.Addr())
			faces = append(faces, host{p, h.Capture, h.order, own, attached})
		}
	}
	return faces
}

// Of one code so many findings of a host are told one by one, and of a line of
// the capture so many bytes.
const (
	maxFindings = 20
	maxEvidence = 300
)

// add reports what the host printed, what it means and what to do. All that came
// from outside goes through here.
func (c *checker) add(h host, e Evidence, code, means, cure string) {
	c.addAs(cmp.Or(severities[code], Warning), h, e, code, means, cure)
}

func (c *checker) addAs(severity Severity, h host, e Evidence, code, means, cure string) {
	if c.count[code]++; c.count[code] > maxFindings {
		return
	}
	message := strings.TrimSuffix(means, ".")
	if e.Text != "" {
		message = plain.Short(e.Text, maxEvidence) + ": " + message
	}
	f := Finding{
		Code:     code,
		Severity: severity,
		Subject:  plain.Line(h.name),
		Message:  plain.Line(message),
		Remedy:   plain.Line(strings.TrimSuffix(cure, ".")),
	}
	if e.Line > 0 {
		f.Place = fmt.Sprintf("capture:%d", e.Line)
	}
	c.report.Findings = append(c.report.Findings, f)
}

// summarise says how many more findings of each code the host has.
func (c *checker) summarise(h host) {
	var codes []string
	for code, n := range c.count {
		if n > maxFindings {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	for _, code := range codes {
		more := c.count[code] - maxFindings
		c.count[code] = 0
		c.add(h, Evidence{}, code, fmt.Sprintf("There are %d more findings of this kind", more), "See those above")
	}
	clear(c.count)
}

// gaps reports what was not understood, by its lines: they may hold a secret.
func (c *checker) gaps(h host) {
	if len(h.Gaps) == 0 {
		return
	}
	const told = 8
	var lines []string
	for i, gap := range h.Gaps {
		if i == told {
			lines = append(lines, fmt.Sprintf("and %d more", len(h.Gaps)-told))
			break
		}
		lines = append(lines, fmt.Sprintf("line %d (%s)", gap.Line, gap.Reason))
	}
	c.add(h, Evidence{Line: h.Gaps[0].Line}, NotUnderstood,
		fmt.Sprintf("Not all of the capture was understood, and what was not may be bad news: %s", strings.Join(lines, ", ")),
		"Copy these lines whole, leave out what is of no command that is read here, or have the script of this package ask the host")
}

// compared reports a capture that says nothing of what the description has, such
// as the hosts file of another network: that nothing is wrong in it means nothing.
func (c *checker) compared(h host) {
	facts := len(h.Routes) + len(h.Addresses) + len(h.Servers) + len(h.Certificates) + len(h.Unsynchronized) + len(h.Refusals) +
		len(h.MachineID.Value) + len(h.ProductUUID.Value)
	_, timed := h.offset()
	known := func(name string) bool { return c.byName[name] != nil }
	if facts > 0 || timed || slices.ContainsFunc(h.Names, func(n Name) bool { return slices.ContainsFunc(n.Names, known) }) ||
		slices.ContainsFunc(h.Unresolved, func(f Fact) bool { return known(f.Value) }) {
		return
	}
	c.add(h, Evidence{}, NothingCompared, "Nothing in this capture concerns a machine or a name of the description, so it shows nothing",
		"See whether it is the right file, and have the script of this package ask the host")
}
