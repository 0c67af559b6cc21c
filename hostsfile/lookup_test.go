package hostsfile_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/hostsfile"
)

// lookedUp is a hosts file with everything that lookups are known to differ
// about. The tests with getent ask for its names, too.
const lookedUp = "127.0.0.1\tlocalhost\n" +
	"::1 localhost ip6-localhost\n" +
	"10.0.0.1 Alpha a.example alpha2 # the first\n" +
	"10.0.0.1 beta\n" +
	"::ffff:10.0.0.2 mapped\n" +
	"10.0.0.2 other\n" +
	"fe80::1%lo zoned\n" +
	"10.0.0.3\n" +
	"10.0.0.3 later\n" +
	"10.0.0.4 inner#hash tail\n" +
	"  10.0.0.5 indented\n" +
	"010.0.0.6 octal\n" +
	"10.0.0.7 multi m7\n" +
	"fd00::7 Multi m6\n" +
	"10.0.0.8 m8 multi\n" +
	"10.0.0.11 crlf\r\n" +
	"10.0.0.13 dotted.\n" +
	"10.0.0.20 last"

func TestLooksNamesUp(t *testing.T) {
	t.Parallel()
	file := hostsfile.Parse([]byte(lookedUp))
	for _, tc := range []struct {
		why, name string
		family    hostsfile.Family
		want      string // canonical name and aliases, then addresses
	}{
		{"every line that matches adds its address", "multi", hostsfile.AnyFamily, "multi m7 m6 Multi multi m8: 10.0.0.7 fd00::7 10.0.0.8"},
		{"a family has its own canonical name", "multi", hostsfile.IPv6, "Multi m6: fd00::7"},
		{"letters match in either case", "ALPHA2", hostsfile.AnyFamily, "Alpha a.example alpha2: 10.0.0.1"},
		{"::1 is 127.0.0.1 for IPv4", "ip6-localhost", hostsfile.IPv4, "localhost ip6-localhost: 127.0.0.1"},
		{"both lines of localhost answer for IPv4", "localhost", hostsfile.IPv4, "localhost ip6-localhost: 127.0.0.1 127.0.0.1"},
		{"an IPv4-mapped address is itself", "mapped", hostsfile.AnyFamily, "mapped: ::ffff:10.0.0.2"},
		{"an IPv4-mapped address is an IPv4 address for IPv4", "mapped", hostsfile.IPv4, "mapped: 10.0.0.2"},
		{"an IPv4 address is none for IPv6", "beta", hostsfile.IPv6, ""},
		{"a zone hides the line", "zoned", hostsfile.AnyFamily, ""},
		{"# ends a name", "inner", hostsfile.AnyFamily, "inner: 10.0.0.4"},
		{"a comment has no names", "tail", hostsfile.AnyFamily, ""},
		{"a line may begin with blanks", "indented", hostsfile.AnyFamily, "indented: 10.0.0.5"},
		{"leading zeros make no address", "octal", hostsfile.AnyFamily, ""},
		{"a final dot is part of the name", "dotted", hostsfile.AnyFamily, ""},
		{"a final dot is found as such", "dotted.", hostsfile.AnyFamily, "dotted.: 10.0.0.13"},
		{"the last line needs no ending", "last", hostsfile.AnyFamily, "last: 10.0.0.20"},
		{"an address is no name", "10.0.0.1", hostsfile.AnyFamily, ""},
		{"no name", "", hostsfile.AnyFamily, ""},
	} {
		answer, found := file.LookupName(tc.name, tc.family)
		if got := answerText(answer); got != tc.want || found != (tc.want != "") {
			t.Errorf("%s: %q: %q, %t, want %q", tc.why, tc.name, got, found, tc.want)
		}
	}
}

func TestLooksAddressesUp(t *testing.T) {
	t.Parallel()
	file := hostsfile.Parse([]byte(lookedUp))
	for _, tc := range []struct{ why, addr, want string }{
		{"the first line answers alone", "10.0.0.1", "Alpha a.example alpha2: 10.0.0.1"},
		{"even if it has no name", "10.0.0.3", ": 10.0.0.3"},
		{"an IPv4-mapped address answers for IPv4", "10.0.0.2", "mapped: 10.0.0.2"},
		{"and for itself", "::ffff:10.0.0.2", "mapped: ::ffff:10.0.0.2"},
		{"an IPv4 address does not answer for an IPv4-mapped one", "::ffff:10.0.0.1", ""},
		{"any spelling of an address", "fd00:0:0::7", "Multi m6: fd00::7"},
		{"a zone in the file hides the line", "fe80::1", ""},
		{"a zone in the question is ignored", "fd00::7%eth0", "Multi m6: fd00::7"},
	} {
		answer, found := file.LookupAddr(netip.MustParseAddr(tc.addr))
		if got := answerText(answer); got != tc.want && found || found != (tc.want != "") {
			t.Errorf("%s: %s: %q, %t, want %q", tc.why, tc.addr, got, found, tc.want)
		}
	}
	if answer, found := file.LookupAddr(netip.Addr{}); found {
		t.Errorf("the zero address: %+v", answer)
	}
}

// answerText gives the names and the addresses of an answer in its order.
func answerText(a hostsfile.Answer) string {
	if len(a.Addrs) == 0 {
		return ""
	}
	text := strings.Join(append([]string{a.Canonical}, a.Aliases...), " ") + ":"
	for _, addr := range a.Addrs {
		text += " " + addr.String()
	}
	return text
}

func addrTexts(addrs []netip.Addr) string {
	texts := make([]string, 0, len(addrs))
	for _, addr := range addrs {
		texts = append(texts, addr.String())
	}
	return sorted(texts)
}

func sorted(texts []string) string {
	return strings.Join(slices.Sorted(slices.Values(texts)), " ")
}
