package haproxycfg

import (
	"net/netip"
	"strings"
)

// Host is where something is reached: an IP address or a DNS name, as text. It
// is decoded as it stands and judged by Validate, so that a bad value is
// reported with its path. An IPv6 address stands without brackets here; they
// are added where HAProxy needs them.
type Host string

// Addr gives the IP address that h is, and false where h is a name or nothing
// valid. An address with a zone (fe80::1%eth0) is no address for HAProxy.
func (h Host) Addr() (netip.Addr, bool) {
	a, err := netip.ParseAddr(string(h))
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a, true
}

// same tells whether two hosts are written for one: the same address in
// whatever spelling, or the same name.
func (h Host) same(other Host) bool {
	a, isAddr := h.Addr()
	b, isOther := other.Addr()
	if isAddr && isOther {
		return a == b
	}
	return strings.EqualFold(string(h), string(other))
}

// problem says what is wrong with h, or "".
func (h Host) problem() string {
	if _, ok := h.Addr(); ok {
		return ""
	}
	if !isDNSName(string(h)) {
		return "must be an IP address without zone and brackets, or a DNS name of letters, digits and hyphens in labels of at most 63"
	}
	return ""
}

// isDNSName tells whether s is a host name by RFC 1123, section 2.1. A name
// whose last label is all digits is none: it is a mistyped IPv4 address.
func isDNSName(s string) bool {
	if len(s) == 0 || len(s) > 253 {
		return false
	}
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if !isDNSLabel(l) {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

func isDNSLabel(l string) bool {
	if len(l) == 0 || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	for i := range len(l) {
		if c := l[i]; !isAlphanumeric(c) && c != '-' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
