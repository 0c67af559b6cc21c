// Package goldens shows how a team keeps its cluster in a repository: the
// description in Go, the files that follow from it committed beside it, and
// tests that say what must hold before anybody touches a machine. Copy it and
// write your own cluster.
//
// A change of the description shows in review as a change of haproxy.cfg, of
// kubeadm's files and of the runbook:
//
//	go test . -update
//	git diff
package goldens

import (
	"net/netip"

	"github.com/haplane/haplane/joinplan/cluster"
)

// Shop describes the cluster of a shop: two load balancers that share an
// address, three control planes and two workers.
func Shop() cluster.Spec {
	return cluster.Spec{
		Name:                 "shop",
		KubernetesVersion:    "v1.37.2",
		ControlPlaneEndpoint: cluster.Endpoint{Host: "api.shop.example", Port: 6443},
		EndpointAddresses:    []netip.Addr{netip.MustParseAddr("10.20.0.10")},
		PodSubnets:           []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")},
		LoadBalancers: []cluster.LoadBalancer{
			{Name: "lb-1", Address: netip.MustParsePrefix("10.20.0.11/24")},
			{Name: "lb-2", Address: netip.MustParsePrefix("10.20.0.12/24")},
		},
		ControlPlanes: []cluster.Node{
			{Name: "cp-1", Address: netip.MustParsePrefix("10.20.0.21/24")},
			{Name: "cp-2", Address: netip.MustParsePrefix("10.20.0.22/24")},
			{Name: "cp-3", Address: netip.MustParsePrefix("10.20.0.23/24")},
		},
		Workers: []cluster.Node{
			{Name: "wk-1", Address: netip.MustParsePrefix("10.20.0.31/24")},
			{Name: "wk-2", Address: netip.MustParsePrefix("10.20.0.32/24")},
		},
	}
}
