package hostsfile_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
)

// shells run the script: the machine's sh with its tools, and busybox with its
// own, which are those of small images.
func shells(t *testing.T) map[string]func(dir string, script string, args ...string) ([]byte, error) {
	t.Helper()
	tools := t.TempDir()
	if out, err := exec.Command("busybox", "--install", "-s", tools).CombinedOutput(); err != nil {
		t.Fatalf("this test runs busybox; run: apt-get install -y busybox\n%v\n%s", err, out)
	}
	run := func(path string) func(string, string, ...string) ([]byte, error) {
		return func(dir, script string, args ...string) ([]byte, error) {
			c := exec.Command("sh", append([]string{"-c", "set -eu\n" + hostsfile.SetBlockScript() + script, "sh"}, args...)...)
			if path != "" {
				c.Path = filepath.Join(path, "sh")
				c.Env = []string{"PATH=" + path}
			}
			c.Dir = dir
			return c.CombinedOutput()
		}
	}
	return map[string]func(string, string, ...string) ([]byte, error){"sh": run(""), "busybox": run(tools)}
}

const setTheBlock = `set_hosts_block "$@"` + "\n"

func write(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pieces are lines that hosts files are put together from.
var pieces = []string{
	"127.0.0.1 localhost\n", "\n", "# a comment\n", "10.0.0.1\ta b # c\n", "# BEGIN haplane other\n", "# END haplane other\n",
	"# BEGIN haplane k\n", "# END haplane k\n", "  #\tBEGIN  haplane\tk \n", "# BEGIN haplane\n", "# BEGIN haplane a b\n",
	"# BEGIN haplaned x\n", "#END haplane k\n", "# BEGIN haplane k-2\n# END haplane k-2\n", "# BEGIN haplane k\nold\n# END haplane k\n",
	"# BEGIN haplane k\n# Cluster k\n10.0.0.1 vip lb\n10.0.0.2 cp-1\n# END haplane k\n", "10.0.0.9 nfs # by hand\n", "10.0.0.2 CP-1 registry\n",
	"# BEGIN ANSIBLE MANAGED BLOCK\n", "# END ANSIBLE MANAGED BLOCK\n", "## vagrant-hostmanager-start id: 1\n", "# Added by Docker Desktop\n",
	"# BEGIN haplane k\n# Older\n# note\n10.0.0.7 vip # was\n10.0.0.2 cp-1\n10.9.9.9 cp-1 extra\nfd00::2 cp-1\n127.0.1.1 gone x\n\n# END haplane k\n",
	"# BEGIN haplane k\n10.0.0.2 cp-1 # BEGIN haplane x\n  \n\t# why\n10.0.0.2\nfe80::1%eth0 cp-1 y\nhello world\n# END haplane k\n", "last line", "# the end", "10.0.0.3 z # BEGIN haplane q\n", "# FRONT-END\n", "# front-end\n", "::ffff:10.0.0.2 cp-1\n",
}

func TestTheScriptSetsTheBlockAsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	b := block("k", "10.0.0.1 vip lb", "10.0.0.2 cp-1", "fd00::3 cp-3")
	b.Comment = "Cluster k"
	b.Former = []string{"gone"}
	for name, run := range shells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			hosts, from := filepath.Join(dir, "hosts"), filepath.Join(dir, "block")
			write(t, from, string(b.Bytes()), 0o600)
			r := rand.New(rand.NewPCG(1, 2))
			set, refused := 0, 0
			for i := range 250 {
				var text strings.Builder
				if i < len(pieces) {
					text.WriteString(pieces[i])
				} else {
					for range r.IntN(6) {
						text.WriteString(pieces[r.IntN(len(pieces))])
					}
				}
				old := text.String()
				write(t, hosts, old, 0o644)
				out, err := run(dir, setTheBlock, "k", from, hosts, "gone")
				want, wantErr := hostsfile.Parse([]byte(old)).SetBlock(b)
				if wantErr != nil {
					want = hostsfile.Parse([]byte(old))
					refused++
				} else {
					set++
				}
				if diff := cmp.Diff(string(want.Bytes()), readFile(t, hosts)); diff != "" || (err != nil) != (wantErr != nil) {
					t.Fatalf("%q (-library +script):\n%s\nlibrary: %v\nscript: %v, %s", old, diff, wantErr, err, out)
				}
			}
			if set < 50 || refused < 50 {
				t.Errorf("%d files were edited and %d refused", set, refused)
			}
		})
	}
}

