package haproxylog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

// connect is a line of a frontend that has no log format.
func connect(second int) string {
	return at(second, 1) + " Connect from 10.0.0.5:45678 to 10.0.0.2:6443 (f/TCP)"
}

// yearless gives a log RFC 3164 stamps, of the day that its lines would have.
func yearless(lines ...string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.Join(lines, "\n"), "2026-03-01T", "Mar  1 "), "Z lb", " lb")
}

// moved replaces the date and hour of lines.
func moved(to string, lines ...string) string {
	return strings.ReplaceAll(strings.Join(lines, "\n"), "2026-03-01T12", to)
}

// Logs of the kinds that were misunderstood once. The finding is the code of one
// that must be there, or empty where there must be none.
func TestKindsOfLogs(t *testing.T) {
	t.Parallel()
	join := func(lines ...string) string { return strings.Join(lines, "\n") }
	custom := strings.NewReplacer("10.0.0.1:1 [", "10.0.0.1:1 -> 10.0.0.2:6443 [")
	goingOn := []string{served(0, "s1"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2)}
	for _, test := range []struct {
		name, log string
		verdict   haproxylog.Verdict
		finding   string
	}{
		{"a format with the destination", file(t, "cases/custom-format.log"), haproxylog.WentOn, ""},
		{"a format with the destination, and a session that failed", custom.Replace(join(served(0, "s1"), away(10, "s1", 1), served(12, "s2"), ended(13, 1, "s2", "1/-1/3000 0 SC"), up(20, "s1", 2))), haproxylog.Degraded, "hurt"},
		{"a format with more behind", strings.ReplaceAll(join(goingOn...), " 0/0", ` 0/0 {10.0.0.9} "-" sni=lb`), haproxylog.WentOn, ""},
		{"a format with less", strings.ReplaceAll(join(goingOn...), " 1/1/1/1/0 0/0", ""), haproxylog.WentOn, ""},
		{"a format that only begins as tcplog", strings.NewReplacer("1/0/40 2000 -- 1/1/1/1/0 0/0", "40 ms -- 2000").Replace(join(goingOn...)), haproxylog.Unknown, "no-ends"},

		{"connections without an end", file(t, "cases/connect-lines.log"), haproxylog.Unknown, "no-ends"},
		{"connections without an end, and no server", join(connect(0), away(10, "s1", 0), noServer(10), connect(12), up(20, "s1", 1)), haproxylog.Lost, "no-server"},
		{"connections without an end before and after", join(connect(0), away(10, "s1", 1), up(20, "s1", 2), connect(30)), haproxylog.Unknown, "no-sessions"},
		{"sessions logged as they begin", join(served(0, "s1"), away(10, "s1", 1), ended(12, 1, "s2", "1/0/+0 +0 --"), up(20, "s1", 2)), haproxylog.Unknown, "no-ends"},
		{"the same beside one that ended", join(served(0, "s1"), away(10, "s1", 1), ended(12, 1, "s2", "1/0/+0 +0 --"), served(13, "s2"), up(20, "s1", 2)), haproxylog.Unknown, "no-ends"},

		{"a whole answer that the server ended", file(t, "cases/sd-complete.log"), haproxylog.Untested, "untested"},
		{"a crash that ended whole answers and watches", join(served(0, "s1"), ended(9, 1, "s1", "1/0/2 2102 SD"), ended(9, 1, "s1", "1/0/90000 50000 SD"), away(10, "s1", 1), ended(10, 1, "s1", "1/0/90000 50000 SD"), served(12, "s2"), up(20, "s1", 2)), haproxylog.WentOn, "cut"},
		{"a hang whose watches HAProxy ended", join(served(0, "s1"), away(10, "s1", 1), ended(10, 1, "s1", "1/0/90000 50000 DD"), served(12, "s2"), up(20, "s1", 2)), haproxylog.WentOn, "cut"},
		{"a hang with a request that waited", join(served(0, "s1"), away(10, "s1", 1), ended(10, 1, "s1", "1/0/1800 2102 DD"), served(12, "s2"), up(20, "s1", 2)), haproxylog.Degraded, "hurt"},
		{"watches that ended because of an outage of which no line tells", join(served(0, "s1"), ended(10, 1, "s1", "1/0/90000 50000 DD"), served(12, "s2")), haproxylog.Unknown, "lines-missing"},

		{"the wrong order", file(t, "cases/wrong-order.log"), haproxylog.Unknown, "out-of-order"},
		{"newest first", join(up(20, "s1", 2), served(12, "s2"), away(10, "s1", 1), served(0, "s1")), haproxylog.Unknown, "out-of-order"},
		{"an older log behind", join(join(goingOn...), moved("2026-02-01T12", goingOn...)), haproxylog.Unknown, "out-of-order"},
		{"the wrong order, and a session that failed", join(up(20, "s1", 2), served(12, "s2"), ended(11, 1, "s2", "1/-1/3000 0 SC"), away(10, "s1", 1), served(0, "s1")), haproxylog.Degraded, "out-of-order"},
		{"lines that overtook each other", join(served(0, "s1"), away(10, "s1", 1), served(14, "s2"), served(12, "s2"), up(20, "s1", 2)), haproxylog.WentOn, ""},
		{"the logs of two load balancers, one behind the other", join(join(goingOn...), strings.ReplaceAll(join(goingOn...), " lb ", " lb2 ")), haproxylog.WentOn, ""},

		{"state lines alone", join(away(10, "s1", 1), up(20, "s1", 2)), haproxylog.Unknown, "no-sessions"},
		{"state lines alone, and it has not come back", join(away(10, "s1", 1), up(20, "s1", 2), away(30, "s1", 1)), haproxylog.Unknown, "not-back"},
		{"state lines alone, without times", join(raw(away(10, "s1", 1)), raw(up(20, "s1", 2))), haproxylog.Unknown, "no-sessions"},
		{"state lines alone, without a year", yearless(away(10, "s1", 1), up(20, "s1", 2)), haproxylog.Unknown, "no-sessions"},

		{"the turn of a year that no line names", strings.NewReplacer("Mar  1 12:00:10", "Dec 31 23:59:50", "Mar  1 12:00:20", "Jan  1 00:00:00").Replace(yearless(away(10, "s1", 1), up(20, "s1", 2))), haproxylog.Unknown, "no-sessions"},
		{"the turn of a year that sessions name", strings.NewReplacer("Mar  1 12:00:00", "Dec 31 23:59:40", "Mar  1 12:00:10", "Dec 31 23:59:50", "01/Mar/2026:12:00:00", "31/Dec/2025:23:59:40", "01/Mar/2026:12:00:12", "31/Dec/2025:23:59:52", "Mar  1 12:00:12", "Dec 31 23:59:52", "Mar  1 12:00:20", "Jan  1 00:00:00").Replace(yearless(goingOn...)), haproxylog.WentOn, ""},
		{"the end of summer time", strings.NewReplacer("12:00:10", "02:59:50", "12:00:20", "02:00:10", "12:00:00", "02:59:40", "12:00:12", "02:59:52").Replace(yearless(goingOn...)), haproxylog.Unknown, "out-of-order"},
		{"the beginning of summer time", strings.NewReplacer("12:00:10", "01:59:50", "12:00:20", "03:00:10", "12:00:00", "01:59:40", "12:00:12", "01:59:52").Replace(yearless(goingOn...)), haproxylog.WentOn, ""},

		{"it begins in an outage", join(served(12, "s2"), up(20, "s1", 2), served(21, "s1")), haproxylog.Unknown, "began-before"},
		{"it begins at the end of a maintenance", join(served(12, "s2"), at(20, 1)+" Server b/s1 is UP (leaving maintenance).", served(21, "s1")), haproxylog.Unknown, "began-before"},
		{"a gap at the line that the server went down", join(served(0, "s1"), served(12, "s2"), up(20, "s1", 2)), haproxylog.Unknown, "lines-missing"},
		{"a gap at the second time that the server went down", join(append(goingOn, served(30, "s2"), up(40, "s1", 2))...), haproxylog.Unknown, "lines-missing"},
		{"a reload, and both processes say that the server is back", join(append(goingOn, strings.Replace(up(24, "s1", 2), "[1]", "[2]", 1))...), haproxylog.WentOn, ""},
		{"syslog says that it dropped lines", join(served(0, "s1"), away(10, "s1", 1), served(12, "s2"), at(15, 1)[:21]+"lb systemd-journald[9]: Suppressed 1023 messages from haproxy.service", up(20, "s1", 2)), haproxylog.Unknown, "not-understood"},

		{"nothing of HAProxy's", "Mar  1 12:00:00 lb sshd[1]: hello\n", haproxylog.Unknown, "no-log"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := reportOn(t, test.log)
			found := slices.ContainsFunc(r.Findings, func(f haproxylog.Finding) bool { return f.Code == test.finding })
			if r.Verdict != test.verdict || test.finding == "" && len(r.Findings) > 0 || test.finding != "" && !found {
				t.Errorf("want the verdict %v and the finding %q:\n%s", test.verdict, test.finding, r)
			}
			if strings.Contains(r.String(), "0001-") || strings.Contains(r.String(), "0000-") {
				t.Errorf("a year that is none:\n%s", r)
			}
			for _, o := range r.Outages {
				if o.Span.Length() < 0 {
					t.Errorf("an outage of %v", o.Span.Length())
				}
			}
		})
	}
}

