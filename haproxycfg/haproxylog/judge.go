package haproxylog

import (
	"fmt"
	"slices"

	"github.com/haplane/haplane/internal/finding"
)

// verdicts are all of them, from best to worst.
var verdicts = []Verdict{WentOn, Untested, Unknown, Degraded, Lost}

var severities = map[Verdict]finding.Severity{
	WentOn: finding.Info, Untested: finding.Info, Unknown: finding.Warning, Degraded: finding.Warning, Lost: finding.Critical,
}

// find adds a finding about a subject; the worst one makes the verdict.
func (r *Report) find(v Verdict, code, subject, remedy, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{Code: code, Severity: severities[v], Subject: subject, Message: fmt.Sprintf(format, args...), Remedy: remedy})
	if slices.Index(verdicts, v) > slices.Index(verdicts, r.Verdict) {
		r.Verdict = v
	}
}

// judge sets the verdict and says why. More names than could be told apart, left
// of them, were left out.
func (r *Report) judge(left int) {
	r.Verdict = WentOn
	for i := range r.Losses {
		r.judgeLoss(&r.Losses[i])
	}
	for i := range r.Outages {
		r.judgeOutage(&r.Outages[i])
	}
	if r.HurtElsewhere > 0 {
		r.find(Degraded, "hurt-elsewhere", "", "", "%s hurt while every server of the backend was up", were(r.HurtElsewhere))
	}
	r.judgeLines(left)
	if len(r.Outages)+len(r.Losses) == 0 {
		r.find(Untested, "untested", "", "", "no server went away in this log, so it says nothing about failover")
	}
}

// judgeLines says what of the log was not understood, or is not there.
func (r *Report) judgeLines(left int) {
	if c := r.Counts; c.Lines > 0 && c.Events == 0 {
		r.find(Unknown, "no-log", "", "give the log of an HAProxy with `option tcplog`", "there is nothing of HAProxy's in this log")
	}
	if n := r.Counts.Broken; n > 0 {
		r.find(Unknown, "not-understood", "", "give the log as HAProxy wrote it, with `option tcplog`",
			"%s that may be HAProxy's and could tell of trouble could not be understood, the first at line %d", count(n, "line"), r.Broken[0].Line)
	}
	if d := r.unordered; d != nil {
		r.find(Unknown, "out-of-order", "", "sort the lines, oldest first; where a clock was set back, read the parts before and after one by one",
			"time runs backwards by %s at line %d: the lines are in the wrong order, or a clock was set back, as at the end of summer time", lengthText(d.by), d.line)
	}
	for _, s := range r.Servers {
		if s.Untold > 0 {
			r.find(Unknown, "lines-missing", r.on(s.Host, s.Backend+"/"+s.Server), "raise net.unix.max_dgram_qlen before syslog starts, or give the log from earlier on",
				"it was away, and no line says that it had gone: lines are missing")
		}
	}
	if left+r.MoreOutages > 0 {
		r.find(Unknown, "too-much", "", "", "the log is more than a report holds: %s, and %s about further servers, were left out", count(r.MoreOutages, "outage"), count(left, "line"))
	}
}

func (r *Report) judgeLoss(l *Outage) {
	if l.BeforeService && !l.Ongoing && l.Hurt == 0 {
		return
	}
	verdict := Lost
	if l.wentOn() {
		verdict = Degraded
	}
	r.find(verdict, "no-server", r.on(l.Host, l.Backend), "",
		"the backend had no server %s; %s hurt%s", when(l.Span, l.Ongoing, l.Estimated), were(l.Hurt), l.elsewhere())
}

// wentOn reports whether another backend served for the whole loss, or nobody came
// in a loss of a moment. A gap counts where somebody came who was not served, and
// where the seconds of two stamps cannot explain it.
func (o *Outage) wentOn() bool {
	const moment = 2 * stampGrain
	if o.Served == 0 {
		return o.Hurt+o.Failed == 0 && !o.Ongoing && !o.Estimated && o.Span.Length() <= moment
	}
	return o.Failed == 0 || o.LongestGap.Length() <= moment
}

// elsewhere says what another backend did meanwhile, if anything.
func (o *Outage) elsewhere() string {
	switch {
	case o.Served == 0 && o.wentOn():
		return ", and nobody came"
	case o.Served == 0:
		return ""
	case o.wentOn():
		return fmt.Sprintf("; %s served by its servers in another backend", were(o.Served))
	}
	return fmt.Sprintf("; %s served by its servers in another backend, none for %s; %s not served",
		were(o.Served), lengthText(o.LongestGap.Length()), were(o.Failed))
}

func (r *Report) judgeOutage(o *Outage) {
	find := func(v Verdict, code, remedy, format string, args ...any) {
		r.find(v, code, r.on(o.Host, o.Backend+"/"+o.Server), remedy, format, args...)
	}
	lost := r.lostDuring(o)
	switch {
	case o.Failed > 0 && o.Served == 0 && !lost:
		find(Lost, "nobody-served", "", "while it was %s, %s begun and none was served", o.State, were(o.Failed))
	case o.Hurt > 0:
		find(Degraded, "hurt", "", "while it was %s, or about to be, %s hurt", o.State, were(o.Hurt))
	}
	if r.unordered != nil {
		return // Which lines were meanwhile is not known.
	}
	if o.Open > 0 {
		find(Unknown, "no-ends", "use `option tcplog`", "while it was %s, %s begun of which the log does not say how they ended", o.State, were(o.Open))
	} else if o.Served+o.Failed+o.Hurt == 0 && !lost {
		find(Unknown, "no-sessions", "use `option tcplog`, and ask for something meanwhile", "while it was %s no session came that would show that the service went on", o.State)
	}
	switch {
	case o.Ongoing && o.Served > 0:
		find(Degraded, "not-back", "", "it has not come back")
	case o.Ongoing:
		find(Unknown, "not-back", "", "it has not come back")
	}
	if o.Untold && o.Span.Start.IsZero() {
		find(Unknown, "began-before", "give the log from earlier on", "its outage began before this log")
	}
	if o.Cut > 0 {
		find(WentOn, "cut", "", "%s ended with it, as watches do, or after a whole answer", count(o.Cut, "session"))
	}
}

// lostDuring reports whether a loss of the backend overlaps the outage.
func (r *Report) lostDuring(o *Outage) bool {
	for _, l := range r.Losses {
		if l.Host == o.Host && l.Backend == o.Backend && !l.Span.Start.After(o.Span.End) && !o.Span.Start.After(l.Span.End) {
			return true
		}
	}
	return false
}

func were(n int) string {
	if n == 1 {
		return "1 session was"
	}
	return fmt.Sprintf("%d sessions were", n)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
