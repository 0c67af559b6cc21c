package haproxylog_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

func reportOn(t *testing.T, log string) *haproxylog.Report {
	t.Helper()
	r, err := (&haproxylog.Reader{Source: strings.NewReader(log)}).Report()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReferenceLogShowsThatTheServiceWentOn(t *testing.T) {
	t.Parallel()
	report := reportOn(t, file(t, "reference.log"))
	if report.Verdict != haproxylog.WentOn || len(report.Findings) != 0 {
		t.Errorf("verdict %v, want went on; findings %q", report.Verdict, report.Findings)
	}
	if n := len(report.Outages); n != 1 {
		t.Fatalf("%d outages, want 1", n)
	}
	o := report.Outages[0]
	if o.Server != "cka-cp-1" || o.Span.Length() != 79*time.Second || o.Ongoing || o.OthersUp != 2 || o.Served != 3 {
		t.Errorf("outage %+v, want 79 s of cka-cp-1 with 2 servers up that served 3 sessions", o)
	}
	at := func(clock string) time.Time {
		t.Helper()
		when, err := time.Parse("2006-01-02 15:04:05", "2022-09-25 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	if want := (haproxylog.Span{Start: at("18:10:32"), End: at("18:11:51")}); o.Span != want {
		t.Errorf("it is %v, want %v", o.Span, want)
	}
	want := []haproxylog.Process{
		{Host: "cka-hap-1", PID: 27207, First: at("18:05:53")},
		{Host: "cka-hap-1", PID: 27262, First: at("18:10:32")},
	}
	if diff := cmp.Diff(want, report.Processes); diff != "" {
		t.Errorf("processes (-want +got):\n%s", diff)
	}
	served := map[string]int{}
	for _, s := range report.Servers {
		served[s.Server] = s.Served
	}
	if diff := cmp.Diff(map[string]int{"cka-cp-1": 2, "cka-cp-2": 3, "cka-cp-3": 2}, served); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}

// The lines that the tests below are made of, each with its second.
func up(second int, server string, active int) string {
	return fmt.Sprintf("%s Server b/%s is UP, reason: Layer4 check passed, check duration: 0ms. %d active and 0 backup servers online. 0 sessions requeued, 0 total in queue.", at(second, 1), server, active)
}

func away(second int, server string, active int) string {
	return fmt.Sprintf("%s Server b/%s is DOWN, reason: Layer4 timeout, check duration: 1000ms. %d active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.", at(second, 1), server, active)
}

func noServer(second int) string { return at(second, 1) + " backend b has no server available!" }

func served(second int, server string) string { return ended(second, 1, server, "1/0/40 2000 --") }

// unchecked is a session that the backend served to which the frontend fails open.
func unchecked(second int, server string) string {
	return strings.Replace(served(second, server), " b/", " b-unchecked/", 1)
}

func notServed(second int) string {
	return strings.Replace(ended(second, 1, "s1", "1/-1/3000 0 SC"), " b/", " b-unchecked/", 1)
}

func ended(second, pid int, server, how string) string {
	return fmt.Sprintf("%s 10.0.0.1:1 [%s] f b/%s %s 1/1/1/1/0 0/0", at(second, pid), instant(second).Format("02/Jan/2006:15:04:05.000"), server, how)
}

func at(second, pid int) string {
	return fmt.Sprintf("%s lb haproxy[%d]:", instant(second).Format(time.RFC3339), pid)
}

func instant(second int) time.Time {
	return time.Date(2026, time.March, 1, 12, 0, second, 0, time.UTC)
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		log     []string
		verdict haproxylog.Verdict
		finding string
	}{
		{"others served all the while", []string{served(0, "s1"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2)}, haproxylog.WentOn, ""},
		{"nothing happened", []string{served(0, "s1"), served(10, "s2")}, haproxylog.Untested, "no server went away in this log"},
		{"nothing at all", nil, haproxylog.Untested, "no server went away in this log"},
		{"a server has not come back", []string{served(0, "s1"), away(10, "s1", 1), served(12, "s2")}, haproxylog.Degraded, "b/s1: it has not come back"},
		{"a session failed", []string{served(0, "s1"), away(10, "s1", 1), served(12, "s2"), ended(13, 1, "s2", "1/-1/3000 0 SC"), up(20, "s1", 2)},
			haproxylog.Degraded, "b/s1: while it was DOWN, or about to be, 1 session was hurt"},
		{"HAProxy cut a new session before the log says why", []string{served(0, "s1"), ended(8, 1, "s1", "1/0/100 300 D-"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2)},
			haproxylog.Degraded, "b/s1: while it was DOWN, or about to be, 1 session was hurt"},
		{"an idle session timed out", []string{served(0, "s1"), away(10, "s1", 1), ended(12, 1, "s2", "1/0/5000 300 sD"), served(13, "s2"), up(20, "s1", 2)}, haproxylog.WentOn, ""},
		{"a session to the hung server timed out", []string{served(0, "s1"), away(10, "s1", 1), ended(12, 1, "s1", "1/0/5000 300 sD"), served(13, "s2"), up(20, "s1", 2)},
			haproxylog.Degraded, "1 session was hurt"},
		{"the line that a server was down is missing", []string{served(0, "s1"), ended(11, 1, "s1", "1/0/100 300 D-"), served(12, "s2"), up(20, "s1", 2)},
			haproxylog.Degraded, "b/s1: it was away, and no line says that it had gone"},
		{"a log that begins in an outage", []string{served(12, "s2"), up(20, "s1", 2), served(21, "s1")}, haproxylog.Unknown, "b/s1: its outage began before this log"},
		{"sessions failed although every server was up", []string{served(0, "s1"), ended(1, 1, "s2", "1/-1/3000 0 sC"), served(2, "s2"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2)},
			haproxylog.Degraded, "1 session was hurt while every server of the backend was up"},
		{"nobody came meanwhile", []string{served(0, "s1"), away(10, "s1", 1), up(20, "s1", 2), served(21, "s2")}, haproxylog.Unknown, "no session came that would show"},
		{"everybody who came failed", []string{served(0, "s1"), away(10, "s1", 1), ended(12, 1, "s2", "1/-1/3000 0 SC"), up(20, "s1", 2)},
			haproxylog.Lost, "b/s1: while it was DOWN, 1 session was begun and none was served"},
		{"a session was cut and nobody came meanwhile", []string{served(0, "s1"), away(10, "s1", 1), ended(11, 1, "s1", "1/0/100 300 D-"), up(20, "s1", 2)},
			haproxylog.Degraded, "b/s1: while it was DOWN, or about to be, 1 session was hurt"},
		{"no server was left", []string{served(0, "s1"), away(10, "s1", 0), noServer(10), up(20, "s1", 1)},
			haproxylog.Lost, "b: the backend had no server from 2026-03-01 12:00:10 to 12:00:20; 0 sessions were hurt"},
		{"no server was left at the end", []string{served(0, "s1"), away(10, "s1", 0), noServer(10), ended(12, 1, "<NOSRV>", "-1/-1/0 0 SC")},
			haproxylog.Lost, "b: the backend had no server from 2026-03-01 12:00:10 to the end of the log; 1 session was hurt"},
		{"no server passed its check, and another backend went on with them", []string{served(0, "s1"), away(10, "s1", 0), noServer(10), unchecked(11, "s1"), up(20, "s1", 1)},
			haproxylog.Degraded, "b: the backend had no server from 2026-03-01 12:00:10 to 12:00:20; 0 sessions were hurt; 1 session was served by its servers in another backend"},
		{"the same within the second of a stamp", []string{served(0, "s1"), away(10, "s1", 0), noServer(10), up(10, "s1", 1), unchecked(10, "s1")},
			haproxylog.Degraded, "1 session was served by its servers in another backend"},
		{"nobody came for the moment", []string{served(0, "s1"), away(10, "s1", 0), noServer(10), up(12, "s1", 1), served(15, "s1")},
			haproxylog.Degraded, "b: the backend had no server from 2026-03-01 12:00:10 to 12:00:12; 0 sessions were hurt, and nobody came"},
		{"somebody came in that moment", []string{served(0, "s1"), away(10, "s1", 0), noServer(10), notServed(11), up(12, "s1", 1), served(15, "s1")},
			haproxylog.Lost, "b: the backend had no server from 2026-03-01 12:00:10 to 12:00:12; "},
		{"it began to serve when the servers were there again", []string{served(0, "s1"), away(10, "s1", 0), noServer(10), notServed(15), unchecked(19, "s1"), up(20, "s1", 1)},
			haproxylog.Lost, "1 session was served by its servers in another backend, none for 9s; 1 session was not served"},
		{"another service went on meanwhile", []string{served(0, "s1"), away(10, "s1", 0), noServer(10), strings.Replace(unchecked(11, "s1"), " f ", " ingress ", 1), unchecked(12, "s9"), up(20, "s1", 1), unchecked(40, "s1")},
			haproxylog.Lost, "from 2026-03-01 12:00:10 to 12:00:20; 0 sessions were hurt"},
		{"servers came after the load balancer", []string{away(0, "s1", 0), noServer(0), up(5, "s1", 1), served(6, "s1"), served(9, "s2"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2)},
			haproxylog.WentOn, ""},
		{"clients came before the servers", []string{away(0, "s1", 0), noServer(0), ended(1, 1, "<NOSRV>", "-1/-1/0 0 SC"), up(5, "s1", 1), served(6, "s1")}, haproxylog.Lost, "1 session was hurt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := reportOn(t, strings.Join(test.log, "\n"))
			if r.Verdict != test.verdict || r.Counts.Foreign+r.Counts.Broken > 0 {
				t.Errorf("verdict %v, want %v:\n%s", r.Verdict, test.verdict, r)
			}
			found := slices.ContainsFunc(r.Findings, func(f haproxylog.Finding) bool { return strings.Contains(f.String(), test.finding) })
			if test.finding == "" && len(r.Findings) > 0 || test.finding != "" && !found {
				t.Errorf("findings %q, want %q", r.Findings, test.finding)
			}
		})
	}
}

