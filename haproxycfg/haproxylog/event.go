package haproxylog

import (
	"net/netip"
	"time"
)

// Kind tells what an [Event] is about, and so which of its fields is set.
type Kind uint8

// The kinds of event.
const (
	// KindMessage is a line of HAProxy's that is none of the others: a notice of
	// the master process, a line of an HTTP frontend, a refused handshake.
	// Event.Text has it.
	KindMessage Kind = iota
	// KindSession is the end of a session: Event.Session.
	KindSession
	// KindServer is a server that changed its state: Event.Server.
	KindServer
	// KindNoServer is a backend that has no server left: Event.NoServer.
	KindNoServer
	// KindCheck is the result of one check, of a server or of its agent
	// (`option log-health-checks`): Event.Check.
	KindCheck
	// KindProxy is a frontend or backend that started, paused or stopped:
	// Event.Proxy.
	KindProxy
	// KindConnect is a connection accepted by a frontend that has no log format
	// of its own: Event.Connect.
	KindConnect
)

var kindNames = [...]string{"message", "session", "server", "no-server", "check", "proxy", "connect"}

// String gives the kind in one word, as JSON has it.
func (k Kind) String() string { return name(kindNames[:], int(k)) }

// MarshalText gives what String gives.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Event is one line of HAProxy's log.
type Event struct {
	// Line is the number of the line in the input, from 1.
	Line int `json:"line"`
	// Time is when the line was written, as exactly as the line says: to the
	// second with an RFC 3164 stamp. A session on a line without any stamp
	// (standard output) has its end, to the millisecond.
	Time time.Time `json:"time,omitzero"`
	// Host is the machine that the syslog prefix names, if any.
	Host string `json:"host,omitzero"`
	// PID is the HAProxy process that wrote the line, 0 where the line does not
	// say. It changes at a reload.
	PID int `json:"pid,omitzero"`
	// Level is set on lines from standard error, which repeat what the log has.
	Level Level `json:"level,omitzero"`
	// Estimated is true where the line has no time of its own. Time is then the
	// latest time that an earlier line has: the event is not older than that.
	Estimated bool `json:"estimated,omitzero"`
	// Repeat is true for a state change, an empty backend or a check that an
	// earlier line already told: one event stands in the log once for each `log`
	// line and once more from standard error.
	Repeat bool `json:"repeat,omitzero"`
	// Kind tells which of the fields below is set.
	Kind Kind `json:"kind"`

	// The one that Kind names is set, the others are not.
	Session  Session       `json:"session,omitzero"`
	Server   *ServerChange `json:"server,omitzero"`
	NoServer *NoServer     `json:"noServer,omitzero"`
	Check    *Check        `json:"check,omitzero"`
	Proxy    *ProxyChange  `json:"proxy,omitzero"`
	Connect  *Connect      `json:"connect,omitzero"`
	// Text is the line without its prefix, for every kind but KindSession.
	Text string `json:"text,omitzero"`
}

// Level is what standard error puts before a message.
type Level uint8

// The levels. Lines of the log proper have none.
const (
	NoLevel Level = iota
	Diag
	Notice
	Warning
	Alert
)

var levelNames = [...]string{"", "DIAG", "NOTICE", "WARNING", "ALERT"}

// String gives the level in HAProxy's own word: DIAG, NOTICE, WARNING, ALERT,
// or nothing.
func (l Level) String() string { return name(levelNames[:], int(l)) }

// MarshalText gives what String gives.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// NoServer is a backend that has no server left.
type NoServer struct {
	// Backend as the configuration names it.
	Backend string `json:"backend"`
}

// State is the state of a server.
type State uint8

// The states of a server.
const (
	// Up takes new sessions.
	Up State = iota
	// Down failed its checks.
	Down
	// Maintenance was taken out by an administrator or because its name does not
	// resolve.
	Maintenance
	// Drain keeps its sessions and takes no new ones, by an administrator's will.
	Drain
	// Stopping keeps its sessions and takes no new ones, because its check says so
	// (`http-check disable-on-404`, an agent).
	Stopping
)

