package joinplan

import (
	"net/netip"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan/cluster"
)

// ExpectedEtcd gives the etcd members of a description for [etcdcheck.Input],
// which misses a member that is down only where it is told of it: one for each
// control plane, or the endpoints of an external etcd. It does not validate.
func ExpectedEtcd(spec cluster.Spec) []etcdcheck.Expected {
	if spec.ExternalEtcd == nil {
		return expectedMembers(spec.ControlPlanes)
	}
	var out []etcdcheck.Expected
	for _, endpoint := range spec.ExternalEtcd.Endpoints {
		out = append(out, etcdcheck.Expected{Endpoint: endpoint})
	}
	return out
}

func expectedMembers(nodes []cluster.Node) []etcdcheck.Expected {
	var out []etcdcheck.Expected
	for _, node := range nodes {
		out = append(out, etcdcheck.Expected{Name: node.Name, Endpoint: memberEndpoint(node)})
	}
	return out
}

func memberEndpoint(node cluster.Node) string {
	return "https://" + netip.AddrPortFrom(node.APIServerAddress(), 2379).String()
}
