package cluster

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/haplane/haplane/internal/finding"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
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
	for _, warnings := range []func() []Finding{
		s.unseen, s.nodesUnwell, s.kubelets, s.networks, s.twins, s.endpoint, s.configured, s.fewControlPlanes,
		s.anonymous, s.tokens, s.unlikeAPIServers,
	} {
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
			f := warning("unreadable", index("absent", i),
				"mend it: kubectl edit -n kube-system configmap kubeadm-config",
				"%s cannot be read, so nothing is known of it: %s", a.What, a.Detail)
			f.Severity = finding.Critical
			out = append(out, f)
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
		parts = append(parts, key+" on "+few(names[key]))
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
		return s.unconfigured()
	}
	endpoint, there := s.Endpoint()
	if !there {
		return []Finding{warning("no-endpoint", "kubeadmConfig",
			"convert it",
			"the cluster has no control-plane endpoint: everything in it names one machine, and no control plane can join")}
	}
	var out []Finding
	for i, n := range s.Nodes {
		addr, isAddr := endpoint.Addr()
		if n.ControlPlane && (n.Name == endpoint.Host || isAddr && slices.Contains(n.Addresses, addr)) {
			f := warning("endpoint-is-control-plane", index("nodes", i),
				"convert it to an endpoint that a load balancer serves",
				"the control-plane endpoint %s is this control plane itself: without it nobody reaches the cluster, whatever the others do", endpoint)
			f.Subject = n.Name
			out = append(out, f)
		}
	}
	if server := s.ClusterInfo.Server; server != "" && !endpoint.isAt(server) {
		out = append(out, warning("cluster-info-elsewhere", "clusterInfo",
			"convert it (the phase bootstrap-token copies the server of admin.conf, so it mends nothing while that is the old one)",
			"it sends machines that join to %s, and the endpoint is https://%s", server, endpoint))
	}
	return out
}

// unconfigured says that the cluster's own configuration was not seen: nothing
// is known of its endpoint, its etcd and its networks.
func (s State) unconfigured() []Finding {
	isUnreadable := func(a Absence) bool { return a.Reason == Unreadable }
	if len(s.Nodes) == 0 || slices.ContainsFunc(s.Absent, isUnreadable) {
		return nil
	}
	return []Finding{warning("configuration-not-seen", "kubeadmConfig",
		"capture it: kubectl get configmap -n kube-system kubeadm-config -o yaml",
		"the cluster's own configuration was not seen, so nothing is known of its endpoint and its etcd")}
}

// isAt reports whether a kubeconfig's server is the endpoint.
func (e Endpoint) isAt(server string) bool {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" {
		return false
	}
	const httpsPort = "443"
	at := net.JoinHostPort(strings.ToLower(u.Hostname()), cmp.Or(u.Port(), httpsPort))
	return at == net.JoinHostPort(strings.ToLower(e.Host), strconv.Itoa(int(e.Port)))
}

// configured is what is wrong in the cluster's own configuration.
func (s State) configured() []Finding {
	out := s.KubeadmConfig.Pinned()
	for i := range out {
		out[i].Place = "kubeadmConfig." + strings.TrimPrefix(out[i].Place, "ClusterConfiguration.")
		out[i].Message = shown(out[i].Message)
	}
	config := s.KubeadmConfig.Cluster
	for _, component := range []struct {
		name string
		args []v1.Arg
	}{{"controllerManager", config.ControllerManager.ExtraArgs}, {"scheduler", config.Scheduler.ExtraArgs}} {
		for i, arg := range component.args {
			if arg.Name == "leader-elect" && isFalse(arg.Value) {
				out = append(out, warning("no-leader-election", index("kubeadmConfig."+component.name+".extraArgs", i),
					"take leader-elect out of the ClusterConfiguration, and of the manifests in /etc/kubernetes/manifests",
					"with leader-elect=%s the one on every control plane acts at the same time as the others", arg.Value))
			}
		}
	}
	return out
}

