package haproxylog_test

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

// equate compares times as instants and addresses as values.
var equate = cmp.Options{cmpopts.EquateApproxTime(0), cmpopts.EquateComparable(netip.AddrPort{})}

const (
	sessionText = "192.168.51.81:47036 [25/Sep/2022:18:05:53.594] k8sVip k8sServers/cka-cp-1 1/0/32 22531 -- 13/13/12/4/0 0/0"
	downText    = `Server k8sServers/cka-cp-1 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. 2 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.`
)

func session() haproxylog.Session {
	return haproxylog.Session{
		Client:   netip.MustParseAddrPort("192.168.51.81:47036"),
		Accept:   time.Date(2022, time.September, 25, 18, 5, 53, 594e6, time.UTC),
		Frontend: "k8sVip", Backend: "k8sServers", Server: "cka-cp-1",
		Wait: time.Millisecond, Connect: 0, Total: 32 * time.Millisecond, Bytes: 22531, Termination: "--",
	}
}

func down() *haproxylog.ServerChange {
	return &haproxylog.ServerChange{
		Backend: "k8sServers", Server: "cka-cp-1", State: haproxylog.Down,
		Cause:     haproxylog.Cause{Reason: "Layer4 connection problem", Info: "Connection refused"},
		UpServers: 2,
	}
}

// read gives every event and every error of a log.
func read(t *testing.T, r *haproxylog.Reader, log string) (events []haproxylog.Event, errs []error) {
	t.Helper()
	r.Source = strings.NewReader(log)
	for e, err := range r.Events() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		events = append(events, e)
	}
	return events, errs
}

// readOne gives the only event of a line.
func readOne(t *testing.T, r *haproxylog.Reader, line string) haproxylog.Event {
	t.Helper()
	events, errs := read(t, r, line+"\n")
	if len(events) != 1 || len(errs) != 0 {
		t.Fatalf("%q gives %d events and the errors %v, want one event", line, len(events), errs)
	}
	return events[0]
}

const host, pid = "cka-hap-1", 27207

var (
	second = time.Date(2022, time.September, 25, 18, 5, 53, 0, time.UTC)
	micros = second.Add(626123 * time.Microsecond)
)

