package keepalivedcfg

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
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
	"github.com/haplane/haplane/internal/haproxytest"
)

// lab is a few load balancers on one bridge, each in a network namespace with
// the real HAProxy and the real keepalived, by our files. There are no API
// servers: none of this may depend on them.
type lab struct {
	t         *testing.T
	addresses VirtualAddresses
	hosts     []*labHost
}

// labHost is one load balancer.
type labHost struct {
	lab  *lab
	name string
	dir  string
	// namespace is the process that keeps the host's namespaces alive.
	namespace  *exec.Cmd
	keepalived *exec.Cmd
	haproxy    *exec.Cmd
}

const advert = 250 * time.Millisecond

// atTwo is how long two hosts may seem to hold the addresses where everything
// that runs here is kept waiting by a busy machine.
const atTwo = 5 * time.Second

func newLab(t *testing.T, count int) *lab {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("this test makes network namespaces with the addresses of several hosts, so it needs root")
	}
	adoptOrphans(t)
	l := &lab{t: t, addresses: VirtualAddresses{
		Addresses:      []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24"), netip.MustParsePrefix("2001:db8::10/64")},
		AdvertInterval: advert,
		Port:           6443,
		CheckFile:      filepath.Join(t.TempDir(), "check-haproxy"),
		Socket:         "/run/admin.sock",
	}}
	writeProgram(t, l.addresses.CheckFile, l.addresses.Check())
	bridge := l.newNamespace()
	l.must(bridge, "ip", "link", "add", "bridge", "type", "bridge")
	l.must(bridge, "ip", "link", "set", "bridge", "up")
	for i := range count {
		h := &labHost{lab: l, name: fmt.Sprintf("lb-%d", i+1), dir: t.TempDir(), namespace: l.newNamespace()}
		l.hosts = append(l.hosts, h)
		four, six := fmt.Sprintf("192.0.2.%d", i+1), fmt.Sprintf("2001:db8::%d", i+1)
		l.addresses.Hosts = append(l.addresses.Hosts, Host{Name: h.name, Interface: "eth0", Addresses: []netip.Addr{netip.MustParseAddr(four), netip.MustParseAddr(six)}})
		l.must(bridge, "ip", "link", "add", h.name, "type", "veth", "peer", "name", "eth0", "netns", strconv.Itoa(h.namespace.Process.Pid))
		l.must(bridge, "ip", "link", "set", h.name, "master", "bridge", "up")
		l.must(h.namespace, "ip", "link", "set", "lo", "up")
		l.must(h.namespace, "ip", "addr", "add", four+"/24", "dev", "eth0")
		l.must(h.namespace, "ip", "addr", "add", six+"/64", "dev", "eth0", "nodad")
		l.must(h.namespace, "ip", "link", "set", "eth0", "up")
	}
	for _, h := range l.hosts {
		h.startHAProxy()
		h.startKeepalived()
	}
	return l
}

// writeProgram writes a file that is executed. Another process writes it: a
// program that this one has open for writing, in whatever it forks meanwhile,
// cannot be executed.
func writeProgram(t *testing.T, path string, text []byte) {
	t.Helper()
	cmd := exec.Command("sh", "-c", `cat >"$1" && chmod 755 "$1"`, "sh", path)
	cmd.Stdin = bytes.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// newNamespace starts a process in namespaces of its own, which ends with the
// test.
func (l *lab) newNamespace() *exec.Cmd {
	l.t.Helper()
	cmd := exec.Command("unshare", "-n", "-m", "sh", "-c", "mount -t tmpfs tmpfs /run && echo ready && exec cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
		l.t.Fatalf("a namespace: %v", err)
	}
	return cmd
}

func (l *lab) command(namespace *exec.Cmd, argv ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"-t", strconv.Itoa(namespace.Process.Pid), "-n", "-m"}, argv...)...)
}

func (l *lab) must(namespace *exec.Cmd, argv ...string) string {
	l.t.Helper()
	out, err := l.command(namespace, argv...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("%q: %v\n%s", argv, err, out)
	}
	return string(out)
}

// start runs a program of the host in the foreground, in a process group of its
// own, until the test ends.
func (h *labHost) start(argv ...string) *exec.Cmd {
	h.lab.t.Helper()
	cmd := h.lab.command(h.namespace, argv...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := os.OpenFile(filepath.Join(h.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		h.lab.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		h.lab.t.Fatal(err)
	}
	h.lab.t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
	})
	return cmd
}

