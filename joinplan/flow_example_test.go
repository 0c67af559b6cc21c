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
	observed := joinplan.Observed{State: state, Etcd: etcd}
	plan, err := joinplan.ScaleOut(spec, observed, joinplan.Known{})
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
	_, err := joinplan.Reboot(spec, "cp-1", joinplan.Observed{State: state, Etcd: etcd})
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
	plan, err := joinplan.Replace(spec, "wk-9", joinplan.Observed{State: state, Etcd: etcd}, joinplan.Known{})
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
	plan, err := joinplan.Rebuild(spec, joinplan.Known{})
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
	plan, err := joinplan.Create(spec, joinplan.Known{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var done []string
	for ready := plan.Ready(done); len(ready) > 0; ready = plan.Ready(done) {
		var ids []string
		for _, step := range ready {
			ids = append(ids, step.ID)
		}
		fmt.Println(strings.Join(ids, " "))
		done = append(done, ids...)
	}
	// Output:
	// hosts/lb-1 hosts/cp-1 hosts/cp-2 hosts/cp-3 hosts/wk-1
	// ca/cp-1
	// load-balancer/lb-1
	// init/cp-1
	// pod-network/cp-1 upload-certs/cp-1
}

// A plan as a directory of files, secrets in files of mode 0600.
func ExamplePlan_Bundle() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := joinplan.Create(spec, joinplan.Known{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for file := range plan.Bundle() {
		fmt.Println(file.Mode, file.Path)
	}
	// Output:
	// -rw-r--r-- plan.md
	// -rw-r--r-- hosts
	// -rw------- cp-1/etc/kubernetes/kubeadm-init.yaml
	// -rw-r--r-- lb-1/etc/haproxy/haproxy.cfg
	// -rw------- cp-1/etc/kubernetes/kubeadm-upload-certs.yaml
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
	plan, err := joinplan.Create(spec, joinplan.Known{})
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

func ExamplePlan_Graph() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	spec.LoadBalancers, spec.ControlPlanes = nil, spec.ControlPlanes[:2]
	plan, err := joinplan.Create(spec, joinplan.Known{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(plan.Graph())
	// Output:
	// flowchart TD
	//   s1["hosts/cp-1<br/>Names on every machine"]
	//   s2["hosts/cp-2<br/>Names on every machine"]
	//   s3["hosts/wk-1<br/>Names on every machine"]
	//   s4["ca/cp-1<br/>The cluster's CA on cp-1"]
	//   s5["init/cp-1<br/>Initialise the cluster on cp-1"]
	//   s6["pod-network/cp-1<br/>Pod network"]
	//   s7["join/wk-1<br/>Join worker wk-1"]
	//   s8["upload-certs/cp-1<br/>Upload the certificates from cp-1"]
	//   s9["join/cp-2<br/>Join control plane cp-2"]
	//   s10["verify/cp-1<br/>The cluster is highly available"]
	//   s1 --> s4
	//   s4 --> s5
	//   s5 --> s6
	//   s3 --> s7
	//   s5 --> s7
	//   s5 --> s8
	//   s2 --> s9
	//   s8 --> s9
	//   s6 --> s10
	//   s7 --> s10
	//   s9 --> s10
}

func ExamplePlan_Scripts() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := joinplan.Create(spec, joinplan.Known{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for script := range plan.Scripts() {
		fmt.Println(script.Path)
	}
	// Output:
	// lb-1.sh
	// cp-1.sh
	// cp-2.sh
	// cp-3.sh
	// wk-1.sh
}