func TestAServerThatStoppedAndThenWentDownWasDown(t *testing.T) {
	t.Parallel()
	stopping := at(1, 1) + " Server b/s1 is stopping, reason: Layer7 check conditionally passed, code: 404, check duration: 3ms. 2 active and 0 backup servers online. 0 sessions requeued, 0 total in queue."
	down := at(4, 1) + ` Server b/s1 is DOWN, reason: Layer7 wrong status, code: 504, info: "Gateway Time-out", check duration: 1613ms. 2 active and 0 backup servers left. 70 sessions active, 0 requeued, 0 remaining in queue.`
	report := reportOn(t, strings.Join([]string{stopping, down, up(9, "s1", 3)}, "\n"))
	if len(report.Outages) != 1 {
		t.Fatalf("outages %+v, want one", report.Outages)
	}
	o := report.Outages[0]
	if o.State != haproxylog.Down || o.Cause.Code != 504 || o.Span != (haproxylog.Span{Start: instant(1), End: instant(9)}) {
		t.Errorf("%+v, want DOWN with 504 from the first second to the ninth", o)
	}
}

func TestSessionThatServesAfterAReloadEndsTheOutage(t *testing.T) {
	t.Parallel()
	const afterReload = 2
	r := reportOn(t, strings.Join([]string{
		served(0, "s1"), away(10, "s1", 1), served(11, "s2"),
		ended(12, 1, "s1", "1/0/40 2000 --"),
		ended(30, afterReload, "s1", "1/0/40 2000 --"),
	}, "\n"))
	if len(r.Outages) != 1 || r.Outages[0].Ongoing || !r.Outages[0].Estimated || !r.Outages[0].Span.End.Equal(instant(30)) {
		t.Errorf("want an outage that ends with the new process's session:\n%s", r)
	}
	if r.Verdict != haproxylog.WentOn || r.Outages[0].Served != 1 {
		t.Errorf("want the service to go on, with one session served by s2:\n%s", r)
	}
}

