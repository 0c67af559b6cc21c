package haproxylog

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// maxOutages bounds the report on a log of servers that flap.
	maxOutages = 1000
	// maxBroken is how many broken lines the report quotes.
	maxBroken = 20
)

// serverKey names a server, or with an empty server a backend, of one load
// balancer.
type serverKey struct{ host, backend, server string }

// collector gathers a report from events.
type collector struct {
	out      Report
	servers  map[serverKey]*serverState
	backends map[serverKey]*backendState
	process  map[Process]int
	gaps     gaps
}

// serverState is what is known of a server while the log is read.
type serverState struct {
	report ServerReport
	// outage is the one that is open, nil while the server is up.
	outage *Outage
	// firstSign is the first failure after the last good sign, and hurt the
	// sessions that failed or were cut since.
	firstSign time.Time
	hurt      int
}

// backendState is what is known of a backend.
type backendState struct {
	// outages are those that are open and those that have ended, in this order of
	// their ends.
	open  []*Outage
	ended []*Outage
	// loss is the one that is open.
	loss *Loss
	// losses are all, the open one last.
	losses []*Loss
}

func (c *collector) add(e *Event) {
	c.seen(e)
	switch e.Kind {
	case KindSession:
		c.session(e)
	case KindServer:
		if !e.Repeat {
			c.change(e)
		}
	case KindNoServer:
		if !e.Repeat {
			c.lose(e, e.Backend)
		}
	case KindCheck:
		c.check(e)
	}
}

func (c *collector) broken(err *ParseError) {
	if len(c.out.Broken) < maxBroken {
		c.out.Broken = append(c.out.Broken, err)
	}
}

// seen takes note of the time and the process of an event.
func (c *collector) seen(e *Event) {
	if e.Time.IsZero() {
		return
	}
	if c.out.First.IsZero() {
		c.out.First = e.Time
		c.gaps.begin(e.Time)
	}
	if e.Time.After(c.out.Last) {
		c.out.Last = e.Time
	}
	if e.PID != 0 {
		c.seenProcess(e)
	}
}

func (c *collector) seenProcess(e *Event) {
	key := Process{Host: e.Host, PID: e.PID}
	i, ok := c.process[key]
	if !ok && len(c.process) < maxNames {
		if c.process == nil {
			c.process = map[Process]int{}
		}
		i = len(c.out.Processes)
		c.process[key] = i
		c.out.Processes = append(c.out.Processes, Process{key.Host, key.PID, e.Time, e.Time})
	}
	if c.out.Processes[i].Last.Before(e.Time) {
		c.out.Processes[i].Last = e.Time
	}
}

func (c *collector) server(host, backend, server string) *serverState {
	key := serverKey{host, backend, server}
	s, ok := c.servers[key]
	if !ok {
		if c.servers == nil {
			c.servers = map[serverKey]*serverState{}
		}
		key = serverKey{strings.Clone(host), strings.Clone(backend), strings.Clone(server)}
		s = &serverState{report: ServerReport{Host: key.host, Backend: key.backend, Server: key.server}}
		c.servers[key] = s
	}
	return s
}

func (c *collector) backend(host, backend string) *backendState {
	key := serverKey{host: host, backend: backend}
	b, ok := c.backends[key]
	if !ok {
		if c.backends == nil {
			c.backends = map[serverKey]*backendState{}
		}
		b = &backendState{}
		c.backends[serverKey{host: strings.Clone(host), backend: strings.Clone(backend)}] = b
	}
	return b
}

// session counts a session and holds it against the outages of its time.
func (c *collector) session(e *Event) {
	s := &e.Session
	srv := c.server(e.Host, s.Backend, s.Server)
	b := c.backend(e.Host, s.Backend)
	outcome := s.Outcome()
	srv.report.count(s, outcome)
	switch outcome {
	case Served:
		srv.firstSign, srv.hurt = time.Time{}, 0
		c.reborn(srv, b, e)
		c.gaps.add(s.Accept)
		b.served(s)
	case Cut, Failed:
		srv.failing(s.Accept)
		srv.hurt++
		b.hurt(s)
	}
}

