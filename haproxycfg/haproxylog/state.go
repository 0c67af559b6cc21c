package haproxylog

import (
	"strconv"
	"strings"
)

// stateForms are the words that follow a server's name, and the state that it
// has from then on. The first that fits counts.
var stateForms = []struct {
	words string
	state State
}{
	{"is DOWN", Down},
	{"is UP/DRAIN", Drain},
	{"is UP", Up},
	{"is stopping", Stopping},
	{"is going DOWN for maintenance", Maintenance},
	{"was DOWN and now enters maintenance", Maintenance},
	{"is leaving forced maintenance but remains in maintenance", Maintenance},
	{"resolves again but remains in maintenance", Maintenance},
	{"remains in forced maintenance", Maintenance},
	{"enters drain state", Drain},
	{"is leaving forced drain but remains in drain mode", Drain},
	{"remains in forced drain mode", Drain},
}

// parseServerChange reads "[Backup ]Server B/S is DOWN" and everything else
// that HAProxy says of a server's state.
func parseServerChange(text string, e *Event) (bool, string) {
	rest, backup := strings.CutPrefix(text, "Backup ")
	rest, ok := strings.CutPrefix(rest, "Server ")
	if !ok {
		return false, ""
	}
	backend, server, rest, ok := cutServer(rest)
	if !ok {
		return false, ""
	}
	for _, f := range stateForms {
		if after, ok := strings.CutPrefix(rest, f.words); ok {
			change := &ServerChange{Backend: backend, Server: server, Backup: backup, State: f.state}
			change.Cause, after = parseCause(after)
			change.Remaining = parseRemaining(after)
			e.Kind, e.Server = KindServer, change
			return true, ""
		}
	}
	if strings.HasPrefix("is DOWN", rest) || strings.HasPrefix("is UP", rest) {
		return false, "the line about the server's state is cut off"
	}
	return false, ""
}

// cutServer cuts BACKEND/SERVER and the host name that HAProxy puts behind it
// in parentheses where the name resolves or stops to.
func cutServer(s string) (backend, server, rest string, ok bool) {
	id, rest, ok := strings.Cut(s, " ")
	if !ok {
		id = s
	}
	backend, server, ok = strings.Cut(id, "/")
	if !ok || backend == "" || server == "" {
		return "", "", "", false
	}
	if strings.HasPrefix(rest, "('") {
		_, rest, _ = strings.Cut(rest, "') ")
	}
	return backend, server, rest, true
}

// parseCause reads what HAProxy says of a reason: ` (CAUSE)`, `, reason: R`, or
// `, TEXT`, then `, code: N`, `, info: "..."`, `, check duration: Nms`, ` via P/S`.
func parseCause(s string) (Cause, string) {
	cause := Cause{CheckDuration: Unknown}
	if i := strings.Index(s, " ("); i >= 0 && i <= len("/READY") {
		cause.Reason, s, _ = strings.Cut(s[i+2:], ")")
	}
	if after, ok := strings.CutPrefix(s, ", reason: "); ok {
		cause.Reason, s = untilAny(after, ", ", ". ", " via ")
	}
	if after, ok := strings.CutPrefix(s, ", code: "); ok {
		code, rest := untilAny(after, ", ", ". ", " via ")
		cause.Code, s = decimal(code), rest
	}
	if after, ok := strings.CutPrefix(s, `, info: "`); ok {
		cause.Info, s = cutInfo(after)
	}
	if after, ok := strings.CutPrefix(s, ", check duration: "); ok {
		ms, rest, _ := strings.Cut(after, "ms")
		cause.CheckDuration, s = Timer(decimal(ms)), rest
	}
	if after, ok := strings.CutPrefix(s, " via "); ok {
		cause.Via, s = untilAny(after, ", ", ". ")
	}
	if after, ok := strings.CutPrefix(s, ", "); ok && cause.Reason == "" {
		cause.Reason, s = untilAny(after, ". ", ", status: ")
	}
	return cause, s
}

// untilAny cuts s before the first of the ends that it has. The full stop that
// ends a line belongs to nothing.
func untilAny(s string, ends ...string) (before, rest string) {
	cut := len(s)
	for _, end := range ends {
		if i := strings.Index(s, end); i >= 0 && i < cut {
			cut = i
		}
	}
	if cut == len(s) {
		return strings.TrimSuffix(s, "."), ""
	}
	return s[:cut], s[cut:]
}

// cutInfo reads up to the closing quote. HAProxy writes a quote inside as \".
func cutInfo(s string) (info, rest string) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return unescape(s[:i]), s[i+1:]
		}
	}
	return unescape(s), ""
}

func unescape(s string) string { return strings.ReplaceAll(s, `\"`, `"`) }

// parseRemaining reads ". A active and B backup servers left. N sessions
// active, N requeued, N remaining in queue." and the like of a server that
// comes back.
func parseRemaining(s string) *Remaining {
	s, ok := strings.CutPrefix(s, ". ")
	if !ok {
		return nil
	}
	var r Remaining
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return c == '.' || c == ',' }) {
		r.set(strings.TrimSpace(part))
	}
	return &r
}

func (r *Remaining) set(part string) {
	n, what, _ := strings.Cut(part, " ")
	switch {
	case strings.HasPrefix(what, "active and "):
		r.Active = decimal(n)
		backup, _, _ := strings.Cut(strings.TrimPrefix(what, "active and "), " ")
		r.Backup = decimal(backup)
	case what == "sessions active":
		r.Sessions = decimal(n)
	case what == "requeued" || what == "sessions requeued":
		r.Requeued = decimal(n)
	case what == "remaining in queue" || what == "total in queue":
		r.Queued = decimal(n)
	}
}

// number reads a decimal number that HAProxy wrote; what is none is 0.
func decimal(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// parseCheck reads "Health|Agent check for [backup ]server B/S [conditionally
// ]succeeded|failed, reason: ..., status: N/M STATE."
func parseCheck(text string, e *Event) (bool, string) {
	who, rest, ok := strings.Cut(text, " check for ")
	if !ok || who != "Health" && who != "Agent" {
		return false, ""
	}
	rest, backup := strings.CutPrefix(rest, "backup ")
	rest, ok = strings.CutPrefix(rest, "server ")
	backend, server, rest, named := cutServer(rest)
	if !ok || !named {
		return false, "the line about a check names no server"
	}
	check := &Check{Agent: who == "Agent", Backend: backend, Server: server, Backup: backup}
	rest = strings.TrimPrefix(rest, "conditionally ")
	after, failed := strings.CutPrefix(rest, "failed")
	after, check.Passed = strings.CutPrefix(after, "succeeded")
	if failed == check.Passed {
		return false, "the line about a check says neither succeeded nor failed"
	}
	check.Cause, after = parseCause(after)
	status, ok := strings.CutPrefix(after, ", status: ")
	if !ok || !check.setStatus(strings.TrimSuffix(status, ".")) {
		return false, "the line about a check has no status"
	}
	e.Kind, e.Check = KindCheck, check
	return true, ""
}

// setStatus reads "1/2 UP".
func (c *Check) setStatus(s string) bool {
	health, state, _ := strings.Cut(s, " ")
	for _, known := range []State{Up, Down, Drain} {
		if state == known.String() {
			c.Health, c.State = health, known
			return strings.Contains(health, "/")
		}
	}
	return false
}
