package hostsfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
)

// installed is what Debian's installer and some people leave on a machine.
const installed = "127.0.0.1\tlocalhost\n" +
	"127.0.1.1\tcka-cp-1.example.org\tcka-cp-1 # installer\n" +
	"192.168.51.70 k8s-vip # the old load balancer\n" +
	"192.168.51.82   CKA-CP-2   etcd-2\n" +
	"192.168.51.83 cka-cp-3\n" +
	"fd00::84 cka-wk-1\n" +
	"10.0.0.9 printer cka-wk-11\n" +
	"# BEGIN haplane other\n192.168.51.99 cka-wk-3\n# END haplane other\n" +
	"# 192.168.51.86 cka-wk-3\n"

func TestMergeLeavesNamesOutsideTheBlockAndReportsThem(t *testing.T) {
	t.Parallel()
	merged, overlaps, err := hostsfile.Parse([]byte(installed)).Merge(lab, hostsfile.Leave)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(installed+string(lab.Bytes()), string(merged.Bytes())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []string{
		"hosts:2: cka-cp-1 is 127.0.1.1 here and 192.168.51.81 in block cka: left here",
		"hosts:3: k8s-vip is 192.168.51.70 here and 192.168.51.80 in block cka: left here",
		"hosts:4: CKA-CP-2 is 192.168.51.82 here and 192.168.51.82 in block cka: left here",
		"hosts:5: cka-cp-3 is 192.168.51.83 here and 192.168.51.83 in block cka: left here",
	}
	if diff := cmp.Diff(want, texts(overlaps)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMergeAdoptsNamesAndKeepsEverythingElseOnTheirLines(t *testing.T) {
	t.Parallel()
	merged, overlaps, err := hostsfile.Parse([]byte(installed)).Merge(lab, hostsfile.Adopt)
	if err != nil {
		t.Fatal(err)
	}
	want := "127.0.0.1\tlocalhost\n" +
		"127.0.1.1\tcka-cp-1.example.org # installer\n" +
		"# the old load balancer\n" +
		"192.168.51.82   etcd-2\n" +
		"fd00::84 cka-wk-1\n" +
		"10.0.0.9 printer cka-wk-11\n" +
		"# BEGIN haplane other\n192.168.51.99 cka-wk-3\n# END haplane other\n" +
		"# 192.168.51.86 cka-wk-3\n" + string(lab.Bytes())
	if diff := cmp.Diff(want, string(merged.Bytes())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, text := range texts(overlaps) {
		if !strings.HasSuffix(text, ": adopted, and removed here") {
			t.Errorf("overlap: %s", text)
		}
	}
	if len(overlaps) != 4 {
		t.Errorf("overlaps: %v", overlaps)
	}
}

func TestAdoptedNamesHaveTheBlocksAddressesOnly(t *testing.T) {
	t.Parallel()
	merged, _, err := hostsfile.Parse([]byte(installed)).Merge(lab, hostsfile.Adopt)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range lab.Entries[:4] {
		answer, found := merged.LookupName(e.Names[0], hostsfile.IPv4)
		if !found || len(answer.Addrs) != 1 || answer.Addrs[0] != e.Addr {
			t.Errorf("%s is %v", e.Names[0], answer.Addrs)
		}
	}
}

func TestMergeAdoptsFromLinesOfEveryForm(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, before, after string }{
		{"the only name", "10.0.0.9 a\n", ""},
		{"the only name, twice", "10.0.0.9 a a\n", ""},
		{"the canonical name", "10.0.0.9 a b c\n", "10.0.0.9 b c\n"},
		{"a name in the middle", "10.0.0.9\tx\t a \tb\r\n", "10.0.0.9\tx \tb\r\n"},
		{"the last name", "10.0.0.9 x a", "10.0.0.9 x\n"},
		{"the only name of an indented line with a comment", "  10.0.0.9 a #why\n", "#why\n"},
		{"the only name before a NUL", "10.0.0.9 x a\x00b\n", "10.0.0.9 x\x00b\n"},
		{"the name in a comment", "10.0.0.9 x # a\n", "10.0.0.9 x # a\n"},
		{"the only name in front of what would become a marker", "10.0.0.9 a # BEGIN haplane k8s\n", "# # BEGIN haplane k8s\n"},
		{"an IPv4-mapped address", "::ffff:10.0.0.9 a\n", ""},
		{"IPv6", "fd00::9 a\n", "fd00::9 a\n"},
		{"the IPv6 loopback address", "::1 localhost a\n", "::1 localhost\n"},
		{"a line that nobody reads", "10.0.0.256 a\n", "10.0.0.256 a\n"},
		{"a line behind a byte-order mark", "\ufeff10.0.0.9 a\n", "\ufeff10.0.0.9 a\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := block("k8s", "10.0.0.1 a")
			merged, _, err := hostsfile.Parse([]byte(tc.before)).Merge(b, hostsfile.Adopt)
			if err != nil {
				t.Fatal(err)
			}
			want := set(t, tc.after, b)
			if diff := cmp.Diff(want, string(merged.Bytes())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMergeChangesNothingWhileMarkersAreBroken(t *testing.T) {
	t.Parallel()
	merged, overlaps, err := hostsfile.Parse([]byte("# BEGIN haplane a\n10.0.0.1 k8s-vip\n")).Merge(lab, hostsfile.Adopt)
	if err == nil || merged != nil || overlaps != nil {
		t.Errorf("file %v, overlaps %v, error %v", merged, overlaps, err)
	}
}

func texts(overlaps []hostsfile.Overlap) []string {
	var all []string
	for _, o := range overlaps {
		all = append(all, o.String())
	}
	return all
}
