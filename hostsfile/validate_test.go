package hostsfile_test

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
)

func TestReportsEveryFaultOfABlockWithItsField(t *testing.T) {
	t.Parallel()
	b := hostsfile.Block{
		Name:    "two words",
		Comment: "heading\nBEGIN haplane x",
		Entries: []hostsfile.Entry{
			{},
			{Addr: netip.MustParseAddr("10.0.0.1"), Names: []string{"good", "bad name; rm", "10.0.0.2"}},
			{Addr: netip.MustParseAddr("fe80::1").WithZone("eth0\n10.0.0.9 evil"), Names: []string{"localhost"}, Comment: "a\nb"},
		},
	}
	want := []string{
		"block: name: a block's name has letters, digits, dots, hyphens and underscores only",
		"block: comment: a line of the comment reads as the marker of a block",
		"block: entries[0].addr: the entry needs an address",
		"block: entries[0].names: the address needs at least one name",
		`block: entries[1].names[1]: "bad name; rm" is not a host name: only letters, digits, hyphens and dots are allowed`,
		`block: entries[1].names[2]: "10.0.0.2" reads as an address, which is never looked up in the file: give a name`,
		`block: entries[2].addr: the zone "eth0\n10.0.0.9 evil" has a blank, # or control character: give the name of an interface`,
		"block: entries[2].names[0]: localhost belongs to the machine: leave it to a line outside the block",
		"block: entries[2].comment: a comment is one line without control characters but tabs",
	}
	err := b.Validate()
	if diff := cmp.Diff(strings.Join(want, "\n"), err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != len(want) {
		t.Fatalf("%T joins no %d errors", err, len(want))
	}
	for _, e := range joined.Unwrap() {
		if fault := new(hostsfile.ParseError); !errors.As(e, &fault) || fault.Field == "" {
			t.Errorf("%v is a %T", e, e)
		}
	}
}

func TestAcceptsWhatHostsFilesHave(t *testing.T) {
	t.Parallel()
	b := hostsfile.Block{
		Name:    "K8s_lab.2-a",
		Comment: "Cluster lab, owner: ops\n\tsee the wiki # 4 (über)",
		Entries: []hostsfile.Entry{
			{Addr: netip.MustParseAddr("10.0.0.1"), Names: []string{"a", "9lives", "A-b.example.org", "under_score", strings.Repeat("x", 63)}, Comment: "café # 2\tx"},
			{Addr: netip.MustParseAddr("fe80::1%eth0.100"), Names: []string{"zoned"}},
			{Addr: netip.MustParseAddr("::ffff:10.0.0.1"), Names: []string{"mapped"}},
		},
	}
	if err := b.Validate(); err != nil {
		t.Error(err)
	}
	checkBlock(t, hostsfile.Parse([]byte(set(t, "", b))), b)
}

func TestWarnsOfWhatMayNotWork(t *testing.T) {
	t.Parallel()
	b := block("k8s",
		"10.0.0.1 Upper under_score", "fe80::1%eth0 zoned", "::ffff:10.0.0.2 mapped", "127.0.1.1 self", "0.0.0.0 nowhere",
		"10.0.0.3 a b c d e f g h i j", "10.0.0.4 a", "10.0.0.3 B", "fd00::3 a", "10.0.0.5 "+strings.Repeat(strings.Repeat("n", 62)+" ", 8))
	var got []string
	for _, w := range b.Warnings() {
		got = append(got, w.String())
	}
	want := []string{
		"entries[0].names[0]: musl finds the name only in this case, and Kubernetes writes names in lower case",
		"entries[0].names[1]: RFC 1123 has no underscores in host names: Kubernetes and certificates refuse them",
		"entries[1].addr: glibc passes over a line whose address has a zone",
		"entries[2].addr: glibc and musl disagree on IPv4-mapped addresses: write 10.0.0.2",
		"entries[3].addr: this is a loopback address, so every machine takes the name for itself",
		"entries[4].addr: this is the unspecified address, which nobody can connect to",
		"entries[5]: Windows resolves 9 names of a line and this one has 10: give the address a second entry",
		"entries[6].names[0]: a is also 10.0.0.3 in entries[5].names[0]: resolvers give both addresses, and most programs use the first",
		"entries[7].names[0]: musl finds the name only in this case, and Kubernetes writes names in lower case",
		"entries[7].names[0]: B has this address already in entries[5].names[1]",
		"entries[9]: musl reads 510 bytes of a line at once and this one has 512: give the address a second entry",
	}
	// The last entry repeats one name, which is another warning each time.
	got = got[:min(len(got), len(want))]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if warnings := lab.Warnings(); len(warnings) > 0 {
		t.Errorf("the reference lab: %v", warnings)
	}
}

func TestABlockPrintsTheSameAloneAndInAFile(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	n, err := lab.WriteTo(&out)
	if err != nil || n != int64(out.Len()) {
		t.Errorf("WriteTo: %d, %v", n, err)
	}
	if diff := cmp.Diff(string(lab.Bytes()), out.String()); diff != "" {
		t.Errorf("WriteTo (-Bytes +WriteTo):\n%s", diff)
	}
	if diff := cmp.Diff(string(lab.Bytes()), set(t, "", lab)); diff != "" {
		t.Errorf("in an empty file (-alone +file):\n%s", diff)
	}
}

func TestABlockWithoutANamePrintsItsLinesOnly(t *testing.T) {
	t.Parallel()
	b := block("", "10.0.0.1 a", "10.0.0.2 b")
	b.Comment = "CKA"
	if got := string(b.Bytes()); got != "# CKA\n10.0.0.1 a\n10.0.0.2 b\n" {
		t.Errorf("got %q", got)
	}
	if got := string((hostsfile.Block{}).Bytes()); got != "" {
		t.Errorf("the zero block prints %q", got)
	}
}

func TestPrintsABlockThatWasNotValidatedOnItsOwnLinesOnly(t *testing.T) {
	t.Parallel()
	b := hostsfile.Block{
		Name:    "a\n10.0.0.9 evil",
		Comment: "x\r10.0.0.9 evil\n10.0.0.9 evil",
		Entries: []hostsfile.Entry{
			{Addr: netip.MustParseAddr("10.0.0.1"), Names: []string{"a b\n10.0.0.9 evil # "}, Comment: "c\n10.0.0.9 evil"},
			{Addr: netip.MustParseAddr("fe80::1").WithZone("\n10.0.0.9 evil"), Names: []string{"z"}},
		},
	}
	file := hostsfile.Parse(b.Bytes())
	if answer, found := file.LookupName("evil", hostsfile.AnyFamily); found {
		t.Errorf("evil is %v:\n%s", answer.Addrs, file.Bytes())
	}
	for line := range file.Lines() {
		if line.Kind == hostsfile.Mapping && len(line.Entry.Names) != 1 {
			t.Errorf("line %d: %v", line.Number, line.Entry.Names)
		}
	}
}
