package haproxylog

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// serverState is what is known of a server while the log is read.
type serverState struct {
	report ServerReport
	// outage is the one that is open, nil while the server is up.
	outage *Outage
	// firstSign is the first failure after the last good sign, cause that of the
	// last failed check, and pending the sessions that were hurt since.
	firstSign time.Time
	cause     Cause
	pending   int
	// elsewhere is the sessions that were hurt outside all outages.
	elsewhere int
}

// good forgets the signs of an outage.
func (s *serverState) good() {
	if s.outage == nil {
		s.firstSign, s.cause, s.pending = time.Time{}, Cause{}, 0
	}
}

func (s *serverState) failing(t time.Time) {
	if s.outage == nil && (s.firstSign.IsZero() || t.Before(s.firstSign)) {
		s.firstSign = t
	}
}

// hurt takes a session that was hurt for a sign.
func (s *serverState) hurt(session *Session) {
	if session.Outcome() == Failed {
		s.failing(session.Accept)
	} else {
		s.failing(session.End())
	}
	s.pending++
}

// check takes a health check for a sign.
func (s *serverState) check(e *Event) {
	if e.Check.Passed {
		s.good()
		return
	}
	s.failing(e.Time)
	s.cause = e.Check.Cause
}

// backendState is what is known of a backend.
type backendState struct {
	host, name string
	// open and ended are the outages; ended is in the order of their ends.
	open, ended []*Outage
	// losses are in the order of time; only the last may be open.
	losses []*Loss
	// frontends are those whose sessions came to it.
	frontends map[string]bool
	// inService is true once a session was served.
	inService bool
}

// away opens an outage.
func (b *backendState) away(srv *serverState, e *Event) {
	o := &Outage{
		Host: b.host, Backend: b.name, Server: srv.report.Server,
		State: e.Server.State, Span: Span{Start: e.Time}, Ongoing: true, Estimated: e.Estimated,
		Cause: e.Server.Cause, OthersUp: -1, line: e.Line, pid: e.PID,
	}
	if o.State == Down {
		o.foretell(srv)
	}
	o.gaps.begin(e.Time)
	srv.outage = o
	b.open = append(b.open, o)
}

// goOn takes another change of state in the middle of an outage. A server that
// stopped in good order and then went down was down.
func (o *Outage) goOn(e *Event) {
	o.pid = e.PID
	if e.Server.State != Down || o.State == Down {
		return
	}
	o.State = Down
	if cause := e.Server.Cause; cause.Reason != "" || cause.Via != "" {
		o.Cause = cause
	}
}

// foretell gives an outage the signs that came before it: the sessions that
// were hurt since the first one belong to it, and with `option log-health-checks`
// only the check's own line has the cause.
func (o *Outage) foretell(srv *serverState) {
	o.FirstSign, o.Hurt = srv.firstSign, srv.pending
	srv.elsewhere -= min(srv.pending, srv.elsewhere)
	if o.Cause.Reason == "" && o.Cause.Via == "" {
		o.Cause = srv.cause
	}
}

// back ends a server's outage.
func (b *backendState) back(srv *serverState, t time.Time, estimated bool) {
	o := srv.outage
	if o == nil {
		srv.good()
		return
	}
	o.Ongoing = false
	o.Estimated = o.Estimated || estimated
	o.end(t)
	srv.outage, srv.report.State = nil, Up
	srv.good()
	b.open = slices.DeleteFunc(b.open, func(other *Outage) bool { return other == o })
	b.ended = append(b.ended, o)
}

func (o *Outage) end(t time.Time) {
	o.Span.End = t
	o.gaps.end(t)
}

// reborn ends an outage that a reload hid: a new process takes every server
// for up and says so with no line. A session that a server serves for another
// process than the one that saw it down shows it.
func (b *backendState) reborn(srv *serverState, e *Event) {
	accept := e.Session.Accept
	if o := srv.outage; o != nil && isReborn(o.pid, o.Span, e) {
		b.back(srv, accept, true)
	}
	if l := b.loss(); l != nil && isReborn(l.pid, l.Span, e) {
		b.found(accept, true)
	}
}

func isReborn(pid int, span Span, e *Event) bool {
	return pid != 0 && e.PID != 0 && pid != e.PID && e.Session.Accept.After(span.Start)
}

// served counts a served session for the outages in which it began.
func (b *backendState) served(s *Session) {
	b.inService = true
	for o := range b.outagesAt(s.Accept) {
		if o.Server != s.Server {
			o.Served++
			o.gaps.add(s.Accept)
		}
	}
}

