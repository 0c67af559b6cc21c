package kubestate_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	kubetesting "k8s.io/client-go/testing"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubestate"
)

func captured(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../cluster/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode[T any](t *testing.T, name string) *T {
	t.Helper()
	var object T
	if err := yaml.Unmarshal(captured(t, name), &object); err != nil {
		t.Fatal(err)
	}
	return &object
}

// realCluster is a clientset with the objects that a real cluster had.
func realCluster(t *testing.T) *fake.Clientset {
	t.Helper()
	return fake.NewClientset(
		decode[corev1.NodeList](t, "nodes.yaml"),
		decode[corev1.ConfigMap](t, "configmap-kubeadm-config.yaml"),
		decode[corev1.ConfigMap](t, "configmap-kubelet-config.yaml"),
		decode[corev1.ConfigMap](t, "configmap-cluster-info.yaml"),
		decode[corev1.SecretList](t, "secrets-kube-system.yaml"),
	)
}

func TestReadsTheSameStateAsFromKubectlsOutput(t *testing.T) {
	t.Parallel()
	got, err := kubestate.Read(context.Background(), realCluster(t))
	if err != nil {
		t.Fatal(err)
	}
	want, err := cluster.ParseState(
		captured(t, "nodes.yaml"), captured(t, "configmap-kubeadm-config.yaml"), captured(t, "configmap-kubelet-config.yaml"),
		captured(t, "configmap-cluster-info.yaml"), captured(t, "secrets-kube-system.yaml"),
	)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
		t.Errorf("-from kubectl +from the clientset:\n%s", diff)
	}
}

func TestOnlyReads(t *testing.T) {
	t.Parallel()
	client := realCluster(t)
	if _, err := kubestate.Read(context.Background(), client); err != nil {
		t.Fatal(err)
	}
	if len(client.Actions()) == 0 {
		t.Error("nothing was asked")
	}
	for _, action := range client.Actions() {
		if verb := action.GetVerb(); verb != "get" && verb != "list" {
			t.Errorf("%s %s", verb, action.GetResource().Resource)
		}
	}
}

func TestTellsMissingFromForbiddenFromFailed(t *testing.T) {
	t.Parallel()
	client := fake.NewClientset()
	client.PrependReactor("list", "secrets", func(kubetesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "", errors.New("no"))
	})
	broken := errors.New("connection refused")
	client.PrependReactor("list", "nodes", func(kubetesting.Action) (bool, runtime.Object, error) {
		return true, nil, broken
	})
	state, err := kubestate.Read(context.Background(), client)
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	want := []cluster.Absence{
		{What: "configmap kube-system/kubeadm-config", Reason: cluster.NotFound},
		{What: "configmap kube-system/kubelet-config", Reason: cluster.NotFound},
		{What: "configmap kube-public/cluster-info", Reason: cluster.NotFound},
		{What: "bootstrap tokens", Reason: cluster.Forbidden},
		{What: "secret kube-system/kubeadm-certs", Reason: cluster.NotFound},
	}
	if diff := cmp.Diff(want, state.Absent); diff != "" {
		t.Error(diff)
	}
}
