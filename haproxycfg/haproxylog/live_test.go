package haproxylog_test

import (
	"fmt"
	"maps"
	"net/netip"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

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
		"cut because the server failed": {dying, "killed", "killed D?", haproxylog.Cut},
		"no server":                     {dial("killed").expire(), "killed", " SC", haproxylog.Failed},
	}
	for _, w := range sessions {
		b.await(t, 1, w.saw.address.String()+" [")
	}
	for log, text := range b.logs() {
		logged := map[netip.AddrPort]haproxylog.Session{}
		events, errs := read(t, &haproxylog.Reader{}, text)
		if len(errs) > 0 {
			t.Errorf("%s: %v", log, errs)
		}
		for _, e := range events {
			if e.Session != nil {
				logged[e.Session.Client] = *e.Session
			}
		}
		if len(logged) != len(sessions) {
			t.Errorf("%s: %d sessions, want %d:\n%s", log, len(logged), len(sessions), text)
		}
		for name, w := range sessions {
			s := logged[w.saw.address]
			got := []any{s.Frontend, s.Backend, s.Outcome(), s.Bytes}
			if diff := cmp.Diff([]any{w.backend + "-front", w.backend, w.outcome, int64(w.saw.received)}, got); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", log, name, diff)
			}
			if ok, _ := path.Match(w.log, fmt.Sprintf("%s %v", s.Server, s.Termination)); !ok {
				t.Errorf("%s: %s: server %q, termination state %v, want %s", log, name, s.Server, s.Termination, w.log)
			}
			if w.saw.server != "" && w.saw.server != s.Server {
				t.Errorf("%s: %s: the log names server %s, the client saw %s", log, name, s.Server, w.saw.server)
			}
			if connected := w.saw.received > 0 || w.log == "good sD"; connected != (s.Connect >= 0) {
				t.Errorf("%s: %s: connected after %v, want it connected: %t", log, name, s.Connect, connected)
			}
			// HAProxy reads the clock once in a round of its event loop.
			const resolution = 50 * time.Millisecond
			if s.Accept.Before(w.saw.began.Add(-resolution)) || s.End().After(w.saw.ended.Add(time.Second)) {
				t.Errorf("%s: %s: from %v to %v, the client saw %v to %v", log, name, s.Accept, s.End(), w.saw.began, w.saw.ended)
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
	b.stderr.await(t, 1, "Server api/s1 is UP")
	if diff := cmp.Diff(changesIn(t, b.raw.String()), changesIn(t, b.stderr.String())); diff != "" {
		t.Errorf("changes of state (-standard output +standard error):\n%s", diff)
	}
	oneAway := b.logs()
	reloaded := []int{first.Process.Pid, second.Process.Pid}
	servedBy := maps.Clone(served)

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
	for name, log := range oneAway {
		t.Run("one server away, "+name, func(t *testing.T) {
			t.Parallel()
			r := reportOn(t, log)
			if r.Verdict != haproxylog.WentOn || len(r.Outages) != 1 || len(r.Losses) != 0 {
				t.Fatalf("want one outage in which the service went on:\n%s\nlog:\n%s", r, log)
			}
			o := r.Outages[0]
			if o.Server != "s1" || o.State != haproxylog.Down || o.Ongoing || o.Served != 4 || o.Hurt != 0 || o.OthersUp != 2 {
				t.Errorf("want s1 down while the others served 4:\n%s", r)
			}
			if o.Cause.Reason != "Layer4 connection problem" || !strings.Contains(o.Cause.Info, "Connection refused") {
				t.Errorf("cause %q", o.Cause)
			}
			// RFC 3164 stamps have whole seconds, and standard output none.
			const resolution = time.Second
			if !o.Estimated {
				between(t, "the start", o.Span.Start, stopped.Add(-resolution), noticed)
				between(t, "the end", o.Span.End, started.Add(-resolution), back)
			}
			if diff := cmp.Diff(servedBy, servedIn(r)); diff != "" {
				t.Errorf("sessions of the servers (-clients saw +got):\n%s", diff)
			}
			if diff := cmp.Diff(reloaded, processesIn(r)); diff != "" && name != b.raw.name {
				t.Errorf("processes (-want +got):\n%s", diff)
			}
		})
	}
	for name, log := range b.logs() {
		t.Run("all servers away, "+name, func(t *testing.T) {
			t.Parallel()
			r := reportOn(t, log)
			if r.Verdict != haproxylog.Lost || len(r.Outages) != 4 || len(r.Losses) != 1 {
				t.Fatalf("want the service lost once:\n%s", r)
			}
			if l := r.Losses[0]; l.Backend != "api" || l.Hurt != 1 || l.Ongoing {
				t.Errorf("loss %+v, want one of api that hurt one session and ended", l)
			}
		})
	}
}

func between(t *testing.T, what string, got, from, to time.Time) {
	t.Helper()
	if got.Before(from) || got.After(to) {
		t.Errorf("%s is %v, want it between %v and %v", what, got, from, to)
	}
}

func servedIn(r *haproxylog.Report) map[string]int {
	served := map[string]int{}
	for _, s := range r.Servers {
		served[s.Server] = s.Served
	}
	return served
}

func processesIn(r *haproxylog.Report) (pids []int) {
	for _, p := range r.Processes {
		pids = append(pids, p.PID)
	}
	return pids
}

func changesIn(t *testing.T, log string) (changes []haproxylog.ServerChange) {
	t.Helper()
	events, errs := read(t, &haproxylog.Reader{}, log)
	if len(errs) > 0 {
		t.Error(errs)
	}
	for _, e := range events {
		if e.Server != nil {
			changes = append(changes, *e.Server)
		}
	}
	return changes
}
