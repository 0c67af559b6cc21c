package hostsfile_test

import (
	"bytes"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/internal/plain"
)

// FuzzFile takes any bytes for a hosts file and any text for a block, and
// holds every operation to its laws.
func FuzzFile(f *testing.F) {
	for _, c := range corpus {
		f.Add([]byte(c.text), "cka", "cka-cp-1", "192.168.51.81")
	}
	f.Add([]byte("# BEGIN haplane a\n# BEGIN haplane b\n# END haplane a\n# END haplane b"), "b", "x", "fe80::1%eth0")
	f.Add([]byte("\ufeff# BEGIN haplane a\r\n10.0.0.1 x # BEGIN haplane a\r\n# END haplane a"), "a", "x", "10.0.0.1")
	f.Add([]byte(" #\tBEGIN\x00haplane a\n#END haplane\n# END haplane a b\n\v\f\r"), "a.b-c_d", "x\n127.0.0.1 evil", "::")
	f.Add([]byte("\n10.0.0.1 x # BEGIN haplane"), "a", "x", "10.0.0.1")
	f.Fuzz(func(t *testing.T, data []byte, block, name, addr string) {
		file := hostsfile.Parse(data)
		checkRoundTrip(t, file, data)
		checkReading(t, file, name, addr)
		ip, _ := netip.ParseAddr(addr)
		b := hostsfile.Block{Name: block, Comment: name, Entries: []hostsfile.Entry{{Addr: ip, Names: []string{name}, Comment: block}}}
		checkPrinting(t, b)
		checkEditing(t, mend(t, file), b)
	})
}

// checkRoundTrip holds a file to its bytes.
func checkRoundTrip(t *testing.T, file *hostsfile.File, data []byte) {
	t.Helper()
	if !bytes.Equal(file.Bytes(), data) {
		t.Fatalf("parsed %q, printed %q", data, file.Bytes())
	}
	var lines strings.Builder
	number := 0
	for line := range file.Lines() {
		number++
		lines.WriteString(line.Text + line.Ending)
		if line.Number != number {
			t.Fatalf("line %d has number %d", number, line.Number)
		}
		if (line.Kind == hostsfile.Unreadable) != (line.Err != nil) || (line.Kind == hostsfile.Mapping) != line.Entry.Addr.IsValid() {
			t.Fatalf("line %+v: its kind does not tell which fields are set", line)
		}
	}
	if lines.String() != string(data) {
		t.Fatalf("the lines of %q are %q", data, lines.String())
	}
}

// checkReading holds lookups and findings to the lines of the file.
func checkReading(t *testing.T, file *hostsfile.File, name, addr string) {
	t.Helper()
	lines := bytes.Count(file.Bytes(), []byte("\n")) + 1
	for _, finding := range file.Check() {
		line := 0
		if _, number, found := strings.Cut(finding.Place, ":"); found {
			line, _ = strconv.Atoi(number)
		}
		if line < 0 || line > lines || finding.Message == "" || finding.Remedy == "" || finding.Code == "" || finding.Severity.Rank() < 0 {
			t.Fatalf("finding %+v of %q", finding, file.Bytes())
		}
		if text := finding.String(); text != plain.Line(text) {
			t.Fatalf("a finding has what does not print: %q", text)
		}
	}
	answer, found := file.LookupName(name, hostsfile.AnyFamily)
	if found != (len(answer.Addrs) > 0) || len(answer.Addrs) != len(answer.Lines) {
		t.Fatalf("LookupName(%q) = %+v, %t", name, answer, found)
	}
	for _, a := range answer.Addrs {
		if _, found := file.LookupAddr(a); !found {
			t.Fatalf("LookupName(%q) gives %s, which LookupAddr does not find", name, a)
		}
	}
	ip, _ := netip.ParseAddr(addr)
	file.LookupAddr(ip)
}

