package hostsfile_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
)

// Each test here protects from something that programs which edit hosts files
// have done to their users.

func TestKeepsCommentsBlanksAndOrder(t *testing.T) {
	t.Parallel()
	const text = "# managed by ops, ask before you touch\n127.0.0.1\tlocalhost   # keep\n\n\n10.0.0.9   printer  prn\t# 3rd floor\n"
	got := set(t, text, block("k8s", "10.0.0.1 a"))
	want := text + "# BEGIN haplane k8s\n10.0.0.1 a\n# END haplane k8s\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSettingABlockAHundredTimesDoesNotGrowTheFile(t *testing.T) {
	t.Parallel()
	once := set(t, "127.0.0.1 localhost\n", lab)
	again := once
	for range 100 {
		again = set(t, again, lab)
	}
	if diff := cmp.Diff(once, again); diff != "" {
		t.Errorf("(-once +often):\n%s", diff)
	}
}

func TestFindsItsBlockInAFileThatBecameCRLF(t *testing.T) {
	t.Parallel()
	unix := set(t, "127.0.0.1 localhost\n10.0.0.9 printer\n", lab)
	windows := strings.ReplaceAll(unix, "\n", "\r\n")
	if diff := cmp.Diff(windows, set(t, windows, lab)); diff != "" {
		t.Errorf("a block that was there already (-want +got):\n%s", diff)
	}
	want := strings.ReplaceAll(set(t, unix, block("cka", "10.0.0.1 k8s-vip")), "\n", "\r\n")
	if diff := cmp.Diff(want, set(t, windows, block("cka", "10.0.0.1 k8s-vip"))); diff != "" {
		t.Errorf("another block in its place (-want +got):\n%s", diff)
	}
}

