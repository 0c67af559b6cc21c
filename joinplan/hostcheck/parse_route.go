package hostcheck

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// routeTypes are the types that ip-route(8) prints in front of a destination.
var routeTypes = []string{"unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "nat", "anycast"}

// routeKeys are the words of a route that take a value, and routeFlags those that
// stand alone.
var (
	routeKeys = []string{
		"via", "dev", "proto", "scope", "src", "metric", "table", "tos", "dsfield", "mtu", "advmss", "nhid", "error", "pref", "expires",
		"realm", "realms", "window", "rtt", "rttvar", "ssthresh", "cwnd", "initcwnd", "initrwnd", "hoplimit", "quickack",
		"features", "congctl", "rto_min", "weight", "from", "users", "age", "used", "uid", "mark", "iif",
	}
	routeFlags = []string{
		"onlink", "linkdown", "dead", "pervasive", "offload", "offload_failed", "trap", "notify", "unresolved", "cache", "rt_offload", "rt_trap", "lock",
		"fastopen_no_cookie", "cloned", "redirected", "ecn",
	}
	// protocols and scopes are those of iproute2, and numbers for all others.
	protocols = strings.Fields("kernel boot static redirect ra dhcp mrt zebra bird dnrouted xorp ntk keepalived babel openr bgp isis ospf rip eigrp gated cilium unspec")
	scopes    = strings.Fields("global site link host nowhere")
	// neighbourStates end a line of ip neighbour.
	neighbourStates = []string{"REACHABLE", "STALE", "DELAY", "PROBE", "PERMANENT", "NOARP", "FAILED", "INCOMPLETE"}
)

// isRoute reports whether words are a line of ip route, or of ip route get or ip
// neighbour, which look alike.
func isRoute(words []string) bool {
	if slices.Contains(routeTypes, words[0]) {
		return len(words) > 1 && isDestination(words[1])
	}
	if words[0] == "nexthop" {
		return len(words) > 1
	}
	if len(words) == 1 {
		return words[0] == "default" || strings.Contains(words[0], "/") && isDestination(words[0])
	}
	if !isDestination(words[0]) {
		return false
	}
	return words[1] == "encap" || slices.Contains(routeKeys, words[1]) || slices.Contains(routeFlags, words[1])
}

// isOneOf reports a known word or a number.
func isOneOf(value string, known []string) bool {
	return slices.Contains(known, value) || strings.Trim(value, "0123456789") == ""
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
	prefix, err := parsePrefix(word)
	return prefix.Masked(), err == nil
}

// parsePrefix also reads a prefix as old versions of ip print it, 10/8.
func parsePrefix(word string) (netip.Prefix, error) {
	addr, length, found := strings.Cut(word, "/")
	if n := strings.Count(addr, "."); found && n < 3 && addr != "" && strings.Trim(addr, "0123456789.") == "" {
		word = addr + strings.Repeat(".0", 3-n) + "/" + length
	}
	return netip.ParsePrefix(word)
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
	problem = r.attributes(words[1:])
	if prefix, err := parsePrefix(words[0]); err == nil && prefix != r.Destination {
		problem = "the destination of this route is no network"
	}
	return r, problem
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

// attributes reads what follows the destination. Of a route with a word that is
// not known the rest is read.
func (r *Route) attributes(words []string) (problem string) {
	var hop NextHop
	several := false
	for i := 0; i < len(words); i++ {
		key := words[i]
		switch {
		case key == "nexthop":
			r.addHop(&hop)
			several = true
			if i+1 == len(words) || words[i+1] == "nexthop" {
				problem = "a next hop of this route is empty: copy it whole"
			}
			continue
		case key == "encap":
			i = skipEncap(words, i)
			continue
		case slices.Contains(routeFlags, key):
			if several {
				hop.Down = hop.Down || isDown(key)
			} else {
				r.Flags = append(r.Flags, key)
			}
			continue
		case !slices.Contains(routeKeys, key):
			problem = "this route has a word that is not known here"
			continue
		}
		i++
		if i < len(words) && (words[i] == "inet" || words[i] == "inet6") {
			i++
		}
		if i >= len(words) {
			problem = fmt.Sprintf("this route ends after %q: copy it whole", key)
			break
		}
		if !r.attribute(&hop, key, words[i]) {
			problem = fmt.Sprintf("the %s of this route is none", key)
		}
	}
	r.addHop(&hop)
	return cmp.Or(problem, r.isWhole())
}

// isWhole says what ip route prints of every route and is not there.
func (r *Route) isWhole() string {
	if slices.ContainsFunc(r.NextHops, func(h NextHop) bool { return h.Device == "" }) || r.Type == "" && len(r.NextHops) == 0 {
		return "this route names no device: copy it whole"
	}
	return ""
}

// skipEncap returns the index of the last word of an encapsulation: what it holds
// is of the tunnel, and not of the route.
func skipEncap(words []string, i int) int {
	for i+1 < len(words) && !slices.Contains([]string{"via", "dev", "nexthop", "proto", "scope", "table", "metric", "nhid"}, words[i+1]) {
		i++
	}
	return i
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
		return value != "nexthop" && !slices.Contains(routeKeys, value) && !slices.Contains(routeFlags, value)
	case "weight", "nhid", "uid", "hoplimit":
		return strings.Trim(value, "0123456789") == ""
	case "proto":
		r.Protocol = value
		return isOneOf(value, protocols)
	case "scope":
		r.Scope = value
		return isOneOf(value, scopes)
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

// routes reads a route from its line and those of its next hops, and passes over
// what looks like one.
func (p *parser) routes() {
	words := strings.Fields(p.peek())
	switch {
	case words[0] == "nexthop": // of a route that other lines stand behind
		p.lateHop(words)
		p.skip()
		return
	case p.isNeighbour(words), p.isAnswer(words):
		p.skip()
		return
	}
	line := p.line + 1
	p.skip()
	for hop := strings.Fields(p.peek()); len(hop) > 0 && hop[0] == "nexthop"; hop = strings.Fields(p.peek()) {
		words = append(words, hop...)
		p.skip()
	}
	p.addRoute(words, line, line)
}

// maxLateHops is how many next hops a route may have that come after other lines;
// the kernel's routes have 256 at most.
const maxLateHops = 256

func (p *parser) lateHop(words []string) {
	last := len(p.capture.Routes) - 1
	if last < 0 || !p.open || len(p.capture.Routes[last].NextHops) >= maxLateHops {
		p.gap("no route stands above this next hop")
		return
	}
	r := p.capture.Routes[last]
	if problem := r.attributes(words); problem != "" {
		p.gap(problem)
	}
	r.Text += " " + strings.Join(words, " ")
	p.capture.Routes[last] = r
}

// isNeighbour passes over a line of ip neighbour.
func (p *parser) isNeighbour(words []string) bool {
	last := words[len(words)-1]
	if !slices.Contains(neighbourStates, last) {
		return false
	}
	if last == "FAILED" || last == "INCOMPLETE" {
		p.gap("this neighbour does not answer, which is not judged here")
	}
	return true
}

// isAnswer passes over the answer of ip route get, which is no route of a table.
func (p *parser) isAnswer(words []string) bool {
	if !p.oneRoute && !slices.Contains(words, "uid") && p.below() != "cache" && !strings.HasPrefix(p.below(), "cache ") {
		return false
	}
	if r, problem := parseRoute(words, false); problem != "" || r.reachesNothing() {
		p.gap("this answer of ip route get is not judged here")
	}
	return true
}

// addRoute adds a route with its line in the capture, and as evidence 0 for JSON.
func (p *parser) addRoute(words []string, line, evidence int) {
	known := p.capture.Routes
	v6Before := len(known) > 0 && known[len(known)-1].Destination.Addr().Is6()
	r, problem := parseRoute(words, v6Before)
	if problem != "" {
		p.gapAt(line, problem)
	}
	r.Line = evidence
	if r.Table == "" {
		r.Table = p.table
	}
	p.fact()
	p.open = true
	p.capture.Routes = append(known, r)
}

// hasGenmask reports a row of route, whose third column is a mask.
func hasGenmask(words []string) bool {
	return len(words) == 8 && isMask(words[2]) && !slices.Contains(routeKeys, words[1])
}

func isMask(word string) bool {
	mask, err := netip.ParseAddr(word)
	return err == nil && mask.Is4()
}

// routingRow reads a row of route -n or netstat -rn.
func (p *parser) routingRow(words []string) bool {
	if words[0] == "Destination" && len(words) == 8 && words[7] == "Iface" {
		p.metrics = words[4] == "Metric"
		return true
	}
	if !hasGenmask(words) {
		return false
	}
	r, ok := routeOfRow(words, p.metrics)
	if !ok {
		p.gap("this row is none that route -n prints")
		return true
	}
	r.Evidence = p.evidence()
	p.fact()
	p.capture.Routes = append(p.capture.Routes, r)
	return true
}

func routeOfRow(words []string, metrics bool) (Route, bool) {
	if words[0] == "default" {
		words[0] = "0.0.0.0"
	}
	gateway, bad := netip.ParseAddr(words[1])
	mask := netip.MustParseAddr(words[2]).As4()
	length, whole := bits4(mask)
	to, err := netip.ParseAddr(words[0])
	if err != nil || !to.Is4() || !whole || strings.Trim(words[3], "UGHRDMAC!") != "" {
		return Route{}, false
	}
	r := Route{Destination: netip.PrefixFrom(to, length).Masked()}
	if strings.Contains(words[3], "!") {
		r.Type = "unreachable"
		return r, true
	}
	hop := NextHop{Device: words[7]}
	if strings.Contains(words[3], "G") {
		if bad != nil {
			return Route{}, false
		}
		hop.Gateway = gateway
	}
	r.NextHops = []NextHop{hop}
	if metrics {
		metric, err := strconv.ParseUint(words[4], 10, 32)
		if err != nil {
			return Route{}, false
		}
		r.Metric = uint32(metric)
	}
	return r, true
}

// bits4 returns the length of a mask, if it is one.
func bits4(mask [4]byte) (int, bool) {
	n := binary.BigEndian.Uint32(mask[:])
	ones := bits.LeadingZeros32(^n)
	return ones, n == ^uint32(0)<<(32-ones)
}

// jsonRoute is a route of ip -j route.
type jsonRoute struct {
	Type        string  `json:"type"`
	Destination string  `json:"dst"`
	Protocol    string  `json:"protocol"`
	Scope       string  `json:"scope"`
	Source      string  `json:"prefsrc"`
	Metric      uint32  `json:"metric"`
	Table       string  `json:"table"`
	Preference  string  `json:"pref"`
	User        *uint32 `json:"uid"` // of ip route get alone
	jsonNextHop
	NextHops []jsonNextHop `json:"nexthops"`
}

type jsonNextHop struct {
	Gateway string `json:"gateway"`
	Via     struct {
		Family string `json:"family"`
		Host   string `json:"host"`
	} `json:"via"`
	Device string   `json:"dev"`
	Flags  []string `json:"flags"`
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
		words = append(words, hop.Flags...)
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
