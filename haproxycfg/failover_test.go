package haproxycfg

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxystat"
)

// TestMain lets the test binary be an API server too, in a process of its own
// that can be stopped and killed.
func TestMain(m *testing.M) {
	if addr := os.Getenv("HAPLANE_TEST_SERVE"); addr != "" {
		serve(addr, os.Getenv("HAPLANE_TEST_PAIR"))
		return
	}
	os.Exit(m.Run())
}

// serve answers like an API server: /readyz, a read from etcd, a watch that says
// its name again and again, and / with its name. "unready" on stdin fails /readyz, "drain" also
// closes the listener and leaves what is established, "etcd" hangs its etcd and
// "etcd goes on" ends that.
func serve(addr, pair string) {
	var unready atomic.Bool
	var member etcd
	go member.beAskedByTheKubelet()
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		switch err := member.health(); {
		case unready.Load():
			http.Error(w, "[-]shutdown failed: reason withheld", http.StatusInternalServerError)
		case err != nil:
			http.Error(w, "[+]ping ok\n[-]etcd failed: reason withheld\n", http.StatusInternalServerError)
		}
	})
	mux.HandleFunc(readPath, func(w http.ResponseWriter, r *http.Request) {
		member.read(r.Context())
		http.Error(w, "configmaps \"cluster-info\" not found", http.StatusNotFound)
	})
	mux.HandleFunc("/watch", func(w http.ResponseWriter, r *http.Request) {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			if !member.hangs.Load() {
				fmt.Fprintln(w, addr)
				w.(http.Flusher).Flush()
			}
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
			}
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, addr) })
	server := &http.Server{Addr: addr, Handler: mux}
	go func() {
		if err := server.ListenAndServeTLS(pair, pair); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}()
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		switch commands.Text() {
		case "etcd":
			member.hangs.Store(true)
		case "etcd goes on":
			member.hangs.Store(false)
		case "drain":
			unready.Store(true)
			go server.Shutdown(context.Background())
		default:
			unready.Store(true)
		}
	}
}

// etcd is a kube-apiserver's view of its etcd's health: it asks at most once a
// second, waits for two, and repeats the last result to everybody else.
type etcd struct {
	hangs atomic.Bool
	mu    sync.Mutex
	asked time.Time
	last  error
}

func (e *etcd) health() error {
	e.mu.Lock()
	if time.Since(e.asked) < time.Second {
		defer e.mu.Unlock()
		return e.last
	}
	e.asked = time.Now()
	e.mu.Unlock()
	patience, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := e.read(patience)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = err
	return err
}

// read waits for an answer of etcd's, as everything does that is not served from
// a cache.
func (e *etcd) read(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for e.hangs.Load() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// beAskedByTheKubelet takes part of the questions, as a readiness probe does.
func (e *etcd) beAskedByTheKubelet() {
	for range time.Tick(time.Second) {
		go e.health()
	}
}

// apiServer is such a process.
type apiServer struct {
	name, addr string
	process    *exec.Cmd
	commands   io.Writer
}

func (s *apiServer) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// bed is API servers behind a real HAProxy with our default configuration.
type bed struct {
	t       *testing.T
	servers []*apiServer
	url     string
	dir     string
	haproxy *exec.Cmd
	// probePort is where the probe answers.
	probePort uint16
}

func newBed(t *testing.T) *bed { return newBedOf(t, 3) }

func newBedOf(t *testing.T, size int) *bed {
	dir, err := os.MkdirTemp("", "haplane")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ca, pair := writeCertificates(t, dir)
	b := &bed{t: t, dir: dir}
	ports := freePorts(t, 2+size)
	lb := APIServers{
		Listen:    []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		Port:      ports[size],
		ProbePort: ports[size+1],
		CAFile:    ca,
	}
	for i := range size {
		s := b.startServer(fmt.Sprintf("cp-%d", i+1), fmt.Sprintf("127.0.0.1:%d", ports[i]), pair)
		b.servers = append(b.servers, s)
		lb.Servers = append(lb.Servers, APIServer{Name: s.name, Host: "127.0.0.1", Port: ports[i]})
	}
	b.probePort = lb.ProbePort
	b.url = fmt.Sprintf("https://127.0.0.1:%d", lb.Port)
	if err := lb.Validate(); err != nil {
		t.Fatal(err)
	}
	config := lb.Config()
	g := config.Global
	g.Logs, g.Chroot, g.User, g.Group, g.StatsSockets[0].Path = []Log{{Address: "stdout", Format: "raw", Facility: "local0"}}, "", "", "", b.socket()
	if err := os.WriteFile(filepath.Join(dir, "haproxy.cfg"), config.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	b.startHAProxy()
	b.until("all servers are up", b.allUp)
	return b
}

func freePorts(t *testing.T, n int) []uint16 {
	var ports []uint16
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, uint16(l.Addr().(*net.TCPAddr).Port))
	}
	return ports
}

