package haproxylog_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
	"github.com/haplane/haplane/internal/haproxytest"
)

// patience is how long a test waits for anything that HAProxy does at once.
const patience = 20 * time.Second

// sink gathers one of HAProxy's logs.
type sink struct {
	name  string
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

func newSink(name string) *sink { return &sink{name: name, grown: make(chan struct{}, 1)} }

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	select {
	case s.grown <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until the log has a text n times.
func (s *sink) await(t *testing.T, n int, text string) {
	t.Helper()
	deadline := time.After(patience)
	for strings.Count(s.String(), text) < n {
		select {
		case <-s.grown:
		case <-deadline:
			t.Fatalf("%s: no %q (%d times) in:\n%s", s.name, text, n, s)
		}
	}
}

// receive gathers the datagrams of a syslog socket, and gives its address.
func (s *sink) receive(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		datagram := make([]byte, 1<<16)
		for {
			n, _, err := conn.ReadFrom(datagram)
			if err != nil {
				return
			}
			fmt.Fprintf(s, "%s\n", bytes.TrimSuffix(datagram[:n], []byte("\n")))
		}
	}()
	return conn.LocalAddr().String()
}

// balancer is a running HAProxy that logs to three sinks.
type balancer struct {
	raw, rfc3164, rfc5424 *sink
	config                string
	frontends             map[string]*net.TCPListener
	files                 []*os.File
}

func (b *balancer) sinks() []*sink { return []*sink{b.raw, b.rfc3164, b.rfc5424} }

func (b *balancer) await(t *testing.T, n int, text string) {
	t.Helper()
	for _, s := range b.sinks() {
		s.await(t, n, text)
	}
}

// newBalancer writes a configuration with a frontend for each of the backends,
// which are given as text, in the order of names.
func newBalancer(t *testing.T, names []string, backends string) *balancer {
	t.Helper()
	b := &balancer{
		raw: newSink("standard output"), rfc3164: newSink("RFC 3164"), rfc5424: newSink("RFC 5424"),
		frontends: map[string]*net.TCPListener{},
	}
	var config strings.Builder
	fmt.Fprintf(&config, `global
  log stdout format raw local0
  log %s format rfc3164 local0
  log %s format rfc5424 local0
defaults
  log global
  mode tcp
  option tcplog
  retries 0
  timeout connect 20s
  timeout client 20s
  timeout server 20s
  default-server inter 100ms fall 2 rise 2
`, b.rfc3164.receive(t), b.rfc5424.receive(t))
	for i, name := range names {
		fmt.Fprintf(&config, "frontend %s-front\n  bind fd@%d\n  default_backend %s\n", name, i+3, name)
		b.listen(t, name)
	}
	config.WriteString(backends)
	b.config = filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(b.config, []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// listen opens the socket of a frontend. HAProxy inherits it, so that clients
// may connect before HAProxy is up.
func (b *balancer) listen(t *testing.T, name string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	b.frontends[name] = l.(*net.TCPListener)
	b.files = append(b.files, file)
}

// start runs HAProxy until the test ends, or until the next one takes over.
func (b *balancer) start(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, haproxytest.Binary(t), append([]string{"-db", "-f", b.config}, args...)...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	cmd.ExtraFiles = b.files
	cmd.Stdout = b.raw
	cmd.Stderr = b.raw
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); cmd.Wait() })
	return cmd
}

// server is a TCP server that answers "hello" with its name, and breaks when it
// is told to.
type server struct {
	name string
	addr string
	l    net.Listener
}

// newServer starts a server on a loopback address of its own, so that nothing
// takes its port while it is stopped.
func newServer(t *testing.T, name string, host byte) *server {
	t.Helper()
	s := &server{name: name, addr: fmt.Sprintf("127.77.%d.%d:0", os.Getpid()%250, host)}
	s.start(t)
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.l, s.addr = l, l.Addr().String()
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn.(*net.TCPConn))
		}
	}()
}

// stop refuses connections from now on; those that are open stay.
func (s *server) stop() { s.l.Close() }

func (s *server) serve(conn *net.TCPConn) {
	defer conn.Close()
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch lines.Text() {
		case "hello":
			fmt.Fprintln(conn, s.name)
		case "reset":
			conn.SetLinger(0)
			return
		}
	}
}

// client is a connection to a frontend, and what it saw.
type client struct {
	t        *testing.T
	conn     *net.TCPConn
	address  netip.AddrPort
	began    time.Time
	ended    time.Time
	received int
	server   string
}

