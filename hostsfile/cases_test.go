package hostsfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
)

// home is the block of a small cluster.
func home() hostsfile.Block {
	b := block("kubernetes", "192.168.51.80 k8s-vip lb-1", "192.168.51.81 cp-1", "192.168.51.82 cp-2", "192.168.51.83 cp-3", "192.168.51.84 wk-1")
	b.Comment = "Cluster kubernetes"
	return b
}

func caseFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "cases", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func merge(t *testing.T, text string, b hostsfile.Block, outside hostsfile.Outside) (string, []hostsfile.Finding) {
	t.Helper()
	file, findings, err := hostsfile.Parse([]byte(text)).Merge(b, outside)
	if err != nil {
		t.Fatal(err)
	}
	return string(file.Bytes()), findings
}

// placed gives place, subject and code of each finding.
func placed(findings []hostsfile.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, strings.Join(strings.Fields(f.Place+" "+f.Subject+" "+f.Code), " "))
	}
	return all
}

// framed gives lines in markers of the block.
func framed(lines string) string {
	return "127.0.0.1 localhost\n# BEGIN haplane kubernetes\n# Cluster kubernetes\n" + lines + "# END haplane kubernetes\n# after\n"
}

func TestLinesThatWereAddedInsideTheBlockAreKeptAndSaid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		kept       string // behind the block
		said       []string
	}{
		{"a line with a comment", caseFile(t, "line-added-in-block.hosts"), "192.168.51.99 nfs-server # added by hand\n", []string{"hosts:6 kept"}},
		{"a line without one", framed("192.168.51.81 cp-1\n192.168.51.99 nfs-server\n"), "192.168.51.99 nfs-server\n", []string{"hosts:5 kept"}},
		{"a name behind one of ours", framed("192.168.51.81\tcp-1 registry # both\n"), "192.168.51.81 registry # both\n", []string{"hosts:4 kept"}},
		{"a comment between the lines", framed("192.168.51.81 cp-1\n# ask Bob before you touch this\n"), "# ask Bob before you touch this\n", []string{"hosts:5 kept"}},
		{"a comment behind a line of ours", framed("192.168.51.81 cp-1 # rack 3\n"), "# rack 3\n", []string{"hosts:4 kept"}},
		{"a second heading", framed("# written by hand\n192.168.51.81 cp-1\n"), "# written by hand\n", []string{"hosts:4 kept"}},
		{"a line that nobody can read", framed("192.168.51.81 cp-1\nprinter 10.0.0.9\n"), "printer 10.0.0.9\n", []string{"hosts:5 kept"}},
		{"another address for one of our names", framed("192.168.51.81 cp-1\n10.9.9.9 cp-1\n"), "# 10.9.9.9 cp-1\n", []string{"hosts:5 kept"}},
		{"an address of the other family", framed("192.168.51.81 cp-1\nfd00::81 cp-1\n"), "fd00::81 cp-1\n", []string{"hosts:5 kept"}},
		{"nothing", framed("192.168.51.81 cp-1\n\n"), "", nil},
		{"an address that moved", framed("192.168.51.91 cp-1\n"), "", nil},
		{"an older heading", strings.Replace(framed("192.168.51.81 cp-1\n"), "# Cluster kubernetes", "# The cluster", 1), "", nil},
	} {
		got, findings := merge(t, test.text, home(), hostsfile.Leave)
		before, after, _ := strings.Cut(test.text, "# BEGIN haplane kubernetes\n")
		_, after, _ = strings.Cut(after, "# END haplane kubernetes\n")
		if diff := cmp.Diff(before+string(home().Bytes())+test.kept+after, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if diff := cmp.Diff(test.said, placed(findings)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if again, said := merge(t, got, home(), hostsfile.Leave); again != got || len(said) > 0 {
			t.Errorf("%s: merging again gives %v and\n%s", test.name, said, again)
		}
	}
}

func TestAFormerNameGoesWithoutAWord(t *testing.T) {
	t.Parallel()
	b := home()
	b.Former = []string{"WK-2"}
	got, findings := merge(t, framed("192.168.51.85 wk-2\n192.168.51.86 wk-3\n"), b, hostsfile.Leave)
	if want := "127.0.0.1 localhost\n" + string(b.Bytes()) + "192.168.51.86 wk-3\n# after\n"; got != want || len(findings) != 1 {
		t.Errorf("%v\n%s", findings, got)
	}
}

func TestClosingABlockSwallowsNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, kept string }{
		"up to the end":             {caseFile(t, "close-block-swallows.hosts"), "10.0.0.9 printer\n"},
		"up to an empty line":       {"# BEGIN haplane kubernetes\n192.168.51.81 cp-1\n10.0.0.9 printer\n10.0.0.8 nas # 2nd floor\n\n10.0.0.7 tv\n", "10.0.0.9 printer\n10.0.0.8 nas # 2nd floor\n"},
		"up to another block of us": {"# BEGIN haplane kubernetes\n::1 localhost\n# BEGIN haplane b\n10.0.0.1 b\n# END haplane b\n", "::1 localhost\n"},
	} {
		closed, err := hostsfile.Parse([]byte(test.text)).Repair("kubernetes", hostsfile.CloseBlock)
		if err != nil {
			t.Fatal(err)
		}
		got, findings := merge(t, string(closed.Bytes()), home(), hostsfile.Leave)
		if !strings.Contains(got, string(home().Bytes())+test.kept) || len(findings) != strings.Count(test.kept, "\n") {
			t.Errorf("%s: %v\n%s", name, findings, got)
		}
	}
}

