package main

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"slices"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
	"github.com/haplane/haplane/internal/plain"
)

// timeline gathers the sessions of a log, and draws one failover: each server is a
// row, its outages are bands, and its sessions bars that stand on the row.
type timeline struct {
	sessions []session
	servers  map[server]int32
	// left is how many sessions were too many.
	left int
}

// session is one session on a server, by the server's number.
type session struct {
	at     int64
	server int32
	bad    bool
}

// server names a row.
type server struct{ host, backend, name string }

// maxSessions bounds the memory to some 64 MiB.
const maxSessions = 4 << 20

// observe takes note of an event. A session that was not served stands at its end.
func (t *timeline) observe(e *haproxylog.Event) {
	if e.Session == nil {
		return
	}
	if len(t.sessions) == maxSessions {
		t.left++
		return
	}
	s := session{at: e.Session.Accept.UnixMilli(), server: t.number(server{e.Host, e.Session.Backend, e.Session.Server})}
	switch e.Session.Outcome() {
	case haproxylog.Failed, haproxylog.Cut, haproxylog.TimedOut:
		s.at, s.bad = e.Session.End().UnixMilli(), true
	case haproxylog.Abandoned:
		return
	}
	t.sessions = append(t.sessions, s)
}

func (t *timeline) number(s server) int32 {
	n, ok := t.servers[s]
	if !ok {
		if t.servers == nil {
			t.servers = map[server]int32{}
		}
		n = int32(len(t.servers))
		t.servers[s] = n
	}
	return n
}

// The measures of the picture, in pixels.
const (
	width     = 960
	margin    = 16
	left      = 272
	right     = 20
	top       = 64
	rowHeight = 40
	barHeight = 26
	bins      = 340
	maxRows   = 40
)

const style = `<style>
svg { color-scheme: light dark; background: #ffffff; font: 13px system-ui, sans-serif; }
text { fill: #1f2328; }
.faint { fill: #59636e; }
.line { stroke: #d1d9e0; }
.served { fill: #1a7f5a; }
.bad { fill: #cf222e; }
.away { fill: #f5b8a8; }
.soft { fill: #f3dc9b; }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117; }
  text { fill: #e6edf3; }
  .faint { fill: #9198a1; }
  .line { stroke: #3d444d; }
  .served { fill: #4ac26b; }
  .bad { fill: #ff7b72; }
  .away { fill: #6e2a22; }
  .soft { fill: #5c4813; }
}
</style>
`

// picture is a timeline while it is drawn.
type picture struct {
	bytes.Buffer
	from, to time.Time
}

// svg draws the worst outage of the report, or the whole log where there is none.
func (t *timeline) svg(r *haproxylog.Report) []byte {
	p := &picture{}
	title := p.frame(r)
	rows, more := t.rows(r)
	height := top + rowHeight*len(rows) + 84
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`+"\n", width, height, width, height)
	fmt.Fprintf(p, "<title>%s</title>\n%s", escaped(title), style)
	p.text(margin, 24, "", title)
	p.axis(height - 64)
	counts := t.count(p)
	most := 1
	for _, bars := range counts {
		for _, b := range bars {
			most = max(most, b.served, b.bad)
		}
	}
	for i, row := range rows {
		y := top + rowHeight*i
		p.row(y, row, r, counts[t.servers[row]], most)
	}
	p.text(margin, height-34, "faint", "a bar on a line: sessions that began then and were served; below a line: sessions that failed, were cut or timed out")
	p.text(margin, height-14, "faint", t.legend(r, more))
	p.WriteString("</svg>\n")
	return p.Bytes()
}

// frame sets the time that the picture shows, and says what it shows.
func (p *picture) frame(r *haproxylog.Report) string {
	p.from, p.to = r.First, r.Last
	title := "HAProxy's log: " + string(r.Verdict)
	if len(r.Outages) > 0 {
		worst := slices.MaxFunc(r.Outages, func(a, b haproxylog.Outage) int {
			return cmp.Or(cmp.Compare(a.Hurt, b.Hurt), cmp.Compare(a.Span.Length(), b.Span.Length()))
		})
		start, end := worst.Span.Start, worst.Span.End
		if start.IsZero() {
			start = r.First
		}
		around := max(5*time.Second, end.Sub(start)/4)
		if t := start.Add(-around); t.After(p.from) {
			p.from = t
		}
		if t := end.Add(around); t.Before(p.to) && !end.IsZero() {
			p.to = t
		}
		title = fmt.Sprintf("%s/%s was %s; log: %s", worst.Backend, worst.Server, worst.State, r.Verdict)
	}
	if !p.to.After(p.from) {
		p.to = p.from.Add(time.Second)
	}
	return title
}

// rows returns the servers to draw, and how many more there are.
func (t *timeline) rows(r *haproxylog.Report) (rows []server, more int) {
	for _, s := range r.Servers {
		row := server{s.Host, s.Backend, s.Server}
		t.number(row)
		rows = append(rows, row)
	}
	for _, s := range r.Unassigned {
		rows = append(rows, server{s.Host, s.Backend, ""})
	}
	if len(rows) > maxRows {
		rows, more = rows[:maxRows], len(rows)-maxRows
	}
	return rows, more
}

// bar is what came in one bin of time.
type bar struct{ served, bad int }

// count sorts the sessions of the time shown into bins, for each server.
func (t *timeline) count(p *picture) map[int32][]bar {
	counts := map[int32][]bar{}
	from, length := p.from.UnixMilli(), p.to.Sub(p.from).Milliseconds()+1
	for _, s := range t.sessions {
		if s.at < from || s.at >= from+length {
			continue
		}
		if counts[s.server] == nil {
			counts[s.server] = make([]bar, bins)
		}
		bin := &counts[s.server][(s.at-from)*bins/length]
		if s.bad {
			bin.bad++
		} else {
			bin.served++
		}
	}
	return counts
}

// x is where a time stands.
func (p *picture) x(t time.Time) float64 {
	part := float64(t.Sub(p.from)) / float64(p.to.Sub(p.from))
	return left + min(max(part, 0), 1)*(width-left-right)
}

func (p *picture) row(y int, s server, r *haproxylog.Report, bars []bar, most int) {
	base := y + rowHeight - 6
	for _, o := range r.Outages {
		if o.Host == s.host && o.Backend == s.backend && o.Server == s.name {
			p.outage(y, &o)
		}
	}
	name := s.backend + "/" + cmp.Or(s.name, "(none)")
	if s.host != r.Servers[0].Host {
		name += " on " + s.host
	}
	const room = 36
	p.text(margin, base-8, "", plain.Short(plain.Line(name), room))
	fmt.Fprintf(p, `<line class="line" x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", left, base, width-right, base)
	const step = float64(width-left-right) / bins
	for i, b := range bars {
		at := left + float64(i)*step
		p.bar("served", at, base, step, b.served, most)
		p.bar("bad", at, base, step, b.bad, most)
	}
}