func TestHurtSessionsAreCountedForTheOutageThatTheyForetell(t *testing.T) {
	t.Parallel()
	r := reportOn(t, strings.Join([]string{
		served(0, "s1"), ended(1, 1, "s2", "1/0/100 300 PD"), served(2, "s2"),
		ended(7, 1, "s1", "1/-1/0 0 SC"), ended(8, 1, "s1", "1/0/100 300 D-"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2),
	}, "\n"))
	if len(r.Outages) != 1 || r.Outages[0].Hurt != 2 || r.HurtElsewhere != 1 {
		t.Errorf("want two sessions hurt by the outage and one elsewhere:\n%s", r)
	}
}

func TestDetectionIsFromTheFirstFailureToTheChange(t *testing.T) {
	t.Parallel()
	check := at(4, 1) + ` Health check for server b/s1 failed, reason: Layer7 timeout, check duration: 2000ms, status: 1/2 UP.`
	bare := strings.Replace(away(10, "s1", 1), ", reason: Layer4 timeout, check duration: 1000ms", "", 1)
	for _, test := range []struct {
		name string
		log  []string
		want time.Duration
	}{
		{"a failed session", []string{served(0, "s1"), ended(7, 1, "s1", "1/-1/3000 0 sC"), away(10, "s1", 1)}, 3 * time.Second},
		{"a cut session", []string{served(0, "s1"), ended(7, 1, "s1", "1/0/1000 10 SD"), away(10, "s1", 1)}, 2 * time.Second},
		{"a failed check", []string{served(0, "s1"), check, bare}, 6 * time.Second},
		{"a failed check of the agent", []string{served(0, "s1"), strings.Replace(check, "Health", "Agent", 1), away(10, "s1", 1)}, 0},
		{"a failure before the last good session", []string{ended(1, 1, "s1", "1/-1/0 0 SC"), served(2, "s1"), away(10, "s1", 1)}, 0},
		{"none", []string{served(0, "s1"), away(10, "s1", 1)}, 0},
	} {
		r := reportOn(t, strings.Join(test.log, "\n"))
		if len(r.Outages) != 1 || r.Outages[0].Detection() != test.want {
			t.Errorf("%s: want an outage that was detected after %v:\n%s", test.name, test.want, r)
		}
		if reason := r.Outages[0].Cause.Reason; !strings.HasSuffix(reason, "timeout") {
			t.Errorf("%s: cause %q, want the timeout", test.name, reason)
		}
	}
}

