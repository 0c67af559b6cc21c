package kubestate_test

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/haplane/haplane/joinplan/kubestate"
)

// A clientset of the caller's, here one that holds a cluster of one node. What
// the cluster does not have is named; it is no error.
func ExampleRead() {
	client := fake.NewClientset(
		&corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: "cp-1", Labels: map[string]string{"node-role.kubernetes.io/control-plane": ""}},
			Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
		},
		&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "kubeadm-config"},
			Data:       map[string]string{"ClusterConfiguration": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: k8s-vip:6443\n"},
		},
	)
	state, err := kubestate.Read(context.Background(), client)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, node := range state.Nodes {
		fmt.Println(node.Name, "control plane:", node.ControlPlane, "ready:", node.Ready)
	}
	fmt.Print(state.KubeadmConfig.Text)
	for _, absence := range state.Absent {
		fmt.Println(absence.What, absence.Reason)
	}
	// Output:
	// cp-1 control plane: true ready: true
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// controlPlaneEndpoint: k8s-vip:6443
	// configmap kube-system/kubelet-config not found
	// configmap kube-public/cluster-info not found
	// secret kube-system/kubeadm-certs not found
}
