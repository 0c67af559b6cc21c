package haproxylog

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/haplane/haplane/internal/natural"
)

// What bounds a report, whatever the log.
const (
	maxOutages = 1000
	maxBroken  = 20
	// maxServers is how many servers and backends are told apart, and maxProcesses
	// how many processes.
	maxServers   = 20000
	maxProcesses = 1000
	// maxNamesakes is how many backends with a server of the same name are held
	// together.
	maxNamesakes = 16
)

// name is that of a backend, or of the servers of all backends, of one load
// balancer.
type name struct{ host, name string }

// process names a process.
type process struct {
	host string
	pid  int
}

// hostState is what is known of a load balancer: its latest time, and the process
// that wrote last.
type hostState struct {
	name   string
	latest time.Time
	pid    int
}

// collector gathers a report from events.
type collector struct {
	out      Report
	servers  []*serverState
	backends map[name]*backendState
	// namesakes are the servers of the same name in all backends.
	namesakes map[name]*group
	processes map[process]bool
	hosts     map[string]*hostState
	gaps      gaps
	// last and lastHost are those of the last event: most logs have few.
	last     *backendState
	lastHost *hostState
	// outages and losses are how many there were, and left how many names were too many.
	outages, losses, left int
	// inService is true once a session was served, or may have been.
	inService bool
	// open are the outages of all backends that are not over.
	open map[*Outage]bool
}

func newCollector() *collector {
	return &collector{
		backends:  map[name]*backendState{},
		namesakes: map[name]*group{},
		processes: map[process]bool{},
		hosts:     map[string]*hostState{},
		open:      map[*Outage]bool{},
	}
}

// add takes an event. A line that tells again what another one told changes nothing.
func (c *collector) add(e *Event) {
	c.seen(e)
	switch {
	case e.Session != nil:
		c.session(e)
	case e.Server != nil:
		c.change(e)
	case e.NoServer != "":
		c.lose(e)
	case e.Check != nil && !e.Check.Agent:
		if srv := c.server(e.Host, e.Check.Backend, e.Check.Server); srv != nil {
			srv.check(e)
			c.cause(e, srv, e.Check.Cause, e.Check.Passed)
		}
	case e.Began != "":
		c.began(e.Host, e.Time)
	}
}

// broken takes a line that was not understood.
func (c *collector) broken(e *Event, err *ParseError) {
	if len(c.out.Broken) < maxBroken {
		c.out.Broken = append(c.out.Broken, err)
	}
	if e.Began != "" {
		c.seen(e)
		c.began(e.Host, e.Time)
	}
}

// began takes note of a session of which the log does not say how it ended.
func (c *collector) began(host string, t time.Time) {
	c.inService = true
	for o := range c.open {
		if o.Host == host && !t.Add(resolution).Before(o.Span.Start) {
			o.Open++
		}
	}
}

// disorder is a place where time runs backwards.
type disorder struct {
	line int
	by   time.Duration
}

// jitter is how much older than the line before it a line may be, since the
// threads of HAProxy and syslog do not wait for each other.
const jitter = 5 * time.Second

// seen takes note of the time and the process of an event.
func (c *collector) seen(e *Event) {
	if e.Time.IsZero() {
		return
	}
	if c.out.First.IsZero() {
		c.out.First, c.out.Last = e.Time, e.Time
	}
	switch {
	case e.Time.After(c.out.Last):
		c.out.Last = e.Time
	case e.Time.Before(c.out.First):
		c.out.First = e.Time
	}
	h := c.host(e.Host)
	switch {
	case e.Estimated:
	case e.Time.After(h.latest) || h.latest.IsZero():
		h.latest = e.Time
	case h.latest.Sub(e.Time) > jitter && c.out.unordered == nil:
		c.out.unordered = &disorder{e.Line, h.latest.Sub(e.Time)}
	}
	if e.PID != 0 && e.PID != h.pid {
		h.pid = e.PID
		if p := (process{e.Host, e.PID}); !c.processes[p] && len(c.processes) < maxProcesses {
			c.processes[p] = true
			c.out.Processes = append(c.out.Processes, Process{e.Host, e.PID, e.Time})
		}
	}
}

// host returns what is known of a load balancer. Of the last of too many nothing is.
func (c *collector) host(name string) *hostState {
	if h := c.lastHost; h != nil && h.name == name {
		return h
	}
	h, ok := c.hosts[name]
	if !ok {
		h = &hostState{name: strings.Clone(name)}
		if len(c.hosts) < maxServers {
			c.hosts[h.name] = h
		}
	}
	c.lastHost = h
	return h
}

