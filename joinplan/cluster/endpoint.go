package cluster

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Endpoint is a host, which is a DNS name or an IP address, and a port.
type Endpoint struct {
	// Host is a name, or an address without brackets.
	Host string
	// Port of the endpoint.
	Port uint16
}

// ParseEndpoint reads host:port. An IPv6 address must stand in brackets, and
// nothing else may: kubeadm takes fd00::1:6443 for an address without a port.
func ParseEndpoint(text string) (Endpoint, error) {
	advice := errors.New("must be a name or an address and a port, such as k8s-vip:6443 or [fd00::1]:6443")
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return Endpoint{}, advice
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || strings.HasPrefix(text, "[") != strings.Contains(host, ":") {
		return Endpoint{}, advice
	}
	return Endpoint{Host: host, Port: uint16(n)}, nil
}

// String gives host:port, with brackets around an IPv6 address, as kubeadm
// takes it.
func (e Endpoint) String() string {
	if e == (Endpoint{}) {
		return ""
	}
	host := e.Host
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is6() {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(e.Port))
}

// MarshalText is [Endpoint.String].
func (e Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// IsZero tells whether the endpoint is not given.
func (e Endpoint) IsZero() bool { return e == Endpoint{} }

// Addr is the address that the endpoint's host is, if it is one and no name.
func (e Endpoint) Addr() (netip.Addr, bool) {
	addr, err := netip.ParseAddr(e.Host)
	return addr, err == nil
}
