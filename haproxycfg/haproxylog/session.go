package haproxylog

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// Timer is one of HAProxy's timers in milliseconds.
type Timer int64

// Unknown is a timer that HAProxy never stopped: the session ended before. It
// logs it as -1.
const Unknown Timer = -1

// Duration gives the timer, and false where HAProxy never stopped it.
func (t Timer) Duration() (time.Duration, bool) {
	if t < 0 {
		return 0, false
	}
	return time.Duration(t) * time.Millisecond, true
}

// String gives "12ms", or "unknown".
func (t Timer) String() string {
	if t < 0 {
		return "unknown"
	}
	return strconv.FormatInt(int64(t), 10) + "ms"
}

// MarshalJSON gives the milliseconds as a number, or null where they are
// unknown.
func (t Timer) MarshalJSON() ([]byte, error) {
	if t < 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(t), 10), nil
}

// orZero gives the timer, or zero where it is unknown.
func (t Timer) orZero() time.Duration {
	d, _ := t.Duration()
	return d
}

// Session is one line of `option tcplog`: a session that ended, or, with
// `option logasap`, one that has just reached its server. The names in
// parentheses are those of HAProxy's log format.
type Session struct {
	// Client is who connected (%ci:%cp); an IPv4 address that came in through an
	// IPv6 socket is an IPv4 address. Not valid for a UNIX socket.
	Client netip.AddrPort `json:"client"`
	// Accept is when HAProxy accepted the connection (%t), to the millisecond.
	Accept time.Time `json:"accept"`
	// Frontend is the frontend's name (%ft).
	Frontend string `json:"frontend"`
	// Backend is the backend's name (%b).
	Backend string `json:"backend"`
	// Server is the last server that HAProxy tried (%s), empty where the session
	// never got to one (<NOSRV>).
	Server string `json:"server,omitzero"`
	// Wait is the time in queues (%Tw), Connect the time to reach the server with
	// all retries (%Tc), Total the time from accept to close (%Tt).
	Wait    Timer `json:"wait"`
	Connect Timer `json:"connect"`
	Total   Timer `json:"total"`
	// Bytes is what the server sent to the client (%B).
	Bytes int64 `json:"bytes"`
	// ActiveConns, FrontendConns, BackendConns and ServerConns are the connections
	// at that moment of the process, the frontend, the backend and the server
	// (%ac, %fc, %bc, %sc).
	ActiveConns   int `json:"activeConns"`
	FrontendConns int `json:"frontendConns"`
	BackendConns  int `json:"backendConns"`
	ServerConns   int `json:"serverConns"`
	// Retries is how often HAProxy tried again to connect (%rc).
	Retries int `json:"retries"`
	// ServerQueue and BackendQueue are the sessions that were before this one in
	// the queues (%sq, %bq).
	ServerQueue  int `json:"serverQueue"`
	BackendQueue int `json:"backendQueue"`
	// Termination says how the session ended (%ts).
	Termination Termination `json:"termination"`
	// Early is true where the line was written before the session ended
	// (`option logasap`): Total and Bytes are then what they were at that moment.
	Early bool `json:"early,omitzero"`
	// Redispatched is true where another server than the first was tried (the +
	// before the retries); the retries are then not those of Server.
	Redispatched bool `json:"redispatched,omitzero"`
	// TLS is true where the frontend took the connection over TLS (the ~ behind
	// its name).
	TLS bool `json:"tls,omitzero"`
	// Extra is whatever a longer log format has behind these fields.
	Extra string `json:"extra,omitzero"`
}

// End is when the session ended, to the millisecond.
func (s *Session) End() time.Time { return s.Accept.Add(s.Total.orZero()) }

// Connected tells whether a server took the connection.
func (s *Session) Connected() bool { return s.Server != "" && s.Connect >= 0 }

// Outcome is what a session was worth to its client.
type Outcome uint8

// The outcomes of a session.
const (
	// Served: a server answered, and the session ended cleanly or by the client's
	// will.
	Served Outcome = iota
	// TimedOut: a server answered, and later one side was silent for longer than
	// its timeout. Idle connections end so, and those to a server that hangs.
	TimedOut
	// Cut: a server answered, and then the server's error, or HAProxy, ended the
	// session.
	Cut
	// Failed: no server answered a byte.
	Failed
	// Abandoned: no server answered a byte, but the client left within a second,
	// as port scans and TCP probes do.
	Abandoned
)

var outcomeNames = [...]string{"served", "timed out", "cut", "failed", "abandoned"}

// String gives the outcome in a word or two.
func (o Outcome) String() string { return name(outcomeNames[:], int(o)) }

// MarshalText gives what String gives.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// patience is how long a client surely waits that wants an answer.
const patience = time.Second

// Outcome judges the session by the server's bytes and by who ended it. A TLS
// server always answers, so a session without a byte from its server served
// nobody.
func (s *Session) Outcome() Outcome {
	first := s.Termination.First()
	left := first == '-' || first == 'C'
	switch answered := s.Connected() && (s.Bytes > 0 || s.Early); {
	case answered && left:
		return Served
	case answered && (first == 'c' || first == 's'):
		return TimedOut
	case answered:
		return Cut
	case left && s.Total.orZero() < patience:
		return Abandoned
	}
	return Failed
}

