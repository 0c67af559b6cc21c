package v1beta3_test

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
)

// The first control plane, for kubeadm 1.22 to 1.36. Flags are a map here, and
// the control-plane timeout stands in the ClusterConfiguration.
func Example() {
	file := kubeadmcfg.New(
		&v1beta3.InitConfiguration{
			NodeRegistration: v1beta3.NodeRegistrationOptions{CRISocket: "unix:///var/run/cri-dockerd.sock"},
		},
		&v1beta3.ClusterConfiguration{
			KubernetesVersion:    "v1.24.6",
			ControlPlaneEndpoint: "k8s-vip:6443",
			Networking:           v1beta3.Networking{PodSubnet: "10.244.0.0/16"},
			APIServer: v1beta3.APIServer{
				ExtraArgs:              map[string]string{"profiling": "false"},
				TimeoutForControlPlane: &metav1.Duration{Duration: 10 * time.Minute},
			},
		},
	)
	fmt.Printf("%v\n%s", file.ValidateFor("v1.24.6"), file.Bytes())
	// Output:
	// <nil>
	// apiVersion: kubeadm.k8s.io/v1beta3
	// kind: InitConfiguration
	// nodeRegistration:
	//   criSocket: unix:///var/run/cri-dockerd.sock
	// ---
	// apiVersion: kubeadm.k8s.io/v1beta3
	// kind: ClusterConfiguration
	// kubernetesVersion: v1.24.6
	// controlPlaneEndpoint: k8s-vip:6443
	// networking:
	//   podSubnet: 10.244.0.0/16
	// apiServer:
	//   extraArgs:
	//     profiling: "false"
	//   timeoutForControlPlane: 10m0s
}
