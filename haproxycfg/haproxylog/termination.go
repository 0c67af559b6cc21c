package haproxylog

// Termination is the session state at disconnection (%ts): its first letter
// says who ended the session, its second in which phase. "--" is a session that
// ended well.
type Termination [2]byte

const (
	terminationFirst  = "-CSPLRIDUKcs"
	terminationSecond = "-RQCHDLT"
)

// First is the letter that says who ended the session; '-' for the zero value.
func (t Termination) First() byte { return letter(t[0]) }

// Second is the letter that says in which phase it ended; '-' for the zero
// value.
func (t Termination) Second() byte { return letter(t[1]) }

// String gives the two letters as HAProxy logs them.
func (t Termination) String() string { return string([]byte{t.First(), t.Second()}) }

// MarshalText gives what String gives.
func (t Termination) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func letter(b byte) byte {
	if b == 0 {
		return '-'
	}
	return b
}

var isFirst, isSecond = letters(terminationFirst), letters(terminationSecond)

func letters(s string) (set [256]bool) {
	for _, b := range []byte(s) {
		set[b] = true
	}
	return set
}

// Explain says in words what the letters mean for a TCP load balancer: who
// ended the session, in which phase, and what that usually points to.
func (t Termination) Explain() string {
	if known, ok := explained[t.String()]; ok {
		return known
	}
	switch t.First() {
	case 'D', 'U', 'K':
		// The phase says nothing here: for the same end 2.6 has a dash and 3.0 a C.
		return endedBy[t.First()]
	}
	return endedBy[t.First()] + " " + duringPhase[t.Second()]
}

// explained has the combinations that a TCP load balancer logs in practice.
var explained = map[string]string{
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
