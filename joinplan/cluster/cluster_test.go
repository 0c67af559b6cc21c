package cluster_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/haplane/haplane/joinplan/cluster"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var compareNetip = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

func node(name, address string) cluster.Node {
	return cluster.Node{Name: name, Address: netip.MustParsePrefix(address)}
}

// lab is a description without a fault; tests change one thing of it.
func lab() cluster.Spec {
	return cluster.Spec{
		KubernetesVersion:    "v1.37.2",
		ControlPlaneEndpoint: cluster.Endpoint{Host: "k8s-vip", Port: 6443},
		PodSubnets:           []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")},
		LoadBalancers: []cluster.LoadBalancer{
			{Name: "lb-1", Address: netip.MustParsePrefix("192.168.51.79/24")},
			{Name: "lb-2", Address: netip.MustParsePrefix("192.168.51.80/24")},
		},
		EndpointAddresses: []netip.Addr{netip.MustParseAddr("192.168.51.78")},
		ControlPlanes: []cluster.Node{
			node("cp-1", "192.168.51.81/24"), node("cp-2", "192.168.51.82/24"), node("cp-3", "192.168.51.83/24"),
		},
		Workers: []cluster.Node{node("wk-1", "192.168.51.84/24")},
	}
}

func TestAFaultlessDescriptionHasNeitherErrorsNorWarnings(t *testing.T) {
	t.Parallel()
	if err := lab().Validate(); err != nil {
		t.Errorf("Validate: %v", err)
	}
	if w := lab().Warnings(); len(w) != 0 {
		t.Errorf("Warnings: %v", w)
	}
}

func TestValidateNamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*cluster.Spec)
		field  string
	}{
		"no version":                    {func(s *cluster.Spec) { s.KubernetesVersion = "" }, "kubernetesVersion"},
		"a version label":               {func(s *cluster.Spec) { s.KubernetesVersion = "stable-1" }, "kubernetesVersion"},
		"a kubeadm that is none":        {func(s *cluster.Spec) { s.KubeadmVersion = "latest" }, "kubeadmVersion"},
		"no endpoint":                   {func(s *cluster.Spec) { s.ControlPlaneEndpoint = cluster.Endpoint{} }, "controlPlaneEndpoint"},
		"no endpoint port":              {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Port = 0 }, "controlPlaneEndpoint"},
		"an endpoint in capitals":       {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Host = "K8S-VIP" }, "controlPlaneEndpoint"},
		"an endpoint almost an address": {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Host = "192.168.51.300" }, "controlPlaneEndpoint"},
		"addresses of an address":       {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Host = "10.0.0.1" }, "endpointAddresses"},
		"two addresses of one family": {func(s *cluster.Spec) {
			s.EndpointAddresses = append(s.EndpointAddresses, netip.MustParseAddr("10.0.0.9"))
		}, "endpointAddresses[1]"},
		"a loopback address": {func(s *cluster.Spec) { s.ControlPlanes[1].Address = netip.MustParsePrefix("127.0.1.1/8") }, "controlPlanes[1].address"},
		"the only load balancer without an address": {func(s *cluster.Spec) {
			s.LoadBalancers, s.EndpointAddresses = []cluster.LoadBalancer{{Name: "lb-1"}}, nil
		}, "loadBalancers[0].address"},
		"no address":                      {func(s *cluster.Spec) { s.Workers[0].Address = netip.Prefix{} }, "workers[0].address"},
		"an address given twice":          {func(s *cluster.Spec) { s.Workers[0].Address = s.ControlPlanes[2].Address }, "workers[0].address"},
		"a name given twice":              {func(s *cluster.Spec) { s.Workers[0].Name = "cp-1" }, "workers[0].name"},
		"a load balancer named as a node": {func(s *cluster.Spec) { s.LoadBalancers[0].Name = "lb-2" }, "loadBalancers[1].name"},
		"a name with a space":             {func(s *cluster.Spec) { s.Workers[0].Name = "a b" }, "workers[0].name"},
		"a name with a command":           {func(s *cluster.Spec) { s.Workers[0].Name = "x;reboot" }, "workers[0].name"},
		"a name with a substitution":      {func(s *cluster.Spec) { s.Workers[0].Name = "$(id)" }, "workers[0].name"},
		"a name with a newline":           {func(s *cluster.Spec) { s.Workers[0].Name = "a\nb" }, "workers[0].name"},
		"no control planes":               {func(s *cluster.Spec) { s.ControlPlanes = nil }, "controlPlanes"},
		"HAProxy on an API server's port": {func(s *cluster.Spec) { s.LoadBalancers[0].Address = s.ControlPlanes[0].Address }, "loadBalancers[0].address"},
		"a socket without unix://":        {func(s *cluster.Spec) { s.CRISocket = "/run/crio/crio.sock" }, "criSocket"},
		"a node's socket with a space":    {func(s *cluster.Spec) { s.Workers[0].CRISocket = "unix:///run/a b" }, "workers[0].criSocket"},
		"three pod subnets": {func(s *cluster.Spec) {
			s.PodSubnets = append(s.PodSubnets, netip.MustParsePrefix("fd01::/48"), netip.MustParsePrefix("fd02::/48"))
		}, "podSubnets"},
		"two subnets of one family": {func(s *cluster.Spec) {
			s.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix("10.96.0.0/16"), netip.MustParsePrefix("10.97.0.0/16")}
		}, "serviceSubnets[1]"},
		"a SAN that is no name":       {func(s *cluster.Spec) { s.CertSANs = []string{"*.ok.example", "_no"} }, "certSANs[1]"},
		"a taint without effect":      {func(s *cluster.Spec) { s.Workers[0].Taints = []corev1.Taint{{Key: "gpu"}} }, "workers[0].taints[0].effect"},
		"a kubelet flag with dashes":  {func(s *cluster.Spec) { s.Workers[0].KubeletArgs = []cluster.Arg{{Name: "--v", Value: "2"}} }, "workers[0].kubeletArgs[0].name"},
		"a kubelet flag of two lines": {func(s *cluster.Spec) { s.Workers[0].KubeletArgs = []cluster.Arg{{Name: "v", Value: "2\n3"}} }, "workers[0].kubeletArgs[0].value"},
		"etcd without endpoints":      {func(s *cluster.Spec) { s.ExternalEtcd = &cluster.ExternalEtcd{} }, "externalEtcd.endpoints"},
		"etcd in clear with a CA": {func(s *cluster.Spec) {
			s.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"http://10.0.0.5:2379"}, CAFile: "/ca.crt"}
		}, "externalEtcd.endpoints[0]"},
		"etcd's certificate without key": {func(s *cluster.Spec) {
			s.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"https://10.0.0.5:2379"}, CAFile: "/ca.crt", CertFile: "/c.crt"}
		}, "externalEtcd.keyFile"},
		"a relative path": {func(s *cluster.Spec) {
			s.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"https://10.0.0.5:2379"}, CAFile: "ca.crt"}
		}, "externalEtcd.caFile"},
		"a phase with a space":            {func(s *cluster.Spec) { s.SkipPhases = []string{"addon /kube-proxy"} }, "skipPhases[0]"},
		"a name with a slash":             {func(s *cluster.Spec) { s.Name = "a/b" }, "name"},
		"an API version that is none":     {func(s *cluster.Spec) { s.KubeadmAPIVersion = "v1beta5" }, "kubeadmAPIVersion"},
		"a kubeadm two minors ahead":      {func(s *cluster.Spec) { s.KubernetesVersion, s.KubeadmVersion = "v1.35.0", "v1.37.2" }, "kubeadmVersion"},
		"a kubeadm older than its API":    {func(s *cluster.Spec) { s.KubernetesVersion = "v1.20.0" }, "kubeadmVersion"},
		"an endpoint that is everywhere":  {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Host, s.EndpointAddresses = "0.0.0.0", nil }, "controlPlaneEndpoint"},
		"an endpoint with a zone":         {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Host, s.EndpointAddresses = "fe80::1%eth0", nil }, "controlPlaneEndpoint"},
		"an API server on kubelet's port": {func(s *cluster.Spec) { s.APIServerPort = 10250 }, "apiServerPort"},
		"an API server on etcd's port":    {func(s *cluster.Spec) { s.APIServerPort = 2379 }, "apiServerPort"},
		"HAProxy on etcd's port": {func(s *cluster.Spec) {
			s.LoadBalancers[0].Address, s.ControlPlaneEndpoint.Port = s.ControlPlanes[0].Address, 2379
		}, "loadBalancers[0].address"},
		"HAProxy on a worker's kubelet": {func(s *cluster.Spec) {
			s.LoadBalancers[0].Address, s.ControlPlaneEndpoint.Port = s.Workers[0].Address, 10250
		}, "loadBalancers[0].address"},
		"HAProxy on an advertised address": {func(s *cluster.Spec) {
			s.ControlPlanes[1].AdvertiseAddress = s.LoadBalancers[0].Address.Addr()
		}, "loadBalancers[0].address"},
		"a load balancer's address twice": {func(s *cluster.Spec) { s.LoadBalancers[1].Address = s.LoadBalancers[0].Address }, "loadBalancers[1].address"},
		"a secondary address of the same family": {func(s *cluster.Spec) {
			s.Workers[0].SecondaryAddress = netip.MustParsePrefix("10.0.0.4/24")
		}, "workers[0].secondaryAddress"},
		"a secondary address given twice": {func(s *cluster.Spec) {
			s.Workers[0].SecondaryAddress = netip.MustParsePrefix("fd00::4/64")
			s.ControlPlanes[0].SecondaryAddress = netip.MustParsePrefix("fd00::4/64")
		}, "workers[0].secondaryAddress"},
		"an advertised address of another": {func(s *cluster.Spec) {
			s.ControlPlanes[1].AdvertiseAddress = s.ControlPlanes[0].Address.Addr()
		}, "controlPlanes[1].advertiseAddress"},
		"a link-local advertised address": {func(s *cluster.Spec) {
			s.ControlPlanes[1].AdvertiseAddress = netip.MustParseAddr("169.254.0.1")
		}, "controlPlanes[1].advertiseAddress"},
		"a worker that advertises": {func(s *cluster.Spec) {
			s.Workers[0].AdvertiseAddress = netip.MustParseAddr("10.0.0.1")
		}, "workers[0].advertiseAddress"},
		"a management address given twice": {func(s *cluster.Spec) {
			s.Workers[0].ManagementAddress = s.ControlPlanes[0].Address.Addr()
		}, "workers[0].managementAddress"},
		"services of another family than the API servers": {func(s *cluster.Spec) {
			s.ControlPlanes[2].AdvertiseAddress = netip.MustParseAddr("fd00::3")
		}, "serviceSubnets[0]"},
		"a service subnet that is too large": {func(s *cluster.Spec) { s.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }, "serviceSubnets[0]"},
		"a service subnet that is too small": {func(s *cluster.Spec) { s.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix("10.96.0.0/29")} }, "serviceSubnets[0]"},
		"a pod subnet smaller than a node's": {func(s *cluster.Spec) { s.PodSubnets[0] = netip.MustParsePrefix("10.244.0.0/25") }, "podSubnets[0]"},
		"a pod subnet that is too large":     {func(s *cluster.Spec) { s.PodSubnets[0] = netip.MustParsePrefix("10.0.0.0/7") }, "podSubnets[0]"},
		"a group that is not there":          {func(s *cluster.Spec) { s.Workers[0].Group = "gpu" }, "workers[0].group"},
		"a group without a name":             {func(s *cluster.Spec) { s.NodeGroups = []cluster.NodeGroup{{}} }, "nodeGroups[0].name"},
		"a group twice":                      {func(s *cluster.Spec) { s.NodeGroups = []cluster.NodeGroup{{Name: "a"}, {Name: "a"}} }, "nodeGroups[1].name"},
		"a label key that is none":           {func(s *cluster.Spec) { s.Workers[0].Labels = map[string]string{"a b": "c"} }, "workers[0].labels[a b]"},
		"a label value that is none":         {func(s *cluster.Spec) { s.Workers[0].Labels = map[string]string{"a": "b c"} }, "workers[0].labels[a]"},
		"a role from the kubelet": {func(s *cluster.Spec) {
			s.Workers[0].KubeletArgs = []cluster.Arg{{Name: "node-labels", Value: "node-role.kubernetes.io/x="}}
		}, "workers[0].kubeletArgs[0].value"},
		"labels that are none to the kubelet": {func(s *cluster.Spec) { s.Workers[0].KubeletArgs = []cluster.Arg{{Name: "node-labels", Value: "a"}} }, "workers[0].kubeletArgs[0].value"},
		"a label given twice": {func(s *cluster.Spec) {
			s.Workers[0].Labels = map[string]string{"a": "b"}
			s.Workers[0].KubeletArgs = []cluster.Arg{{Name: "node-labels", Value: "c=d,a=e"}}
		}, "workers[0].labels[a]"},
		"a label that the group's kubelets have": {func(s *cluster.Spec) {
			s.NodeGroups = []cluster.NodeGroup{{Name: "g", NodeSettings: cluster.NodeSettings{KubeletArgs: []cluster.Arg{{Name: "node-labels", Value: "a=b"}}}}}
			s.Workers[0].Group, s.Workers[0].Labels = "g", map[string]string{"a": "b"}
		}, "workers[0].labels[a]"},
		"a label given twice by a group": {func(s *cluster.Spec) {
			s.NodeGroups = []cluster.NodeGroup{{Name: "g", NodeSettings: cluster.NodeSettings{
				Labels: map[string]string{"a": "b"}, KubeletArgs: []cluster.Arg{{Name: "node-labels", Value: "a=b"}},
			}}}
			s.Workers[0].Group, s.ControlPlanes[0].Group = "g", "g"
		}, "nodeGroups[0].labels[a]"},
		"a taint with a time": {func(s *cluster.Spec) {
			s.Workers[0].Taints = []corev1.Taint{{Key: "a", Effect: corev1.TaintEffectNoSchedule, TimeAdded: &metav1.Time{}}}
		}, "workers[0].taints[0].timeAdded"},
		"a kubelet flag with a quote": {func(s *cluster.Spec) { s.Workers[0].KubeletArgs = []cluster.Arg{{Name: "v", Value: `"2"`}} }, "workers[0].kubeletArgs[0].value"},
		"another name by a kubelet flag": {func(s *cluster.Spec) {
			s.Workers[0].KubeletArgs = []cluster.Arg{{Name: "hostname-override", Value: "other"}}
		}, "workers[0].kubeletArgs[0].name"},
		"a relative patches directory":    {func(s *cluster.Spec) { s.PatchesDirectory = "patches" }, "patchesDirectory"},
		"a node's patches up the tree":    {func(s *cluster.Spec) { s.Workers[0].PatchesDirectory = "/etc/../tmp" }, "workers[0].patchesDirectory"},
		"all checks and another":          {func(s *cluster.Spec) { s.IgnorePreflightErrors = []string{"Swap", "ALL"} }, "ignorePreflightErrors"},
		"a node's checks with a space":    {func(s *cluster.Spec) { s.Workers[0].IgnorePreflightErrors = []string{"Num CPU"} }, "workers[0].ignorePreflightErrors[0]"},
		"a file that is none":             {func(s *cluster.Spec) { s.ControlPlaneFiles = []string{"enc.yaml"} }, "controlPlaneFiles[0]"},
		"a file twice":                    {func(s *cluster.Spec) { s.ControlPlaneFiles = []string{"/a", "/a"} }, "controlPlaneFiles[1]"},
		"the API server's port by a flag": {func(s *cluster.Spec) { s.APIServer.ExtraArgs = []cluster.Arg{{Name: "secure-port", Value: "1"}} }, "apiServer.extraArgs[0].name"},
		"a volume without a path":         {func(s *cluster.Spec) { s.Scheduler.ExtraVolumes = []cluster.Volume{{Name: "a"}} }, "scheduler.extraVolumes[0].hostPath"},
		"a volume of a kind that is none": {func(s *cluster.Spec) {
			s.Scheduler.ExtraVolumes = []cluster.Volume{{Name: "a", HostPath: "/a", PathType: "Pipe"}}
		}, "scheduler.extraVolumes[0].pathType"},
		"a volume's name in capitals": {func(s *cluster.Spec) { s.Scheduler.ExtraVolumes = []cluster.Volume{{Name: "A", HostPath: "/a"}} }, "scheduler.extraVolumes[0].name"},
		"a volume's name twice": {func(s *cluster.Spec) {
			s.Scheduler.ExtraVolumes = []cluster.Volume{{Name: "a", HostPath: "/a"}, {Name: "a", HostPath: "/b"}}
		}, "scheduler.extraVolumes[1].name"},
		"an etcd endpoint twice": {func(s *cluster.Spec) {
			s.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"https://10.0.0.5:2379", "https://10.0.0.5:2379"}}
		}, "externalEtcd.endpoints[1]"},
		"an etcd endpoint with a path": {func(s *cluster.Spec) {
			s.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"https://10.0.0.5:2379/v3"}}
		}, "externalEtcd.endpoints[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := lab()
			tc.change(&spec)
			err := spec.Validate()
			var fieldErr *field.Error
			if !errors.As(err, &fieldErr) || fieldErr.Field != tc.field {
				t.Errorf("got error %v; want one about %s", err, tc.field)
			}
			if err != nil && strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("one fault, several errors:\n%v", err)
			}
		})
	}
}

