package haproxylog

import (
	"cmp"
	"maps"
	"slices"
	"strings"
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
	out       Report
	servers   map[serverKey]*serverState
	backends  map[serverKey]*backendState
	processes map[Process]int
	gaps      gaps
	// lossy are the backends that had no server at some time.
	lossy []*backendState
	// outages is how many there were.
	outages int
}

func newCollector() *collector {
	return &collector{
		servers:   map[serverKey]*serverState{},
		backends:  map[serverKey]*backendState{},
		processes: map[Process]int{},
	}
}

// add takes an event. One that is told twice changes nothing the second time.
func (c *collector) add(e *Event) {
	c.seen(e)
	switch e.Kind {
	case KindSession:
		c.session(e)
	case KindServer:
		c.change(e)
	case KindNoServer:
		c.lose(e)
	case KindCheck:
		if !e.Check.Agent {
			c.server(e.Host, e.Check.Backend, e.Check.Server).check(e)
		}
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
	i, ok := c.processes[key]
	if !ok {
		if len(c.out.Processes) >= maxNames {
			return
		}
		i = len(c.out.Processes)
		c.processes[key] = i
		c.out.Processes = append(c.out.Processes, Process{key.Host, key.PID, e.Time, e.Time})
	}
	if p := &c.out.Processes[i]; p.Last.Before(e.Time) {
		p.Last = e.Time
	}
}

func (c *collector) server(host, backend, server string) *serverState {
	key := serverKey{host, backend, server}
	s, ok := c.servers[key]
	if !ok {
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
		key = serverKey{host: strings.Clone(host), backend: strings.Clone(backend)}
		b = &backendState{host: key.host, name: key.backend}
		c.backends[key] = b
	}
	return b
}

// session counts a session and holds it against the outages of its time.
func (c *collector) session(e *Event) {
	s := &e.Session
	srv := c.server(e.Host, s.Backend, s.Server)
	b := c.backend(e.Host, s.Backend)
	b.cameFrom(s.Frontend)
	outcome := s.Outcome()
	srv.report.count(s, outcome)
	c.meanwhile(e, outcome)
	switch {
	case outcome == Served:
		srv.good()
		b.reborn(srv, e)
		b.served(s)
		c.gaps.add(s.Accept)
	case outcome == Cut, outcome == Failed, outcome == TimedOut && srv.outage != nil:
		srv.hurt(s)
		if !b.hurt(s, outcome) {
			srv.elsewhere++
		}
	}
}

// lose opens a backend's loss.
func (c *collector) lose(e *Event) {
	b := c.backend(e.Host, e.NoServer.Backend)
	if len(b.losses) == 0 {
		c.lossy = append(c.lossy, b)
	}
	b.lose(e)
}

// meanwhile holds a session against the losses in which it came. A backend that
// has its frontend and its server too fails open to the one that it went to.
func (c *collector) meanwhile(e *Event, outcome Outcome) {
	s := &e.Session
	for _, b := range c.lossy {
		own := b.name == s.Backend
		failsOpen := !own && b.frontends[s.Frontend] && c.servers[serverKey{b.host, b.name, s.Server}] != nil
		if b.host == e.Host && (failsOpen || own && outcome != Served) {
			b.meanwhile(s, outcome == Served)
		}
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
	}
	if outcome == TimedOut || outcome == Cut || outcome == Failed {
		r.countError(s.Termination)
	}
}

func (r *ServerReport) countError(t Termination) {
	if r.Errors == nil {
		r.Errors = map[Termination]int{}
	}
	r.Errors[t]++
}

// change follows a server's change of state.
func (c *collector) change(e *Event) {
	change := e.Server
	srv := c.server(e.Host, change.Backend, change.Server)
	b := c.backend(e.Host, change.Backend)
	srv.report.State = change.State
	switch {
	case change.State == Up:
		if srv.outage == nil && srv.pending > 0 && change.Cause.Reason != "" {
			srv.report.Untold++
		}
		b.back(srv, e.Time, e.Estimated)
		b.found(e.Time, e.Estimated)
	case srv.outage != nil:
		srv.outage.goOn(e)
	default:
		srv.report.Outages++
		if c.outages++; c.outages <= maxOutages {
			b.away(srv, e)
		}
	}
	b.remaining(change.Remaining)
}

// report closes what is open and judges.
func (c *collector) report(counts Counts) *Report {
	r := &c.out
	r.Counts = counts
	r.MoreOutages = max(0, c.outages-maxOutages)
	for _, b := range c.backends {
		b.close(r)
	}
	slices.SortFunc(r.Outages, func(a, b Outage) int { return cmp.Compare(a.line, b.line) })
	slices.SortFunc(r.Losses, func(a, b Loss) int { return cmp.Compare(a.line, b.line) })
	c.closeServers()
	c.gaps.end(r.Last)
	r.LongestGap = c.gaps.max()
	r.judge()
	return r
}

func (c *collector) closeServers() {
	keys := slices.SortedFunc(maps.Keys(c.servers), func(a, b serverKey) int {
		return cmp.Or(cmp.Compare(a.host, b.host), cmp.Compare(a.backend, b.backend), natural(a.server, b.server))
	})
	for _, key := range keys {
		s := c.servers[key]
		c.out.HurtElsewhere += s.elsewhere
		if key.server == "" {
			c.out.Unassigned = append(c.out.Unassigned, s.report)
		} else {
			c.out.Servers = append(c.out.Servers, s.report)
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