func (b *balancer) dial(t *testing.T, frontend string) *client {
	t.Helper()
	c := &client{t: t, began: time.Now()}
	conn, err := net.Dial("tcp", b.frontends[frontend].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c.conn = conn.(*net.TCPConn)
	c.conn.SetDeadline(time.Now().Add(patience))
	c.address = netip.MustParseAddrPort(conn.LocalAddr().String())
	return c
}

func (c *client) say(word string) {
	c.t.Helper()
	if _, err := fmt.Fprintln(c.conn, word); err != nil {
		c.t.Fatal(err)
	}
}

// hello asks for the server's name.
func (c *client) hello() *client {
	c.t.Helper()
	c.say("hello")
	name, err := bufio.NewReader(c.conn).ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	c.received += len(name)
	c.server = strings.TrimSpace(name)
	return c
}

// close closes the connection.
func (c *client) close() *client {
	c.conn.Close()
	c.ended = time.Now()
	return c
}

// abort resets the connection.
func (c *client) abort() *client {
	c.conn.SetLinger(0)
	return c.close()
}

// expire waits until the other side ends the connection.
func (c *client) expire() *client {
	c.t.Helper()
	n, err := io.Copy(io.Discard, c.conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatal("HAProxy has not closed the connection")
	}
	c.received += int(n)
	return c.close()
}

// fullServer gives the address of a server that is up but takes no connection:
// its queue is full and stays so.
func fullServer(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for {
		conn, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { conn.Close() })
	}
}

// TestSessionsAreWhatClientsSaw lets clients have every kind of session with
// real servers behind a real HAProxy.
func TestSessionsAreWhatClientsSaw(t *testing.T) {
	t.Parallel()
	good, killed := newServer(t, "good", 1), newServer(t, "killed", 2)
	gone := newServer(t, "gone", 3)
	gone.stop()
	b := newBalancer(t, []string{"good", "gone", "full", "killed"}, fmt.Sprintf(`
backend good
  timeout server 1s
  server good %s
backend gone
  server gone %s
backend full
  timeout connect 1s
  server full %s
backend killed
  server killed %s check on-marked-down shutdown-sessions
`, good.addr, gone.addr, fullServer(t), killed.addr))
	b.start(t)

	type want struct {
		saw     *client
		backend string
		// log is a pattern of the server and the termination state.
		log     string
		outcome haproxylog.Outcome
	}
	dial := func(frontend string) *client { return b.dial(t, frontend) }
	dying := dial("killed").hello()
	killed.stop()
	dying.expire()
	b.await(t, 1, "backend killed has no server available!")
	reset := dial("good").hello()
	reset.say("reset")
	hung, silent, full := dial("good"), dial("good").hello(), dial("full")
	sessions := map[string]want{
		"served":                        {dial("good").hello().close(), "good", "good --", haproxylog.Served},
		"reset by the client":           {dial("good").hello().abort(), "good", "good CD", haproxylog.Served},
		"left before a server answered": {dial("full").abort(), "full", "* C?", haproxylog.Abandoned},
		"never answered":                {hung.expire(), "good", "good sD", haproxylog.Failed},
		"answered, then silent":         {silent.expire(), "good", "good sD", haproxylog.TimedOut},
		"answered, then reset":          {reset.expire(), "good", "good SD", haproxylog.Cut},
		"refused":                       {dial("gone").expire(), "gone", "gone SC", haproxylog.Failed},
		"not accepted":                  {full.expire(), "full", "full sC", haproxylog.Failed},
		"cut because the server failed": {dying, "killed", "killed D-", haproxylog.Cut},
		"no server":                     {dial("killed").expire(), "killed", " SC", haproxylog.Failed},
	}
	for _, w := range sessions {
		b.await(t, 1, w.saw.address.String()+" [")
	}
	for _, sink := range b.sinks() {
		logged := map[netip.AddrPort]haproxylog.Session{}
		events, errs := read(t, &haproxylog.Reader{}, sink.String())
		if len(errs) > 0 {
			t.Errorf("%s: %v", sink.name, errs)
		}
		for _, e := range events {
			if e.Kind == haproxylog.KindSession {
				logged[e.Session.Client] = e.Session
			}
		}
		if len(logged) != len(sessions) {
			t.Errorf("%s: %d sessions, want %d", sink.name, len(logged), len(sessions))
		}
		for name, w := range sessions {
			s := logged[w.saw.address]
			got := []any{s.Frontend, s.Backend, s.Outcome(), s.Bytes}
			if diff := cmp.Diff([]any{w.backend + "-front", w.backend, w.outcome, int64(w.saw.received)}, got); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", sink.name, name, diff)
			}
			if ok, _ := path.Match(w.log, fmt.Sprintf("%s %v", s.Server, s.Termination)); !ok {
				t.Errorf("%s: %s: server %q, termination state %v, want %s", sink.name, name, s.Server, s.Termination, w.log)
			}
			if w.saw.server != "" && w.saw.server != s.Server {
				t.Errorf("%s: %s: the log names server %s, the client saw %s", sink.name, name, s.Server, w.saw.server)
			}
			if connected := w.saw.received > 0 || w.log == "good sD"; s.Connected() != connected {
				t.Errorf("%s: %s: connected %t, want %t", sink.name, name, s.Connected(), connected)
			}
			// HAProxy reads the clock once in a round of its event loop.
			const resolution = 50 * time.Millisecond
			if s.Accept.Before(w.saw.began.Add(-resolution)) || s.End().After(w.saw.ended.Add(time.Second)) {
				t.Errorf("%s: %s: from %v to %v, the client saw %v to %v", sink.name, name, s.Accept, s.End(), w.saw.began, w.saw.ended)
			}
		}
	}
}

