package hostcheck

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/haplane/haplane/joinplan/cluster"
)

// Check compares what hosts say of themselves with the description, and with
// each other. The order of the captures does not matter.
//
// A capture without a Host is taken to be of the host whose described address
// it shows. An error says that a capture is of no host of the description, or
// that two are of the same one.
func Check(spec cluster.Spec, captures ...Capture) (Report, error) {
	places := places(spec)
	hosts, err := identify(places, captures)
	if err != nil {
		return Report{}, err
	}
	c := checker{spec: spec, places: places, hosts: hosts}
	report := Report{Hosts: []string{}, Findings: []Finding{}}
	for _, h := range hosts {
		c.addresses(h)
		c.routes(h)
		report.Hosts = append(report.Hosts, h.name)
	}
	report.Findings = append(report.Findings, c.findings...)
	return report, nil
}

// host is a machine of the description with what it said.
type host struct {
	place
	Capture
}

// identify finds the captures' hosts, in the description's order.
func identify(places []place, captures []Capture) ([]host, error) {
	var hosts []host
	var errs []error
	for i, c := range captures {
		at := slices.IndexFunc(places, func(p place) bool {
			if c.Host != "" {
				return p.name == c.Host
			}
			return slices.Contains(c.own(), p.address.Addr())
		})
		switch {
		case at >= 0 && slices.ContainsFunc(hosts, func(h host) bool { return h.name == places[at].name }):
			errs = append(errs, fmt.Errorf("captures[%d]: a second capture of host %s: give one of each", i, places[at].name))
		case at >= 0:
			hosts = append(hosts, host{places[at], c})
		case c.Host != "":
			errs = append(errs, fmt.Errorf("captures[%d]: host %q is not in the description", i, c.Host))
		default:
			errs = append(errs, fmt.Errorf("captures[%d]: none of its addresses is in the description: say which host it is of", i))
		}
	}
	slices.SortFunc(hosts, func(a, b host) int { return index(places, a.name) - index(places, b.name) })
	return hosts, errors.Join(errs...)
}

func index(places []place, name string) int {
	return slices.IndexFunc(places, func(p place) bool { return p.name == name })
}

// own gives the host's own addresses, as far as it showed them.
func (c Capture) own() []netip.Addr {
	var own []netip.Addr
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

type checker struct {
	spec     cluster.Spec
	places   []place
	hosts    []host
	findings []Finding
}

func (c *checker) add(h host, r Route, code, consequence, cure string) {
	c.findings = append(c.findings, Finding{h.name, code, r.Text, r.Line, consequence, cure})
}
