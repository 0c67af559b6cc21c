// Package machine is what the lab and a machine's first process tell each
// other: the description of a machine, and the requests of systemctl.
package machine

import (
	"encoding/json"
	"fmt"
	"os"
)

// Paths inside a machine.
const (
	// Socket is where the first process answers systemctl.
	Socket = "/run/init.sock"
	// EnabledDir holds one file for each unit that starts with the machine. It
	// survives a power cut.
	EnabledDir = "/var/lib/lab-units"
	// LogDir is where the output of units goes.
	LogDir = "/var/log/lab-units"
	// SyslogFile has what programs sent to syslog.
	SyslogFile = LogDir + "/syslog"
)

// The lines that pass between the lab and a machine's first process.
const (
	// Ready is printed when the machine's file systems are in place.
	Ready = "ready"
	// Boot is what the lab answers when the machine has its network.
	Boot = "boot"
)

// Machine describes a machine to its first process.
type Machine struct {
	// Name is the host name.
	Name string
	// State is the directory that holds what the machine writes. It outlives a
	// power cut.
	State string
	// Overlays are directories whose changes are the machine's own.
	Overlays []string
	// Volumes are directories that start empty.
	Volumes []string
	// Hierarchies are the machine's control groups.
	Hierarchies []Hierarchy
	// Path is the machine's PATH.
	Path string
	// Syslog is set for a machine that collects what is sent to /dev/log. Its
	// /dev must be an overlay.
	Syslog bool
	// Units are the machine's services.
	Units []Unit
}

// Hierarchy is a hierarchy of control groups.
type Hierarchy struct {
	// MountPoint is where it is mounted, on this machine and in the lab's.
	MountPoint string
	// Type is cgroup or cgroup2.
	Type string
	// Options are the mount options that select it.
	Options string
	// Group is the directory of the machine's own group in it.
	Group string
}

// Unit is a service that is kept running.
type Unit struct {
	Name string
	// Start is its argv. It stays in the foreground.
	Start []string
	// Check is an argv that must succeed before the unit starts or reloads.
	Check []string
	// Reloads is set for a unit that reads its configuration again on SIGUSR2.
	Reloads bool
	// Enabled is set for a unit that starts with a new machine.
	Enabled bool
}

// Reply is the answer to a request of systemctl.
type Reply struct {
	Status         int
	Stdout, Stderr string
}

// Load reads a description that Save wrote.
func Load(name string) (Machine, error) {
	var m Machine
	content, err := os.ReadFile(name)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// Save writes a description.
func (m Machine) Save(name string) error {
	content, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(content, '\n'), 0o600)
}
