package haproxylog

import "fmt"

// judge sets the verdict and says why.
func (r *Report) judge() {
	r.judgeUntold()
	if len(r.Outages) == 0 && len(r.Losses) == 0 && len(r.Findings) == 0 {
		r.find(Untested, "no server went away in this log, so it says nothing about failover")
	}
	for i := range r.Losses {
		r.judgeLoss(&r.Losses[i])
	}
	for i := range r.Outages {
		r.judgeOutage(&r.Outages[i])
	}
	if r.HurtElsewhere > 0 {
		r.find(Degraded, "%s hurt while every server of the backend was up", sessions(r.HurtElsewhere))
	}
}

// find adds a finding; the worst one makes the verdict.
func (r *Report) find(v Verdict, format string, args ...any) {
	r.Verdict = max(r.Verdict, v)
	r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
}

func (r *Report) judgeLoss(l *Loss) {
	if l.BeforeService && !l.Ongoing && l.Hurt == 0 {
		return
	}
	verdict := Lost
	if l.wentOn() {
		verdict = Degraded
	}
	r.find(verdict, "backend %s had no server %s; %s hurt%s", r.on(l.Host, l.Backend), when(l.Span, l.Ongoing, l.Estimated), sessions(l.Hurt), l.elsewhere())
}

// wentOn tells whether another backend served for the whole loss, or nobody came
// in a loss of a moment. A gap counts where somebody came who was not served, and
// where the seconds of two stamps cannot explain it.
func (l *Loss) wentOn() bool {
	const moment = 2 * stampGrain
	if l.Served == 0 {
		return l.Hurt+l.NotServed == 0 && !l.Ongoing && l.Span.Length() <= moment
	}
	return l.NotServed == 0 || l.LongestGap.Length() <= moment
}

// elsewhere says what another backend did meanwhile, if anything.
func (l *Loss) elsewhere() string {
	switch {
	case l.Served == 0 && l.wentOn():
		return ", and nobody came"
	case l.Served == 0:
		return ""
	case l.wentOn():
		return fmt.Sprintf("; %s served by its servers in another backend", sessions(l.Served))
	}
	return fmt.Sprintf("; %s served by its servers in another backend, none for %s; %s not served",
		sessions(l.Served), lengthText(l.LongestGap.Length()), sessions(l.NotServed))
}

func (r *Report) judgeOutage(o *Outage) {
	server := r.on(o.Host, o.Backend+"/"+o.Server)
	lost := r.lostDuring(o)
	switch {
	case o.Failed > 0 && o.Served == 0 && !lost:
		r.find(Lost, "while %s was %s, %s begun and none was served", server, o.State, sessions(o.Failed))
	case o.Hurt > 0:
		r.find(Degraded, "while %s was %s, or about to be, %s hurt", server, o.State, sessions(o.Hurt))
	case o.Served == 0 && !lost:
		r.find(Degraded, "while %s was %s no session came that would show that the service went on", server, o.State)
	}
	if o.Ongoing {
		r.find(Degraded, "%s has not come back", server)
	}
}

func (r *Report) judgeUntold() {
	for _, s := range r.Servers {
		if s.Untold > 0 {
			r.find(Degraded, "%s came back, and no line says that it had gone: lines are missing", r.on(s.Host, s.Backend+"/"+s.Server))
		}
	}
}

// lostDuring tells whether a loss of the backend overlaps the outage.
func (r *Report) lostDuring(o *Outage) bool {
	for _, l := range r.Losses {
		if l.Host == o.Host && l.Backend == o.Backend && !l.Span.Start.After(o.Span.End) && !o.Span.Start.After(l.Span.End) {
			return true
		}
	}
	return false
}

func sessions(n int) string {
	if n == 1 {
		return "1 session was"
	}
	return fmt.Sprintf("%d sessions were", n)
}