func TestKeepsTheEndingOfEachLineInAMixedFile(t *testing.T) {
	t.Parallel()
	const text = "127.0.0.1 localhost\r\n10.0.0.8 a\n10.0.0.9 b\r\n"
	want := text + "# BEGIN haplane k8s\r\n10.0.0.1 a\r\n# END haplane k8s\r\n"
	if diff := cmp.Diff(want, set(t, text, block("k8s", "10.0.0.1 a"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDoesNotGlueTheBlockToALastLineWithoutEnding(t *testing.T) {
	t.Parallel()
	got := set(t, "127.0.0.1 localhost\n10.0.0.9 printer", block("k8s", "10.0.0.1 a"))
	want := "127.0.0.1 localhost\n10.0.0.9 printer\n# BEGIN haplane k8s\n10.0.0.1 a\n# END haplane k8s\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReplacesABlockAtTheEndOfAFileWithoutFinalNewline(t *testing.T) {
	t.Parallel()
	got := set(t, "127.0.0.1 localhost\n# BEGIN haplane k8s\n10.0.0.1 a\n# END haplane k8s", block("k8s", "10.0.0.2 a"))
	want := "127.0.0.1 localhost\n# BEGIN haplane k8s\n10.0.0.2 a\n# END haplane k8s\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDoesNotTakeABlockForAnotherWhoseNameItBegins(t *testing.T) {
	t.Parallel()
	names := []string{"k8s", "k8s-2", "k8s.example", "k8", "K8S"}
	text := ""
	for _, name := range names {
		text = set(t, text, block(name, "10.0.0.1 "+strings.ToLower(name)))
	}
	renamed := block("k8s", "10.0.0.9 new")
	renamed.Former = []string{"k8s"}
	text = set(t, text, renamed)
	file := hostsfile.Parse([]byte(text))
	for _, name := range names {
		want := strings.ToLower(name)
		if name == "k8s" {
			want = "new"
		}
		if got := entriesOf(t, file, name)[0].Names[0]; got != want {
			t.Errorf("block %s has %s, want %s", name, got, want)
		}
	}
	removed, err := file.RemoveBlock(block("k8s", "10.0.0.9 new", "10.0.0.1 a"))
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := removed.Blocks()
	if err != nil || len(blocks) != len(names)-1 {
		t.Errorf("after removing one of %d blocks: %d, %v", len(names), len(blocks), err)
	}
}

func TestReplacesOnlyTheNamedBlock(t *testing.T) {
	t.Parallel()
	const text = "127.0.0.1 localhost\n# BEGIN haplane a\n10.0.0.1 a\n# END haplane a\n10.0.0.5 between\n# BEGIN haplane b\n10.0.0.2 b\n# END haplane b\n# after\n"
	got := set(t, text, block("a", "10.0.0.3 a"))
	if diff := cmp.Diff(strings.Replace(text, "10.0.0.1 a", "10.0.0.3 a", 1), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDoesNotTakeAnIPv6AddressForADuplicateOfAnIPv4Address(t *testing.T) {
	t.Parallel()
	text := set(t, "127.0.0.1 localhost\n", block("k8s", "10.0.0.1 a", "fd00::1 a"))
	file := hostsfile.Parse([]byte(text))
	if findings := file.Check(); len(findings) > 0 {
		t.Errorf("findings: %v", findings)
	}
	merged, overlaps, err := hostsfile.Parse([]byte("fd00::1 a\n")).Merge(block("k8s", "10.0.0.1 a"), hostsfile.Adopt)
	if err != nil || len(overlaps) > 0 {
		t.Errorf("overlaps %v, %v", overlaps, err)
	}
	if answer, _ := merged.LookupName("a", hostsfile.AnyFamily); addrTexts(answer.Addrs) != "10.0.0.1 fd00::1" {
		t.Errorf("a is %v", answer.Addrs)
	}
}

func TestKeepsBothLocalhosts(t *testing.T) {
	t.Parallel()
	const text = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"
	if findings := hostsfile.Parse([]byte(text)).Check(); len(findings) > 0 {
		t.Errorf("findings: %v", findings)
	}
	for _, outside := range []hostsfile.Outside{hostsfile.Leave, hostsfile.Adopt} {
		merged, _, err := hostsfile.Parse([]byte(text)).Merge(lab, outside)
		if err != nil {
			t.Fatal(err)
		}
		if rest, ok := strings.CutPrefix(string(merged.Bytes()), text); !ok || rest != string(lab.Bytes()) {
			t.Errorf("merged:\n%s", merged.Bytes())
		}
	}
}

func TestABlockCannotTakeLocalhost(t *testing.T) {
	t.Parallel()
	_, err := hostsfile.Parse(nil).SetBlock(block("k8s", "10.0.0.1 LocalHost"))
	fault := &hostsfile.ParseError{}
	if !errors.As(err, &fault) || fault.Field != "entries[0].names[0]" {
		t.Errorf("error: %v", err)
	}
}

func TestAddingANodeUpdatesTheFilesOfTheNodesThatAreThere(t *testing.T) {
	t.Parallel()
	old := set(t, "127.0.0.1 localhost\n", lab)
	grown := lab
	grown.Entries = append(grown.Entries[:len(grown.Entries):len(grown.Entries)],
		hostsfile.Entry{Addr: netip.MustParseAddr("192.168.51.87"), Names: []string{"cka-wk-4"}})
	file := hostsfile.Parse([]byte(set(t, old, grown)))
	for _, e := range grown.Entries {
		answer, found := file.LookupName(e.Names[0], hostsfile.IPv4)
		if !found || answer.Addrs[0] != e.Addr || len(answer.Addrs) != 1 {
			t.Errorf("%s is %v", e.Names[0], answer.Addrs)
		}
	}
	if diff := cmp.Diff(set(t, "127.0.0.1 localhost\n", grown), string(file.Bytes())); diff != "" {
		t.Errorf("an old node and a new one differ (-new +old):\n%s", diff)
	}
}

func TestKeepsAByteOrderMarkWhereItIs(t *testing.T) {
	t.Parallel()
	if got := set(t, "\ufeff", block("k8s", "10.0.0.1 a")); got != "\ufeff# BEGIN haplane k8s\n10.0.0.1 a\n# END haplane k8s\n" {
		t.Errorf("got %q", got)
	}
	const text = "\ufeff# BEGIN haplane k8s\r\n10.0.0.1 a\r\n# END haplane k8s\r\n"
	if got := set(t, text, block("k8s", "10.0.0.1 a")); got != text {
		t.Errorf("got %q", got)
	}
	removed, err := hostsfile.Parse([]byte(text)).RemoveBlock(block("k8s", "10.0.0.9 new", "10.0.0.1 a"))
	if err != nil || string(removed.Bytes()) != "\ufeff" {
		t.Errorf("removed: %q, %v", removed.Bytes(), err)
	}
}

func TestRefusesNamesThatWouldRunCommandsOrAddLines(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a b", "x;reboot", "$(id)", "`id`", "a\n10.0.0.9 evil", "a\tb", "a#b", "a\x00", "é", "-a", "a-", "a..b", ".", "a.", "*.a", "10.0.0.1", "::1", "1", strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a"} {
		b := hostsfile.Block{Name: "k8s", Entries: []hostsfile.Entry{{Addr: netip.MustParseAddr("10.0.0.1"), Names: []string{name}}}}
		file, err := hostsfile.Parse(nil).SetBlock(b)
		fault := &hostsfile.ParseError{}
		if file != nil || !errors.As(err, &fault) || fault.Field != "entries[0].names[0]" {
			t.Errorf("name %q: file %v, error %v", name, file, err)
		}
	}
}

func TestNamesTheLineOfABadAddressAndLooksNothingUp(t *testing.T) {
	t.Parallel()
	file := hostsfile.Parse([]byte("127.0.0.1 localhost\n  10.0.0.256 a\n"))
	var errs []string
	for line := range file.Lines() {
		if line.Err != nil {
			errs = append(errs, line.Err.Error())
		}
	}
	want := []string{`hosts:2:3: "10.0.0.256" is not an IP address: correct the line or make it a comment`}
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if answer, found := file.LookupName("a", hostsfile.AnyFamily); found {
		t.Errorf("a is %v", answer)
	}
}

func TestComparesIPv6AddressesAsAddresses(t *testing.T) {
	t.Parallel()
	file := hostsfile.Parse([]byte("127.0.0.1 localhost\nFD00:0:0::1 a\nfd00::1 b a\n"))
	findings := file.Check()
	if len(findings) != 1 || findings[0].Code != hostsfile.CodeDuplicate || findings[0].Place != "hosts:3" || findings[0].Subject != "a" {
		t.Errorf("findings: %v", findings)
	}
	if answer, _ := file.LookupAddr(netip.MustParseAddr("fd00::1")); answer.Canonical != "a" {
		t.Errorf("fd00::1 is %+v", answer)
	}
}

func TestTheFirstNameOfALineIsTheCanonicalName(t *testing.T) {
	t.Parallel()
	answer, found := hostsfile.Parse([]byte("10.0.0.1 a.example a\n")).LookupName("A", hostsfile.AnyFamily)
	want := hostsfile.Answer{Canonical: "a.example", Aliases: []string{"a"}, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, Lines: []int{1}}
	if diff := cmp.Diff(want, answer, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" || !found {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// block makes a block of lines "ADDRESS NAME...".
func block(name string, lines ...string) hostsfile.Block {
	b := hostsfile.Block{Name: name}
	for _, line := range lines {
		fields := strings.Fields(line)
		b.Entries = append(b.Entries, hostsfile.Entry{Addr: netip.MustParseAddr(fields[0]), Names: fields[1:]})
	}
	return b
}

// set gives the text of a file with the block in it.
func set(t *testing.T, text string, b hostsfile.Block) string {
	t.Helper()
	file, err := hostsfile.Parse([]byte(text)).SetBlock(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(file.Bytes())
}

func entriesOf(t *testing.T, file *hostsfile.File, name string) []hostsfile.Entry {
	t.Helper()
	blocks, err := file.Blocks()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if b.Name == name {
			return b.Entries
		}
	}
	t.Fatalf("no block %s", name)
	return nil
}
