package haproxylog

import (
	"bytes"
	"net/netip"
	"time"
)

// Session is one line of `option tcplog` or `option httplog`: a session that
// ended, or, with `option logasap`, one that has just reached its server. The
// names in parentheses are those of HAProxy's log format.
type Session struct {
	// Client is who connected (%ci:%cp); an IPv4 address that came in through an
	// IPv6 socket is an IPv4 address. Not valid for a UNIX socket, or where a format
	// of one's own has something else there.
	Client netip.AddrPort
	// Accept is when HAProxy accepted the connection (%t), to the millisecond.
	Accept time.Time
	// Frontend is the frontend's name (%ft).
	Frontend string
	// Backend is the backend's name (%b).
	Backend string
	// Server is the last server that HAProxy tried (%s), empty where the session
	// never got to one (<NOSRV>).
	Server string
	// Wait is the time in queues (%Tw), Connect the time to reach the server with
	// all retries (%Tc), Total the time from accept to close (%Tt, %Ta). One that
	// HAProxy never stopped, because the session ended before, is negative.
	Wait, Connect, Total time.Duration
	// Status is the HTTP status, 0 for TCP.
	Status int
	// Bytes is what the server sent to the client (%B).
	Bytes int64
	// Termination says how the session ended (%ts).
	Termination Termination
	// Early is true where the line was written before the session ended
	// (`option logasap`): Total and Bytes are then what they were at that moment.
	Early bool
}

// End is when the session ended, to the millisecond.
func (s *Session) End() time.Time { return s.Accept.Add(max(0, s.Total)) }

// connected reports whether a server took the connection.
func (s *Session) connected() bool { return s.Server != "" && s.Connect >= 0 }

// Outcome is what a session was worth to its client.
type Outcome string

// The outcomes of a session.
const (
	// Served: a server answered, and the session ended cleanly or by the client's
	// will.
	Served Outcome = "served"
	// TimedOut: a server answered, and later one side was silent for longer than
	// its timeout. Idle connections end so, and those to a server that hangs.
	TimedOut Outcome = "timed out"
	// Cut: a server answered, and then the server, or HAProxy, ended the session.
	// The answer may have been complete: a server that is done may close by a reset.
	Cut Outcome = "cut"
	// Failed: no server answered a byte, or the answer was an HTTP status of 500 or
	// more.
	Failed Outcome = "failed"
	// Abandoned: no server answered a byte, but the client left within a second,
	// as port scans and TCP probes do.
	Abandoned Outcome = "abandoned"
	// Open: the line was written before the session ended.
	Open Outcome = "open"
)

// patience is how long a client surely waits that wants an answer.
const patience = time.Second

// Outcome judges the session by the server's bytes and by who ended it. A TLS
// server always answers, so a session without a byte from its server served
// nobody.
func (s *Session) Outcome() Outcome {
	by := s.Termination.by()
	left := by == '-' || by == 'C'
	answered := s.connected() && s.Bytes > 0
	switch {
	case s.Early && left && s.connected():
		return Open
	case s.Status >= 500:
		return Failed
	case answered && left:
		return Served
	case answered && (by == 'c' || by == 's'):
		return TimedOut
	case answered:
		return Cut
	case left && s.Total < patience:
		return Abandoned
	}
	return Failed
}

// atOnce is how soon a client surely asks for something after it has connected.
const atOnce = 5 * time.Second

// hurt reports whether the client of a session with such an outcome surely did not
// get what it came for, if its server was away or not. A server that ends a session with a reset may have
// answered in full, and a watch ends with its server whatever else happens.
// HAProxy ends sessions to a server that is silent: who came just before was
// waiting.
func (s *Session) hurt(outcome Outcome, away bool) bool {
	switch outcome {
	case Failed:
		return true
	case TimedOut:
		return away
	case Cut:
		by := s.Termination.by()
		return by != 'S' && by != 'K' && by != 'U' && (by != 'D' || s.Total < atOnce)
	}
	return false
}

// isHandshake reports whether a message is what HAProxy says of a client that got
// no further than its handshake: `CLIENT [DATE] FRONTEND/BIND: SENTENCE`.
func isHandshake(message []byte) bool {
	return bytes.Contains(message, []byte(": ")) &&
		(bytes.HasSuffix(message, []byte(" during SSL handshake")) || bytes.HasSuffix(message, []byte(" PROXY protocol header")))
}

