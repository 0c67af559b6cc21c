package kubeadmcfg_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/kubeadmcfg"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// paths gives the paths of all field errors in err, sorted as they came.
func paths(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("%T holds no list of errors", err)
	}
	var out []string
	for _, e := range joined.Unwrap() {
		var fieldErr *field.Error
		if !errors.As(e, &fieldErr) {
			t.Fatalf("%T is no field error", e)
		}
		out = append(out, fieldErr.Field)
	}
	return out
}

func TestRefusesValuesWithTheirPath(t *testing.T) {
	t.Parallel()
	type cluster = v1beta4.ClusterConfiguration
	type init = v1beta4.InitConfiguration
	tests := map[string]struct {
		cluster func(*cluster)
		init    func(*init)
		want    []string
	}{
		"an endpoint with a scheme":             {cluster: func(c *cluster) { c.ControlPlaneEndpoint = "https://k8s-vip:6443" }, want: []string{"ClusterConfiguration.controlPlaneEndpoint"}},
		"an endpoint in upper case":             {cluster: func(c *cluster) { c.ControlPlaneEndpoint = "K8S-VIP:6443" }, want: []string{"ClusterConfiguration.controlPlaneEndpoint"}},
		"an endpoint with a final dot":          {cluster: func(c *cluster) { c.ControlPlaneEndpoint = "k8s-vip.:6443" }, want: []string{"ClusterConfiguration.controlPlaneEndpoint"}},
		"an endpoint with port 0":               {cluster: func(c *cluster) { c.ControlPlaneEndpoint = "k8s-vip:0" }, want: []string{"ClusterConfiguration.controlPlaneEndpoint"}},
		"IPv6 with a port and no brackets":      {cluster: func(c *cluster) { c.ControlPlaneEndpoint = "fd00::1:6443" }, want: []string{"ClusterConfiguration.controlPlaneEndpoint"}},
		"brackets and no port":                  {cluster: func(c *cluster) { c.ControlPlaneEndpoint = "[fd00::1]" }, want: []string{"ClusterConfiguration.controlPlaneEndpoint"}},
		"an address that is none":               {cluster: func(c *cluster) { c.ControlPlaneEndpoint = "10.0.0.256:6443" }, want: []string{"ClusterConfiguration.controlPlaneEndpoint"}},
		"a subnet that is none":                 {cluster: func(c *cluster) { c.Networking.PodSubnet = "10.244.0.0" }, want: []string{"ClusterConfiguration.networking.podSubnet"}},
		"a space between subnets":               {cluster: func(c *cluster) { c.Networking.PodSubnet = "10.244.0.0/16, fd00::/56" }, want: []string{"ClusterConfiguration.networking.podSubnet"}},
		"two subnets of a family":               {cluster: func(c *cluster) { c.Networking.PodSubnet = "10.1.0.0/16,10.2.0.0/16" }, want: []string{"ClusterConfiguration.networking.podSubnet"}},
		"a pod subnet smaller than a node's":    {cluster: func(c *cluster) { c.Networking.PodSubnet = "10.244.0.0/25" }, want: []string{"ClusterConfiguration.networking.podSubnet"}},
		"a pod subnet too large for node masks": {cluster: func(c *cluster) { c.Networking.PodSubnet = "fd00::/40" }, want: []string{"ClusterConfiguration.networking.podSubnet"}},
		"a pod subnet of eight addresses":       {cluster: func(c *cluster) { c.Networking.PodSubnet = "10.244.0.0/29" }, want: []string{"ClusterConfiguration.networking.podSubnet", "ClusterConfiguration.networking.podSubnet"}},
		"a service subnet too large":            {cluster: func(c *cluster) { c.Networking.ServiceSubnet = "fd00::/64" }, want: []string{"ClusterConfiguration.networking.serviceSubnet"}},
		"a node mask that is no number": {cluster: func(c *cluster) {
			c.ControllerManager.ExtraArgs = []v1beta4.Arg{{Name: "node-cidr-mask-size-ipv4", Value: "x"}}
		}, want: []string{"ClusterConfiguration.networking.podSubnet"}},
		"a domain with an underscore":    {cluster: func(c *cluster) { c.Networking.DNSDomain = "cluster_local" }, want: []string{"ClusterConfiguration.networking.dnsDomain"}},
		"a short version":                {cluster: func(c *cluster) { c.KubernetesVersion = "1.37" }, want: []string{"ClusterConfiguration.kubernetesVersion"}},
		"a certificate name with a port": {cluster: func(c *cluster) { c.APIServer.CertSANs = []string{"ok", "api.example:6443"} }, want: []string{"ClusterConfiguration.apiServer.certSANs[1]"}},
		"an etcd name in upper case":     {cluster: func(c *cluster) { c.Etcd.Local = &v1beta4.LocalEtcd{PeerCertSANs: []string{"ETCD"}} }, want: []string{"ClusterConfiguration.etcd.local.peerCertSANs[0]"}},
		"a flag with dashes":             {cluster: func(c *cluster) { c.Scheduler.ExtraArgs = []v1beta4.Arg{{Name: "--v", Value: "4"}} }, want: []string{"ClusterConfiguration.scheduler.extraArgs[0].name"}},
		"a flag without a name":          {cluster: func(c *cluster) { c.APIServer.ExtraArgs = []v1beta4.Arg{{Value: "4"}} }, want: []string{"ClusterConfiguration.apiServer.extraArgs[0].name"}},
		"a volume with a relative path": {cluster: func(c *cluster) {
			c.APIServer.ExtraVolumes = []v1beta4.HostPathMount{{Name: "a", HostPath: "x", MountPath: "/x"}}
		}, want: []string{"ClusterConfiguration.apiServer.extraVolumes[0].hostPath"}},
		"both kinds of etcd": {cluster: func(c *cluster) {
			c.Etcd = v1beta4.Etcd{Local: &v1beta4.LocalEtcd{}, External: &v1beta4.ExternalEtcd{}}
		}, want: []string{"ClusterConfiguration.etcd.external"}},
		"an external etcd without endpoints": {cluster: func(c *cluster) { c.Etcd.External = &v1beta4.ExternalEtcd{} }, want: []string{"ClusterConfiguration.etcd.external.endpoints"}},
		"http with TLS files": {
			cluster: func(c *cluster) {
				c.Etcd.External = &v1beta4.ExternalEtcd{Endpoints: []string{"http://a:2379"}, CAFile: "/ca"}
			},
			want: []string{"ClusterConfiguration.etcd.external.endpoints[0]"},
		},
		"a certificate without its key": {
			cluster: func(c *cluster) {
				c.Etcd.External = &v1beta4.ExternalEtcd{Endpoints: []string{"https://a:2379"}, CAFile: "/ca", CertFile: "/c"}
			},
			want: []string{"ClusterConfiguration.etcd.external"},
		},
		"a repository with a scheme":       {cluster: func(c *cluster) { c.ImageRepository = "https://registry.example" }, want: []string{"ClusterConfiguration.imageRepository"}},
		"a relative directory":             {cluster: func(c *cluster) { c.CertificatesDir = "pki" }, want: []string{"ClusterConfiguration.certificatesDir"}},
		"an unknown algorithm":             {cluster: func(c *cluster) { c.EncryptionAlgorithm = "RSA-1024" }, want: []string{"ClusterConfiguration.encryptionAlgorithm"}},
		"an unknown feature gate":          {cluster: func(c *cluster) { c.FeatureGates = map[string]bool{"Turbo": true} }, want: []string{"ClusterConfiguration.featureGates[Turbo]"}},
		"a node name with an underscore":   {init: func(c *init) { c.NodeRegistration.Name = "cp_1" }, want: []string{"InitConfiguration.nodeRegistration.name"}},
		"a CRI socket of another scheme":   {init: func(c *init) { c.NodeRegistration.CRISocket = "tcp://10.0.0.1:80" }, want: []string{"InitConfiguration.nodeRegistration.criSocket"}},
		"a CRI socket with two slashes":    {init: func(c *init) { c.NodeRegistration.CRISocket = "unix://run/a.sock" }, want: []string{"InitConfiguration.nodeRegistration.criSocket"}},
		"a taint with an unknown effect":   {init: func(c *init) { c.NodeRegistration.Taints = []corev1.Taint{{Key: "a", Effect: "Never"}} }, want: []string{"InitConfiguration.nodeRegistration.taints[0].effect"}},
		"a pull policy that is none":       {init: func(c *init) { c.NodeRegistration.ImagePullPolicy = "Sometimes" }, want: []string{"InitConfiguration.nodeRegistration.imagePullPolicy"}},
		"all beside another check":         {init: func(c *init) { c.NodeRegistration.IgnorePreflightErrors = []string{"Swap", "ALL"} }, want: []string{"InitConfiguration.nodeRegistration.ignorePreflightErrors"}},
		"a kubelet flag with a line break": {init: func(c *init) { c.NodeRegistration.KubeletExtraArgs = []v1beta4.Arg{{Name: "v", Value: "a\nb"}} }, want: []string{"InitConfiguration.nodeRegistration.kubeletExtraArgs[0].value"}},
		"a taint that is no label": {
			init: func(c *init) {
				c.NodeRegistration.Taints = []corev1.Taint{{Key: "a b", Value: "c d", Effect: corev1.TaintEffectNoSchedule}}
			},
			want: []string{"InitConfiguration.nodeRegistration.taints[0].key", "InitConfiguration.nodeRegistration.taints[0].value"},
		},
		"a time of expiry and a time to live": {
			init: func(c *init) {
				c.BootstrapTokens = []v1beta4.BootstrapToken{{TTL: minutes(1), Expires: &metav1.Time{Time: time.Unix(0, 0)}}}
			},
			want: []string{"InitConfiguration.bootstrapTokens[0].expires"},
		},
		"images of etcd and DNS that no registry has": {
			cluster: func(c *cluster) {
				c.Etcd.Local = &v1beta4.LocalEtcd{ImageRepository: "case/UPPER", ImageTag: "a b"}
				c.DNS = v1beta4.DNS{ImageRepository: "a//b", ImageTag: "-"}
			},
			want: []string{"ClusterConfiguration.etcd.local.imageRepository", "ClusterConfiguration.etcd.local.imageTag", "ClusterConfiguration.dns.imageRepository", "ClusterConfiguration.dns.imageTag"},
		},
		"a volume without a name": {
			cluster: func(c *cluster) {
				c.Scheduler.ExtraVolumes = []v1beta4.HostPathMount{{HostPath: "/a", MountPath: "/a"}}
			},
			want: []string{"ClusterConfiguration.scheduler.extraVolumes[0].name"},
		},
		"an etcd URL without a scheme": {
			cluster: func(c *cluster) { c.Etcd.External = &v1beta4.ExternalEtcd{Endpoints: []string{"10.0.0.1"}} },
			want:    []string{"ClusterConfiguration.etcd.external.endpoints[0]", "ClusterConfiguration.etcd.external.httpEndpoints[0]"},
		},
		"a multicast address":           {init: func(c *init) { c.LocalAPIEndpoint.AdvertiseAddress = "224.0.0.1" }, want: []string{"InitConfiguration.localAPIEndpoint.advertiseAddress"}},
		"a name for an address":         {init: func(c *init) { c.LocalAPIEndpoint.AdvertiseAddress = "cp-1" }, want: []string{"InitConfiguration.localAPIEndpoint.advertiseAddress"}},
		"a leading zero":                {init: func(c *init) { c.LocalAPIEndpoint.AdvertiseAddress = "010.0.0.1" }, want: []string{"InitConfiguration.localAPIEndpoint.advertiseAddress"}},
		"a port above 65535":            {init: func(c *init) { c.LocalAPIEndpoint.BindPort = 65536 }, want: []string{"InitConfiguration.localAPIEndpoint.bindPort"}},
		"a short certificate key":       {init: func(c *init) { c.CertificateKey = "abcd" }, want: []string{"InitConfiguration.certificateKey"}},
		"a token in upper case":         {init: func(c *init) { c.BootstrapTokens = []v1beta4.BootstrapToken{{Token: "ABCDEF.0123456789abcdef"}} }, want: []string{"InitConfiguration.bootstrapTokens[0].token"}},
		"an unknown usage":              {init: func(c *init) { c.BootstrapTokens = []v1beta4.BootstrapToken{{Usages: []string{"authentication", "x"}}} }, want: []string{"InitConfiguration.bootstrapTokens[0].usages[1]"}},
		"signing alone":                 {init: func(c *init) { c.BootstrapTokens = []v1beta4.BootstrapToken{{Usages: []string{"signing"}}} }, want: []string{"InitConfiguration.bootstrapTokens[0].groups"}},
		"a group outside bootstrappers": {init: func(c *init) { c.BootstrapTokens = []v1beta4.BootstrapToken{{Groups: []string{"system:masters"}}} }, want: []string{"InitConfiguration.bootstrapTokens[0].groups[0]"}},
		"a time of expiry": {init: func(c *init) {
			c.BootstrapTokens = []v1beta4.BootstrapToken{{Expires: &metav1.Time{Time: time.Unix(0, 0)}}}
		}, want: []string{"InitConfiguration.bootstrapTokens[0].expires"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := labInit()
			if test.cluster != nil {
				test.cluster(kubeadmcfg.Find[cluster](file))
			}
			if test.init != nil {
				test.init(kubeadmcfg.Find[init](file))
			}
			if diff := cmp.Diff(test.want, paths(t, file.Validate())); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRefusesJoinsThatCannotWork(t *testing.T) {
	t.Parallel()
	type join = v1beta4.JoinConfiguration
	tests := map[string]struct {
		change func(*join)
		want   []string
	}{
		"no discovery":             {func(c *join) { c.Discovery = v1beta4.Discovery{} }, []string{"JoinConfiguration.discovery"}},
		"both discoveries":         {func(c *join) { c.Discovery.File = &v1beta4.FileDiscovery{KubeConfigPath: "/a.conf"} }, []string{"JoinConfiguration.discovery.file"}},
		"no endpoint":              {func(c *join) { c.Discovery.BootstrapToken.APIServerEndpoint = "" }, []string{"JoinConfiguration.discovery.bootstrapToken.apiServerEndpoint"}},
		"an endpoint without port": {func(c *join) { c.Discovery.BootstrapToken.APIServerEndpoint = "k8s-vip" }, []string{"JoinConfiguration.discovery.bootstrapToken.apiServerEndpoint"}},
		"no hash":                  {func(c *join) { c.Discovery.BootstrapToken.CACertHashes = nil }, []string{"JoinConfiguration.discovery.bootstrapToken.caCertHashes"}},
		"a hash without its type":  {func(c *join) { c.Discovery.BootstrapToken.CACertHashes[0] = strings.TrimPrefix(labCAHash, "sha256:") }, []string{"JoinConfiguration.discovery.bootstrapToken.caCertHashes[0]"}},
		"an http URL": {func(c *join) {
			c.Discovery = v1beta4.Discovery{File: &v1beta4.FileDiscovery{KubeConfigPath: "http://a/b"}}
		}, []string{"JoinConfiguration.discovery.file.kubeConfigPath"}},
		"an empty file":             {func(c *join) { c.Discovery = v1beta4.Discovery{File: &v1beta4.FileDiscovery{}} }, []string{"JoinConfiguration.discovery.file.kubeConfigPath"}},
		"a file with a broken name": {func(c *join) { c.Discovery = v1beta4.Discovery{File: &v1beta4.FileDiscovery{KubeConfigPath: "%zz"}} }, []string{"JoinConfiguration.discovery.file.kubeConfigPath"}},
		"an https URL": {func(c *join) {
			c.Discovery = v1beta4.Discovery{File: &v1beta4.FileDiscovery{KubeConfigPath: "https://a/b"}}
		}, nil},
		"a file URL": {func(c *join) {
			c.Discovery = v1beta4.Discovery{File: &v1beta4.FileDiscovery{KubeConfigPath: "file:///a/b"}}
		}, nil},
		"a CA that is no .crt":      {func(c *join) { c.CACertPath = "/etc/ca.pem" }, []string{"JoinConfiguration.caCertPath"}},
		"a bad key and a bad token": {func(c *join) { c.ControlPlane.CertificateKey = "x"; c.Discovery.TLSBootstrapToken = "y" }, []string{"JoinConfiguration.discovery.tlsBootstrapToken", "JoinConfiguration.controlPlane.certificateKey"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := labJoin("cka-cp-2", "192.168.51.82")
			test.change(kubeadmcfg.Find[join](file))
			if diff := cmp.Diff(test.want, paths(t, file.Validate())); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRefusesResetsAndUpgradesThatCannotWork(t *testing.T) {
	t.Parallel()
	file := kubeadmcfg.New(
		&v1beta4.ResetConfiguration{CRISocket: "npipe:////./pipe", CertificatesDir: "pki", UnmountFlags: []string{"MNT_FORCE", "MNT_SOFTLY"}},
		&v1beta4.UpgradeConfiguration{
			Apply: v1beta4.UpgradeApplyConfiguration{Patches: &v1beta4.Patches{}, ImagePullPolicy: "x"},
			Node:  v1beta4.UpgradeNodeConfiguration{Patches: &v1beta4.Patches{Directory: "patches"}},
		},
	)
	want := []string{
		"ResetConfiguration.criSocket", "ResetConfiguration.certificatesDir", "ResetConfiguration.unmountFlags[1]",
		"UpgradeConfiguration.apply.patches.directory", "UpgradeConfiguration.node.patches.directory", "UpgradeConfiguration.apply.imagePullPolicy",
	}
	if diff := cmp.Diff(want, paths(t, file.Validate())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRefusesDocumentsThatMakeNoSet(t *testing.T) {
	t.Parallel()
	unknown := &kubeadmcfg.Other{TypeMeta: metav1.TypeMeta{APIVersion: "example.com/v1", Kind: "Thing"}}
	tests := map[string]struct {
		file kubeadmcfg.File
		want []string
	}{
		"nothing":        {kubeadmcfg.File{}, []string{"documents"}},
		"nil":            {kubeadmcfg.New(&v1beta4.InitConfiguration{}, nil), []string{"documents[1]"}},
		"a kind twice":   {kubeadmcfg.New(&v1beta4.InitConfiguration{}, &v1beta4.InitConfiguration{}), []string{"documents[1]"}},
		"mixed versions": {kubeadmcfg.New(&v1beta4.InitConfiguration{}, &v1beta3.ClusterConfiguration{}), []string{"documents"}},
		"a strange kind": {kubeadmcfg.New(&v1beta4.InitConfiguration{}, unknown), []string{"documents[1]"}},
		"a second document in a text": {
			kubeadmcfg.New(&v1beta4.InitConfiguration{}, &kubeadmcfg.Other{
				TypeMeta: metav1.TypeMeta{APIVersion: "kubelet.config.k8s.io/v1beta1", Kind: "KubeletConfiguration"},
				Text:     "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n---\nevil: true\n",
			}),
			[]string{"documents[1].text"},
		},
		"a kind without a name": {kubeadmcfg.New(&v1beta4.InitConfiguration{}, &kubeadmcfg.Other{}), []string{"documents[1]"}},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, paths(t, test.file.Validate())); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestHostileValuesAreRefusedAndQuoted(t *testing.T) {
	t.Parallel()
	for _, hostile := range []string{"a\nkind: Evil", `a"; b: c`, "a'b", "$(id)", "`id`", "a;reboot", "a b\\", "\x00", "\xff"} {
		file := kubeadmcfg.New(
			&v1beta4.InitConfiguration{
				NodeRegistration: v1beta4.NodeRegistrationOptions{Name: hostile, CRISocket: "unix:///" + hostile},
				LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: hostile},
				CertificateKey:   hostile,
				Patches:          &v1beta4.Patches{Directory: "/" + hostile},
			},
			&v1beta4.ClusterConfiguration{
				ClusterName: hostile, KubernetesVersion: hostile, ControlPlaneEndpoint: hostile, ImageRepository: hostile, CertificatesDir: "/" + hostile,
				Networking: v1beta4.Networking{PodSubnet: hostile, ServiceSubnet: hostile, DNSDomain: hostile},
				APIServer:  v1beta4.APIServer{CertSANs: []string{hostile}, ExtraArgs: []v1beta4.Arg{{Name: hostile, Value: hostile}}},
				Etcd:       v1beta4.Etcd{Local: &v1beta4.LocalEtcd{DataDir: "/" + hostile, ImageTag: hostile}},
			},
		)
		want := []string{
			"InitConfiguration.nodeRegistration.name", "InitConfiguration.nodeRegistration.criSocket", "InitConfiguration.localAPIEndpoint.advertiseAddress",
			"InitConfiguration.certificateKey", "InitConfiguration.patches.directory",
			"ClusterConfiguration.kubernetesVersion", "ClusterConfiguration.clusterName", "ClusterConfiguration.controlPlaneEndpoint",
			"ClusterConfiguration.networking.dnsDomain", "ClusterConfiguration.networking.serviceSubnet", "ClusterConfiguration.networking.podSubnet",
			"ClusterConfiguration.apiServer.certSANs[0]", "ClusterConfiguration.apiServer.extraArgs[0].name",
			"ClusterConfiguration.etcd.local.dataDir", "ClusterConfiguration.etcd.local.imageTag", "ClusterConfiguration.imageRepository", "ClusterConfiguration.certificatesDir",
		}
		if diff := cmp.Diff(want, paths(t, file.Validate())); diff != "" {
			t.Errorf("%q: -want +got:\n%s", hostile, diff)
		}
		read, err := kubeadmcfg.Parse(file.Bytes())
		if err != nil {
			t.Errorf("%q: %v", hostile, err)
			continue
		}
		if name := kubeadmcfg.Find[v1beta4.ClusterConfiguration](read).ClusterName; name != strings.ToValidUTF8(hostile, "\ufffd") {
			t.Errorf("%q was read as %q", hostile, name)
		}
	}
}

func TestSecretsDoNotShowInValidationErrors(t *testing.T) {
	t.Parallel()
	const secret = "Hunter2Hunter2"
	file := labJoin("a", "192.168.51.82")
	join := kubeadmcfg.Find[v1beta4.JoinConfiguration](file)
	join.ControlPlane.CertificateKey = secret
	join.Discovery.TLSBootstrapToken = secret
	join.Discovery.BootstrapToken.Token = secret
	err := errors.Join(file.Validate(), kubeadmcfg.New(&v1beta4.InitConfiguration{CertificateKey: secret, BootstrapTokens: []v1beta4.BootstrapToken{{Token: secret}}}).Validate())
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v", err)
	}
	if n := strings.Count(err.Error(), "Invalid value"); n != 5 {
		t.Errorf("want five errors, got %d: %v", n, err)
	}
}

func TestValidateForJudgesByKubeadmsRelease(t *testing.T) {
	t.Parallel()
	gates := func(name string) kubeadmcfg.File {
		return kubeadmcfg.New(&v1beta4.ClusterConfiguration{KubernetesVersion: "v1.36.0", FeatureGates: map[string]bool{name: true}})
	}
	version := func(v string) kubeadmcfg.File {
		return kubeadmcfg.New(&v1beta4.ClusterConfiguration{KubernetesVersion: v})
	}
	tests := map[string]struct {
		file    kubeadmcfg.File
		kubeadm string
		want    []string
	}{
		"v1beta4 in 1.30":                   {labJoin("a", ""), "v1.30.4", []string{"apiVersion"}},
		"v1beta4 in 1.31":                   {labJoin("a", ""), "v1.31.0", nil},
		"v1beta3 in 1.37":                   {kubeadmcfg.New(&v1beta3.InitConfiguration{}), "1.37.2", []string{"apiVersion"}},
		"v1beta3 in 1.36":                   {kubeadmcfg.New(&v1beta3.InitConfiguration{}), "1.36.3", nil},
		"v1 in 1.37":                        {kubeadmcfg.New(&v1.InitConfiguration{}), "1.37.2", []string{"apiVersion"}},
		"a gate that has gone":              {gates("NodeLocalCRISocket"), "1.37.2", []string{"ClusterConfiguration.featureGates[NodeLocalCRISocket]"}},
		"a gate that is there":              {gates("NodeLocalCRISocket"), "1.36.3", nil},
		"a gate in a kubeadm of the future": {gates("Turbo"), "1.37.0", []string{"ClusterConfiguration.featureGates[Turbo]"}},
		"a version two minors behind":       {version("v1.35.9"), "1.37.2", []string{"ClusterConfiguration.kubernetesVersion"}},
		"a version one minor behind":        {version("v1.36.0"), "1.37.2", nil},
		"a label":                           {version("stable"), "1.37.2", nil},
		"P384 before it was there": {
			kubeadmcfg.New(&v1beta4.ClusterConfiguration{KubernetesVersion: "v1.33.0", EncryptionAlgorithm: v1beta4.EncryptionAlgorithmECDSAP384}), "1.33.0",
			[]string{"ClusterConfiguration.encryptionAlgorithm"},
		},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, paths(t, test.file.ValidateFor(test.kubeadm))); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	if err := labInit().ValidateFor("newest"); err == nil {
		t.Error("took a release that is none")
	}
}

func TestAcceptsWhatKubeadmMakesRight(t *testing.T) {
	t.Parallel()
	file := labInit()
	init := kubeadmcfg.Find[v1beta4.InitConfiguration](file)
	init.NodeRegistration.Name = " CKA-CP-1 "
	init.NodeRegistration.CRISocket = "/run/containerd/containerd.sock"
	cluster := kubeadmcfg.Find[v1beta4.ClusterConfiguration](file)
	cluster.APIServer.CertSANs = []string{"API.Example", "*.example", "fd00::1"}
	cluster.ControlPlaneEndpoint = "fd00::abcd"
	cluster.KubernetesVersion = "ci/v1.37.0-alpha.1.5+abcdef"
	cluster.Networking.PodSubnet = "10.244.0.0/12"
	cluster.ControllerManager.ExtraArgs = []v1beta4.Arg{{Name: "node-cidr-mask-size-ipv4", Value: "x"}, {Name: "node-cidr-mask-size-ipv4", Value: "25"}}
	if err := file.Validate(); err != nil {
		t.Error(err)
	}
	cluster.Networking.PodSubnet = "10.0.0.0/7"
	cluster.ControllerManager.ExtraArgs = []v1beta4.Arg{{Name: "allocate-node-cidrs", Value: "false"}}
	if err := file.Validate(); err != nil {
		t.Error(err)
	}
}
