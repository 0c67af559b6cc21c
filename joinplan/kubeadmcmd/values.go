package kubeadmcmd

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

var (
	tokenText      = regexp.MustCompile(`^[a-z0-9]{6}\.[a-z0-9]{16}$`)
	keyText        = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	hashText       = regexp.MustCompile(`^sha256:[0-9a-fA-F]{64}$`)
	subcommandText = regexp.MustCompile(`^[a-z][a-z0-9.-]*( [a-z][a-z0-9.-]*)*$`)
)

func isToken(s string) bool          { return tokenText.MatchString(s) }
func isCertificateKey(s string) bool { return keyText.MatchString(s) }
func isCACertHash(s string) bool     { return hashText.MatchString(s) }

// isEndpoint accepts what kubeadm joins: an address or a lower-case DNS name
// with a port, an IPv6 address in brackets.
func isEndpoint(s string) bool {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Port() != 0 && ap.Addr().Zone() == ""
	}
	host, port, found := strings.Cut(s, ":")
	return found && isPort(port) && isName(host)
}

// isHost accepts an endpoint without its port.
func isHost(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Zone() == "" || isName(s)
}

func isName(s string) bool { return len(validation.IsDNS1123Subdomain(s)) == 0 }

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}