// String gives the session as HAProxy logs it.
func (s *Session) String() string {
	client, server, tls := "unix:1", cmp.Or(s.Server, "<NOSRV>"), ""
	if s.Client.IsValid() {
		client = s.Client.Addr().String() + ":" + strconv.Itoa(int(s.Client.Port()))
	}
	if s.TLS {
		tls = "~"
	}
	early, redispatched := "", ""
	if s.Early {
		early = "+"
	}
	if s.Redispatched {
		redispatched = "+"
	}
	line := fmt.Sprintf("%s [%s] %s%s %s/%s %d/%d/%s%d %s%d %v %d/%d/%d/%d/%s%d %d/%d",
		client, s.Accept.Format(acceptLayout), s.Frontend, tls, s.Backend, server,
		s.Wait, s.Connect, early, s.Total, early, s.Bytes, s.Termination,
		s.ActiveConns, s.FrontendConns, s.BackendConns, s.ServerConns, redispatched, s.Retries,
		s.ServerQueue, s.BackendQueue)
	if s.Extra != "" {
		line += " " + s.Extra
	}
	return line
}

// isSession tells whether a message begins as HAProxy's logs of connections do:
// a client and, in brackets, a date.
func isSession(message []byte) bool {
	i := bytes.IndexByte(message, ' ')
	if i <= 0 || len(message) < i+5 {
		return false
	}
	date := message[i+1:]
	return date[0] == '[' && isDigit(date[1]) && isDigit(date[2]) && date[3] == '/'
}

// isOtherLog tells HAProxy's other formats, which begin as tcplog does: a
// refused handshake, which is a sentence behind FRONTEND/BIND, and httplog, which
// has five timers.
func isOtherLog(message []byte) bool {
	fields := bytes.Fields(message)
	if len(fields) > 2 && bytes.HasSuffix(fields[2], []byte(":")) {
		return true
	}
	return len(fields) > 4 && bytes.Count(fields[4], []byte("/")) == 4
}

// session parses a message that isSession has recognised, from i on. It gives
// where something is wrong, or -1.
func (r *Reader) session(line []byte, i int, zone *time.Location, s *Session) (wrong int) {
	s.Client, i = addrPort(line, i)
	s.Accept, i = r.accepts.parse(line, i, zone)
	i = r.proxies.parse(line, i, s, &r.names)
	server, i := word(line, i, ' ')
	s.Server = r.server(server)
	s.Wait, i = timer(line, i, '/')
	s.Connect, i = timer(line, i, '/')
	s.Early, i = skip(line, i, '+')
	s.Total, i = timer(line, i, ' ')
	early, i := skip(line, i, '+')
	s.Early = s.Early || early
	s.Bytes, i = number(line, i, ' ')
	s.Termination, i = termination(line, i)
	var conns [4]int
	i = counts(line, i, &conns)
	s.ActiveConns, s.FrontendConns, s.BackendConns, s.ServerConns = conns[0], conns[1], conns[2], conns[3]
	s.Redispatched, i = skip(line, i, '+')
	s.Retries, i = count(line, i, ' ')
	s.ServerQueue, i = count(line, i, '/')
	s.BackendQueue, i = lastCount(line, i)
	if i < 0 {
		return ^i
	}
	if i < len(line) {
		s.Extra = string(line[i:])
	}
	return -1
}

// server gives a server's name, empty for what stands in its place.
func (r *Reader) server(word []byte) string {
	if isNoServer(word) {
		return ""
	}
	return r.names.get(word)
}

// isNoServer recognises what stands in the place of a server: <NOSRV>, <STATS>,
// a dash.
func isNoServer(server []byte) bool {
	return len(server) == 0 || server[0] == '<' || len(server) == 1 && server[0] == '-'
}

// proxyCache parses FRONTEND BACKEND/ and remembers the last pair, which is the
// same for all lines of most logs.
type proxyCache struct {
	bytes             []byte
	frontend, backend string
	tls               bool
}

func (pc *proxyCache) parse(line []byte, i int, s *Session, names *interner) int {
	if i >= 0 && len(pc.bytes) > 0 && bytes.HasPrefix(line[i:], pc.bytes) {
		i += len(pc.bytes)
	} else {
		i = pc.set(line, i, names)
	}
	s.Frontend, s.Backend, s.TLS = pc.frontend, pc.backend, pc.tls
	return i
}

func (pc *proxyCache) set(line []byte, i int, names *interner) int {
	frontend, j := word(line, i, ' ')
	backend, j := word(line, j, '/')
	if j < 0 {
		return j
	}
	frontend, pc.tls = bytes.CutSuffix(frontend, []byte("~"))
	pc.frontend, pc.backend = names.get(frontend), names.get(backend)
	pc.bytes = append(pc.bytes[:0], line[i:j]...)
	return j
}