func TestWarnsOfWhatNobodyChecks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*cluster.Spec)
		field  string
	}{
		"pods over the node network":          {func(s *cluster.Spec) { s.PodSubnets[0] = netip.MustParsePrefix("192.168.0.0/16") }, "podSubnets[0]"},
		"services over the node network":      {func(s *cluster.Spec) { s.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix("192.168.48.0/20")} }, "serviceSubnets[0]"},
		"services in the pod subnet":          {func(s *cluster.Spec) { s.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix("10.244.128.0/20")} }, "serviceSubnets[0]"},
		"one /25 among /24":                   {func(s *cluster.Spec) { s.Workers[0].Address = netip.MustParsePrefix("192.168.51.84/25") }, "workers[0].address"},
		"one control plane":                   {func(s *cluster.Spec) { s.ControlPlanes = s.ControlPlanes[:1] }, "controlPlanes"},
		"two control planes":                  {func(s *cluster.Spec) { s.ControlPlanes = s.ControlPlanes[:2] }, "controlPlanes"},
		"four control planes":                 {func(s *cluster.Spec) { s.ControlPlanes, s.Workers = append(s.ControlPlanes, s.Workers...), nil }, "controlPlanes"},
		"one load balancer":                   {func(s *cluster.Spec) { s.LoadBalancers = s.LoadBalancers[:1] }, "loadBalancers"},
		"an endpoint that nobody resolves":    {func(s *cluster.Spec) { s.EndpointAddresses = nil }, "endpointAddresses"},
		"a control plane for an endpoint":     {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Host, s.LoadBalancers = "cp-1", nil }, "controlPlaneEndpoint"},
		"a kubeadm behind its control planes": {func(s *cluster.Spec) { s.KubeadmVersion = "v1.36.3" }, "kubeadmVersion"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := lab()
			tc.change(&spec)
			warnings := spec.Warnings()
			if len(warnings) != 1 || warnings[0].Place != tc.field {
				t.Errorf("got warnings %v; want one about %s", warnings, tc.field)
			}
			if err := spec.Validate(); err != nil {
				t.Errorf("a warning became an error: %v", err)
			}
		})
	}
}

