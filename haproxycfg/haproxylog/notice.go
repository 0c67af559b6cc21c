package haproxylog

import (
	"bytes"
	"strconv"
	"strings"
)

// notice parses what HAProxy says of its servers and backends into an event. It
// reports whether the text is one of these, and what is wrong with one that
// begins so and does not go on so.
func notice(text string, e *Event) (known bool, wrong string) {
	for _, parse := range []func(string, *Event) (bool, string){parseServerChange, parseNoServer, parseCheck, parseConnect} {
		if known, wrong := parse(text, e); known || wrong != "" {
			e.Text = text
			return known, wrong
		}
	}
	return false, ""
}

// noticeWords are what the notices begin with.
var noticeWords = []string{"Backup Server ", "Server ", "backend ", "proxy ", "Health check for ", "Agent check for ", "Connect from "}

// findNotice returns where a notice may begin in a text, -1 if nowhere.
func findNotice(text string) int {
	first := -1
	for _, word := range noticeWords {
		if i := strings.Index(text, word); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	return first
}

// harmless are the beginnings of HAProxy's other messages that say nothing bad
// of a service.
var harmless = []string{
	"Proxy ", "Pausing ", "Paused ", "Enabling ", "Enabled ", "Resuming ", "Resumed ", "Stopping ", "Stopped ",
	"Reloading HAProxy", "Reexecuting ", "Initializing new worker", "Loading success", "New worker ", "New program ",
	"Automatically setting global.maxconn", "HAProxy was started as ",
	"Former worker ", "haproxy version is ", "path to executable is ", "Loading: ", "All workers exited", "Exiting Master process",
	"config : ", "parsing [",
}

// isHarmless reports whether a message of HAProxy's says nothing bad.
func isHarmless(text string) bool {
	// HAProxy 3.3 and later name the program in front of what they say of its rights.
	if _, rest, found := strings.Cut(text, ".main()] "); found && text[0] == '[' {
		text = rest
	}
	for _, beginning := range harmless {
		if strings.HasPrefix(text, beginning) {
			return true
		}
	}
	return false
}

// signs are words that HAProxy writes and that a line may have kept of it, whatever
// else became of the line.
var signs = [][]byte{
	[]byte("is DOWN"), []byte(" DOWN"), []byte("is UP"), []byte("is going"), []byte("is stopping"), []byte("server available"), []byte("check for"),
	[]byte("backup server"), []byte("servers left"), []byte("servers online"), []byte("Layer4"), []byte("Layer6"), []byte("Layer7"), []byte("reason:"),
	[]byte("sessions active"), []byte("requeued"), []byte("in queue"), []byte("maintenance"), []byte("drain "), []byte("<NOSRV>"), []byte("[ALERT]"),
	[]byte("Connect from"), []byte("lost due to rate-limiting"), []byte("Suppressed "), []byte("exited with code"), []byte("haproxy.service: Failed"), []byte("haproxy.service: Main process exited"),
}

// mayBeHAProxys reports whether a line that is not understood has something of
// HAProxy's in it: a word, or the numbers of a session.
func mayBeHAProxys(line []byte) bool {
	for _, sign := range signs {
		if bytes.Contains(line, sign) {
			return true
		}
	}
	for word := range bytes.FieldsSeq(line) {
		if isDigit(word[0]) && bytes.IndexByte(word, '/') > 0 && len(bytes.Trim(word, "0123456789/+-")) == 0 {
			return true
		}
	}
	i := findAccept(line)
	return i >= 0 && !bytes.Contains(line[i:], []byte(" +")) // That is the zone of a web server's log.
}

// stateWords are the words that follow a server's name, and the state that it
// has from then on. The first that fits counts.
var stateWords = []struct {
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
func parseServerChange(text string, e *Event) (known bool, wrong string) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "Backup "), "Server ")
	if !ok {
		return false, ""
	}
	backend, server, rest, ok := cutServer(rest)
	if !ok {
		return false, ""
	}
	for _, f := range stateWords {
		after, ok := strings.CutPrefix(rest, f.words)
		if !ok {
			continue
		}
		if f.state == Up && !strings.HasPrefix(after, ".") && !strings.HasPrefix(after, ",") && !strings.HasPrefix(after, " ") && !strings.HasPrefix(after, "/READY ") {
			break
		}
		change := &ServerChange{Backend: backend, Server: server, State: f.state}
		change.Cause, after = parseCause(after)
		change.UpServers = parseUpServers(after)
		e.Server = change
		return true, ""
	}
	return false, "this line about a server says no state that is known, or is cut off"
}

