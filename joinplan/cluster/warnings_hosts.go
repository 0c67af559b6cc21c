package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// nameWarnings tells of names that mean two things.
func (s Spec) nameWarnings() []Finding {
	var out []Finding
	host := s.ControlPlaneEndpoint.Host
	if _, isAddr := s.ControlPlaneEndpoint.Addr(); !isAddr && within(host, s.DNSDomain) {
		out = append(out, warning("endpoint-in-cluster-domain", "controlPlaneEndpoint",
			"choose a name outside the cluster's domain",
			"%s is in the cluster's own DNS domain %s: pods ask CoreDNS for it, which does not know it", host, s.DNSDomain))
	}
	out = append(out, s.endpointNames()...)
	short := map[string]string{}
	s.eachHost(func(field, name string) {
		label, _, _ := strings.Cut(name, ".")
		if slices.Contains(reservedNames, name) {
			out = append(out, warning("reserved-name", field+".name",
				"choose another one",
				"%s is a name that machines and certificates use otherwise (%s)", name, strings.Join(reservedNames, ", ")))
		}
		if first, ok := short[label]; ok && first != name {
			out = append(out, warning("same-short-name", field+".name",
				"give the machines different first labels",
				"%s and %s have the host name %s in common: whoever asks a machine for its short name cannot tell them apart", name, first, label))
			return
		}
		short[label] = name
	})
	return out
}

// reservedNames are those of every machine itself, and those by which pods
// reach the API servers.
var reservedNames = []string{"localhost", "kubernetes"}

// endpointNames finds hosts whose name is the endpoint's and stands for other
// addresses.
func (s Spec) endpointNames() []Finding {
	var out []Finding
	clash := func(field string, names []string) {
		out = append(out, warning("endpoint-name-of-host", "controlPlaneEndpoint",
			"choose another name",
			"the endpoint's name is also that of %s, which has other addresses (%s): the hosts file gives both, and a machine asks any of them", field, strings.Join(names, ", ")))
	}
	for i, lb := range s.LoadBalancers {
		if lb.Name == s.ControlPlaneEndpoint.Host && (len(s.LoadBalancers) > 1 || !s.endpointIs(lb)) {
			clash(index("loadBalancers", i), texts(lb.Addresses()))
		}
	}
	for i, n := range s.Workers {
		if n.Name == s.ControlPlaneEndpoint.Host {
			clash(index("workers", i), texts(n.Addresses()))
		}
	}
	return out
}

func (s Spec) endpointIs(lb LoadBalancer) bool {
	for _, addr := range s.EndpointAddresses {
		if !slices.Contains(lb.Addresses(), addr) {
			return false
		}
	}
	return true
}

func texts[T fmt.Stringer](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String()
	}
	return out
}

func (s Spec) eachHost(f func(field, name string)) {
	for i, lb := range s.LoadBalancers {
		f(index("loadBalancers", i), lb.Name)
	}
	for i, n := range s.ControlPlanes {
		f(index("controlPlanes", i), n.Name)
	}
	for i, n := range s.Workers {
		f(index("workers", i), n.Name)
	}
}

// Services of the type NodePort get their ports from this range.
const firstNodePort, lastNodePort = 30000, 32767

func (s Spec) portWarnings() []Finding {
	warn := func(field string, port uint16, where string) []Finding {
		if port < firstNodePort || port > lastNodePort {
			return nil
		}
		return []Finding{warning("nodeport-range", field,
			"choose another one",
			"port %d is in the range of NodePort services (%d-%d): one of them can take it away on %s", port, firstNodePort, lastNodePort, where)}
	}
	out := warn("apiServerPort", s.APIServerPort, "the control planes")
	for _, lb := range s.LoadBalancers {
		if slices.ContainsFunc(s.Nodes(), func(n Node) bool { return shareMachine(lb, n) }) {
			return append(out, warn("controlPlaneEndpoint", s.ControlPlaneEndpoint.Port, lb.Name)...)
		}
	}
	return out
}

// fileWarnings tells of files that components read and that are not there, or
// not for them.
func (s Spec) fileWarnings() []Finding {
	var out []Finding
	for _, c := range []struct {
		field string
		Component
	}{{"apiServer", s.APIServer}, {"controllerManager", s.ControllerManager}, {"scheduler", s.Scheduler}} {
		for i, v := range c.ExtraVolumes {
			if mustExist(v) && !s.brought(v.HostPath) && len(s.ControlPlanes) > 1 {
				out = append(out, warning("file-not-brought", index(c.field+".extraVolumes", i),
					"name it in controlPlaneFiles, or put it there yourself",
					"%s must be on every control plane before it joins, and no step brings it", v.HostPath))
			}
		}
		for i, a := range c.ExtraArgs {
			if file, ok := fileOf(a.Value); ok && !c.sees(file) {
				out = append(out, warning("file-not-mounted", index(c.field+".extraArgs", i),
					"add it to extraVolumes",
					"%s names %s, and no extraVolumes mount it: the component runs in a pod and does not see it", a.Name, file))
			}
		}
	}
	return out
}

func mustExist(v Volume) bool {
	return !strings.HasSuffix(string(v.PathType), "OrCreate") && (v.PathType != "" || v.ReadOnly)
}

// brought tells whether the file, or something in the directory, is copied to
// control planes that join, or is there anyway.
func (s Spec) brought(file string) bool {
	if underMounts(file) {
		return true
	}
	return slices.ContainsFunc(s.ControlPlaneFiles, func(f string) bool { return under(f, file) || under(file, f) })
}

// underMounts tells of what kubeadm mounts into the components anyway.
func underMounts(file string) bool {
	return slices.ContainsFunc(kubeadmMounts, func(dir string) bool { return under(file, dir) })
}

func under(file, dir string) bool { return file == dir || strings.HasPrefix(file, dir+"/") }

// fileOf gives the path that a flag's value is.
func fileOf(value string) (string, bool) {
	return value, strings.HasPrefix(value, "/etc/") && plainPath.holds(value)
}

// sees tells whether the component mounts the file.
func (c Component) sees(file string) bool {
	return underMounts(file) || strings.HasPrefix(file, "/etc/kubernetes/") && strings.HasSuffix(file, ".conf") ||
		slices.ContainsFunc(c.ExtraVolumes, func(v Volume) bool { return under(file, v.MountPath) })
}

// nodeWarnings tells of settings that do nothing, where they are given: the
// receiver is without defaults.
func (s Spec) nodeWarnings() []Finding {
	var out []Finding
	used := map[string]bool{}
	warn := func(field string, labels map[string]string) {
		for _, key := range slices.Sorted(maps.Keys(labels)) {
			if slices.Contains(ownLabels, key) {
				out = append(out, warning("kubelet-label", field+".labels["+key+"]",
					"leave it out",
					"the kubelet sets this label itself, to what it finds on the machine"))
			}
		}
	}
	for i, n := range s.ControlPlanes {
		used[n.Group] = true
		warn(index("controlPlanes", i), n.Labels)
	}
	for i, n := range s.Workers {
		used[n.Group] = true
		warn(index("workers", i), n.Labels)
	}
	for i, g := range s.NodeGroups {
		warn(index("nodeGroups", i), g.Labels)
		if !used[g.Name] {
			out = append(out, warning("unused-group", index("nodeGroups", i),
				"name it as the group of a node, or leave it out",
				"no node names the group %s, so that its settings hold for none", g.Name))
		}
	}
	return out
}
