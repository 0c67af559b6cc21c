package joinplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/haplane/haplane/joinplan/cluster"
)

// preconditions are what must stand on a machine before kubeadm runs there.
func (p picture) preconditions(node cluster.Node) []string {
	tools := "kubeadm, kubelet and kubectl are"
	if node.KubeadmVersion != p.spec.KubeadmVersion || node.KubeletVersion != p.spec.KubernetesVersion {
		tools = fmt.Sprintf("kubeadm %s, kubelet %s and kubectl are", node.KubeadmVersion, node.KubeletVersion)
	}
	out := []string{"The container runtime runs; " + tools + " installed; swap is off; the clocks agree."}
	if dir := node.PatchesDirectory; dir != "" {
		out = append(out, "The directory "+dir+" is there, with the patches for what kubeadm writes.")
	}
	return out
}

// etcdctlIsThere is for an external etcd: other members have etcdctl in their
// pods.
func (p picture) etcdctlIsThere() []string {
	if p.spec.ExternalEtcd == nil {
		return nil
	}
	return []string{"etcdctl is installed on " + p.admin.Name + ", to ask the external etcd."}
}

// missingSANs warns of control planes that join with the cluster's own list of
// further names, in which their further addresses are not.
func (p picture) missingSANs(joining []cluster.Node) []cluster.Finding {
	var out []cluster.Finding
	for _, node := range joining {
		for _, addr := range node.Addresses() {
			if addr != node.APIServerAddress() && !slices.Contains(p.state.KubeadmConfig.Cluster.APIServer.CertSANs, addr.String()) {
				out = append(out, stateWarning("the certificate of %s will not hold %s, because apiServer.certSANs in the ConfigMap kubeadm-config lacks it; add it there before the join, or do not reach its API server by that address", node.Name, addr))
			}
		}
	}
	return out
}

// label is the step that sets, once the node is there, the labels that its
// kubelet may not set itself.
func (p picture) label(node cluster.Node, needs ID) []Step {
	labels := pairs(node.Labels, func(key string) bool { return !cluster.KubeletMaySet(key) })
	if len(labels) == 0 {
		return nil
	}
	return []Step{{
		ID:      KindLabel.Step(node.Name),
		Title:   "Label " + node.Name,
		Group:   "Label nodes",
		Host:    p.admin.Name,
		Why:     "The API server takes these labels only from an administrator, so that no kubelet gives itself a role.",
		Needs:   []ID{needs},
		Actions: []Action{kubectlRun(append([]string{"label", "node", node.Name, "--overwrite"}, labels...)...)},
		Checks:  []Check{p.labelled(node.Name, labels)},
	}}
}

func (p picture) labelled(name string, labels []string) Check {
	return Check{
		Host:     p.admin.Name,
		Commands: one(kubectl("get", "nodes", "--field-selector", "metadata.name="+name, "-l", strings.Join(labels, ","), "-o", "name")...),
		Expect:   "the answer is node/" + name,
		Kind:     CheckEquals,
		Want:     []string{"node/" + name},
	}
}

// pairs gives key=value of the labels that are wanted, sorted.
func pairs(labels map[string]string, wanted func(key string) bool) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if wanted(key) {
			out = append(out, key+"="+labels[key])
		}
	}
	return out
}