func TestAnOutageOfWhichOnlyTheEndIsToldHasWhatTheLogTells(t *testing.T) {
	t.Parallel()
	r := reportOn(t, strings.Join([]string{served(0, "s1"), ended(5, 1, "s1", "1/-1/2000 0 sC"), served(12, "s2"), served(13, "s3"), up(20, "s1", 2)}, "\n"))
	if len(r.Outages) != 1 {
		t.Fatalf("want one outage:\n%s", r)
	}
	o := r.Outages[0]
	if !o.Untold || !o.Span.Start.Equal(instant(0)) || !o.Span.End.Equal(instant(20)) || o.Served != 2 || o.Hurt != 1 || r.HurtElsewhere != 0 {
		t.Errorf("want 20 s from the last session that it served, with 2 served by others and 1 hurt:\n%s\n%+v", r, o)
	}
}

// state is a line about a server in a backend, with its reason.
func state(second int, backend, words string) string {
	return at(second, 1) + " Server " + backend + "/s1 " + words + " 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."
}

// A backend that only checks the same servers tells the cause, and its outages
// are none of the service.
func TestTheCauseIsThatOfTheCheckThatSawIt(t *testing.T) {
	t.Parallel()
	const (
		refused = `is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms.`
		silent  = "is DOWN, reason: Layer4 timeout, check duration: 450ms."
		tls     = `is DOWN, reason: Layer6 invalid response, info: "SSL handshake failure", check duration: 4ms.`
		sick    = `is DOWN, reason: Layer7 wrong status, code: 500, info: "Internal Server Error", check duration: 9ms.`
		late    = "is DOWN, reason: Layer7 timeout, check duration: 450ms."
		probe   = `is DOWN, reason: Layer7 wrong status, code: 504, info: "Gateway Time-out", check duration: 460ms.`
		leaving = "is stopping, reason: Layer7 check conditionally passed, code: 503, check duration: 1ms."
		agent   = "is DOWN, code: 0, via agent : down."
		tracks  = "is DOWN via quick/s1."
	)
	for _, test := range []struct{ own, other, want string }{
		{probe, silent, "Layer4 timeout, as quick/s1 tells"},
		{probe, late, "Layer7 timeout, as quick/s1 tells"},
		{leaving, refused, "Layer4 connection problem, Connection refused, as quick/s1 tells"},
		{probe, tls, "Layer6 invalid response, SSL handshake failure, as quick/s1 tells"},
		{agent, sick, "Layer7 wrong status, code 500, Internal Server Error, as quick/s1 tells"},
		{tracks, refused, "Layer4 connection problem, Connection refused, as quick/s1 tells"},
		{refused, late, "Layer4 connection problem, Connection refused"},
		{sick, late, "Layer7 wrong status, code 500, Internal Server Error"},
	} {
		for order, lines := range map[string][]string{
			"before": {state(10, "quick", test.other), state(11, "b", test.own)},
			"after":  {state(10, "b", test.own), state(11, "quick", test.other)},
		} {
			log := slices.Concat([]string{served(0, "s1")}, lines, []string{served(13, "s2"), up(20, "s1", 2), strings.Replace(up(23, "s1", 2), "b/", "quick/", 1)})
			r := reportOn(t, strings.Join(log, "\n"))
			if len(r.Outages) != 1 || r.Verdict != haproxylog.WentOn || r.Outages[0].Cause.String() != test.want {
				t.Errorf("%q, the other backend %s: want one outage with the cause %q:\n%s", test.own, order, test.want, r)
			}
		}
	}
}

