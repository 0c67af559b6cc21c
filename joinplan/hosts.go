package joinplan

import (
	"net/netip"
	"slices"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/joinplan/cluster"
)

// HostsBlock returns the entries that every machine of the cluster needs in
// /etc/hosts: the endpoint's name, the load balancers, the control planes, the
// workers, one line for each address; a machine with both an IPv4 and an IPv6
// address has two. Set it with [hostsfile.File.SetBlock].
//
// An endpoint whose addresses the description does not know has no entry: DNS
// resolves it.
func HostsBlock(spec cluster.Spec) (hostsfile.Block, error) {
	spec, err := Ordered(spec)
	if err != nil {
		return hostsfile.Block{}, err
	}
	return hostsBlock(spec, nil), nil
}

// hostsBlock gives the addresses of the endpoint the former names too.
func hostsBlock(spec cluster.Spec, former []string) hostsfile.Block {
	block := hostsfile.Block{Name: spec.Name, Comment: "Cluster " + spec.Name}
	at := map[netip.Addr]int{}
	add := func(addr netip.Addr, name string) {
		if i, ok := at[addr]; ok {
			if !slices.Contains(block.Entries[i].Names, name) {
				block.Entries[i].Names = append(block.Entries[i].Names, name)
			}
			return
		}
		at[addr] = len(block.Entries)
		block.Entries = append(block.Entries, hostsfile.Entry{Addr: addr, Names: []string{name}})
	}
	for _, addr := range spec.EndpointAddresses {
		add(addr, spec.ControlPlaneEndpoint.Host)
	}
	for _, lb := range spec.LoadBalancers {
		for _, addr := range lb.Addresses() {
			add(addr, lb.Name)
		}
	}
	for _, node := range spec.Nodes() {
		for _, addr := range node.Addresses() {
			add(addr, node.Name)
		}
	}
	for _, addr := range spec.EndpointAddresses {
		for _, name := range former {
			add(addr, name)
		}
	}
	return block
}

// hosts are the names on every machine.
func (p picture) hosts() ([]Step, error) {
	block := hostsBlock(p.spec, p.former.Names)
	block.Former = p.gone
	if err := block.Validate(); err != nil {
		return nil, err
	}
	why := "Every machine must reach the endpoint by its name before it needs the cluster, and the others by theirs."
	if _, isAddr := p.spec.ControlPlaneEndpoint.Addr(); isAddr {
		why = "Every machine must reach the others by their names."
	}
	var out []Step
	for _, host := range hostNames(p.spec) {
		out = append(out, Step{
			ID:      KindHosts.Step(host),
			Title:   "Names on every machine",
			Host:    host,
			Why:     why,
			Actions: []Action{SetHostsBlock{Block: block}},
			Checks:  p.knowsNames(host),
		})
	}
	return out, nil
}

func hostNames(spec cluster.Spec) []string {
	var names []string
	for _, lb := range spec.LoadBalancers {
		names = append(names, lb.Name)
	}
	for _, node := range spec.Nodes() {
		names = append(names, node.Name)
	}
	return names
}