func (h *labHost) startHAProxy() {
	servers := haproxycfg.APIServers{Servers: []haproxycfg.APIServer{{Name: "cp-1", Host: "127.0.0.1", Port: 1}}}
	config := servers.Config()
	config.Global.StatsSockets[0].Path = h.lab.addresses.Socket
	config.Global.Logs, config.Global.Chroot, config.Global.User, config.Global.Group, config.Global.Daemon = nil, "", "", "", false
	config.Global.FDHardLimit = 1000
	h.haproxy = h.start(haproxytest.Binary(h.lab.t), "-W", "-f", h.write("haproxy.cfg", config.Bytes()))
}

func (h *labHost) startKeepalived() {
	file := h.write("keepalived.conf", h.lab.addresses.Config(h.name).Bytes())
	h.keepalived = h.start(binaries(h.lab.t)[0], "--dont-fork", "--log-console", "--log-detail", "-f", file)
}

// killKeepalived kills all processes of keepalived at once, as the kernel does
// where memory runs out.
func (h *labHost) killKeepalived() {
	h.lab.t.Helper()
	vrrp := children(h.keepalived.Process.Pid)
	if len(vrrp) == 0 {
		h.lab.t.Fatal("keepalived has no process for VRRP")
	}
	h.lab.signal(h.keepalived, syscall.SIGKILL)
	for _, pid := range vrrp {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	h.keepalived.Wait()
	for _, pid := range vrrp {
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
			h.lab.t.Errorf("waiting for keepalived's process: %v", err)
		}
	}
}

// adoptOrphans gives this process the orphans of its children, as systemd has
// them. A keepalived that finds the one before as a zombie does not start.
func adoptOrphans(t *testing.T) {
	t.Helper()
	const setChildSubreaper = 36
	if _, _, err := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0); err != 0 {
		t.Fatalf("prctl: %v", err)
	}
}

func (h *labHost) write(name string, text []byte) string {
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		h.lab.t.Fatal(err)
	}
	return path
}

