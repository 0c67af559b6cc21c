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
func (s State) Warnings() []Finding {
	var out []Finding
	for _, warnings := range []func() []Finding{s.unseen, s.nodesUnwell, s.kubelets, s.networks, s.endpoint, s.fewControlPlanes, s.discovery, s.unlikeAPIServers} {
		out = append(out, warnings()...)
	}
	return out
}

func (s State) unseen() []Finding {
	var out []Finding
	for i, a := range s.Absent {
		switch a.Reason {
		case Forbidden:
			out = append(out, warning("not-allowed", index("absent", i),
				"ask with admin.conf",
				"%s: you may not see it, so nothing is known of it", a.What))
		case Unreadable:
			out = append(out, warning("unreadable", index("absent", i),
				"mend it: kubectl edit -n kube-system configmap kubeadm-config",
				"%s cannot be read, so nothing is known of it: %s", a.What, a.Detail))
		}
	}
	return out
}

func (s State) nodesUnwell() []Finding {
	var out []Finding
	for i, n := range s.Nodes {
		out = append(out, n.unwell(index("nodes", i))...)
	}
	return out
}

func (n NodeState) unwell(place string) []Finding {
	var out []Finding
	say := func(code, remedy, format string, args ...any) {
		f := warning(code, place, remedy, format, args...)
		f.Subject = n.Name
		out = append(out, f)
	}
	describe := "kubectl describe node " + n.Name + " says more"
	if !n.Ready {
		say("node-not-ready", describe, "the node is not Ready")
	}
	for _, condition := range n.Conditions {
		say("node-condition", describe, "the node has the condition %s", condition)
	}
	if n.TunnelAddress.IsValid() && len(n.Addresses) > 0 && !slices.Contains(n.Addresses, n.TunnelAddress) {
		say("pod-network-elsewhere", "say which interface it shall take (flannel: --iface)",
			"the pod network reaches the node at %s, which is none of its addresses: it took another interface", n.TunnelAddress)
	}
	if n.Unschedulable {
		say("node-cordoned", "kubectl uncordon "+n.Name, "the node is cordoned: no new pod comes to it")
	}
	return out
}

func (s State) kubelets() []Finding {
	names := map[string][]string{}
	for _, n := range s.Nodes {
		if n.KubeletVersion != "" {
			names[n.KubeletVersion] = append(names[n.KubeletVersion], n.Name)
		}
	}
	if len(names) < 2 {
		return nil
	}
	return []Finding{warning("kubelet-versions", "nodes",
		"finish the upgrade",
		"the kubelets are of different versions: %s", of(names))}
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
func (s State) networks() []Finding {
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
	return []Finding{warning("prefix-length-differs", "nodes",
		"mend the address on the hosts that differ",
		"nodes of one network have different prefix lengths: %s: routes that the pod network makes of them can cut machines off", of(names))}
}

// HasExternalEtcd tells whether the cluster's own configuration has an etcd that
// is not on its control planes.
func (s State) HasExternalEtcd() bool { return s.KubeadmConfig.Cluster.Etcd.External != nil }

func (s State) endpoint() []Finding {
	if s.KubeadmConfig.Text == "" {
		return nil
	}
	const f = "kubeadmConfig"
	endpoint, there := s.Endpoint()
	switch server := "https://" + endpoint.String(); {
	case !there:
		return []Finding{warning("no-endpoint", f,
			"convert it",
			"the cluster has no control-plane endpoint: everything in it names one machine, and no control plane can join")}
	case s.ClusterInfo.Server != "" && s.ClusterInfo.Server != server:
		return []Finding{warning("cluster-info-elsewhere", "clusterInfo",
			"run kubeadm init phase bootstrap-token with the cluster's configuration",
			"it sends machines that join to %s, and the endpoint is %s", s.ClusterInfo.Server, server)}
	}
	return nil
}

func (s State) fewControlPlanes() []Finding {
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
		out[i].Place = "nodes"
	}
	return out
}

// discovery tells tokens apart that a join fails with.
func (s State) discovery() []Finding {
	var out []Finding
	for i, server := range s.APIServers {
		if !server.AnonymousAuth {
			out = append(out, warning("no-anonymous", index("apiServers", i),
				"use a discovery file",
				"the API server of %s takes no anonymous requests: no machine can join by a token", server.Node))
		}
	}
	if s.ClusterInfo.Server == "" {
		return out
	}
	for i, t := range s.Tokens {
		if t.Signing && !slices.Contains(s.ClusterInfo.SignedBy, t.ID) {
			out = append(out, warning("token-not-signed", index("tokens", i),
				"see that the controller manager runs, which signs within seconds, and that the token has not expired",
				"cluster-info is not signed by token %s, so that a join with it fails", t.ID))
		}
	}
	return out
}

// unlikeAPIServers finds files that one API server mounts and another does not.
func (s State) unlikeAPIServers() []Finding {
	var out []Finding
	for i, server := range s.APIServers {
		for _, other := range s.APIServers {
			missing := slices.DeleteFunc(slices.Clone(other.ExtraFiles), func(f string) bool { return slices.Contains(server.ExtraFiles, f) })
			if len(missing) > 0 {
				out = append(out, warning("api-servers-differ", index("apiServers", i),
					"put the files there, and the flags that name them",
					"the API server of %s does not have %s, which that of %s has: they answer differently", server.Node, strings.Join(missing, ", "), other.Node))
				break
			}
		}
	}
	return out
}
