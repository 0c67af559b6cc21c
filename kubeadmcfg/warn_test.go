package kubeadmcfg_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

func warnings(t *testing.T, list []kubeadmcfg.Finding) string {
	t.Helper()
	var out strings.Builder
	for _, w := range list {
		out.WriteString(w.String() + "\n")
	}
	return out.String()
}

func TestWarnsThatThePodSubnetHoldsTheMachines(t *testing.T) {
	t.Parallel()
	want := "ClusterConfiguration.networking.podSubnet: 192.168.0.0/16 holds 192.168.51.81 (localAPIEndpoint.advertiseAddress): traffic to it may never leave the machine; choose a range that holds no machine [range-holds-machines]\n"
	if diff := cmp.Diff(want, warnings(t, labInit().Warnings())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWarnsAboutWhatKubeadmAccepts(t *testing.T) {
	t.Parallel()
	quiet := func() *v1beta4.ClusterConfiguration {
		return &v1beta4.ClusterConfiguration{KubernetesVersion: "v1.37.2", ControlPlaneEndpoint: "api.example:6443"}
	}
	if got := kubeadmcfg.New(quiet()).Warnings(); len(got) > 0 {
		t.Fatalf("the quiet configuration has warnings: %v", got)
	}
	type cluster = v1beta4.ClusterConfiguration
	tests := map[string]struct {
		change func(*cluster)
		want   []string
	}{
		"no endpoint":            {func(c *cluster) { c.ControlPlaneEndpoint = "" }, []string{"controlPlaneEndpoint"}},
		"no port":                {func(c *cluster) { c.ControlPlaneEndpoint = "api.example" }, []string{"controlPlaneEndpoint"}},
		"a label for a version":  {func(c *cluster) { c.KubernetesVersion = "stable-1.37" }, []string{"kubernetesVersion"}},
		"the frozen registry":    {func(c *cluster) { c.ImageRepository = "k8s.gcr.io" }, []string{"imageRepository"}},
		"certificates for long":  {func(c *cluster) { c.CertificateValidityPeriod = minutes(60 * 24 * 366) }, []string{"certificateValidityPeriod"}},
		"a CA that ends first":   {func(c *cluster) { c.CACertificateValidityPeriod = minutes(60) }, []string{"certificateValidityPeriod"}},
		"pods over services":     {func(c *cluster) { c.Networking.PodSubnet = "10.96.0.0/16" }, []string{"networking.podSubnet"}},
		"pods over the endpoint": {func(c *cluster) { c.Networking.PodSubnet = "10.244.0.0/16"; c.ControlPlaneEndpoint = "10.244.1.1:6443" }, []string{"networking.podSubnet"}},
		"services over etcd": {func(c *cluster) {
			c.Etcd.External = &v1beta4.ExternalEtcd{Endpoints: []string{"https://10.96.0.1:2379"}}
		}, []string{"networking.serviceSubnet"}},
		"two etcd members": {func(c *cluster) {
			c.Etcd.External = &v1beta4.ExternalEtcd{Endpoints: []string{"https://a:2379", "https://b:2379"}}
		}, []string{"etcd.external.endpoints"}},
		"bits behind the mask": {func(c *cluster) { c.Networking.PodSubnet = "10.244.1.0/16" }, []string{"networking.podSubnet"}},
		"families that differ": {func(c *cluster) { c.Networking.PodSubnet = "fd00::/56" }, []string{"networking.podSubnet"}},
		"site-local addresses": {func(c *cluster) {
			c.Networking.PodSubnet = "fec0::/56,10.244.0.0/16"
			c.Networking.ServiceSubnet = "10.96.0.0/16,fd00::/112"
		}, []string{"networking.podSubnet"}},
		"files that must be there": {func(c *cluster) { c.Scheduler.ExtraVolumes = []v1beta4.HostPathMount{{}} }, []string{"scheduler.extraVolumes"}},
		"no anonymous requests":    {func(c *cluster) { c.APIServer.ExtraArgs = []v1beta4.Arg{{Name: "anonymous-auth", Value: "false"}} }, []string{"apiServer.extraArgs"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := quiet()
			test.change(c)
			var got []string
			for _, w := range kubeadmcfg.New(c).Warnings() {
				got = append(got, strings.TrimPrefix(w.Place, "ClusterConfiguration."))
				if w.Message == "" || strings.HasSuffix(w.Message, ".") {
					t.Errorf("message %q", w.Message)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestWarnsThatTheEndpointIsAControlPlane(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"10.0.0.1:6443": "ClusterConfiguration.controlPlaneEndpoint: this is the first control plane itself: without it no client reaches the cluster, however many others there are; point the endpoint at a load balancer [endpoint-is-control-plane]\n",
		"10.0.0.1:8443": "",
		"10.0.0.2:6443": "",
	} {
		file := kubeadmcfg.New(
			&v1beta4.InitConfiguration{LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: "10.0.0.1"}},
			&v1beta4.ClusterConfiguration{KubernetesVersion: "v1.37.2", ControlPlaneEndpoint: endpoint},
		)
		if diff := cmp.Diff(want, warnings(t, file.Warnings())); diff != "" {
			t.Errorf("%s: -want +got:\n%s", endpoint, diff)
		}
	}
}

func TestWarnsAboutNodesAndTokens(t *testing.T) {
	t.Parallel()
	file := kubeadmcfg.New(
		&v1beta4.InitConfiguration{
			NodeRegistration: v1beta4.NodeRegistrationOptions{Name: "CP-1", CRISocket: "/run/containerd/containerd.sock"},
			LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: "127.0.0.1"},
			BootstrapTokens:  []v1beta4.BootstrapToken{{Token: "abcdef.0123456789abcdef", TTL: minutes(0)}},
			Timeouts:         &v1beta4.Timeouts{ControlPlaneComponentHealthCheck: minutes(0)},
		},
		&v1beta4.JoinConfiguration{Discovery: v1beta4.Discovery{BootstrapToken: &v1beta4.BootstrapTokenDiscovery{UnsafeSkipCAVerification: true}}},
		&v1beta4.ResetConfiguration{CRISocket: "/a.sock"},
	)
	want := []string{
		"InitConfiguration.nodeRegistration.criSocket",
		"InitConfiguration.nodeRegistration.name",
		"InitConfiguration.localAPIEndpoint.advertiseAddress",
		"InitConfiguration.bootstrapTokens[0].ttl",
		"InitConfiguration.bootstrapTokens[0].token",
		"InitConfiguration.timeouts.controlPlaneComponentHealthCheck",
		"JoinConfiguration.discovery.bootstrapToken.unsafeSkipCAVerification",
		"ResetConfiguration.criSocket",
	}
	var got []string
	for _, w := range file.Warnings() {
		got = append(got, w.Place)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWarnsByKubeadmsRelease(t *testing.T) {
	t.Parallel()
	yes := true
	file := kubeadmcfg.New(
		&v1beta4.ClusterConfiguration{
			KubernetesVersion: "v1.37.2", ControlPlaneEndpoint: "api.example:6443",
			Etcd: v1beta4.Etcd{External: &v1beta4.ExternalEtcd{Endpoints: []string{"https://a:1"}, HTTPEndpoints: []string{"https://a:2"}}},
		},
		&v1beta4.UpgradeConfiguration{
			Plan:  v1beta4.UpgradePlanConfiguration{EtcdUpgrade: &yes},
			Apply: v1beta4.UpgradeApplyConfiguration{SkipPhases: []string{"addon"}},
		},
	)
	old := kubeadmcfg.New(&v1beta3.ClusterConfiguration{KubernetesVersion: "v1.31.0", ControlPlaneEndpoint: "api.example:6443"})
	tests := map[string]struct {
		file    kubeadmcfg.File
		kubeadm string
		want    []string
	}{
		"all known":            {file, "v1.37.2", nil},
		"a newer cluster":      {file, "v1.36.3", []string{"ClusterConfiguration.kubernetesVersion"}},
		"fields of the future": {file, "v1.31.0", []string{"ClusterConfiguration.etcd.external.httpEndpoints", "ClusterConfiguration.kubernetesVersion", "UpgradeConfiguration.plan.etcdUpgrade", "UpgradeConfiguration.apply.skipPhases"}},
		"a deprecated version": {old, "v1.31.0", []string{"apiVersion"}},
		"before deprecation":   {old, "v1.30.4", []string{"ClusterConfiguration.kubernetesVersion"}},
	}
	for name, test := range tests {
		list, err := test.file.WarningsFor(test.kubeadm)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range list {
			got = append(got, w.Place)
		}
		if !slices.Equal(test.want, got) {
			t.Errorf("%s: want %v, got %v", name, test.want, got)
		}
	}
	if _, err := file.WarningsFor(""); err == nil {
		t.Error("took a release that is none")
	}
}
