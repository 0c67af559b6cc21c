package hostcheck

import "fmt"

// The codes of findings.
const (
	// UnreachableRoute is a route that drops what is sent to machines of the
	// cluster: an unreachable, blackhole, prohibit or throw route whose prefix
	// is the longest that matches them.
	UnreachableRoute = "unreachable-route"
	// NoRoute is the lack of any route to machines of the cluster.
	NoRoute = "no-route"
	// LinkDown is a route to machines of the cluster over a link that is down.
	LinkDown = "link-down"
	// Detour is a route that leads to machines of the host's own network, but
	// through a gateway or another device.
	Detour = "detour"
	// PrefixDiffers is an address of the host with another prefix length than
	// the description gives it, or where that gives none, than most other
	// hosts of the network have.
	PrefixDiffers = "prefix-differs"
	// AddressMissing is a host without the address that the description gives
	// it.
	AddressMissing = "address-missing"
	// AddressTaken is a host with the address that the description gives
	// another one.
	AddressTaken = "address-taken"
	// NameDiffers is a name of the description that the host takes for another
	// address.
	NameDiffers = "name-differs"
	// NameUnresolved is a name of the description that the host does not know.
	NameUnresolved = "name-unresolved"
	// ServerDiffers is a kubeconfig that does not use the endpoint.
	ServerDiffers = "server-differs"
	// CertificateEnds is a certificate that has expired or has less than
	// [CertificateNotice] left.
	CertificateEnds = "certificate-ends"
	// AuthorityEnds is a certificate authority that has expired or has less
	// than [AuthorityNotice] left.
	AuthorityEnds = "authority-ends"
	// Clone is a host with the machine-id, the product_uuid or the MAC address
	// of another.
	Clone = "clone"
	// ClockSkew is a clock that differs by [MaxClockSkew] or more from the
	// others.
	ClockSkew = "clock-skew"
)

// Finding is one thing that is wrong on one host.
type Finding struct {
	// Host is its name in the description, Code one of the constants above.
	Host string `json:"host"`
	Code string `json:"code"`
	// Evidence is what the host printed, and Line where it stands in the
	// capture; Line is 0 where there is no single line, as in JSON.
	Evidence string `json:"evidence"`
	Line     int    `json:"line,omitempty"`
	// Consequence is what it means and Cure what to do, in sentences.
	Consequence string `json:"consequence"`
	Cure        string `json:"cure"`
}

// String gives the finding in three lines.
func (f Finding) String() string {
	evidence := f.Evidence
	if f.Line > 0 {
		evidence = fmt.Sprintf("line %d: %s", f.Line, evidence)
	}
	return fmt.Sprintf("%s: %s: %s\n  means: %s\n  cure: %s", f.Host, f.Code, evidence, f.Consequence, f.Cure)
}
