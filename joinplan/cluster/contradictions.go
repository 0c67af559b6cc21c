package cluster

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/kubeadmcfg"
)

// CodePinned is the code of what the cluster's configuration says of one machine,
// and every control plane that joins gets: it fails then.
const CodePinned = kubeadmcfg.CodePinned

// Codes of the findings of [Spec.Contradictions].
const (
	CodeVersionDiffers  = "version-differs"
	CodeEtcdDiffers     = "etcd-differs"
	CodeEndpointDiffers = "endpoint-differs"
	CodeNetworksDiffer  = "networks-differ"
)

// Contradictions returns where the cluster's own configuration is not what the
// description says: its Kubernetes version, its endpoint, its networks, and
// whether etcd runs on its control planes. A plan from such a description is one
// for another cluster. Of a configuration that was not seen nothing is said.
func (s Spec) Contradictions(state State) []Finding {
	if state.KubeadmConfig.Text == "" {
		return nil
	}
	spec := s.WithDefaults()
	out := spec.versionDiffers(state)
	out = append(out, spec.endpointDiffers(state)...)
	out = append(out, spec.etcdDiffers(state)...)
	return append(out, spec.networksDiffer(state)...)
}

func contradiction(code, place, remedy, format string, args ...any) []Finding {
	f := warning(code, place, remedy, format, args...)
	f.Severity = finding.Critical
	return []Finding{f}
}

func (s Spec) versionDiffers(state State) []Finding {
	is := state.KubeadmConfig.Cluster.KubernetesVersion
	described, known := minorOf(s.KubernetesVersion)
	minor, ok := minorOf(is)
	if is == "" || strings.TrimPrefix(is, "v") == strings.TrimPrefix(s.KubernetesVersion, "v") || !known || !ok {
		return nil
	}
	out := contradiction(CodeVersionDiffers, "kubernetesVersion",
		"write kubernetesVersion: "+is+"; to another version a cluster comes by kubeadm upgrade",
		"the description says %s, and the cluster is %s", s.KubernetesVersion, is)
	if described == minor {
		out[0].Severity = finding.Warning
	}
	return out
}

func (s Spec) endpointDiffers(state State) []Finding {
	endpoint, there := state.Endpoint()
	if !there || endpoint == s.ControlPlaneEndpoint {
		return nil
	}
	return contradiction(CodeEndpointDiffers, "controlPlaneEndpoint",
		"mend the description, or convert the cluster",
		"the description says %s, and the cluster's control-plane endpoint is %s", s.ControlPlaneEndpoint, endpoint)
}

func (s Spec) etcdDiffers(state State) []Finding {
	external := state.KubeadmConfig.Cluster.Etcd.External
	switch {
	case s.ExternalEtcd == nil && external != nil:
		return contradiction(CodeEtcdDiffers, "externalEtcd",
			"add externalEtcd with the endpoints and files that the ConfigMap kubeadm-config has",
			"the cluster has an external etcd (%s), and the description has none: it speaks of etcd on the control planes", few(external.Endpoints))
	case s.ExternalEtcd != nil && external == nil:
		return contradiction(CodeEtcdDiffers, "externalEtcd",
			"leave externalEtcd out",
			"etcd runs on the control planes of the cluster, and the description has an external one")
	}
	return nil
}

func (s Spec) networksDiffer(state State) []Finding {
	networking := state.KubeadmConfig.Cluster.Networking
	var out []Finding
	for _, n := range []struct {
		place, is string
		described []netip.Prefix
	}{
		{"podSubnets", networking.PodSubnet, s.PodSubnets},
		{"serviceSubnets", networking.ServiceSubnet, s.ServiceSubnets},
	} {
		is, ok := prefixes(n.is)
		if !ok || len(n.described) == 0 || slices.Equal(is, masked(n.described)) {
			continue
		}
		f := warning(CodeNetworksDiffer, n.place, "write what the cluster has",
			"the description says %s, and the cluster has %s", strings.Join(texts(n.described), ","), n.is)
		out = append(out, f)
	}
	return out
}

// prefixes reads ranges as kubeadm writes them.
func prefixes(text string) ([]netip.Prefix, bool) {
	if text == "" {
		return nil, false
	}
	var out []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return nil, false
		}
		out = append(out, p.Masked())
	}
	return out, true
}

func masked(list []netip.Prefix) []netip.Prefix {
	out := slices.Clone(list)
	for i, p := range out {
		out[i] = p.Masked()
	}
	return out
}