var stateNames = [...]string{"UP", "DOWN", "MAINT", "DRAIN", "STOPPING"}

// String gives the state in HAProxy's own word: UP, DOWN, MAINT, DRAIN, STOPPING.
func (s State) String() string { return name(stateNames[:], int(s)) }

// MarshalText gives what String gives.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Cause is what a state change or a check says of its reason.
type Cause struct {
	// Reason is the check's result ("Layer4 connection problem") or the
	// administrator's action.
	Reason string `json:"reason,omitzero"`
	// Code is what the server answered to a check of layer 7, 0 where there is none.
	Code int `json:"code,omitzero"`
	// Info is the detail, "Connection refused" say.
	Info string `json:"info,omitzero"`
	// CheckDuration is how long the check took, Unknown where the line does not say.
	CheckDuration Timer `json:"checkDuration"`
	// Via is the server that this one tracks, as BACKEND/SERVER.
	Via string `json:"via,omitzero"`
}

// ServerChange is a server's change of state. Backend, server and state are in
// every such line; of the rest whatever the line says, which differs by version.
type ServerChange struct {
	Backend string `json:"backend"`
	// Server as the configuration names it.
	Server string `json:"server"`
	// Backup is true for a backup server.
	Backup bool `json:"backup,omitzero"`
	// State is the state that the server has from now on.
	State State `json:"state"`
	Cause
	// Remaining is what is left of the backend, nil where the line does not say.
	Remaining *Remaining `json:"remaining,omitzero"`
}

// Remaining is the end of a line about a change of state: what the backend has
// after it.
type Remaining struct {
	// Active and Backup are the servers that are up.
	Active int `json:"active"`
	Backup int `json:"backup"`
	// Sessions is how many sessions the server still has; only when it leaves.
	Sessions int `json:"sessions"`
	// Requeued is how many waiting sessions moved to or from the server.
	Requeued int `json:"requeued"`
	// Queued is how many sessions wait.
	Queued int `json:"queued"`
}

// Check is the result of one check.
type Check struct {
	// Agent is true where an agent was asked (`agent-check`) and not the server; the
	// state is that of the server all the same.
	Agent bool `json:"agent,omitzero"`
	// Backend and Server as the configuration names them; Backup is true for a
	// backup server.
	Backend string `json:"backend"`
	Server  string `json:"server"`
	Backup  bool   `json:"backup,omitzero"`
	// Passed is true for a check that succeeded, also conditionally.
	Passed bool `json:"passed"`
	Cause
	// Health is the state of the server's check counter, "1/2" say: how many good
	// checks of how many that it needs.
	Health string `json:"health,omitzero"`
	// State is UP, DOWN or DRAIN.
	State State `json:"state"`
}

// ProxyState is what happened to a frontend or backend.
type ProxyState uint8

// The states of a proxy.
const (
	ProxyStarted ProxyState = iota
	ProxyPaused
	ProxyResumed
	ProxyStopping
	ProxyStopped
)

var proxyStateNames = [...]string{"started", "paused", "resumed", "stopping", "stopped"}

// String gives the state in one word.
func (s ProxyState) String() string { return name(proxyStateNames[:], int(s)) }

// MarshalText gives what String gives.
func (s ProxyState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ProxyChange is a frontend or backend that started, paused or stopped. A
// reload stops every proxy of the old process.
type ProxyChange struct {
	// Proxy is the frontend's or backend's name, State what it does from now on.
	Proxy string     `json:"proxy"`
	State ProxyState `json:"state"`
}

// Connect is a connection that a frontend accepted, in HAProxy's default
// format.
type Connect struct {
	// Client and Destination are not valid for a UNIX socket.
	Client      netip.AddrPort `json:"client"`
	Destination netip.AddrPort `json:"destination"`
	Frontend    string         `json:"frontend"`
	// Mode is TCP or HTTP.
	Mode string `json:"mode"`
}

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "unknown"
}
