package haproxylog

import (
	"fmt"
	"time"
)

// judge sets the verdict and says why.
func (r *Report) judge() {
	if len(r.Outages) == 0 && len(r.Losses) == 0 {
		r.find(Untested, "no server went away in this log, so it says nothing about failover")
	}
	for i := range r.Losses {
		r.judgeLoss(&r.Losses[i])
	}
	for i := range r.Outages {
		r.judgeOutage(&r.Outages[i])
	}
	r.judgeSessions()
}

// find adds a finding; the worst one is the verdict.
func (r *Report) find(v Verdict, format string, args ...any) {
	r.Verdict = max(r.Verdict, v)
	r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
}

func (r *Report) judgeLoss(l *Loss) {
	until := "until " + clock(l.Span.End)
	if l.Ongoing {
		until = "and the log ends before one came back"
	}
	r.find(Lost, "backend %s had no server from %s %s; %s hurt", on(l.Backend, l.Host), stampText(l.Span.Start), until, sessions(l.Hurt))
}

func (r *Report) judgeOutage(o *Outage) {
	server := on(o.Backend+"/"+o.Server, o.Host)
	switch {
	case o.Hurt > 0 && o.Served == 0:
		r.find(Lost, "while %s was %s no session was served and %s hurt", server, o.State, sessions(o.Hurt))
	case o.Hurt > 0:
		r.find(Degraded, "while %s was %s, or was about to be, %s hurt", server, o.State, sessions(o.Hurt))
	case o.Served == 0:
		r.find(Degraded, "while %s was %s no session came, so nothing shows that the service went on", server, o.State)
	}
	if o.Ongoing {
		r.find(Degraded, "%s has not come back", server)
	}
}

// judgeSessions finds sessions that were hurt while every server was up.
func (r *Report) judgeSessions() {
	failed := 0
	for _, s := range r.Servers {
		failed += s.Failed + s.Cut
	}
	for _, s := range r.Unassigned {
		failed += s.Failed + s.Cut
	}
	inOutages := 0
	for i := range r.Outages {
		inOutages += r.Outages[i].Hurt
	}
	for i := range r.Losses {
		inOutages += r.Losses[i].Hurt
	}
	if failed > 0 && inOutages == 0 {
		r.find(Degraded, "%s hurt while no server was away", sessions(failed))
	}
}

func sessions(n int) string {
	if n == 1 {
		return "1 session was"
	}
	return fmt.Sprintf("%d sessions were", n)
}

func on(what, host string) string {
	if host == "" {
		return what
	}
	return what + " on " + host
}

// stampText gives a time as people read it, without the year where the log has
// none.
func stampText(t time.Time) string {
	switch {
	case t.IsZero():
		return "the beginning of the log"
	case t.Year() == 0:
		return t.Format("Jan _2 15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.Format("15:04:05")
}
