package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/haplane/haplane/internal/e2e/machine"
)

// enter makes the machine's control groups the root of what it sees. A
// namespace belongs to a thread until the thread replaces the process.
func enter(file string) error {
	m, err := machine.Load(file)
	if err != nil {
		return err
	}
	for _, h := range m.Hierarchies {
		if err := os.WriteFile(filepath.Join(h.Group, "cgroup.procs"), []byte("0"), 0o644); err != nil {
			return err
		}
	}
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("making a control group namespace: %w", err)
	}
	return syscall.Exec("/proc/self/exe", []string{os.Args[0], "init", file}, os.Environ())
}

type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

func (m mount) do() error {
	if err := os.MkdirAll(m.target, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
		return fmt.Errorf("mounting %s on %s: %w", m.kind, m.target, err)
	}
	return nil
}

// mountAll gives the machine file systems of its own. It works on the mount
// namespace of this process alone.
func mountAll(m machine.Machine) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keeping mounts private: %w", err)
	}
	mounts := []mount{
		{"proc", "/proc", "proc", 0, ""},
		{"sysfs", "/sys", "sysfs", 0, ""},
	}
	mounts = append(mounts, controlGroups(m.Hierarchies)...)
	for _, dir := range m.Overlays {
		overlay, err := overlay(m.State, dir)
		if err != nil {
			return err
		}
		mounts = append(mounts, overlay)
	}
	for _, dir := range m.Volumes {
		volume := filepath.Join(m.State, "volumes", dir)
		if err := os.MkdirAll(volume, 0o755); err != nil {
			return err
		}
		mounts = append(mounts, mount{volume, dir, "bind", syscall.MS_BIND, ""})
	}
	mounts = append(mounts,
		mount{"tmpfs", "/run", "tmpfs", 0, "mode=755"},
		mount{"tmpfs", "/tmp", "tmpfs", 0, "mode=1777"})
	for _, mount := range mounts {
		if err := mount.do(); err != nil {
			return err
		}
	}
	return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, "")
}

func controlGroups(hierarchies []machine.Hierarchy) []mount {
	const root = "/sys/fs/cgroup"
	var mounts []mount
	if len(hierarchies) > 0 && hierarchies[0].MountPoint != root {
		mounts = append(mounts, mount{"tmpfs", root, "tmpfs", 0, "mode=755"})
	}
	for _, h := range hierarchies {
		mounts = append(mounts, mount{h.Type, h.MountPoint, h.Type, 0, h.Options})
	}
	return mounts
}

// overlay keeps what the machine writes under dir in its state.
func overlay(state, dir string) (mount, error) {
	name := strings.ReplaceAll(strings.TrimPrefix(dir, "/"), "/", "-")
	upper := filepath.Join(state, "overlays", name, "upper")
	work := filepath.Join(state, "overlays", name, "work")
	for _, d := range []string{upper, work} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return mount{}, err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", dir, upper, work)
	return mount{"overlay", dir, "overlay", 0, options}, nil
}

// delegate lets groups below the machine's own have controllers. Only the
// unified hierarchy asks for it, and it wants no process in a group that has
// such children.
func delegate(hierarchies []machine.Hierarchy) error {
	for _, h := range hierarchies {
		if h.Type != "cgroup2" || h.MountPoint != "/sys/fs/cgroup" {
			continue
		}
		own := filepath.Join(h.MountPoint, "init.scope")
		if err := os.MkdirAll(own, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(own, "cgroup.procs"), []byte("0"), 0o644); err != nil {
			return err
		}
		controllers, err := os.ReadFile(filepath.Join(h.MountPoint, "cgroup.controllers"))
		if err != nil {
			return err
		}
		for c := range strings.FieldsSeq(string(controllers)) {
			if err := os.WriteFile(filepath.Join(h.MountPoint, "cgroup.subtree_control"), []byte("+"+c), 0o644); err != nil {
				return fmt.Errorf("delegating the controller %s: %w", c, err)
			}
		}
	}
	return nil
}
