package etcd

import (
	"bytes"
	"io"
	"net"
	"regexp"
	"strconv"
	"sync"
	"testing"
)

// network is the members' peer ports. Each has a proxy in front of it, which
// the members advertise, so that a member can be cut off from the others while
// its client port answers, without root.
type network struct {
	mu       sync.Mutex
	isolated map[uint64]bool
	links    map[*link]bool
	wg       sync.WaitGroup
}

// link is one connection between two members.
type link struct {
	from, to uint64 // 0 while it is not known
	in, out  net.Conn
}

func newNetwork(t *testing.T) *network {
	n := &network{isolated: map[uint64]bool{}, links: map[*link]bool{}}
	t.Cleanup(n.wg.Wait)
	return n
}

// front is the proxy before one member's peer port.
type front struct {
	*network
	listener net.Listener
	target   string
	id       uint64 // guarded by network.mu; 0 while it is not known
}

func (n *network) newFront(t *testing.T, target string) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{network: n, listener: l, target: target}
	n.wg.Go(f.serve)
	t.Cleanup(func() {
		l.Close()
		n.closeLinks(func(*link) bool { return true })
	})
	return f
}

func (f *front) addr() string { return f.listener.Addr().String() }

func (f *front) setID(id uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.id = id
}

func (f *front) serve() {
	for {
		in, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.wg.Go(func() { f.connect(in) })
	}
}

func (f *front) connect(in net.Conn) {
	defer in.Close()
	out, err := net.Dial("tcp", f.target)
	if err != nil {
		return
	}
	defer out.Close()
	l := &link{in: in, out: out}
	f.mu.Lock()
	l.to = f.id
	f.links[l] = true
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.links, l)
	}()
	f.wg.Go(func() {
		io.Copy(in, out)
		in.Close()
	})
	f.passRequests(l)
}

// sender is the header by which a member tells its peers who it is.
var sender = regexp.MustCompile(`(?i)\r\nX-Server-From: ([0-9a-f]+)\r\n`)

// passRequests passes requests on. Nothing of a cut off member comes through.
func (f *front) passRequests(l *link) {
	buf := make([]byte, 64<<10)
	for {
		n, err := l.in.Read(buf)
		if n > 0 {
			f.learn(l, buf[:n])
			if f.isCut(l) {
				return
			}
			if _, err := l.out.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// learn finds out who sends. A request's header comes in one piece: it is
// written at once and is small.
func (f *front) learn(l *link, data []byte) {
	if l.from != 0 || !bytes.Contains(data, []byte("HTTP/1.1")) {
		return
	}
	if m := sender.FindSubmatch(data); m != nil {
		id, err := strconv.ParseUint(string(m[1]), 16, 64)
		if err == nil {
			f.mu.Lock()
			l.from = id
			f.mu.Unlock()
		}
	}
}

func (n *network) isCut(l *link) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.isolated[l.from] || n.isolated[l.to]
}

// isolate cuts members off from all others.
func (n *network) isolate(ids ...uint64) {
	n.mu.Lock()
	for _, id := range ids {
		n.isolated[id] = true
	}
	n.mu.Unlock()
	n.closeLinks(func(l *link) bool { return n.isolated[l.from] || n.isolated[l.to] })
}

// join lets all members reach each other again.
func (n *network) join() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.isolated)
}

func (n *network) closeLinks(match func(*link) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for l := range n.links {
		if match(l) {
			l.in.Close()
			l.out.Close()
		}
	}
}