func TestLoadBalancersAreToldApart(t *testing.T) {
	t.Parallel()
	second := func(lines ...string) string { return strings.ReplaceAll(strings.Join(lines, "\n"), " lb ", " lb2 ") }
	r := reportOn(t, strings.Join([]string{served(0, "s1"), away(10, "s1", 1), served(11, "s2"), up(20, "s1", 2)}, "\n")+"\n"+
		second(away(10, "s1", 1), served(11, "s2"), up(30, "s1", 2)))
	if len(r.Outages) != 2 || r.Outages[0].Host != "lb" || r.Outages[1].Host != "lb2" || r.Outages[1].Span.Length() != 20*time.Second {
		t.Errorf("want one outage for each load balancer:\n%s", r)
	}
	if !strings.Contains(r.String(), "b/s1 on lb2 was DOWN from 2026-03-01 12:00:10 to 12:00:30, 20s") {
		t.Errorf("the text does not name the load balancer:\n%s", r)
	}
}

func TestLongestGapIsExactForSessionsInAnyOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		seconds := make([]int, 3+random.IntN(60))
		for i := range seconds {
			seconds[i] = random.IntN(3000)
		}
		seconds[0] = 0
		var log []string
		for _, s := range seconds {
			log = append(log, served(s, "s1"))
		}
		got := reportOn(t, strings.Join(log, "\n")).LongestGap.Length()
		slices.Sort(seconds)
		want := 0
		for i := 1; i < len(seconds); i++ {
			want = max(want, seconds[i]-seconds[i-1])
		}
		if got != time.Duration(want)*time.Second {
			t.Fatalf("the longest gap in %v is %v, want %d s", seconds, got, want)
		}
	}
}

