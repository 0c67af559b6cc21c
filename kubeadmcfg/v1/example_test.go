package v1_test

import (
	"fmt"

	"github.com/haplane/haplane/kubeadmcfg"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// What v1 has and v1beta4 has not: a value that is added to kubeadm's own.
func Example() {
	file := kubeadmcfg.New(&v1.ClusterConfiguration{
		KubernetesVersion:    "v1.37.2",
		ControlPlaneEndpoint: "k8s-vip:6443",
		APIServer: v1.APIServer{ExtraArgs: []v1.Arg{
			{Name: "enable-admission-plugins", Value: "PodSecurity", MergeMethod: v1.ArgMergeMethodAppend},
		}},
	})
	fmt.Printf("%s", file.Bytes())
	_, err := file.Convert(kubeadmcfg.V1Beta4)
	fmt.Println(err)
	// Output:
	// apiVersion: kubeadm.k8s.io/v1
	// kind: ClusterConfiguration
	// kubernetesVersion: v1.37.2
	// controlPlaneEndpoint: k8s-vip:6443
	// apiServer:
	//   extraArgs:
	//   - name: enable-admission-plugins
	//     value: PodSecurity
	//     mergeMethod: append
	// converting to v1beta4 would lose:
	//   ClusterConfiguration.apiServer.extraArgs[0].mergeMethod: v1beta4: there is no such field
}
