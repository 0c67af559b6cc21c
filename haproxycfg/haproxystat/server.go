package haproxystat

import (
	"net/netip"
	"strings"
	"time"
)

// State is what HAProxy does with a server.
type State string

const (
	// Up servers get new connections.
	Up State = "up"
	// Down servers get none: their check failed.
	Down State = "down"
	// Stopping servers keep their connections and get no new ones: their check
	// passed on condition (HAProxy writes NOLB).
	Stopping State = "stopping"
	// Draining servers are the same by an operator's command.
	Draining State = "draining"
	// Maintenance is switched off by an operator, the configuration or a name
	// that does not resolve.
	Maintenance State = "maintenance"
	// Unchecked servers get new connections, and nobody asks how they are.
	Unchecked State = "unchecked"
)

// Serves tells whether new connections go to a server in this state.
func (s State) Serves() bool { return s == Up || s == Unchecked }

// Server is the state of one server.
type Server struct {
	// Backend and Name as the configuration has them.
	Backend, Name string
	State         State
	// Addr is where the server is, zero where HAProxy does not tell.
	Addr netip.AddrPort `json:",omitzero"`
	// Weight is the effective weight.
	Weight int
	// Since is how long ago the state last changed, in whole seconds.
	Since time.Duration
	// Check is the last check's result as HAProxy abbreviates it: "L7OK",
	// "L4CON". Only `show stat` has it; empty without a check.
	Check string `json:",omitempty"`
	// Sessions are established now, TotalSessions since the start. Only `show
	// stat` has them.
	Sessions, TotalSessions int64 `json:",omitempty"`
}

// stateOf reads the status of `show stat`: "UP", "UP 1/3", "DOWN (agent)",
// "MAINT (via b/s)", "no check".
func stateOf(status string) (State, bool) {
	if status == "no check" {
		return Unchecked, true
	}
	word, _, _ := strings.Cut(status, " ")
	state, ok := map[string]State{"UP": Up, "DOWN": Down, "NOLB": Stopping, "DRAIN": Draining, "MAINT": Maintenance}[word]
	return state, ok
}

// The numbers of `show servers state`.
const (
	opStopped  = 0
	opStarting = 1
	opRunning  = 2
	opStopping = 3

	adminMaintenance = 0x01 | 0x02 | 0x04 | 0x20
	adminDrain       = 0x08 | 0x10

	checkEnabled = 0x04
)

// stateOfNumbers reads the operational and the administrative state and the
// check's own state of `show servers state`.
func stateOfNumbers(op, admin, check int) (State, bool) {
	switch {
	case op < opStopped || op > opStopping:
		return "", false
	case admin&adminMaintenance != 0:
		return Maintenance, true
	case admin&adminDrain != 0:
		return Draining, true
	case op == opStopped:
		return Down, true
	case op == opStopping:
		return Stopping, true
	case check&checkEnabled == 0:
		return Unchecked, true
	}
	return Up, true
}