func TestACauseOfLongAgoIsNoneOfThisOutage(t *testing.T) {
	t.Parallel()
	const probe = `is DOWN, reason: Layer7 wrong status, code: 504, info: "Gateway Time-out", check duration: 460ms.`
	r := reportOn(t, strings.Join([]string{
		served(0, "s1"), state(1, "quick", "is DOWN, reason: Layer4 timeout, check duration: 450ms."), strings.Replace(up(3, "s1", 2), "b/", "quick/", 1),
		state(40, "b", probe), served(42, "s2"), up(50, "s1", 2),
	}, "\n"))
	if len(r.Outages) != 1 || r.Outages[0].Cause.Code != 504 {
		t.Errorf("want the outage's own cause:\n%s", r)
	}
}

func TestABackendThatOnlyChecksDoesNotMakeOutages(t *testing.T) {
	t.Parallel()
	quick := func(line string) string { return strings.Replace(line, "b/s1", "quick/s1", 1) }
	r := reportOn(t, strings.Join([]string{served(0, "s1"), quick(away(10, "s1", 1)), served(11, "s1"), quick(up(14, "s1", 2))}, "\n"))
	if r.Verdict != haproxylog.Untested || len(r.Outages) != 0 {
		t.Errorf("want no outage where only a check was slow:\n%s", r)
	}
}

