package haproxylog

import "time"

// Event is one line of HAProxy's log.
type Event struct {
	// Line is the number of the line in the input, from 1.
	Line int
	// Time is when the line was written, as exactly as the line says: to the
	// second with an RFC 3164 stamp. A session on a line without any stamp
	// (standard output) has its end, to the millisecond.
	Time time.Time
	// Estimated is true where the line has no time of its own. Time is then the
	// latest time that an earlier line has: the event is not older than that.
	Estimated bool
	// Host is the machine that the syslog prefix names, if any.
	Host string
	// PID is the HAProxy process that wrote the line, 0 where the line does not
	// say. It changes at a reload.
	PID int

	// At most one of these is set. Session is the end of a session, Server a
	// server that changed its state, Check the result of one check
	// (`option log-health-checks`), NoServer the backend that has no server left,
	// and Began the frontend that took a connection of whose end the line does not
	// tell: HAProxy's `Connect from`, or a format that is not known.
	Session  *Session
	Server   *ServerChange
	Check    *Check
	NoServer string
	Began    string
	// Text is the line without its prefix, but for sessions.
	Text string
}

// State is the state of a server, in HAProxy's own word.
type State string

// The states of a server.
const (
	// Up takes new sessions.
	Up State = "UP"
	// Down failed its checks.
	Down State = "DOWN"
	// Maintenance was taken out by an administrator or because its name does not
	// resolve.
	Maintenance State = "MAINT"
	// Drain keeps its sessions and takes no new ones, by an administrator's will.
	Drain State = "DRAIN"
	// Stopping keeps its sessions and takes no new ones, because its check says so
	// (`http-check disable-on-404`, `error-status L7OKC`, an agent).
	Stopping State = "STOPPING"
)

// Cause is what a state change or a check says of its reason.
type Cause struct {
	// Reason is the check's result ("Layer4 connection problem") or the
	// administrator's action.
	Reason string `json:"reason,omitzero"`
	// Code is what the server answered to a check of layer 7, 0 where there is none.
	Code int `json:"code,omitzero"`
	// Info is the detail, "Connection refused" say.
	Info string `json:"info,omitzero"`
	// Via is the server that this one tracks, or the one in another backend whose
	// check tells the cause, as BACKEND/SERVER.
	Via string `json:"via,omitzero"`
}

// ServerChange is a server's change of state.
type ServerChange struct {
	// Backend and Server are as the configuration names them.
	Backend, Server string
	// State is the state that the server has from now on.
	State State
	Cause
	// UpServers is how many servers of the backend are up after it, backup servers
	// too; -1 where the line does not say.
	UpServers int
}

// Check is the result of one check.
type Check struct {
	// Backend and Server are as the configuration names them.
	Backend, Server string
	// Agent is true where an agent was asked (`agent-check`) and not the server.
	Agent bool
	// Passed is true for a check that succeeded, also conditionally.
	Passed bool
	Cause
}