func TestAnAddressAloneSaysNothingOfItsNetwork(t *testing.T) {
	t.Parallel()
	spec := lab()
	spec.Workers[0].Address = netip.MustParsePrefix("192.168.51.84/32")
	if w := spec.Warnings(); len(w) != 0 {
		t.Errorf("warnings: %v", w)
	}
}

func TestWithDefaultsFillsACopyAndOnlyOnce(t *testing.T) {
	t.Parallel()
	spec := lab()
	spec.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"https://10.0.0.5:2379"}}
	spec.Workers[0].Taints = []corev1.Taint{}
	once := spec.WithDefaults()
	if diff := cmp.Diff(once, once.WithDefaults(), compareNetip); diff != "" {
		t.Errorf("defaults of defaults differ:\n%s", diff)
	}
	if once.Workers[0].Taints == nil {
		t.Error("an empty list of taints became none, which means kubeadm's default")
	}
	once.ControlPlanes[0].Name = "changed"
	once.ExternalEtcd.Endpoints[0] = "changed"
	once.PodSubnets[0] = netip.Prefix{}
	want := lab()
	want.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"https://10.0.0.5:2379"}}
	want.Workers[0].Taints = []corev1.Taint{}
	if diff := cmp.Diff(want, spec, compareNetip); diff != "" {
		t.Errorf("a change of the copy changed the original:\n%s", diff)
	}
}

