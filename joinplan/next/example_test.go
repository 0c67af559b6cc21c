package next_test

import (
	"fmt"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/next"
)

// Two machines are captured, on which nothing of Kubernetes runs yet.
func ExampleDecide() {
	spec, err := cluster.Parse([]byte(`
apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
loadBalancers: [{name: lb-1, address: 10.0.0.2/24}]
controlPlanes: [{name: cp-1, address: 10.0.0.11/24}]
workers: [{name: wk-1, address: 10.0.0.21/24}]
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	captured := func(name string) capture.Capture {
		c, err := capture.Parse(name, []byte("haplane capture 1 machine "+name+`
@ absent /etc/kubernetes/admin.conf
@ absent /etc/kubernetes/kubelet.conf
@ end 2
`))
		if err != nil {
			fmt.Println(err)
		}
		return c
	}

	in, err := next.Input{Input: joinplan.Input{Spec: spec}}.With(captured("cp-1"), captured("wk-1"))
	if err != nil {
		fmt.Println(err)
		return
	}
	decision, err := next.Decide(in)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(decision.Because)
	fmt.Println(decision.Way, len(decision.Plan.Steps), "steps")

	// A machine of which nothing is known is no empty one.
	in, err = next.Input{Input: joinplan.Input{Spec: spec}}.With(captured("wk-1"))
	if err != nil {
		fmt.Println(err)
		return
	}
	if decision, err = next.Decide(in); err == nil {
		fmt.Println(decision.InTheWay[0])
	}
	// Output:
	// There is no cluster: cp-1 and wk-1 said that they hold nothing of one. The plan creates it on the machines of the description.
	// create 10 steps
	// nothing says whether cp-1 is of a cluster: capture every machine, or ask for create by its name where there surely is none
}
