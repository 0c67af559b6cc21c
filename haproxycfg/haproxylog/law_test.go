package haproxylog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

// badLogs are logs whose verdict is no good one, each by another line.
func badLogs(t *testing.T) map[string]string {
	t.Helper()
	hang := strings.Join([]string{served(0, "s1"), ended(8, 1, "s1", "1/-1/3000 0 sC"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2)}, "\n")
	logs := map[string]string{
		"a server has not come back": strings.Join([]string{served(0, "s1"), away(10, "s1", 1), served(12, "s2")}, "\n"),
		"a session failed":           hang,
		"the same on standard output": strings.Join([]string{
			raw(served(0, "s1")), raw(ended(8, 1, "s1", "1/-1/3000 0 sC")), raw(away(10, "s1", 1)), raw(served(12, "s2")), raw(up(20, "s1", 2))}, "\n"),
		"the same in a container":    strings.ReplaceAll(hang, "2026-03-01", "haproxy-1  | 2026-03-01"),
		"sessions failed elsewhere":  strings.Join([]string{served(0, "s1"), ended(1, 1, "s2", "1/-1/3000 0 sC"), served(2, "s2"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2)}, "\n"),
		"no server was left":         strings.Join([]string{served(0, "s1"), away(10, "s1", 0), noServer(10), up(20, "s1", 1), served(30, "s1")}, "\n"),
		"everybody who came failed":  strings.Join([]string{served(0, "s1"), away(10, "s1", 1), ended(12, 1, "s2", "1/-1/3000 0 SC"), up(20, "s1", 2)}, "\n"),
		"the configuration broke":    strings.Join([]string{served(0, "s1"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2), at(30, 1) + " [ALERT]    (1) : Current worker (123) exited with code 139 (Segmentation fault)"}, "\n"),
		"connections without an end": file(t, "cases/connect-lines.log"),
		"the wrong order":            file(t, "cases/wrong-order.log"),
		"the quorum was lost":        file(t, "kubeadm-tcp-check.log"),
	}
	for name, log := range logs {
		if rank(reportOn(t, log).Verdict) < rank(haproxylog.Unknown) {
			t.Fatalf("%s: %v", name, reportOn(t, log))
		}
	}
	return logs
}

// raw is a line as standard output has it, without a prefix.
func raw(line string) string {
	_, line, _ = strings.Cut(line, "]: ")
	return line
}

// rank orders verdicts from best to worst.
func rank(v haproxylog.Verdict) int {
	return slices.Index([]haproxylog.Verdict{haproxylog.WentOn, haproxylog.Untested, haproxylog.Unknown, haproxylog.Degraded, haproxylog.Lost}, v)
}

// Whatever becomes of one line of a bad log, the verdict stays bad, and where the
// line can still be read it stays the same.
func TestOneSpoiltLineNeverMakesTheVerdictBetter(t *testing.T) {
	t.Parallel()
	for name, log := range badLogs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
			want := reportOn(t, log).Verdict
			step := 2 + len(log)/500
			check := func(i int, how, changed string, least haproxylog.Verdict) {
				spoilt := slices.Clone(lines)
				spoilt[i] = changed
				if r := reportOn(t, strings.Join(spoilt, "\n")); rank(r.Verdict) < rank(least) {
					t.Errorf("line %d, %s, %q: verdict %v, want %v or worse:\n%s", i+1, how, changed, r.Verdict, least, r)
				}
			}
			for i, line := range lines {
				check(i, "quoted", "> "+line, want)
				check(i, "quoted twice", "> > "+line, want)
				check(i, "indented", "\t    "+line, want)
				check(i, "with a carriage return", line+"\r", want)
				check(i, "between noise", "$ tail -f haproxy.log\n\n"+line+"\n-- \nkernel: nothing of ours", want)
				for at := 1 + i%step; at < len(line); at += step {
					check(i, "wrapped", line[:at]+"\n"+line[at:], haproxylog.Unknown)
					check(i, "garbled", line[:at]+"#?"+line[min(at+2, len(line)):], haproxylog.Unknown)
					if at > len(line)/4 {
						check(i, "cut off", line[:at], haproxylog.Unknown)
					}
				}
			}
		})
	}
}

func TestNoiseAloneDoesNotSpoilAGoodLog(t *testing.T) {
	t.Parallel()
	const noise = "\n-- Boot 0123456789abcdef --\nMar  1 12:00:11 lb sshd[7]: Accepted publickey for root\n$ journalctl -u haproxy\nMar  1 12:00:11 lb systemd[1]: Started HAProxy Load Balancer.\n"
	log := strings.Join([]string{served(0, "s1"), away(10, "s1", 1), served(12, "s2"), up(20, "s1", 2)}, noise)
	if r := reportOn(t, log); r.Verdict != haproxylog.WentOn {
		t.Errorf("want the service to go on:\n%s", r)
	}
}
