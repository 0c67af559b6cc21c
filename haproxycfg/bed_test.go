package haproxycfg

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
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
	if length := os.Getenv("HAPLANE_TEST_COMPUTE"); length != "" {
		compute(length)
		return
	}
	os.Exit(m.Run())
}

// serve answers like an API server: /readyz, a read from etcd, a watch that says
// its name again and again, /slow after five seconds, and / with its name. What
// it reads on stdin makes it fail: "unready" fails /readyz, "drain" also closes the listener and
// lets what is established end, "etcd" hangs its etcd and "etcd goes on" ends
// that, "etcd unseen" hangs it so that /readyz does not notice, as when somebody else is the one who
// waits for it, "slow 600ms" has it wait before it answers, "anonymous off" refuses
// everybody, "deaf" takes no new connections from the kernel. "count" prints
// how many handshakes and requests there were.
func serve(addr, pair string) {
	s := &standIn{addr: addr}
	go s.member.beAskedByTheKubelet()
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", s.readyz)
	mux.HandleFunc(readPath, s.read)
	mux.HandleFunc("/watch", s.watch)
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		<-time.After(5 * time.Second)
		fmt.Fprint(w, addr)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.member.read(r.Context())
		fmt.Fprint(w, addr)
	})
	server := &http.Server{Addr: addr, Handler: mux, ErrorLog: log.New(io.Discard, "", 0), TLSConfig: &tls.Config{
		VerifyConnection: func(tls.ConnectionState) error {
			s.handshakes.Add(1)
			return nil
		},
	}}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		if err := server.ServeTLS(listener, pair, pair); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}()
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		s.obey(commands.Text(), server, listener.(*net.TCPListener))
	}
}

// standIn is the state of such a server.
type standIn struct {
	addr                       string
	member                     etcd
	unready, locked            atomic.Bool
	delay                      atomic.Int64
	handshakes, reads, readyzs atomic.Int64
}

func (s *standIn) obey(command string, server *http.Server, listener *net.TCPListener) {
	word, argument, _ := strings.Cut(command, " ")
	switch {
	case command == "count":
		fmt.Println(s.handshakes.Load(), s.readyzs.Load(), s.reads.Load())
	case command == "etcd":
		s.member.hangs.Store(true)
	case command == "etcd goes on":
		s.member.hangs.Store(false)
		s.member.unseen.Store(false)
	case command == "etcd unseen":
		s.member.unseen.Store(true)
		s.member.hangs.Store(true)
	case command == "anonymous off":
		s.locked.Store(true)
	case command == "ready":
		s.unready.Store(false)
	case command == "drain":
		s.unready.Store(true)
		go server.Shutdown(context.Background())
	case command == "deaf":
		raw, err := listener.SyscallConn()
		if err != nil {
			log.Fatal(err)
		}
		raw.Control(func(fd uintptr) { syscall.Listen(int(fd), 0) })
	case word == "slow":
		delay, err := time.ParseDuration(argument)
		if err != nil {
			log.Fatal(err)
		}
		s.delay.Store(int64(delay))
	case command == "unready":
		s.unready.Store(true)
	default:
		log.Fatalf("no command %q", command)
	}
}

// answer waits as it was told, and tells whether anonymous requests are
// answered.
func (s *standIn) answer(w http.ResponseWriter) bool {
	<-time.After(time.Duration(s.delay.Load()))
	if s.locked.Load() {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return false
	}
	return true
}

func (s *standIn) readyz(w http.ResponseWriter, r *http.Request) {
	s.readyzs.Add(1)
	if !s.answer(w) {
		return
	}
	switch err := s.member.health(); {
	case s.unready.Load():
		http.Error(w, "[-]shutdown failed: reason withheld", http.StatusInternalServerError)
	case err != nil:
		http.Error(w, "[+]ping ok\n[-]etcd failed: reason withheld\n", http.StatusInternalServerError)
	}
}

func (s *standIn) read(w http.ResponseWriter, r *http.Request) {
	s.reads.Add(1)
	if !s.answer(w) {
		return
	}
	s.member.read(r.Context())
	http.Error(w, "configmaps \"cluster-info\" not found", http.StatusNotFound)
}

