package etcdcheck

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// normalEndpoint is an endpoint as host:port in lower case. Names and
// addresses are told apart only by how they are written.
func normalEndpoint(endpoint string) string {
	e := strings.ToLower(strings.TrimSpace(endpoint))
	if _, after, ok := strings.Cut(e, "://"); ok {
		if u, err := url.Parse(e); err == nil && u.Host != "" {
			after = u.Host
		}
		e = after
	}
	e = strings.TrimSuffix(e, "/")
	if ap, err := netip.ParseAddrPort(e); err == nil {
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()).String()
	}
	if a, err := netip.ParseAddr(e); err == nil {
		return netip.AddrPortFrom(a.Unmap(), clientPort).String()
	}
	if e != "" && !strings.Contains(e, ":") {
		e += ":" + strconv.Itoa(clientPort)
	}
	return e
}

// clientPort is the port that etcd serves clients on, unless told otherwise.
const clientPort = 2379

// hostOf is the host of a normal endpoint.
func hostOf(endpoint string) string {
	host, _, err := net.SplitHostPort(endpoint)
	if err != nil {
		return endpoint
	}
	return host
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || host == "localhost"
}

var (
	anyEndpoint = regexp.MustCompile(`^(?:https?://)?(?:\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[\w.-]+)(?::\d{1,5})?/?$|^unixs?:/\S*$`)
	anyURL      = regexp.MustCompile(`^https?://(?:\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[\w.-]+):\d{1,5}/?$|^unixs?:/\S*$`)
)

// checkEndpoints notes what stands for an endpoint or a URL and is none: nobody
// can tell whose line that is.
func (r *reader) checkEndpoints() {
	check := func(format *regexp.Regexp, endpoint string) {
		if endpoint != "" && !format.MatchString(endpoint) {
			r.gap(line{}, Warning, CodeNotUnderstood, captureAgain, "%.60q stands for an endpoint, and is none", endpoint)
		}
	}
	for _, s := range r.sample.Statuses {
		check(anyEndpoint, s.Endpoint)
	}
	for _, h := range r.sample.Health {
		check(anyEndpoint, h.Endpoint)
	}
	for _, h := range r.sample.Hashes {
		check(anyEndpoint, h.Endpoint)
	}
	for _, f := range r.sample.Failures {
		check(anyEndpoint, f.Endpoint)
	}
	for _, m := range r.sample.Members {
		for _, u := range slices.Concat(m.PeerURLs, m.ClientURLs) {
			check(anyURL, u)
		}
	}
}

// sharedEndpoints are the endpoints that tell nobody apart: several members
// answer there, or it is the one address of loopback at which some members of
// many were asked, each on its own machine.
func sharedEndpoints(s Sample) map[string]bool {
	shared, loopback, advertised, ids := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[ID]bool{}
	own := func(owners map[string]ID, endpoint string, id ID) {
		e := normalEndpoint(endpoint)
		if other, ok := owners[e]; ok && other != id {
			shared[e] = true
		}
		owners[e] = id
		ids[id] = true
	}
	listed, answered := map[string]ID{}, map[string]ID{}
	asked := func(endpoint string) {
		if e := normalEndpoint(endpoint); isLoopback(hostOf(e)) {
			loopback[e] = true
		}
	}
	for _, m := range s.Members {
		ids[m.ID] = true
		for _, u := range m.ClientURLs {
			own(listed, u, m.ID)
			advertised[normalEndpoint(u)] = true
		}
	}
	for _, st := range s.Statuses {
		own(answered, st.Endpoint, st.MemberID)
		asked(st.Endpoint)
	}
	for _, h := range s.Health {
		asked(h.Endpoint)
	}
	for _, f := range s.Failures {
		asked(f.Endpoint)
	}
	for e := range loopback {
		if len(loopback) == 1 && len(ids) > 1 && !advertised[e] {
			shared[e] = true
		}
	}
	return shared
}
