package etcdcheck

import (
	"net/netip"
	"net/url"
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