// parseSession reads a session from its accept time on, which stands at i. Where
// it is not as expected it returns the place, and otherwise -1.
func (r *Reader) parseSession(line []byte, i int, zone *time.Location, s *Session) (wrong int) {
	accept, ok := parseAccept(line[i:], zone)
	if !ok {
		return i
	}
	f := fields{line: line, at: i + acceptLength}
	frontend := r.name(bytes.TrimSuffix(f.until(' '), []byte("~")), s.Frontend)
	backend := r.name(f.until('/'), s.Backend)
	*s = Session{Accept: accept, Frontend: frontend, Backend: backend}
	if server := f.until(' '); len(server) > 0 && server[0] != '<' && string(server) != "-" {
		s.Server = r.name(server, "")
	}
	const timersOfHTTP = 5
	if timers, _ := cutWord(line[f.at:]); bytes.Count(timers, []byte("/")) == timersOfHTTP-1 {
		s.http(&f)
	} else {
		s.tcp(&f)
	}
	if f.failed {
		return f.at
	}
	return -1
}

// tcp reads Tw/Tc/Tt B ts.
func (s *Session) tcp(f *fields) {
	s.Wait, s.Connect = f.timer('/'), f.timer('/')
	early := f.optional('+')
	s.Total = f.timer(' ')
	s.Early = f.optional('+') || early
	s.Bytes = f.number(' ')
	s.Termination = f.termination(0)
}

// http reads TR/Tw/Tc/Tr/Ta ST B CC CS tsCC.
func (s *Session) http(f *fields) {
	f.timer('/')
	s.Wait, s.Connect = f.timer('/'), f.timer('/')
	f.timer('/')
	early := f.optional('+')
	s.Total = f.timer(' ')
	f.optional('-')
	s.Status = int(f.number(' '))
	s.Early = f.optional('+') || early
	s.Bytes = f.number(' ')
	f.until(' ')
	f.until(' ')
	s.Termination = f.termination(len("--"))
}

// fields reads a line from left to right. At the first field that is not as
// expected it stops for good.
type fields struct {
	line   []byte
	at     int
	failed bool
}

// until reads what stands before the next end byte, not nothing, and the byte.
func (f *fields) until(end byte) []byte {
	if f.failed {
		return nil
	}
	n := bytes.IndexByte(f.line[f.at:], end)
	if n <= 0 {
		f.failed = true
		return nil
	}
	word := f.line[f.at : f.at+n]
	f.at += n + 1
	return word
}

// optional reads a byte that may be there.
func (f *fields) optional(b byte) bool {
	if f.failed || f.at >= len(f.line) || f.line[f.at] != b {
		return false
	}
	f.at++
	return true
}

// number reads digits and the end byte behind them.
func (f *fields) number(end byte) int64 {
	const most = 18 // These fit into an int64.
	if f.failed {
		return 0
	}
	n, i := int64(0), f.at
	for i < len(f.line) && isDigit(f.line[i]) {
		n = n*10 + int64(f.line[i]-'0')
		i++
	}
	if i == f.at || i-f.at > most || i == len(f.line) || f.line[i] != end {
		f.failed = true
		return 0
	}
	f.at = i + 1
	return n
}

// timer reads milliseconds, or the -1 of a timer that never stopped.
func (f *fields) timer(end byte) time.Duration {
	const most = 1 << 40 // Some 35 years.
	start := f.at
	unknown := f.optional('-')
	n := f.number(end)
	if unknown && n != 1 || n > most {
		f.at, f.failed = start, true
	}
	if unknown {
		return -1
	}
	return time.Duration(n) * time.Millisecond
}

// termination reads the two letters of %ts and so many more behind them, up to a
// space or the end of the line. What a format has behind that is no matter.
func (f *fields) termination(more int) Termination {
	word, _ := cutWord(f.line[f.at:])
	if f.failed || len(word) != len("--")+more {
		f.failed = true
		return ""
	}
	t := Termination("--")
	if string(word[:len(t)]) != string(t) {
		t = Termination(word[:len(t)])
	}
	f.failed = !t.valid()
	return t
}

// isAddrPort reports whether a word looks like ADDRESS:PORT, without the work of
// parsing it.
func isAddrPort(word []byte) bool {
	host, _, ok := bytes.Cut(word, []byte(":"))
	if string(host) == "unix" {
		return ok
	}
	for _, c := range word {
		if !isDigit(c) && (c < 'a' || c > 'f') && c != '.' && c != ':' {
			return false
		}
	}
	return ok
}

// parseAddrPort reads ADDRESS:PORT. HAProxy writes IPv6 without brackets, so the
// last colon is the port's, and "unix" for a UNIX socket.
func parseAddrPort(text []byte) (netip.AddrPort, bool) {
	const longest = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255:65535") + len("[]")
	colon := bytes.LastIndexByte(text, ':')
	if colon < 0 || len(text) > longest {
		return netip.AddrPort{}, false
	}
	port, ok := parseInt(text[colon+1:])
	host := bytes.Trim(text[:colon], "[]")
	if !ok || port > 1<<16-1 {
		return netip.AddrPort{}, false
	}
	if string(host) == "unix" {
		return netip.AddrPort{}, true
	}
	addr, err := netip.ParseAddr(string(host))
	return netip.AddrPortFrom(addr.Unmap().WithZone(""), uint16(port)), err == nil
}
