package haproxylog_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

func TestSessionFields(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, line string
		change     func(s *haproxylog.Session)
	}{
		{"as in the reference log", sessionText, func(*haproxylog.Session) {}},
		{"IPv6, without brackets", strings.Replace(sessionText, "192.168.51.81:", "fd00:51::81:", 1), func(s *haproxylog.Session) {
			s.Client = netip.MustParseAddrPort("[fd00:51::81]:47036")
		}},
		{"IPv4 through an IPv6 socket", strings.Replace(sessionText, "192.168.51.81:", "::ffff:192.168.51.81:", 1), func(*haproxylog.Session) {}},
		{"a UNIX socket", strings.Replace(sessionText, "192.168.51.81:47036", "unix:1", 1), func(s *haproxylog.Session) {
			s.Client = netip.AddrPort{}
		}},
		{"TLS", strings.Replace(sessionText, "k8sVip ", "k8sVip~ ", 1), func(*haproxylog.Session) {}},
		{"no server", strings.Replace(sessionText, "cka-cp-1 1/0/32", "<NOSRV> -1/-1/0", 1), func(s *haproxylog.Session) {
			s.Server, s.Wait, s.Connect, s.Total = "", -1, -1, 0
		}},
		{"a dash for the server", strings.Replace(sessionText, "cka-cp-1 ", "- ", 1), func(s *haproxylog.Session) { s.Server = "" }},
		{"logasap", strings.Replace(sessionText, "1/0/32 22531", "1/0/+32 +22531", 1), func(s *haproxylog.Session) { s.Early = true }},
		{"redispatched", strings.Replace(sessionText, "4/0 0/0", "4/+3 7/8", 1), func(*haproxylog.Session) {}},
		{"a longer log format", sessionText + ` {a|b} "sni"`, func(*haproxylog.Session) {}},
		{"a format with the address that was asked for", strings.Replace(sessionText, " [", " -> 192.168.51.80:6443 [", 1), func(*haproxylog.Session) {}},
		{"a shorter log format", sessionText[:strings.Index(sessionText, " 13/")], func(*haproxylog.Session) {}},
		{"a format with something else behind", strings.Replace(sessionText, "13/13/12/4/0 0/0", "sni=lb tls=1.3", 1), func(*haproxylog.Session) {}},
		{"HTTP", strings.Replace(sessionText, "1/0/32 22531 --", "5/1/0/9/32 503 22531 - - ----", 1) + ` "GET /readyz HTTP/1.1"`, func(s *haproxylog.Session) { s.Status = 503 }},
		{"64 bits of bytes", strings.Replace(sessionText, "22531", "900000000000000000", 1), func(s *haproxylog.Session) { s.Bytes = 9e17 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := session()
			test.change(&want)
			got := readOne(t, &haproxylog.Reader{}, test.line)
			if diff := cmp.Diff(&want, got.Session, equate); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBrokenSessionIsReportedWithItsLineAndColumn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, line string
		column     int
	}{
		{"cut off in the date", sessionText[:40], 1},
		{"cut off in the names", sessionText[:52], 1},
		{"cut off in the timers", sessionText[:78], 79},
		{"cut off behind the bytes", sessionText[:87], 82},
		{"a letter in a number", strings.Replace(sessionText, "22531", "2253l", 1), 82},
		{"a termination state that is none", strings.Replace(sessionText, " -- ", " XY ", 1), 88},
		{"a number of 20 digits", strings.Replace(sessionText, "22531", "12345678901234567890", 1), 82},
		{"another negative number than -1", strings.Replace(sessionText, "1/0/32", "1/-2/32", 1), 77},
		{"a day that is none", strings.Replace(sessionText, "25/Sep", "31/Sep", 1), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const prefix = "Sep 25 18:05:53 h haproxy[1]: "
			events, errs := read(t, &haproxylog.Reader{}, sessionText+"\n"+prefix+test.line+"\n"+sessionText+"\n")
			if len(events) != 2 || len(errs) != 1 {
				t.Fatalf("%d events and the errors %v, want one error between two events", len(events), errs)
			}
			var broken *haproxylog.ParseError
			if !errors.As(errs[0], &broken) || broken.Line != 2 || broken.Column != len(prefix)+test.column {
				t.Errorf("error %v, want line 2, column %d", errs[0], len(prefix)+test.column)
			}
			if !strings.HasPrefix(errs[0].Error(), "haproxylog:2:") {
				t.Errorf("error %q does not begin with its place", errs[0])
			}
		})
	}
}

func TestOutcomeOfSession(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		session string
		want    haproxylog.Outcome
	}{
		{"s1 1/0/32 22531 --", haproxylog.Served},
		{"s1 1/0/32 22531 CD", haproxylog.Served},
		{"s1 1/0/+0 +0 --", haproxylog.Open},
		{"s1 1/0/50000 22531 sD", haproxylog.TimedOut},
		{"s1 1/0/50000 22531 cD", haproxylog.TimedOut},
		{"s1 1/0/5000 22531 SD", haproxylog.Cut},
		{"s1 0/1/0/9/32 200 22531 - - ----", haproxylog.Served},
		{"s1 0/1/0/9/32 500 22531 - - ----", haproxylog.Failed},
		{"<NOSRV> 0/-1/-1/-1/0 503 217 - - SC--", haproxylog.Failed},
		{"s1 1/0/5000 22531 D-", haproxylog.Cut},
		{"s1 1/0/5000 22531 KD", haproxylog.Cut},
		{"s1 1/-1/3007 0 SC", haproxylog.Failed},
		{"s1 1/-1/5000 0 sC", haproxylog.Failed},
		{"s1 1/0/50000 0 sD", haproxylog.Failed},
		{"s1 1/0/50000 0 cD", haproxylog.Failed},
		{"s1 1/0/10000 0 CD", haproxylog.Failed},
		{"s1 1/-1/10000 0 CC", haproxylog.Failed},
		{"<NOSRV> -1/-1/0 0 SC", haproxylog.Failed},
		{"<NOSRV> -1/-1/0 0 PR", haproxylog.Failed},
		{"s1 1/0/3 0 --", haproxylog.Abandoned},
		{"s1 1/-1/3 0 CC", haproxylog.Abandoned},
		{"<NOSRV> -1/-1/3 0 CR", haproxylog.Abandoned},
	} {
		e := readOne(t, &haproxylog.Reader{}, "10.0.0.1:1 [25/Sep/2022:18:05:53.594] f b/"+test.session+" 1/1/1/1/0 0/0")
		if got := e.Session.Outcome(); got != test.want {
			t.Errorf("%s is %v, want %v", test.session, got, test.want)
		}
	}
}

func TestEveryTerminationStateIsExplained(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, first := range "-CSPLRIDUKcs" {
		for _, second := range "-RQCHDLT" {
			state := haproxylog.Termination([]rune{first, second})
			e := readOne(t, &haproxylog.Reader{}, strings.Replace(sessionText, " -- ", " "+string(state)+" ", 1))
			if e.Session.Termination != state {
				t.Errorf("%v is read as %v", state, e.Session.Termination)
			}
			text := state.Explain()
			if len(text) < 10 || strings.Contains(text, "  ") || strings.HasSuffix(text, " ") {
				t.Errorf("%v is explained as %q", state, text)
			}
			if other, ok := seen[text]; ok && state[0] != other[0] {
				t.Errorf("%v is explained as %s is: %q", state, other, text)
			}
			seen[text] = string(state)
		}
	}
	if got := haproxylog.Termination("SX").Explain(); got != "this is no session state of HAProxy's" {
		t.Errorf("SX is explained as %q", got)
	}
}
