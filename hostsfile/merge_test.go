package hostsfile_test

import (
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

func TestMergeLeavesNamesOutsideTheBlockToCheck(t *testing.T) {
	t.Parallel()
	merged, findings, err := hostsfile.Parse([]byte(installed)).Merge(lab, hostsfile.Leave)
	if err != nil || len(findings) > 0 {
		t.Fatal(findings, err)
	}
	if diff := cmp.Diff(installed+string(lab.Bytes()), string(merged.Bytes())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var got []string
	for _, f := range merged.Check() {
		got = append(got, f.Place+" "+f.Subject+" "+f.Code)
	}
	want := []string{
		"hosts:2 cka-cp-1 loopback-name", "hosts:3 k8s-vip shadowed", "hosts:4 CKA-CP-2 upper-case", "hosts:4 CKA-CP-2 duplicate",
		"hosts:5 cka-cp-3 duplicate", "hosts:20 cka-wk-3 conflict", "hosts:2 cka-cp-1.example.org loopback-name",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMergeAdoptsNamesAndKeepsEverythingElseOnTheirLines(t *testing.T) {
	t.Parallel()
	merged, findings, err := hostsfile.Parse([]byte(installed)).Merge(lab, hostsfile.Adopt)
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
	told := []string{
		"hosts:2: cka-cp-1: it is 127.0.1.1 here and 192.168.51.81 in block cka, which adopts it: removed here [adopted]",
		"hosts:3: k8s-vip: it is 192.168.51.70 here and 192.168.51.80 in block cka, which adopts it: removed here [adopted]",
		"hosts:4: CKA-CP-2: it is 192.168.51.82 here and 192.168.51.82 in block cka, which adopts it: removed here [adopted]",
		"hosts:5: cka-cp-3: it is 192.168.51.83 here and 192.168.51.83 in block cka, which adopts it: removed here [adopted]",
	}
	if diff := cmp.Diff(told, texts(findings)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
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
	merged, findings, err := hostsfile.Parse([]byte("# BEGIN haplane a\n10.0.0.1 k8s-vip\n")).Merge(lab, hostsfile.Adopt)
	if err == nil || merged != nil || findings != nil {
		t.Errorf("file %v, overlaps %v, error %v", merged, findings, err)
	}
}

func texts(findings []hostsfile.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.String())
	}
	return all
}
