package haproxylog

import "time"

// gaps finds the longest time between moments that come roughly in order. It
// remembers the longest gaps only, so that its memory is bounded; a moment that
// comes late splits the gap that it falls into.
type gaps struct {
	last    time.Time
	longest []Span
	// shortest is the length of the shortest of them once there are maxGaps, and
	// latest the end of the latest: they spare most moments a look at all.
	shortest time.Duration
	latest   time.Time
}

// maxGaps is how many gaps are remembered. The result is exact as long as
// fewer of the longest ones are split by late moments.
const maxGaps = 32

// begin starts the first gap; without a beginning the first moment does.
func (g *gaps) begin(t time.Time) { g.last = t }

// end ends the last gap.
func (g *gaps) end(t time.Time) {
	if !t.IsZero() {
		g.add(t)
	}
}

// add takes note of a moment. One before the beginning does not count.
func (g *gaps) add(t time.Time) {
	switch {
	case g.last.IsZero():
		g.begin(t)
	case t.After(g.last):
		g.keep(Span{g.last, t})
		g.last = t
	default:
		g.split(t)
	}
}

func (g *gaps) split(t time.Time) {
	if !t.Before(g.latest) {
		return
	}
	for i, gap := range g.longest {
		if t.After(gap.Start) && t.Before(gap.End) {
			g.longest[i] = Span{gap.Start, t}
			g.keep(Span{t, gap.End})
			return
		}
	}
}

func (g *gaps) keep(s Span) {
	switch {
	case len(g.longest) < maxGaps:
		g.longest = append(g.longest, s)
	case s.Length() > g.shortest:
		g.longest[g.indexOfShortest()] = s
	default:
		return
	}
	if s.End.After(g.latest) {
		g.latest = s.End
	}
	g.shortest = g.longest[g.indexOfShortest()].Length()
}

func (g *gaps) indexOfShortest() int {
	shortest := 0
	for i, gap := range g.longest {
		if gap.Length() < g.longest[shortest].Length() {
			shortest = i
		}
	}
	return shortest
}

// max gives the longest gap.
func (g *gaps) max() Span {
	var longest Span
	for _, gap := range g.longest {
		if gap.Length() > longest.Length() {
			longest = gap
		}
	}
	return longest
}
