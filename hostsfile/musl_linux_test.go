package hostsfile_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/hostsfile"
)

// disagreements are the findings that say that resolvers differ.
var disagreements = []string{
	hostsfile.CodeUnreadable, hostsfile.CodeBOM, hostsfile.CodeControl, hostsfile.CodeZone, hostsfile.CodeMapped, hostsfile.CodeName,
	hostsfile.CodeUpperCase, hostsfile.CodeMuslLineLength, hostsfile.CodeMuslIndent, hostsfile.CodeLastLine,
}

// disagrees gives the codes of such findings about a file.
func disagrees(file *hostsfile.File) []string {
	var codes []string
	for _, finding := range file.Check() {
		if slices.Contains(disagreements, finding.Code) {
			codes = append(codes, finding.Code)
		}
	}
	return codes
}

// plainHosts makes a hosts file of pieces of which few are known to cause
// trouble.
func plainHosts(rng *rand.Rand) string {
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	var b strings.Builder
	for range rng.IntN(10) {
		b.WriteString(pick("10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::1", "fd00::2", "FD00:0::3", "127.0.0.1", "::1", "127.1", "::ffff:10.0.0.1"))
		for range 1 + rng.IntN(4) {
			b.WriteString(pick(" ", "\t", "  ", " \t", "\r"))
			b.WriteString(pick("alpha", "beta", "gamma", "alpha.example", "al", "pha", "a_b", "Delta"))
		}
		b.WriteString(pick("\n", "\n", "\r\n", " \n", " # alpha\n", "#beta\n", "\n\n", "\n# delta gamma\n"))
	}
	if rng.IntN(4) == 0 {
		return strings.TrimSuffix(b.String(), "\n")
	}
	return b.String()
}

var plainNames = []string{"alpha", "beta", "gamma", "alpha.example", "al", "pha", "a_b"}

func TestMuslAgreesWhereCheckFindsNoDisagreement(t *testing.T) {
	t.Parallel()
	serveNobody(t)
	musl := start(t, muslProgram(t))
	rng := rand.New(rand.NewPCG(4, 5))
	agreed := 0
	for range 3000 {
		text := plainHosts(rng)
		file := hostsfile.Parse([]byte(text))
		if len(disagrees(file)) > 0 {
			continue
		}
		musl.use(t, text)
		for _, name := range plainNames {
			if want, got := musl.ask(t, "ip", name), lookup(file, "ip", name); want.Found != got.Found || want.Addrs != got.Addrs {
				t.Fatalf("%s: musl %v, package %v, hosts file:\n%q", name, want, got, text)
			} else if want.Found {
				agreed++
			}
		}
	}
	if agreed < 500 {
		t.Errorf("only %d names were found and compared", agreed)
	}
}

// Each case is a file that means one thing to musl and another to glibc, and
// the same file after the advice of its finding was followed.
func TestFollowingTheAdviceMakesMuslAndGlibcAgree(t *testing.T) {
	t.Parallel()
	serveNobody(t)
	musl, glibc := start(t, muslProgram(t)), start(t, glibcProgram(t))
	many := strings.Repeat(" another-name-of-the-same-machine", 15)
	for _, tc := range []struct {
		code          string
		name          string
		before, after string
	}{
		{hostsfile.CodeUpperCase, "alpha", "10.0.0.1 Alpha\n", "10.0.0.1 alpha\n"},
		{hostsfile.CodeMuslLineLength, "the-last-name-of-this-machine", "10.0.0.1" + many + " the-last-name-of-this-machine\n",
			"10.0.0.1" + many + "\n10.0.0.1 the-last-name-of-this-machine\n"},
		{hostsfile.CodeMuslIndent, "alpha", " 10.0.0.1 alpha\n", "10.0.0.1 alpha\n"},
		{hostsfile.CodeLastLine, "alpha", "10.0.0.1 alpha", "10.0.0.1 alpha\n"},
		{hostsfile.CodeZone, "alpha", "fe80::1%lo alpha\n", "fd00::1 alpha\n"},
		{hostsfile.CodeUnreadable, "alpha", "127.1 alpha\n", "127.0.0.1 alpha\n"},
		{hostsfile.CodeControl, "alpha", "10.0.0.1 alpha\x00\n", "10.0.0.1 alpha\n"},
	} {
		before := hostsfile.Parse([]byte(tc.before))
		if codes := disagrees(before); !slices.Contains(codes, tc.code) {
			t.Errorf("%q: findings %v, want %s among them", tc.before, codes, tc.code)
		}
		ask := func(text string) (fromMusl, fromGlibc reply) {
			musl.use(t, text)
			glibc.use(t, text)
			return musl.ask(t, "ip", tc.name), glibc.ask(t, "ip", tc.name)
		}
		if m, g := ask(tc.before); m == g {
			t.Errorf("%s: %q: musl and glibc agree on %v: the finding warns of nothing", tc.code, tc.before, m)
		}
		after := hostsfile.Parse([]byte(tc.after))
		if codes := disagrees(after); len(codes) > 0 {
			t.Errorf("%q: still has findings %v", tc.after, codes)
		}
		if m, g := ask(tc.after); m != g || !m.Found {
			t.Errorf("%s: %q: musl %v, glibc %v: the advice does not help", tc.code, tc.after, m, g)
		}
	}
}

func TestMuslReads510BytesOfALineAndNoMore(t *testing.T) {
	t.Parallel()
	serveNobody(t)
	musl := start(t, muslProgram(t))
	// Labels of 63 letters keep the names right at every length.
	head := "10.0.0.1" + strings.Repeat(" "+strings.Repeat("x", 63), 7) + " "
	for length := 500; length <= 519; length++ {
		name := strings.Repeat("z", length-len(head))
		text := head + name + "\n"
		musl.use(t, text)
		long := slices.Contains(disagrees(hostsfile.Parse([]byte(text))), hostsfile.CodeMuslLineLength)
		if found := musl.ask(t, "ip", name).Found; found == long {
			t.Errorf("line of %d bytes: musl finds its last name: %t, Check calls it long: %t", length, found, long)
		}
	}
}

func TestGlibcReadsLinesOfAnyLength(t *testing.T) {
	t.Parallel()
	glibc := start(t, glibcProgram(t))
	text := "10.0.0.1" + strings.Repeat(" other", 20_000) + " last\n"
	glibc.use(t, text)
	file := hostsfile.Parse([]byte(text))
	if compare(t, glibc, file, "ip", "last") == 0 {
		t.Error("glibc does not find the last name")
	}
}

func TestWithoutMultiGlibcTakesTheFirstAddress(t *testing.T) {
	t.Parallel()
	glibc := start(t, glibcProgram(t))
	glibc.configure(t, "host.conf", "multi off\n")
	const text = "10.0.0.1 alpha\nfd00::1 alpha\n10.0.0.2 alpha\n"
	glibc.use(t, text)
	answer, _ := hostsfile.Parse([]byte(text)).LookupName("alpha", hostsfile.AnyFamily)
	if got := glibc.ask(t, "ip", "alpha").Addrs; got != answer.Addrs[0].String() {
		t.Errorf("glibc without multi gives %s, the first address is %s", got, answer.Addrs[0])
	}
}
