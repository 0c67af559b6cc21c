package haproxylog

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteTo writes the report for people, in one Write.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(r.Bytes())
	return int64(n), err
}

// String gives the report for people.
func (r *Report) String() string { return string(r.Bytes()) }

// Bytes gives the report for people.
func (r *Report) Bytes() []byte {
	var b bytes.Buffer
	r.writeHead(&b)
	r.writeServers(&b)
	r.writeOutages(&b)
	r.writeErrors(&b)
	r.writeBroken(&b)
	r.writeVerdict(&b)
	return b.Bytes()
}

func (r *Report) writeHead(b *bytes.Buffer) {
	c := r.Counts
	fmt.Fprintf(b, "%d lines: %d of HAProxy's (%d of them repeats), %d foreign, %d broken\n", c.Lines, c.Events, c.Repeats, c.Foreign, c.Broken)
	if !r.First.IsZero() {
		fmt.Fprintf(b, "from %s to %s %s\n", stampText(r.First), until(r.First, r.Last), r.Last.Format("MST"))
	}
	for i, p := range r.Processes {
		if i > 0 {
			fmt.Fprintf(b, "process %d took over at %s (a reload or a restart)\n", p.PID, stampText(p.First))
		}
	}
	b.WriteByte('\n')
}

func (r *Report) writeServers(b *bytes.Buffer) {
	if len(r.Servers)+len(r.Unassigned) == 0 {
		return
	}
	w := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "SERVER\tSESSIONS\tSERVED\tCUT\tFAILED\tABANDONED\tOUTAGES\tSTATE")
	for _, s := range r.Servers {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", on(s.Backend+"/"+s.Server, s.Host), s.Sessions, s.Served, s.Cut, s.Failed, s.Abandoned, s.Outages, s.State)
	}
	for _, s := range r.Unassigned {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\t\n", on(s.Backend+"/(none)", s.Host), s.Sessions, s.Served, s.Cut, s.Failed, s.Abandoned)
	}
	w.Flush()
	b.WriteByte('\n')
}

func (r *Report) writeOutages(b *bytes.Buffer) {
	for i := range r.Outages {
		r.Outages[i].write(b)
	}
	if r.MoreOutages > 0 {
		fmt.Fprintf(b, "and %d more outages\n", r.MoreOutages)
	}
	if g := r.LongestGap; !g.End.IsZero() {
		fmt.Fprintf(b, "longest time without a session served: %s, from %s to %s\n", length(g.Length()), stampText(g.Start), until(g.Start, g.End))
	}
}

func (o *Outage) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "%s was %s %s\n", on(o.Backend+"/"+o.Server, o.Host), o.State, o.when())
	if reason := o.Cause.String(); reason != "" {
		fmt.Fprintf(b, "  reason: %s\n", reason)
	}
	if d := o.Detection(); d > 0 {
		fmt.Fprintf(b, "  noticed %s after the first sign\n", length(d))
	}
	others := "the others"
	if o.OthersUp >= 0 {
		others = fmt.Sprintf("%d left up", o.OthersUp)
	}
	fmt.Fprintf(b, "  meanwhile: %s, %d sessions served, %d hurt", others, o.Served, o.Hurt)
	if !o.LongestGap.End.IsZero() {
		fmt.Fprintf(b, ", longest time without a session served %s", length(o.LongestGap.Length()))
	}
	b.WriteString("\n\n")
}

// when gives the outage's time: "from A to B, 1m19s".
func (o *Outage) when() string {
	about := ""
	if o.Estimated {
		about = "about "
	}
	if o.Ongoing {
		return fmt.Sprintf("from %s%s to the end of the log", about, stampText(o.Span.Start))
	}
	if o.Span.Start.IsZero() {
		return fmt.Sprintf("from the beginning of the log to %s%s", about, stampText(o.Span.End))
	}
	return fmt.Sprintf("from %s to %s, %s%s", stampText(o.Span.Start), until(o.Span.Start, o.Span.End), about, length(o.Span.Length()))
}

// String gives the cause in a few words, empty where the log names none.
func (c Cause) String() string {
	parts := []string{}
	if c.Reason != "" {
		parts = append(parts, c.Reason)
	}
	if c.Code != 0 {
		parts = append(parts, fmt.Sprintf("code %d", c.Code))
	}
	if c.Info != "" {
		parts = append(parts, c.Info)
	}
	if c.Via != "" {
		parts = append(parts, "as "+c.Via)
	}
	return strings.Join(parts, ", ")
}

func (r *Report) writeErrors(b *bytes.Buffer) {
	total := map[Termination]int{}
	for _, s := range slices.Concat(r.Servers, r.Unassigned) {
		for t, n := range s.Errors {
			total[t] += n
		}
	}
	for _, t := range slices.SortedFunc(maps.Keys(total), func(a, b Termination) int { return strings.Compare(a.String(), b.String()) }) {
		fmt.Fprintf(b, "%s (%d): %s\n", t, total[t], t.Explain())
	}
}

func (r *Report) writeBroken(b *bytes.Buffer) {
	for _, err := range r.Broken {
		fmt.Fprintf(b, "%v\n", err)
	}
	if more := r.Counts.Broken - len(r.Broken); more > 0 {
		fmt.Fprintf(b, "and %d more broken lines\n", more)
	}
}

var verdictTexts = [...]string{
	WentOn:   "the service went on",
	Untested: "no failover was tested",
	Degraded: "the service went on, degraded",
	Lost:     "the service was lost",
}

func (r *Report) writeVerdict(b *bytes.Buffer) {
	fmt.Fprintf(b, "\nverdict: %s\n", name(verdictTexts[:], int(r.Verdict)))
	for _, f := range r.Findings {
		fmt.Fprintf(b, "- %s\n", f)
	}
}

// until gives the end of a span, without the date where it is the same day.
func until(start, end time.Time) string {
	if start.YearDay() == end.YearDay() && start.Year() == end.Year() {
		return clock(end)
	}
	return stampText(end)
}

// length gives a duration with as many digits as people want.
func length(d time.Duration) string {
	if d >= 10*time.Second {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}