func TestTheScriptRefusesWhatTwoProgramsReadInTwoWays(t *testing.T) {
	t.Parallel()
	b := block("k", "10.0.0.1 vip")
	for name, run := range shells(t) {
		for _, old := range []string{"127.0.0.1 localhost\r\n", "\ufeff127.0.0.1 localhost\n", "10.0.0.9 a\x00b\n", "10.0.0.9\va\n", "# x\f\n"} {
			dir := t.TempDir()
			hosts, from := filepath.Join(dir, "hosts"), filepath.Join(dir, "block")
			write(t, from, string(b.Bytes()), 0o600)
			write(t, hosts, old, 0o644)
			out, err := run(dir, setTheBlock, "k", from, hosts)
			if err == nil || !strings.Contains(string(out), "Mend it first") || readFile(t, hosts) != old {
				t.Errorf("%s: %q became %q: %v\n%s", name, old, readFile(t, hosts), err, out)
			}
			if left, _ := filepath.Glob(hosts + ".*"); len(left) > 0 {
				t.Errorf("%s: it leaves %q", name, left)
			}
		}
	}
}

func TestTheScriptReadsItsPathsAsTheyAre(t *testing.T) {
	t.Parallel()
	b := block("k", "10.0.0.1 vip")
	for name, run := range shells(t) {
		for _, odd := range []string{`a\nb\\c`, "with blanks\tand'quotes\"", "$(id)`id`", "-n", "a=b"} {
			dir := filepath.Join(t.TempDir(), odd)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			hosts, from := filepath.Join(dir, "hosts"), filepath.Join(dir, "block")
			write(t, from, string(b.Bytes()), 0o600)
			write(t, hosts, "127.0.0.1 localhost\n", 0o644)
			if out, err := run(dir, setTheBlock, "k", from, hosts); err != nil || readFile(t, hosts) != "127.0.0.1 localhost\n"+string(b.Bytes()) {
				t.Errorf("%s: %s: %v, %s\n%s", name, odd, err, out, readFile(t, hosts))
			}
		}
	}
}

func TestTheScriptKeepsTheModeAndABackupUnderEveryUmask(t *testing.T) {
	t.Parallel()
	b := block("k", "10.0.0.1 vip")
	const old = "127.0.0.1 localhost\n"
	for name, run := range shells(t) {
		for _, umask := range []string{"000", "022", "077"} {
			for _, mode := range []fs.FileMode{0o644, 0o600, 0o664} {
				dir := t.TempDir()
				hosts, from := filepath.Join(dir, "hosts"), filepath.Join(dir, "block")
				write(t, from, string(b.Bytes()), 0o600)
				write(t, hosts, old, mode)
				out, err := run(dir, "umask "+umask+"\n"+setTheBlock, "k", from, hosts)
				info, statErr := os.Stat(hosts)
				backup, backupErr := os.Stat(hosts + ".haplane-old")
				if err != nil || statErr != nil || backupErr != nil || info.Mode() != mode || backup.Mode() != mode {
					t.Fatalf("%s: umask %s, mode %v: %v %v %v, became %v\n%s", name, umask, mode, err, statErr, backupErr, info, out)
				}
				if got := readFile(t, hosts+".haplane-old"); got != old {
					t.Errorf("%s: the backup is %q", name, got)
				}
				again, err := run(dir, setTheBlock, "k", from, hosts)
				if now := readFile(t, hosts+".haplane-old"); err != nil || now != old {
					t.Errorf("%s: doing it again changes the backup to %q: %v\n%s", name, now, err, again)
				}
			}
			dir := t.TempDir()
			hosts, from := filepath.Join(dir, "hosts"), filepath.Join(dir, "block")
			write(t, from, string(b.Bytes()), 0o600)
			out, err := run(dir, "umask "+umask+"\n"+setTheBlock, "k", from, hosts)
			if info, statErr := os.Stat(hosts); err != nil || statErr != nil || info.Mode() != 0o644 || readFile(t, hosts) != string(b.Bytes()) {
				t.Errorf("%s: umask %s: a new file: %v %v %v\n%s", name, umask, err, statErr, info, out)
			}
		}
	}
}

