package joinplan_test

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan"
)

// modes are those of everything below a directory.
func modes(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		out[strings.TrimPrefix(path, dir)] = info.Mode().String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const hostile = `a b'"\\c\n$x;`

// Whatever the umask and the names are: what a script copies gets no right that
// it had not, and nothing else on the machine changes its mode.
func TestScriptsWidenNoMode(t *testing.T) {
	t.Parallel()
	for name, shell := range shells(t) {
		for _, umask := range []string{"000", "022", "077"} {
			t.Run(name+" "+umask, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, shell)
				s.umask, s.folder = umask, hostile
				path := "/etc/kubernetes/" + hostile
				spec := lab(t)
				block, err := joinplan.HostsBlock(spec)
				if err != nil {
					t.Fatal(err)
				}
				copied := func(path string) joinplan.Action {
					return joinplan.CopyFile{FromHost: "other", FromPath: path, Path: path, Mode: 0o600}
				}
				s.bring(joinplan.Plan{Steps: []joinplan.Step{{ID: id("join/h"), Host: "h", Actions: []joinplan.Action{
					joinplan.SetHostsBlock{Block: block, File: "hosts"},
					joinplan.WriteFile{Path: "/etc/open/" + hostile, Mode: 0o644, Content: joinplan.NewContent([]byte("open"))},
					joinplan.WriteFile{Path: "/etc/secret", Mode: 0o600, Content: joinplan.NewSecretContent([]byte("secret"))},
					copied(path), copied("/etc/single"), copied("/etc/strict"),
				}}}})
				brought := filepath.Join(s.bundle, "h")
				s.write(brought+path+"/keys/"+hostile, "the encryption key", 0o644)
				s.write(brought+path+"/.hidden", "", 0o400)
				s.write(brought+path+"/tool", "", 0o777)
				s.write(brought+"/etc/single", "", 0o666)
				s.write(brought+"/etc/strict", "", 0o400)
				if err := os.Symlink("keys", brought+path+"/link"); err != nil {
					t.Fatal(err)
				}
				s.write(s.root("h")+path+"/tool", "of before, and open", 0o777)
				s.write(s.root("h")+"/etc/hosts", "127.0.0.1 localhost\n", 0o644)
				if out, status := s.run("h"); status != 0 {
					t.Fatalf("exit status %d\n%s", status, out)
				}
				got := modes(t, s.root("h"))
				for path, want := range map[string]string{
					path: "drwxr-xr-x", path + "/keys": "drwx------", path + "/keys/" + hostile: "-rw-------",
					path + "/.hidden": "-r--------", path + "/tool": "-rw-------", path + "/link": "Lrwxrwxrwx",
					"/etc/single": "-rw-------", "/etc/strict": "-r--------", "/etc/secret": "-rw-------", "/etc/open/" + hostile: "-rw-r--r--",
					"/etc/hosts": "-rw-r--r--", "/etc/hosts.haplane-old": "-rw-r--r--", "/var/lib/haplane": "drwx------",
				} {
					if got[path] != want {
						t.Errorf("%s has the mode %q, not %s", path, got[path], want)
					}
				}
				for path, mode := range got {
					if strings.HasPrefix(path, "/var/lib/haplane/") && !strings.HasSuffix(mode, "------") {
						t.Errorf("%s has the mode %s", path, mode)
					}
					if strings.Contains(path, "haplane-new") || strings.HasSuffix(path, ".part") {
						t.Errorf("%s is left", path)
					}
				}
				if text, err := os.ReadFile(s.root("h") + path + "/keys/" + hostile); err != nil || string(text) != "the encryption key" {
					t.Errorf("the copy says %q, %v", text, err)
				}
				if hosts, err := os.ReadFile(s.root("h") + "/etc/hosts"); err != nil || !bytes.HasSuffix(hosts, block.Bytes()) {
					t.Errorf("the names are %q, %v", hosts, err)
				}
			})
		}
	}
}

