// Package kubestate reads what a cluster says of itself through the caller's
// client-go clientset, where [cluster.ParseState] reads it from what kubectl
// printed. It only reads: nothing is written to the cluster.
//
// It lists nodes, and in kube-system the bootstrap tokens and the API servers'
// pods; it gets the ConfigMaps kubeadm-config, kubelet-config and
// kube-public/cluster-info, and the Secret kubeadm-certs.
package kubestate

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/haplane/haplane/joinplan/cluster"
)

// Read gives the state of the cluster behind client. What is not there and what
// the caller may not see is among [cluster.State.Absent], and the rest is read
// all the same; any other failure is an error, joined where there are several,
// and the State has what did come.
//
// It is safe for concurrent use.
func Read(ctx context.Context, client kubernetes.Interface) (cluster.State, error) {
	r := reader{ctx: ctx, client: client}
	r.nodes()
	r.configMap("kube-system", "kubeadm-config")
	r.configMap("kube-system", "kubelet-config")
	r.configMap("kube-public", "cluster-info")
	r.tokens()
	r.certificates()
	r.apiServers()
	state := cluster.FromObjects(r.objects)
	for _, absence := range state.Absent {
		r.errs = append(r.errs, fmt.Errorf("%s cannot be read: %s", absence.What, absence.Detail))
	}
	state.Absent = append(state.Absent, r.absent...)
	return state, errors.Join(r.errs...)
}

type reader struct {
	ctx     context.Context
	client  kubernetes.Interface
	objects cluster.Objects
	absent  []cluster.Absence
	errs    []error
}

// came sorts an error, and tells whether there was none.
func (r *reader) came(what string, err error) bool {
	switch {
	case err == nil:
		return true
	case apierrors.IsNotFound(err):
		r.absent = append(r.absent, cluster.Absence{What: what, Reason: cluster.NotFound})
	case apierrors.IsForbidden(err):
		r.absent = append(r.absent, cluster.Absence{What: what, Reason: cluster.Forbidden})
	default:
		r.errs = append(r.errs, fmt.Errorf("%s: %w", what, err))
	}
	return false
}

func (r *reader) nodes() {
	list, err := r.client.CoreV1().Nodes().List(r.ctx, metav1.ListOptions{})
	if r.came("nodes", err) {
		r.objects.Nodes = list.Items
	}
}

func (r *reader) configMap(namespace, name string) {
	cm, err := r.client.CoreV1().ConfigMaps(namespace).Get(r.ctx, name, metav1.GetOptions{})
	if r.came("configmap "+namespace+"/"+name, err) {
		r.objects.ConfigMaps = append(r.objects.ConfigMaps, *cm)
	}
}

func (r *reader) tokens() {
	list, err := r.client.CoreV1().Secrets(metav1.NamespaceSystem).List(r.ctx, metav1.ListOptions{
		FieldSelector: "type=bootstrap.kubernetes.io/token",
	})
	if r.came("bootstrap tokens", err) {
		r.objects.Secrets = append(r.objects.Secrets, list.Items...)
	}
}

func (r *reader) certificates() {
	secret, err := r.client.CoreV1().Secrets(metav1.NamespaceSystem).Get(r.ctx, "kubeadm-certs", metav1.GetOptions{})
	if r.came("secret kube-system/kubeadm-certs", err) {
		r.objects.Secrets = append(r.objects.Secrets, *secret)
	}
}

func (r *reader) apiServers() {
	list, err := r.client.CoreV1().Pods(metav1.NamespaceSystem).List(r.ctx, metav1.ListOptions{
		LabelSelector: "component=kube-apiserver",
	})
	if r.came("pods of kube-apiserver", err) {
		r.objects.Pods = list.Items
	}
}
