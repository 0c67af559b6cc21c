package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/haplane/haplane/internal/e2e/machine"
)

// hierarchy is a hierarchy of control groups of this machine.
type hierarchy struct {
	mountPoint, kind, options string
}

// unified tells whether this is the one hierarchy that has every controller.
func (h hierarchy) unified() bool {
	return h.kind == "cgroup2" && h.mountPoint == "/sys/fs/cgroup"
}

// group is the lab's group, or that of a machine.
func (h hierarchy) group(host string) string { return filepath.Join(h.mountPoint, prefix, host) }

// findHierarchies reads proc_pid_mountinfo(5).
func findHierarchies() ([]hierarchy, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var found []hierarchy
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		before, after, _ := strings.Cut(lines.Text(), " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if len(fields) < 5 || len(kind) < 3 || (kind[0] != "cgroup" && kind[0] != "cgroup2") {
			continue
		}
		h := hierarchy{mountPoint: fields[4], kind: kind[0], options: selector(kind[0], kind[2])}
		if !slices.Contains(found, h) {
			found = append(found, h)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no control groups are mounted under /sys/fs/cgroup")
	}
	return found, lines.Err()
}

// selector keeps of a mount's options those that say which hierarchy it is.
func selector(kind, options string) string {
	if kind == "cgroup2" {
		return ""
	}
	general := []string{"rw", "ro", "noprefix", "xattr", "clone_children"}
	return strings.Join(slices.DeleteFunc(strings.Split(options, ","), func(o string) bool {
		return slices.Contains(general, o) || strings.HasPrefix(o, "release_agent=")
	}), ",")
}

// subtreeControl is the file that says which controllers the groups below the
// root have.
func (h hierarchy) subtreeControl() string { return filepath.Join(h.mountPoint, subtreeControl) }

const subtreeControl = "cgroup.subtree_control"

// makeGroups makes the lab's group in every hierarchy, or a machine's below it.
func makeGroups(hierarchies []hierarchy, host string) error {
	for _, h := range hierarchies {
		group := h.group(host)
		if err := os.MkdirAll(group, 0o755); err != nil {
			return fmt.Errorf("making a control group: %w", err)
		}
		if err := h.prepare(group); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes a new group usable: version 1 starts without processors, and
// the unified hierarchy without controllers.
func (h hierarchy) prepare(group string) error {
	parent := filepath.Dir(group)
	if h.unified() {
		controllers, err := os.ReadFile(filepath.Join(parent, "cgroup.controllers"))
		if err != nil {
			return err
		}
		for c := range strings.FieldsSeq(string(controllers)) {
			if err := os.WriteFile(filepath.Join(parent, subtreeControl), []byte("+"+c), 0o644); err != nil {
				return fmt.Errorf("giving the controller %s to %s: %w", c, group, err)
			}
		}
		return nil
	}
	if !slices.Contains(strings.Split(h.options, ","), "cpuset") {
		return nil
	}
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(parent, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(group, name), value, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func machineGroups(hierarchies []hierarchy, host string) []machine.Hierarchy {
	var groups []machine.Hierarchy
	for _, h := range hierarchies {
		groups = append(groups, machine.Hierarchy{MountPoint: h.mountPoint, Type: h.kind, Options: h.options, Group: h.group(host)})
	}
	return groups
}

// removeGroups ends what runs in the lab's groups and removes them. A group
// stays busy for a moment after its last process.
func removeGroups(hierarchies []hierarchy, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		var errs []error
		for _, h := range hierarchies {
			errs = append(errs, removeTree(h.group("")))
		}
		err := errors.Join(errs...)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(pollInterval)
	}
}

func removeTree(group string) error {
	var groups []string
	err := filepath.WalkDir(group, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			groups = append(groups, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(groups)
	var errs []error
	for _, g := range groups {
		killGroup(g)
		if err := os.Remove(g); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func killGroup(group string) {
	members, err := os.ReadFile(filepath.Join(group, "cgroup.procs"))
	if err != nil {
		return
	}
	for field := range strings.FieldsSeq(string(members)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 1 {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
