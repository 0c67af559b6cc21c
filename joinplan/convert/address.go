package convert

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/haplane/haplane/joinplan/cluster"
)

// parseServer reads the server of a kubeconfig: a URL, whose port defaults to
// that of its scheme, as client-go has it.
func parseServer(server string) (cluster.Endpoint, bool) {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" {
		return cluster.Endpoint{}, false
	}
	port, fallback := u.Port(), uint16(443)
	if u.Scheme == "http" {
		fallback = 80
	}
	return endpointOf(u.Hostname(), port, fallback)
}

// parseHostPort reads host or host:port.
func parseHostPort(text string, fallback uint16) (cluster.Endpoint, bool) {
	if host, port, err := net.SplitHostPort(text); err == nil {
		return endpointOf(host, port, fallback)
	}
	return endpointOf(strings.Trim(text, "[]"), "", fallback)
}

func endpointOf(host, port string, fallback uint16) (cluster.Endpoint, bool) {
	out := cluster.Endpoint{Host: canonicalHost(host), Port: fallback}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return cluster.Endpoint{}, false
		}
		out.Port = uint16(n)
	}
	return out, out.Host != ""
}

// canonicalHost makes hosts that mean the same equal: names in lower case and
// without a final dot, addresses in their shortest form.
func canonicalHost(host string) string {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().String()
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// serverURL is what kubeconfigs name the endpoint by.
func serverURL(e cluster.Endpoint) string { return "https://" + e.String() }