func (b *bed) startServer(name, addr, pair string) *apiServer {
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), "HAPLANE_TEST_SERVE="+addr, "HAPLANE_TEST_PAIR="+pair)
	commands, err := process.StdinPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	b.start(process)
	return &apiServer{name: name, addr: addr, process: process, commands: commands}
}

// startHAProxy starts the last of those that judge, so that each is run once.
func (b *bed) startHAProxy(args ...string) {
	binary := binaries(b.t)
	b.haproxy = exec.Command(binary[len(binary)-1], append([]string{"-q", "-db", "-f", filepath.Join(b.dir, "haproxy.cfg")}, args...)...)
	b.start(b.haproxy)
}

func (b *bed) start(c *exec.Cmd) {
	b.t.Helper()
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		c.Process.Signal(syscall.SIGCONT)
		c.Process.Kill()
		c.Wait()
	})
}

func (b *bed) socket() string { return filepath.Join(b.dir, "s") }

// ask sends a command to HAProxy's socket; "" where nobody answers.
func (b *bed) ask(command string) string {
	c, err := net.Dial("unix", b.socket())
	if err != nil {
		return ""
	}
	defer c.Close()
	fmt.Fprintln(c, command)
	out, _ := io.ReadAll(c)
	return string(out)
}

// main gives the servers of the main backend.
func (b *bed) main() []haproxystat.Server {
	servers, _ := haproxystat.Parse(b.ask("show stat"))
	return slices.DeleteFunc(servers, func(s haproxystat.Server) bool { return s.Backend != "kube-apiservers" })
}

// in gives the names of those that are in a state.
func (b *bed) in(state haproxystat.State) []string {
	var names []string
	for _, s := range b.main() {
		if s.State == state {
			names = append(names, s.Name)
		}
	}
	return names
}

// allUp tells whether a check has found each server well: before its first
// check a server counts as up.
func (b *bed) allUp() bool {
	well := 0
	for _, s := range b.main() {
		if s.State == haproxystat.Up && s.Check == "L7OK" {
			well++
		}
	}
	return well == len(b.servers)
}

// until waits for something that must come; the limit is far over what it takes,
// for machines that are busy.
func (b *bed) until(what string, done func() bool) {
	b.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(40 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-limit:
			b.t.Fatalf("it never came that %s: %+v", what, b.main())
		}
	}
}

// share is what the agent is told of a server: "0%" where it owes the answer to a
// check.
func (b *bed) share(s *apiServer) string {
	resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/%s/share", b.probePort, s.name))
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	_, share, _ := strings.Cut(resp.Status, " ")
	return share
}

func (b *bed) client() *http.Client {
	return &http.Client{Timeout: 50 * time.Second, Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives: true,
	}}
}

