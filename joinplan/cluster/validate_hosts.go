package cluster

import (
	"net/netip"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (s Spec) checkHosts() field.ErrorList {
	seen := hostsSeen{names: map[string]*field.Path{}, addrs: map[netip.Addr]claim{}}
	var list field.ErrorList
	for i, lb := range s.LoadBalancers {
		p := field.NewPath("loadBalancers").Index(i)
		list = append(list, checkName(p.Child("name"), lb.Name)...)
		list = append(list, checkAddresses(p, lb.Address, lb.SecondaryAddress, lb.ManagementAddress)...)
		list = append(list, seen.name(p.Child("name"), lb.Name)...)
		list = append(list, seen.addresses(p, lb.Address, lb.SecondaryAddress, lb.ManagementAddress)...)
	}
	// A load balancer may share a machine with a node, under another name.
	seen.addrs = map[netip.Addr]claim{}
	if len(s.ControlPlanes) == 0 {
		list = append(list, field.Required(field.NewPath("controlPlanes"), "give at least one; the first initialises the cluster"))
	}
	list = append(list, seen.nodes(field.NewPath("controlPlanes"), s.ControlPlanes)...)
	for i, n := range s.ControlPlanes {
		list = append(list, checkAdvertised(field.NewPath("controlPlanes").Index(i), n.AdvertiseAddress)...)
	}
	list = append(list, seen.nodes(field.NewPath("workers"), s.Workers)...)
	for i, n := range s.Workers {
		if n.AdvertiseAddress.IsValid() {
			list = append(list, field.Forbidden(field.NewPath("workers").Index(i).Child("advertiseAddress"), "a worker runs no API server; make it its address"))
		}
	}
	return append(list, s.checkGroups()...)
}

func checkAdvertised(p *field.Path, addr netip.Addr) field.ErrorList {
	switch {
	case !addr.IsValid():
		return nil
	case addr.IsLinkLocalUnicast():
		return field.ErrorList{field.Invalid(p.Child("advertiseAddress"), addr.String(), "the API server cannot advertise a link-local address; give the one that other machines use")}
	}
	return checkAddr(p.Child("advertiseAddress"), addr)
}

func checkAddresses(p *field.Path, first, second netip.Prefix, management netip.Addr) field.ErrorList {
	list := checkPrefix(p.Child("address"), first)
	if second.IsValid() {
		list = append(list, checkPrefix(p.Child("secondaryAddress"), second)...)
		if first.IsValid() && first.Addr().Is4() == second.Addr().Is4() {
			list = append(list, field.Invalid(p.Child("secondaryAddress"), second.String(), "must be of the other family than address: a machine has one IPv4 and one IPv6 address in the cluster"))
		}
	}
	if management.IsValid() {
		list = append(list, checkAddr(p.Child("managementAddress"), management)...)
	}
	return list
}

// hostsSeen finds names and addresses that are given twice.
type hostsSeen struct {
	names map[string]*field.Path
	addrs map[netip.Addr]claim
}

// claim is where an address stands, and of which machine.
type claim struct{ at, machine *field.Path }

func (h hostsSeen) nodes(p *field.Path, nodes []Node) field.ErrorList {
	var list field.ErrorList
	for i, node := range nodes {
		p := p.Index(i)
		list = append(list, checkName(p.Child("name"), node.Name)...)
		list = append(list, checkAddresses(p, node.Address, node.SecondaryAddress, node.ManagementAddress)...)
		list = append(list, h.name(p.Child("name"), node.Name)...)
		list = append(list, h.addresses(p, node.Address, node.SecondaryAddress, node.ManagementAddress)...)
		list = append(list, h.addr(p, p.Child("advertiseAddress"), node.AdvertiseAddress)...)
	}
	return list
}

func (h hostsSeen) name(p *field.Path, name string) field.ErrorList {
	if first, ok := h.names[name]; ok && name != "" {
		return field.ErrorList{field.Invalid(p, name, "this name is given twice: "+first.String()+" has it too")}
	}
	h.names[name] = p
	return nil
}

func (h hostsSeen) addresses(p *field.Path, first, second netip.Prefix, management netip.Addr) field.ErrorList {
	list := h.addr(p, p.Child("address"), first.Addr())
	list = append(list, h.addr(p, p.Child("secondaryAddress"), second.Addr())...)
	return append(list, h.addr(p, p.Child("managementAddress"), management)...)
}

// addr refuses an address of two machines; one machine may give it twice.
func (h hostsSeen) addr(machine, at *field.Path, addr netip.Addr) field.ErrorList {
	if !addr.IsValid() {
		return nil
	}
	first, ok := h.addrs[addr]
	if ok && first.machine != machine {
		return field.ErrorList{field.Invalid(at, addr.String(), "this address is given twice: "+first.at.String()+" has it too")}
	}
	h.addrs[addr] = claim{at, machine}
	return nil
}

// Ports that kubeadm gives to what runs on the machines.
var (
	nodePorts         = map[uint16]string{10248: "the kubelet's health check", 10250: "the kubelet", 10256: "kube-proxy's health check"}
	controlPlanePorts = map[uint16]string{10257: "the controller manager", 10259: "the scheduler"}
	etcdPorts         = map[uint16]string{2379: "etcd", 2380: "etcd's peers", 2381: "etcd's metrics"}
)

// checkPorts finds two programs on one port of one machine.
func (s Spec) checkPorts() field.ErrorList {
	var list field.ErrorList
	if who, taken := s.portOf(s.APIServerPort, true); taken {
		list = append(list, field.Invalid(field.NewPath("apiServerPort"), s.APIServerPort, "this is the port of "+who+" on the same machine; give another one"))
	}
	for i, lb := range s.LoadBalancers {
		list = append(list, s.checkPortClash(field.NewPath("loadBalancers").Index(i).Child("address"), lb)...)
	}
	return list
}

// portOf tells what has a port on every node, or on every control plane.
func (s Spec) portOf(port uint16, controlPlane bool) (string, bool) {
	who, taken := nodePorts[port]
	if !taken && controlPlane {
		who, taken = controlPlanePorts[port]
	}
	if !taken && controlPlane && s.ExternalEtcd == nil {
		who, taken = etcdPorts[port]
	}
	return who, taken
}

// checkPortClash finds what HAProxy would clash with where a load balancer
// shares a node's machine.
func (s Spec) checkPortClash(p *field.Path, lb LoadBalancer) field.ErrorList {
	i := slices.IndexFunc(s.Nodes(), func(n Node) bool { return shareMachine(lb, n) })
	if i < 0 {
		return nil
	}
	node, controlPlane := s.Nodes()[i], i < len(s.ControlPlanes)
	port := s.ControlPlaneEndpoint.Port
	if controlPlane && port == s.APIServerPort {
		return field.ErrorList{field.Invalid(p, lb.Address.String(), "this is control plane "+node.Name+", whose API server listens on the endpoint's port; give the endpoint or apiServerPort another port, or the load balancer another machine")}
	}
	if who, taken := s.portOf(port, controlPlane); taken {
		return field.ErrorList{field.Invalid(p, lb.Address.String(), "this is node "+node.Name+", where port "+strconv.Itoa(int(port))+" of the endpoint is that of "+who+"; give the endpoint another port, or the load balancer another machine")}
	}
	return nil
}

// shareMachine tells whether the load balancer runs on the node's machine: they
// have an address in common.
func shareMachine(lb LoadBalancer, n Node) bool {
	return slices.ContainsFunc(lb.Addresses(), func(addr netip.Addr) bool {
		return addr.IsValid() && (slices.Contains(n.Addresses(), addr) || n.AdvertiseAddress == addr)
	})
}

func (s Spec) checkGroups() field.ErrorList {
	var list field.ErrorList
	var names []string
	known := map[string]bool{}
	for i, g := range s.NodeGroups {
		p := field.NewPath("nodeGroups").Index(i).Child("name")
		switch {
		case g.Name == "":
			list = append(list, field.Required(p, "give the name that the nodes have as their group"))
		case known[g.Name]:
			list = append(list, field.Invalid(p, g.Name, "this name is given to two groups"))
		}
		list = append(list, check(p, groupName, g.Name, "must be at most 63 letters, digits, '-', '_' and '.'")...)
		names = append(names, g.Name)
		known[g.Name] = true
	}
	oneOf := "none"
	if len(names) > 0 {
		oneOf = few(names)
	}
	s.eachNode(func(p *field.Path, n Node) {
		if n.Group != "" && !known[n.Group] {
			list = append(list, field.Invalid(p.Child("group"), n.Group, "no such group in nodeGroups: there is "+oneOf))
		}
	})
	return list
}

// eachNode calls f for every control plane and every worker.
func (s Spec) eachNode(f func(p *field.Path, n Node)) {
	for i, n := range s.ControlPlanes {
		f(field.NewPath("controlPlanes").Index(i), n)
	}
	for i, n := range s.Workers {
		f(field.NewPath("workers").Index(i), n)
	}
}
