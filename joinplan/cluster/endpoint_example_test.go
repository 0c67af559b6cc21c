package cluster_test

import (
	"fmt"

	"github.com/haplane/haplane/joinplan/cluster"
)

// kubeadm takes fd00::1:6443 for an address without a port; here it is an error.
func ExampleParseEndpoint() {
	for _, text := range []string{"k8s-vip:6443", "[fd00::1]:6443", "fd00::1:6443", "https://k8s-vip:6443"} {
		endpoint, err := cluster.ParseEndpoint(text)
		fmt.Println(endpoint.Host, endpoint.Port, err)
	}
	// Output:
	// k8s-vip 6443 <nil>
	// fd00::1 6443 <nil>
	//  0 must be a name or an address and a port, such as k8s-vip:6443 or [fd00::1]:6443
	//  0 must be a name or an address and a port, such as k8s-vip:6443 or [fd00::1]:6443
}
