package kubeadmcmd_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

const (
	referenceToken = "x3xsp6.dwqt2lg576fjoug5"
	referenceHash  = "sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b"
	referenceKey   = "8c3c67e3632f926cac260c53f5436014e56e934bff468a169c41893262ac8b31"
)

type builder interface {
	Command() (kubeadmcmd.Command, error)
}

func referenceWorker() kubeadmcmd.Join {
	return kubeadmcmd.Join{
		Endpoint:     "k8s-vip:6443",
		Token:        kubeadmcmd.NewSecret(referenceToken),
		CACertHashes: []string{referenceHash},
		CRISocket:    "unix:///var/run/cri-dockerd.sock",
	}
}

func referenceControlPlane() kubeadmcmd.Join {
	j := referenceWorker()
	j.ControlPlane = true
	j.CertificateKey = kubeadmcmd.NewSecret(referenceKey)
	return j
}

func TestReferenceJoinsSayWordForWordWhatTheLabTyped(t *testing.T) {
	t.Parallel()
	for file, join := range map[string]kubeadmcmd.Join{
		"reference/join-worker.txt":        referenceWorker(),
		"reference/join-control-plane.txt": referenceControlPlane(),
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			c, err := join.Command()
			if err != nil {
				t.Fatal(err)
			}
			typed := strings.Replace(testdata(t, file), "sudo ", "", 1)
			if diff := cmp.Diff(shellWords(t, typed), shellWords(t, c.Shell())); diff != "" {
				t.Errorf("(-typed +built):\n%s", diff)
			}
		})
	}
}

func TestCommandsSayEveryField(t *testing.T) {
	t.Parallel()
	tests := []struct {
		builder builder
		want    string
	}{
		{kubeadmcmd.Init{ConfigFile: "/etc/kubernetes/kubeadm-init.yaml", UploadCerts: true, NodeName: "cka-cp-1", SkipPhases: []string{"addon/kube-proxy", "addon/coredns"}, SkipTokenPrint: true, SkipCertificateKeyPrint: true},
			"kubeadm init --config /etc/kubernetes/kubeadm-init.yaml --upload-certs --node-name=cka-cp-1 --skip-phases=addon/kube-proxy,addon/coredns --skip-token-print --skip-certificate-key-print"},
		{kubeadmcmd.Init{
			ControlPlaneEndpoint: "k8s-vip:6443", UploadCerts: true, CRISocket: "unix:///var/run/cri-dockerd.sock",
			PodSubnets: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}},
			"kubeadm init --control-plane-endpoint=k8s-vip:6443 --pod-network-cidr=192.168.0.0/16 --cri-socket=unix:///var/run/cri-dockerd.sock --upload-certs"},
		{kubeadmcmd.Init{
			ControlPlaneEndpoint: "[fd00::80]:6443", AdvertiseAddress: netip.MustParseAddr("fd00::81"), BindPort: 7443,
			PodSubnets:     []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16"), netip.MustParsePrefix("fd01::/56")},
			ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")}, DNSDomain: "example.org", CertSANs: []string{"a.example.org", "10.0.0.1"},
			KubernetesVersion: "v1.37.2", ImageRepository: "r.example.org/k8s", Patches: "/etc/kubernetes/patches",
			Token: kubeadmcmd.NewSecret(hidden), TokenTTL: 90 * time.Minute, CertificateKey: kubeadmcmd.NewSecret(referenceKey), UploadCerts: true,
			IgnorePreflightErrors: []string{"NumCPU", "Mem"}, DryRun: true, Verbosity: 5},
			"kubeadm init '--control-plane-endpoint=[fd00::80]:6443' --apiserver-advertise-address=fd00::81 --apiserver-bind-port=7443 --pod-network-cidr=10.244.0.0/16,fd01::/56 --service-cidr=10.96.0.0/12 --service-dns-domain=example.org --apiserver-cert-extra-sans=a.example.org,10.0.0.1 --kubernetes-version=v1.37.2 --image-repository=r.example.org/k8s --patches=/etc/kubernetes/patches --token [redacted] --token-ttl=1h30m0s --certificate-key [redacted] --upload-certs --ignore-preflight-errors=NumCPU,Mem --dry-run --v=5"},
		{kubeadmcmd.Join{ConfigFile: "/etc/kubernetes/kubeadm-join.yaml", IgnorePreflightErrors: []string{"all"}},
			"kubeadm join --config /etc/kubernetes/kubeadm-join.yaml --ignore-preflight-errors=all"},
		{kubeadmcmd.Join{DiscoveryFile: "/opt/discovery.conf", ControlPlane: true, AdvertiseAddress: netip.MustParseAddr("10.0.0.2"), BindPort: 6444, NodeName: "cp-2", Patches: "/p"},
			"kubeadm join --control-plane --discovery-file=/opt/discovery.conf --apiserver-advertise-address=10.0.0.2 --apiserver-bind-port=6444 --node-name=cp-2 --patches=/p"},
		{referenceWorker(),
			"kubeadm join k8s-vip:6443 --token [redacted] --discovery-token-ca-cert-hash " + referenceHash + " --cri-socket=unix:///var/run/cri-dockerd.sock"},
		{kubeadmcmd.UploadCerts{ConfigFile: "/opt/upload.yaml"},
			"kubeadm init phase upload-certs --upload-certs --config /opt/upload.yaml"},
		{kubeadmcmd.UploadCerts{CertificateKey: kubeadmcmd.NewSecret(referenceKey), Kubeconfig: "/opt/admin.conf", SkipCertificateKeyPrint: true},
			"kubeadm init phase upload-certs --upload-certs --certificate-key [redacted] --kubeconfig=/opt/admin.conf --skip-certificate-key-print"},
		{kubeadmcmd.TokenCreate{PrintJoinCommand: true}, "kubeadm token create --print-join-command"},
		{kubeadmcmd.TokenCreate{ConfigFile: "/opt/full.yaml", PrintJoinCommand: true}, "kubeadm token create --config /opt/full.yaml --print-join-command"},
		{kubeadmcmd.TokenCreate{Token: kubeadmcmd.NewSecret(hidden), PrintJoinCommand: true, CertificateKey: kubeadmcmd.NewSecret(referenceKey), NeverExpires: true, Usages: []string{"signing", "authentication"}, Description: "for the new rack"},
			"kubeadm token create [redacted] --print-join-command --certificate-key [redacted] --ttl=0 --usages=signing,authentication '--description=for the new rack'"},
		{kubeadmcmd.InitPhase{Phase: "certs ca", CertDir: "/etc/pki/new", KubernetesVersion: "v1.37.2"},
			"kubeadm init phase certs ca --cert-dir=/etc/pki/new --kubernetes-version=v1.37.2"},
		{kubeadmcmd.InitPhase{Phase: "upload-config kubeadm", ConfigFile: "full.yaml"},
			"kubeadm init phase upload-config kubeadm --config full.yaml"},
		{kubeadmcmd.Certs{Subcommand: "renew all", ConfigFile: "full.yaml", CertDir: "/pki", Kubeconfig: "/opt/admin.conf", Verbosity: 1},
			"kubeadm certs renew all --config full.yaml --cert-dir=/pki --kubeconfig=/opt/admin.conf --v=1"},
		{kubeadmcmd.Certs{Subcommand: "renew admin.conf"}, "kubeadm certs renew admin.conf"},
		{kubeadmcmd.Certs{Subcommand: "check-expiration", Output: "json"}, "kubeadm certs check-expiration -o json"},
		{kubeadmcmd.Reset{Force: true, CRISocket: "unix:///run/x.sock", CleanupTmpDir: true, CertDir: "/pki"},
			"kubeadm reset --force --cri-socket=unix:///run/x.sock --cert-dir=/pki --cleanup-tmp-dir"},
		{kubeadmcmd.Reset{ConfigFile: "/opt/reset.yaml"}, "kubeadm reset --config /opt/reset.yaml"},
	}
	for _, test := range tests {
		c, err := test.builder.Command()
		if err != nil {
			t.Errorf("%#v: %v", test.builder, err)
			continue
		}
		if c.String() != test.want {
			t.Errorf("got  %s\nwant %s", c, test.want)
		}
	}
}

