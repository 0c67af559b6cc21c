package haproxylog

import (
	"bytes"
	"strings"
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
	if line[3] != ' ' || line[6] != ' ' || len(line) < len(layout) {
		return stamp{}, line, false
	}
	month, ok1 := parseMonth(line[:3])
	day, ok2 := parseUint(bytes.TrimLeft(line[4:6], " "), 31)
	clock, ok3 := parseClock(line[7:len(layout)])
	if !ok1 || !ok2 || !ok3 {
		return stamp{}, line, false
	}
	n, nanos := parseFraction(line[len(layout):])
	t := time.Date(0, month, day, 0, 0, clock, nanos, zone(location))
	return stamp{yearless, t}, bytes.TrimLeft(line[len(layout)+n:], " "), t.Day() == day
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

func parseMonth(b []byte) (time.Month, bool) {
	i := strings.Index(months, string(b))
	return time.Month(i/3 + 1), i >= 0 && i%3 == 0
}

// parseClock reads 18:05:53 and gives the seconds of the day.
func parseClock(b []byte) (int, bool) {
	hour, ok1 := parseUint(b[:2], 23)
	minute, ok2 := parseUint(b[3:5], 59)
	second, ok3 := parseUint(b[6:8], 60)
	return hour*3600 + minute*60 + second, ok1 && ok2 && ok3 && b[2] == ':' && b[5] == ':'
}

// parseFraction reads ".123456": its length and its nanoseconds.
func parseFraction(b []byte) (n, nanos int) {
	if len(b) == 0 || b[0] != '.' {
		return 0, 0
	}
	unit := 1_000_000_000
	for n = 1; n < len(b) && isDigit(b[n]); n++ {
		unit /= 10
		nanos += int(b[n]-'0') * unit
	}
	return n, nanos
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
	s, isSeconds := parseUint(seconds, int64(1<<40))
	us, isMicros := parseUint(micros, 999999)
	if !ok || !isSeconds || !isMicros || len(micros) != 6 {
		return stamp{}, line, false
	}
	t := time.Unix(s, int64(us)*1000).In(zone(location))
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

// acceptCache parses accept times, [25/Sep/2022:18:05:53.594], and remembers
// the last ten minutes, so that most lines only need the rest read. Ten minutes,
// because no time zone ever changed its offset within them.
type acceptCache struct {
	date  [16]byte
	zone  *time.Location
	start int64
}

// acceptLayout is the form of accept times.
const acceptLayout = "02/Jan/2006:15:04:05.000"

// parse reads [25/Sep/2022:18:05:53.594] and the space behind it.
func (a *acceptCache) parse(line []byte, i int, zone *time.Location) (time.Time, int) {
	const length = len("[25/Sep/2022:18:05:53.594] ")
	if i < 0 || len(line)-i < length {
		return time.Time{}, fail(i)
	}
	b := line[i : i+length]
	minute, second, milli := int64(b[17]-'0'), pair(b[19], b[20]), pair(b[22], b[23])*10+int64(b[24]-'0')
	if b[0] != '[' || b[18] != ':' || b[21] != '.' || b[25] != ']' || b[26] != ' ' ||
		minute > 9 || second > 60 || milli > 999 || !a.setDate(b[1:17], zone) {
		return time.Time{}, fail(i)
	}
	return time.UnixMilli(a.start + (minute*60+second)*1000 + milli).In(zone), i + length
}

// pair reads two digits; what is none makes a number over 99.
func pair(tens, ones byte) int64 {
	t, o := int64(tens-'0'), int64(ones-'0')
	if o > 9 {
		return 1000
	}
	return t*10 + o
}

// setDate reads 25/Sep/2022:18:0 unless it is what it was.
func (a *acceptCache) setDate(b []byte, zone *time.Location) bool {
	if string(a.date[:]) == string(b) && a.zone == zone {
		return true
	}
	day, ok1 := parseUint(b[:2], 31)
	month, ok2 := parseMonth(b[3:6])
	year, ok3 := parseUint(b[7:11], 9999)
	hour, ok4 := parseUint(b[12:14], 23)
	tens, ok5 := parseUint(b[15:16], 5)
	start := time.Date(year, month, day, hour, tens*10, 0, 0, zone)
	separators := b[2] == '/' && b[6] == '/' && b[11] == ':' && b[14] == ':'
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !separators || start.Day() != day {
		return false
	}
	copy(a.date[:], b)
	a.zone, a.start = zone, start.UnixMilli()
	return true
}

// calendar finds the year of stamps that have none.
type calendar struct {
	reference time.Time
	// accept and total are those of the last session.
	accept time.Time
	total  Timer
}

// known tells whether a year can be told at all.
func (c *calendar) known() bool { return !c.accept.IsZero() || !c.reference.IsZero() }

// see takes note of the end of a session, whose year is known.
func (c *calendar) see(s *Session) { c.accept, c.total = s.Accept, s.Total }

// resolve gives the time of a yearless stamp: the one nearest to the last
// session, or, before any session, the last one that is not after the reference
// by more than a day, which clocks that differ and time zones may make it.
func (c *calendar) resolve(stamp time.Time) time.Time {
	switch {
	case !c.accept.IsZero():
		return nearest(stamp, c.accept.Add(c.total.orZero()))
	case !c.reference.IsZero():
		return lastBefore(stamp, c.reference.Add(24*time.Hour))
	}
	return stamp
}

// inYear moves a stamp into a year; false for a 29 February that the year lacks.
func inYear(stamp time.Time, year int) (time.Time, bool) {
	t := time.Date(year, stamp.Month(), stamp.Day(), stamp.Hour(), stamp.Minute(), stamp.Second(),
		stamp.Nanosecond(), stamp.Location())
	return t, t.Month() == stamp.Month()
}

// leapGap is the longest time in years between two 29 February.
const leapGap = 8

// halfYear is surely shorter than what lies between the same date in two years
// halved.
const halfYear = 180 * 24 * time.Hour

func nearest(stamp, to time.Time) time.Time {
	best, found := inYear(stamp, to.Year())
	if found && best.Sub(to).Abs() < halfYear {
		return best
	}
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