// cutServer cuts BACKEND/SERVER and the host name that HAProxy puts behind it
// in parentheses where the name resolves or stops to.
func cutServer(s string) (backend, server, rest string, ok bool) {
	id, rest, _ := strings.Cut(s, " ")
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
	var cause Cause
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
		_, s, _ = strings.Cut(after, "ms")
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
	end := len(s)
	for i := 0; i < len(s) && end == len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			end, rest = i, s[i+1:]
		}
	}
	return strings.ReplaceAll(s[:end], `\"`, `"`), rest
}

// parseUpServers reads ". A active and B backup servers left. ..." and the like of
// a server that comes back.
func parseUpServers(s string) int {
	active, rest, ok1 := strings.Cut(strings.TrimPrefix(s, ". "), " active and ")
	backup, _, ok2 := strings.Cut(rest, " backup servers ")
	if !ok1 || !ok2 {
		return -1
	}
	return decimal(active) + decimal(backup)
}

// decimal reads a number that HAProxy wrote; what is none is 0.
func decimal(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}

// parseNoServer reads "backend B has no server available!", in which standard
// error quotes the name, and a `listen` section is a proxy.
func parseNoServer(text string, e *Event) (known bool, wrong string) {
	subject, ok := strings.CutSuffix(text, " has no server available!")
	kind, name, named := strings.Cut(subject, " ")
	name = strings.Trim(name, "'")
	if !ok || !named || kind != "backend" && kind != "proxy" || name == "" || strings.Contains(name, " ") {
		return false, ""
	}
	e.NoServer = name
	return true, ""
}

// parseCheck reads "Health|Agent check for [backup ]server B/S [conditionally
// ]succeeded|failed, reason: ..., status: N/M STATE."
func parseCheck(text string, e *Event) (known bool, wrong string) {
	who, rest, ok := strings.Cut(text, " check for ")
	if !ok || who != "Health" && who != "Agent" {
		return false, ""
	}
	rest, ok = strings.CutPrefix(strings.TrimPrefix(rest, "backup "), "server ")
	backend, server, rest, named := cutServer(rest)
	if !ok || !named {
		return false, "this line about a check names no server"
	}
	check := &Check{Agent: who == "Agent", Backend: backend, Server: server}
	rest = strings.TrimPrefix(rest, "conditionally ")
	after, failed := strings.CutPrefix(rest, "failed")
	after, check.Passed = strings.CutPrefix(after, "succeeded")
	if failed == check.Passed {
		return false, "this line about a check says neither succeeded nor failed"
	}
	check.Cause, after = parseCause(after)
	if !strings.HasPrefix(after, ", status: ") {
		return false, "this line about a check has no status"
	}
	e.Check = check
	return true, ""
}

// parseConnect reads "Connect from A:P to A:P (FRONTEND/MODE)".
func parseConnect(text string, e *Event) (known bool, wrong string) {
	rest, ok := strings.CutPrefix(text, "Connect from ")
	if !ok {
		return false, ""
	}
	_, rest, ok = strings.Cut(rest, " (")
	frontend, mode, _ := strings.Cut(rest, "/")
	if !ok || frontend == "" || mode != "TCP)" && mode != "HTTP)" {
		return false, "this line that begins with Connect from has no (FRONTEND/MODE)"
	}
	e.Began = frontend
	return true, ""
}