func TestKeepingOneOfTwoBlocksLosesNoForeignLine(t *testing.T) {
	t.Parallel()
	const text = "# BEGIN haplane a\n10.0.0.1 a\n# END haplane a\n# BEGIN haplane a\n10.0.0.2 a\n10.0.0.9 printer # mine\n# END haplane a\n"
	mended, err := hostsfile.Parse([]byte(text)).Repair("a", hostsfile.KeepFirst)
	if want := "# BEGIN haplane a\n10.0.0.1 a\n# END haplane a\n10.0.0.9 printer # mine\n"; err != nil || string(mended.Bytes()) != want {
		t.Errorf("%v\n%s", err, mended.Bytes())
	}
}

func TestTheMarkerOfAnotherToolInsideTheBlockIsAnError(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]string{
		"Ansible, whole":      "# BEGIN ANSIBLE MANAGED BLOCK\n10.0.0.9 printer\n# END ANSIBLE MANAGED BLOCK\n",
		"Ansible, half":       "# END ANSIBLE MANAGED BLOCK\n",
		"kubespray":           "# Ansible inventory hosts BEGIN\n192.168.51.81 cp-1.cluster.local cp-1\n",
		"Vagrant":             "## vagrant-hostmanager-start id: 4f2c\n10.0.0.9 box\n## vagrant-hostmanager-end\n",
		"Docker Desktop":      "# Added by Docker Desktop\n10.0.0.9 host.docker.internal\n# End of section\n",
		"a marker of its own": "#--- BEGIN PVE ---\n",
	} {
		text := framed("192.168.51.81 cp-1\n" + lines)
		file, err := hostsfile.Parse([]byte(text)).SetBlock(home())
		if file != nil || err == nil || !strings.Contains(err.Error(), "of another tool stands inside block kubernetes") {
			t.Errorf("%s: %v", name, err)
		}
		if codes := placed(hostsfile.Parse([]byte(text)).Check()); len(codes) == 0 || codes[0] != "hosts:5 marker" {
			t.Errorf("%s: findings %q", name, codes)
		}
		mended, err := hostsfile.Parse([]byte(text)).Repair("kubernetes", hostsfile.RemoveMarkers)
		if err != nil || !strings.Contains(string(mended.Bytes()), lines) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAdoptLeavesTheBlocksOfOtherToolsAloneAndSaysSo(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"kubespray":            caseFile(t, "adopt-in-ansible-block.hosts"),
		"Ansible":              "127.0.0.1 localhost\n# BEGIN ANSIBLE MANAGED BLOCK\n192.168.51.81 cp-1\n# END ANSIBLE MANAGED BLOCK\n",
		"Ansible, named":       "127.0.0.1 localhost\n# BEGIN lab hosts\n192.168.51.81 cp-1\n# END lab hosts\n",
		"Ansible, unended":     "127.0.0.1 localhost\n# BEGIN ANSIBLE MANAGED BLOCK\n192.168.51.81 cp-1\n",
		"Vagrant":              "127.0.0.1 localhost\n## vagrant-hostmanager-start id: 4f2c\n192.168.51.81\tcp-1\n## vagrant-hostmanager-end\n",
		"Vagrant, by line":     "127.0.0.1 localhost\n# mine\n192.168.51.81  cp-1  # VAGRANT: 9a1b (cp-1) / 7f3c\n",
		"Docker Desktop":       "127.0.0.1 localhost\n# Added by Docker Desktop\n192.168.51.81 cp-1\n# End of section\n",
		"lower case, in pairs": "127.0.0.1 localhost\n# --- lab begin ---\n192.168.51.81 cp-1\n# --- lab end ---\n",
	} {
		got, findings := merge(t, text, home(), hostsfile.Adopt)
		if diff := cmp.Diff(text+string(home().Bytes()), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if want := []string{"hosts:3 cp-1 foreign-block"}; !slices.Equal(placed(findings), want) || !strings.Contains(findings[0].Remedy, "another tool") {
			t.Errorf("%s: %v", name, findings)
		}
	}
	got, findings := merge(t, "# the begin of a story\n192.168.51.91 cp-1\n", home(), hostsfile.Adopt)
	if want := []string{"hosts:2 cp-1 adopted"}; got != "# the begin of a story\n"+string(home().Bytes()) || !slices.Equal(placed(findings), want) {
		t.Errorf("%v\n%s", findings, got)
	}
}

func TestGeneratedFilesAreKnownByTheirHeaders(t *testing.T) {
	t.Parallel()
	const mac = "##\n# Host Database\n#\n# localhost is used to configure the loopback interface\n# when the system is booting.  Do not change this entry.\n##\n" +
		"127.0.0.1\tlocalhost\n255.255.255.255\tbroadcasthost\n::1             localhost\n"
	for name, test := range map[string]struct{ text, message string }{
		"WSL":                   {caseFile(t, "wsl-generated.hosts"), "WSL writes this file anew"},
		"WSL, newer":            {"# This file was automatically generated by WSL.\n127.0.0.1 localhost\n", "WSL writes this file anew"},
		"cloud-init":            {"# Your system has configured 'manage_etc_hosts' as True.\n127.0.0.1 localhost\n", "cloud-init writes this file anew"},
		"the kubelet":           {"# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n", "which the kubelet writes anew"},
		"the kubelet, host":     {"# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n", "which the kubelet writes anew"},
		"macOS":                 {mac, "the file of a Mac"},
		"macOS, older":          {mac + "fe80::1%lo0\tlocalhost\n", "the file of a Mac"},
		"Puppet":                {"# HEADER: This file was autogenerated at 2026-11-30\n127.0.0.1 localhost\n", "a program writes this file"},
		"a template of Ansible": {"# Ansible managed: /etc/hosts.j2\n127.0.0.1 localhost\n", "a program writes this file"},
	} {
		findings := hostsfile.Parse([]byte(test.text)).Check()
		if len(findings) == 0 || findings[0].Code != hostsfile.CodeGenerated || !strings.Contains(findings[0].Message, test.message) || findings[0].Remedy == "" {
			t.Errorf("%s: %v", name, findings)
		}
		if strings.HasPrefix(name, "macOS") && (len(findings) != 1 || findings[0].Severity != hostsfile.Info) {
			t.Errorf("%s: %v", name, findings)
		}
	}
	codes := placed(hostsfile.Parse([]byte(caseFile(t, "wsl-generated.hosts"))).Check())
	if !slices.Contains(codes, "hosts:7 byte-order-mark") {
		t.Errorf("the mark in the middle of WSL's file is not found: %q", codes)
	}
	for _, text := range []string{"127.0.0.1 localhost\n# generated by a program\n10.0.0.1 a\n", "# written by people\n127.0.0.1 localhost\n"} {
		if findings := hostsfile.Parse([]byte(text)).Check(); len(findings) > 0 {
			t.Errorf("%q: %v", text, findings)
		}
	}
}

func TestALongListHidesNothingOfTheCluster(t *testing.T) {
	t.Parallel()
	var list strings.Builder
	list.WriteString("127.0.0.1 localhost\n127.0.1.1 cp-1\n")
	for i := range 75_000 {
		fmt.Fprintf(&list, "0.0.0.0 ad_%d.example.com ad_%d.example.com\n", i, i)
	}
	list.WriteString("0.0.0.0 k8s-vip\n")
	text := list.String() + string(home().Bytes())
	findings := hostsfile.Parse([]byte(text)).Check()
	want := []string{
		"hosts:2 cp-1 loopback-name", "hosts:75003 k8s-vip shadowed",
		"hosts:3 ad_0.example.com underscore", "hosts:3 ad_0.example.com underscore", "hosts:3 ad_0.example.com duplicate",
		"hosts:4 ad_1.example.com underscore", "hosts:4 ad_1.example.com duplicate", "hosts:5 ad_2.example.com duplicate",
		"hosts:4 underscore", "hosts:6 duplicate",
	}
	if diff := cmp.Diff(want, placed(findings)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := findings[len(findings)-1].Message; got != "74997 more findings of this kind, up to line 75002" {
		t.Errorf("the sum is %q", got)
	}
	// The cluster's own names, too, have an end.
	flood := string(home().Bytes()) + strings.Repeat("10.0.0.1 cp-1\n", 1000)
	if n := len(hostsfile.Parse([]byte(flood)).Check()); n > 50 {
		t.Errorf("%d findings", n)
	}
}

func TestWhatIsInTheFileDoesNothingInAFinding(t *testing.T) {
	t.Parallel()
	hostile := "\x1b[2J\u202e\x1b]0;x\a"
	text := "10.0.0.1 a" + hostile + "\n" + hostile + " b\n# BEGIN " + hostile + "\n10.0.0.2 cp-1\n" +
		framed("# "+hostile+"\n10.0.0.3 "+hostile+"\n") + strings.Repeat("x", 10_000) + " c\n"
	_, findings := merge(t, text, home(), hostsfile.Adopt)
	for _, f := range append(findings, hostsfile.Parse([]byte(text)).Check()...) {
		if s := f.String(); strings.ContainsAny(s, "\x1b\u202e\a") || len(s) > 1000 {
			t.Errorf("%q", s)
		}
	}
}

// badFiles are files in which something is wrong for the cluster.
func badFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{
		"shadowed": "127.0.0.1 localhost\n192.168.51.70 k8s-vip\n" + string(home().Bytes()),
		"loopback": "127.0.0.1 localhost\n127.0.1.1 cp-1\n" + string(home().Bytes()),
		"conflict": "127.0.0.1 localhost\n" + string(home().Bytes()) + "10.0.0.9 cp-2\n",
		"unclosed": "127.0.0.1 localhost\n# BEGIN haplane kubernetes\n192.168.51.80 k8s-vip\n",
		"inside":   "127.0.0.1 localhost\n# BEGIN ANSIBLE MANAGED BLOCK\n10.0.0.9 printer\n" + string(home().Bytes()) + "# END ANSIBLE MANAGED BLOCK\n",
	}
	for _, name := range []string{"close-block-swallows.hosts", "wsl-generated.hosts"} {
		files[name] = caseFile(t, name)
	}
	for _, c := range checked {
		if len(hostsfile.Parse([]byte(c.text)).Check()) > 0 {
			files[c.name] = c.text
		}
	}
	return files
}

// mangles change one line as pasting and copying do.
var mangles = map[string]func(line string) string{
	"garbled":   func(line string) string { return line[:len(line)/2] + "\ufffd?" + line[min(len(line), len(line)/2+1):] },
	"wrapped":   func(line string) string { return strings.Replace(line, " ", "\n", 1) },
	"quoted":    func(line string) string { return "> " + line },
	"in quotes": func(line string) string { return `"` + line + `"` },
	"indented":  func(line string) string { return "    " + line },
	"noise":     func(line string) string { return "-bash: warning: setlocale: LC_ALL\n" + line },
}

// Whatever happens to one line of a file, what is wrong does not turn into
// nothing. A comment of a stranger can be garbled into any other comment.
func TestAFileGetsNoBetterByWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, text := range badFiles(t) {
		lines := strings.SplitAfter(text, "\n")
		for how, mangle := range mangles {
			for i, line := range lines {
				if strings.TrimSpace(line) == "" {
					continue
				}
				changed := slices.Clone(lines)
				changed[i] = mangle(strings.TrimRight(line, "\r\n")) + "\n"
				mangled := strings.Join(changed, "")
				said := strings.HasPrefix(strings.TrimSpace(line), "#") && !strings.Contains(line, "haplane")
				if said && (how == "garbled" || how == "wrapped") {
					continue
				}
				if findings := hostsfile.Parse([]byte(mangled)).Check(); len(findings) == 0 {
					t.Errorf("%s, line %d %s: nothing is found in\n%s", name, i+1, how, mangled)
				}
			}
		}
	}
}
