package haproxycfg

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAsksHalfAsOftenAsBefore counts, at the servers, what the checks ask them in
// steady state. Before, a server saw 7.8 handshakes, 3.9 questions for /readyz
// and 3.9 reads a second.
func TestAsksHalfAsOftenAsBefore(t *testing.T) {
	t.Parallel()
	const handshakes, requests = 7.8 / 2, (3.9 + 3.9) / 2
	for _, size := range []int{3, 5, 7} {
		t.Run(fmt.Sprintf("%d servers", size), func(t *testing.T) {
			t.Parallel()
			b := newBedOf(t, size, APIServers{})
			began := time.Now()
			before := b.counts()
			<-time.After(6 * time.Second)
			passed := time.Since(began).Seconds()
			for i, c := range b.counts() {
				rate := func(now, then int) float64 { return float64(now-then) / passed }
				shakes, readyzs, reads := rate(c.handshakes, before[i].handshakes), rate(c.readyzs, before[i].readyzs), rate(c.reads, before[i].reads)
				t.Logf("cp-%d: %.2f handshakes, %.2f /readyz and %.2f reads a second", i+1, shakes, readyzs, reads)
				if shakes > handshakes || readyzs+reads > requests {
					t.Errorf("that is more than half of what it was")
				}
				if readyzs < 1 {
					t.Errorf("a server is asked less than once a second")
				}
			}
			if !b.allUp() {
				t.Errorf("not all are up: %+v\n%s", b.main(), b.logged())
			}
		})
	}
}

func (b *bed) counts() []counted {
	var all []counted
	for _, s := range b.servers {
		all = append(all, s.count(b.t))
	}
	return all
}

// TestConnectionsWithoutAByteHarmNobody has clients that only connect, from one
// address and then from many.
func TestConnectionsWithoutAByteHarmNobody(t *testing.T) {
	t.Parallel()
	const limit = 200
	for name, sources := range map[string]int{"from one address": 1, "from many addresses": 8} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBedOf(t, 3, APIServers{MaxConn: limit})
			watches := b.watches()
			for i := range 2 * limit {
				go b.connectFrom(netip.AddrFrom4([4]byte{127, 0, 1, byte(1 + i%sources)}))
			}
			ours := limit / 4
			if sources > 1 {
				ours = limit - len(watches)
			}
			b.until("they have what they can get", func() bool {
				return strings.Contains(b.ask("show info"), "\n") && b.sessions() >= ours
			})
			for range 10 {
				<-time.After(2 * checkInterval)
				if !b.allUp() {
					t.Fatalf("a server went down: %+v\n%s", b.main(), b.logged())
				}
			}
			b.mustKeep(watches)
			if sources > 1 {
				return
			}
			for range 6 {
				if _, err := b.served(); err != nil {
					t.Errorf("another client is not served: %v", err)
				}
			}
		})
	}
}

// connectFrom opens a connection that says nothing, until the test is over.
// HAProxy may leave it in the kernel's queue, or close it.
func (b *bed) connectFrom(source netip.Addr) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: source.AsSlice()}}
	c, err := dialer.DialContext(b.t.Context(), "tcp", strings.TrimPrefix(b.url, "https://"))
	if err != nil {
		return
	}
	<-b.t.Context().Done()
	c.Close()
}

// sessions counts those of our frontend.
func (b *bed) sessions() int {
	return strings.Count(b.ask("show sess"), "fe=kube-apiserver ")
}

// TestPassesNothingOfTheAskersOn talks to the probe's socket as its owner could.
func TestPassesNothingOfTheAskersOn(t *testing.T) {
	t.Parallel()
	var asked requests
	lb := APIServers{}
	b := bareBed(t, 1, &lb)
	lb.Servers = []APIServer{{Name: "cp-1", Host: "127.0.0.1", Port: b.serveWith(&asked)}}
	b.write(lb.Config().Bytes())
	b.startHAProxy()
	b.until("it is up", b.allUp)
	socket := lb.WithDefaults().probeSocket(lb.RunDir)
	for _, path := range []string{"/cp-1/ready?timeout=1s&x=y", "/cp-1/read?watch=true", "/cp-1/../../secrets/read"} {
		c, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: elsewhere\r\nX-Mark: mine\r\nAuthorization: Bearer secret\r\nImpersonate-User: admin\r\n"+
			"X-Remote-User: admin\r\nX-Haproxy-Server-State: NOLB; name=x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nCookie: a=b\r\n\r\n", path)
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		answer.Body.Close()
		c.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	reads := 0
	for _, r := range asked.all() {
		if r.URL.RawQuery != "" || r.Host != "kubernetes" || r.URL.Path != readyPath && r.URL.Path != readPath {
			t.Errorf("the server was asked for %s of %s", r.URL, r.Host)
		}
		if len(r.Header) != 0 {
			t.Errorf("the server got the headers %v", r.Header)
		}
		if r.URL.Path == readPath {
			reads++
		}
	}
	if reads < 2 {
		t.Errorf("the server was asked to read %d times, want what this test has asked", reads)
	}
}

// requests are what a server was asked.
type requests struct {
	mu   sync.Mutex
	list []*http.Request
}

func (q *requests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list = append(q.list, r)
}

func (q *requests) all() []*http.Request {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.list)
}

// serveWith starts an API server in this process and returns its port.
func (b *bed) serveWith(handler http.Handler) uint16 {
	b.t.Helper()
	path := filepath.Join(b.dir, "server.pem")
	pair, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		b.t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		b.t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	go server.Serve(l)
	b.t.Cleanup(func() { server.Close() })
	return uint16(l.Addr().(*net.TCPAddr).Port)
}