// bar draws so many sessions, at least three pixels high so that one is seen. Bad ones hang
// from the line, so that nobody needs the colour.
func (p *picture) bar(class string, x float64, base int, step float64, n, most int) {
	if n == 0 {
		return
	}
	height := max(3, float64(n)/float64(most)*barHeight)
	y := float64(base) - height
	if class == "bad" {
		height = max(3, height/barHeight*5)
		y = float64(base)
	}
	fmt.Fprintf(p, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`+"\n", class, x, y, step, height)
}

func (p *picture) outage(y int, o *haproxylog.Outage) {
	start, end := o.Span.Start, o.Span.End
	if start.IsZero() {
		start = p.from
	}
	if end.Before(p.from) || start.After(p.to) {
		return
	}
	class := "soft"
	if o.State == haproxylog.Down {
		class = "away"
	}
	x, wide := p.x(start), p.x(end)-p.x(start)
	label := string(o.State)
	if cause := o.Cause.String(); cause != "" {
		label += ": " + cause
	}
	fmt.Fprintf(p, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d"><title>%s</title></rect>`+"\n",
		class, x, y, max(wide, 1), rowHeight-6, escaped(label))
	const letter = 7
	if room := int(wide) / letter; room > len(o.State) {
		p.text(int(x)+4, y+13, "", plain.Short(plain.Line(label), room-len("...")))
	}
}

// axis draws the time at the top, in steps that people count in.
func (p *picture) axis(bottom int) {
	const most = 8
	steps := []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
		10 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	}
	step := p.to.Sub(p.from) / most
	for _, s := range steps {
		if s >= step {
			step = s
			break
		}
	}
	for t := p.from.Truncate(step); !t.After(p.to); t = t.Add(step) {
		if t.Before(p.from) {
			continue
		}
		x := p.x(t)
		fmt.Fprintf(p, `<line class="line" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`+"\n", x, top-8, x, bottom)
		fmt.Fprintf(p, `<text class="faint" x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x, top-14, t.Format("15:04:05"))
	}
}

// legend says what is what, and what is left out.
func (t *timeline) legend(r *haproxylog.Report, more int) string {
	text := "a band: the server was away"
	if more > 0 {
		text += fmt.Sprintf("; %d more servers", more)
	}
	if t.left > 0 {
		text += fmt.Sprintf("; %d more sessions", t.left)
	}
	if r.MoreOutages > 0 {
		text += fmt.Sprintf("; %d more outages", r.MoreOutages)
	}
	return text
}

func (p *picture) text(x, y int, class, s string) {
	attribute := ""
	if class != "" {
		attribute = ` class="` + class + `"`
	}
	fmt.Fprintf(p, `<text%s x="%d" y="%d">%s</text>`+"\n", attribute, x, y, escaped(s))
}

// escaped makes what stands in the log text of SVG and nothing else.
func escaped(s string) string {
	const longest = 200
	return html.EscapeString(plain.Short(plain.Line(s), longest))
}
