package haproxylog

import (
	"bytes"
	"time"
)

// zone is the location for local times, UTC where the caller named none.
func zone(location *time.Location) *time.Location {
	if location == nil {
		return time.UTC
	}
	return location
}

// stamp is a time in a prefix.
type stamp struct {
	form form
	// time is in the year 0 where form is yearless.
	time time.Time
}

// parseStamp reads the time that a line begins with, in any form of syslog or
// journalctl, and the space behind it.
func parseStamp(line []byte, location *time.Location) (st stamp, rest []byte, ok bool) {
	if len(line) < len("0000000000.0 ") {
		return stamp{}, line, false
	}
	if isDigit(line[0]) {
		return parseNumericStamp(line, location)
	}
	if st, rest, ok = parseBSD(line, location); ok {
		return st, rest, true
	}
	return parseFull(line, location)
}

// parseBSD reads "Sep 25 18:05:53" (RFC 3164, journalctl's short) and the same
// with a fraction (short-precise).
func parseBSD(line []byte, location *time.Location) (stamp, []byte, bool) {
	const layout = "Jan _2 15:04:05"
	if len(line) < len(layout) || line[3] != ' ' || line[6] != ' ' {
		return stamp{}, line, false
	}
	n := len(layout)
	n += fraction(line[n:])
	t, err := time.ParseInLocation(layout, string(line[:n]), zone(location))
	if err != nil {
		return stamp{}, line, false
	}
	return stamp{yearless, t}, bytes.TrimLeft(line[n:], " "), true
}

// parseNumericStamp reads ISO 8601 (RFC 5424, rsyslog's file format,
// journalctl's short-iso) and seconds since 1970 (short-unix).
func parseNumericStamp(line []byte, location *time.Location) (stamp, []byte, bool) {
	word, rest := cutWord(line)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, string(word), zone(location)); err == nil {
			return stamp{absolute, inLocation(t, location)}, rest, true
		}
	}
	seconds, micros, ok := bytes.Cut(word, []byte("."))
	s, isSeconds := parseUint(seconds, 1<<40)
	us, isMicros := parseUint(micros, 999999)
	if !ok || !isSeconds || !isMicros || len(micros) != 6 {
		return stamp{}, line, false
	}
	t := time.Unix(int64(s), int64(us)*1000).In(zone(location))
	return stamp{absolute, t}, rest, true
}

// parseFull reads journalctl's short-full: "Sun 2022-09-25 18:05:53 CEST". The
// letters of a zone say no offset, so only UTC is believed.
func parseFull(line []byte, location *time.Location) (stamp, []byte, bool) {
	const layout = "Mon 2006-01-02 15:04:05"
	if len(line) <= len(layout) || line[3] != ' ' || line[8] != '-' || line[len(layout)] != ' ' {
		return stamp{}, line, false
	}
	name, rest := cutWord(line[len(layout)+1:])
	in := zone(location)
	if string(name) == "UTC" {
		in = time.UTC
	}
	t, err := time.ParseInLocation(layout, string(line[:len(layout)]), in)
	if err != nil {
		return stamp{}, line, false
	}
	return stamp{absolute, inLocation(t, location)}, rest, true
}

// inLocation gives an instant in the caller's time zone if there is one.
func inLocation(t time.Time, location *time.Location) time.Time {
	if location == nil {
		return t
	}
	return t.In(location)
}

// fraction gives the length of ".123456" at the beginning of b.
func fraction(b []byte) int {
	if len(b) == 0 || b[0] != '.' {
		return 0
	}
	n := 1
	for n < len(b) && isDigit(b[n]) {
		n++
	}
	return n
}

// acceptCache parses accept times, [25/Sep/2022:18:05:53.594], and remembers
// the last minute, so that most lines only need their seconds read.
type acceptCache struct {
	minute [17]byte
	zone   *time.Location
	start  time.Time
}

const (
	acceptMinute = "02/Jan/2006:15:04"
	acceptLength = len(acceptMinute + ":05.000]")
)

// parse reads an accept time behind its bracket, and the closing bracket.
func (a *acceptCache) parse(c *cursor, zone *time.Location) time.Time {
	b := c.rest()
	if len(b) < acceptLength || b[17] != ':' || b[20] != '.' || b[24] != ']' {
		c.fail("the accept time is not [DD/Mon/YYYY:HH:MM:SS.mmm]")
		return time.Time{}
	}
	seconds, ok1 := parseUint(b[18:20], 60)
	millis, ok2 := parseUint(b[21:24], 999)
	if !ok1 || !ok2 || !a.setMinute(b, zone) {
		c.fail("the accept time is no time")
		return time.Time{}
	}
	c.at += acceptLength
	return a.start.Add(time.Duration(seconds)*time.Second + time.Duration(millis)*time.Millisecond)
}

func (a *acceptCache) setMinute(b []byte, zone *time.Location) bool {
	if string(a.minute[:]) == string(b[:17]) && a.zone == zone {
		return true
	}
	start, err := time.ParseInLocation(acceptMinute, string(b[:17]), zone)
	if err != nil {
		return false
	}
	copy(a.minute[:], b)
	a.zone, a.start = zone, start
	return true
}

// calendar finds the year of stamps that have none.
type calendar struct {
	reference time.Time
	// seen is the end of the latest session, which is known with its year.
	seen time.Time
	// last is what was resolved last, and to what.
	last, resolved time.Time
}

// known tells whether a year can be told at all.
func (c *calendar) known() bool { return !c.seen.IsZero() || !c.reference.IsZero() }

// see takes note of a time that stands in the log with its year.
func (c *calendar) see(t time.Time) {
	if c.seen.IsZero() {
		c.resolved = time.Time{}
	}
	c.seen = t
}

// resolve gives the time of a yearless stamp: the one nearest to the last
// session, or, before any session, the last one that is not after the reference
// by more than a day, which clocks that differ and time zones may make it.
func (c *calendar) resolve(stamp time.Time) time.Time {
	if stamp.Equal(c.last) && !c.resolved.IsZero() {
		return c.resolved
	}
	c.last = stamp
	switch {
	case !c.seen.IsZero():
		c.resolved = nearest(stamp, c.seen)
	case !c.reference.IsZero():
		c.resolved = lastBefore(stamp, c.reference.Add(24*time.Hour))
	default:
		return stamp
	}
	return c.resolved
}

// inYear moves a stamp into a year; false for a 29 February that the year lacks.
func inYear(stamp time.Time, year int) (time.Time, bool) {
	t := time.Date(year, stamp.Month(), stamp.Day(), stamp.Hour(), stamp.Minute(), stamp.Second(),
		stamp.Nanosecond(), stamp.Location())
	return t, t.Month() == stamp.Month()
}

// leapGap is the longest time in years between two 29 February.
const leapGap = 8

func nearest(stamp, to time.Time) time.Time {
	best, found := stamp, false
	for year := to.Year() - leapGap; year <= to.Year()+leapGap; year++ {
		t, ok := inYear(stamp, year)
		if ok && (!found || t.Sub(to).Abs() < best.Sub(to).Abs()) {
			best, found = t, true
		}
	}
	return best
}

func lastBefore(stamp, limit time.Time) time.Time {
	for year := limit.Year() + 1; year >= limit.Year()-leapGap; year-- {
		if t, ok := inYear(stamp, year); ok && !t.After(limit) {
			return t
		}
	}
	return stamp
}