func TestTheOnlyLoadBalancerIsWhatTheEndpointStandsFor(t *testing.T) {
	t.Parallel()
	spec := lab()
	spec.EndpointAddresses, spec.LoadBalancers = nil, spec.LoadBalancers[:1]
	want := []netip.Addr{netip.MustParseAddr("192.168.51.79")}
	if diff := cmp.Diff(want, spec.WithDefaults().EndpointAddresses, compareNetip); diff != "" {
		t.Error(diff)
	}
}

func TestBytesReadBackAsAnEqualDescription(t *testing.T) {
	t.Parallel()
	spec := lab()
	spec.Workers[0].Taints = []corev1.Taint{}
	spec.ControlPlanes[0].Taints = []corev1.Taint{{Key: "gpu", Value: "a", Effect: corev1.TaintEffectNoSchedule}}
	spec.ControlPlanes[0].KubeletArgs = []cluster.Arg{{Name: "node-labels", Value: "a=b,c=d"}}
	spec.ControlPlaneEndpoint = cluster.Endpoint{Host: "fd00::1", Port: 8443}
	spec.EndpointAddresses = nil
	spec.KubeletConfiguration = "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n"
	for _, s := range []cluster.Spec{lab(), spec, spec.WithDefaults()} {
		back, err := cluster.Parse(s.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Bytes())
		}
		if diff := cmp.Diff(s, back, compareNetip); diff != "" {
			t.Errorf("-written +read:\n%s", diff)
		}
	}
}

