package lab

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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

// Complaints are the last lines of the machine's logs that tell of trouble.
func (h *Host) Complaints() string {
	logs, err := filepath.Glob(filepath.Join(h.state(), "overlays/var-log/upper/lab-units/*"))
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for _, name := range append(logs, filepath.Join(h.state(), "init.log")) {
		content, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if lines := complaints(string(content)); lines != "" {
			fmt.Fprintf(&out, "--- %s: %s\n%s\n", h.Name, strings.TrimSuffix(filepath.Base(name), ".log"), lines)
		}
	}
	return out.String()
}

// trouble is what lines of klog, containerd and HAProxy have that somebody
// should read.
var trouble = regexp.MustCompile(`^[EF]\d{4} |level=(error|fatal)|ALERT|emerg|(?i)\b(panic|failed|cannot)\b`)

func complaints(log string) string {
	var found []string
	for line := range strings.Lines(log) {
		if trouble.MatchString(line) {
			found = append(found, strings.TrimRight(line, "\n"))
		}
	}
	return strings.Join(found[max(0, len(found)-8):], "\n")
}

// Written gives the files that the machine wrote on its disk, by their paths in the
// machine: each with its path on this machine. What containers and etcd keep for
// themselves is not among them, nor is what is gone with the machine's memory.
func (h *Host) Written() map[string]string {
	files := make(map[string]string)
	for _, dir := range []string{"/etc", "/var/lib", "/var/log", "/root"} {
		h.collect(files, dir, filepath.Join(h.state(), "overlays", strings.ReplaceAll(strings.TrimPrefix(dir, "/"), "/", "-"), "upper"))
	}
	h.collect(files, "/var/lib/kubelet", filepath.Join(h.state(), "volumes/var/lib/kubelet"))
	return files
}

func (h *Host) collect(files map[string]string, as, dir string) {
	_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files[as+strings.TrimPrefix(name, dir)] = name
		}
		return nil
	})
}
