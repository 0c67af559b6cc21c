package v1beta4_test

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// The first control plane, for kubeadm 1.31 and later. An empty list of taints
// says that it takes ordinary pods; a nil list would leave kubeadm's taint.
func Example() {
	file := kubeadmcfg.New(
		&v1beta4.InitConfiguration{
			NodeRegistration: v1beta4.NodeRegistrationOptions{
				CRISocket:        "unix:///var/run/containerd/containerd.sock",
				Taints:           []corev1.Taint{},
				KubeletExtraArgs: []v1beta4.Arg{{Name: "node-ip", Value: "192.168.51.81"}},
			},
			Timeouts: &v1beta4.Timeouts{ControlPlaneComponentHealthCheck: &metav1.Duration{Duration: 10 * time.Minute}},
		},
		&v1beta4.ClusterConfiguration{
			KubernetesVersion:    "v1.37.2",
			ControlPlaneEndpoint: "k8s-vip:6443",
			APIServer:            v1beta4.APIServer{CertSANs: []string{"api.example.org"}},
		},
	)
	fmt.Printf("%v\n%s", file.ValidateFor("v1.37.2"), file.Bytes())
	// Output:
	// <nil>
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: InitConfiguration
	// nodeRegistration:
	//   criSocket: unix:///var/run/containerd/containerd.sock
	//   taints: []
	//   kubeletExtraArgs:
	//   - name: node-ip
	//     value: 192.168.51.81
	// timeouts:
	//   controlPlaneComponentHealthCheck: 10m0s
	// ---
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// kubernetesVersion: v1.37.2
	// controlPlaneEndpoint: k8s-vip:6443
	// apiServer:
	//   certSANs:
	//   - api.example.org
}

// A machine that leaves its cluster.
func ExampleResetConfiguration() {
	file := kubeadmcfg.New(&v1beta4.ResetConfiguration{
		Force:     true,
		CRISocket: "unix:///var/run/cri-dockerd.sock",
	})
	fmt.Printf("%v\n%s", file.ValidateFor("v1.37.2"), file.Bytes())
	// Output:
	// <nil>
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ResetConfiguration
	// criSocket: unix:///var/run/cri-dockerd.sock
	// force: true
}
