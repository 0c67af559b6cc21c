package haproxylog

import (
	"encoding/json"
	"errors"
	"time"
)

// Verdict is the answer to "did the service go on while a server was away?".
type Verdict string

// The verdicts, from best to worst.
const (
	// WentOn: servers went away and came back, others served all the while, and no
	// session was hurt.
	WentOn Verdict = "went on"
	// Untested: no server went away, so the log says nothing about failover.
	Untested Verdict = "untested"
	// Unknown: the log does not say enough. Lines were not understood, are missing
	// or in the wrong order, or no session tells what clients saw.
	Unknown Verdict = "unknown"
	// Degraded: the service went on, but sessions were hurt, or a server did not
	// come back.
	Degraded Verdict = "degraded"
	// Lost: there was a time in which no server served. Where a backend had no
	// server and another one, to which the configuration fails open, went on with
	// the same servers, that is Degraded; so is a loss of two seconds or less in
	// which nobody came.
	Lost Verdict = "lost"
)

// Report is what a log says about who served and what happened while a server
// was away.
//
// A session is hurt when no server answered it, when it timed out while its
// server was away, or when HAProxy cut it soon after it had begun. A session that
// its server ended is not: its answer may have been complete, and a watch ends
// with its server.
type Report struct {
	// Verdict is the answer in a word.
	Verdict Verdict `json:"verdict"`
	// Findings are the reasons for the verdict.
	Findings []Finding `json:"findings,omitzero"`
	// First and Last are the first and the last time that the log has.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// Processes are the HAProxy processes that wrote the log, in order; a second
	// one of a host means a reload or a restart.
	Processes []Process `json:"processes,omitzero"`
	// Servers are all servers of the log, by host, backend and name.
	Servers []ServerReport `json:"servers,omitzero"`
	// Unassigned are the sessions that never got to a server, by host and backend.
	Unassigned []ServerReport `json:"unassigned,omitzero"`
	// Outages are the times in which a server was away, in the order in which they
	// began. Those of a backend to which no session goes, because it only checks
	// the servers of another one, are not among them: they tell causes.
	Outages []Outage `json:"outages,omitzero"`
	// MoreOutages is how many outages are left out of Outages, for which the
	// first thousand are looked at.
	MoreOutages int `json:"moreOutages,omitzero"`
	// Losses are the times in which a backend had no server at all, the first
	// thousand. Their Server is empty.
	Losses []Outage `json:"losses,omitzero"`
	// HurtElsewhere is the number of sessions that were hurt while no server of
	// their backend was away.
	HurtElsewhere int `json:"hurtElsewhere"`
	// LongestGap is the longest time in which no session began that was served. In
	// a quiet cluster that is just the longest pause.
	LongestGap Span   `json:"longestGap"`
	Counts     Counts `json:"counts"`
	// Broken are the first twenty of the lines that were not understood;
	// Counts.Broken has their number.
	Broken []*ParseError `json:"broken,omitzero"`

	// several is true where the log is of several load balancers.
	several bool
	// unordered is the first place where time runs backwards.
	unordered *disorder
}

// Process is one HAProxy process.
type Process struct {
	// Host is the load balancer, where the log names it, PID the process on it.
	Host string `json:"host,omitzero"`
	PID  int    `json:"pid"`
	// First is the time of its first line.
	First time.Time `json:"first"`
}

// ServerReport is what the log says of one server.
type ServerReport struct {
	// Host is the load balancer, where the log names it.
	Host    string `json:"host,omitzero"`
	Backend string `json:"backend"`
	Server  string `json:"server,omitzero"`
	// Sessions is the number of sessions, and the next six how they ended: see
	// Outcome.
	Sessions  int `json:"sessions"`
	Served    int `json:"served"`
	TimedOut  int `json:"timedOut"`
	Cut       int `json:"cut"`
	Failed    int `json:"failed"`
	Abandoned int `json:"abandoned"`
	Open      int `json:"open,omitzero"`
	// Errors counts the sessions that timed out, were cut or failed by their
	// termination state, which Termination.Explain explains.
	Errors map[Termination]int `json:"errors,omitzero"`
	// Bytes is what the server sent to clients.
	Bytes int64 `json:"bytes"`
	// Outages is how often the server was away.
	Outages int `json:"outages"`
	// Untold is how often it was away without a line that it had gone, although the
	// log had begun. HAProxy drops a line that syslog does not take at once.
	Untold int `json:"untold,omitzero"`
	// State is the last state that the log tells. A server of which it tells none
	// is Up.
	State State `json:"state"`
}

