package hostcheck

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
	// CertificateMissing is a certificate of a control plane that kubeadm has not
	// found.
	CertificateMissing = "certificate-missing"
	// CertificateRefused is a command of the host that fails because of a
	// certificate.
	CertificateRefused = "certificate-refused"
	// Clone is a host with the machine-id, the product_uuid or the MAC address
	// of another.
	Clone = "clone"
	// ClockSkew is a clock that differs by [MaxClockSkew] or more from the
	// others.
	ClockSkew = "clock-skew"
	// ClockUnsynchronized is a clock that nothing keeps right.
	ClockUnsynchronized = "clock-unsynchronized"
	// HopDown is a route with several ways of which some are down. It is for
	// information: the route works.
	HopDown = "hop-down"
	// ServiceRoute is a route that drops what the host itself sends to Services.
	ServiceRoute = "service-route"
	// NoDefault is the lack of a default route on a node.
	NoDefault = "no-default-route"
	// DefaultElsewhere is a default route on another device than the one that has
	// the node's address.
	DefaultElsewhere = "default-elsewhere"
	// NameLoopback is the host's own name on a loopback address.
	NameLoopback = "name-loopback"
	// NothingCompared is a capture of which nothing concerns the description.
	NothingCompared = "nothing-compared"
	// NotUnderstood are lines of the capture that could not be read: see
	// [Capture].Gaps. They may hold bad news.
	NotUnderstood = "not-understood"
)

// severities are those of the codes; one that is not listed is a warning.
var severities = map[string]Severity{
	UnreachableRoute:   Critical,
	NoRoute:            Critical,
	LinkDown:           Critical,
	Detour:             Critical,
	AddressTaken:       Critical,
	CertificateMissing: Critical,
	CertificateRefused: Critical,
	HopDown:            Info,
}
