package haproxylog

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// serverState is what is known of a server while the log is read.
type serverState struct {
	report  ServerReport
	backend *backendState
	// alike are the servers of the same name in all backends.
	alike *group
	// outage is the one that is open, nil while the server is up.
	outage *Outage
	// firstSign is the first failure after the last good sign, failed the cause of
	// the last failed check, pending the sessions that were hurt since, and
	// pendingCut those that were cut.
	firstSign           time.Time
	failed              Cause
	pending, pendingCut int
	// lastGood is the last good sign, and servedThen what the backend had served.
	lastGood   time.Time
	servedThen int
	// elsewhere is the sessions that were hurt outside all outages, killed those that
	// HAProxy ended because the server was down, of which no line has told.
	elsewhere, killed int
	// told is true once a line told a change of state, and teller the process that
	// wrote the last one.
	told   bool
	toldAt time.Time
	teller int
	// trueCause is the last cause that comes from the server itself, and when.
	trueCause   Cause
	trueCauseAt time.Time
}

// good forgets the signs of an outage.
func (s *serverState) good(t time.Time) {
	s.lastGood, s.servedThen = t, s.backend.total
	if s.outage == nil {
		s.firstSign, s.failed, s.pending, s.pendingCut = time.Time{}, Cause{}, 0, 0
	}
}

func (s *serverState) failing(t time.Time) {
	if s.outage == nil && (s.firstSign.IsZero() || t.Before(s.firstSign)) {
		s.firstSign = t
	}
}

// hurt takes a session that was hurt for a sign.
func (s *serverState) hurt(session *Session, outcome Outcome) {
	if outcome == Failed {
		s.failing(session.Accept)
	} else {
		s.failing(session.End())
	}
	s.pending++
}

// cut takes a session that ended with its server, or that the server ended.
func (s *serverState) cut(session *Session) {
	s.failing(session.End())
	for o := range s.backend.outagesAt(session.End()) {
		if o.Server == s.report.Server {
			o.Cut++
			return
		}
	}
	s.pendingCut++
	s.noticeKilled(session)
}

// noticeKilled takes note of a session that only ends so when the server goes down.
func (s *serverState) noticeKilled(session *Session) {
	if session.Termination.by() == 'D' {
		s.killed++
	}
}

// check takes a health check for a sign.
func (s *serverState) check(e *Event) {
	if e.Check.Passed {
		s.good(e.Time)
		return
	}
	s.failing(e.Time)
	s.failed = e.Check.Cause
}

// missed reports whether a server that comes back, and was not away, was away
// without a line that told it. Another process that says the same tells nothing of
// the kind, nor does a line that stands twice, a second apart at most.
func (s *serverState) missed(e *Event) bool {
	again := s.told && e.Time.Sub(s.toldAt).Abs() <= 2*stampGrain
	return !s.told || !again && (s.pending > 0 || e.PID != 0 && e.PID == s.teller)
}

// backendState is what is known of a backend.
type backendState struct {
	host, name string
	servers    map[string]*serverState
	// open and ended are the outages; ended is in the order of their ends.
	open, ended []*Outage
	// losses are in the order of time; only the last may be open.
	losses []*Outage
	// frontends are those whose sessions came to it, and frontend the last one.
	frontends map[string]bool
	frontend  string
	// sessions is how many came, total how many were served, and changes how many
	// changes of state the log tells of its servers.
	sessions, total, changes int
}

// begin begins an outage of a server, or of the backend.
func (b *backendState) begin(e *Event, server string) *Outage {
	o := &Outage{
		Host: b.host, Backend: b.name, Server: server, State: Down,
		Span: Span{Start: e.Time}, Ongoing: true, Estimated: e.Estimated, OthersUp: -1, line: e.Line, pid: e.PID,
	}
	o.gaps.add(e.Time)
	return o
}

// finish ends an outage, and not before it began where time runs backwards.
func (o *Outage) finish(t time.Time, estimated bool) {
	if t.Before(o.Span.Start) {
		t, estimated = o.Span.Start, true
	}
	o.Ongoing, o.Estimated = false, o.Estimated || estimated
	o.Span.End = t
	o.gaps.add(t)
}

// close ends the record of an outage at the end of the log.
func (o *Outage) close(last time.Time) {
	if o.Ongoing {
		o.Span.End = last
		o.gaps.add(last)
	}
	o.LongestGap = o.gaps.max(last.Location())
}

// away opens an outage.
func (b *backendState) away(srv *serverState, e *Event) *Outage {
	o := b.begin(e, srv.report.Server)
	o.State, o.Cause = e.Server.State, e.Server.Cause
	if o.State == Down {
		o.foretell(srv)
	}
	srv.outage = o
	b.open = append(b.open, o)
	return o
}

// goOn takes another change of state in the middle of an outage. A server that
// stopped in good order and then went down was down.
func (o *Outage) goOn(e *Event) {
	o.pid = e.PID
	if e.Server.State != Down || o.State == Down {
		return
	}
	o.State = Down
	cause := e.Server.Cause
	if cause.Reason != "" && (o.Cause.derived() || !cause.derived()) && (cause.Info != "" || o.Cause.Info == "") {
		o.Cause = cause
	}
}