// children are the processes that a process has started.
func children(pid int) []int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	if err != nil {
		return nil
	}
	var pids []int
	for _, word := range strings.Fields(string(text)) {
		if pid, err := strconv.Atoi(word); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// signal sends a signal to a program and to all that it has started.
func (l *lab) signal(program *exec.Cmd, signal syscall.Signal) {
	l.t.Helper()
	if err := syscall.Kill(-program.Process.Pid, signal); err != nil {
		l.t.Error(err)
	}
}

// holders are the hosts that hold the virtual addresses, "lb-1 half" where one
// has that of one family only.
func (l *lab) holders() []string {
	var names []string
	for _, h := range l.hosts {
		out, err := l.command(h.namespace, "ip", "-o", "addr", "show", "dev", "eth0").Output()
		if err != nil {
			l.t.Fatal(err)
		}
		four, six := bytes.Contains(out, []byte(" 192.0.2.10/")), bytes.Contains(out, []byte(" 2001:db8::10/"))
		switch {
		case four && six:
			names = append(names, h.name)
		case four || six:
			names = append(names, h.name+" half")
		}
	}
	return names
}

// observed is what a look at all hosts, again and again, has shown.
type observed struct {
	// together is the longest time for which two hosts held the addresses, absent
	// the one for which nobody did.
	together, absent time.Duration
	last             []string
}

// watch looks for as long as the condition does not hold, for at most twenty
// seconds, and then for two more: what is elected stays.
func (l *lab) watch(what string, until func(holders []string) bool) observed {
	l.t.Helper()
	var o observed
	var togetherSince, absentSince time.Time
	end := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	var held time.Time
	for ; ; <-tick.C {
		o.last = l.holders()
		now := time.Now()
		o.together = lasted(&togetherSince, len(o.last) > 1, now, o.together)
		o.absent = lasted(&absentSince, len(o.last) == 0, now, o.absent)
		switch {
		case !until(o.last):
			held = time.Time{}
		case held.IsZero():
			held = now
		case now.Sub(held) > 2*time.Second:
			l.t.Logf("%s: %v hold the addresses; absent for %v, at two for %v", what, o.last, o.absent, o.together)
			return o
		}
		if now.After(end) {
			for _, h := range l.hosts {
				log, _ := os.ReadFile(filepath.Join(h.dir, "log"))
				l.t.Logf("%s says:\n%s", h.name, log)
			}
			l.t.Fatalf("%s: not within twenty seconds; %v hold the addresses", what, o.last)
		}
	}
}

// lasted gives the longest time that something has lasted, now that it is or is
// not.
func lasted(since *time.Time, is bool, now time.Time, longest time.Duration) time.Duration {
	switch {
	case !is:
		*since = time.Time{}
		return longest
	case since.IsZero():
		*since = now
	}
	return max(longest, now.Sub(*since))
}

func (l *lab) host(name string) *labHost {
	l.t.Helper()
	i := slices.IndexFunc(l.hosts, func(h *labHost) bool { return h.name == name })
	if i < 0 {
		l.t.Fatalf("%q is no host", name)
	}
	return l.hosts[i]
}

func one(holders []string) bool { return len(holders) == 1 && !strings.HasSuffix(holders[0], "half") }

// besides tells whether one host holds the addresses, and not this one.
func besides(name string) func([]string) bool {
	return func(holders []string) bool { return one(holders) && holders[0] != name }
}

// restartAfter is what the drop-in tells systemd.
func restartAfter(t *testing.T, dropIn []byte) time.Duration {
	t.Helper()
	_, rest, _ := strings.Cut(string(dropIn), "RestartSec=")
	text, _, _ := strings.Cut(rest, "\n")
	d, err := time.ParseDuration(text)
	if err != nil || !bytes.Contains(dropIn, []byte("Restart=always\n")) {
		t.Fatalf("%v in %s", err, dropIn)
	}
	return d
}

func TestExactlyOneHostHoldsTheAddresses(t *testing.T) {
	t.Parallel()
	l := newLab(t, 3)
	holder := l.watch("start", one).last[0]
	h := l.host(holder)

	worker := children(h.haproxy.Process.Pid)
	syscall.Kill(h.haproxy.Process.Pid, syscall.SIGUSR2)
	o := l.watch("HAProxy reloads", func(now []string) bool {
		return one(now) && len(children(h.haproxy.Process.Pid)) > len(worker)
	})
	if o.last[0] != holder || o.absent > 0 {
		t.Errorf("a reload has moved the addresses from %s to %v", holder, o.last)
	}

	l.signal(h.haproxy, syscall.SIGSTOP)
	o = l.watch("HAProxy hangs", besides(holder))
	if o.together > atTwo {
		t.Errorf("HAProxy hangs: two hosts held the addresses for %v", o.together)
	}
	next := o.last[0]
	l.signal(h.haproxy, syscall.SIGCONT)
	if o := l.watch("HAProxy goes on", one); o.last[0] != next || o.absent > 0 {
		t.Errorf("the addresses have moved back from %s to %v", next, o.last)
	}

	holder, h = next, l.host(next)
	l.signal(h.haproxy, syscall.SIGKILL)
	o = l.watch("HAProxy is killed", besides(holder))
	if o.together > atTwo {
		t.Errorf("HAProxy is killed: two hosts held the addresses for %v", o.together)
	}
}

func TestAKilledKeepalivedThatComesBackLeavesOneHolder(t *testing.T) {
	t.Parallel()
	l := newLab(t, 3)
	holder := l.watch("start", one).last[0]
	h := l.host(holder)
	h.killKeepalived()
	if got := l.holders(); !slices.Contains(got, holder) {
		t.Errorf("%s has let go of its addresses by itself: %v hold them", holder, got)
	}
	restart := time.AfterFunc(restartAfter(t, l.addresses.DropIn()), h.startKeepalived)
	defer restart.Stop()
	o := l.watch("keepalived is killed, and back", besides(holder))
	if o.together > atTwo {
		t.Errorf("two hosts held the addresses for %v", o.together)
	}
	if got := l.holders(); len(got) != 1 {
		t.Errorf("%v hold the addresses", got)
	}
}

// TestAKilledKeepalivedThatStaysAwayLeavesTwoHolders is why the drop-in is
// needed.
func TestAKilledKeepalivedThatStaysAwayLeavesTwoHolders(t *testing.T) {
	t.Parallel()
	l := newLab(t, 2)
	h := l.host(l.watch("start", one).last[0])
	h.killKeepalived()
	l.watch("keepalived is killed, and stays away", func(now []string) bool { return len(now) == 2 })
}
