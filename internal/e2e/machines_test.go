package e2e

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
)

func TestLabMachinesAreMadeCutOffAndRemoved(t *testing.T) {
	before := traces(t)
	t.Run("lab", func(t *testing.T) {
		l := openLab(t, build.V1_37, false)
		worker := addHost(t, l, "wk-1", lab.Worker, "192.168.51.84")
		balancer := addHost(t, l, "lb-1", lab.LoadBalancer, "192.168.51.80")

		t.Run("a machine is called by its name", func(t *testing.T) {
			if got := strings.TrimSpace(run(t, worker, "hostname")); got != "wk-1" {
				t.Errorf("hostname printed %q", got)
			}
		})
		t.Run("machines reach each other", func(t *testing.T) {
			_, err := balancer.Run(interrupted, "socat", "/dev/null", "TCP4:192.168.51.84:7,connect-timeout=5")
			if err == nil || !strings.Contains(err.Error(), "Connection refused") {
				t.Errorf("a closed port of the other machine answered: %v", err)
			}
		})
		t.Run("files are the machine's own and survive a power cut", func(t *testing.T) {
			if err := worker.WriteFile(interrupted, "/etc/haplane-e2e-mark", []byte("here\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat("/etc/haplane-e2e-mark"); !os.IsNotExist(err) {
				t.Errorf("a file of the machine is outside of it too: %v", err)
			}
			worker.PowerOff()
			if err := worker.PowerOn(interrupted); err != nil {
				t.Fatal(err)
			}
			content, err := worker.ReadFile(interrupted, "/etc/haplane-e2e-mark")
			if err != nil || string(content) != "here\n" {
				t.Errorf("after a power cut: %q, %v", content, err)
			}
		})
		t.Run("enabled units start with the machine", func(t *testing.T) {
			err := lab.Poll(interrupted, time.Minute, "containerd is active", func(ctx context.Context) error {
				_, err := worker.Run(ctx, "systemctl", "is-active", "containerd")
				return err
			})
			if err != nil {
				t.Error(err)
			}
			if _, err := balancer.Run(interrupted, "systemctl", "is-active", "haproxy"); err == nil {
				t.Error("haproxy runs, and nobody enabled it")
			}
		})
	})
	if after := traces(t); after != before {
		t.Errorf("a lab left something behind.\nbefore:\n%s\nafter:\n%s", before, after)
	}
}

// A directory that somebody else made first could have root write any file.
func TestLabTrustsNoDirectoryThatAnybodyCanWriteTo(t *testing.T) {
	const dir = "/var/cache/haplane-e2e"
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	trap := fmt.Sprintf(`{"Kernel": {%q: "overwritten"}}`, victim)
	if err := os.WriteFile(filepath.Join(dir, "before.json"), []byte(trap), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Open(interrupted, lab.Config{Log: io.Discard}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("the lab was opened, or does not say why not: %v", err)
	}
	if content, err := os.ReadFile(victim); err != nil || string(content) != "untouched" {
		t.Errorf("the lab wrote %q, %v", content, err)
	}
}

func addHost(t *testing.T, l *lab.Lab, name string, role lab.Role, address string) *lab.Host {
	t.Helper()
	h, err := l.Add(interrupted, name, role, netip.MustParseAddr(address))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func run(t *testing.T, h *lab.Host, argv ...string) string {
	t.Helper()
	result, err := h.Run(interrupted, argv...)
	if err != nil {
		t.Fatal(err)
	}
	return string(result.Stdout)
}

// traces is what a lab could leave on this machine.
func traces(t *testing.T) string {
	t.Helper()
	const script = `
cat /proc/mounts
ip netns list
ip -o link | cut -d: -f2
find /sys/fs/cgroup -name '*haplane*'
ls -d /var/cache/haplane-e2e /var/lib/kubelet /var/lib/etcd /etc/kubernetes 2>/dev/null
cat /proc/sys/vm/overcommit_memory /proc/sys/vm/panic_on_oom /proc/sys/kernel/panic /proc/sys/kernel/panic_on_oops
cat /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
grep -l 'var/cache/[h]aplane-e2e' /proc/[0-9]*/environ 2>/dev/null
true`
	out, err := exec.CommandContext(interrupted, "sh", "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