// foretell gives an outage the signs that came before it: the sessions that
// were hurt or cut since the first one belong to it, and with `option
// log-health-checks` only the check's own line has the cause.
func (o *Outage) foretell(srv *serverState) {
	o.FirstSign, o.Hurt, o.Cut = srv.firstSign, srv.pending, srv.pendingCut
	srv.elsewhere -= min(srv.pending, srv.elsewhere)
	srv.killed = 0
	if o.Cause.Reason == "" && o.Cause.Via == "" {
		o.Cause = srv.failed
	}
}

// untold adds an outage of which the log only tells the end.
func (b *backendState) untold(srv *serverState, e *Event) {
	o := b.begin(e, srv.report.Server)
	o.Untold, o.Span.Start, o.gaps = true, srv.lastGood, gaps{}
	o.Served = b.total - srv.servedThen
	switch reason := e.Server.Cause.Reason; {
	case strings.Contains(reason, "maintenance"), strings.Contains(reason, "resolves"):
		o.State = Maintenance
	case strings.Contains(reason, "drain"):
		o.State = Drain
	}
	o.foretell(srv)
	o.finish(e.Time, !srv.lastGood.IsZero())
	if !srv.lastGood.IsZero() {
		srv.report.Untold++
	}
	b.ended = append(b.ended, o)
}

// back ends a server's outage.
func (b *backendState) back(srv *serverState, t time.Time, estimated bool) {
	o := srv.outage
	srv.outage, srv.report.State = nil, Up
	srv.good(t)
	if o == nil {
		return
	}
	o.finish(t, estimated)
	b.open = slices.DeleteFunc(b.open, func(other *Outage) bool { return other == o })
	b.ended = append(b.ended, o)
}

// reborn ends a loss that a reload hid: a new process takes every server for up
// and says so with no line. A session that a server serves for another process
// than the one that saw it down shows it, and the same goes for an outage.
func (b *backendState) reborn(e *Event) {
	if l := b.loss(); l != nil && isReborn(l.pid, l.Span, e) {
		b.found(e.Session.Accept, true)
	}
}

func isReborn(pid int, span Span, e *Event) bool {
	return pid != 0 && e.PID != 0 && pid != e.PID && e.Session.Accept.After(span.Start)
}

// came counts a session for the outages in which it began, and for the loss: one of
// the backend's own, or one that another backend took, to which it fails open.
func (b *backendState) came(s *Session, served, own bool) {
	if served {
		for o := range b.outagesAt(s.Accept) {
			if o.Server != s.Server {
				o.Served++
				o.gaps.add(s.Accept)
			}
		}
	}
	switch l := b.lossAt(s.Accept); {
	case l == nil || served && own:
	case served:
		l.Served++
		l.gaps.add(s.Accept)
	default:
		l.Failed++
	}
}

// hurt counts a hurt session for the outages and losses in which it ended, and
// reports whether there was one. One that failed also counts for the outages in
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
	if l := b.lossAt(end); l != nil {
		l.Hurt++
		counted = true
	}
	return counted
}

// resolution is how much later than a session's times the stamps of the lines
// of the same moment may be: a session has the time of the round of HAProxy's
// event loop, in milliseconds, and a stamp the time of writing.
const resolution = 50 * time.Millisecond

// outagesAt returns the outages that lasted at t, the time of a session.
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

// cameFrom takes note of a session's frontend.
func (b *backendState) cameFrom(frontend string) {
	if frontend != b.frontend && len(b.frontends) < maxNamesakes {
		b.frontend = frontend
		b.frontends[frontend] = true
	}
}

// failsOpen reports whether the sessions of a frontend may come to the backend, and
// go to another one while it has no server.
func (b *backendState) failsOpen(frontend string) bool {
	return len(b.frontends) == 0 || b.frontends[frontend]
}

// stampGrain is how exact the stamps of RFC 3164 are: what they say ended may
// have gone on for so long.
const stampGrain = time.Second

// lossAt returns the loss at t, the time of a session, nil for none.
func (b *backendState) lossAt(t time.Time) *Outage {
	for _, l := range slices.Backward(b.losses) {
		if !l.Ongoing && t.After(l.Span.End.Add(stampGrain)) {
			return nil
		}
		if !t.Add(resolution).Before(l.Span.Start) {
			return l
		}
	}
	return nil
}

// remaining takes note of how many servers are up for the outages that are
// open.
func (b *backendState) remaining(up int) {
	for _, o := range b.open {
		if up >= 0 && (o.OthersUp < 0 || up < o.OthersUp) {
			o.OthersUp = up
		}
	}
}

// loss returns the one that is open, if any.
func (b *backendState) loss() *Outage {
	if n := len(b.losses); n > 0 && b.losses[n-1].Ongoing {
		return b.losses[n-1]
	}
	return nil
}

// lose opens a loss, and returns how many are new.
func (b *backendState) lose(e *Event, beforeService bool) int {
	if l := b.loss(); l != nil {
		l.pid = e.PID
		return 0
	}
	l := b.begin(e, "")
	l.BeforeService = beforeService
	b.losses = append(b.losses, l)
	return 1
}

// found ends a loss.
func (b *backendState) found(t time.Time, estimated bool) {
	if l := b.loss(); l != nil {
		l.finish(t, estimated)
	}
}
