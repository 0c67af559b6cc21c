package lab

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const bridge = "br0"

// Gateway is the lab's own address in the machines' network.
func (l *Lab) Gateway() netip.Addr { return l.Network.Masked().Addr().Next() }

// startNetwork makes the bridge that joins the machines, in a network namespace
// of its own.
func (l *Lab) startNetwork(ctx context.Context) (*process, error) {
	log, err := os.Create(filepath.Join(root, "network.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p, err := startProcess(ctx, syscall.CLONE_NEWNET, log, l.Init, "hold")
	if err != nil {
		return nil, err
	}
	address := netip.PrefixFrom(l.Gateway(), l.Network.Bits()).String()
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", bridge, "type", "bridge"},
		{"addr", "add", address, "dev", bridge},
		{"link", "set", bridge, "up"},
	} {
		if err := ip(ctx, p, args...); err != nil {
			p.kill()
			return nil, err
		}
	}
	return p, nil
}

// connect gives a machine its network interface.
func (l *Lab) connect(ctx context.Context, h *Host) error {
	port := h.port()
	for _, step := range []struct {
		in   *process
		args []string
	}{
		{l.network, []string{"link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", h.process.pid()}},
		{l.network, []string{"link", "set", port, "master", bridge, "up"}},
		{h.process, []string{"link", "set", "lo", "up"}},
		{h.process, []string{"addr", "add", h.Address.String(), "dev", "eth0"}},
		{h.process, []string{"link", "set", "eth0", "up"}},
		{h.process, []string{"route", "add", "default", "via", l.Gateway().String()}},
	} {
		if err := ip(ctx, step.in, step.args...); err != nil {
			return err
		}
	}
	return nil
}

// disconnect removes the network interface of a machine that is off. The kernel
// does so too, when it finds the time, and until then a machine that comes back
// meets its old one.
func (l *Lab) disconnect(h *Host) error {
	err := ip(context.Background(), l.network, "link", "delete", h.port())
	if err != nil && strings.Contains(err.Error(), "Cannot find device") {
		return nil
	}
	return err
}

// ip runs ip(8) in the network namespace of a process.
func ip(ctx context.Context, in *process, args ...string) error {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"-t", in.pid(), "-n", "ip"}, args...)...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

// DialContext connects from the lab's own address, as a client that is none of
// its machines. The address must be numeric.
func (l *Lab) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if _, err := netip.ParseAddrPort(address); err != nil {
		return nil, fmt.Errorf("dialing in the lab: %w", err)
	}
	there, err := os.Open("/proc/" + l.network.pid() + "/ns/net")
	if err != nil {
		return nil, err
	}
	defer there.Close()
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		// The thread is never unlocked, so it ends with this goroutine: no other
		// code can run in the lab's network by accident.
		runtime.LockOSThread()
		if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- result{nil, err}
			return
		}
		dialer := net.Dialer{FallbackDelay: -1, KeepAlive: 15 * time.Second}
		conn, err := dialer.DialContext(ctx, network, address)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}
