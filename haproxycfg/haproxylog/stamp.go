package haproxylog

import (
	"bytes"
	"strings"
	"time"
)

// stamp is a time in a prefix.
type stamp struct {
	form form
	// time is in the year 0 where form is yearless.
	time time.Time
}

// orUTC returns the location for local times.
func orUTC(location *time.Location) *time.Location {
	if location == nil {
		return time.UTC
	}
	return location
}

// parseStamp reads the time that a line begins with, in any form of syslog or
// journalctl, and the spaces behind it.
func parseStamp(line []byte, location *time.Location) (st stamp, rest []byte, ok bool) {
	if isDigit(line[0]) {
		return parseNumericStamp(line, location)
	}
	if line[0] < 'A' || line[0] > 'Z' {
		return stamp{}, line, false
	}
	// "Sep 25 18:05:53" (RFC 3164, journalctl's short), with a fraction where
	// it is precise.
	const short, full = "Jan _2 15:04:05", "Mon 2006-01-02 15:04:05"
	if len(line) > len(short) && line[len("Jan")] == ' ' && line[len("Jan 02")] == ' ' {
		end := len(short) + max(0, bytes.IndexByte(line[len(short):], ' '))
		t, err := time.ParseInLocation(short, string(line[:end]), orUTC(location))
		return stamp{yearless, t}, bytes.TrimLeft(line[end:], " "), err == nil
	}
	// journalctl's short-full: "Sun 2022-09-25 18:05:53 CEST". The letters of a zone
	// say no offset, so only UTC is believed.
	if len(line) > len(full) && line[len("Mon")] == ' ' && line[len(full)] == ' ' {
		zone, rest := cutWord(line[len(full)+1:])
		in := orUTC(location)
		if string(zone) == "UTC" {
			in = time.UTC
		}
		t, err := time.ParseInLocation(full, string(line[:len(full)]), in)
		return stamp{absolute, inLocation(t, location)}, rest, err == nil
	}
	return stamp{}, line, false
}

// parseNumericStamp reads ISO 8601 (RFC 5424, rsyslog's file format,
// journalctl's short-iso, containers) and seconds since 1970 (short-unix).
func parseNumericStamp(line []byte, location *time.Location) (stamp, []byte, bool) {
	word, rest := cutWord(line)
	if len(word) > len("2006-01-") && word[len("2006")] == '-' {
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"} {
			if t, err := time.ParseInLocation(layout, string(word), orUTC(location)); err == nil {
				return stamp{absolute, inLocation(t, location)}, rest, true
			}
		}
		return stamp{}, line, false
	}
	seconds, micros, _ := bytes.Cut(word, []byte("."))
	if len(seconds) != len("1664129153") || len(micros) != len("626123") {
		return stamp{}, line, false
	}
	t, err := time.Parse("05.000000", "00."+string(micros))
	high, ok1 := parseInt(seconds[:5])
	low, ok2 := parseInt(seconds[5:])
	at := time.Unix(int64(high)*1e5+int64(low), int64(t.Nanosecond()))
	return stamp{absolute, at.In(orUTC(location))}, rest, err == nil && ok1 && ok2
}

// inLocation returns an instant in the caller's time zone if there is one.
func inLocation(t time.Time, location *time.Location) time.Time {
	if location == nil {
		return t
	}
	return t.In(location)
}

// acceptLength is that of an accept time, [25/Sep/2022:18:05:53.594], without the
// opening bracket and with the space behind it.
const acceptLength = len("25/Sep/2022:18:05:53.594] ")

// findAccept returns where the accept time of a session stands in a line, behind
// its bracket, or -1.
func findAccept(line []byte) int {
	for i := 0; ; i++ {
		next := bytes.IndexByte(line[i:], '[')
		if next < 0 {
			return -1
		}
		i += next
		if date := line[i+1:]; len(date) > 3 && date[2] == '/' && isDigit(date[0]) && isDigit(date[1]) {
			return i + 1
		}
	}
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// parseAccept reads 25/Sep/2022:18:05:53.594. time.Parse would be half of the
// time that a line takes.
func parseAccept(b []byte, zone *time.Location) (time.Time, bool) {
	if len(b) < acceptLength || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[14] != ':' || b[17] != ':' || b[20] != '.' || b[24] != ']' || b[25] != ' ' {
		return time.Time{}, false
	}
	month := strings.Index(months, string(b[3:6]))
	day, year := digits(b[0:2]), digits(b[7:11])
	hour, minute, second, milli := digits(b[12:14]), digits(b[15:17]), digits(b[18:20]), digits(b[21:24])
	if month < 0 || month%3 != 0 || day < 1 || year|hour|minute|second|milli < 0 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month/3+1), day, hour, minute, second, milli*int(time.Millisecond), zone)
	const inEveryMonth = 28
	return t, day <= inEveryMonth || t.Day() == day
}

// digits reads decimal digits, -1 where one is none.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if !isDigit(c) {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// calendar finds the year of stamps that have none.
type calendar struct {
	reference time.Time
	// near is when the last session began, or else the last stamp.
	near    time.Time
	session bool
	// stamp is the last one, and resolved what came of it: lines of one second have
	// the same.
	stamp, resolved time.Time
}

// see takes note of the accept time of a session, whose year is known.
func (c *calendar) see(accept time.Time) { c.near, c.session = accept, true }

// resolve returns the time of a yearless stamp: the one nearest to the last
// session, or, before any session, the last one that is not after the reference
// by more than a day, which clocks that differ and time zones may make it.
// Without either the first stamp is in the year 0 and each one near the one before.
func (c *calendar) resolve(stamp time.Time) time.Time {
	if stamp.Equal(c.stamp) {
		return c.resolved
	}
	c.stamp = stamp
	switch {
	case c.session:
		c.resolved = nearest(stamp, c.near)
	case !c.reference.IsZero():
		c.resolved = lastBefore(stamp, c.reference.Add(24*time.Hour))
	case c.near.IsZero():
		c.resolved, c.near = stamp, stamp
	default:
		c.resolved = nearest(stamp, c.near)
		if c.resolved.IsZero() {
			c.resolved = c.resolved.Add(1) // The zero time means no time, and is the turn of the year 0.
		}
		c.near = c.resolved
	}
	return c.resolved
}

// nearest moves a stamp into the year that puts it next to a time.
func nearest(stamp, to time.Time) time.Time {
	best := inYear(stamp, to.Year())
	for _, year := range []int{to.Year() - 1, to.Year() + 1} {
		if t := inYear(stamp, year); t.Sub(to).Abs() < best.Sub(to).Abs() {
			best = t
		}
	}
	return best
}

// lastBefore moves a stamp into the last year that puts it before a time.
func lastBefore(stamp, limit time.Time) time.Time {
	t := inYear(stamp, limit.Year())
	if t.After(limit) {
		t = inYear(stamp, limit.Year()-1)
	}
	return t
}

func inYear(stamp time.Time, year int) time.Time {
	return time.Date(year, stamp.Month(), stamp.Day(), stamp.Hour(), stamp.Minute(), stamp.Second(), stamp.Nanosecond(), stamp.Location())
}
