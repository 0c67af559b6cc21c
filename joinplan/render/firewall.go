package render

import (
	"bytes"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// FirewallRule is a connection that the cluster needs: who opens it, to whom, on
// which ports.
type FirewallRule struct {
	// From is who opens the connection, To who takes it.
	From Peer `json:"from"`
	To   Peer `json:"to"`
	// Protocol is one of IP: [TCP], [UDP] or [VRRP].
	Protocol Protocol `json:"protocol"`
	// First and Last port, both included and mostly the same; zero for a
	// protocol without ports.
	First uint16 `json:"first,omitempty"`
	Last  uint16 `json:"last,omitempty"`
	// Purpose says what goes through.
	Purpose string `json:"purpose"`
	// When says what must be so for the rule to be needed; empty: always.
	When string `json:"when,omitempty"`
}

// Protocol is a protocol over IP.
type Protocol string

// The protocols. VRRP is number 112, by which load balancers agree on who holds
// a virtual address (RFC 9568).
const (
	TCP  Protocol = "TCP"
	UDP  Protocol = "UDP"
	VRRP Protocol = "VRRP"
)

// Peer is one side of a rule.
type Peer struct {
	// Name for people: "control planes".
	Name string `json:"name"`
	// Addresses of its machines; none where the description does not have them.
	Addresses []netip.Addr `json:"addresses,omitempty"`
}

// Ports returns the ports as people and firewalls write them: 2379-2380.
func (r FirewallRule) Ports() string {
	switch {
	case r.First == 0:
		return ""
	case r.First == r.Last:
		return strconv.Itoa(int(r.First))
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// Firewall returns what the firewalls between the machines of this cluster must
// let through. It holds the ports of Kubernetes' page on ports and protocols
// (https://kubernetes.io/docs/reference/networking/ports-and-protocols/) and
// those of the load balancers. Health ports that a machine only asks on its own
// loopback address are not there: kube-scheduler 10259, kube-controller-manager
// 10257, the kubelet's 10248, etcd's 2381 and HAProxy's probe.
//
// The pod network's own ports depend on which one it is, and so do those by
// which you reach the machines: both are for you to add.
//
// Errors are those of the description.
func Firewall(spec cluster.Spec) ([]FirewallRule, error) {
	spec, err := joinplan.Ordered(spec)
	if err != nil {
		return nil, err
	}
	return firewall(spec), nil
}

func firewall(spec cluster.Spec) []FirewallRule {
	servers := serversOf(spec)
	controlPlanes, nodes := Peer{Name: servers.Name}, Peer{Name: "every node"}
	for i, node := range spec.Nodes() {
		nodes.Addresses = append(nodes.Addresses, node.Addresses()...)
		if i < len(spec.ControlPlanes) {
			controlPlanes.Addresses = append(controlPlanes.Addresses, node.Addresses()...)
		}
	}
	rules := toEndpoint(spec, nodes, servers)
	rules = append(rules,
		rule(nodes, servers, spec.APIServerPort, "the API servers, by the Service kubernetes.default and kubeadm join"),
		rule(controlPlanes, nodes, 10250, "the kubelets: logs, exec, port-forward"),
	)
	metrics := rule(nodes, nodes, 10250, "the kubelets' metrics")
	metrics.When = "metrics-server or Prometheus run in pods"
	rules = append(append(rules, etcdRules(spec, servers)...), metrics)
	for _, protocol := range []Protocol{TCP, UDP} {
		rules = append(rules, FirewallRule{
			From: Peer{Name: "clients of Services"}, To: nodes, Protocol: protocol, First: 30000, Last: 32767,
			Purpose: "NodePort Services", When: "Services of type NodePort or LoadBalancer are used from outside",
		})
	}
	health := rule(Peer{Name: "load balancers of Services"}, nodes, 10256, "kube-proxy's health")
	health.When = "something outside asks a node whether it takes traffic"
	return append(rules, health)
}

func rule(from, to Peer, port uint16, purpose string) FirewallRule {
	return FirewallRule{From: from, To: to, Protocol: TCP, First: port, Last: port, Purpose: purpose}
}

// serversOf are the control planes where their API servers and etcd members
// listen.
func serversOf(spec cluster.Spec) Peer {
	peer := Peer{Name: "control planes"}
	for _, node := range spec.ControlPlanes {
		peer.Addresses = append(peer.Addresses, node.APIServerAddress())
	}
	return peer
}

// toEndpoint is the way of everybody to the API servers.
func toEndpoint(spec cluster.Spec, nodes, servers Peer) []FirewallRule {
	port := spec.ControlPlaneEndpoint.Port
	clients, endpoint := Peer{Name: "clients: kubectl, CI"}, Peer{Name: "the endpoint " + spec.ControlPlaneEndpoint.String(), Addresses: slices.Clone(spec.EndpointAddresses)}
	if addr, isAddr := spec.ControlPlaneEndpoint.Addr(); isAddr {
		endpoint.Addresses = []netip.Addr{addr}
	}
	const purpose = "the API, through the endpoint"
	if len(spec.LoadBalancers) == 0 {
		return []FirewallRule{
			rule(nodes, endpoint, port, purpose),
			rule(clients, endpoint, port, purpose),
			rule(Peer{Name: endpoint.Name}, servers, spec.APIServerPort, "the API servers, and whether they are ready"),
		}
	}
	balancers := Peer{Name: "load balancers"}
	for _, lb := range spec.LoadBalancers {
		balancers.Addresses = append(balancers.Addresses, lb.Addresses()...)
	}
	listening := Peer{Name: balancers.Name, Addresses: slices.Clone(balancers.Addresses)}
	for _, addr := range endpoint.Addresses {
		if !slices.Contains(listening.Addresses, addr) {
			listening.Addresses = append(listening.Addresses, addr)
		}
	}
	rules := []FirewallRule{
		rule(nodes, listening, port, purpose),
		rule(clients, listening, port, purpose),
		rule(balancers, servers, spec.APIServerPort, "the API servers, and whether they are ready"),
	}
	if len(spec.LoadBalancers) > 1 {
		rules = append(rules, FirewallRule{From: balancers, To: balancers, Protocol: VRRP, Purpose: "who holds the endpoint's address", When: "keepalived or another VRRP holds it"})
	}
	return rules
}

func etcdRules(spec cluster.Spec, servers Peer) []FirewallRule {
	if spec.ExternalEtcd == nil {
		if len(spec.ControlPlanes) < 2 {
			return nil
		}
		etcd := rule(servers, servers, 2379, "etcd: clients (kubeadm join, etcdctl) and members among themselves")
		etcd.Last = 2380
		return []FirewallRule{etcd}
	}
	var rules []FirewallRule
	for _, endpoint := range spec.ExternalEtcd.Endpoints {
		host, port := hostPort(endpoint)
		to := Peer{Name: "etcd " + host}
		if addr, err := netip.ParseAddr(host); err == nil {
			to.Addresses = []netip.Addr{addr}
		}
		rules = append(rules, rule(servers, to, port, "the external etcd"))
	}
	return rules
}

// hostPort reads a URL that the description's validation has passed.
func hostPort(endpoint string) (string, uint16) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint, 0
	}
	port, _ := strconv.ParseUint(u.Port(), 10, 16)
	return u.Hostname(), uint16(port)
}

// adds reports whether the plan brings machines into the described cluster.
func adds(plan joinplan.Plan) bool {
	return len(plan.Spec.ControlPlanes) > 0 && slices.ContainsFunc(plan.Steps, func(s joinplan.Step) bool {
		return s.ID.Kind == joinplan.KindInit || s.ID.Kind == joinplan.KindJoin
	})
}

const networkNotes = `
The pod network's own ports come on top, between all nodes, as its documentation says: UDP 8472 for the VXLAN of flannel and Cilium, UDP 4789 for that of Calico, TCP 179 for BGP. So do those by which you reach the machines.

Nothing is to be opened for kube-controller-manager (10257), kube-scheduler (10259), and the health ports of the kubelet (10248) and of etcd (2381): only the machine itself asks there.
`

// writeNetwork is the table of the firewall.
func writeNetwork(b *bytes.Buffer, plan joinplan.Plan) {
	if !adds(plan) {
		return
	}
	b.WriteString("\n## What the firewalls must let through\n\n| from | to | port | for |\n|---|---|---|---|\n")
	for _, r := range firewall(plan.Spec) {
		purpose := r.Purpose
		if r.When != "" {
			purpose += ", where " + r.When
		}
		port := string(r.Protocol)
		if r.First != 0 {
			port += " " + r.Ports()
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", plain.Markdown(r.From.Name), plain.Markdown(r.To.Name), port, plain.Markdown(purpose))
	}
	b.WriteString(networkNotes)
}
