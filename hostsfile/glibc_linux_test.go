package hostsfile_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
)

// Pieces of hosts files that resolvers are known to differ about.
var (
	addrPieces = []string{
		"10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3", "127.0.0.1", "127.0.1.1", "0.0.0.0", "255.255.255.255",
		"::1", "fd00::1", "fd00::1", "fd00::2", "fd00:0:0:0:0:0:0:1", "FD00::2", "::ffff:10.0.0.1", "::ffff:a00:2", "::ffff:127.0.0.1",
		"64:ff9b::10.0.0.1", "fe80::1%lo", "fe80::1", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "0:0:0:0:0:0:0:1", "::",
		"010.0.0.1", "10.0.1", "127.1", "0x0a.0.0.1", "10.0.0.256", "10.0.0", "10.0.0.1.", "1::2::3", "::10.0.0.01", "12345::", ":", ":1",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::ffff:10.0.0", "10.0.0.1/24", "fd00::1/64", "localhost", "\ufeff10.0.0.1", "[fd00::1]",
	}
	namePieces = []string{
		"alpha", "Alpha", "ALPHA", "alpha.example", "alpha.example.", "beta", "beta", "gamma", "localhost", "LocalHost",
		"under_score", "-dash", "semi;colon", "xn--bcher-kva", "a", "a.b.c.d.e.f", "9lives", strings.Repeat("x", 63), strings.Repeat("y", 64),
	}
	blankPieces = []string{" ", " ", "\t", "  ", " \t ", "\v", "\f", "\r"}
	endPieces   = []string{"\n", "\n", "\n", "\r\n", " \n", "# note\n", " # alpha beta\n", "#\n", "\x00 beta\n", "\n\n", "\n# comment\n"}
	askedAddrs  = []string{
		"10.0.0.1", "10.0.0.2", "127.0.0.1", "127.0.1.1", "::1", "fd00::1", "fd00::2", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "fe80::1", "0.0.0.0",
		"10.9.9.9",
	}
)

// randomHosts makes a hosts file of such pieces. It makes no line that begins
// with a blank and ends in a NUL byte or in nothing, because glibc 2.33 and
// later read bytes after the end of such a line.
func randomHosts(rng *rand.Rand) string {
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	var b strings.Builder
	indented := false
	for range rng.IntN(12) {
		indented = rng.IntN(8) == 0
		if indented {
			b.WriteString(pick(blankPieces))
		}
		b.WriteString(pick(addrPieces))
		for range rng.IntN(4) {
			b.WriteString(pick(blankPieces) + pick(namePieces))
		}
		if end := pick(endPieces); !indented || end[0] != 0 {
			b.WriteString(end)
			continue
		}
		b.WriteByte('\n')
	}
	text := b.String()
	if !indented && rng.IntN(4) == 0 {
		text = strings.TrimSuffix(text, "\n")
	}
	return text
}

func TestLookupsAnswerAsGlibcDoes(t *testing.T) {
	t.Parallel()
	glibc := start(t, glibcProgram(t))
	rng := rand.New(rand.NewPCG(4, 4))
	found := 0
	for range 500 {
		text := randomHosts(rng)
		glibc.use(t, text)
		file := hostsfile.Parse([]byte(text))
		for _, kind := range []string{"ip", "ip4", "ip6"} {
			for _, name := range namePieces {
				found += compare(t, glibc, file, kind, name)
			}
		}
		for _, addr := range askedAddrs {
			found += compare(t, glibc, file, "addr", addr)
		}
		if t.Failed() {
			t.Fatalf("hosts file:\n%q", text)
		}
	}
	if found < 5_000 {
		t.Errorf("glibc found only %d of the names and addresses: the files ask too little", found)
	}
}

func compare(t *testing.T, r *resolver, file *hostsfile.File, kind, what string) int {
	t.Helper()
	want, got := r.ask(t, kind, what), lookup(file, kind, what)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s %q (-resolver +package):\n%s", kind, what, diff)
	}
	if want.Found {
		return 1
	}
	return 0
}