// served asks over a new connection and gives the address that answered.
func (b *bed) served() (string, error) {
	resp, err := b.client().Get(b.url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	name, err := io.ReadAll(resp.Body)
	return string(name), err
}

// watch is an established watch: who serves it, a beat for each line that
// somebody waits for, and done when it is cut.
type watch struct {
	addr string
	beat chan struct{}
	done chan struct{}
}

// watches opens one on each server, which is where leastconn puts them.
func (b *bed) watches() map[string]*watch {
	b.t.Helper()
	all := map[string]*watch{}
	for range b.servers {
		resp, err := b.client().Get(b.url + "/watch")
		if err != nil {
			b.t.Fatal(err)
		}
		b.t.Cleanup(func() { resp.Body.Close() })
		lines := bufio.NewScanner(resp.Body)
		if !lines.Scan() {
			b.t.Fatal("a watch ended at once")
		}
		w := &watch{lines.Text(), make(chan struct{}), make(chan struct{})}
		go w.follow(lines)
		all[w.addr] = w
	}
	if len(all) != len(b.servers) {
		b.t.Fatalf("watches on %d servers, want one on each", len(all))
	}
	return all
}

func (w *watch) follow(lines *bufio.Scanner) {
	defer close(w.done)
	for lines.Scan() {
		select {
		case w.beat <- struct{}{}:
		default:
		}
	}
}

// alive waits for a line that is sent from now on and tells whether there was
// one.
func (w *watch) alive() bool {
	select {
	case <-w.beat:
		return true
	case <-w.done:
		return false
	}
}

// TestCutsWatchesOfAServerThatHangs is the reason for marking a silent server
// down: a client of a dead connection learns of it.
func TestCutsWatchesOfAServerThatHangs(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	hung := b.servers[1]
	hung.signal(t, syscall.SIGSTOP)
	b.mustEnd(watches[hung.addr])
	for addr, w := range watches {
		if addr != hung.addr && !w.alive() {
			t.Errorf("the watch on %s, which lives, was cut", addr)
		}
	}
	for range 6 {
		if addr, err := b.served(); err != nil || addr == hung.addr {
			t.Errorf("served by %q, %v", addr, err)
		}
	}
	hung.signal(t, syscall.SIGCONT)
	b.until("the server is up again", b.allUp)
}

// TestGivesNothingNewToAServerThatOwesAnAnswer is about the time until a silent
// server is down: whoever gets into it meanwhile is lost.
func TestGivesNothingNewToAServerThatOwesAnAnswer(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	hung := b.servers[1]
	hung.signal(t, syscall.SIGSTOP)
	b.until("it has no share, and is not down", func() bool {
		i := slices.IndexFunc(b.main(), func(s haproxystat.Server) bool {
			return s.Name == hung.name && s.Weight == 0 && s.State == haproxystat.Up
		})
		return i >= 0
	})
	hung.signal(t, syscall.SIGCONT)
	b.until("it has a share again", func() bool { return b.share(hung) == "100%,up" && b.allUp() })
	for addr, w := range watches {
		if !w.alive() {
			t.Errorf("the watch on %s was cut", addr)
		}
	}
}

// TestLeavesTheOnlyServerItsShare has a server that is silent, and is most of
// those that there are.
func TestLeavesTheOnlyServerItsShare(t *testing.T) {
	t.Parallel()
	b := newBedOf(t, 1)
	only := b.servers[0]
	only.signal(t, syscall.SIGSTOP)
	b.until("it is no longer up", func() bool {
		if b.share(only) == "0%" {
			t.Fatal("it owes an answer, as all do, and has no share")
		}
		return len(b.in(haproxystat.Up)) == 0
	})
}

func TestCutsWatchesOfAServerWhoseEtcdHangs(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	hung := b.servers[1]
	fmt.Fprintln(hung.commands, "etcd")
	b.mustEnd(watches[hung.addr])
	for addr, w := range watches {
		if addr != hung.addr && !w.alive() {
			t.Errorf("the watch on %s, which lives, was cut", addr)
		}
	}
}

func (b *bed) mustEnd(w *watch) {
	b.t.Helper()
	select {
	case <-w.done:
	case <-time.After(40 * time.Second):
		b.t.Fatalf("the watch on %s, which hangs, was never cut: %+v", w.addr, b.main())
	}
}

func TestLeavesEstablishedWatchesToAServerThatDrains(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	drained := b.servers[2]
	fmt.Fprintln(drained.commands, "drain")
	var lost []error
	for len(b.in(haproxystat.Stopping)) == 0 {
		if _, err := b.served(); err != nil {
			lost = append(lost, err)
		}
	}
	// One may have waited in the queue of the listener that closed.
	if len(lost) > 1 {
		t.Errorf("requests were lost: %v", lost)
	}
	if down := b.in(haproxystat.Down); down != nil {
		t.Errorf("%q are down", down)
	}
	for addr, w := range watches {
		if !w.alive() {
			t.Errorf("the watch on %s was cut", addr)
		}
	}
}

// TestCutsNothingWhenAChecksFailureIsHAProxysOwn has HAProxy refuse its own
// checks for a moment. When it has no time for them they fail too.
func TestCutsNothingWhenAChecksFailureIsHAProxysOwn(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	b.ask("disable frontend kube-apiserver-probe")
	b.until("a check failed", func() bool {
		return slices.ContainsFunc(b.main(), func(s haproxystat.Server) bool { return s.Check == "L4CON" })
	})
	b.ask("enable frontend kube-apiserver-probe")
	b.until("all servers are up", b.allUp)
	for addr, w := range watches {
		if !w.alive() {
			t.Errorf("the watch on %s was cut", addr)
		}
	}
}

func TestMarksAServerThatDiedDown(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	dead := b.servers[0]
	dead.signal(t, os.Kill)
	b.mustEnd(watches[dead.addr])
	b.until("it is down", func() bool { return len(b.in(haproxystat.Down)) == 1 })
	if addr, err := b.served(); err != nil || addr == dead.addr {
		t.Errorf("served by %q, %v", addr, err)
	}
}

func TestCutsNothingWhenAllServersAreSilentAtOnce(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	for _, s := range b.servers {
		s.signal(t, syscall.SIGSTOP)
	}
	b.until("no server is up", func() bool { return len(b.in(haproxystat.Up)) == 0 })
	answer := make(chan error, 1)
	go func() {
		_, err := b.served()
		answer <- err
	}()
	b.until("a connection came through all the same", func() bool {
		return strings.Contains(b.ask("show sess"), "be=kube-apiservers-unchecked")
	})
	if down := b.in(haproxystat.Down); down != nil {
		t.Errorf("%q are down", down)
	}
	for _, s := range b.servers {
		s.signal(t, syscall.SIGCONT)
	}
	if err := <-answer; err != nil {
		t.Errorf("the connection of the silence was lost: %v", err)
	}
	for addr, w := range watches {
		if !w.alive() {
			t.Errorf("the watch on %s was cut", addr)
		}
	}
	b.until("all servers are up again", b.allUp)
}

// TestCutsNothingWhenEtcdStallsEverywhere has one server come back later than
// the others, when it is given up: they have just answered then.
func TestCutsNothingWhenEtcdStallsEverywhere(t *testing.T) {
	t.Parallel()
	for name, stall := range map[string]time.Duration{
		"for about as long as a check waits": probeTimeout - silenceSlack,
		"for less than a second":             950 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			watches := b.watches()
			tell := func(command string, servers ...*apiServer) {
				for _, s := range servers {
					fmt.Fprintln(s.commands, command)
				}
			}
			tell("etcd", b.servers...)
			<-time.After(stall)
			tell("etcd goes on", b.servers[1:]...)
			<-time.After(probeTimeout + 7*silenceSlack - stall)
			tell("etcd goes on", b.servers[0])
			b.until("all servers are up", b.allUp)
			for addr, w := range watches {
				if !w.alive() {
					t.Errorf("the watch on %s was cut", addr)
				}
			}
		})
	}
}

