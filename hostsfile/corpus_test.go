package hostsfile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
)

// corpus has a hosts file for every way in which programs that edit hosts
// files are known to lose or to misread something.
var corpus = []struct {
	name, text string
	kinds      string // of the lines, by their first letters
}{
	{"an empty file", "", ""},
	{"one empty line", "\n", "b"},
	{"comments, tabs and blanks of all sorts", "# top\n\n127.0.0.1\tlocalhost   loop\t # why\n   \t\n#10.0.0.1 off\n\t10.0.0.2 \t a\n", "cbmbcm"},
	{"CRLF", "127.0.0.1 localhost\r\n\r\n# c\r\n10.0.0.1 a\r\n", "mbcm"},
	{"mixed line endings", "127.0.0.1 localhost\r\n10.0.0.1 a\n10.0.0.2 b\r\r\n\r\n", "mmmb"},
	{"carriage returns alone", "127.0.0.1 localhost\r10.0.0.1 a\r", "m"},
	{"a byte-order mark", "\ufeff127.0.0.1 localhost\n10.0.0.1 a\n", "um"},
	{"a byte-order mark in front of a comment", "\ufeff# hosts\n127.0.0.1 localhost\n", "cm"},
	{"a byte-order mark alone", "\ufeff", "b"},
	{"UTF-16, which is no hosts file", "\xff\xfe1\x000\x00.\x000\x00\n\x00", "ub"},
	{"no final newline", "127.0.0.1 localhost\n10.0.0.1 a", "mm"},
	{"no final newline after a comment", "127.0.0.1 localhost\n# end", "mc"},
	{"lines that are no entry", "hello world\n10.0.0.1\n10.0.0.256 a\n010.0.0.1 b\n10.0.0.1/24 c\n:: d\n", "uuuuum"},
	{"names that are none", "10.0.0.1 \"bad name; rm\" $(id) a;b -x .y\n", "m"},
	{"IPv6 in every spelling", "::1 localhost\nFD00:0:0::1 a\n::ffff:10.0.0.1 b\nfe80::1%eth0 c\nfe80::1%25 d\n", "mmmmm"},
	{"one name with an IPv4 and an IPv6 address", "10.0.0.1 a\nfd00::1 a\n", "mm"},
	{"localhost twice", "127.0.0.1 localhost\n::1 localhost\n", "mm"},
	{"the same line many times", strings.Repeat("10.0.0.1 a\n", 5), "mmmmm"},
	{"a # inside a name and right after an address", "10.0.0.1 a#b c\n10.0.0.2#d\n", "mu"},
	{"NUL and other control characters", "10.0.0.1 a\x00b\n\x00\n10.0.0.2\x01 b\n10.0.0.3\va\fb\n", "mbum"},
	{"Latin-1 and other bytes that are not UTF-8", "# caf\xe9\n10.0.0.1 caf\xe9 # \xff\xfe\n", "cm"},
	{"a line longer than any buffer", "10.0.0.1 " + strings.Repeat("name ", 30_000) + "\n", "m"},
	{"two managed blocks, one name a prefix of the other", "# BEGIN haplane k8s\n10.0.0.1 a\n# END haplane k8s\n# BEGIN haplane k8s-2\n10.0.0.2 b\n# END haplane k8s-2\n", "xmxxmx"},
	{"markers that people touched", "  #BEGIN haplane a \r\n10.0.0.1 a\n#\tEND\thaplane\ta\n", "xmx"},
	{"comments that look like markers", "# BEGIN ANSIBLE MANAGED BLOCK\n# END ANSIBLE MANAGED BLOCK\n# begin haplane a\n## BEGIN haplane a\n# BEGIN haplaned a\n", "ccccc"},
	{"broken markers", "# BEGIN haplane a\n# BEGIN haplane b\n# END haplane a\n# END haplane\n# END haplane b c\n", "xxxxx"},
	{"what cloud-init writes", "# Your system has configured 'manage_etc_hosts' as True.\n127.0.1.1 n.example n\n127.0.0.1 localhost\n", "cmm"},
	{"what Docker and the kubelet write", "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n10.244.0.7\tpod\n", "cmmmm"},
}

func TestPrintsWhatItParsed(t *testing.T) {
	t.Parallel()
	for _, c := range corpus {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := hostsfile.Parse([]byte(c.text))
			checkRoundTrip(t, file, []byte(c.text))
			var out bytes.Buffer
			if n, err := file.WriteTo(&out); err != nil || n != int64(len(c.text)) || out.String() != c.text {
				t.Errorf("WriteTo wrote %d bytes, %v: %q", n, err, out.String())
			}
			letters := map[hostsfile.Kind]string{
				hostsfile.Blank: "b", hostsfile.Comment: "c", hostsfile.Marker: "x", hostsfile.Mapping: "m", hostsfile.Unreadable: "u",
			}
			kinds := ""
			for line := range file.Lines() {
				kinds += letters[line.Kind]
			}
			if diff := cmp.Diff(c.kinds, kinds); diff != "" {
				t.Errorf("kinds of lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEditsKeepEveryOtherByteOfAnyFile(t *testing.T) {
	t.Parallel()
	for _, c := range corpus {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checkEditing(t, mend(t, hostsfile.Parse([]byte(c.text))), lab)
		})
	}
}

func TestKeepsItsTextWhenTheCallerReusesTheBuffer(t *testing.T) {
	t.Parallel()
	buf := []byte("10.0.0.1 a\n")
	file := hostsfile.Parse(buf)
	copy(buf, "10.0.0.9 z\n")
	out := file.Bytes()
	copy(out, "xxxxxxxxxxx")
	if got := string(file.Bytes()); got != "10.0.0.1 a\n" {
		t.Errorf("the file became %q", got)
	}
}

func TestTheZeroFileIsAnEmptyFile(t *testing.T) {
	t.Parallel()
	var file hostsfile.File
	if !file.Equal(hostsfile.Parse(nil)) {
		t.Error("the zero File is not the empty file")
	}
	set, err := file.SetBlock(lab)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(lab.Bytes()), string(set.Bytes())); diff != "" {
		t.Errorf("the block alone (-want +got):\n%s", diff)
	}
}
