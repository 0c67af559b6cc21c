package lab

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeepLogs copies what the machines logged to a directory, which it replaces:
// the output of their units and of their containers.
func (l *Lab) KeepLogs(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for _, h := range l.Hosts() {
		for _, from := range []string{"init.log", "overlays/var-log/upper/lab-units", "volumes/var/log/pods"} {
			to := filepath.Join(dir, h.Name, strings.TrimPrefix(filepath.Base(from), "lab-"))
			if err := copyFiles(filepath.Join(h.state(), from), to); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyFiles copies regular files; what is not there is not copied.
func copyFiles(from, to string) error {
	return filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return ignoreMissing(err)
		}
		relative, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
}

func ignoreMissing(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
