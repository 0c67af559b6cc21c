package lab

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"github.com/haplane/haplane/internal/e2e/build"
)

// prefix names everything that a lab makes on the machine.
const prefix = "haplane-e2e"

// Config says what a lab is made of.
type Config struct {
	// Artifacts are what the machines run.
	Artifacts build.Artifacts
	// Init is the path of the program that is every machine's first process.
	Init string
	// Network is the machines' network. Its first address is the gateway, and
	// the lab's own.
	Network netip.Prefix
	// PodNetwork is set where the cluster brings its own pod network: machines have
	// the network plugins, flannel's among them, and no configuration of any.
	// Without it each machine has a subnet of its own that nobody else reaches.
	PodNetwork bool
	// Log gets a line for each thing that the lab does.
	Log io.Writer
}

// Lab is a network of machines. Its methods are safe for concurrent use.
type Lab struct {
	Config
	lock    net.Listener
	network *process
	cni     string
	groups  []hierarchy

	mu    sync.Mutex
	hosts []*Host
}

// Open takes this machine for a lab. It fails when another lab is open, and
// says everything that is missing.
func Open(ctx context.Context, cfg Config) (*Lab, error) {
	cni, err := checkRequirements()
	if err != nil {
		return nil, err
	}
	lock, err := takeLock()
	if err != nil {
		return nil, err
	}
	l := &Lab{Config: cfg, lock: lock, cni: cni}
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Lab) open(ctx context.Context) error {
	var err error
	if l.groups, err = findHierarchies(); err != nil {
		return err
	}
	if err := removeLeftovers(l.groups); err != nil {
		return fmt.Errorf("removing what an earlier run left: %w", err)
	}
	if err := makeRoot(); err != nil {
		return err
	}
	if err := saveBefore(l.groups); err != nil {
		return err
	}
	if err := makeGroups(l.groups, ""); err != nil {
		return err
	}
	if err := l.installPrograms(); err != nil {
		return err
	}
	l.network, err = l.startNetwork(ctx)
	return err
}

// Close switches everything off and removes it.
func (l *Lab) Close() error {
	for _, h := range l.Hosts() {
		h.PowerOff()
	}
	if l.network != nil {
		l.network.kill()
	}
	return errors.Join(removeLeftovers(l.groups), l.lock.Close())
}

// Hosts are the machines in the order in which they were added.
func (l *Lab) Hosts() []*Host {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*Host(nil), l.hosts...)
}

// Host gives a machine by its name, nil where there is none.
func (l *Lab) Host(name string) *Host {
	for _, h := range l.Hosts() {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// bin is the directory of the machines' own programs, on their PATH.
func (l *Lab) bin() string { return filepath.Join(root, "bin") }

func (l *Lab) installPrograms() error {
	if err := os.MkdirAll(l.bin(), 0o755); err != nil {
		return err
	}
	programs, err := filepath.Glob(filepath.Join(l.Artifacts.Bin, "*"))
	if err != nil {
		return err
	}
	for _, program := range programs {
		if err := l.Install(program, filepath.Base(program)); err != nil {
			return err
		}
	}
	if l.PodNetwork {
		if err := l.installPlugins(); err != nil {
			return err
		}
	}
	return l.Install(l.Init, "systemctl")
}

//go:embed cni/flannel
var flannelPlugin []byte

// installPlugins makes a directory of this machine's network plugins and of one
// that it does not have.
func (l *Lab) installPlugins() error {
	dir := filepath.Join(root, "cni")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	plugins, err := filepath.Glob(filepath.Join(l.cni, "*"))
	if err != nil {
		return err
	}
	for _, plugin := range plugins {
		if err := os.Symlink(plugin, filepath.Join(dir, filepath.Base(plugin))); err != nil {
			return err
		}
	}
	l.cni = dir
	return os.WriteFile(filepath.Join(dir, "flannel"), flannelPlugin, 0o755)
}

// Install puts a program of this machine on the PATH of all machines.
func (l *Lab) Install(program, name string) error {
	content, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.bin(), name), content, 0o755)
}

func (l *Lab) logf(format string, args ...any) {
	fmt.Fprintf(l.Log, format+"\n", args...)
}