func TestParseReportsEverythingThatIsWrongInOneRun(t *testing.T) {
	t.Parallel()
	const text = `apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesversion: v1.37.2
controlPlaneEndpoint: fd00::1:6443
controlPlanes:
- name: a b
  address: 10.0.0.300
- name: cp-2
  address: [10.0.0.2]
- name: cp-2
  address: 10.0.0.3
apiServerPort: 70000
colour: blue
name: 5
workers: none
`
	const want = `cluster:3:1: kubernetesversion: unknown field; did you mean kubernetesVersion?
cluster:4:23: controlPlaneEndpoint: Invalid value: "fd00::1:6443": must be a name or an address and a port, such as k8s-vip:6443 or [fd00::1]:6443
cluster:6:9: controlPlanes[0].name: Invalid value: "a b": must be a DNS name of lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit (RFC 1123)
cluster:7:12: controlPlanes[0].address: Invalid value: "10.0.0.300": must be an address, with its prefix length where it is known, such as 192.168.51.81/24
cluster:9:12: controlPlanes[1].address: must be a single value, not a list
cluster:10:9: controlPlanes[2].name: Invalid value: "cp-2": this name is given twice: controlPlanes[1].name has it too
cluster:12:16: apiServerPort: must be a port, 1 to 65535, not the number 70000
cluster:13:1: colour: unknown field
cluster:14:7: name: must be a string, not the number 5; put it in quotes
cluster:15:10: workers: must be a list, not "none"`
	_, err := cluster.Parse([]byte(text))
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var parseErr *cluster.ParseError
	if !errors.As(err, &parseErr) || parseErr.Line != 3 {
		t.Errorf("errors.As finds %v", parseErr)
	}
}

func TestParseRefusesTextThatIsNoDescription(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":         "",
		"only a comment":  "# cluster\n",
		"two documents":   "kind: Cluster\n---\nkind: Cluster\n",
		"a list":          "- a\n- b\n",
		"broken YAML":     "a: [b\n",
		"a tab":           "a:\n\tb: c\n",
		"another kind":    "apiVersion: v1\nkind: Pod\n",
		"aliases":         "name: &a x\ndnsDomain: *a\n",
		"binary":          "\x00\x01\x02",
		"a merge key":     "<<: {name: x}\n",
		"a doubled field": "name: a\nname: b\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := cluster.Parse([]byte(text))
			var parseErr *cluster.ParseError
			if !errors.As(err, &parseErr) || parseErr.Line == 0 {
				t.Errorf("got %v; want a ParseError with a line", err)
			}
		})
	}
}

func TestEndpointsArePrintedAsKubeadmTakesThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]cluster.Endpoint{
		"k8s-vip:6443":       {Host: "k8s-vip", Port: 6443},
		"192.168.51.80:8443": {Host: "192.168.51.80", Port: 8443},
		"[fd00::1]:6443":     {Host: "fd00::1", Port: 6443},
	} {
		got, err := cluster.ParseEndpoint(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: got %+v (%s), %v", text, got, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(lab().Bytes())
	f.Add([]byte("apiVersion: haplane.github.io/v1alpha1\nkind: Cluster\nworkers: [{name: a, taints: [{key: b}]}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		spec, err := cluster.Parse(data)
		if err != nil {
			return
		}
		back, err := cluster.Parse(spec.Bytes())
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, spec.Bytes())
		}
		if diff := cmp.Diff(spec, back, compareNetip, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-written +read:\n%s", diff)
		}
	})
}