// server returns what is known of a server, nil where there are too many.
func (c *collector) server(host, backend, server string) *serverState {
	b := c.backend(host, backend)
	if b == nil {
		return nil
	}
	s, ok := b.servers[server]
	if !ok {
		if len(c.servers) >= maxServers {
			c.left++
			return nil
		}
		s = &serverState{backend: b, report: ServerReport{Host: b.host, Backend: b.name, Server: strings.Clone(server), State: Up}}
		b.servers[s.report.Server] = s
		c.servers = append(c.servers, s)
		s.alike = c.group(b.host, s.report.Server)
		s.alike.add(s)
	}
	return s
}

// backend returns what is known of a backend, nil where there are too many.
func (c *collector) backend(host, backend string) *backendState {
	if b := c.last; b != nil && b.name == backend && b.host == host {
		return b
	}
	key := name{host, backend}
	b, ok := c.backends[key]
	if !ok {
		if len(c.backends) >= maxServers {
			c.left++
			return nil
		}
		key = name{strings.Clone(host), strings.Clone(backend)}
		b = &backendState{host: key.host, name: key.name, servers: map[string]*serverState{}, frontends: map[string]bool{}}
		c.backends[key] = b
	}
	c.last = b
	return b
}

// group are the servers of the same name in the backends of a load balancer.
type group struct{ servers []*serverState }

func (g *group) add(s *serverState) {
	if len(g.servers) < maxNamesakes {
		g.servers = append(g.servers, s)
	}
}

func (c *collector) group(host, server string) *group {
	key := name{host, server}
	g, ok := c.namesakes[key]
	if !ok {
		g = &group{}
		c.namesakes[key] = g
	}
	return g
}

// session counts a session and holds it against the outages and losses of its
// time: those of its backend, and of the backends that fail open to it.
func (c *collector) session(e *Event) {
	s := e.Session
	srv := c.server(e.Host, s.Backend, s.Server)
	if srv == nil {
		return
	}
	b := srv.backend
	b.sessions++
	b.cameFrom(s.Frontend)
	outcome := s.Outcome()
	srv.report.count(s, outcome)
	hurt := s.hurt(outcome, srv.outage != nil)
	switch {
	case outcome == Open:
		c.began(e.Host, s.Accept)
		return
	case outcome == Served:
		if o := srv.outage; o != nil && isReborn(o.pid, o.Span, e) {
			c.back(srv, s.Accept, true)
			srv.teller = e.PID
		}
		b.reborn(e)
		b.total++
		srv.good(s.Accept)
		c.inService = true
		c.gaps.add(s.Accept)
	case hurt:
		srv.hurt(s, outcome)
		if !b.hurt(s, outcome) {
			srv.elsewhere++
			srv.noticeKilled(s)
		}
	case outcome == Cut:
		srv.cut(s)
	}
	for _, other := range srv.alike.servers {
		if other.backend != b && other.backend.failsOpen(s.Frontend) {
			other.backend.came(s, outcome == Served, false)
		}
	}
	b.came(s, outcome == Served, true)
}

// lose opens a backend's loss.
func (c *collector) lose(e *Event) {
	b := c.backend(e.Host, e.NoServer)
	if b != nil && (c.losses < maxOutages || b.loss() != nil) {
		c.losses += b.lose(e, !c.inService)
	}
}

// count counts a session.
func (r *ServerReport) count(s *Session, outcome Outcome) {
	r.Sessions++
	r.Bytes += s.Bytes
	switch outcome {
	case Served:
		r.Served++
	case TimedOut:
		r.TimedOut++
	case Cut:
		r.Cut++
	case Failed:
		r.Failed++
	case Abandoned:
		r.Abandoned++
	case Open:
		r.Open++
	}
	if outcome == TimedOut || outcome == Cut || outcome == Failed {
		if r.Errors == nil {
			r.Errors = map[Termination]int{}
		}
		r.Errors[s.Termination]++
	}
}

// change follows a server's change of state.
func (c *collector) change(e *Event) {
	change := e.Server
	srv := c.server(e.Host, change.Backend, change.Server)
	if srv == nil {
		return
	}
	b := srv.backend
	b.changes++
	wasUp := srv.report.State == Up
	srv.report.State = change.State
	switch {
	case change.State == Up:
		if wasUp && srv.missed(e) {
			c.untold(srv, e)
		}
		c.back(srv, e.Time, e.Estimated)
		b.found(e.Time, e.Estimated)
	case srv.outage != nil:
		srv.outage.goOn(e)
	default:
		srv.report.Outages++
		if c.outages++; c.outages <= maxOutages {
			c.open[b.away(srv, e)] = true
		}
	}
	srv.teller, srv.told, srv.toldAt = e.PID, true, e.Time
	b.remaining(change.UpServers)
	c.cause(e, srv, change.Cause, change.State == Up)
}