// checkPrinting holds a block to its lines, whatever its fields are.
func checkPrinting(t *testing.T, b hostsfile.Block) {
	t.Helper()
	b.Warnings()
	want := len(b.Entries) + strings.Count(strings.TrimSuffix(b.Comment, "\n"), "\n")
	if b.Comment != "" {
		want++
	}
	if b.Name != "" {
		want += 2
	}
	if got := bytes.Count(b.Bytes(), []byte("\n")); got != want {
		t.Fatalf("%+v prints %d lines, want %d:\n%s", b, got, want, b.Bytes())
	}
}

// mend chooses the first repair of each fault until there is none.
func mend(t *testing.T, file *hostsfile.File) *hostsfile.File {
	t.Helper()
	for range bytes.Count(file.Bytes(), []byte("\n")) + 2 {
		_, err := file.Blocks()
		if err == nil {
			return file
		}
		fault := &hostsfile.MarkerError{}
		if !errors.As(err, &fault) {
			t.Fatal(err)
		}
		mended, err := file.Repair(fault.Block, fault.Repairs[0])
		if err != nil {
			t.Fatal(err)
		}
		file = mended
	}
	t.Fatalf("repairs do not end: %q", file.Bytes())
	return nil
}

// checkEditing holds edits to what they say that they do.
func checkEditing(t *testing.T, file *hostsfile.File, b hostsfile.Block) {
	t.Helper()
	before := string(file.Bytes())
	set, err := file.SetBlock(b)
	if err != nil {
		if b.Validate() == nil {
			t.Fatalf("SetBlock(%+v): %v", b, err)
		}
		return
	}
	if string(file.Bytes()) != before {
		t.Fatalf("SetBlock changed its receiver")
	}
	again, err := set.SetBlock(b)
	if err != nil || !again.Equal(set) {
		t.Fatalf("setting %+v twice: %v\nonce:\n%q\ntwice:\n%q", b, err, set.Bytes(), again.Bytes())
	}
	checkBlock(t, set, b)
	checkOthers(t, file, set, b)
	for _, outside := range []hostsfile.Outside{hostsfile.Leave, hostsfile.Adopt} {
		checkMerge(t, file, b, outside)
	}
}

// checkBlock asks for the block that was set.
func checkBlock(t *testing.T, file *hostsfile.File, want hostsfile.Block) {
	t.Helper()
	blocks, err := file.Blocks()
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range blocks {
		if got.Name == want.Name {
			if diff := cmp.Diff(string(want.Bytes()), string(got.Bytes())); diff != "" {
				t.Fatalf("block read back (-set +read):\n%s", diff)
			}
			return
		}
	}
	t.Fatalf("block %s is not in %q", want.Name, file.Bytes())
}

// checkOthers holds an edit to the block that it names: without that block
// both files are the same, but for the end of the last line.
func checkOthers(t *testing.T, before, after *hostsfile.File, block hostsfile.Block) {
	t.Helper()
	a, err := before.RemoveBlock(block)
	if err != nil {
		t.Fatal(err)
	}
	b, err := after.RemoveBlock(block)
	if err != nil {
		t.Fatal(err)
	}
	rest, ended := strings.CutPrefix(string(b.Bytes()), string(a.Bytes()))
	if !ended || rest != "" && rest != "\n" && rest != "\r\n" {
		t.Fatalf("without block %+v:\nbefore %q\nafter  %q", block, a.Bytes(), b.Bytes())
	}
}

// checkMerge holds a merge to being done after one time.
func checkMerge(t *testing.T, file *hostsfile.File, b hostsfile.Block, outside hostsfile.Outside) {
	t.Helper()
	once, findings, err := file.Merge(b, outside)
	if err != nil {
		t.Fatal(err)
	}
	twice, left, err := once.Merge(b, outside)
	if err != nil || !twice.Equal(once) {
		t.Fatalf("merging twice: %v\nonce:\n%q\ntwice:\n%q", err, once.Bytes(), twice.Bytes())
	}
	for _, f := range left {
		if f.Code != hostsfile.CodeForeign {
			t.Fatalf("merging again still finds %v, before: %v", f, findings)
		}
	}
	checkBlock(t, once, b)
}