// TestCutsNothingWhileServersAreSlowAgainAndAgain is about an overload: one
// server is silent when the others have just been well for two seconds.
func TestCutsNothingWhileServersAreSlowAgainAndAgain(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	tell := func(command string, servers ...*apiServer) {
		for _, s := range servers {
			fmt.Fprintln(s.commands, command)
		}
	}
	for slow := time.Duration(0); slow < 2*unrest; slow += unrest / 2 {
		tell("etcd", b.servers...)
		<-time.After(slowAnswer + 3*silenceSlack)
		tell("etcd goes on", b.servers...)
		<-time.After(unrest/2 - slowAnswer - 3*silenceSlack)
	}
	<-time.After(silenceMemory + 5*silenceSlack)
	b.until("all servers are up", b.allUp)
	silent := b.servers[0]
	tell("etcd", silent)
	b.until("it is no longer up", func() bool { return !b.allUp() })
	if down := b.in(haproxystat.Down); down != nil {
		t.Errorf("%q are down", down)
	}
	for addr, w := range watches {
		if addr != silent.addr && !w.alive() {
			t.Errorf("the watch on %s was cut", addr)
		}
	}
	// When the others have been well for long enough, it is alone.
	b.mustEnd(watches[silent.addr])
}

func TestServesWhenNoServerIsReady(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	for _, s := range b.servers {
		fmt.Fprintln(s.commands, "unready")
	}
	b.until("no server is up", func() bool { return len(b.in(haproxystat.Stopping)) == 3 })
	if _, err := b.served(); err != nil {
		t.Errorf("no server is ready, and HAProxy did not ask one: %v", err)
	}
	for addr, w := range watches {
		if !w.alive() {
			t.Errorf("the watch on %s was cut", addr)
		}
	}
}

func TestCutsWatchesOfAServerThatHangsAfterAReload(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	old := b.haproxy
	b.startHAProxy("-sf", itoa(old.Process.Pid), "-x", b.socket())
	b.until("the new process answers", func() bool {
		return strings.Contains(b.ask("show info"), "Pid: "+itoa(b.haproxy.Process.Pid)+"\n") && b.allUp()
	})
	for addr, w := range watches {
		if !w.alive() {
			t.Errorf("the reload cut the watch on %s", addr)
		}
	}
	hung := b.servers[1]
	hung.signal(t, syscall.SIGSTOP)
	b.mustEnd(watches[hung.addr])
}