// TestReportIsWhatHappened stops servers behind a real HAProxy that is reloaded
// in between.
func TestReportIsWhatHappened(t *testing.T) {
	t.Parallel()
	servers := []*server{newServer(t, "s1", 11), newServer(t, "s2", 12), newServer(t, "s3", 13)}
	backend := "backend api\n  balance roundrobin\n"
	for _, s := range servers {
		backend += fmt.Sprintf("  server %s %s check\n", s.name, s.addr)
	}
	b := newBalancer(t, []string{"api"}, backend)
	first := b.start(t)
	served := map[string]int{}
	ask := func(n int) {
		t.Helper()
		for range n {
			c := b.dial(t, "api").hello().close()
			b.await(t, 1, c.address.String()+" [")
			served[c.server]++
		}
	}

	ask(3)
	stopped := time.Now()
	servers[0].stop()
	b.await(t, 1, "Server api/s1 is DOWN")
	noticed := time.Now()
	ask(4)
	started := time.Now()
	servers[0].start(t)
	b.await(t, 1, "Server api/s1 is UP")
	back := time.Now()
	ask(3)
	second := b.start(t, "-sf", fmt.Sprint(first.Process.Pid))
	if err := first.Wait(); err != nil {
		t.Fatalf("the first HAProxy: %v", err)
	}
	ask(3)
	for _, sink := range b.sinks() {
		t.Run("one server away, "+sink.name, func(t *testing.T) {
			r := report(t, sink)
			if r.Verdict != haproxylog.WentOn || len(r.Outages) != 1 || len(r.Losses) != 0 {
				t.Fatalf("want one outage in which the service went on:\n%s\nlog:\n%s", r, sink)
			}
			o := r.Outages[0]
			if o.Server != "s1" || o.State != haproxylog.Down || o.Ongoing || o.Served != 4 || o.Hurt != 0 || o.OthersUp != 2 {
				t.Errorf("want s1 down while the others served 4:\n%s", r)
			}
			if o.Cause.Reason != "Layer4 connection problem" || o.Cause.Info != "Connection refused" {
				t.Errorf("cause %q", o.Cause)
			}
			// RFC 3164 stamps have whole seconds, and standard output none.
			const resolution = time.Second
			if !o.Estimated {
				between(t, "the start", o.Span.Start, stopped.Add(-resolution), noticed)
				between(t, "the end", o.Span.End, started.Add(-resolution), back)
			}
			got := map[string]int{}
			for _, s := range r.Servers {
				got[s.Server] = s.Served
			}
			if diff := cmp.Diff(served, got); diff != "" {
				t.Errorf("sessions of the servers (-clients saw +got):\n%s", diff)
			}
			if sink != b.raw {
				checkProcesses(t, r, first.Process.Pid, second.Process.Pid)
			}
		})
	}

	for _, s := range servers {
		s.stop()
	}
	b.await(t, 1, "backend api has no server available!")
	b.dial(t, "api").expire()
	b.await(t, 1, "api/<NOSRV>")
	for _, s := range servers {
		s.start(t)
	}
	b.await(t, 2, "Server api/s1 is UP")
	b.await(t, 1, "Server api/s2 is UP")
	b.await(t, 1, "Server api/s3 is UP")
	ask(1)
	for _, sink := range b.sinks() {
		t.Run("all servers away, "+sink.name, func(t *testing.T) {
			r := report(t, sink)
			if r.Verdict != haproxylog.Lost || len(r.Outages) != 4 || len(r.Losses) != 1 {
				t.Fatalf("want the service lost once:\n%s", r)
			}
			if l := r.Losses[0]; l.Backend != "api" || l.Hurt != 1 || l.Ongoing {
				t.Errorf("loss %+v, want one of api that hurt one session and ended", l)
			}
		})
	}
}

func report(t *testing.T, s *sink) *haproxylog.Report {
	t.Helper()
	r, err := (&haproxylog.Reader{Source: strings.NewReader(s.String())}).Report()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func between(t *testing.T, what string, got, from, to time.Time) {
	t.Helper()
	if got.Before(from) || got.After(to) {
		t.Errorf("%s is %v, want it between %v and %v", what, got, from, to)
	}
}

func checkProcesses(t *testing.T, r *haproxylog.Report, pids ...int) {
	t.Helper()
	var got []int
	for _, p := range r.Processes {
		got = append(got, p.PID)
	}
	if diff := cmp.Diff(pids, got); diff != "" {
		t.Errorf("processes (-want +got):\n%s", diff)
	}
}