func TestNamesThatReadAsAddressesAreNotLookedUp(t *testing.T) {
	t.Parallel()
	glibc := start(t, glibcProgram(t))
	for _, name := range []string{
		"10", "10.1", "10.0.1", "10.0.0.1", "0x0a.1", "012", "0", "0x", "0xg", "4294967295", "4294967296", "256.1", "1.16777216", "1.2.65536", "1.2.3.256",
		"08", "1.2.3.4.5", "1..2", "1.", ".1", "::1", "fd00::1", "fe80::1%lo", "1a", "0X7F.1",
	} {
		text := "10.0.0.9 " + name + "\n"
		glibc.use(t, text)
		want := glibc.ask(t, "ip", name)
		fromFile := want.Addrs == "10.0.0.9"
		if _, got := hostsfile.Parse([]byte(text)).LookupName(name, hostsfile.AnyFamily); got != fromFile {
			t.Errorf("%q: found in the file: package %t, glibc %t (%v)", name, got, fromFile, want)
		}
	}
}

// getent runs getent in a namespace with this hosts file, once for each key,
// and gives its output a key.
func getent(t *testing.T, hosts, database string, keys []string) []string {
	t.Helper()
	dir := etc(t)
	(&resolver{etc: dir}).use(t, hosts)
	const loop = `database=$0; for key; do getent "$database" "$key"; echo =; done`
	out, err := inNamespace(t, dir, append([]string{"sh", "-c", loop, database}, keys...)...).Output()
	if err != nil {
		t.Fatalf("getent: %v", err)
	}
	answers := strings.SplitAfter(string(out), "=\n")
	if len(answers) != len(keys)+1 {
		t.Fatalf("getent gave %d answers to %d keys:\n%s", len(answers)-1, len(keys), out)
	}
	for i := range answers {
		answers[i] = strings.TrimSuffix(answers[i], "=\n")
	}
	return answers[:len(keys)]
}

func TestGetentHostsPrintsWhatLookupsFind(t *testing.T) {
	t.Parallel()
	names := []string{
		"localhost", "LOCALHOST", "ip6-localhost", "alpha", "a.example", "alpha2", "beta", "mapped", "other", "zoned", "later", "inner", "inner#hash", "tail",
		"indented", "octal", "multi", "m6", "m7", "m8", "crlf", "dotted", "dotted.", "last", "nobody",
	}
	file := hostsfile.Parse([]byte(lookedUp))
	for i, out := range getent(t, lookedUp, "hosts", names) {
		answer, found := file.LookupName(names[i], hostsfile.IPv6)
		if !found {
			answer, _ = file.LookupName(names[i], hostsfile.IPv4)
		}
		if diff := cmp.Diff(out, hostsOutput(answer)); diff != "" {
			t.Errorf("getent hosts %s (-getent +package):\n%s", names[i], diff)
		}
	}
}

func TestGetentHostsFindsAddressesAsLookupsDo(t *testing.T) {
	t.Parallel()
	addrs := append([]string{"10.0.0.3", "10.0.0.4", "10.0.0.5", "8.0.0.6", "10.0.0.8", "fd00::7", "10.0.0.20"}, askedAddrs...)
	file := hostsfile.Parse([]byte(lookedUp))
	for i, out := range getent(t, lookedUp, "hosts", addrs) {
		answer, _ := file.LookupAddr(netip.MustParseAddr(addrs[i]))
		if diff := cmp.Diff(out, hostsOutput(answer)); diff != "" {
			t.Errorf("getent hosts %s (-getent +package):\n%s", addrs[i], diff)
		}
	}
}

// hostsOutput prints an answer as getent hosts does.
func hostsOutput(a hostsfile.Answer) string {
	var b strings.Builder
	for _, addr := range a.Addrs {
		fmt.Fprintf(&b, "%-15s %s\n", addr, strings.Join(append([]string{a.Canonical}, a.Aliases...), " "))
	}
	return b.String()
}

func TestGetentAhostsPrintsTheAddressesThatLookupsFind(t *testing.T) {
	t.Parallel()
	names := []string{"localhost", "ip6-localhost", "ALPHA", "a.example", "mapped", "zoned", "inner", "tail", "indented", "octal", "multi", "m8", "crlf", "last"}
	file := hostsfile.Parse([]byte(lookedUp))
	for i, out := range getent(t, lookedUp, "ahosts", names) {
		want := reply{}
		var addrs []string
		for line := range strings.Lines(out) {
			fields := strings.Fields(line)
			if fields[1] != "STREAM" {
				continue
			}
			if len(fields) > 2 {
				want = reply{Found: true, Name: fields[2]}
			}
			addrs = append(addrs, fields[0])
		}
		want.Addrs = sorted(addrs)
		if diff := cmp.Diff(want, lookup(file, "ip", names[i])); diff != "" {
			t.Errorf("getent ahosts %s (-getent +package):\n%s", names[i], diff)
		}
	}
}
