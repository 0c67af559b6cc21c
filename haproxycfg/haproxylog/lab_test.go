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
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

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

// balancer is a running HAProxy that logs to three sinks, and warns on standard
// error.
type balancer struct {
	raw, rfc3164, rfc5424 *sink
	stderr                *sink
	config                string
	frontends             map[string]*net.TCPListener
	files                 []*os.File
	clients               byte
}

func (b *balancer) sinks() []*sink { return []*sink{b.raw, b.rfc3164, b.rfc5424} }

// logs gives what every sink has by now, by its name.
func (b *balancer) logs() map[string]string {
	logs := map[string]string{}
	for _, s := range b.sinks() {
		logs[s.name] = s.String()
	}
	return logs
}

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
		stderr: newSink("standard error"),
		raw:    newSink("standard output"), rfc3164: newSink("RFC 3164"), rfc5424: newSink("RFC 5424"),
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
	cmd.Stderr = b.stderr
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

// dial connects to a frontend from a loopback address of the client's own, so
// that the address names the client.
func (b *balancer) dial(t *testing.T, frontend string) *client {
	t.Helper()
	b.clients++
	c := &client{t: t, began: time.Now()}
	from := &net.TCPAddr{IP: net.IPv4(127, 78, 0, b.clients)}
	conn, err := (&net.Dialer{LocalAddr: from}).Dial("tcp", b.frontends[frontend].Addr().String())
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
