package lab

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADirectoryThatOthersCouldHaveFilledIsNotTrusted(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	make := func(name string, mode fs.FileMode) string {
		dir := filepath.Join(base, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	private := make("private", 0o700)
	if err := ownedAlone(private, 0o077); err != nil {
		t.Error(err)
	}
	link, file := filepath.Join(base, "link"), filepath.Join(base, "file")
	if err := os.Symlink(private, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ dir, says string }{
		"writable for others": {make("open", 0o777), "mode 0777"},
		"sticky":              {make("sticky", 0o777|fs.ModeSticky), "mode 0777"},
		"readable for others": {make("readable", 0o750), "take 0050"},
		"a link":              {link, "no directory"},
		"a file":              {file, "no directory"},
	} {
		if err := ownedAlone(c.dir, 0o077); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if os.Geteuid() != 0 {
		t.Log("only root can give a directory to somebody else")
		return
	}
	theirs := make("theirs", 0o700)
	if err := os.Chown(theirs, 12345, 0); err != nil {
		t.Fatal(err)
	}
	if err := ownedAlone(theirs, 0o077); err == nil || !strings.Contains(err.Error(), "belongs to user 12345") {
		t.Error(err)
	}
}

// What is saved says what is written, but not where.
func TestOnlyKnownSettingsOfTheKernelAreWritten(t *testing.T) {
	t.Parallel()
	victim := filepath.Join(t.TempDir(), "shadow")
	if err := os.WriteFile(victim, []byte("root\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := before{Kernel: map[string]string{victim: "evil\n"}}.restore(nil)
	if err == nil || !strings.Contains(err.Error(), victim) {
		t.Errorf("nobody is told: %v", err)
	}
	if content, err := os.ReadFile(victim); err != nil || string(content) != "root\n" {
		t.Errorf("%q, %v", content, err)
	}
}

// A plain file keeps the last word that the kernel would be told.
func TestControllersThatTheLabGaveAreTakenAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), subtreeControl)
	if err := os.WriteFile(file, []byte("cpu memory pids\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := takeControllers(file, []string{"memory", "pids"}); err != nil {
		t.Fatal(err)
	}
	if told, err := os.ReadFile(file); err != nil || string(told) != "-cpu" {
		t.Errorf("the kernel is told %q, %v", told, err)
	}
	if err := os.WriteFile(file, []byte("memory pids\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := takeControllers(file, []string{"memory", "pids"}); err != nil {
		t.Fatal(err)
	}
	if told, err := os.ReadFile(file); err != nil || string(told) != "memory pids\n" {
		t.Errorf("nothing was given, and the kernel is told %q, %v", told, err)
	}
}
