package kubeadmcfg_test

import (
	"fmt"
	"strings"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// The first control plane of a highly available cluster.
func Example() {
	file := kubeadmcfg.New(
		&v1beta4.InitConfiguration{
			NodeRegistration: v1beta4.NodeRegistrationOptions{Name: "cka-cp-1", CRISocket: "unix:///var/run/cri-dockerd.sock"},
			LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: "192.168.51.81"},
		},
		&v1beta4.ClusterConfiguration{
			KubernetesVersion:    "v1.37.2",
			ControlPlaneEndpoint: "k8s-vip:6443",
			Networking:           v1beta4.Networking{PodSubnet: "10.244.0.0/16"},
		},
	)
	if err := file.Validate(); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%s", file.Bytes())
	// Output:
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: InitConfiguration
	// nodeRegistration:
	//   name: cka-cp-1
	//   criSocket: unix:///var/run/cri-dockerd.sock
	// localAPIEndpoint:
	//   advertiseAddress: 192.168.51.81
	// ---
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// kubernetesVersion: v1.37.2
	// controlPlaneEndpoint: k8s-vip:6443
	// networking:
	//   podSubnet: 10.244.0.0/16
}

// A further control plane.
func Example_joinControlPlane() {
	file := kubeadmcfg.New(&v1beta4.JoinConfiguration{
		Discovery: v1beta4.Discovery{BootstrapToken: &v1beta4.BootstrapTokenDiscovery{
			APIServerEndpoint: "k8s-vip:6443",
			Token:             "x3xsp6.dwqt2lg576fjoug5",
			CACertHashes:      []string{"sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b"},
		}},
		NodeRegistration: v1beta4.NodeRegistrationOptions{Name: "cka-cp-2"},
		ControlPlane:     &v1beta4.JoinControlPlane{CertificateKey: "8c3c67e3632f926cac260c53f5436014e56e934bff468a169c41893262ac8b31"},
	})
	fmt.Printf("%v\n%s", file.Validate(), file.Bytes())
	// Output:
	// <nil>
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: JoinConfiguration
	// discovery:
	//   bootstrapToken:
	//     apiServerEndpoint: k8s-vip:6443
	//     token: x3xsp6.dwqt2lg576fjoug5
	//     caCertHashes:
	//     - sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b
	// nodeRegistration:
	//   name: cka-cp-2
	// controlPlane:
	//   certificateKey: "8c3c67e3632f926cac260c53f5436014e56e934bff468a169c41893262ac8b31"
}

// An etcd cluster that somebody else runs, and two IP families.
func Example_externalEtcd() {
	file := kubeadmcfg.New(&v1beta4.ClusterConfiguration{
		KubernetesVersion:    "v1.37.2",
		ControlPlaneEndpoint: "api.example:6443",
		Networking:           v1beta4.Networking{PodSubnet: "10.244.0.0/16,fd00:20::/56", ServiceSubnet: "10.96.0.0/16,fd00:30::/112"},
		Etcd: v1beta4.Etcd{External: &v1beta4.ExternalEtcd{
			Endpoints: []string{"https://etcd-1.example:2379", "https://etcd-2.example:2379", "https://etcd-3.example:2379"},
			CAFile:    "/etc/etcd/ca.crt", CertFile: "/etc/etcd/client.crt", KeyFile: "/etc/etcd/client.key",
		}},
	})
	fmt.Printf("%v\n%s", file.Validate(), file.Bytes())
	// Output:
	// <nil>
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// kubernetesVersion: v1.37.2
	// controlPlaneEndpoint: api.example:6443
	// networking:
	//   serviceSubnet: 10.96.0.0/16,fd00:30::/112
	//   podSubnet: 10.244.0.0/16,fd00:20::/56
	// etcd:
	//   external:
	//     endpoints:
	//     - https://etcd-1.example:2379
	//     - https://etcd-2.example:2379
	//     - https://etcd-3.example:2379
	//     caFile: /etc/etcd/ca.crt
	//     certFile: /etc/etcd/client.crt
	//     keyFile: /etc/etcd/client.key
}

func ExampleParse() {
	_, err := kubeadmcfg.Parse([]byte(`apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
controlplaneEndpoint: k8s-vip:6443
networking:
  podSubnet: 10
apiServer:
  timeoutForControlPlane: 4m0s
`))
	fmt.Println(err)
	// Output:
	// kubeadm:3:1: controlplaneEndpoint: unknown field: names are case-sensitive, write "controlPlaneEndpoint"
	// kubeadm:5:14: networking.podSubnet: want a string, got a number: put it in quotes
	// kubeadm:7:3: apiServer.timeoutForControlPlane: unknown field in v1beta4: v1beta3 has it
}

