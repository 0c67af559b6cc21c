package cluster_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/haplane/haplane/joinplan/cluster"
)

func ExampleParse() {
	spec, err := cluster.Parse([]byte(`
apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
podSubnets: [192.168.0.0/16]
loadBalancers:
- {name: lb-1, address: 192.168.51.80/24}
controlPlanes:
- {name: cp-1, address: 192.168.51.81/24}
- {name: cp-2, address: 192.168.51.82/25}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range spec.Warnings() {
		fmt.Println(w)
	}
	// Output:
	// podSubnets[0]: pod subnet 192.168.0.0/16 covers the node network (the endpoint 192.168.51.80/32 and 3 more): a route for pods or services can take the machines off each other, as BIRD's `unreachable` routes do; choose a range that holds no machine [range-holds-machines]
	// controlPlanes[1].address: cp-2 192.168.51.82/25 has another prefix length than lb-1 192.168.51.80/24 (loadBalancers[0].address) on the same network: routes that the pod network learns from it can cut other machines off; mend the prefix length of the one that is wrong [prefix-length-differs]
	// controlPlanes: two control planes tolerate no loss at all, and double the chance of one: etcd needs both for its quorum; use three [two-control-planes]
	// loadBalancers: one load balancer is a single point of failure: when it is down no machine reaches the API; use two with a virtual address (endpointAddresses), or an endpoint that survives [one-load-balancer]
}

func ExampleParse_errors() {
	_, err := cluster.Parse([]byte(`
apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: fd00::1:6443
controlPlanes:
- {name: cp-1, address: 10.0.0.300}
- {name: x;reboot, address: 10.0.0.2}
`))
	fmt.Println(err)
	// Output:
	// cluster:5:23: controlPlaneEndpoint: Invalid value: "fd00::1:6443": must be a name or an address and a port, such as k8s-vip:6443 or [fd00::1]:6443
	// cluster:7:25: controlPlanes[0].address: Invalid value: "10.0.0.300": must be an address, with its prefix length where it is known, such as 192.168.51.81/24
	// cluster:8:10: controlPlanes[1].name: Invalid value: "x;reboot": must be a DNS name of lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit (RFC 1123)
}

// The schema is for editors: put it beside the descriptions, and name it in
// their first line.
//
//	# yaml-language-server: $schema=cluster.schema.json
func ExampleSchema() {
	var schema struct {
		Title    string   `json:"title"`
		Required []string `json:"required"`
	}
	if err := json.Unmarshal(cluster.Schema(), &schema); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schema.Title, schema.Required)
	// Output:
	// haplane cluster description [apiVersion kind kubernetesVersion controlPlaneEndpoint controlPlanes]
}

// What a node does not say its group says, and then the cluster.
func ExampleNodeGroup() {
	spec := cluster.Spec{
		KubernetesVersion: "v1.37.2",
		NodeGroups: []cluster.NodeGroup{{Name: "gpu", NodeSettings: cluster.NodeSettings{
			Labels:         map[string]string{"example.com/gpu": "yes", "node-role.kubernetes.io/gpu": ""},
			KubeletVersion: "v1.36.3",
		}}},
		Workers: []cluster.Node{{Name: "wk-1", Group: "gpu", NodeSettings: cluster.NodeSettings{
			Labels: map[string]string{"topology.kubernetes.io/zone": "a"},
		}}},
	}
	worker := spec.WithDefaults().Workers[0]
	fmt.Println(worker.KubeletVersion, worker.KubeadmVersion, worker.CRISocket)
	for _, label := range slices.Sorted(maps.Keys(worker.Labels)) {
		fmt.Println(label, "by the kubelet:", cluster.KubeletMaySet(label))
	}
	// Output:
	// v1.36.3 v1.37.2 unix:///var/run/containerd/containerd.sock
	// example.com/gpu by the kubelet: true
	// node-role.kubernetes.io/gpu by the kubelet: false
	// topology.kubernetes.io/zone by the kubelet: true
}
