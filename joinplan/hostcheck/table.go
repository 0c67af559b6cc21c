package hostcheck

import (
	"net/netip"
	"slices"
)

// table is a host's main routing table.
type table struct {
	routes map[netip.Prefix]Route // of several to one destination, the one with the lowest metric
	bits   []int                  // the prefix lengths that there are, longest first
	v4, v6 bool                   // the families that there are: two commands show them
}

func newTable(routes []Route) table {
	t := table{routes: make(map[netip.Prefix]Route, len(routes))}
	for _, r := range routes {
		if !r.isMain() {
			continue
		}
		if known, found := t.routes[r.Destination]; !found || r.Metric < known.Metric {
			t.routes[r.Destination] = r
		}
		t.bits = append(t.bits, r.Destination.Bits())
		if r.Destination.Addr().Is4() {
			t.v4 = true
		} else {
			t.v6 = true
		}
	}
	slices.Sort(t.bits)
	slices.Reverse(t.bits)
	t.bits = slices.Compact(t.bits)
	return t
}

// lookup gives the route that the kernel takes to addr: the longest prefix that
// matches.
func (t table) lookup(addr netip.Addr) (Route, bool) {
	for _, bits := range t.bits {
		prefix, err := addr.Prefix(bits)
		if err != nil {
			continue // longer than addresses of this family
		}
		if r, found := t.routes[prefix]; found {
			return r, true
		}
	}
	return Route{}, false
}

// shows reports whether routes of the address's family were captured.
func (t table) shows(addr netip.Addr) bool {
	if addr.Is4() {
		return t.v4
	}
	return t.v6
}
