package hostsfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/internal/golden"
)

const localhost = "127.0.0.1 localhost\n"

// checked are files with something to find, and one without.
var checked = []struct{ name, text string }{
	{"nothing", localhost + "::1 localhost ip6-localhost ip6-loopback\n10.0.0.9 printer # 3rd floor\n" + string(lab.Bytes())},
	{"debian-installer", localhost + "127.0.1.1 cka-cp-1.example.org cka-cp-1\n" + string(lab.Bytes())},
	{"debian-installer-alone", localhost + "127.0.1.1 node.example.org node\n"},
	{"red-hat-style", "127.0.0.1 localhost localhost.localdomain cka-wk-1\n::1 localhost cka-wk-1\n" + string(lab.Bytes())},
	{"cloud-init", "# Your system has configured 'manage_etc_hosts' as True.\n# As a result, if you wish for changes to this file to persist\n# b.) change or remove the value of 'manage_etc_hosts' in\n" + localhost},
	{"around-a-block", localhost + "192.168.51.70 k8s-vip old\n192.168.51.81 cka-cp-1\nfd00::2 cka-cp-2\n" + string(lab.Bytes()) + "192.168.51.92 CKA-CP-2\n"},
	{"inside-another-tools-block", localhost + "# BEGIN ANSIBLE MANAGED BLOCK\n10.0.0.9 printer\n" + string(block("a", "10.0.0.1 x").Bytes()) + "# END ANSIBLE MANAGED BLOCK\n"},
	{"an-end-is-missing", localhost + "# BEGIN ANSIBLE MANAGED BLOCK\n10.0.0.9 printer\n"},
	{"two-blocks", localhost + string(block("a", "10.0.0.1 x", "10.0.0.2 x", "10.0.0.3 y").Bytes()) + string(block("b", "10.0.0.4 x", "10.0.0.3 y").Bytes())},
	{"no-blocks", localhost + "10.0.0.1 a a\n10.0.0.2 b A\nfd00::1 a\nFD00:0::1 a\n"},
	{"broken-markers", localhost + "# BEGIN haplane a\n10.0.0.1 a\n# BEGIN haplane b\n# END haplane b\n# BEGIN haplane c\n# BEGIN haplane d\n# END haplane c\n# END haplane d\n# END haplane e\n# BEGIN haplane\n# BEGIN haplane b\n# END haplane b\n"},
	{"lines", localhost + "hello world\n10.0.0.1\n010.0.0.1 b\n  10.0.0.2 indented\nfe80::1%eth0 zoned\n::ffff:10.0.0.3 mapped\n10.0.0.4 control\x01 \x00end\n"},
	{"names", localhost + "10.0.0.1 under_score Upper bad;name 1.2.3 -dash " + strings.Repeat("n", 64) + "\n"},
	{"long", localhost + "10.0.0.1 a b c d e f g h i j\n10.0.0.2 k # " + strings.Repeat("comment ", 70) + "\n"},
	{"byte-order-mark", "\ufeff" + localhost},
	{"localhost-elsewhere", "10.0.0.1 localhost\n"},
	{"localhost-ipv6-only", "fe00::1 localhost\n"},
}

// codes are all that there are.
var codes = []string{
	hostsfile.CodeMarker, hostsfile.CodeShadowed, hostsfile.CodeConflict, hostsfile.CodeDuplicate, hostsfile.CodeLoopbackName, hostsfile.CodeLocalhost,
	hostsfile.CodeGenerated, hostsfile.CodeInsideForeign, hostsfile.CodeUnclosedForeign, hostsfile.CodeUnreadable, hostsfile.CodeBOM, hostsfile.CodeControl, hostsfile.CodeZone, hostsfile.CodeMapped, hostsfile.CodeName,
	hostsfile.CodeUnderscore, hostsfile.CodeUpperCase, hostsfile.CodeMuslLineLength, hostsfile.CodeMuslIndent, hostsfile.CodeLastLine, hostsfile.CodeWindowsNames,
}

func TestFindsWhatIsWrongAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	var files []txtar.File
	seen := map[string]bool{hostsfile.CodeLastLine: true} // a golden cannot hold it: see the next test
	for _, c := range checked {
		var out strings.Builder
		for _, finding := range hostsfile.Parse([]byte(c.text)).Check() {
			seen[finding.Code] = true
			out.WriteString(finding.String() + "\n")
		}
		files = append(files, txtar.File{Name: c.name + "/hosts", Data: []byte(c.text)}, txtar.File{Name: c.name + "/findings", Data: []byte(out.String())})
	}
	golden.Check(t, "testdata/findings.txtar", files...)
	for _, code := range codes {
		if !seen[code] {
			t.Errorf("no file has a finding %s", code)
		}
	}
}

func TestTellsNamesApartThatDifferInBytesThatAreNotASCII(t *testing.T) {
	t.Parallel()
	for _, finding := range hostsfile.Parse([]byte(localhost + "10.0.0.1 caf\xe8 \u212a\n10.0.0.2 caf\xe9 k\n")).Check() {
		if finding.Code != hostsfile.CodeName {
			t.Error(finding)
		}
	}
}

func TestFindsALastLineWithoutEnding(t *testing.T) {
	t.Parallel()
	var got []string
	for _, finding := range hostsfile.Parse([]byte(localhost + "10.0.0.1 a b")).Check() {
		got = append(got, finding.String())
	}
	want := []string{"hosts:2: b: the last line has no ending, so musl does not find its last name, which is this one; end the line [last-line]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFindsNothingInTheFilesThatDistributionsShip(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Debian": "127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\nff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n\n",
		"Red Hat": "127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4\n" +
			"::1         localhost localhost.localdomain localhost6 localhost6.localdomain6\n",
		"Alpine": "127.0.0.1\tlocalhost localhost.localdomain\n::1\t\tlocalhost localhost.localdomain\n",
		"SUSE": "#\n# hosts         This file describes a number of hostname-to-address\n#\n127.0.0.1       localhost\n\n" +
			"# special IPv6 addresses\n::1             localhost ipv6-localhost ipv6-loopback\n\nfe00::0         ipv6-localnet\n",
		"Docker": "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n172.17.0.2\t0a1b2c3d4e5f\n",
	} {
		if findings := hostsfile.Parse([]byte(text)).Check(); len(findings) > 0 {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

func TestManyLinesOfOneNameTakeNoLongerThanManyNames(t *testing.T) {
	t.Parallel()
	// With a judgement that compares all with all this takes minutes.
	text := localhost + strings.Repeat("10.0.0.1 a\n10.0.0.2 a\n", 50_000)
	findings := hostsfile.Parse([]byte(text)).Check()
	if last := findings[len(findings)-1].String(); !strings.Contains(last, "more findings of this kind, up to line 100001") {
		t.Errorf("%d findings, the last is %s", len(findings), last)
	}
}
