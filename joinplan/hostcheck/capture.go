package hostcheck

import (
	"net/netip"
	"time"
)

// Capture is what one host said of itself. Empty fields were not captured, and
// what they would show is not checked.
type Capture struct {
	Host string // its name in the description
	// At is when the host said it, by the clock of whoever asked: [Parse] reads
	// it from a line "$ received TIME". Without it the host's clock is not
	// checked.
	At time.Time

	// Routes, Addresses and Names are in the order in which the host printed them.
	Routes       []Route
	Addresses    []Address
	Names        []Name
	Unresolved   []Fact // names that getent was asked for and did not answer
	Servers      []Server
	Certificates []Certificate
	Hostname     Fact // as prompts and hostnamectl show it
	MachineID    Fact // /etc/machine-id
	ProductUUID  Fact // /sys/class/dmi/id/product_uuid
	Clock        Fact // the host's time, in RFC 3339

	// Unsynchronized are lines by which nothing keeps the clock right.
	Unsynchronized []Evidence
	// Refusals are messages of commands that fail because of a certificate.
	Refusals []Evidence
	// Gaps are the lines that were not understood. They may hold bad news, so
	// [Check] reports them.
	Gaps []Gap
}

// Gap is a line that was not understood, or not all of it. It does not hold the
// line itself, which may hold a secret.
type Gap struct {
	Line   int // of the capture, from 1
	Reason string
}

// Evidence is what a host printed, and where.
type Evidence struct {
	Text string // one line, blanks folded; what JSON says, as the plain command prints it
	Line int    // of the capture; 0 for JSON
}

// Fact is a value that a host printed.
type Fact struct {
	// Value without blanks around it.
	Value string
	Evidence
}

// Address is an address of a host, as ip-address(8) shows it.
type Address struct {
	Prefix netip.Prefix // the address with its prefix length
	Device string
	MAC    string // of the device, if it has one
	Evidence
}

// Name is what a host takes names for: a line of its hosts file or of getent.
type Name struct {
	// Address that the host takes all of Names for.
	Address netip.Addr
	Names   []string
	Evidence
}

// Server is the server of a kubeconfig.
type Server struct {
	File string // path; empty if it was not printed
	URL  string
	Evidence
}

// Certificate is a line of kubeadm certs check-expiration.
type Certificate struct {
	// Name as kubeadm prints it: apiserver, etcd-server, ca.
	Name              string
	Authority         bool // a certificate authority's
	Missing           bool // kubeadm has not found it; the fields below are empty
	Expires           time.Time
	Left              time.Duration // by the host's clock, rounded down by kubeadm; negative when it has expired
	ExternallyManaged bool
	Evidence
}