func ExampleFile_Validate() {
	file := kubeadmcfg.New(&v1beta4.ClusterConfiguration{
		ControlPlaneEndpoint: "fd00::1:6443",
		Networking:           v1beta4.Networking{PodSubnet: "10.244.0.0/30"},
		APIServer:            v1beta4.APIServer{ExtraArgs: []v1beta4.Arg{{Name: "--v", Value: "4"}}},
	})
	for line := range strings.Lines(file.Validate().Error()) {
		fmt.Print(line)
	}
	// Output:
	// ClusterConfiguration.controlPlaneEndpoint: Invalid value: "fd00::1:6443": kubeadm takes all of it for an IPv6 address: write "[ADDRESS]:PORT"
	// ClusterConfiguration.networking.podSubnet: Invalid value: "10.244.0.0/30": too small: the mask must be at most /28
	// ClusterConfiguration.networking.podSubnet: Invalid value: "10.244.0.0/30": smaller than the /24 that each node gets of it: make it larger, or set the controller manager's node-cidr-mask-size-ipv4
	// ClusterConfiguration.apiServer.extraArgs[0].name: Invalid value: "--v": want a flag's name without leading dashes, such as "audit-log-path": the component does not start with it
}

func ExampleFile_Warnings() {
	file := kubeadmcfg.New(
		&v1beta4.InitConfiguration{LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: "192.168.51.81"}},
		&v1beta4.ClusterConfiguration{KubernetesVersion: "v1.37.2", Networking: v1beta4.Networking{PodSubnet: "192.168.0.0/16"}},
	)
	for _, w := range file.Warnings() {
		fmt.Println(w)
	}
	// Output:
	// ClusterConfiguration.controlPlaneEndpoint: without it no second control plane can join, and adding it later means new certificates and kubeconfigs; name the load balancer's, such as k8s-vip:6443 [no-endpoint]
	// ClusterConfiguration.networking.podSubnet: 192.168.0.0/16 holds 192.168.51.81 (localAPIEndpoint.advertiseAddress): traffic to it may never leave the machine; choose a range that holds no machine [range-holds-machines]
}

func ExampleFile_Convert() {
	old := kubeadmcfg.New(
		&v1beta3.InitConfiguration{},
		&v1beta3.ClusterConfiguration{APIServer: v1beta3.APIServer{
			ExtraArgs:              map[string]string{"v": "4", "audit-log-path": "-"},
			TimeoutForControlPlane: minutes(10),
		}},
	)
	file, err := old.Convert(kubeadmcfg.V1Beta4)
	fmt.Printf("%v\n%s", err, file.Bytes())
	// Output:
	// <nil>
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: InitConfiguration
	// timeouts:
	//   controlPlaneComponentHealthCheck: 10m0s
	// ---
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// apiServer:
	//   extraArgs:
	//   - name: audit-log-path
	//     value: "-"
	//   - name: v
	//     value: "4"
}

func ExampleFile_Convert_loss() {
	file := kubeadmcfg.New(&v1beta4.ClusterConfiguration{Proxy: v1beta4.Proxy{Disabled: true}})
	_, err := file.Convert(kubeadmcfg.V1Beta3)
	fmt.Println(err)
	// Output:
	// converting to v1beta3 would lose:
	//   ClusterConfiguration.proxy.disabled: v1beta3: there is no such field
}

func ExampleDiff() {
	before := kubeadmcfg.New(&v1beta4.ClusterConfiguration{KubernetesVersion: "v1.36.3"})
	after := kubeadmcfg.New(&v1beta4.ClusterConfiguration{KubernetesVersion: "v1.37.2", ControlPlaneEndpoint: "k8s-vip:6443"})
	for _, change := range kubeadmcfg.Diff(before, after) {
		fmt.Println(change)
	}
	// Output:
	// ClusterConfiguration.kubernetesVersion: v1.36.3 -> v1.37.2
	// ClusterConfiguration.controlPlaneEndpoint: set to k8s-vip:6443
}

func ExampleVersionFor() {
	for _, release := range []string{"v1.30.4", "v1.31.0", "v1.37.2"} {
		version, err := kubeadmcfg.VersionFor(release)
		fmt.Println(release, version, err)
	}
	// Output:
	// v1.30.4 v1beta3 <nil>
	// v1.31.0 v1beta4 <nil>
	// v1.37.2 v1beta4 <nil>
}

func ExampleStored_UploadCertsFile() {
	stored, err := kubeadmcfg.ParseConfigMap([]byte(`apiVersion: v1
kind: ConfigMap
metadata:
  name: kubeadm-config
  namespace: kube-system
data:
  ClusterConfiguration: |
    apiVersion: kubeadm.k8s.io/v1beta3
    controlPlaneEndpoint: k8s-vip:6443
    kind: ClusterConfiguration
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := stored.UploadCertsFile("unix:///var/run/cri-dockerd.sock")
	fmt.Printf("%s%v\n", file, err)
	// Output:
	// apiVersion: kubeadm.k8s.io/v1beta3
	// controlPlaneEndpoint: k8s-vip:6443
	// kind: ClusterConfiguration
	// ---
	// apiVersion: kubeadm.k8s.io/v1beta3
	// kind: InitConfiguration
	// nodeRegistration:
	//   criSocket: unix:///var/run/cri-dockerd.sock
	// <nil>
}