func TestObserveSeesEveryEvent(t *testing.T) {
	t.Parallel()
	seen := 0
	reader := haproxylog.Reader{Source: strings.NewReader(file(t, "reference.log")), Observe: func(e *haproxylog.Event) {
		if e.Session != nil && !e.Session.Client.IsValid() {
			t.Errorf("a session without its client: %+v", e.Session)
		}
		seen++
	}}
	r, err := reader.Report()
	if err != nil || seen != r.Counts.Events {
		t.Errorf("%d events of %d, error %v", seen, r.Counts.Events, err)
	}
}

// What others write into a log is shown and does nothing.
func TestNothingOfTheLogReachesATerminalAlive(t *testing.T) {
	t.Parallel()
	const evil = "s1\x1b]0;t\x07\u202e<b>"
	log := strings.ReplaceAll(strings.Join([]string{served(0, "s1"), ended(8, 1, "s1", "1/-1/3000 0 sC"), away(10, "s1", 0), noServer(10), served(12, "s2"), at(13, 1) + " Server b/s1 is odd"}, "\n"), "s1", evil)
	log = strings.ReplaceAll(strings.ReplaceAll(log, "Layer4 timeout", "Layer4\x1b[31m"), "backend b ", "backend b\x1b[31m ")
	r := reportOn(t, log)
	if text := r.String(); strings.ContainsAny(text, "\x1b\x07\u202e") || !strings.Contains(text, `\x1b`) {
		t.Errorf("%q", text)
	}
	if len(r.Outages) == 0 || r.Outages[0].Server != evil {
		t.Errorf("outages %+v, want one of %q", r.Outages, evil)
	}
}
