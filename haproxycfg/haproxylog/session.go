package haproxylog

import (
	"bytes"
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
	// TLS is true where the frontend took the connection over TLS (the ~ behind
	// its name).
	TLS bool `json:"tls,omitzero"`
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
	// Early is true where the line was written before the session ended
	// (`option logasap`): Total and Bytes are then what they were at that moment.
	Early bool `json:"early,omitzero"`
	// Termination says how the session ended (%ts).
	Termination Termination `json:"termination"`
	// ActiveConns, FrontendConns, BackendConns and ServerConns are the connections
	// at that moment of the process, the frontend, the backend and the server
	// (%ac, %fc, %bc, %sc).
	ActiveConns   int `json:"activeConns"`
	FrontendConns int `json:"frontendConns"`
	BackendConns  int `json:"backendConns"`
	ServerConns   int `json:"serverConns"`
	// Retries is how often HAProxy tried again to connect (%rc).
	Retries int `json:"retries"`
	// Redispatched is true where another server than the first was tried (the +
	// before the retries); the retries are then not those of Server.
	Redispatched bool `json:"redispatched,omitzero"`
	// ServerQueue and BackendQueue are the sessions that were before this one in
	// the queues (%sq, %bq).
	ServerQueue  int `json:"serverQueue"`
	BackendQueue int `json:"backendQueue"`
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
	// will or silence.
	Served Outcome = iota
	// Cut: a server answered, and then the server's error or silence, or HAProxy,
	// ended the session.
	Cut
	// Failed: no server answered a byte.
	Failed
	// Abandoned: no server answered a byte, but the client left within a second,
	// as port scans and TCP probes do.
	Abandoned
)

var outcomeNames = [...]string{"served", "cut", "failed", "abandoned"}

// String gives the outcome in one word.
func (o Outcome) String() string { return name(outcomeNames[:], int(o)) }

// MarshalText gives what String gives.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// patience is how long a client waits that wants an answer.
const patience = time.Second

// Outcome judges the session by the server's bytes and by who ended it. A TLS
// server always answers, so a session without a byte from its server served
// nobody.
func (s *Session) Outcome() Outcome {
	answered := s.Connected() && (s.Bytes > 0 || s.Early)
	switch s.Termination.First() {
	case '-', 'C':
		if !answered && s.Total.orZero() < patience {
			return Abandoned
		}
		fallthrough
	case 'c':
		if answered {
			return Served
		}
	default:
		if answered {
			return Cut
		}
	}
	return Failed
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

// isTCPLog tells tcplog from HAProxy's other formats, which begin as it does:
// httplog has five timers, a refused handshake a sentence.
func isTCPLog(backend, rest []byte) bool {
	if n := len(backend); n > 0 && backend[n-1] == ':' {
		return false
	}
	timers := rest
	if i := bytes.IndexByte(rest, ' '); i >= 0 {
		timers = rest[:i]
	}
	return bytes.Count(timers, slash) != 4
}

var slash = []byte{'/'}

// session parses a message that isSession has recognised. It gives false where
// the message is in another format than tcplog.
func (r *Reader) session(c *cursor, p *prefix, s *Session) (tcplog bool, err *syntaxError) {
	s.Client = c.addrPort()
	c.expect('[')
	s.Accept = r.accepts.parse(c, p.zone)
	c.expect(' ')
	r.frontend(c, s)
	if c.bad == nil && !isTCPLog(r.backend(c, s), c.rest()) {
		return false, nil
	}
	s.Wait = Timer(c.number("Tw", '/'))
	s.Connect = Timer(c.number("Tc", '/'))
	s.Early = c.skip('+')
	s.Total = Timer(c.number("Tt", ' '))
	s.Early = c.skip('+') || s.Early
	s.Bytes = c.number("bytes", ' ')
	s.Termination = c.termination()
	s.ActiveConns = int(c.number("actconn", '/'))
	s.FrontendConns = int(c.number("feconn", '/'))
	s.BackendConns = int(c.number("beconn", '/'))
	s.ServerConns = int(c.number("srv_conn", '/'))
	s.Redispatched = c.skip('+')
	s.Retries = int(c.number("retries", ' '))
	s.ServerQueue = int(c.number("srv_queue", '/'))
	s.BackendQueue = int(c.number("backend_queue", 0))
	s.Extra = string(c.rest())
	return true, c.bad
}

func (r *Reader) frontend(c *cursor, s *Session) {
	word := c.word(' ')
	if n := len(word); n > 0 && word[n-1] == '~' {
		s.TLS = true
		word = word[:n-1]
	}
	s.Frontend = r.names.get(word)
}

// backend reads BACKEND/SERVER and gives it as it stands.
func (r *Reader) backend(c *cursor, s *Session) []byte {
	word := c.word(' ')
	i := bytes.IndexByte(word, '/')
	if i < 0 {
		c.fail("there is no BACKEND/SERVER")
		return word
	}
	s.Backend = r.names.get(word[:i])
	if server := word[i+1:]; !isNoServer(server) {
		s.Server = r.names.get(server)
	}
	return word
}

// isNoServer recognises what stands in the place of a server: <NOSRV>, <STATS>,
// a dash.
func isNoServer(server []byte) bool {
	return len(server) == 0 || server[0] == '<' || len(server) == 1 && server[0] == '-'
}
