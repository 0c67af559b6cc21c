package haproxylog

import "strings"

// Termination is the session state at disconnection (%ts): its first letter
// says who ended the session, its second in which phase. "--" is a session that
// ended well.
type Termination string

// valid reports whether the letters are HAProxy's.
func (t Termination) valid() bool {
	return len(t) == 2 && strings.IndexByte("-CSPLRIDUKcs", t[0]) >= 0 && strings.IndexByte("-RQCHDLT", t[1]) >= 0
}

// by returns the letter that says who ended the session, 0 for none.
func (t Termination) by() byte {
	if t == "" {
		return 0
	}
	return t[0]
}

// Explain says in words what the letters mean for a load balancer: who
// ended the session, in which phase, and what that usually points to.
func (t Termination) Explain() string {
	if known, ok := explained[t]; ok {
		return known
	}
	if !t.valid() {
		return "this is no session state of HAProxy's"
	}
	switch t[0] {
	case 'D', 'U', 'K':
		// The phase says nothing here: for the same end 2.6 has a dash and 3.0 a C.
		return endedBy[t[0]]
	}
	return endedBy[t[0]] + " " + duringPhase[t[1]]
}

// explained has the combinations that a TCP load balancer logs in practice.
var explained = map[Termination]string{
	"--": "ended normally",
	"CC": "the client left while HAProxy was still connecting to a server",
	"CD": "the client closed the connection while data was flowing",
	"CQ": "the client left while it waited in a queue for a server",
	"cC": "the client was silent for longer than `timeout client` while HAProxy was still connecting to a server",
	"cD": "neither side sent anything for longer than `timeout client`; idle connections end so",
	"SC": "the server refused the connection, was unreachable, or there was no server to try",
	"SD": "the server reset the connection while data was flowing: it crashed, was stopped, or had closed before the client did",
	"sC": "the server did not accept the connection within `timeout connect`",
	"sD": "the server was silent for longer than `timeout server`; it hangs, or the connection was idle",
	"sQ": "no server had a free place within `timeout queue`",
	"SQ": "there was no server left to wait for",
	"PC": "HAProxy did not connect because it ran into its own limit of connections",
	"PD": "HAProxy stopped the transfer because of a rule or an invalid answer",
	"RC": "HAProxy lacked a resource (memory, sockets, ports) to connect to the server",
}

var endedBy = map[byte]string{
	'-': "the session ended normally",
	'C': "the client ended the session",
	'S': "the server ended or refused the session",
	'P': "HAProxy refused or stopped the session by a limit or a rule",
	'L': "HAProxy answered by itself",
	'R': "HAProxy lacked a resource (memory, sockets, ports)",
	'I': "HAProxy found an error of its own, which is a bug",
	'D': "HAProxy ended the session because its server was marked down (`on-marked-down shutdown-sessions`)",
	'U': "HAProxy ended the session on a backup server because an active server came back",
	'K': "an administrator ended the session",
	'c': "the client was silent for longer than `timeout client`",
	's': "the server was silent for longer than its timeout",
}

var duringPhase = map[byte]string{
	'-': "after the transfer",
	'R': "before the request was complete",
	'Q': "while it waited in a queue",
	'C': "while HAProxy was connecting to the server",
	'H': "before the server's headers were complete",
	'D': "while data was flowing",
	'L': "while the last data was on its way to the client",
	'T': "while it was held back by a tarpit rule",
}
