package joinplan

import (
	"net/netip"
	"slices"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/joinplan/cluster"
)

// HostsBlock gives the entries that every machine of the cluster needs in
// /etc/hosts: the endpoint's name, the load balancers, the control planes, the
// workers, one line for each address; a machine with both an IPv4 and an IPv6
// address has two. Set it with [hostsfile.File.SetBlock].
//
// An endpoint whose addresses the description does not know has no entry: DNS
// resolves it.
func HostsBlock(spec cluster.Spec) (hostsfile.Block, error) {
	spec, err := prepared(spec)
	if err != nil {
		return hostsfile.Block{}, err
	}
	return hostsBlock(spec), nil
}

func hostsBlock(spec cluster.Spec) hostsfile.Block {
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
	return block
}