// dresses are the forms in which HAProxy's lines come, and what each tells.
var dresses = []struct {
	name, prefix string
	want         haproxylog.Event
}{
	{"standard output", "", haproxylog.Event{}},
	{"standard error", "[WARNING]  (27207) : ", haproxylog.Event{PID: pid}},
	{"standard error of an alert", "[ALERT]    (27207) : ", haproxylog.Event{PID: pid}},
	{"standard error up to 2.3", "[WARNING] 267/180553 (27207) : ", haproxylog.Event{PID: pid}},
	{"RFC 3164 in a file", "Sep 25 18:05:53 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"RFC 3164 without a pid", "Sep 25 18:05:53 cka-hap-1 haproxy: ", haproxylog.Event{Time: second, Host: host}},
	{"RFC 3164 with another tag", "Sep 25 18:05:53 cka-hap-1 lb-k8s[27207]: ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"RFC 3164 with an IPv6 host", "Sep 25 18:05:53 fd00::80 haproxy[27207]: ", haproxylog.Event{Time: second, Host: "fd00::80", PID: pid}},
	{"RFC 3164 from the network", "<134>Sep 25 18:05:53 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"RFC 3164 from HAProxy itself", "<134>Sep 25 18:05:53 haproxy[27207]: ", haproxylog.Event{Time: second, PID: pid}},
	{"RFC 3164 around standard error", "Sep 25 18:05:53 cka-hap-1 haproxy[27207]: [WARNING]  (27207) : ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"a master's journal", "Sep 25 18:05:53 cka-hap-1 haproxy[1]: [WARNING]  (27207) : ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"RFC 5424 from the network", "<134>1 2022-09-25T18:05:53.626123+00:00 cka-hap-1 haproxy 27207 - - ", haproxylog.Event{Time: micros, Host: host, PID: pid}},
	{"RFC 5424 from HAProxy itself", "<134>1 2022-09-25T18:05:53.626123+00:00 - haproxy 27207 - - ", haproxylog.Event{Time: micros, PID: pid}},
	{"RFC 5424 with structured data", `1 2022-09-25T18:05:53.626123Z cka-hap-1 haproxy 27207 - [a@1 b="c\"] d"][e] ` + "\ufeff", haproxylog.Event{Time: micros, Host: host, PID: pid}},
	{"rsyslog's file format", "2022-09-25T18:05:53.626123+00:00 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: micros, Host: host, PID: pid}},
	{"journalctl -o short", "Sep 25 18:05:53 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"journalctl -o short-precise", "Sep 25 18:05:53.626123 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: micros, Host: host, PID: pid}},
	{"journalctl -o short-iso", "2022-09-25T18:05:53+0000 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"journalctl -o short-iso, newer", "2022-09-25T18:05:53+00:00 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"journalctl -o short-iso-precise", "2022-09-25T18:05:53.626123+0000 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: micros, Host: host, PID: pid}},
	{"journalctl -o short-full", "Sun 2022-09-25 18:05:53 UTC cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"journalctl -o short-unix", "1664129153.626123 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: micros, Host: host, PID: pid}},
	{"a container's log with times", "2022-09-25T18:05:53.626123Z ", haproxylog.Event{Time: micros}},
	{"kubectl logs --prefix --timestamps", "[pod/lb-7d9f/haproxy] 2022-09-25T18:05:53.626123Z ", haproxylog.Event{Time: micros, Host: "lb-7d9f"}},
	{"kubectl logs --prefix of standard error", "[pod/lb-7d9f/haproxy] [WARNING]  (27207) : ", haproxylog.Event{Host: "lb-7d9f", PID: pid}},
	{"docker compose logs", "haproxy-1  | ", haproxylog.Event{Host: "haproxy-1"}},
	{"docker compose logs --timestamps", "haproxy-1  | 2022-09-25T18:05:53.626123456Z ", haproxylog.Event{Time: micros.Add(456), Host: "haproxy-1"}},
	{"docker compose around standard error", "haproxy-1  | [WARNING]  (27207) : ", haproxylog.Event{Host: "haproxy-1", PID: pid}},
	{"CRI", "2022-09-25T18:05:53.626123456+00:00 stdout F ", haproxylog.Event{Time: micros.Add(456)}},
	{"CRI around standard error", "2022-09-25T18:05:53.626123Z stderr F [WARNING]  (27207) : ", haproxylog.Event{Time: micros, PID: pid}},
	{"CRI around HAProxy's own RFC 3164", "2022-09-25T18:05:53.626123Z stdout F <134>Sep 25 18:05:53 haproxy[27207]: ", haproxylog.Event{Time: micros, PID: pid}},
	{"the journal around HAProxy's own RFC 5424", "Sep 25 18:05:54 node-1 podman[9]: <134>1 2022-09-25T18:05:53.626123+00:00 - haproxy 27207 - - ", haproxylog.Event{Time: micros, Host: "node-1", PID: pid}},
	{"quoted in a mail", "> Sep 25 18:05:53 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: second, Host: host, PID: pid}},
	{"indented", "    \tSep 25 18:05:53 cka-hap-1 haproxy[27207]: ", haproxylog.Event{Time: second, Host: host, PID: pid}},
}

func TestReadsEveryDress(t *testing.T) {
	t.Parallel()
	for _, test := range dresses {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := test.want
			ended := session()
			want.Line, want.Session = 1, &ended
			if want.Time.IsZero() {
				want.Time = want.Session.End()
			}
			got := readOne(t, &haproxylog.Reader{}, test.prefix+sessionText)
			if diff := cmp.Diff(want, got, equate); diff != "" {
				t.Errorf("the session (-want +got):\n%s", diff)
			}
			want = test.want
			want.Line, want.Server, want.Text = 1, down(), downText
			want.Estimated = want.Time.IsZero()
			got = readOne(t, &haproxylog.Reader{Reference: second}, test.prefix+downText)
			if diff := cmp.Diff(want, got, equate); diff != "" {
				t.Errorf("the change of state (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLineEndsDoNotMatter(t *testing.T) {
	t.Parallel()
	for name, log := range map[string]string{
		"LF": sessionText + "\n", "CRLF": sessionText + "\r\n", "none": sessionText, "spaces": sessionText + "  \n",
	} {
		events, errs := read(t, &haproxylog.Reader{}, log)
		if len(events) != 1 || len(errs) != 0 {
			t.Errorf("%s: %d events and the errors %v", name, len(events), errs)
			continue
		}
		if diff := cmp.Diff(session(), *events[0].Session, equate); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLocationIsThatOfTimesThatNameNone(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	const rfc3164, iso = "Sep 25 18:05:53 h haproxy[1]: ", "2022-09-25T18:05:53+03:00 h haproxy[1]: "
	for _, test := range []struct {
		name, line   string
		location     *time.Location
		time, accept string
	}{
		{"named", rfc3164 + sessionText, paris, "2022-09-25T18:05:53+02:00", "2022-09-25T18:05:53.594+02:00"},
		{"not named", rfc3164 + sessionText, nil, "2022-09-25T18:05:53Z", "2022-09-25T18:05:53.594Z"},
		{"the line's own", iso + sessionText, nil, "2022-09-25T18:05:53+03:00", "2022-09-25T18:05:53.594+03:00"},
		{"named, over the line's own", iso + sessionText, paris, "2022-09-25T17:05:53+02:00", "2022-09-25T18:05:53.594+02:00"},
	} {
		e := readOne(t, &haproxylog.Reader{Location: test.location}, test.line)
		if got := e.Time.Format(time.RFC3339); got != test.time {
			t.Errorf("%s: the line is of %s, want %s", test.name, got, test.time)
		}
		if got := e.Session.Accept.Format("2006-01-02T15:04:05.000Z07:00"); got != test.accept {
			t.Errorf("%s: the session is of %s, want %s", test.name, got, test.accept)
		}
	}
}

func TestAcceptTimesFollowTheClockOfTheZone(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	log := strings.ReplaceAll(sessionText, "25/Sep/2022:18:05:53", "30/Oct/2022:01:59:59") + "\n" +
		strings.ReplaceAll(sessionText, "25/Sep/2022:18:05:53", "30/Oct/2022:03:00:00") + "\n"
	events, errs := read(t, &haproxylog.Reader{Location: paris}, log)
	if len(events) != 2 || len(errs) != 0 {
		t.Fatalf("%d events and the errors %v, want two events", len(events), errs)
	}
	if got := events[1].Session.Accept.Sub(events[0].Session.Accept); got != 2*time.Hour+time.Second {
		t.Errorf("over the end of summer time %v pass, want two hours and a second", got)
	}
}

func TestYearsComeFromSessionsOrTheReference(t *testing.T) {
	t.Parallel()
	reference := time.Date(2026, time.January, 2, 0, 0, 0, 0, time.UTC)
	const down = " h haproxy[1]: " + downText + "\n"
	const sessionInDecember = "Dec 31 23:59:58 h haproxy[1]: 192.168.51.81:1 [31/Dec/2021:23:59:57.000] f b/s 1/0/1000 1 -- 1/1/1/1/0 0/0\n"
	for _, test := range []struct {
		name, log string
		reference time.Time
		years     []int
	}{
		{"nothing tells", "Dec 31 23:59:59" + down, time.Time{}, []int{0}},
		{"the reference", "Dec 31 23:59:59" + down + "Jan  1 00:00:01" + down, reference, []int{2025, 2026}},
		{"the reference, a day ahead", "Jan  2 20:00:00" + down + "Jan  4 00:00:00" + down, reference, []int{2026, 2025}},
		{"a session before", sessionInDecember + "Dec 31 23:59:59" + down + "Jan  1 00:00:01" + down, time.Time{}, []int{2021, 2021, 2022}},
		{"a session after", "Dec 31 23:59:50" + down + sessionInDecember, time.Time{}, []int{2021, 2021}},
		{"a session after, and a line without a time between", "Dec 31 23:59:50" + down + downText + "\n" + sessionInDecember, time.Time{}, []int{2021, 2021, 2021}},
		{"a session over the reference", sessionInDecember + "Jan  1 00:00:01" + down, reference, []int{2021, 2022}},
		{"nothing tells over the turn of the year", "Dec 31 23:59:59" + down + "Jan  1 00:00:00" + down + "Jan  1 00:00:01" + down, time.Time{}, []int{0, 1, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			events, errs := read(t, &haproxylog.Reader{Reference: test.reference}, test.log)
			var years []int
			for i, e := range events {
				years = append(years, e.Time.Year())
				if e.Line != i+1 || e.Time.IsZero() {
					t.Errorf("event %d is of line %d and %v", i, e.Line, e.Time)
				}
			}
			if diff := cmp.Diff(test.years, years); diff != "" || len(errs) > 0 {
				t.Errorf("years (-want +got), errors %v:\n%s", errs, diff)
			}
		})
	}
}

func TestSessionThatEndsInTheNewYearKeepsBothYears(t *testing.T) {
	t.Parallel()
	e := readOne(t, &haproxylog.Reader{}, "Jan  1 00:00:02 h haproxy[1]: 192.168.51.81:1 [31/Dec/2021:23:59:57.000] f b/s 1/0/5000 1 -- 1/1/1/1/0 0/0")
	if want := time.Date(2022, time.January, 1, 0, 0, 2, 0, time.UTC); !e.Time.Equal(want) {
		t.Errorf("the line is of %v, want %v", e.Time, want)
	}
}

// What a line says does not depend on the lines before it, whatever the reader
// remembers of them.
func TestSessionIsReadAsIfItsLineWereAlone(t *testing.T) {
	t.Parallel()
	other := strings.NewReplacer("k8sVip k8sServers/cka-cp-1", "k8sVip2~ k8sServers/cka-cp-11", "18:05:53.594", "18:15:53.594", "27207", "27208")
	lines := []string{
		"Sep 25 18:05:53 a line of another form", "2022-09-25T18:05:53.626123+00:00 another", "Sep 25 18:05:53 cka-hap-1 ",
		"1 2022-09-25T18:05:53.626123Z", "Sep 25 18:05:53 cka-hap-1 haproxy[27207]:  Proxy f started.", "", "Sep 25 18:05:53 cka-hap-1 haproxy[27207]:",
	}
	for _, d := range dresses {
		if strings.HasSuffix(d.prefix, " ") {
			lines = append(lines, d.prefix+" "+sessionText)
		}
		lines = append(lines, d.prefix+sessionText, d.prefix+other.Replace(sessionText), other.Replace(d.prefix)+sessionText)
	}
	alone := map[string]haproxylog.Event{}
	for _, line := range lines {
		events, _ := read(t, &haproxylog.Reader{}, line)
		if len(events) == 1 && events[0].Session != nil {
			alone[line] = events[0]
		}
	}
	if len(alone) < 3*len(dresses)-duplicates(lines) {
		t.Errorf("only %d of %d lines are sessions", len(alone), len(lines))
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		events, _ := read(t, &haproxylog.Reader{}, strings.Join(lines, "\n"))
		got := map[int]haproxylog.Event{}
		for _, e := range events {
			got[e.Line] = e
		}
		for i, line := range lines {
			want, ok := alone[line]
			if !ok {
				continue
			}
			e := got[i+1]
			want.Line = i + 1
			if diff := cmp.Diff(want, e, equate); diff != "" {
				t.Fatalf("%q after %q (-alone +got):\n%s", line, lines[max(0, i-1)], diff)
			}
		}
	}
}

// duplicates is how many lines stand in lines more than once.
func duplicates(lines []string) int {
	distinct := map[string]bool{}
	for _, line := range lines {
		distinct[line] = true
	}
	return len(lines) - len(distinct)
}
