package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/haplane/haplane/internal/e2e/machine"
)

// Role says what is installed on a machine before any tool comes to it.
type Role int

const (
	// LoadBalancer has HAProxy, which is not enabled.
	LoadBalancer Role = iota
	// ControlPlane has containerd, kubeadm and an enabled kubelet, and the images
	// of a control plane.
	ControlPlane
	// Worker has the same without the images of a control plane.
	Worker
)

// Host is a machine. Its methods are safe for concurrent use.
type Host struct {
	Name    string
	Address netip.Prefix
	Role    Role

	lab    *Lab
	number int

	mu      sync.Mutex
	process *process
}

// Add makes a machine and switches it on.
func (l *Lab) Add(ctx context.Context, name string, role Role, address netip.Addr) (*Host, error) {
	l.mu.Lock()
	h := &Host{
		Name:    name,
		Address: netip.PrefixFrom(address, l.Network.Bits()),
		Role:    role,
		lab:     l,
		number:  len(l.hosts) + 1,
	}
	l.hosts = append(l.hosts, h)
	l.mu.Unlock()
	if err := h.install(ctx); err != nil {
		return nil, fmt.Errorf("making the machine %s: %w", name, err)
	}
	return h, nil
}

func (h *Host) install(ctx context.Context) error {
	if err := os.MkdirAll(h.state(), 0o755); err != nil {
		return err
	}
	if err := h.describe().Save(h.description()); err != nil {
		return err
	}
	id := sha256.Sum256([]byte(h.Name))
	if err := h.stage("machine-id", hex.EncodeToString(id[:16])+"\n"); err != nil {
		return err
	}
	// There is no DNS in the lab: a name is in a hosts file, or unknown.
	if err := h.stage("nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n"); err != nil {
		return err
	}
	// Nobody answers there: cluster DNS says so for names outside of the cluster.
	if err := h.stage("resolv.conf", "nameserver "+h.lab.Gateway().String()+"\n"); err != nil {
		return err
	}
	if h.Role != LoadBalancer {
		if err := h.stageRuntime(); err != nil {
			return err
		}
	}
	if err := h.PowerOn(ctx); err != nil {
		return err
	}
	if h.Role == LoadBalancer {
		return nil
	}
	return h.importImages(ctx)
}

// port is the name of the machine's link at the bridge.
func (h *Host) port() string { return fmt.Sprintf("port%d", h.number) }

func (h *Host) state() string       { return filepath.Join(root, "hosts", h.Name) }
func (h *Host) description() string { return filepath.Join(h.state(), "machine.json") }

// PowerOn starts a machine that is off. What it keeps in memory is gone, what
// it has on its disk is there.
func (h *Host) PowerOn(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.process != nil {
		return errors.New(h.Name + " is on already")
	}
	if err := makeGroups(h.lab.groups, h.Name); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(h.state(), "init.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	const namespaces = syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET
	h.process, err = startProcess(ctx, namespaces, log, h.lab.Init, "enter", h.description())
	if err != nil {
		return err
	}
	if err := h.lab.connect(ctx, h); err != nil {
		h.process.kill()
		h.process = nil
		return err
	}
	h.lab.logf("%s: power on", h.Name)
	_, err = io.WriteString(h.process.line, machine.Boot+"\n")
	return err
}

// PowerOff cuts the machine's power: nothing in it gets the time to say
// goodbye. A machine that is off stays off.
func (h *Host) PowerOff() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.process == nil {
		return
	}
	h.lab.logf("%s: power off", h.Name)
	h.process.kill()
	h.process = nil
	if err := h.lab.disconnect(h); err != nil {
		h.lab.logf("%s: %v", h.Name, err)
	}
}

// Unplug takes the machine's network cable out, and Plug puts it in again.
func (h *Host) Unplug(ctx context.Context) error {
	return ip(ctx, h.lab.network, "link", "set", h.port(), "down")
}

// Plug undoes [Host.Unplug].
func (h *Host) Plug(ctx context.Context) error {
	return ip(ctx, h.lab.network, "link", "set", h.port(), "up")
}
