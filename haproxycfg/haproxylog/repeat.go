package haproxylog

import (
	"strings"
	"time"
)

// repeats finds the lines that tell an event again. HAProxy writes one event
// once for each `log` line that applies and once to standard error, all within a
// moment.
type repeats struct {
	last map[string]told
}

// told is the last message about a subject.
type told struct {
	text string
	time time.Time
}

// repeatWindow is how long after the first line of an event its last one may
// be stamped: stamps have seconds, and a second may pass in between.
const repeatWindow = 2 * time.Second

// again tells whether the event is the one that was told last about the same
// subject, and takes note of it. After a change of state the same check and the
// same empty backend are news again.
func (r *repeats) again(e *Event) bool {
	subject := e.subject()
	if subject == "" {
		return false
	}
	text := strings.ReplaceAll(e.Text, "'", "")
	last, ok := r.last[subject]
	if ok && last.text == text && e.Time.Sub(last.time).Abs() <= repeatWindow {
		return true
	}
	if r.last == nil || len(r.last) >= maxNames {
		r.last = map[string]told{}
	}
	r.last[subject] = told{text, e.Time}
	if e.Kind == KindServer {
		delete(r.last, e.Host+" "+e.Server.Backend)
		delete(r.last, e.Host+" check "+e.Server.Backend+"/"+e.Server.Server)
	}
	return false
}

// subject is what a state change, an empty backend or a check is about.
func (e *Event) subject() string {
	switch e.Kind {
	case KindServer:
		return e.Host + " " + e.Server.Backend + "/" + e.Server.Server
	case KindNoServer:
		return e.Host + " " + e.NoServer.Backend
	case KindCheck:
		if e.Check.Agent {
			return e.Host + " agent " + e.Check.Backend + "/" + e.Check.Server
		}
		return e.Host + " check " + e.Check.Backend + "/" + e.Check.Server
	}
	return ""
}
