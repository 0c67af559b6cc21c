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
	var absent []Expected
	for _, e := range expect {
		m := p.expected(e)
		if m == nil {
			absent = append(absent, e)
			continue
		}
		claimed[m] = true
		p.meet(m, e)
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

// expected finds a member by its name or its endpoint; then, where people wrote
// a name for an address or the other way round, by the host of any of its URLs
// and by the first label of a host name.
func (p *picture) expected(e Expected) *MemberState {
	endpoint := normalEndpoint(e.Endpoint)
	host := hostOf(endpoint)
	label, _, _ := strings.Cut(host, ".")
	if isAddress(host) || isLoopback(host) {
		label = ""
	}
	for _, m := range []*MemberState{p.byName[e.Name], p.byEndpoint[endpoint], p.byName[host], p.byName[label], p.byHost[host]} {
		if m != nil {
			return m
		}
	}
	return nil
}