// twins finds machines that were copied, or that have the address of a NAT that
// each of them is behind: nodes are told apart by these.
func (s State) twins() []Finding {
	addresses, machines, systems := map[string][]string{}, map[string][]string{}, map[string][]string{}
	for _, n := range s.Nodes {
		for _, addr := range n.Addresses {
			addresses[addr.String()] = append(addresses[addr.String()], n.Name)
		}
		machines[n.MachineID] = append(machines[n.MachineID], n.Name)
		systems[n.SystemUUID] = append(systems[n.SystemUUID], n.Name)
	}
	out := shared("same-address", "InternalIP", addresses,
		"give each kubelet the address of its machine in the cluster's network: --node-ip in kubeletExtraArgs")
	out = append(out, shared("same-machine-id", "machine-id", machines,
		"make each machine its own: rm /etc/machine-id && systemd-machine-id-setup, and a reboot")...)
	return append(out, shared("same-system-uuid", "system UUID", systems,
		"give each virtual machine its own UUID where it is defined: two that were copied have one")...)
}

func shared(code, what string, names map[string][]string, remedy string) []Finding {
	var out []Finding
	for _, value := range slices.Sorted(maps.Keys(names)) {
		if nodes := names[value]; value != "" && len(nodes) > 1 {
			out = append(out, warning(code, "nodes", remedy, "%s have the same %s, %s", few(nodes), what, value))
		}
	}
	return out
}

// few lists the first of some names, and says how many more there are.
func few(names []string) string {
	return andMore(names, len(names))
}

// enoughNames is how many names a sentence lists.
const enoughNames = 5

// andMore lists the first of n names.
func andMore(names []string, n int) string {
	if n <= enoughNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:enoughNames], ", "), n-enoughNames)
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

// anonymous finds API servers that answer nobody whom they do not know.
func (s State) anonymous() []Finding {
	const remedy = "join with a discovery file (kubeadm join --discovery-file), and give what checks the API servers' health a client certificate"
	var out []Finding
	for i, server := range s.APIServers {
		if !server.AnonymousAuth {
			f := warning("no-anonymous", index("apiServers", i), remedy,
				"the API server takes no anonymous requests: no machine can join by a token, and health checks without a certificate fail")
			f.Subject = server.Node
			out = append(out, f)
		}
	}
	for i, arg := range s.KubeadmConfig.Cluster.APIServer.ExtraArgs {
		if arg.Name == "anonymous-auth" && isFalse(arg.Value) && len(out) == 0 {
			out = append(out, warning("no-anonymous", index("kubeadmConfig.apiServer.extraArgs", i), remedy,
				"the API servers take no anonymous requests: no machine can join by a token, and health checks without a certificate fail"))
		}
	}
	return out
}

// tokens tells tokens apart that a join fails with.
func (s State) tokens() []Finding {
	var out []Finding
	signed := map[string]bool{}
	for _, id := range s.ClusterInfo.SignedBy {
		signed[id] = true
	}
	for i, t := range s.Tokens {
		switch {
		case !t.Signing || !t.Authentication:
			out = append(out, warning("token-usage", index("tokens", i),
				"join with one that kubeadm token create makes, which is for both",
				"token %s %s, and a join needs one that signs and authenticates", t.ID, t.uses()))
		case s.ClusterInfo.Server != "" && !signed[t.ID]:
			out = append(out, warning("token-not-signed", index("tokens", i),
				"see that the controller manager runs, which signs within seconds, and that the token has not expired",
				"cluster-info is not signed by token %s, so that a join with it fails", t.ID))
		}
	}
	return out
}

// firstMissing returns as many of the files as a sentence lists.
func firstMissing(files []string, has map[string]bool) []string {
	var out []string
	for _, file := range files {
		if !has[file] {
			out = append(out, file)
		}
		if len(out) == enoughNames {
			break
		}
	}
	return out
}

// unlikeAPIServers finds files that one API server mounts and another does not.
func (s State) unlikeAPIServers() []Finding {
	first := map[string]string{} // of each file, an API server that has it
	for _, server := range s.APIServers {
		for _, file := range server.ExtraFiles {
			if _, there := first[file]; !there {
				first[file] = server.Node
			}
		}
	}
	files := slices.Sorted(maps.Keys(first))
	var out []Finding
	for i, server := range s.APIServers {
		has := map[string]bool{}
		for _, file := range server.ExtraFiles {
			has[file] = true
		}
		if len(has) == len(files) {
			continue
		}
		missing := firstMissing(files, has)
		out = append(out, warning("api-servers-differ", index("apiServers", i),
			"put the files there, and the flags that name them",
			"the API server of %s does not have %s, which that of %s has: they answer differently",
			server.Node, andMore(missing, len(files)-len(has)), first[missing[0]]))
	}
	return out
}
