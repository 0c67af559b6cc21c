package haproxycfg

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxystat"
)

// mustCut waits until the watch on a server is cut, and tells of each other one
// that was.
func (b *bed) mustCut(watches map[string]*watch, dead *apiServer) {
	b.t.Helper()
	select {
	case <-watches[dead.addr].done:
	case <-time.After(40 * time.Second):
		b.t.Fatalf("the watch on %s was never cut: %+v\n%s", dead.addr, b.main(), b.logged())
	}
	for addr, w := range watches {
		if addr != dead.addr && !w.alive() {
			b.t.Errorf("the watch on %s, which lives, was cut:\n%s", addr, b.logged())
		}
	}
}

// mustKeep tells of watches that were cut; those on servers that are silent
// have nothing to say.
func (b *bed) mustKeep(watches map[string]*watch, silent ...*apiServer) {
	b.t.Helper()
	for addr, w := range watches {
		if slices.ContainsFunc(silent, func(s *apiServer) bool { return s.addr == addr }) {
			select {
			case <-w.done:
				b.t.Errorf("the watch on %s was cut:\n%s", addr, b.logged())
			default:
			}
		} else if !w.alive() {
			b.t.Errorf("the watch on %s was cut:\n%s", addr, b.logged())
		}
	}
}

// TestCutsWatchesOfAServerThatIsSilent is the reason for marking a silent
// server down: a client of a dead connection learns of it. The log says why.
func TestCutsWatchesOfAServerThatIsSilent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail, heal func(t *testing.T, s *apiServer)
		cause      string
	}{
		"because it hangs": {
			func(t *testing.T, s *apiServer) { s.signal(t, syscall.SIGSTOP) },
			func(t *testing.T, s *apiServer) { s.signal(t, syscall.SIGCONT) },
			"no connection or TLS handshake in time",
		},
		"because it is cut off": {
			func(t *testing.T, s *apiServer) { s.cutOff(t) },
			nil,
			"no connection or TLS handshake in time",
		},
		"because its etcd hangs": {
			func(t *testing.T, s *apiServer) { s.tell(t, "etcd") },
			func(t *testing.T, s *apiServer) { s.tell(t, "etcd goes on") },
			"no answer in time",
		},
		"because it is slow": {
			func(t *testing.T, s *apiServer) { s.tell(t, "slow 1s") },
			func(t *testing.T, s *apiServer) { s.tell(t, "slow 0s") },
			"no answer in time",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			watches := b.watches()
			dead := b.servers[1]
			c.fail(t, dead)
			b.mustCut(watches, dead)
			for range 6 {
				if addr, err := b.served(); err != nil || addr == dead.addr {
					t.Errorf("served by %q, %v", addr, err)
				}
			}
			down := `Server kube-apiservers/cp-2 is DOWN, reason: Layer7 wrong status, code: 504, info: "` + c.cause + `"`
			if !strings.Contains(b.logged(), down) {
				t.Errorf("the log does not say %q:\n%s", c.cause, b.logged())
			}
			if c.heal != nil {
				c.heal(t, dead)
				b.until("the server is up again", b.allUp)
			}
		})
	}
}

// TestServersLoseNewConnectionsBeforeTheyGoDown keeps those away who would be
// cut with the server, and gives those who are connecting time to go elsewhere.
func TestServersLoseNewConnectionsBeforeTheyGoDown(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	hung := b.servers[1]
	hung.signal(t, syscall.SIGSTOP)
	b.until("it is stopping", func() bool { return slices.Equal(b.in(haproxystat.Stopping), []string{hung.name}) })
	began := time.Now()
	b.until("it is down", func() bool { return slices.Equal(b.in(haproxystat.Down), []string{hung.name}) })
	if passed := time.Since(began); passed < connectTimeout {
		t.Errorf("it went down %s after it was stopping, want at least %s", passed, connectTimeout)
	}
}

func TestCutsNothingWhenASilenceIsShort(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	hung := b.servers[1]
	hung.signal(t, syscall.SIGSTOP)
	b.until("it is stopping", func() bool { return slices.Equal(b.in(haproxystat.Stopping), []string{hung.name}) })
	hung.signal(t, syscall.SIGCONT)
	b.until("all servers are up", b.allUp)
	b.mustKeep(watches)
}