func TestReportOfAFlappingServerIsBounded(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&log, "%s\n%s\n", away(4*i, "s1", 1), up(4*i+3, "s1", 2))
	}
	r := reportOn(t, log.String())
	if len(r.Outages) != 1000 || r.MoreOutages != 500 || r.Servers[0].Outages != 1500 {
		t.Errorf("%d outages and %d more, %d of s1; want 1000, 500, 1500", len(r.Outages), r.MoreOutages, r.Servers[0].Outages)
	}
}

func TestReportGivesTheSourcesError(t *testing.T) {
	t.Parallel()
	for _, broken := range []error{errors.New("the disk is on fire"), fmt.Errorf("the connection broke: %w", io.EOF)} {
		source := io.MultiReader(strings.NewReader(sessionText+"\n"), iotest.ErrReader(broken))
		report, err := (&haproxylog.Reader{Source: source}).Report()
		if report != nil || !errors.Is(err, broken) || !strings.Contains(err.Error(), "after line 1") {
			t.Errorf("report %v, error %v; want the source's error and its place", report, err)
		}
	}
}

func TestEmptyLogGivesAnEmptyReport(t *testing.T) {
	t.Parallel()
	report, err := (&haproxylog.Reader{}).Report()
	if err != nil || report.Counts != (haproxylog.Counts{}) || report.Verdict != haproxylog.Untested {
		t.Errorf("report %v, error %v", report, err)
	}
}

func TestBrokenLinesAreInTheReport(t *testing.T) {
	t.Parallel()
	broken := sessionText[:60] + "\n"
	r := reportOn(t, sessionText+"\n"+strings.Repeat(broken, 25))
	if r.Counts.Broken != 25 || len(r.Broken) != 20 || r.Broken[0].Line != 2 {
		t.Errorf("%d broken lines, %d of them in the report: %v", r.Counts.Broken, len(r.Broken), r.Broken)
	}
	for _, want := range []string{"haproxylog:2:", "and 5 more lines that", "25 not understood"} {
		if !strings.Contains(r.String(), want) {
			t.Errorf("the text has no %q:\n%s", want, r)
		}
	}
}

func TestReportIsTheSameHoweverTheLogArrives(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"reference.log", "kubeadm-tcp-check.log"} {
		log := file(t, name)
		want := reportOn(t, log)
		for how, source := range map[string]io.Reader{
			"byte by byte":     iotest.OneByteReader(strings.NewReader(log)),
			"with CRLF":        strings.NewReader(strings.ReplaceAll(log, "\n", "\r\n")),
			"with data at EOF": iotest.DataErrReader(strings.NewReader(log)),
		} {
			got, err := (&haproxylog.Reader{Source: source}).Report()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.String(), got.String()); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", name, how, diff)
			}
		}
	}
}

// A log that was written twice, to two files say, and merged is the same log.
func TestEveryLineTwiceSaysTheSameOfServers(t *testing.T) {
	t.Parallel()
	once := reportOn(t, file(t, "reference.log"))
	var double strings.Builder
	for line := range strings.Lines(file(t, "reference.log")) {
		double.WriteString(line)
		if strings.Contains(line, "Server ") {
			double.WriteString(line)
		}
	}
	twice := reportOn(t, double.String())
	if once.Outages[0].Span != twice.Outages[0].Span || len(twice.Outages) != 1 || once.Verdict != twice.Verdict {
		t.Errorf("once:\n%s\ntwice:\n%s", once, twice)
	}
}

func TestReportAsJSONHasItsNumbers(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(reportOn(t, file(t, "kubeadm-tcp-check.log")))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Verdict string
		Outages []struct {
			Server string
			State  string
			Span   struct{ LengthSeconds float64 }
		}
		Unassigned []struct{ Errors map[string]int }
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Verdict != "lost" || len(got.Outages) != 8 || got.Outages[5].Span.LengthSeconds != 9.485 || got.Outages[5].State != "DOWN" || got.Unassigned[0].Errors["SC"] != 41 {
		t.Errorf("%s\nis read as %+v", text, got)
	}
}
