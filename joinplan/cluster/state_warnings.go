package cluster

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Warnings are what is wrong in a cluster, or will be when one of its machines
// fails or another one joins: nodes that are not Ready, no control-plane
// endpoint, a number of control planes that does not bear a loss, networks that
// differ, what could not be seen. Fields are paths in the State.
//
// They need no clock: of tokens and uploaded certificates [State.Bytes] gives
// the deadlines.
func (s State) Warnings() []Warning {
	var out []Warning
	for _, warnings := range []func() []Warning{s.unseen, s.nodesUnwell, s.kubelets, s.networks, s.endpoint, s.fewControlPlanes, s.discovery, s.unlikeAPIServers} {
		out = append(out, warnings()...)
	}
	return out
}

func (s State) unseen() []Warning {
	var out []Warning
	for i, a := range s.Absent {
		switch a.Reason {
		case Forbidden:
			out = append(out, Warning{index("absent", i), a.What + ": you may not see it, so nothing is known of it: ask with admin.conf"})
		case Unreadable:
			out = append(out, Warning{index("absent", i), a.What + " cannot be read, so nothing is known of it: " + a.Detail})
		}
	}
	return out
}

func (s State) nodesUnwell() []Warning {
	var out []Warning
	for i, n := range s.Nodes {
		if !n.Ready {
			out = append(out, Warning{index("nodes", i), n.Name + " is not Ready"})
		}
		for _, condition := range n.Conditions {
			out = append(out, Warning{index("nodes", i), n.Name + " has the condition " + condition + ": kubectl describe node " + n.Name + " says more"})
		}
		if n.TunnelAddress.IsValid() && len(n.Addresses) > 0 && !slices.Contains(n.Addresses, n.TunnelAddress) {
			out = append(out, Warning{index("nodes", i), fmt.Sprintf("the pod network reaches %s at %s, which is none of its addresses: it took another interface; say which (flannel: --iface)", n.Name, n.TunnelAddress)})
		}
		if n.Unschedulable {
			out = append(out, Warning{index("nodes", i), n.Name + " is cordoned: no new pod comes to it until kubectl uncordon " + n.Name})
		}
	}
	return out
}

func (s State) kubelets() []Warning {
	names := map[string][]string{}
	for _, n := range s.Nodes {
		if n.KubeletVersion != "" {
			names[n.KubeletVersion] = append(names[n.KubeletVersion], n.Name)
		}
	}
	if len(names) < 2 {
		return nil
	}
	return []Warning{{"nodes", "the kubelets are of different versions: " + of(names) + ": finish the upgrade"}}
}

// of lists names by what they have in common.
func of(names map[string][]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(names)) {
		parts = append(parts, key+" on "+strings.Join(names[key], ", "))
	}
	return strings.Join(parts, "; ")
}

// networks compares the prefix lengths that the pod network noted for nodes of
// one network.
func (s State) networks() []Warning {
	names := map[string][]string{}
	var first netip.Prefix
	for _, n := range s.Nodes {
		switch {
		case !n.Network.IsValid():
			continue
		case !first.IsValid():
			first = n.Network
		case !n.Network.Overlaps(first):
			continue
		}
		length := fmt.Sprintf("/%d", n.Network.Bits())
		names[length] = append(names[length], n.Name)
	}
	if len(names) < 2 {
		return nil
	}
	return []Warning{{"nodes", "nodes of one network have different prefix lengths: " + of(names) + ": routes that the pod network makes of them can cut machines off; mend the address on the hosts that differ"}}
}

// HasExternalEtcd tells whether the cluster's own configuration has an etcd that
// is not on its control planes.
func (s State) HasExternalEtcd() bool { return s.KubeadmConfig.Cluster.Etcd.External != nil }

func (s State) endpoint() []Warning {
	if s.KubeadmConfig.Text == "" {
		return nil
	}
	const f = "kubeadmConfig"
	endpoint, there := s.Endpoint()
	switch server := "https://" + endpoint.String(); {
	case !there:
		return []Warning{{f, "the cluster has no control-plane endpoint: everything in it names one machine, and no control plane can join; convert it"}}
	case s.ClusterInfo.Server != "" && s.ClusterInfo.Server != server:
		return []Warning{{"clusterInfo", "it sends machines that join to " + s.ClusterInfo.Server + ", and the endpoint is " + server + ": run kubeadm init phase bootstrap-token with the cluster's configuration"}}
	}
	return nil
}

func (s State) fewControlPlanes() []Warning {
	var spec Spec
	for _, n := range s.Nodes {
		if n.ControlPlane {
			spec.ControlPlanes = append(spec.ControlPlanes, Node{Name: n.Name})
		}
	}
	if s.HasExternalEtcd() {
		spec.ExternalEtcd = &ExternalEtcd{}
	}
	out := spec.controlPlaneCount()
	for i := range out {
		out[i].Field = "nodes"
	}
	return out
}

// discovery tells tokens apart that a join fails with.
func (s State) discovery() []Warning {
	var out []Warning
	for i, server := range s.APIServers {
		if !server.AnonymousAuth {
			out = append(out, Warning{index("apiServers", i), "the API server of " + server.Node + " takes no anonymous requests: no machine can join by a token; use a discovery file"})
		}
	}
	if s.ClusterInfo.Server == "" {
		return out
	}
	for i, t := range s.Tokens {
		if t.Signing && !slices.Contains(s.ClusterInfo.SignedBy, t.ID) {
			out = append(out, Warning{index("tokens", i), "cluster-info is not signed by token " + t.ID + ", so that a join with it fails: the controller manager signs within seconds, if it runs and the token has not expired"})
		}
	}
	return out
}

// unlikeAPIServers finds files that one API server mounts and another does not.
func (s State) unlikeAPIServers() []Warning {
	var out []Warning
	for i, server := range s.APIServers {
		for _, other := range s.APIServers {
			missing := slices.DeleteFunc(slices.Clone(other.ExtraFiles), func(f string) bool { return slices.Contains(server.ExtraFiles, f) })
			if len(missing) > 0 {
				out = append(out, Warning{index("apiServers", i), fmt.Sprintf("the API server of %s does not have %s, which that of %s has: they answer differently", server.Node, strings.Join(missing, ", "), other.Node)})
				break
			}
		}
	}
	return out
}