func TestNeverCutsTheOnlyServer(t *testing.T) {
	t.Parallel()
	b := newBedOf(t, 1, APIServers{})
	watches := b.watches()
	only := b.servers[0]
	only.signal(t, syscall.SIGSTOP)
	b.until("it is stopping", func() bool { return len(b.in(haproxystat.Stopping)) == 1 })
	<-time.After(4 * (checkInterval + probeTimeout))
	if down := b.in(haproxystat.Down); down != nil {
		t.Errorf("%q are down", down)
	}
	only.signal(t, syscall.SIGCONT)
	b.mustKeep(watches)
}

func TestLeavesEstablishedWatchesToAServerThatDrains(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	drained := b.servers[2]
	drained.tell(t, "drain")
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
	b.mustKeep(watches)
	if text := b.logged(); !strings.Contains(text, `code: 503, info: "refuses connections"`) {
		t.Errorf("the log does not say that it refuses connections:\n%s", text)
	}
}

// TestADrainingServerDoesNotHideAnotherThatHangs has one server that refuses
// connections for long: it counts neither among those that are well nor among
// those that are slow.
func TestADrainingServerDoesNotHideAnotherThatHangs(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	b.servers[2].tell(t, "drain")
	b.until("one is stopping", func() bool { return len(b.in(haproxystat.Stopping)) == 1 })
	b.servers[1].signal(t, syscall.SIGSTOP)
	b.mustCut(watches, b.servers[1])
}

func TestWhoDiesLosesItsConnectionsAndIsNotUsed(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	dead := b.servers[0]
	dead.signal(t, os.Kill)
	b.mustCut(watches, dead)
	b.until("it gets no new connections", func() bool { return slices.Equal(b.in(haproxystat.Stopping), []string{dead.name}) })
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
	<-time.After(4 * (checkInterval + probeTimeout))
	if down := b.in(haproxystat.Down); down != nil {
		t.Errorf("%q are down", down)
	}
	for _, s := range b.servers {
		s.signal(t, syscall.SIGCONT)
	}
	if err := <-answer; err != nil {
		t.Errorf("the connection of the silence was lost: %v", err)
	}
	b.mustKeep(watches)
	b.until("all servers are up again", b.allUp)
}

// TestCutsNothingWhenEtcdStallsEverywhere has one server come back later than
// the others, when they have just answered.
func TestCutsNothingWhenEtcdStallsEverywhere(t *testing.T) {
	t.Parallel()
	for name, stall := range map[string]time.Duration{
		"for less than a second":  950 * time.Millisecond,
		"for a second and a half": 1500 * time.Millisecond,
		"for three seconds":       3 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBedOf(t, 3, APIServers{AlwaysRead: true})
			watches := b.watches()
			for _, s := range b.servers {
				s.tell(t, "etcd")
			}
			<-time.After(stall)
			for _, s := range b.servers[1:] {
				s.tell(t, "etcd goes on")
			}
			<-time.After(700 * time.Millisecond)
			b.servers[0].tell(t, "etcd goes on")
			b.until("all servers are up", b.allUp)
			b.mustKeep(watches)
		})
	}
}

// TestCutsNothingWhenOnlyOneShowsThatEtcdStalls is about /readyz, which repeats
// an old answer to all but one of those who ask.
func TestCutsNothingWhenOnlyOneShowsThatEtcdStalls(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	for _, s := range b.servers[1:] {
		s.tell(t, "etcd unseen")
	}
	b.servers[0].tell(t, "slow 1s")
	b.until("no server is up", func() bool { return len(b.in(haproxystat.Up)) == 0 })
	<-time.After(silenceMemory)
	if down := b.in(haproxystat.Down); down != nil {
		t.Errorf("%q are down:\n%s", down, b.logged())
	}
	for _, s := range b.servers {
		s.tell(t, "etcd goes on")
		s.tell(t, "slow 0s")
	}
	b.until("all servers are up", b.allUp)
	b.mustKeep(watches)
}

