package etcdcheck

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	// Up to etcdctl 3.3.13 an endpoint that cannot be dialed is "unhealthy: failed
	// to connect".
	healthLine = regexp.MustCompile(`^(\S+) is (?:healthy: successfully committed proposal: took = (\S+)|unhealthy: (?:failed to commit proposal: )?(.*))$`)
	alarmLine  = regexp.MustCompile(`^memberID:\s*(\d+)\s+alarm:\s*([A-Z]+)$`)
	// failure is how etcdctl words, on stderr, that it could not ask an endpoint.
	failure = regexp.MustCompile(`^Failed to get the (?:status|hash) of endpoint (\S+) \((.*)\)$`)
)

// readSimple reads one line of the simple format.
func (r *reader) readSimple(l line) {
	text := strings.TrimSpace(l.text)
	switch {
	case failure.MatchString(text):
		m := failure.FindStringSubmatch(text)
		r.found, r.apart = true, true
		r.sample.Failures = append(r.sample.Failures, Failure{Endpoint: m[1], Error: m[2]})
	case healthLine.MatchString(text):
		r.simpleHealth(l, healthLine.FindStringSubmatch(text))
	case alarmLine.MatchString(text):
		r.simpleAlarm(l, alarmLine.FindStringSubmatch(text))
	case version2.MatchString(text):
		r.failVersion2(l)
	case snapshotRow.MatchString(text):
		r.failSnapshot(l)
	case strings.Contains(text, ",") && r.simpleRow(l, simpleCells(l.text)):
	case r.readRest(l):
	case !l.ended && r.found:
		r.fail(l.number, 0, "the text ends in the middle of a line: capture it again")
	default:
		r.apart = true
		r.ignore(l)
	}
}

func (r *reader) simpleHealth(l line, m []string) {
	if !r.accept(l, EndpointHealth, Simple) {
		return
	}
	r.apart = true
	h := Health{Endpoint: m[1], Healthy: m[2] != "", Error: strings.TrimSpace(m[3])}
	if !h.Healthy {
		r.unhealthy, r.width = l.number, len(l.text)
	}
	if h.Healthy {
		took, err := time.ParseDuration(m[2])
		if err != nil {
			r.fail(l.number, 0, "%q is not how long the endpoint took: capture it again", m[2])
			return
		}
		h.Took = Known(took)
	}
	r.warnUnended(l)
	r.sample.Health = append(r.sample.Health, h)
}

func (r *reader) simpleAlarm(l line, m []string) {
	if !r.accept(l, AlarmList, Simple) {
		return
	}
	id, err := strconv.ParseUint(m[1], 10, 64)
	if err != nil {
		r.fail(l.number, 0, "%q is not a member ID in decimal", m[1])
		return
	}
	r.warnUnended(l)
	r.sample.Alarms = append(r.sample.Alarms, Alarm{MemberID: ID(id), Type: m[2]})
}

// simpleCells returns the cells of a line, which etcdctl joins with ", ".
func simpleCells(text string) []string {
	cells := strings.Split(strings.TrimLeft(text, " \t"), ", ")
	last := len(cells) - 1
	cells[last] = strings.TrimRight(cells[last], " \t")
	if strings.HasSuffix(cells[last], ",") { // its last cell is empty and an editor took the space
		cells = append(cells[:last], strings.TrimSuffix(cells[last], ","), "")
	}
	return cells
}

// simpleRow reads the cells of a row, if they are of one.
func (r *reader) simpleRow(l line, cells []string) bool {
	command, columns := simpleColumns(cells)
	switch {
	case columns != nil:
		if r.accept(l, command, Simple) {
			r.warnUnended(l)
			r.row(l.number, command, columns, foldErrors(cells, columns))
		}
	case looksLikeRow(cells):
		r.found = true
		r.fail(l.number, 0, "%d cells, which is no row of etcdctl's: the line was cut off or wrapped; capture it again", len(cells))
	default:
		return false
	}
	return true
}

// warnUnended warns of a line that has no end: this format has no other sign of
// a text that was cut off in its last number or word.
func (r *reader) warnUnended(l line) {
	if !l.ended {
		r.gap(l, Info, codeMayBeCut, "", "the text ends here without a newline: it may be cut off")
	}
}

// simpleColumns recognises a row by its cells. The ERRORS cell is joined with
// ", " too, so a status has as many cells as its columns, or more.
func simpleColumns(cells []string) (Command, []string) {
	switch n := len(cells); {
	case n >= 5 && (cells[1] == "started" || cells[1] == "unstarted"):
		return MemberList, prefixOf(memberColumns, n)
	case n >= 7 && isHexID(cells[1]):
		return EndpointStatus, statusColumnsOf(cells)
	case (n == 2 || n == 3) && isEndpoint(cells[0]) && isNumber(cells[1]):
		return EndpointHashKV, hashColumns[:n]
	}
	return "", nil
}

func statusColumnsOf(cells []string) []string {
	n := len(cells)
	switch {
	case n == len(statusColumns33) && isBool(cells[4]):
		return statusColumns33
	case n >= len(statusColumns34) && isBool(cells[4]) && isBool(cells[5]):
		return statusColumns34
	case n >= len(statusColumns36) && isBool(cells[8]) && isBool(cells[9]) && isBool(cells[n-1]):
		return statusColumns36
	}
	return nil
}

// prefixOf is the first n columns, or none if there are fewer.
func prefixOf(columns []string, n int) []string {
	if n > len(columns) {
		return nil
	}
	return columns[:n]
}

// foldErrors puts the ERRORS cell, which may hold ", ", back together.
func foldErrors(cells, columns []string) []string {
	extra := len(cells) - len(columns)
	for i, name := range columns {
		if extra > 0 && name == colErrors {
			folded := append([]string{}, cells[:i]...)
			folded = append(folded, strings.Join(cells[i:i+extra+1], ", "))
			return append(folded, cells[i+extra+1:]...)
		}
	}
	return cells
}

func looksLikeRow(cells []string) bool {
	return len(cells) > 1 && (isHexID(cells[0]) || isEndpoint(cells[0]))
}

func isHexID(s string) bool {
	_, err := ParseID(s)
	return err == nil
}

func isBool(s string) bool { return s == "true" || s == "false" }

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil
}

var endpoint = regexp.MustCompile(`^(?:(?:https?|unixs?)://)?[^\s,/]+(?::\d+)?/?$`)

// isEndpoint reports whether s can be an address that etcdctl was given.
func isEndpoint(s string) bool { return strings.Contains(s, ":") && endpoint.MatchString(s) }
