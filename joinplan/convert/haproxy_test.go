package convert_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/joinplan"
)

// The settings of a site stay, and the old port goes on working beside the new
// one.
func TestTheSettingsOfHAProxyGoThroughAConversion(t *testing.T) {
	t.Parallel()
	settings := haproxycfg.APIServers{
		Listen:     []netip.Addr{netip.IPv4Unspecified()},
		ClientCert: "/etc/haproxy/client.pem",
		Stats:      netip.MustParseAddrPort("127.0.0.1:8404"),
		MaxConn:    4321,
	}
	asked := 0
	for seed := range uint64(seeds) {
		in := randomInput(t, seed)
		in.HAProxy = settings
		for file := range plan(t, in).Files() {
			if file.Path != joinplan.HAProxyPath {
				continue
			}
			asked++
			text := string(file.Content.Reveal())
			for _, line := range []string{"bind 0.0.0.0:", "crt /etc/haproxy/client.pem", "127.0.0.1:8404", "maxconn 4321"} {
				if !strings.Contains(text, line) {
					t.Errorf("seed %d: %q is lost:\n%s", seed, line, text)
				}
			}
		}
	}
	if asked == 0 {
		t.Error("no conversion had a load balancer")
	}
}
