package etcdcheck

import (
	"cmp"
	"slices"
	"strings"
)

// addExpected finds whom the caller expects among the members, and adds those
// that are not there.
func (p *picture) addExpected(expect []Expected) {
	claimed := map[*MemberState]bool{}
	absent := expect
	for _, find := range []func(Expected) *MemberState{p.expected, p.expectedAtHost} {
		var left []Expected
		for _, e := range absent {
			m := find(e)
			if m == nil || claimed[m] && !p.isAt(m, e) {
				left = append(left, e)
				continue
			}
			claimed[m] = true
			p.meet(m, e)
		}
		absent = left
	}
	named, addressed := kinds(slices.DeleteFunc(slices.Clone(p.members), func(m *MemberState) bool { return claimed[m] }))
	for _, e := range absent {
		if byAddress := isAddress(hostOf(normalEndpoint(e.Endpoint))); byAddress && named || !byAddress && addressed {
			p.unmatched = append(p.unmatched, e)
			continue
		}
		m := p.add(&MemberState{Role: p.unlistedRole(false)})
		if p.listed {
			m.Listed = Known(false)
		}
		p.meet(m, e)
	}
}

// label is what the caller calls the member.
func (e Expected) label() string { return cmp.Or(e.Name, e.Endpoint) }

// meet notes what is known of a member from whom the caller expects.
func (p *picture) meet(m *MemberState, e Expected) {
	p.addEndpoint(m, e.Endpoint)
	m.Name = cmp.Or(m.Name, e.Name)
	m.ask()
}

// isAt reports whether the member is the one behind the expected endpoint.
func (p *picture) isAt(m *MemberState, e Expected) bool {
	return m == p.byEndpoint[normalEndpoint(e.Endpoint)]
}

// expected finds a member by its name or its endpoint.
func (p *picture) expected(e Expected) *MemberState {
	if m := p.byName[e.Name]; m != nil {
		return m
	}
	return p.byEndpoint[normalEndpoint(e.Endpoint)]
}

// expectedAtHost finds a member where people wrote a name for an address or the
// other way round: by the host as a name, by its first label, and by the host of
// any of the member's URLs. On loopback several members have one host.
func (p *picture) expectedAtHost(e Expected) *MemberState {
	host := hostOf(normalEndpoint(e.Endpoint))
	label, _, _ := strings.Cut(host, ".")
	switch {
	case isLoopback(host):
		return nil
	case isAddress(host):
		return p.byHost[host]
	}
	for _, m := range []*MemberState{p.byName[host], p.byName[label], p.byHost[host]} {
		if m != nil {
			return m
		}
	}
	return nil
}
