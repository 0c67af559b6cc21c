package kubeadmcfg_test

import (
	"fmt"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// A file may be right for one release of kubeadm and not for another.
func ExampleFile_ValidateFor() {
	file := kubeadmcfg.New(&v1beta3.ClusterConfiguration{ControlPlaneEndpoint: "k8s-vip:6443"})
	for _, release := range []string{"v1.30.4", "v1.37.2"} {
		fmt.Println(release, file.ValidateFor(release))
	}
	// Output:
	// v1.30.4 <nil>
	// v1.37.2 apiVersion: Invalid value: "kubeadm.k8s.io/v1beta3": kubeadm 1.37 does not take it in init and join: convert to v1beta4
}

// What kubeadm takes where a file says nothing.
func ExampleFile_WithDefaults() {
	file := kubeadmcfg.New(&v1beta4.ClusterConfiguration{KubernetesVersion: "v1.37.2", ControlPlaneEndpoint: "k8s-vip:6443"})
	fmt.Printf("%s", file.WithDefaults().Bytes())
	// Output:
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// kubernetesVersion: v1.37.2
	// clusterName: kubernetes
	// controlPlaneEndpoint: k8s-vip:6443
	// networking:
	//   serviceSubnet: 10.96.0.0/12
	//   dnsDomain: cluster.local
	// etcd:
	//   local:
	//     dataDir: /var/lib/etcd
	// imageRepository: registry.k8s.io
	// certificatesDir: /etc/kubernetes/pki
	// encryptionAlgorithm: RSA-2048
	// certificateValidityPeriod: 8760h0m0s
	// caCertificateValidityPeriod: 87600h0m0s
}

const stored = `apiVersion: v1
kind: ConfigMap
metadata: {name: kubeadm-config, namespace: kube-system}
data:
  ClusterConfiguration: |
    apiVersion: kubeadm.k8s.io/v1beta3
    controlPlaneEndpoint: k8s-vip:6443
    kind: ClusterConfiguration
`

// A join file in the version that the cluster itself has, whatever version it is
// written in here. The endpoint is the cluster's.
func ExampleStored_JoinFile() {
	cluster, err := kubeadmcfg.ParseConfigMap([]byte(stored))
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := cluster.JoinFile(&v1beta4.JoinConfiguration{
		Discovery: v1beta4.Discovery{BootstrapToken: &v1beta4.BootstrapTokenDiscovery{
			Token:        "x3xsp6.dwqt2lg576fjoug5",
			CACertHashes: []string{"sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b"},
		}},
	})
	fmt.Printf("%s%v\n", file.Bytes(), err)
	// Output:
	// apiVersion: kubeadm.k8s.io/v1beta3
	// kind: JoinConfiguration
	// discovery:
	//   bootstrapToken:
	//     apiServerEndpoint: k8s-vip:6443
	//     token: x3xsp6.dwqt2lg576fjoug5
	//     caCertHashes:
	//     - sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b
	// <nil>
}

// A field that a newer kubeadm wrote is kept, and named.
func ExampleParseTolerant() {
	file, err := kubeadmcfg.ParseTolerant([]byte("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: k8s-vip:6443\nfromTheFuture: true\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", file.Bytes())
	for _, w := range file.Warnings() {
		fmt.Println(w)
	}
	// Output:
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// controlPlaneEndpoint: k8s-vip:6443
	// fromTheFuture: true
	// ClusterConfiguration.fromTheFuture: the field is not known here; it is kept as it is [unknown-field]
	// ClusterConfiguration.kubernetesVersion: kubeadm asks the internet which version this is, and takes its own where that fails; name a version such as "v1.37.2" [version-unnamed]
}
