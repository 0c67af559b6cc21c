package cluster_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haplane/haplane/joinplan/cluster"
	corev1 "k8s.io/api/core/v1"
)

// site is a description in which every field says something.
func site() cluster.Spec {
	spec := lab()
	spec.Name, spec.DNSDomain, spec.CRISocket = "north", "north.example", "unix:///run/crio/crio.sock"
	spec.KubeadmVersion, spec.KubeadmAPIVersion = "v1.37.3", "v1beta4"
	spec.PodSubnets = append(spec.PodSubnets, netip.MustParsePrefix("fd00:10:244::/56"))
	spec.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix("10.96.0.0/16"), netip.MustParsePrefix("fd00:10:96::/112")}
	spec.CertSANs = []string{"*.north.example", "203.0.113.7"}
	spec.APIServerPort = 8443
	spec.SkipPhases, spec.IgnorePreflightErrors = []string{"addon/kube-proxy"}, []string{"Swap"}
	spec.PatchesDirectory = "/etc/kubernetes/patches"
	spec.APIServer = cluster.Component{
		ExtraArgs:    []cluster.Arg{{Name: "encryption-provider-config", Value: "/etc/kubernetes/enc/enc.yaml"}},
		ExtraVolumes: []cluster.Volume{{Name: "enc", HostPath: "/etc/kubernetes/enc", MountPath: "/etc/kubernetes/enc", ReadOnly: true, PathType: corev1.HostPathDirectory}},
	}
	spec.ControllerManager.ExtraArgs = []cluster.Arg{{Name: "bind-address", Value: "0.0.0.0"}}
	spec.Scheduler.ExtraArgs = []cluster.Arg{{Name: "v", Value: "2"}}
	spec.ControlPlaneFiles = []string{"/etc/kubernetes/enc/enc.yaml"}
	spec.ExternalEtcd = &cluster.ExternalEtcd{
		Endpoints: []string{"https://10.9.0.1:2379", "https://10.9.0.2:2379", "https://10.9.0.3:2379"},
		CAFile:    "/etc/etcd/ca.crt", CertFile: "/etc/etcd/client.crt", KeyFile: "/etc/etcd/client.key",
	}
	spec.KubeletConfiguration = "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n"
	spec.LoadBalancers[0].SecondaryAddress = netip.MustParsePrefix("fd00::79/64")
	spec.LoadBalancers[0].ManagementAddress = netip.MustParseAddr("10.1.0.79")
	spec.NodeGroups = []cluster.NodeGroup{{Name: "old", NodeSettings: cluster.NodeSettings{
		Labels: map[string]string{"pool": "old", "node-role.kubernetes.io/worker": ""}, KubeletVersion: "v1.35.4", KubeadmVersion: "v1.36.3",
		Taints: []corev1.Taint{{Key: "old", Effect: corev1.TaintEffectNoSchedule}}, KubeletArgs: []cluster.Arg{{Name: "v", Value: "2"}, {Name: "max-pods", Value: "50"}},
		CRISocket: "unix:///run/old.sock", PatchesDirectory: "/etc/old", IgnorePreflightErrors: []string{"NumCPU"},
	}}}
	for i := range spec.ControlPlanes {
		n := &spec.ControlPlanes[i]
		n.SecondaryAddress = netip.PrefixFrom(netip.MustParsePrefix([]string{"fd00::81/64", "fd00::82/64", "fd00::83/64"}[i]).Addr(), 64)
		n.AdvertiseAddress = netip.MustParseAddr([]string{"10.2.0.81", "10.2.0.82", "10.2.0.83"}[i])
	}
	spec.Workers[0] = cluster.Node{
		Name: "wk-1", Address: netip.MustParsePrefix("192.168.51.84/24"), SecondaryAddress: netip.MustParsePrefix("fd00::84/64"),
		ManagementAddress: netip.MustParseAddr("10.1.0.84"), Group: "old",
		NodeSettings: cluster.NodeSettings{
			Labels: map[string]string{"pool": "mine", "zone": "a"}, KubeletArgs: []cluster.Arg{{Name: "v", Value: "4"}}, IgnorePreflightErrors: []string{"Mem"},
		},
	}
	return spec
}

func TestEveryFieldIsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]cluster.Spec{"given": site(), "with defaults": site().WithDefaults()} {
		back, err := cluster.Parse(spec.Bytes())
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, spec.Bytes())
		}
		if diff := cmp.Diff(spec, back, compareNetip); diff != "" {
			t.Errorf("%s (-written +read):\n%s", name, diff)
		}
	}
}

