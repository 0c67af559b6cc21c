package joinplan_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// runningCluster says of itself that it has one control plane and one worker.
const runningCluster = `
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Node
  metadata: {name: cp-1, labels: {node-role.kubernetes.io/control-plane: ""}}
  status: {conditions: [{type: Ready, status: "True"}]}
- apiVersion: v1
  kind: Node
  metadata: {name: wk-1}
  status: {conditions: [{type: Ready, status: "True"}]}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: kubeadm-config, namespace: kube-system}
  data:
    ClusterConfiguration: |
      apiVersion: kubeadm.k8s.io/v1beta4
      kind: ClusterConfiguration
      controlPlaneEndpoint: k8s-vip:6443
`

// etcdStatus is what etcdctl endpoint status printed there.
const etcdStatus = `192.168.51.81:2379, 7be191c78888168, 3.6.16, 3.6.0, 4.4 MB, 2.1 MB, 52%, 2.1 GB, true, false, 2, 100, 100, , , false`

// A cluster that runs gets what it lacks of its description.
func ExampleScaleOut() {
	spec, specErr := cluster.Parse([]byte(description))
	state, stateErr := cluster.ParseState([]byte(runningCluster))
	etcd, etcdErr := etcdcheck.Parse([]byte(etcdStatus))
	if err := errors.Join(specErr, stateErr, etcdErr); err != nil {
		fmt.Println(err)
		return
	}
	observed := joinplan.Input{State: state, Etcd: etcd}
	plan, err := joinplan.ScaleOut(given(spec, observed))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan.Steps {
		fmt.Println(step.ID)
	}
	// Output:
	// hosts/lb-1
	// hosts/cp-1
	// hosts/cp-2
	// hosts/cp-3
	// hosts/wk-1
	// load-balancer/lb-1
	// token/cp-1
	// upload-certs/cp-1
	// join/cp-2
	// join/cp-3
	// coredns/cp-1
	// verify/cp-1
}

// A reboot that would take the cluster down is refused, with the reasons.
func ExampleReboot() {
	spec, specErr := cluster.Parse([]byte(description))
	state, stateErr := cluster.ParseState([]byte(runningCluster))
	etcd, etcdErr := etcdcheck.Parse([]byte(etcdStatus))
	if err := errors.Join(specErr, stateErr, etcdErr); err != nil {
		fmt.Println(err)
		return
	}
	_, err := joinplan.Reboot(joinplan.Input{Spec: spec, State: state, Etcd: etcd}, "cp-1")
	var refused *joinplan.RefusedError
	if errors.As(err, &refused) {
		fmt.Println(strings.Join(refused.Reasons, "\n"))
	}
	// Output:
	// no other control plane is Ready: while cp-1 is away nothing serves the API, and nobody sees it come back
}

// lostWorker is runningCluster after wk-9, which is no longer described, died.
const lostWorker = runningCluster + `- apiVersion: v1
  kind: Node
  metadata: {name: wk-9}
  status: {conditions: [{type: Ready, status: Unknown}]}
`

// A machine that is gone for good makes room for those that the description has.
func ExampleReplace() {
	spec, specErr := cluster.Parse([]byte(description))
	state, stateErr := cluster.ParseState([]byte(lostWorker))
	etcd, etcdErr := etcdcheck.Parse([]byte(etcdStatus))
	if err := errors.Join(specErr, stateErr, etcdErr); err != nil {
		fmt.Println(err)
		return
	}
	plan, err := joinplan.Replace(joinplan.Input{Spec: spec, State: state, Etcd: etcd}, "wk-9")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan.Steps {
		fmt.Println(step.ID)
	}
	// Output:
	// remove-node/wk-9
	// hosts/lb-1
	// hosts/cp-1
	// hosts/cp-2
	// hosts/cp-3
	// hosts/wk-1
	// load-balancer/lb-1
	// token/cp-1
	// upload-certs/cp-1
	// join/cp-2
	// join/cp-3
	// coredns/cp-1
	// verify/cp-1
}

// Machines of an old cluster are reset before the new one is created on them.
func ExampleRebuild() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := joinplan.Rebuild(joinplan.Input{Spec: spec})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan.Steps {
		fmt.Println(step.ID)
	}
	// Output:
	// reset/cp-1
	// reset/cp-2
	// reset/cp-3
	// reset/wk-1
	// hosts/lb-1
	// hosts/cp-1
	// hosts/cp-2
	// hosts/cp-3
	// hosts/wk-1
	// ca/cp-1
	// load-balancer/lb-1
	// init/cp-1
	// pod-network/cp-1
	// token/cp-1
	// join/wk-1
	// upload-certs/cp-1
	// join/cp-2
	// join/cp-3
	// verify/cp-1
}

// Steps that are ready may run beside each other.
func ExamplePlan_Ready() {
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
	var done []joinplan.ID
	for ready := plan.Ready(done); len(ready) > 0; ready = plan.Ready(done) {
		var ids []string
		for _, step := range ready {
			ids = append(ids, step.ID.String())
			done = append(done, step.ID)
		}
		fmt.Println(strings.Join(ids, " "))
	}
	// Output:
	// hosts/lb-1 hosts/cp-1 hosts/cp-2 hosts/cp-3 hosts/wk-1
	// ca/cp-1
	// load-balancer/lb-1
	// init/cp-1
	// pod-network/cp-1 token/cp-1
	// upload-certs/cp-1
}

func ExampleInitFile() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := joinplan.InitFile(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = file.WriteTo(os.Stdout)
	// Output:
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: InitConfiguration
	// nodeRegistration:
	//   name: cp-1
	//   criSocket: unix:///var/run/containerd/containerd.sock
	//   kubeletExtraArgs:
	//   - name: node-ip
	//     value: 192.168.51.81
	// localAPIEndpoint:
	//   advertiseAddress: 192.168.51.81
	// ---
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// kubernetesVersion: v1.37.2
	// clusterName: kubernetes
	// controlPlaneEndpoint: k8s-vip:6443
	// networking:
	//   serviceSubnet: 10.96.0.0/12
	//   podSubnet: 10.244.0.0/16
	//   dnsDomain: cluster.local
}

// What is done is kept, and the next run goes on from there.
func ExampleProgress() {
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
	progress := plan.NewProgress()
	for _, step := range plan.Ready(progress.Done()) {
		// ... carry it out, here or from another goroutine ...
		progress = progress.With(joinplan.StepProgress{ID: step.ID, State: joinplan.StepDone, Time: now})
	}
	kept := progress.Bytes()

	// Another process makes the same plan again and reads what was kept.
	progress, err = plan.ParseProgress(kept)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan.Ready(progress.Done()) {
		fmt.Println("next:", step.ID)
	}
	// Output:
	// next: ca/cp-1
}
