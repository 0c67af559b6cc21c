package kubeadmcfg_test

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// The files of the reference lab: one load balancer, three control planes,
// three workers, two container runtimes on every machine.

const (
	labSocket = "unix:///var/run/cri-dockerd.sock"
	labCAHash = "sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b"
	labKey    = "8c3c67e3632f926cac260c53f5436014e56e934bff468a169c41893262ac8b31"
)

func labInit() kubeadmcfg.File {
	return kubeadmcfg.New(
		&v1beta4.InitConfiguration{
			NodeRegistration: v1beta4.NodeRegistrationOptions{Name: "cka-cp-1", CRISocket: labSocket},
			LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: "192.168.51.81"},
			CertificateKey:   labKey,
		},
		&v1beta4.ClusterConfiguration{
			KubernetesVersion:    "v1.37.2",
			ControlPlaneEndpoint: "k8s-vip:6443",
			Networking:           v1beta4.Networking{PodSubnet: "192.168.0.0/16"},
		},
	)
}

func labJoin(name, address string) kubeadmcfg.File {
	join := &v1beta4.JoinConfiguration{
		NodeRegistration: v1beta4.NodeRegistrationOptions{Name: name, CRISocket: labSocket},
		Discovery: v1beta4.Discovery{BootstrapToken: &v1beta4.BootstrapTokenDiscovery{
			APIServerEndpoint: "k8s-vip:6443",
			Token:             "x3xsp6.dwqt2lg576fjoug5",
			CACertHashes:      []string{labCAHash},
		}},
	}
	if address != "" {
		join.ControlPlane = &v1beta4.JoinControlPlane{
			LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: address},
			CertificateKey:   labKey,
		}
	}
	return kubeadmcfg.New(join)
}

// everyField sets what the lab leaves out, in a cluster that uses none of its
// values.
func everyField() kubeadmcfg.File {
	serial := false
	return kubeadmcfg.New(
		&v1beta4.InitConfiguration{
			NodeRegistration: v1beta4.NodeRegistrationOptions{
				Name:                  "node-a.example",
				CRISocket:             "unix:///run/containerd/containerd.sock",
				Taints:                []corev1.Taint{},
				KubeletExtraArgs:      []v1beta4.Arg{{Name: "node-labels", Value: "rack=7,zone=b"}},
				IgnorePreflightErrors: []string{"Swap", "NumCPU"},
				ImagePullPolicy:       corev1.PullAlways,
				ImagePullSerial:       &serial,
			},
			LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: "fd00:10::11", BindPort: 8443},
			BootstrapTokens: []v1beta4.BootstrapToken{{
				Token:       "123456.0123456789012345",
				Description: "for the \"first\" machines: #1",
				TTL:         &metav1.Duration{},
				Usages:      []string{"signing", "authentication"},
				Groups:      []string{"system:bootstrappers:kubeadm:default-node-token"},
			}},
			SkipPhases: []string{"addon/kube-proxy"},
			Patches:    &v1beta4.Patches{Directory: "/etc/kubernetes/patches"},
			Timeouts:   &v1beta4.Timeouts{ControlPlaneComponentHealthCheck: &metav1.Duration{Duration: 10 * 60e9}},
		},
		&v1beta4.ClusterConfiguration{
			KubernetesVersion:    "v1.36.3",
			ClusterName:          "on",
			ControlPlaneEndpoint: "[fd00:10::80]:8443",
			Networking:           v1beta4.Networking{PodSubnet: "fd00:20::/56,10.20.0.0/16", ServiceSubnet: "fd00:30::/112,10.30.0.0/16"},
			APIServer: v1beta4.APIServer{
				ExtraArgs: []v1beta4.Arg{
					{Name: "audit-log-path", Value: "/var/log/audit.log"},
					{Name: "service-account-issuer", Value: "https://a.example"},
					{Name: "service-account-issuer", Value: "https://b.example"},
				},
				ExtraVolumes: []v1beta4.HostPathMount{{Name: "log", HostPath: "/var/log", MountPath: "/var/log", PathType: corev1.HostPathDirectory}},
				ExtraEnvs:    []corev1.EnvVar{{Name: "NO_PROXY", Value: ".example,10.0.0.0/8"}},
				CertSANs:     []string{"api.example", "*.api.example", "fd00:10::80"},
			},
			Etcd: v1beta4.Etcd{External: &v1beta4.ExternalEtcd{
				Endpoints: []string{"https://[fd00:10::21]:2379", "https://[fd00:10::22]:2379", "https://[fd00:10::23]:2379"},
				CAFile:    "/etc/etcd/ca.crt", CertFile: "/etc/etcd/client.crt", KeyFile: "/etc/etcd/client.key",
			}},
			DNS:                 v1beta4.DNS{Disabled: true},
			Proxy:               v1beta4.Proxy{Disabled: true},
			ImageRepository:     "registry.example:5000/k8s",
			EncryptionAlgorithm: v1beta4.EncryptionAlgorithmECDSAP256,
			FeatureGates:        map[string]bool{"RootlessControlPlane": false},
		},
		&kubeadmcfg.Other{
			TypeMeta: metav1.TypeMeta{APIVersion: "kubelet.config.k8s.io/v1beta1", Kind: "KubeletConfiguration"},
			Text:     "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nserverTLSBootstrap: true\n",
		},
	)
}
