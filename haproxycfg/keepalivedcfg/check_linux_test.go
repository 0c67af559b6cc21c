package keepalivedcfg_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/haproxycfg/keepalivedcfg"
	"github.com/haplane/haplane/internal/haproxytest"
)

// balancer is a real HAProxy with our own settings, in front of API servers that
// are all down, and the check script for it.
type balancer struct {
	check string
	// socket is HAProxy's admin socket.
	socket string
	// master is HAProxy's first process, which reloads; it has a worker.
	master *exec.Cmd
}

// startBalancer runs HAProxy and waits until the check succeeds.
func startBalancer(t *testing.T) *balancer {
	t.Helper()
	// The name of a Unix socket is short.
	dir, err := os.MkdirTemp("", "haplane")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ports := freePorts(t, 1)
	servers := haproxycfg.APIServers{
		Port:    ports[0],
		RunDir:  dir,
		Servers: []haproxycfg.APIServer{{Name: "cp-1", Host: "127.0.0.1", Port: 1}, {Name: "cp-2", Host: "127.0.0.1", Port: 1}},
	}
	config := servers.Config()
	socket := config.Global.StatsSockets[0].Path
	config.Global.Logs = nil
	config.Global.FDHardLimit = 1000
	file := write(t, filepath.Join(dir, "haproxy.cfg"), string(config.Bytes()), 0o600)
	addresses := keepalivedcfg.VirtualAddresses{Port: ports[0], Socket: socket}
	b := &balancer{
		check:  write(t, filepath.Join(dir, "check-haproxy"), string(addresses.Check()), 0o755),
		socket: socket,
		master: exec.Command(haproxytest.Binary(t), "-W", "-f", file),
	}
	if err := b.master.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, worker := range b.workers(t) {
			kill(t, worker, syscall.SIGKILL)
		}
		_ = b.master.Process.Kill()
		_ = b.master.Wait()
	})
	eventually(t, "HAProxy serves", func() bool { return b.ask(t, b.check) == "" })
	return b
}

// workers are the processes that the master has started, the newest last.
func (b *balancer) workers(t *testing.T) []int {
	t.Helper()
	out, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", b.master.Process.Pid))
	if err != nil {
		return nil
	}
	var pids []int
	for _, word := range strings.Fields(string(out)) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// worker is the only process that the master has.
func (b *balancer) worker(t *testing.T) int {
	t.Helper()
	workers := b.workers(t)
	if len(workers) != 1 {
		t.Fatalf("%d workers", len(workers))
	}
	return workers[0]
}

// ask runs a check and gives what it said, "" where it succeeded.
func (b *balancer) ask(t *testing.T, check string) string {
	t.Helper()
	out, err := exec.Command(check).CombinedOutput()
	if err == nil {
		return strings.TrimSpace(string(out))
	}
	return err.Error() + ": " + string(out)
}

// answering gives the process that answers on the admin socket.
func (b *balancer) answering(t *testing.T) int {
	t.Helper()
	conn, err := net.Dial("unix", b.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintln(conn, "show info")
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(answer), "Pid: ")
	line, _, _ := strings.Cut(rest, "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatalf("%v in %q", err, answer)
	}
	return pid
}

func kill(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		t.Error(err)
	}
}

// write writes a file, through another process: a program that this one has open
// for writing, in whatever it forks meanwhile, cannot be executed.
func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", `cat >"$1" && chmod "$2" "$1"`, "sh", path, fmt.Sprintf("%o", mode))
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func freePorts(t *testing.T, n int) []uint16 {
	t.Helper()
	var ports []uint16
	for range n {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, uint16(l.Addr().(*net.TCPAddr).Port))
	}
	return ports
}

// eventually asks until the answer is yes, for at most twenty seconds.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s: not within twenty seconds", what)
		}
	}
}