// hurt counts a hurt session for the outages and losses in which it ended, and
// tells whether there was one. One that failed also counts for the outages in
// which it began.
func (b *backendState) hurt(s *Session, outcome Outcome) (counted bool) {
	if outcome == Failed {
		for o := range b.outagesAt(s.Accept) {
			o.Failed++
		}
	}
	end := s.End()
	for o := range b.outagesAt(end) {
		o.Hurt++
		counted = true
	}
	for l := range b.lossesAt(end) {
		l.Hurt++
		counted = true
	}
	return counted
}

// resolution is how much later than a session's times the stamps of the lines
// of the same moment may be: a session has the time of the round of HAProxy's
// event loop, in milliseconds, and a stamp the time of writing.
const resolution = 50 * time.Millisecond

// outagesAt gives the outages that lasted at t, the time of a session.
func (b *backendState) outagesAt(t time.Time) iter.Seq[*Outage] {
	t = t.Add(resolution)
	return func(yield func(*Outage) bool) {
		for _, o := range b.open {
			if !t.Before(o.Span.Start) && !yield(o) {
				return
			}
		}
		for _, o := range slices.Backward(b.ended) {
			if !t.Before(o.Span.End) {
				return
			}
			if !t.Before(o.Span.Start) && !yield(o) {
				return
			}
		}
	}
}

// lossesAt gives the losses that lasted at t, the time of a session.
func (b *backendState) lossesAt(t time.Time) iter.Seq[*Loss] {
	t = t.Add(resolution)
	return func(yield func(*Loss) bool) {
		for _, l := range slices.Backward(b.losses) {
			if !l.Ongoing && !t.Before(l.Span.End) {
				return
			}
			if !t.Before(l.Span.Start) && !yield(l) {
				return
			}
		}
	}
}

// cameFrom takes note of a session's frontend.
func (b *backendState) cameFrom(frontend string) {
	if b.frontends[frontend] {
		return
	}
	if b.frontends == nil {
		b.frontends = map[string]bool{}
	}
	b.frontends[strings.Clone(frontend)] = true
}

// stampGrain is how exact the stamps of RFC 3164 are: what they say ended may
// have gone on for so long.
const stampGrain = time.Second

// meanwhile counts a session for the loss in which it came.
func (b *backendState) meanwhile(s *Session, served bool) {
	for _, l := range slices.Backward(b.losses) {
		if !l.Ongoing && s.Accept.After(l.Span.End.Add(stampGrain)) {
			return
		}
		if s.Accept.Add(resolution).Before(l.Span.Start) {
			continue
		}
		if !served {
			l.NotServed++
			return
		}
		l.Served++
		l.gaps.add(s.Accept)
		return
	}
}

// remaining takes note of how many servers are up for the outages that are
// open.
func (b *backendState) remaining(r *Remaining) {
	if r == nil {
		return
	}
	for _, o := range b.open {
		if up := r.Active + r.Backup; o.OthersUp < 0 || up < o.OthersUp {
			o.OthersUp = up
		}
	}
}

// loss is the one that is open, if any.
func (b *backendState) loss() *Loss {
	if n := len(b.losses); n > 0 && b.losses[n-1].Ongoing {
		return b.losses[n-1]
	}
	return nil
}

// lose opens a loss.
func (b *backendState) lose(e *Event) {
	if l := b.loss(); l != nil {
		l.pid = e.PID
		return
	}
	if len(b.losses) < maxOutages {
		b.losses = append(b.losses, &Loss{
			Host: b.host, Backend: b.name, Span: Span{Start: e.Time},
			Ongoing: true, Estimated: e.Estimated, BeforeService: !b.inService, line: e.Line, pid: e.PID,
			gaps: gaps{last: e.Time},
		})
	}
}

// found ends a loss.
func (b *backendState) found(t time.Time, estimated bool) {
	if l := b.loss(); l != nil {
		l.Span.End, l.Ongoing = t, false
		l.gaps.end(t)
		l.Estimated = l.Estimated || estimated
	}
}

// close ends everything at the end of the log and reports it.
func (b *backendState) close(r *Report) {
	for _, o := range slices.Concat(b.ended, b.open) {
		if o.Ongoing {
			o.end(r.Last)
		}
		o.LongestGap = o.gaps.max()
		r.Outages = append(r.Outages, *o)
	}
	for _, l := range b.losses {
		if l.Ongoing {
			l.Span.End = r.Last
			l.gaps.end(r.Last)
		}
		l.LongestGap = l.gaps.max()
		r.Losses = append(r.Losses, *l)
	}
}