func TestANodeHasWhatItSaysThenWhatItsGroupAndThenWhatTheClusterSays(t *testing.T) {
	t.Parallel()
	spec := site().WithDefaults()
	want := cluster.NodeSettings{
		CRISocket:      "unix:///run/old.sock",
		Labels:         map[string]string{"pool": "mine", "zone": "a", "node-role.kubernetes.io/worker": ""},
		Taints:         []corev1.Taint{{Key: "old", Effect: corev1.TaintEffectNoSchedule}},
		KubeletArgs:    []cluster.Arg{{Name: "max-pods", Value: "50"}, {Name: "v", Value: "4"}},
		KubeadmVersion: "v1.36.3", KubeletVersion: "v1.35.4", PatchesDirectory: "/etc/old",
		IgnorePreflightErrors: []string{"Mem", "NumCPU", "Swap"},
	}
	if diff := cmp.Diff(want, spec.Workers[0].NodeSettings); diff != "" {
		t.Errorf("worker of a group (-want +got):\n%s", diff)
	}
	want = cluster.NodeSettings{
		CRISocket: "unix:///run/crio/crio.sock", KubeadmVersion: "v1.37.3", KubeletVersion: "v1.37.2",
		PatchesDirectory: "/etc/kubernetes/patches", IgnorePreflightErrors: []string{"Swap"},
	}
	if diff := cmp.Diff(want, spec.ControlPlanes[0].NodeSettings); diff != "" {
		t.Errorf("control plane without a group (-want +got):\n%s", diff)
	}
}

func TestAnEmptyListOfTaintsIsTheNodesOwnAnswer(t *testing.T) {
	t.Parallel()
	spec := site()
	spec.Workers[0].Taints = []corev1.Taint{}
	if got := spec.WithDefaults().Workers[0].Taints; got == nil || len(got) != 0 {
		t.Errorf("taints: %v", got)
	}
}

func TestAllIgnoredChecksStandAlone(t *testing.T) {
	t.Parallel()
	spec := site()
	spec.Workers[0].IgnorePreflightErrors = []string{"All"}
	if diff := cmp.Diff([]string{"all"}, spec.WithDefaults().Workers[0].IgnorePreflightErrors); diff != "" {
		t.Error(diff)
	}
}

func TestDefaultsChangeNothingOfTheGivenDescriptionAndHoldTwice(t *testing.T) {
	t.Parallel()
	spec := site()
	once := spec.WithDefaults()
	if diff := cmp.Diff(once, once.WithDefaults(), compareNetip); diff != "" {
		t.Errorf("defaults of defaults differ:\n%s", diff)
	}
	once.Workers[0].Labels["pool"] = "changed"
	once.NodeGroups[0].Labels["pool"] = "changed"
	once.NodeGroups[0].KubeletArgs[0].Value = "changed"
	once.APIServer.ExtraVolumes[0].Name = "changed"
	once.ControlPlaneFiles[0] = "changed"
	once.IgnorePreflightErrors[0] = "changed"
	if diff := cmp.Diff(site(), spec, compareNetip); diff != "" {
		t.Errorf("a change of the copy changed the original:\n%s", diff)
	}
}

func TestNodesOfOneGroupShareNothingInMemory(t *testing.T) {
	t.Parallel()
	spec := site()
	spec.Workers = append(spec.Workers, cluster.Node{Name: "wk-2", Address: netip.MustParsePrefix("192.168.51.85/24"), Group: "old"})
	spec = spec.WithDefaults()
	spec.Workers[1].Labels["pool"] = "changed"
	spec.Workers[1].Taints[0].Key = "changed"
	if spec.NodeGroups[0].Labels["pool"] != "old" || spec.Workers[0].Taints[0].Key != "old" {
		t.Error("a change of one node changed another, or the group")
	}
}

func TestAMountIsWhereTheFileIsUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	spec := site()
	spec.APIServer.ExtraVolumes[0].MountPath = ""
	if got := spec.WithDefaults().APIServer.ExtraVolumes[0].MountPath; got != "/etc/kubernetes/enc" {
		t.Errorf("mountPath: %q", got)
	}
}

func TestKnowsWhichLabelsAKubeletMaySet(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]bool{
		"zone":                             true,
		"example.com/zone":                 true,
		"notkubernetes.io/x":               true,
		"topology.kubernetes.io/zone":      true,
		"kubernetes.io/hostname":           true,
		"node.kubernetes.io/instance-type": true,
		"foo.node.kubernetes.io/x":         true,
		"kubelet.kubernetes.io/x":          true,
		"node-role.kubernetes.io/worker":   false,
		"node-restriction.kubernetes.io/x": false,
		"kubernetes.io/role":               false,
		"k8s.io/x":                         false,
		"foo.k8s.io/x":                     false,
	} {
		if got := cluster.KubeletMaySet(label); got != want {
			t.Errorf("%s: %v", label, got)
		}
	}
}
