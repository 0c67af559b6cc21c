package hostcheck

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// routeTypes are the types that ip-route(8) prints in front of a destination.
var routeTypes = []string{"unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "nat", "anycast"}

// routeKeys are the words of a route that take a value. All others stand alone:
// flags such as linkdown and onlink.
var routeKeys = []string{
	"via", "dev", "proto", "scope", "src", "metric", "table", "tos", "mtu", "advmss", "nhid", "error", "pref", "expires",
	"realm", "realms", "window", "rtt", "rttvar", "ssthresh", "cwnd", "initcwnd", "initrwnd", "hoplimit", "quickack",
	"features", "congctl", "rto_min", "weight", "from", "users", "age",
}

// isRoute reports whether words are a line of ip route.
func isRoute(words []string) bool {
	if slices.Contains(routeTypes, words[0]) {
		return len(words) > 1 && isDestination(words[1])
	}
	if len(words) == 1 {
		return words[0] == "default" || strings.Contains(words[0], "/") && isDestination(words[0])
	}
	return isDestination(words[0]) && slices.Contains(routeKeys, words[1])
}

func isDestination(word string) bool {
	_, ok := destination(word, false)
	return ok
}

// destination reads default, which says nothing of its family, a prefix or an
// address.
func destination(word string, v6 bool) (netip.Prefix, bool) {
	switch {
	case word == "default" && v6:
		return netip.PrefixFrom(netip.IPv6Unspecified(), 0), true
	case word == "default":
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0), true
	}
	if addr, err := netip.ParseAddr(word); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(word)
	return prefix.Masked(), err == nil
}

// parseRoute reads the words of a route and of its next hops. A default route
// that says nothing of its family is of the one that the route before it has.
func parseRoute(words []string, v6Before bool) (r Route, problem string) {
	r.Text = strings.Join(words, " ")
	if slices.Contains(routeTypes, words[0]) {
		r.Type, words = words[0], words[1:]
	}
	if r.Type == "unicast" {
		r.Type = ""
	}
	r.Destination, _ = destination(words[0], isV6(words, v6Before))
	return r, r.attributes(words[1:])
}

// isV6 tells a default route's family from its addresses.
func isV6(words []string, before bool) bool {
	for i, word := range words[:len(words)-1] {
		switch word {
		case "pref":
			return true
		case "via", "src":
			// A gateway of the other family has its own family named.
			return words[i+1] == "inet" || strings.Contains(words[i+1], ":")
		}
	}
	return before
}

// attributes reads what follows the destination.
func (r *Route) attributes(words []string) (problem string) {
	var hop NextHop
	for i := 0; i < len(words); i++ {
		key := words[i]
		if key == "nexthop" {
			r.addHop(&hop)
			continue
		}
		if !slices.Contains(routeKeys, key) {
			r.Flags = append(r.Flags, key)
			continue
		}
		i++
		if i < len(words) && (words[i] == "inet" || words[i] == "inet6") {
			i++
		}
		if i >= len(words) {
			return fmt.Sprintf("this route ends after %q: copy it whole", key)
		}
		if !r.attribute(&hop, key, words[i]) {
			return fmt.Sprintf("%q is no %s of a route", words[i], key)
		}
	}
	r.addHop(&hop)
	return ""
}

func (r *Route) addHop(hop *NextHop) {
	if *hop != (NextHop{}) {
		r.NextHops = append(r.NextHops, *hop)
	}
	*hop = NextHop{}
}

func (r *Route) attribute(hop *NextHop, key, value string) bool {
	var err error
	switch key {
	case "via":
		hop.Gateway, err = netip.ParseAddr(value)
	case "dev":
		hop.Device = value
	case "proto":
		r.Protocol = value
	case "scope":
		r.Scope = value
	case "src":
		r.Source, err = netip.ParseAddr(value)
	case "metric":
		var metric uint64
		metric, err = strconv.ParseUint(value, 10, 32)
		r.Metric = uint32(metric)
	case "table":
		r.Table = value
	}
	return err == nil
}

// routes reads a route from its line and those of its next hops.
func (p *parser) routes() {
	words := strings.Fields(p.peek())
	at, line := p.pos, p.line+1
	p.skip()
	for hop := strings.Fields(p.peek()); len(hop) > 0 && hop[0] == "nexthop"; hop = strings.Fields(p.peek()) {
		words = append(words, hop...)
		p.skip()
	}
	p.addRoute(words, at, line)
}

func (p *parser) addRoute(words []string, at, line int) {
	p.found = true
	known := p.capture.Routes
	v6Before := len(known) > 0 && known[len(known)-1].Destination.Addr().Is6()
	r, problem := parseRoute(words, v6Before)
	if problem != "" {
		p.fail(at, problem)
		return
	}
	r.Line = line
	p.capture.Routes = append(known, r)
}

// jsonRoute is a route of ip -j route.
type jsonRoute struct {
	Type        string   `json:"type"`
	Destination string   `json:"dst"`
	Protocol    string   `json:"protocol"`
	Scope       string   `json:"scope"`
	Source      string   `json:"prefsrc"`
	Metric      uint32   `json:"metric"`
	Table       string   `json:"table"`
	Preference  string   `json:"pref"`
	Flags       []string `json:"flags"`
	jsonNextHop
	NextHops []jsonNextHop `json:"nexthops"`
}

type jsonNextHop struct {
	Gateway string `json:"gateway"`
	Via     struct {
		Family string `json:"family"`
		Host   string `json:"host"`
	} `json:"via"`
	Device string `json:"dev"`
}

// words gives the route as ip route prints it without -j.
func (j jsonRoute) words() []string {
	words := []string{j.Destination}
	if j.Type != "" {
		words = []string{j.Type, j.Destination}
	}
	words = append(words, j.jsonNextHop.words()...)
	for _, pair := range [][2]string{{"table", j.Table}, {"proto", j.Protocol}, {"scope", j.Scope}, {"src", j.Source}} {
		if pair[1] != "" {
			words = append(words, pair[0], pair[1])
		}
	}
	if j.Metric != 0 {
		words = append(words, "metric", strconv.FormatUint(uint64(j.Metric), 10))
	}
	words = append(words, j.Flags...)
	if j.Preference != "" {
		words = append(words, "pref", j.Preference)
	}
	for _, hop := range j.NextHops {
		words = append(append(words, "nexthop"), hop.words()...)
	}
	return words
}

func (j jsonNextHop) words() []string {
	var words []string
	if j.Gateway != "" {
		words = append(words, "via", j.Gateway)
	}
	if j.Via.Host != "" {
		words = append(words, "via", j.Via.Family, j.Via.Host)
	}
	if j.Device != "" {
		words = append(words, "dev", j.Device)
	}
	return words
}