func TestCheckFollowsHAProxyAndNotTheAPIServers(t *testing.T) {
	t.Parallel()
	b := startBalancer(t)
	if said := b.ask(t, b.check); said != "" {
		t.Errorf("all API servers are down, and HAProxy is well: %s", said)
	}
	kill(t, b.worker(t), syscall.SIGSTOP)
	started := time.Now()
	if said := b.ask(t, b.check); !strings.HasPrefix(said, "exit status 124") {
		t.Errorf("HAProxy hangs: %q", said)
	}
	if took := time.Since(started); took < 700*time.Millisecond || took > 3*time.Second {
		t.Errorf("it took %v to find that HAProxy hangs", took)
	}
	kill(t, b.worker(t), syscall.SIGCONT)
	eventually(t, "HAProxy goes on", func() bool { return b.ask(t, b.check) == "" })
	kill(t, b.worker(t), syscall.SIGKILL)
	eventually(t, "the check sees that HAProxy was killed", func() bool {
		return strings.Contains(b.ask(t, b.check), "nothing listens on port")
	})
}

func TestCheckSucceedsThroughoutReloads(t *testing.T) {
	t.Parallel()
	b := startBalancer(t)
	const reloads, asked = 5, 8
	for range reloads {
		old := b.workers(t)
		kill(t, b.master.Process.Pid, syscall.SIGUSR2)
		for range asked {
			if said := b.ask(t, b.check); said != "" {
				t.Fatalf("while HAProxy reloads: %s", said)
			}
		}
		polls := 0
		eventually(t, "a new worker answers", func() bool {
			// The master does not hear a signal while it starts.
			if polls++; polls%100 == 0 {
				kill(t, b.master.Process.Pid, syscall.SIGUSR2)
			}
			return !slices.Contains(old, b.answering(t))
		})
	}
}

func TestCheckSeesAnHAProxyThatStopsWhileItStillServes(t *testing.T) {
	t.Parallel()
	b := startBalancer(t)
	kill(t, b.worker(t), syscall.SIGUSR1)
	eventually(t, "the check sees that HAProxy is stopping", func() bool {
		return strings.Contains(b.ask(t, b.check), "HAProxy is stopping")
	})
}

func TestCheckWorksWithEachToolAndShell(t *testing.T) {
	t.Parallel()
	b := startBalancer(t)
	script, err := os.ReadFile(b.check)
	if err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"dash", "bash", "busybox sh"} {
		for _, tool := range []string{"socat", "perl", "python3", "none"} {
			dir := t.TempDir()
			for _, program := range []string{"timeout", "grep", "cat", "awk", tool} {
				if path := find(program); path != "" {
					link(t, path, filepath.Join(dir, program))
				} else if program != "none" {
					t.Errorf("this test runs %s, which is not installed; run: make tools", program)
				}
			}
			program, argument, _ := strings.Cut(shell, " ")
			path, err := exec.LookPath(program)
			if err != nil {
				t.Fatal(err)
			}
			text := bytes.Replace(script, []byte("#!/bin/sh"), []byte(strings.TrimSpace("#!"+path+" "+argument)), 1)
			text = bytes.Replace(text, []byte("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), []byte("PATH="+dir), 1)
			text = bytes.ReplaceAll(text, []byte("/usr/libexec/platform-python"), []byte("/missing"))
			check := write(t, filepath.Join(dir, "check"), string(text), 0o755)
			said := b.ask(t, check)
			if tool != "none" && said != "" || tool == "none" && !strings.Contains(said, "socat, perl or python3 is needed") {
				t.Errorf("%s with %s: %q", shell, tool, said)
			}
		}
	}
}

// find gives the path of a program, and not that of a shim which starts it.
func find(program string) string {
	if path, err := exec.LookPath("/usr/bin/" + program); err == nil {
		return path
	}
	out, _ := exec.Command(program, "-c", "import sys; print(sys.executable)").Output()
	return strings.TrimSpace(string(out))
}

func link(t *testing.T, path, name string) {
	t.Helper()
	if err := os.Symlink(path, name); err != nil {
		t.Fatal(err)
	}
}

func TestCheckIsCleanShell(t *testing.T) {
	t.Parallel()
	for name, addresses := range descriptions {
		file := write(t, filepath.Join(t.TempDir(), "check"), string(addresses.Check()), 0o755)
		if out, err := exec.Command("shellcheck", "-s", "sh", file).CombinedOutput(); err != nil {
			t.Errorf("%s: shellcheck: %v\n%s", name, err, out)
		}
	}
}