// Span is a stretch of time.
type Span struct {
	// Start and End are zero where they are not known.
	Start time.Time `json:"start,omitzero"`
	End   time.Time `json:"end,omitzero"`
}

// Length is the span's length, zero where one of its ends is not known.
func (s Span) Length() time.Duration {
	if s.Start.IsZero() || s.End.IsZero() {
		return 0
	}
	return s.End.Sub(s.Start)
}

// MarshalJSON adds lengthSeconds.
func (s Span) MarshalJSON() ([]byte, error) {
	type fields Span
	return json.Marshal(struct {
		fields
		LengthSeconds float64 `json:"lengthSeconds"`
	}{fields(s), s.Length().Seconds()})
}

// Outage is a time in which one server took no new sessions, or in which a backend
// had no server.
type Outage struct {
	// Host is the load balancer, where the log names it; Backend and Server are as
	// the configuration names them. Server is empty for a whole backend.
	Host    string `json:"host,omitzero"`
	Backend string `json:"backend"`
	Server  string `json:"server,omitzero"`
	// State is Down where the server was down at any time of the outage, and
	// otherwise what it went into: Maintenance, Drain or Stopping.
	State State `json:"state"`
	// Span is from the change of state to the return. Its start is the zero time
	// where the outage began before the log, or the log has no times yet; the end
	// of an outage that is Ongoing is the end of the log.
	Span Span `json:"span"`
	// Ongoing is true where the server did not come back in this log.
	Ongoing bool `json:"ongoing,omitzero"`
	// Untold is true where no line says that the server went away.
	Untold bool `json:"untold,omitzero"`
	// BeforeService is true for a backend where no session at all had been served yet:
	// the load balancer started before the servers. It counts for the verdict only if
	// a session was hurt or no server ever came.
	BeforeService bool `json:"beforeService,omitzero"`
	// Estimated is true where a time of the span is that of an earlier line,
	// because the line itself has none or is missing, or where a reload hid the
	// return, and the end is the first session that the server served after it.
	Estimated bool `json:"estimated,omitzero"`
	// FirstSign is when the first session or check failed after the last good one;
	// zero where nothing failed before HAProxy noticed.
	FirstSign time.Time `json:"firstSign,omitzero"`
	// Cause is what HAProxy says of it, or the last failed check. Where it only
	// passes on what another check found, as a tracked server, an agent or a probe
	// does, it is what that one says.
	Cause Cause `json:"cause"`
	// OthersUp is the lowest number of servers of the backend that were up in the
	// meantime, -1 where no line says it.
	OthersUp int `json:"othersUp"`
	// Served is the number of sessions that began in the meantime and that other
	// servers served; for a backend, servers of the same names in another one, which
	// does not check them, mostly. Failed is the number of those that began and were
	// not served, and Open of those of which the log does not say how they ended.
	Served int `json:"served"`
	Failed int `json:"failed"`
	Open   int `json:"open,omitzero"`
	// Hurt is the number of the backend's sessions that were hurt, from the first
	// sign to the end.
	Hurt int `json:"hurt"`
	// Cut is the number of the server's own sessions that ended with it and were
	// not hurt as far as the log tells: watches, and answers that were complete.
	Cut int `json:"cut,omitzero"`
	// LongestGap is the longest time within the outage in which no session began
	// that another server served.
	LongestGap Span `json:"longestGap"`

	line int
	pid  int
	gaps gaps
}

// Detection is how long HAProxy needed to notice: from the first sign to the
// change of state.
func (o *Outage) Detection() time.Duration {
	return max(0, Span{o.FirstSign, o.Span.Start}.Length())
}

// Report reads the rest of the log and reports on it. The error is the
// source's; lines that were not understood are in the report.
func (r *Reader) Report() (*Report, error) {
	c := newCollector()
	for e, err := range r.events() {
		if err == nil {
			c.add(e)
			if r.Observe != nil {
				r.detach(e)
				r.Observe(e)
			}
			continue
		}
		var broken *ParseError
		if !errors.As(err, &broken) {
			return nil, err
		}
		c.broken(e, broken)
	}
	return c.report(r.Counts()), nil
}
