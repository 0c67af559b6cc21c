package cluster_test

import (
	"fmt"
	"net/netip"

	"github.com/haplane/haplane/joinplan/cluster"
)

// A description as a Go literal is the same as one in YAML.
func ExampleSpec_Bytes() {
	spec := cluster.Spec{
		KubernetesVersion:    "v1.37.2",
		ControlPlaneEndpoint: cluster.Endpoint{Host: "k8s-vip", Port: 6443},
		LoadBalancers:        []cluster.LoadBalancer{{Name: "lb-1", Address: netip.MustParsePrefix("192.168.51.80/24")}},
		ControlPlanes:        []cluster.Node{{Name: "cp-1", Address: netip.MustParsePrefix("192.168.51.81/24")}},
	}
	fmt.Printf("%v\n%s", spec.Validate(), spec.Bytes())
	// Output:
	// <nil>
	// apiVersion: haplane.github.io/v1alpha1
	// kind: Cluster
	// controlPlaneEndpoint: k8s-vip:6443
	// controlPlanes:
	// - address: 192.168.51.81/24
	//   name: cp-1
	// kubernetesVersion: v1.37.2
	// loadBalancers:
	// - address: 192.168.51.80/24
	//   name: lb-1
}

// What kubectl printed, in any mix: a table of nodes, and an error.
func ExampleParseState() {
	state, err := cluster.ParseState(
		[]byte(`NAME       STATUS     ROLES           AGE    VERSION
cka-cp-1   Ready      control-plane   5h8m   v1.37.2
cka-wk-1   NotReady   <none>          47m    v1.37.2
`),
		[]byte(`Error from server (NotFound): configmaps "kubeadm-config" not found`),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, node := range state.Nodes {
		fmt.Println(node.Name, "control plane:", node.ControlPlane, "ready:", node.Ready)
	}
	for _, absence := range state.Absent {
		fmt.Println(absence.What, absence.Reason)
	}
	// Output:
	// cka-cp-1 control plane: true ready: true
	// cka-wk-1 control plane: false ready: false
	// configmaps kubeadm-config not found
}