func (r *ServerReport) count(s *Session, outcome Outcome) {
	r.Sessions++
	r.Bytes += s.Bytes
	switch outcome {
	case Served:
		r.Served++
	case Cut:
		r.Cut++
	case Failed:
		r.Failed++
	case Abandoned:
		r.Abandoned++
	}
	if outcome == Cut || outcome == Failed {
		if r.Errors == nil {
			r.Errors = map[Termination]int{}
		}
		r.Errors[s.Termination]++
	}
}

func (s *serverState) failing(t time.Time) {
	if s.firstSign.IsZero() || t.Before(s.firstSign) {
		s.firstSign = t
	}
}

// served counts a served session for the outages in which it began.
func (b *backendState) served(s *Session) {
	for o := range b.during(s.Accept) {
		if o.Server != s.Server && !s.Accept.Before(o.Span.Start) {
			o.Served++
			o.gaps.add(s.Accept)
		}
	}
}

// hurt counts a failed session for the outages in which it ended.
func (b *backendState) hurt(s *Session) {
	end := s.End()
	for o := range b.during(end) {
		if !end.Before(o.Span.Start) {
			o.Hurt++
		}
	}
	for _, l := range slices.Backward(b.losses) {
		if !l.Ongoing && l.Span.End.Before(end) {
			return
		}
		if !end.Before(l.Span.Start) {
			l.Hurt++
		}
	}
}

// during gives the outages that did not end before t.
func (b *backendState) during(t time.Time) func(yield func(*Outage) bool) {
	return func(yield func(*Outage) bool) {
		for _, o := range b.open {
			if !yield(o) {
				return
			}
		}
		for _, o := range slices.Backward(b.ended) {
			if o.Span.End.Before(t) || !yield(o) {
				return
			}
		}
	}
}

// reborn ends an outage that a reload hid: a new process takes every server
// for up and says so with no line. A session that a server serves for another
// process than the one that saw it down shows it.
func (c *collector) reborn(srv *serverState, b *backendState, e *Event) {
	accept := e.Session.Accept
	if o := srv.outage; o != nil && isReborn(o.pid, o.Span, e.PID, accept) {
		o.Estimated = true
		c.back(srv, b, accept)
	}
	if l := b.loss; l != nil && isReborn(l.pid, l.Span, e.PID, accept) {
		l.Estimated = true
		b.found(accept)
	}
}

func isReborn(oldPID int, span Span, pid int, accept time.Time) bool {
	return pid != 0 && oldPID != 0 && pid != oldPID && accept.After(span.Start)
}

// change follows a server's change of state.
func (c *collector) change(e *Event) {
	change := e.Server
	srv := c.server(e.Host, change.Backend, change.Server)
	b := c.backend(e.Host, change.Backend)
	srv.report.State = change.State
	switch {
	case change.State == Up:
		if srv.outage != nil {
			srv.outage.Estimated = srv.outage.Estimated || e.Estimated
			c.back(srv, b, e.Time)
		}
		b.found(e.Time)
	case srv.outage == nil:
		c.away(srv, b, e)
	default:
		srv.outage.pid = e.PID
	}
	b.remaining(change)
	if r := change.Remaining; r != nil && r.Active+r.Backup == 0 {
		c.lose(e, change.Backend)
	}
}

// away opens an outage.
func (c *collector) away(srv *serverState, b *backendState, e *Event) {
	srv.report.Outages++
	if len(c.out.Outages)+c.outages() >= maxOutages {
		c.out.MoreOutages++
		return
	}
	o := &Outage{
		Host: srv.report.Host, Backend: srv.report.Backend, Server: srv.report.Server,
		State: e.Server.State, Span: Span{Start: e.Time}, Ongoing: true, Estimated: e.Estimated,
		FirstSign: srv.firstSign, Cause: e.Server.Cause, OthersUp: -1, Hurt: srv.hurt, pid: e.PID,
	}
	o.gaps.begin(e.Time)
	srv.outage = o
	b.open = append(b.open, o)
}

