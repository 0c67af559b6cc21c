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

	"github.com/haplane/haplane/internal/plain"
)

// WriteTo writes the report for people, in one Write.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, r.String())
	return int64(n), err
}

// String returns the report for people. Whatever the log has in its names and
// reasons is shown as one line that no terminal takes for an order.
func (r *Report) String() string {
	var b bytes.Buffer
	r.writeHead(&b)
	r.writeServers(&b)
	r.writeErrors(&b)
	r.writeOutages(&b)
	r.writeBroken(&b)
	r.writeVerdict(&b)
	return b.String()
}

func (r *Report) writeHead(b *bytes.Buffer) {
	c := r.Counts
	fmt.Fprintf(b, "%d lines: %d of HAProxy's, %d foreign, %d not understood\n", c.Lines, c.Events, c.Foreign, c.Broken)
	if !r.First.IsZero() {
		fmt.Fprintf(b, "from %s to %s %s\n", stampText(r.First), laterText(r.First, r.Last), r.Last.Format("MST"))
	}
	before := map[string]int{}
	for _, p := range r.Processes {
		if pid, ok := before[p.Host]; ok {
			fmt.Fprintf(b, "process %d took over from %d at %s (a reload or a restart)\n", p.PID, pid, stampText(p.First))
		}
		before[p.Host] = p.PID
	}
}

func (r *Report) writeServers(b *bytes.Buffer) {
	if len(r.Servers)+len(r.Unassigned) == 0 {
		return
	}
	b.WriteByte('\n')
	w := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "SERVER\tSESSIONS\tSERVED\tTIMED OUT\tCUT\tFAILED\tABANDONED\tOUTAGES\tSTATE")
	for _, s := range r.Servers {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", r.on(s.Host, s.Backend+"/"+s.Server), s.columns(), s.Outages, s.State)
	}
	for _, s := range r.Unassigned {
		fmt.Fprintf(w, "%s\t%s\t-\t-\n", r.on(s.Host, s.Backend+"/(none)"), s.columns())
	}
	_ = w.Flush() // A buffer takes everything.
}

func (r *ServerReport) columns() string {
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%d", r.Sessions, r.Served, r.TimedOut, r.Cut, r.Failed, r.Abandoned)
}

// writeErrors explains the termination states of the sessions that did not
// end well.
func (r *Report) writeErrors(b *bytes.Buffer) {
	total := map[Termination]int{}
	for _, s := range slices.Concat(r.Servers, r.Unassigned) {
		for t, n := range s.Errors {
			total[t] += n
		}
	}
	if len(total) > 0 {
		b.WriteByte('\n')
	}
	for _, t := range slices.Sorted(maps.Keys(total)) {
		fmt.Fprintf(b, "%s (%d): %s\n", t, total[t], t.Explain())
	}
}

func (r *Report) writeOutages(b *bytes.Buffer) {
	for i := range r.Outages {
		r.writeOutage(b, &r.Outages[i])
	}
	if g := r.LongestGap; g.Length() > 0 {
		fmt.Fprintf(b, "\nlongest time without a session served: %s, %s\n", lengthText(g.Length()), when(g, false, false))
	}
}

func (r *Report) writeOutage(b *bytes.Buffer, o *Outage) {
	fmt.Fprintf(b, "\n%s was %s %s", r.on(o.Host, o.Backend+"/"+o.Server), o.State, when(o.Span, o.Ongoing, o.Estimated))
	if d := o.Span.Length(); d > 0 {
		fmt.Fprintf(b, ", %s", lengthText(d))
	}
	b.WriteByte('\n')
	if cause := o.Cause.String(); cause != "" {
		fmt.Fprintf(b, "  cause: %s\n", cause)
	}
	if d := o.Detection(); d >= time.Millisecond {
		fmt.Fprintf(b, "  detected %s after the first sign\n", lengthText(d))
	}
	fmt.Fprintf(b, "  meanwhile: %d sessions served by others, %d hurt", o.Served, o.Hurt)
	if o.OthersUp == 0 {
		b.WriteString(", at times no server up")
	} else if o.OthersUp > 0 {
		fmt.Fprintf(b, ", never fewer than %d servers up", o.OthersUp)
	}
	if d := o.LongestGap.Length(); d > 0 {
		fmt.Fprintf(b, ", longest time without a session served %s", lengthText(d))
	}
	b.WriteByte('\n')
}

// String returns the cause in a few words, empty where the log names none.
func (c Cause) String() string {
	var parts []string
	if c.Reason != "" {
		parts = append(parts, foreign(c.Reason))
	}
	if c.Code != 0 {
		parts = append(parts, fmt.Sprintf("code %d", c.Code))
	}
	if c.Info != "" {
		parts = append(parts, foreign(c.Info))
	}
	if c.Via != "" {
		parts = append(parts, "as "+foreign(c.Via)+" tells")
	}
	return strings.Join(parts, ", ")
}

func (r *Report) writeBroken(b *bytes.Buffer) {
	if len(r.Broken) > 0 {
		b.WriteByte('\n')
	}
	for _, err := range r.Broken {
		fmt.Fprintf(b, "%v\n", err)
	}
	if more := r.Counts.Broken - len(r.Broken); more > 0 {
		fmt.Fprintf(b, "and %d more lines that were not understood\n", more)
	}
}

var verdictTexts = map[Verdict]string{
	WentOn:   "the service went on",
	Untested: "no failover in this log",
	Unknown:  "unknown: the log does not say enough",
	Degraded: "the service went on, with findings",
	Lost:     "the service was lost",
}

func (r *Report) writeVerdict(b *bytes.Buffer) {
	fmt.Fprintf(b, "\nverdict: %s\n", verdictTexts[r.Verdict])
	for _, f := range r.Findings {
		fmt.Fprintf(b, "- %s\n", f)
	}
}

// on names a server or backend, with its load balancer where the log has more
// than one.
func (r *Report) on(host, name string) string {
	if r.several {
		return foreign(name) + " on " + foreign(host)
	}
	return foreign(name)
}

// foreign makes what stands in the log fit to be shown.
func foreign(s string) string {
	const longest = 200
	return plain.Short(plain.Line(s), longest)
}

// when says a span in words. Where a time is estimated, so is the span.
func when(s Span, ongoing, estimated bool) string {
	about := ""
	if estimated {
		about = "about "
	}
	start, end := "the beginning of the log", "the end of the log"
	if !s.Start.IsZero() {
		start = about + stampText(s.Start)
	}
	switch {
	case !ongoing && s.End.IsZero():
		end = "a time that the log does not tell"
	case !ongoing:
		end = about + laterText(s.Start, s.End)
	}
	return "from " + start + " to " + end
}

// stampText returns a time as people read it, without the year where the log has
// none.
func stampText(t time.Time) string {
	const noYear = 1000
	if t.Year() < noYear {
		return t.Format("Jan _2 15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}

// laterText returns the end of a span, without the date where it is the same day.
func laterText(start, end time.Time) string {
	if start.YearDay() == end.YearDay() && start.Year() == end.Year() {
		return end.Format("15:04:05")
	}
	return stampText(end)
}

// lengthText returns a duration with as many digits as people want.
func lengthText(d time.Duration) string {
	if d >= 10*time.Second {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}