// TestCutsNothingWhileOthersWereSlowLately is about an overload: a server that
// is silent when the others are well again counts as one of many, for a while.
func TestCutsNothingWhileOthersWereSlowLately(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	for _, s := range b.servers {
		s.signal(t, syscall.SIGSTOP)
	}
	b.until("no server is up", func() bool { return len(b.in(haproxystat.Up)) == 0 })
	silent := b.servers[0]
	for _, s := range b.servers[1:] {
		s.signal(t, syscall.SIGCONT)
	}
	<-time.After(silenceMemory - 4*silenceSlack)
	if down := b.in(haproxystat.Down); down != nil {
		t.Errorf("%q are down:\n%s", down, b.logged())
	}
	b.mustKeep(watches, silent)
	// When the others have been well for long enough, it is alone.
	b.mustCut(watches, silent)
}

func TestServesWhenNoServerIsReady(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	for _, s := range b.servers {
		s.tell(t, "unready")
	}
	b.until("no server is up", func() bool { return len(b.in(haproxystat.Stopping)) == 3 })
	if _, err := b.served(); err != nil {
		t.Errorf("no server is ready, and HAProxy did not ask one: %v", err)
	}
	b.mustKeep(watches)
}

// TestSupervisesServersThatRefuseAnonymousRequests has anonymous-auth off: that
// a server answers is all that can be known.
func TestSupervisesServersThatRefuseAnonymousRequests(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	for _, s := range b.servers {
		s.tell(t, "anonymous off")
	}
	<-time.After(3 * checkInterval)
	if !b.allUp() {
		t.Errorf("not all are up: %+v", b.main())
	}
	b.servers[0].signal(t, syscall.SIGSTOP)
	b.mustCut(watches, b.servers[0])
}

// TestACertificateOfAnotherNameCostsSupervisionAndNotService has a server whose
// certificate does not hold the name that is verified.
func TestACertificateOfAnotherNameCostsSupervisionAndNotService(t *testing.T) {
	t.Parallel()
	lb := APIServers{ServerName: "another.example.org"}
	b := bareBed(t, 2, &lb)
	b.write(lb.Config().Bytes())
	b.startHAProxy()
	b.until("no server is up", func() bool { return len(b.in(haproxystat.Stopping)) == 2 })
	if _, err := b.served(); err != nil {
		t.Errorf("HAProxy did not serve: %v", err)
	}
	if text := b.logged(); !strings.Contains(text, `info: "TLS fails, see its certificate"`) {
		t.Errorf("the log does not say that the certificate is wrong:\n%s", text)
	}
}

func TestCutsWatchesOfAServerThatHangsAfterAReload(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	b.reload()
	b.mustKeep(watches)
	b.servers[1].signal(t, syscall.SIGSTOP)
	b.mustCut(watches, b.servers[1])
}

// reload starts a new process that takes over from the old one, as systemd and
// the master do it.
func (b *bed) reload() {
	b.t.Helper()
	b.startHAProxy("-sf", itoa(b.haproxy.Process.Pid), "-x", b.socket())
	b.until("the new process answers", func() bool {
		return strings.Contains(b.ask("show info"), "Pid: "+itoa(b.haproxy.Process.Pid)+"\n") && b.allUp()
	})
}

// TestAReloadThatFailsCutsNothing has a new configuration that `haproxy -c`
// takes and that cannot start, because a port is in use: the old process pauses
// its listeners meanwhile.
func TestAReloadThatFailsCutsNothing(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	watches := b.watches()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	path := filepath.Join(b.dir, "haproxy.cfg")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b.write(append(text, "\nlisten clash\n    bind "+taken.Addr().String()+"\n"...))
	old := b.haproxy
	b.startHAProxy("-sf", itoa(old.Process.Pid), "-x", b.socket())
	if err := b.haproxy.Wait(); err == nil {
		t.Fatalf("the new process started:\n%s", b.logged())
	}
	<-time.After(2 * time.Second)
	if !b.allUp() {
		t.Errorf("not all are up: %+v\n%s", b.main(), b.logged())
	}
	b.mustKeep(watches)
	if _, err := b.served(); err != nil {
		t.Error(err)
	}
}

// TestAnOperatorsWordStays has an operator take a server out in each of the ways
// that there are.
func TestAnOperatorsWordStays(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.ask("set server kube-apiservers/cp-1 weight 0")
	b.ask("set server kube-apiservers/cp-2 state drain")
	<-time.After(10 * checkInterval)
	servers := b.main()
	if servers[0].Weight != 0 || servers[1].State != haproxystat.Draining {
		t.Errorf("the operator was overruled: %+v", servers)
	}
}