func (s *standIn) watch(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if !s.member.hangs.Load() {
			fmt.Fprintln(w, s.addr)
			w.(http.Flusher).Flush()
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// etcd is a kube-apiserver's view of its etcd's health: it asks at most once a
// second, waits for two, and repeats the last result to everybody else.
type etcd struct {
	hangs atomic.Bool
	// unseen has its health look as it was.
	unseen atomic.Bool
	mu     sync.Mutex
	asked  time.Time
	last   error
}

func (e *etcd) health() error {
	e.mu.Lock()
	if e.unseen.Load() || time.Since(e.asked) < time.Second {
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
	answers    *bufio.Reader
}

func (s *apiServer) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

func (s *apiServer) tell(t *testing.T, command string) {
	t.Helper()
	if _, err := fmt.Fprintln(s.commands, command); err != nil {
		t.Fatal(err)
	}
}

// counted is what a server has been asked.
type counted struct{ handshakes, readyzs, reads int }

func (s *apiServer) count(t *testing.T) counted {
	t.Helper()
	s.tell(t, "count")
	var c counted
	if _, err := fmt.Fscanln(s.answers, &c.handshakes, &c.readyzs, &c.reads); err != nil {
		t.Fatal(err)
	}
	return c
}

// cutOff has the server vanish as a machine does whose cable is out: nothing that
// is sent to it is answered, a connection least of all.
func (s *apiServer) cutOff(t *testing.T) {
	t.Helper()
	s.tell(t, "deaf")
	s.count(t) // so that it has been told
	s.signal(t, syscall.SIGSTOP)
	for range 100 {
		c, err := net.DialTimeout("tcp", s.addr, 200*time.Millisecond)
		if err != nil {
			return
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the kernel goes on taking connections for a server that is deaf")
}

// bed is API servers behind a real HAProxy with our configuration.
type bed struct {
	t       *testing.T
	servers []*apiServer
	url     string
	dir     string
	binary  string
	haproxy *exec.Cmd
	log     *os.File
}

func newBed(t *testing.T) *bed { return newBedOf(t, 3, APIServers{}) }

// newBedOf makes a bed of a size, with what a description says beside its
// servers and addresses.
func newBedOf(t *testing.T, size int, lb APIServers) *bed {
	t.Helper()
	b := bareBed(t, size, &lb)
	if err := lb.Validate(); err != nil {
		t.Fatal(err)
	}
	b.write(lb.Config().Bytes())
	b.startHAProxy()
	b.until("all servers are up", b.allUp)
	return b
}

// bareBed makes the servers, and fills in where they are; HAProxy has no
// configuration yet.
func bareBed(t *testing.T, size int, lb *APIServers) *bed {
	t.Helper()
	dir, err := os.MkdirTemp("", "haplane")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ca, pair := writeCertificates(t, dir)
	binary := binaries(t)
	// The last of those that judge, so that each is run once.
	b := &bed{t: t, dir: dir, binary: binary[len(binary)-1]}
	if b.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.log.Close() })
	ports := freePorts(t, 1+size)
	lb.Listen, lb.Port, lb.RunDir = []netip.Addr{netip.MustParseAddr("127.0.0.1")}, ports[size], dir
	lb.CAFile = ca
	for i := range size {
		s := b.startServer(fmt.Sprintf("cp-%d", i+1), fmt.Sprintf("127.0.0.1:%d", ports[i]), pair)
		b.servers = append(b.servers, s)
		lb.Servers = append(lb.Servers, APIServer{Name: s.name, Host: "127.0.0.1", Port: ports[i]})
	}
	b.url = fmt.Sprintf("https://127.0.0.1:%d", lb.Port)
	return b
}

func (b *bed) write(config []byte) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, "haproxy.cfg"), config, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// logged returns what HAProxy has written.
func (b *bed) logged() string {
	text, err := os.ReadFile(b.log.Name())
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
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
	answers, err := process.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	process.Stderr = os.Stderr
	b.start(process)
	return &apiServer{name: name, addr: addr, process: process, commands: commands, answers: bufio.NewReader(answers)}
}

func (b *bed) startHAProxy(args ...string) {
	b.t.Helper()
	b.haproxy = exec.Command(b.binary, append([]string{"-db", "-f", filepath.Join(b.dir, "haproxy.cfg")}, args...)...)
	b.haproxy.Stdout, b.haproxy.Stderr = b.log, b.log
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

func (b *bed) socket() string { return filepath.Join(b.dir, "admin.sock") }

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
