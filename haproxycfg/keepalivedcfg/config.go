package keepalivedcfg

import (
	"net/netip"
	"time"
)

// Config is a keepalived.conf, as far as virtual addresses need one. In it and
// in everything below it a zero value is "not written". A literal says the file;
// Validate judges it, Bytes writes it.
type Config struct {
	// Comment stands at the top, one "# " line for each of its lines.
	Comment   string
	Global    Global
	Scripts   []Script
	Groups    []SyncGroup
	Instances []Instance
}

// Global is the block global_defs.
type Global struct {
	// RouterID is how this machine calls itself in what keepalived reports.
	RouterID string
	// ScriptUser and ScriptGroup run the scripts. Without them keepalived takes
	// the user keepalived_script, and ignores the scripts where it is missing.
	ScriptUser, ScriptGroup string
	// ScriptSecurity has keepalived refuse scripts that others than root may
	// change.
	ScriptSecurity bool
}

// Script is a vrrp_script: a program that keepalived runs again and again. An
// instance or group that tracks it is out of the election while it fails.
type Script struct {
	// Name is letters, digits, and "_", ".", "-".
	Name string
	// Command is the absolute path of the program, and its arguments.
	Command []string
	// Interval is the time between two runs, Timeout how long one may take; whole
	// seconds.
	Interval, Timeout time.Duration
	// Fall is how many runs in a row must fail, and Rise how many must succeed,
	// until it counts.
	Fall, Rise int
	// InitFail counts the script as failed until it has succeeded.
	InitFail bool
}

// SyncGroup is a vrrp_sync_group: instances that only move together.
type SyncGroup struct {
	// Name is letters, digits, and "_", ".", "-".
	Name string
	// Instances and TrackScripts are names of the file.
	Instances    []string
	TrackScripts []string
}

// State is the state that an instance starts in.
type State string

// The states. Both take part in an election at the start; only [Backup] can be
// kept from preempting.
const (
	Master State = "MASTER"
	Backup State = "BACKUP"
)

// Instance is a vrrp_instance: addresses of one family that one of several
// machines holds.
type Instance struct {
	// Name is letters, digits, and "_", ".", "-".
	Name  string
	State State
	// NoPreempt leaves the addresses where they are when a machine with a higher
	// priority comes back. It needs the state [Backup].
	NoPreempt bool
	// Interface is the network interface that gets the addresses.
	Interface string
	// RouterID is the virtual router's number, 1 to 255: the same on all machines
	// of it, and used by nobody else in the broadcast domain.
	RouterID int
	// Priority is 1 to 255, where 255 is the owner of the addresses. The highest
	// wins an election.
	Priority int
	// Version of VRRP is 2 or 3. IPv6 always has 3, and keepalived's default for
	// IPv4 is 2.
	Version int
	// AdvertInterval is the time between two advertisements. Others take over when
	// three are missing. Version 2 knows whole seconds up to 255, version 3 steps of
	// 10 ms up to 40.95 s.
	AdvertInterval time.Duration
	// UnicastSource is this machine's own address, and UnicastPeers are those of
	// the others. Without peers keepalived uses multicast.
	UnicastSource netip.Addr
	UnicastPeers  []netip.Addr
	// CheckUnicastSource drops advertisements that come from nobody of the peers.
	CheckUnicastSource bool
	// Password goes with every advertisement, in the clear: it keeps mistakes out,
	// not people. Version 2 only, at most eight characters.
	Password string
	// Addresses are the virtual addresses, each with the length of its network's
	// prefix; all of one family.
	Addresses []netip.Prefix
	// TrackScripts are names of scripts of the file.
	TrackScripts []string
}

// isIPv6 tells whether the instance moves IPv6 addresses.
func (i Instance) isIPv6() bool {
	for _, p := range i.Addresses {
		if p.IsValid() {
			return p.Addr().Is6()
		}
	}
	return i.UnicastSource.Is6()
}

// version gives the version of VRRP that keepalived speaks for the instance.
func (i Instance) version() int {
	switch {
	case i.isIPv6():
		return 3
	case i.Version == 0:
		return 2
	}
	return i.Version
}
