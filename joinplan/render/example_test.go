package render_test

import (
	"fmt"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/render"
)

const description = `
apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
podSubnets: [10.244.0.0/16]
loadBalancers: [{name: lb-1, address: 192.168.51.80/24}]
controlPlanes:
- {name: cp-1, address: 192.168.51.81/24}
- {name: cp-2, address: 192.168.51.82/24}
- {name: cp-3, address: 192.168.51.83/24}
workers: [{name: wk-1, address: 192.168.51.84/24}]
`

// A plan as a directory of files, secrets in files of mode 0600.
func ExampleBundle() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := joinplan.Create(joinplan.Input{Spec: spec})
	if err != nil {
		fmt.Println(err)
		return
	}
	for file := range render.Bundle(plan) {
		fmt.Println(file.Mode, file.Path)
	}
	// Output:
	// -rw-r--r-- plan.md
	// -rw-r--r-- hosts
	// -rw------- cp-1/etc/kubernetes/kubeadm-init.yaml
	// -rw-r--r-- lb-1/etc/haproxy/haproxy.cfg
	// -rw------- cp-1/etc/kubernetes/kubeadm-upload-certs.yaml
}

func ExampleGraph() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	spec.LoadBalancers, spec.ControlPlanes = nil, spec.ControlPlanes[:2]
	plan, err := joinplan.Create(joinplan.Input{Spec: spec})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(render.Graph(plan))
	// Output:
	// flowchart TD
	//   s1["hosts/cp-1<br/>Names on every machine"]
	//   s2["hosts/cp-2<br/>Names on every machine"]
	//   s3["hosts/wk-1<br/>Names on every machine"]
	//   s4["ca/cp-1<br/>The cluster's CA on cp-1"]
	//   s5["init/cp-1<br/>Initialise the cluster on cp-1"]
	//   s6["pod-network/cp-1<br/>Pod network"]
	//   s7["token/cp-1<br/>A token for the machines that join"]
	//   s8["join/wk-1<br/>Join worker wk-1"]
	//   s9["upload-certs/cp-1<br/>Upload the certificates from cp-1"]
	//   s10["join/cp-2<br/>Join control plane cp-2"]
	//   s11["verify/cp-1<br/>The cluster is highly available"]
	//   s1 --> s4
	//   s4 --> s5
	//   s5 --> s6
	//   s5 --> s7
	//   s3 --> s8
	//   s7 --> s8
	//   s7 --> s9
	//   s2 --> s10
	//   s9 --> s10
	//   s6 --> s11
	//   s8 --> s11
	//   s10 --> s11
}

func ExampleScripts() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := joinplan.Create(joinplan.Input{Spec: spec})
	if err != nil {
		fmt.Println(err)
		return
	}
	for script := range render.Scripts(plan) {
		fmt.Println(script.Path)
	}
	// Output:
	// lb-1.sh
	// cp-1.sh
	// cp-2.sh
	// cp-3.sh
	// wk-1.sh
}
