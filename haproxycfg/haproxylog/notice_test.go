package haproxylog_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

func TestServerChanges(t *testing.T) {
	t.Parallel()
	change := func(state haproxylog.State, cause haproxylog.Cause, up int) *haproxylog.ServerChange {
		return &haproxylog.ServerChange{Backend: "b", Server: "s1", State: state, Cause: cause, UpServers: up}
	}
	var unknown haproxylog.Cause
	cause := func(reason string) haproxylog.Cause { return haproxylog.Cause{Reason: reason} }
	via := haproxylog.Cause{Via: "a/s9"}
	backup := change(haproxylog.Down, unknown, 0)
	for _, test := range []struct {
		text string
		want *haproxylog.ServerChange
	}{
		{`Server b/s1 is DOWN, reason: Layer7 wrong status, code: 500, info: "say \"no\", please. Now", check duration: 12ms. 1 active and 2 backup servers left. 3 sessions active, 4 requeued, 5 remaining in queue.`,
			change(haproxylog.Down, haproxylog.Cause{Reason: "Layer7 wrong status", Code: 500, Info: `say "no", please. Now`},
				3)},
		{"Server b/s1 is DOWN. 0 active and 1 backup servers left. Running on backup. 0 sessions active, 0 requeued, 0 remaining in queue.",
			change(haproxylog.Down, unknown, 1)},
		{"Backup Server b/s1 is DOWN. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.", backup},
		{"Server b/s1 is DOWN, changed from CLI. 1 active and 1 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
			change(haproxylog.Down, cause("changed from CLI"), 2)},
		{"Server b/s1 is DOWN via a/s9. 2 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
			change(haproxylog.Down, via, 2)},
		{"Server b/s1 is UP, reason: Layer7 check passed, code: 200, check duration: 3ms. 3 active and 0 backup servers online. 6 sessions requeued, 7 total in queue.",
			change(haproxylog.Up, haproxylog.Cause{Reason: "Layer7 check passed", Code: 200}, 3)},
		{"Server b/s1 is UP via a/s9. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
			change(haproxylog.Up, via, 1)},
		{"Server b/s1 is UP (leaving maintenance).", change(haproxylog.Up, cause("leaving maintenance"), -1)},
		{"Server b/s1 is UP/READY (leaving forced maintenance).", change(haproxylog.Up, cause("leaving forced maintenance"), -1)},
		{"Server b/s1 ('cp1.lab') is UP/READY (resolves again).", change(haproxylog.Up, cause("resolves again"), -1)},
		{"Server b/s1 is DOWN/READY (leaving forced maintenance).", change(haproxylog.Down, cause("leaving forced maintenance"), -1)},
		{"Server b/s1 is UP/DRAIN (leaving forced maintenance).", change(haproxylog.Drain, cause("leaving forced maintenance"), -1)},
		{"Server b/s1 is UP (leaving forced drain).", change(haproxylog.Up, cause("leaving forced drain"), -1)},
		{"Server b/s1 is stopping, changed from CLI. 1 active and 1 backup servers online. 0 sessions requeued, 0 total in queue.",
			change(haproxylog.Stopping, cause("changed from CLI"), 2)},
		{"Server b/s1 is going DOWN for maintenance. 1 active and 1 backup servers left. 1 sessions active, 0 requeued, 0 remaining in queue.",
			change(haproxylog.Maintenance, unknown, 2)},
		{"Server b/s1 is going DOWN for maintenance (DNS NX status). 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
			change(haproxylog.Maintenance, cause("DNS NX status"), 1)},
		{"Server b/s1 was DOWN and now enters maintenance (DNS NX status).", change(haproxylog.Maintenance, cause("DNS NX status"), -1)},
		{"Server b/s1 is leaving forced maintenance but remains in maintenance.", change(haproxylog.Maintenance, unknown, -1)},
		{"Server b/s1 enters drain state. 1 active and 1 backup servers online. 0 sessions requeued, 0 total in queue.",
			change(haproxylog.Drain, unknown, 2)},
		{"Server b/s1 remains in forced drain mode.", change(haproxylog.Drain, unknown, -1)},
	} {
		e := readOne(t, &haproxylog.Reader{}, test.text)
		if diff := cmp.Diff(test.want, e.Server); diff != "" || e.Text != test.text {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestOtherNotices(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want haproxylog.Event
	}{
		{"backend b has no server available!", haproxylog.Event{NoServer: "b"}},
		{"backend 'b' has no server available!", haproxylog.Event{NoServer: "b"}},
		{"proxy b has no server available!", haproxylog.Event{NoServer: "b"}},
		{`Health check for backup server b/s1 failed, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms, status: 1/3 UP.`,
			haproxylog.Event{Check: &haproxylog.Check{Backend: "b", Server: "s1",
				Cause: haproxylog.Cause{Reason: "Layer4 connection problem", Info: "Connection refused"}}}},
		{"Health check for server b/s1 conditionally succeeded, reason: Layer7 check conditionally passed, code: 404, check duration: 2ms, status: 2/2 DRAIN.",
			haproxylog.Event{Check: &haproxylog.Check{Backend: "b", Server: "s1", Passed: true,
				Cause: haproxylog.Cause{Reason: "Layer7 check conditionally passed", Code: 404}}}},
		{"Agent check for server b/s2 failed, reason: Layer7 timeout, check duration: 100ms, status: 1/1 UP.",
			haproxylog.Event{Check: &haproxylog.Check{Agent: true, Backend: "b", Server: "s2",
				Cause: haproxylog.Cause{Reason: "Layer7 timeout"}}}},
		{"Proxy k8sVip started.", haproxylog.Event{}},
		{"Proxy k8sVip stopped (cumulated conns: FE: 9, BE: 0).", haproxylog.Event{}},
		{"Stopping backend b in 0 ms.", haproxylog.Event{}},
		{"Paused frontend f.", haproxylog.Event{}},
		{"Resumed frontend f.", haproxylog.Event{}},
		{"Connect from 10.0.1.2:33312 to fd00::31:8012 (www/HTTP)", haproxylog.Event{Began: "www"}},
		{"127.0.0.1:56059 [03/Dec/2012:17:35:10.380] frt/f1: Connection error during SSL handshake", haproxylog.Event{}},
	} {
		want := test.want
		want.Line, want.Text, want.Estimated = 1, test.text, true
		got := readOne(t, &haproxylog.Reader{}, test.text)
		if diff := cmp.Diff(want, got, equate); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestLinesOfOthersAreSkippedAndCounted(t *testing.T) {
	t.Parallel()
	const log = `Sep 25 18:05:53 cka-hap-1 systemd[1]: Stopping HAProxy Load Balancer...
Sep 25 18:05:53 cka-hap-1 systemd[1]: Started HAProxy Load Balancer.
Sep 25 18:05:53 cka-hap-1 kernel: Server said something
Sep 25 18:05:53 cka-hap-1 sshd[1]: Connection closed by 10.0.0.1 port 4711
-- Boot 0123456789abcdef --

10.0.0.1 - - [25/Sep/2022:18:05:53 +0000] "GET / HTTP/1.1" 200 5
2022-09-25 something else
<999>not syslog
` + "\x00\xff\xfe garbage \x1b[31m\n"
	r := &haproxylog.Reader{}
	events, errs := read(t, r, log+sessionText+"\n")
	if len(events) != 1 || len(errs) != 0 {
		t.Errorf("%d events and the errors %v, want the session alone", len(events), errs)
	}
	if diff := cmp.Diff(haproxylog.Counts{Lines: 11, Events: 1, Foreign: 10}, r.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestLinesThatAreTooLongAreSkipped(t *testing.T) {
	t.Parallel()
	r := &haproxylog.Reader{}
	events, errs := read(t, r, sessionText+"\n"+strings.Repeat("x", 300_000)+"\n"+sessionText+"\n"+strings.Repeat("y", 300_000))
	if len(events) != 2 || len(errs) != 0 {
		t.Errorf("%d events and the errors %v, want the two sessions", len(events), errs)
	}
	if len(events) == 2 && events[1].Line != 3 {
		t.Errorf("the second session is of line %d, want 3", events[1].Line)
	}
	if diff := cmp.Diff(haproxylog.Counts{Lines: 4, Events: 2, Foreign: 2}, r.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestHAProxysOtherWordsAreMessages(t *testing.T) {
	t.Parallel()
	for prefix, text := range map[string]string{
		"[NOTICE]   (123) : ":            "New worker (125) forked",
		"Sep 25 18:05:53 h haproxy[1]: ": "Stopping frontend f in 0 ms.",
		"<30>Sep 25 18:05:53 haproxy: ":  "config : missing timeouts for frontend 'f'.",
	} {
		e := readOne(t, &haproxylog.Reader{Reference: session().Accept}, prefix+text)
		if e.Text != text {
			t.Errorf("%s%s has the text %q", prefix, text, e.Text)
		}
	}
}

func TestBrokenNoticesAreReported(t *testing.T) {
	t.Parallel()
	const prefix = "[WARNING]  (1) : "
	for _, text := range []string{
		"Server b/s1 is DO",
		"Server b/s1 is U",
		"Server b/s1 is",
		"Health check for server b/s1 suc",
		"Health check for server",
		"Agent check for server b/s1",
		"Health check for server b/s1 failed, reason: Layer4 timeout, check duration: 1",
		"Connect from 10.0.1.2:33312 to 10.0.3.31",
	} {
		events, errs := read(t, &haproxylog.Reader{}, prefix+text+"\n")
		var broken *haproxylog.ParseError
		if len(events) != 0 || len(errs) != 1 || !errors.As(errs[0], &broken) {
			t.Errorf("%s gives the events %v and the errors %v", text, events, errs)
		} else if broken.Line != 1 || broken.Column != len(prefix)+1 {
			t.Errorf("%s: %v, want the place where the message begins", text, broken)
		}
	}
}