func TestTheScriptWritesALinkInPlace(t *testing.T) {
	t.Parallel()
	b := block("k", "10.0.0.1 vip")
	for name, run := range shells(t) {
		dir := t.TempDir()
		hosts, from, target := filepath.Join(dir, "hosts"), filepath.Join(dir, "block"), filepath.Join(dir, "target")
		write(t, from, string(b.Bytes()), 0o600)
		write(t, target, "127.0.0.1 localhost\n", 0o640)
		if err := os.Symlink(target, hosts); err != nil {
			t.Fatal(err)
		}
		out, err := run(dir, setTheBlock, "k", from, hosts)
		link, linkErr := os.Lstat(hosts)
		info, statErr := os.Stat(target)
		if err != nil || linkErr != nil || statErr != nil || link.Mode()&fs.ModeSymlink == 0 || info.Mode() != 0o640 ||
			readFile(t, target) != "127.0.0.1 localhost\n"+string(b.Bytes()) {
			t.Errorf("%s: %v, %s: link %v, target %v:\n%s", name, err, out, link, info, readFile(t, target))
		}
	}
}

// A limit on the size of files makes writes fail as a full disk does, at every
// place that the text may be cut.
func TestTheScriptLeavesTheFileWholeWhereTheDiskIsFull(t *testing.T) {
	t.Parallel()
	b := block("k", "10.0.0.1 vip")
	for name, run := range shells(t) {
		for _, old := range []string{strings.Repeat("10.0.0.9 printer\n", 29), strings.Repeat("10.0.0.9 printer\n", 100)} {
			for _, link := range []bool{false, true} {
				dir := t.TempDir()
				hosts, from := filepath.Join(dir, "hosts"), filepath.Join(dir, "block")
				write(t, from, string(b.Bytes()), 0o600)
				write(t, hosts, old, 0o644)
				if link {
					if err := os.Rename(hosts, hosts+".target"); err != nil {
						t.Fatal(err)
					}
					if err := os.Symlink(hosts+".target", hosts); err != nil {
						t.Fatal(err)
					}
				}
				out, err := run(dir, "trap '' XFSZ\nulimit -f 1\n"+setTheBlock, "k", from, hosts)
				if err == nil || readFile(t, hosts) != old || !bytes.Contains(out, []byte("is as it was")) {
					t.Errorf("%s, %d bytes, link %t: %v: the file has %d bytes now\n%s", name, len(old), link, err, len(readFile(t, hosts)), out)
				}
			}
		}
	}
}

func TestTheScriptSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, run := range shells(t) {
		dir := t.TempDir()
		hosts := filepath.Join(dir, "hosts")
		write(t, hosts, "127.0.0.1 localhost\n", 0o644)
		write(t, filepath.Join(dir, "other"), string(block("other", "10.0.0.1 vip").Bytes()), 0o644)
		write(t, filepath.Join(dir, "bare"), "10.0.0.1 vip\n", 0o644)
		for from, want := range map[string]string{"none": "none is missing", "other": "has no markers of k", "bare": "has no markers of k"} {
			out, err := run(dir, setTheBlock, "k", filepath.Join(dir, from), hosts)
			if err == nil || !strings.Contains(string(out), want) || readFile(t, hosts) != "127.0.0.1 localhost\n" {
				t.Errorf("%s: %s: %v\n%s", name, from, err, out)
			}
		}
	}
}

func TestShellcheckFindsNothingInTheScript(t *testing.T) {
	t.Parallel()
	c := exec.Command("shellcheck", "-s", "sh", "-")
	c.Stdin = strings.NewReader(fmt.Sprintf("#!/bin/sh\n%s\nset_hosts_block \"$@\"\n", hostsfile.SetBlockScript()))
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v (where shellcheck is missing: apt-get install -y shellcheck)\n%s", err, out)
	}
}
