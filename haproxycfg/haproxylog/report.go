package haproxylog

import (
	"encoding/json"
	"time"
)

// Verdict is the answer to "did the service go on while a server was away?".
type Verdict uint8

// The verdicts, from best to worst.
const (
	// WentOn: servers went away and came back, others served all the while, and no
	// session was hurt.
	WentOn Verdict = iota
	// Untested: no server went away, so the log says nothing about failover.
	Untested
	// Degraded: the service went on, but sessions failed or were cut, or a server
	// did not come back, or no session came to prove the service.
	Degraded
	// Lost: there was a time in which no server could serve.
	Lost
)

var verdictNames = [...]string{"went on", "untested", "degraded", "lost"}

// String gives the verdict in a word or two.
func (v Verdict) String() string { return name(verdictNames[:], int(v)) }

// MarshalText gives what String gives.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Report is what a log says about who served and what happened while a server
// was away.
type Report struct {
	Verdict Verdict `json:"verdict"`
	// Findings are the reasons of a verdict other than WentOn, each a sentence.
	Findings []string `json:"findings,omitzero"`
	// First and Last are the times of the log's first and last event.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// Processes are the HAProxy processes that wrote the log, in order; a second
	// one means a reload or a restart.
	Processes []Process `json:"processes,omitzero"`
	// Servers are all servers of the log, by host, backend and name.
	Servers []ServerReport `json:"servers,omitzero"`
	// Unassigned are the sessions that never got to a server, by backend.
	Unassigned []ServerReport `json:"unassigned,omitzero"`
	// Outages are the times in which a server was away, in the order in which they
	// began.
	Outages []Outage `json:"outages,omitzero"`
	// MoreOutages is how many outages are left out of Outages, which holds the
	// first thousand.
	MoreOutages int `json:"moreOutages,omitzero"`
	// Losses are the times in which a backend had no server at all.
	Losses []Loss `json:"losses,omitzero"`
	// LongestGap is the longest time in which no session began that a server
	// served. In a quiet cluster that is just the longest pause.
	LongestGap Span   `json:"longestGap"`
	Counts     Counts `json:"counts"`
	// Broken are the first of the broken lines; Counts.Broken has their number.
	Broken []*ParseError `json:"broken,omitzero"`
}

// Process is one HAProxy process.
type Process struct {
	Host string `json:"host,omitzero"`
	PID  int    `json:"pid"`
	// First and Last are the times of its first and last line.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// ServerReport is what the sessions say of one server.
type ServerReport struct {
	// Host is the load balancer, where the log names it.
	Host    string `json:"host,omitzero"`
	Backend string `json:"backend"`
	Server  string `json:"server,omitzero"`
	// Sessions is the number of sessions, and the others are how they ended.
	Sessions  int `json:"sessions"`
	Served    int `json:"served"`
	Cut       int `json:"cut"`
	Failed    int `json:"failed"`
	Abandoned int `json:"abandoned"`
	// Errors counts the sessions that failed or were cut by their termination
	// state, which Termination.Explain explains.
	Errors map[Termination]int `json:"errors,omitzero"`
	// Bytes is what the server sent to clients.
	Bytes int64 `json:"bytes"`
	// Outages is how often the server was away.
	Outages int `json:"outages"`
	// State is the last state that the log tells; servers start Up.
	State State `json:"state"`
}

// Span is a stretch of time.
type Span struct {
	Start time.Time `json:"start,omitzero"`
	End   time.Time `json:"end,omitzero"`
}

// Length is the span's length.
func (s Span) Length() time.Duration { return s.End.Sub(s.Start) }

// MarshalJSON adds lengthSeconds.
func (s Span) MarshalJSON() ([]byte, error) {
	type plain Span
	return json.Marshal(struct {
		plain
		LengthSeconds float64 `json:"lengthSeconds"`
	}{plain(s), s.Length().Seconds()})
}

// Outage is a time in which one server took no new sessions.
type Outage struct {
	Host    string `json:"host,omitzero"`
	Backend string `json:"backend"`
	Server  string `json:"server"`
	// State is what the server went into: Down, Maintenance, Drain or Stopping.
	State State `json:"state"`
	// Span is from the change of state to the return. The end of an outage that is
	// Ongoing is the end of the log.
	Span Span `json:"span"`
	// Ongoing is true where the server did not come back in this log.
	Ongoing bool `json:"ongoing,omitzero"`
	// Estimated is true where a time of the span comes from neighbouring lines,
	// because the line itself has none, or because a reload hid the return.
	Estimated bool `json:"estimated,omitzero"`
	// FirstSign is when the first session or check failed after the last good one;
	// zero where nothing failed before HAProxy noticed.
	FirstSign time.Time `json:"firstSign,omitzero"`
	Cause     Cause     `json:"cause"`
	// OthersUp is the lowest number of servers of the backend that were up in the
	// meantime, -1 where no line says it.
	OthersUp int `json:"othersUp"`
	// Served is the number of sessions that began in the meantime and that other
	// servers served.
	Served int `json:"served"`
	// Hurt is the number of the backend's sessions that failed or were cut from the
	// first sign to the end.
	Hurt int `json:"hurt"`
	// LongestGap is the longest time within the outage in which no session began
	// that was served.
	LongestGap Span `json:"longestGap"`

	pid  int
	gaps gaps
}

// Detection is how long HAProxy needed to notice: from the first sign to the
// change of state.
func (o *Outage) Detection() time.Duration {
	if o.FirstSign.IsZero() || o.FirstSign.After(o.Span.Start) {
		return 0
	}
	return o.Span.Start.Sub(o.FirstSign)
}

// Loss is a time in which a backend had no server.
type Loss struct {
	Host    string `json:"host,omitzero"`
	Backend string `json:"backend"`
	Span    Span   `json:"span"`
	// Ongoing is true where no server came back in this log.
	Ongoing bool `json:"ongoing,omitzero"`
	// Estimated is as in Outage.
	Estimated bool `json:"estimated,omitzero"`
	// Hurt is the number of sessions that failed or were cut in the meantime.
	Hurt int `json:"hurt"`

	pid int
}

// Report reads the whole log and reports on it. The error is the source's;
// broken lines are in the report.
func (r *Reader) Report() (*Report, error) {
	var c collector
	for e, err := range r.Events() {
		switch err := err.(type) {
		case nil:
			c.add(&e)
		case *ParseError:
			c.broken(err)
		default:
			return nil, err
		}
	}
	return c.report(r.Counts()), nil
}
