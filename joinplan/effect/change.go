package effect

import "slices"

// Kind says what a change is about.
type Kind string

// The kinds of changes. Those that only take something away may hold while a
// step runs, and no longer after it.
const (
	// NodeJoins adds a Ready worker, ControlPlaneJoins a Ready control plane that
	// serves; Value is the kubelet's version where it is known.
	NodeJoins         Kind = "node-joins"
	ControlPlaneJoins Kind = "control-plane-joins"
	NodeLeaves        Kind = "node-leaves"
	// NodeAway takes a node's readiness and its API server away, NodeBack gives
	// both back.
	NodeAway Kind = "node-away"
	NodeBack Kind = "node-back"
	// ServerStops takes an API server away, ServerStarts gives it back.
	ServerStops  Kind = "server-stops"
	ServerStarts Kind = "server-starts"
	// VoterJoins adds a member that agrees. MemberLeaves removes one, whoever it
	// is, for good.
	VoterJoins   Kind = "voter-joins"
	MemberLeaves Kind = "member-leaves"
	// MemberAway has a member agree with nobody, MemberBack again with all.
	MemberAway Kind = "member-away"
	MemberBack Kind = "member-back"
	// BalancerServes and BalancerStops are about the load balancer itself,
	// EndpointHeld about the address, which then only the subject has.
	BalancerServes Kind = "balancer-serves"
	BalancerStops  Kind = "balancer-stops"
	EndpointHeld   Kind = "endpoint-held"
	// EndpointSet gives the cluster the endpoint in Value.
	EndpointSet Kind = "endpoint-set"
	// CertificateNamed has the name in Value in the subject's certificate.
	CertificateNamed Kind = "certificate-named"
	// VersionSet is the kubelet's version of the subject.
	VersionSet Kind = "version-set"
)

// takesAway are the kinds after which less works than before.
var takesAway = []Kind{NodeAway, ServerStops, MemberAway, BalancerStops}

// changesMembers are the kinds that change who is a member of etcd.
var changesMembers = []Kind{VoterJoins, MemberLeaves}

// Change is one thing that becomes different in a [Model].
type Change struct {
	// Kind says what, Subject of which machine, and Value to what, for the kinds
	// that have one.
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject,omitempty"`
	Value   string `json:"value,omitempty"`
}

// After returns the model after changes, in their order. A change of something
// that is not there changes nothing.
func (m Model) After(changes ...Change) Model {
	m = m.clone()
	for _, c := range changes {
		m = m.apply(c)
	}
	return m
}

func (m Model) apply(c Change) Model {
	switch name := c.Subject; c.Kind {
	case NodeJoins:
		m.Nodes = with(m.Nodes, Node{Name: name}, func(n *Node) { n.Ready, n.Version = true, c.Value })
	case ControlPlaneJoins:
		m.Nodes = with(m.Nodes, Node{Name: name}, func(n *Node) {
			n.ControlPlane, n.Ready, n.Serves, n.Version = true, true, true, c.Value
		})
	case NodeLeaves:
		m.Nodes = without(m.Nodes, name)
	case NodeAway, NodeBack:
		back := c.Kind == NodeBack
		m.Nodes = changed(m.Nodes, name, func(n *Node) { n.Ready, n.Serves = back, back && n.ControlPlane })
	case ServerStops, ServerStarts:
		m.Nodes = changed(m.Nodes, name, func(n *Node) { n.Serves = c.Kind == ServerStarts })
	case CertificateNamed:
		m.Nodes = changed(m.Nodes, name, func(n *Node) { n.CertificateNames = withName(n.CertificateNames, c.Value) })
	case VersionSet:
		m.Nodes = changed(m.Nodes, name, func(n *Node) { n.Version = c.Value })
	default:
		return m.applyAround(c)
	}
	return m
}

// applyAround is apply for what is not a node.
func (m Model) applyAround(c Change) Model {
	switch name := c.Subject; c.Kind {
	case VoterJoins:
		m.Members = with(m.Members, Member{Name: name}, func(x *Member) { x.Learner, x.Agrees = false, true })
	case MemberLeaves:
		m.Members = without(m.Members, name)
	case MemberAway, MemberBack:
		m.Members = changed(m.Members, name, func(x *Member) { x.Agrees = c.Kind == MemberBack })
	case BalancerServes:
		m.Balancers = with(m.Balancers, Balancer{Name: name}, func(b *Balancer) { b.Serves = true })
	case BalancerStops:
		m.Balancers = changed(m.Balancers, name, func(b *Balancer) { b.Serves, b.Holds = false, false })
	case EndpointHeld:
		for i := range m.Balancers {
			m.Balancers[i].Holds = m.Balancers[i].Name == name
		}
	case EndpointSet:
		m.Endpoint = c.Value
	}
	return m
}

func withName(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(slices.Clone(names), name)
}
