package effect

import (
	"slices"

	"github.com/haplane/haplane/internal/natural"
)

// Model is a cluster as far as plans change it. The zero Model is a cluster that
// does not exist yet.
type Model struct {
	// Nodes, Members and Balancers in natural order of their names.
	Nodes []Node `json:"nodes,omitempty"`
	// Members of an etcd that runs on the control planes; none where etcd is
	// external.
	Members   []Member   `json:"members,omitempty"`
	Balancers []Balancer `json:"balancers,omitempty"`
	// Endpoint is the control-plane endpoint as HOST:PORT; empty where the
	// cluster has none.
	Endpoint string `json:"endpoint,omitempty"`
}

// Node is a node of the cluster.
type Node struct {
	// Name is the node's.
	Name string `json:"name"`
	// ControlPlane is the node's role, Ready its condition, and Serves whether an
	// API server on it answers.
	ControlPlane bool `json:"controlPlane,omitempty"`
	Ready        bool `json:"ready,omitempty"`
	Serves       bool `json:"serves,omitempty"`
	// Version of the kubelet; empty where it is not known.
	Version string `json:"version,omitempty"`
	// CertificateNames are those that a plan has put into the certificate of its
	// API server.
	CertificateNames []string `json:"certificateNames,omitempty"`
}

// Member is a member of etcd, by the name of its machine.
type Member struct {
	// Name is that of the machine.
	Name string `json:"name"`
	// Learner does not vote. Agrees is true where it follows the leader that the
	// majority follows.
	Learner bool `json:"learner,omitempty"`
	Agrees  bool `json:"agrees,omitempty"`
}

// Balancer is a machine in front of the API servers.
type Balancer struct {
	// Name is that of the machine.
	Name string `json:"name"`
	// Serves is true where it passes connections on, Holds where the endpoint's
	// address is on it.
	Serves bool `json:"serves,omitempty"`
	Holds  bool `json:"holds,omitempty"`
}

// Quorum is how many of so many voters must agree.
func Quorum(voters int) int { return voters/2 + 1 }

// ControlPlanes returns how many there are, and how many of them serve.
func (m Model) ControlPlanes() (all, serving int) {
	for _, n := range m.Nodes {
		if n.ControlPlane {
			all += one(true)
			serving += one(n.Serves)
		}
	}
	return all, serving
}

// Voters returns how many members vote, and how many of them agree: none where
// etcd is external.
func (m Model) Voters() (all, agreeing int) {
	for _, member := range m.Members {
		all += one(!member.Learner)
		agreeing += one(!member.Learner && member.Agrees)
	}
	return all, agreeing
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// HasQuorum reports whether enough members agree; an external etcd is taken to
// have it.
func (m Model) HasQuorum() bool {
	voters, agreeing := m.Voters()
	return voters == 0 || agreeing >= Quorum(voters)
}

// Serves reports whether the API answers somewhere: one API server must be up,
// and etcd have its quorum.
func (m Model) Serves() bool {
	_, serving := m.ControlPlanes()
	return serving > 0 && m.HasQuorum()
}

// Tolerates returns how many more of the control planes may fail while the API
// goes on serving. It is negative where it does not serve even now.
func (m Model) Tolerates() int {
	_, serving := m.ControlPlanes()
	voters, agreeing := m.Voters()
	if voters == 0 {
		return serving - 1
	}
	return min(serving-1, agreeing-Quorum(voters))
}

// Node returns the node of that name.
func (m Model) Node(name string) (Node, bool) {
	i := indexOf(m.Nodes, name)
	if i < 0 {
		return Node{}, false
	}
	return m.Nodes[i], true
}

// Member returns the member on the machine of that name.
func (m Model) Member(name string) (Member, bool) {
	i := indexOf(m.Members, name)
	if i < 0 {
		return Member{}, false
	}
	return m.Members[i], true
}

// Without returns what is left when machines are lost at once: their nodes are
// not Ready and serve nothing, their members agree with nobody but still count
// for the quorum, and what they held as load balancers is held by nobody.
func (m Model) Without(machines ...string) Model {
	m = m.clone()
	lost := func(name string) bool { return slices.Contains(machines, name) }
	for i, n := range m.Nodes {
		if lost(n.Name) {
			m.Nodes[i].Ready, m.Nodes[i].Serves = false, false
		}
	}
	for i, member := range m.Members {
		m.Members[i].Agrees = member.Agrees && !lost(member.Name)
	}
	for i, b := range m.Balancers {
		if lost(b.Name) {
			m.Balancers[i] = Balancer{Name: b.Name}
		}
	}
	return m
}

func (m Model) clone() Model {
	m.Nodes, m.Members, m.Balancers = slices.Clone(m.Nodes), slices.Clone(m.Members), slices.Clone(m.Balancers)
	return m
}

// named is what a model has of each machine.
type named interface{ name() string }

func (n Node) name() string     { return n.Name }
func (m Member) name() string   { return m.Name }
func (b Balancer) name() string { return b.Name }

func indexOf[T named](list []T, name string) int {
	return slices.IndexFunc(list, func(item T) bool { return item.name() == name })
}

// with returns the list with the item changed, which is put into its place where
// there is none of that name yet.
func with[T named](list []T, item T, change func(*T)) []T {
	i := indexOf(list, item.name())
	if i < 0 {
		i, _ = slices.BinarySearchFunc(list, item, func(a, b T) int { return natural.Compare(a.name(), b.name()) })
		list = slices.Insert(list, i, item)
	}
	change(&list[i])
	return list
}

// changed is the list with the item of that name changed, where there is one.
func changed[T named](list []T, name string, change func(*T)) []T {
	if i := indexOf(list, name); i >= 0 {
		change(&list[i])
	}
	return list
}

func without[T named](list []T, name string) []T {
	return slices.DeleteFunc(list, func(item T) bool { return item.name() == name })
}
