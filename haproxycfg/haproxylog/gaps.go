package haproxylog

import (
	"slices"
	"time"
)

// gaps finds the longest time between moments that come roughly in order. It
// remembers the longest gaps only, so that its memory is bounded; a moment that
// comes late splits the gap that it falls into.
type gaps struct {
	last int64
	// longest are in milliseconds, and in the order of their length; end is where
	// the latest of them ends.
	longest []gap
	end     int64
}

type gap struct{ start, end int64 }

func (g gap) length() int64 { return g.end - g.start }

// maxGaps is how many gaps are remembered. The result is exact as long as
// fewer of the longest ones are split by late moments.
const maxGaps = 32

// add takes note of a moment. The first one begins the first gap, and one before
// it does not count.
func (g *gaps) add(t time.Time) {
	if t.IsZero() {
		return
	}
	at := t.UnixMilli()
	if g.last == 0 {
		g.last = at
	}
	if at > g.last {
		g.keep(gap{g.last, at})
		g.last = at
		return
	}
	if at >= g.end {
		return
	}
	for i, long := range g.longest {
		if long.start < at && at < long.end {
			g.longest = slices.Delete(g.longest, i, i+1)
			g.keep(gap{long.start, at})
			g.keep(gap{at, long.end})
			return
		}
	}
}

func (g *gaps) keep(new gap) {
	if n := len(g.longest); n == maxGaps {
		if new.length() <= g.longest[n-1].length() {
			return
		}
		g.longest = g.longest[:n-1]
	}
	i := len(g.longest)
	for i > 0 && g.longest[i-1].length() < new.length() {
		i--
	}
	g.longest = slices.Insert(g.longest, i, new)
	g.end = max(g.end, new.end)
}

// max returns the longest gap.
func (g *gaps) max(zone *time.Location) Span {
	if len(g.longest) == 0 {
		return Span{}
	}
	return Span{time.UnixMilli(g.longest[0].start).In(zone), time.UnixMilli(g.longest[0].end).In(zone)}
}