// outages is the number of outages so far.
func (c *collector) outages() int {
	n := 0
	for _, b := range c.backends {
		n += len(b.open) + len(b.ended)
	}
	return n
}

// back ends a server's outage.
func (c *collector) back(srv *serverState, b *backendState, t time.Time) {
	o := srv.outage
	o.end(t)
	o.Ongoing = false
	srv.outage, srv.firstSign, srv.hurt = nil, time.Time{}, 0
	srv.report.State = Up
	b.open = slices.DeleteFunc(b.open, func(other *Outage) bool { return other == o })
	b.ended = append(b.ended, o)
}

func (o *Outage) end(t time.Time) {
	o.Span.End = t
	o.gaps.add(t)
}

// remaining takes note of how many servers are up for the outages that are open.
func (b *backendState) remaining(change *ServerChange) {
	if change.Remaining == nil {
		return
	}
	up := change.Remaining.Active + change.Remaining.Backup
	for _, o := range b.open {
		if o.OthersUp < 0 || up < o.OthersUp {
			o.OthersUp = up
		}
	}
}

// lose opens a loss.
func (c *collector) lose(e *Event, backend string) {
	b := c.backend(e.Host, backend)
	if b.loss != nil {
		b.loss.pid = e.PID
		return
	}
	b.loss = &Loss{
		Host: strings.Clone(e.Host), Backend: strings.Clone(backend),
		Span: Span{Start: e.Time}, Ongoing: true, Estimated: e.Estimated, pid: e.PID,
	}
	b.losses = append(b.losses, b.loss)
}

// found ends a loss.
func (b *backendState) found(t time.Time) {
	if b.loss != nil {
		b.loss.Span.End, b.loss.Ongoing = t, false
		b.loss = nil
	}
}

// check takes a failed health check for a sign.
func (c *collector) check(e *Event) {
	srv := c.server(e.Host, e.Check.Backend, e.Check.Server)
	if e.Check.Passed {
		srv.firstSign, srv.hurt = time.Time{}, 0
	} else if srv.outage == nil {
		srv.failing(e.Time)
	}
}

// report closes what is open and judges.
func (c *collector) report(counts Counts) *Report {
	r := &c.out
	r.Counts = counts
	for _, b := range c.backends {
		for _, o := range slices.Concat(b.open, b.ended) {
			if o.Ongoing {
				o.end(r.Last)
			}
			o.LongestGap = o.gaps.max()
			r.Outages = append(r.Outages, *o)
		}
		for _, l := range b.losses {
			if l.Ongoing {
				l.Span.End = r.Last
			}
			r.Losses = append(r.Losses, *l)
		}
	}
	slices.SortFunc(r.Outages, func(a, b Outage) int {
		return cmp.Or(a.Span.Start.Compare(b.Span.Start), cmp.Compare(a.Host, b.Host),
			cmp.Compare(a.Backend, b.Backend), cmp.Compare(a.Server, b.Server))
	})
	slices.SortFunc(r.Losses, func(a, b Loss) int {
		return cmp.Or(a.Span.Start.Compare(b.Span.Start), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Backend, b.Backend))
	})
	c.reportServers()
	if !r.Last.IsZero() {
		c.gaps.add(r.Last)
	}
	r.LongestGap = c.gaps.max()
	r.judge()
	return r
}

func (c *collector) reportServers() {
	keys := slices.SortedFunc(maps.Keys(c.servers), func(a, b serverKey) int {
		return cmp.Or(cmp.Compare(a.host, b.host), cmp.Compare(a.backend, b.backend), natural(a.server, b.server))
	})
	for _, key := range keys {
		s := c.servers[key].report
		if key.server == "" {
			c.out.Unassigned = append(c.out.Unassigned, s)
		} else {
			c.out.Servers = append(c.out.Servers, s)
		}
	}
}

// natural compares names so that cp-2 comes before cp-10.
func natural(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if d := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); d != 0 {
				return d
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits is how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}