func TestCommandsThatKubeadmWouldRefuseOrMisunderstandAreErrors(t *testing.T) {
	t.Parallel()
	worker := func(edit func(*kubeadmcmd.Join)) builder {
		j := referenceWorker()
		edit(&j)
		return j
	}
	token, key := kubeadmcmd.NewSecret(referenceToken), kubeadmcmd.NewSecret(referenceKey)
	tests := []struct {
		name    string
		builder builder
		want    []string // in one error, each on its line
	}{
		{"a certificate key for a worker", worker(func(j *kubeadmcmd.Join) { j.CertificateKey = key }), []string{"certificateKey: Forbidden: only a control plane uses it"}},
		{"an address and a port for a worker", worker(func(j *kubeadmcmd.Join) { j.AdvertiseAddress, j.BindPort = netip.MustParseAddr("10.0.0.1"), 1 }),
			[]string{"advertiseAddress: Forbidden", "bindPort: Forbidden"}},
		{"no discovery", kubeadmcmd.Join{}, []string{"token: Required value: a join needs a token, a discoveryFile or a configFile"}},
		{"no endpoint and no hash", kubeadmcmd.Join{Token: token}, []string{"endpoint: Required", "caCertHashes: Required"}},
		{"two ways of discovery", worker(func(j *kubeadmcmd.Join) { j.DiscoveryFile = "f" }), []string{"discoveryFile: Forbidden"}},
		{"an endpoint beside its file", kubeadmcmd.Join{DiscoveryFile: "f", Endpoint: "a:1"}, []string{"endpoint: Forbidden"}},
		{"endpoint without a port", worker(func(j *kubeadmcmd.Join) { j.Endpoint = "k8s-vip" }), []string{"endpoint: Invalid value: \"k8s-vip\""}},
		{"endpoint with bare IPv6", worker(func(j *kubeadmcmd.Join) { j.Endpoint = "fd00::1:6443" }), []string{"endpoint: Invalid value"}},
		{"endpoint as URL", worker(func(j *kubeadmcmd.Join) { j.Endpoint = "https://a:6443" }), []string{"endpoint: Invalid value"}},
		{"endpoint that is a flag", worker(func(j *kubeadmcmd.Join) { j.Endpoint = "--v=9:1" }), []string{"endpoint: Invalid value"}},
		{"endpoint with a command", worker(func(j *kubeadmcmd.Join) { j.Endpoint = "$(id):6443" }), []string{"endpoint: Invalid value"}},
		{"hashes", worker(func(j *kubeadmcmd.Join) { j.CACertHashes = []string{referenceHash, "sha256:12"} }), []string{"caCertHashes[1]: Invalid value"}},
		{"newline in a name", worker(func(j *kubeadmcmd.Join) { j.NodeName = "a\nb" }), []string{"nodeName: Invalid value: \"a\\nb\": holds a control character or a newline"}},
		{"comma in a list", worker(func(j *kubeadmcmd.Join) { j.SkipPhases = []string{"a", "b,c"} }), []string{"skipPhases[1]: Invalid value"}},
		{"quote in a list", worker(func(j *kubeadmcmd.Join) { j.IgnorePreflightErrors = []string{`a"b`} }), []string{"ignorePreflightErrors[0]: Invalid value"}},
		{"config beside everything", kubeadmcmd.Join{ConfigFile: "f", Endpoint: "a:1", Token: token, ControlPlane: true, CertificateKey: key, CRISocket: "s", Patches: "p", CACertHashes: []string{referenceHash}},
			[]string{"endpoint: Forbidden", "controlPlane: Forbidden: kubeadm does not take --control-plane together with --config", "token: Forbidden", "certificateKey: Forbidden", "criSocket: Forbidden", "patches: Forbidden", "caCertHashes: Forbidden"}},
		{"init with config beside flags", kubeadmcmd.Init{ConfigFile: "f", UploadCerts: true, ControlPlaneEndpoint: "a", CertificateKey: key, Token: token, BindPort: 1},
			[]string{"controlPlaneEndpoint: Forbidden", "certificateKey: Forbidden", "token: Forbidden", "bindPort: Forbidden"}},
		{"a key that nobody uploads", kubeadmcmd.Init{CertificateKey: key}, []string{"certificateKey: Forbidden: only uploading"}},
		{"endpoint of init", kubeadmcmd.Init{ControlPlaneEndpoint: "a b"}, []string{"controlPlaneEndpoint: Invalid value"}},
		{"ports", kubeadmcmd.Init{BindPort: 65536, Verbosity: -1}, []string{"bindPort: Invalid value: 65536", "verbosity: Invalid value: -1"}},
		{"subnets", kubeadmcmd.Init{PodSubnets: make([]netip.Prefix, 1)}, []string{"podSubnets[0]: Required"}},
		{"two lifetimes", kubeadmcmd.TokenCreate{TTL: time.Hour, NeverExpires: true}, []string{"ttl: Forbidden"}},
		{"negative lifetime", kubeadmcmd.Init{TokenTTL: -1}, []string{"tokenTTL: Invalid value"}},
		{"a key that nobody prints", kubeadmcmd.TokenCreate{CertificateKey: key}, []string{"certificateKey: Forbidden"}},
		{"upload-certs with both", kubeadmcmd.UploadCerts{ConfigFile: "f", CertificateKey: key}, []string{"certificateKey: Forbidden"}},
		{"reset with config and force", kubeadmcmd.Reset{ConfigFile: "f", Force: true}, []string{"force: Forbidden"}},
		{"no phase", kubeadmcmd.InitPhase{}, []string{"phase: Invalid value"}},
		{"a format of what is not printed", kubeadmcmd.Certs{Subcommand: "renew all", Output: "json"}, []string{"output: Forbidden: only check-expiration"}},
		{"a subcommand with a command", kubeadmcmd.Certs{Subcommand: "renew all; reboot"}, []string{"subcommand: Invalid value"}},
		{"a phase with a flag", kubeadmcmd.InitPhase{Phase: "certs ca --x"}, []string{"phase: Invalid value"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := test.builder.Command()
			if err == nil {
				t.Fatalf("no error, but %s", c)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Errorf("got %d errors, want %d:\n%v", len(lines), len(test.want), err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no error says %q:\n%v", want, err)
				}
			}
			if !c.IsZero() {
				t.Errorf("an error comes with a command: %s", c)
			}
		})
	}
}

func TestErrorsAboutSecretsDoNotShowThem(t *testing.T) {
	t.Parallel()
	bad := kubeadmcmd.NewSecret(hidden + "x")
	for _, b := range []builder{
		kubeadmcmd.Join{Token: bad, CertificateKey: bad, ControlPlane: true},
		kubeadmcmd.Init{Token: bad, CertificateKey: bad},
		kubeadmcmd.TokenCreate{Token: bad, CertificateKey: bad},
		kubeadmcmd.UploadCerts{CertificateKey: bad},
	} {
		_, err := b.Command()
		if err == nil {
			t.Errorf("no error for %v", b)
			continue
		}
		leaks(t, "the error", err.Error())
	}
}
