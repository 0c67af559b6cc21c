package convert_test

import (
	"errors"
	"fmt"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
)

const described = `
apiVersion: haplane.github.io/v1alpha1
kind: Cluster
kubernetesVersion: v1.37.2
controlPlaneEndpoint: k8s-vip:6443
podSubnets: [10.244.0.0/16]
loadBalancers: [{name: lb-1, address: 192.168.51.80/24}]
controlPlanes: [{name: cp-1, address: 192.168.51.81/24}]
workers: [{name: wk-1, address: 192.168.51.84/24}]
`

const kubeadmConfig = `
apiVersion: v1
kind: ConfigMap
metadata: {name: kubeadm-config, namespace: kube-system}
data:
  ClusterConfiguration: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    kubernetesVersion: v1.37.2
`

const nodes = `
apiVersion: v1
kind: NodeList
items:
- metadata: {name: cp-1, labels: {node-role.kubernetes.io/control-plane: ""}}
  status: {conditions: [{type: Ready, status: "True"}]}
- metadata: {name: wk-1}
  status: {conditions: [{type: Ready, status: "True"}]}
`

const kubeletConf = `
apiVersion: v1
kind: Config
clusters:
- name: default-cluster
  cluster: {server: "https://192.168.51.81:6443"}
`

// The census of what was captured, and what is missing for a plan.
func ExampleTakeCensus() {
	spec, err := cluster.Parse([]byte(described))
	if err != nil {
		fmt.Println(err)
		return
	}
	objects, err := cluster.ParseObjects([]byte(nodes), []byte(kubeadmConfig))
	if err != nil {
		fmt.Println(err)
		return
	}
	in := convert.Input{
		Spec:    spec,
		Objects: objects,
		Files:   []convert.File{{Host: "wk-1", Path: "/etc/kubernetes/kubelet.conf", Content: joinplan.NewSecretContent([]byte(kubeletConf))}},
	}
	census, err := convert.TakeCensus(in)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, reference := range census.InScope() {
		fmt.Println(reference)
	}
	_, err = convert.Plan(in)
	var refused *joinplan.RefusedError
	fmt.Println("refused:", errors.As(err, &refused))
	for _, missing := range census.Missing[:2] {
		fmt.Println(missing)
	}
	// Output:
	// configmap kube-system/kubeadm-config ClusterConfiguration.controlPlaneEndpoint none: edit: the cluster was built without an endpoint
	// wk-1:/etc/kubernetes/kubelet.conf clusters[default-cluster].server https://192.168.51.81:6443: edit: it is not the endpoint
	// refused: true
	// configmap kube-public/cluster-info was not captured: kubectl get configmap -n kube-public cluster-info -o json
	// pods was not captured: kubectl get pods -A -o json
}

// One value of a kubeconfig changes, and nothing else of the file.
func ExampleSetServer_Apply() {
	edit := convert.SetServer{Cluster: "default-cluster", Server: "https://k8s-vip:6443"}
	text, err := edit.Apply([]byte(kubeletConf))
	fmt.Printf("%s%v\n", text, err)
	// Output:
	// apiVersion: v1
	// kind: Config
	// clusters:
	// - name: default-cluster
	//   cluster: {server: "https://k8s-vip:6443"}
	// <nil>
}

// Back undoes what was done, the last step first, with the plan that did it.
func ExampleBack() {
	plan := joinplan.Plan{
		Title: "Convert in place",
		Steps: []joinplan.Step{
			{ID: joinplan.KindKubelet.Step("wk-1"), Title: "Kubelet of wk-1", Host: "wk-1", Undo: []joinplan.Action{
				joinplan.CopyFile{FromHost: "wk-1", FromPath: "/var/backups/kubelet.conf", Path: "/etc/kubernetes/kubelet.conf", Mode: 0o600},
			}},
			{ID: joinplan.KindVerify.Step("cp-1"), Title: "Verify", Host: "cp-1"},
			{ID: joinplan.KindKubelet.Step("wk-2"), Title: "Kubelet of wk-2", Host: "wk-2", Undo: []joinplan.Action{
				joinplan.CopyFile{FromHost: "wk-2", FromPath: "/var/backups/kubelet.conf", Path: "/etc/kubernetes/kubelet.conf", Mode: 0o600},
			}},
		},
	}
	back := convert.Back(plan, []joinplan.ID{joinplan.KindKubelet.Step("wk-1"), joinplan.KindVerify.Step("cp-1")})
	fmt.Println(back.Title)
	for _, step := range back.Steps {
		fmt.Println(step.ID, "on", step.Host)
	}
	// Output:
	// Back from: Convert in place
	// undo/kubelet/wk-1 on wk-1
}