// On a disk that is full a script writes a file whole or leaves it, and counts
// nothing as done that it could not note.
func TestScriptsOnAFullDiskLeaveWhatWasThere(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	block, err := joinplan.HostsBlock(spec)
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	for name, action := range map[string]joinplan.Action{
		"etc/hosts": joinplan.SetHostsBlock{Block: block, File: "hosts"},
		"etc/big":   joinplan.WriteFile{Path: "/etc/big", Mode: 0o600, Content: joinplan.NewContent(big)},
		"etc/dir":   joinplan.CopyFile{FromHost: "other", FromPath: "/etc/dir", Path: "/etc/dir", Mode: 0o600},
	} {
		for shellName, shell := range shells(t) {
			t.Run(name+" "+shellName, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, shell)
				s.bring(joinplan.Plan{Steps: []joinplan.Step{{ID: id("join/h"), Host: "h", Actions: []joinplan.Action{action}}}})
				s.write(filepath.Join(s.bundle, "h/etc/dir/key"), string(big), 0o600)
				cmd := s.command("h")
				// The disk has room for one page beside what was there before.
				const onFullDisk = `set -eu
mount -t tmpfs -o size=32k tmpfs "$1/etc"
echo "127.0.0.1 localhost" >"$1/etc/hosts"
mkdir "$1/etc/dir"
echo before >"$1/etc/big"
echo before >"$1/etc/dir/key"
head -c 100000 /dev/zero >"$1/etc/fill" 2>/dev/null || true
shift
status=0
"$@" || status=$?
rm -f "$ROOT/etc/fill"
mkdir "$ROOT/after"
cp -a "$ROOT/etc/." "$ROOT/after/"
exit $status`
				argv := slices.Concat([]string{"-m", "sh", "-c", onFullDisk, "sh", s.root("h")}, cmd.Args)
				full := exec.Command("unshare", argv...)
				full.Env = cmd.Env
				out, err := full.CombinedOutput()
				var exited *exec.ExitError
				if !errors.As(err, &exited) || exited.ExitCode() != 1 {
					t.Fatalf("it ended with %v\n%s", err, out)
				}
				if done := s.done(); len(done) > 0 {
					t.Errorf("it notes %v as done\n%s", done, out)
				}
				got := map[string]string{}
				for path := range modes(t, filepath.Join(s.root("h"), "after")) {
					if text, err := os.ReadFile(filepath.Join(s.root("h"), "after", path)); err == nil {
						got[path] = string(text)
					}
				}
				want := map[string]string{"/hosts": "127.0.0.1 localhost\n", "/big": "before\n", "/dir/key": "before\n"}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the disk was full, and:\n%s\n%s", diff, out)
				}
			})
		}
	}
}

// The join file holds a token and the certificates' key.
func TestAScriptLeavesNoJoinFileBehindAJoinThatFails(t *testing.T) {
	t.Parallel()
	for name, shell := range shells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := lab(t)
			s := newSite(t, shell)
			s.bring(create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now}))
			join := s.root("cka-cp-2") + joinplan.JoinPath
			s.write(s.root("cka-cp-2")+"/broken", "", 0o600)
			if out, status := s.run("cka-cp-2", "join/cka-cp-2"); status != 1 || !strings.Contains(out, "Step join/cka-cp-2 is not done") {
				t.Errorf("exit status %d\n%s", status, out)
			}
			if _, err := os.Stat(join); err == nil {
				t.Error("the join file is left where the join failed")
			}
			s.write(s.root("cka-cp-2")+"/hangs", "", 0o600)
			cmd := s.command("cka-cp-2", "join/cka-cp-2")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			printed, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(printed)
			for lines.Scan() && lines.Text() != "it hangs" {
			}
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 143 {
				t.Errorf("it ended with %v", err)
			}
			if _, err := os.Stat(join); err == nil {
				t.Error("the join file is left where the script was ended")
			}
			for _, file := range []string{"broken", "hangs"} {
				if err := os.Remove(filepath.Join(s.root("cka-cp-2"), file)); err != nil {
					t.Fatal(err)
				}
			}
			out, status := s.run("cka-cp-2", "join/cka-cp-2")
			if status != 0 || !strings.Contains(out, "it holds credentials and nothing needs it any more: "+filepath.Join(s.bundle, "cka-cp-2", joinplan.JoinPath)) {
				t.Errorf("exit status %d\n%s", status, out)
			}
			if _, err := os.Stat(join); err == nil {
				t.Error("the join file is left where the join worked")
			}
		})
	}
}

func TestAScriptRemovesPrintedCredentialsWhenAllIsDone(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	s := newSite(t, []string{"sh"})
	s.bring(create(t, spec, joinplan.Input{}))
	s.walk()
	kept := func() []string {
		found, err := filepath.Glob(filepath.Join(s.root("cka-cp-1"), "var/lib/haplane/*/*.out"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if len(kept()) == 0 {
		t.Fatal("nothing is kept for the steps that await them")
	}
	s.bring(create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now}))
	s.walk()
	if len(s.done()) != len(s.plan.Steps) || len(kept()) > 0 {
		t.Errorf("%d of %d steps are done, and credentials in %v", len(s.done()), len(s.plan.Steps), kept())
	}
}