// untold opens an outage of which only the end is told.
func (c *collector) untold(srv *serverState, e *Event) {
	srv.report.Outages++
	if c.outages++; c.outages <= maxOutages {
		srv.backend.untold(srv, e)
	}
}

// back ends a server's outage.
func (c *collector) back(srv *serverState, t time.Time, estimated bool) {
	delete(c.open, srv.outage)
	srv.backend.back(srv, t, estimated)
}

// memory is for how long the cause that one backend tells may be that of an outage
// that another one tells.
const memory = 10 * time.Second

// cause takes note of the cause that a change or a check tells, and gives it to the
// outages of the server of the same name in other backends that have none of their own.
func (c *collector) cause(e *Event, srv *serverState, cause Cause, good bool) {
	if good || cause.derived() {
		if o := srv.outage; o != nil && o.Cause.derived() {
			for _, other := range srv.alike.servers {
				if other != srv && !other.trueCauseAt.IsZero() && o.Span.Start.Sub(other.trueCauseAt).Abs() <= memory {
					o.Cause = other.trueCause
				}
			}
		}
		return
	}
	srv.trueCause, srv.trueCauseAt = cause, e.Time
	srv.trueCause.Via = srv.report.Backend + "/" + srv.report.Server
	for _, other := range srv.alike.servers {
		if o := other.outage; other != srv && o != nil && o.Cause.derived() && o.Span.Start.Sub(e.Time).Abs() <= memory {
			o.Cause = srv.trueCause
		}
	}
}

// derived reports whether the cause is what something says that stands between
// HAProxy and the server: a tracked server, an agent, or a probe that answers for
// it with the status of a gateway.
func (c Cause) derived() bool {
	gateway := c.Code == 404 || c.Code >= 502 && c.Code <= 504
	return c.Reason == "" || gateway || strings.Contains(c.Reason, "agent") || strings.Contains(c.Info, "agent")
}

// report closes what is open and judges.
func (c *collector) report(counts Counts) *Report {
	r := &c.out
	r.Counts = counts
	r.MoreOutages = max(0, c.outages-maxOutages)
	for _, b := range c.backends {
		c.close(b)
	}
	slices.SortFunc(r.Outages, func(a, b Outage) int { return cmp.Compare(a.line, b.line) })
	slices.SortFunc(r.Losses, func(a, b Outage) int { return cmp.Compare(a.line, b.line) })
	c.closeServers()
	if !r.First.IsZero() {
		c.gaps.add(r.Last)
		r.LongestGap = c.gaps.max(r.First.Location())
	}
	r.judge(c.left)
	return r
}

// close ends everything of a backend at the end of the log.
func (c *collector) close(b *backendState) {
	r := &c.out
	watches := c.onlyWatches(b)
	for _, o := range slices.Concat(b.ended, b.open) {
		o.close(r.Last)
		if !watches {
			r.Outages = append(r.Outages, *o)
		}
	}
	for _, l := range b.losses {
		l.close(r.Last)
		if !watches {
			r.Losses = append(r.Losses, *l)
		}
	}
}

// onlyWatches reports whether a backend only checks the servers of another one:
// no session goes to it, and sessions go to another backend with its servers,
// whose changes of state the log tells too.
func (c *collector) onlyWatches(b *backendState) bool {
	if b.sessions > 0 {
		return false
	}
	for _, srv := range b.servers {
		for _, other := range srv.alike.servers {
			if other.backend.sessions > 0 && (other.backend.changes > 0 || len(b.losses) == 0) {
				return true
			}
		}
	}
	return false
}

func (c *collector) closeServers() {
	slices.SortFunc(c.servers, func(x, y *serverState) int {
		a, b := &x.report, &y.report
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Backend, b.Backend), natural.Compare(a.Server, b.Server))
	})
	r := &c.out
	for _, s := range c.servers {
		r.HurtElsewhere += s.elsewhere
		if s.killed > 0 {
			s.report.Untold++
		}
		r.several = r.several || s.report.Host != c.servers[0].report.Host
		if s.report.Server == "" {
			r.Unassigned = append(r.Unassigned, s.report)
		} else {
			r.Servers = append(r.Servers, s.report)
		}
	}
}
