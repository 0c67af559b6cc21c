package cluster_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/haplane/haplane/joinplan/cluster"
)

// configMap is what kubectl prints of kubeadm-config with these fields.
func configMap(fields string) []byte {
	text := "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n" + fields
	return fmt.Appendf(nil, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubeadm-config, namespace: kube-system}\ndata: {ClusterConfiguration: %q}\n", text)
}

func TestAnEndpointWithoutAPortIsThatOfTheAPIServer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"k8s.example.com": "k8s.example.com:6443", "k8s.example.com:443": "k8s.example.com:443",
		"10.0.0.1": "10.0.0.1:6443", "fd00::1": "[fd00::1]:6443", "[fd00::1]:7443": "[fd00::1]:7443",
	} {
		state, err := cluster.ParseState(configMap(fmt.Sprintf("controlPlaneEndpoint: %q\n", text)))
		if err != nil {
			t.Fatal(err)
		}
		if got, there := state.Endpoint(); !there || got.String() != want {
			t.Errorf("%s: got %s, %t", text, got, there)
		}
	}
	state, err := cluster.ParseState(configMap("controlPlaneEndpoint: \"\"\n"))
	if _, there := state.Endpoint(); err != nil || there {
		t.Errorf("without one: got %t, %v", there, err)
	}
}

func TestAConfigurationThatCannotBeReadIsSaid(t *testing.T) {
	t.Parallel()
	for _, fields := range []string{"{", "controlPlaneEndpoint: [a]\n", "controlPlaneEndpoint: a\ncontrolPlaneEndpoint: b\n", "---\na: b\n"} {
		state, err := cluster.ParseState(configMap(fields))
		if err == nil || !strings.Contains(err.Error(), "configmap kube-system/kubeadm-config cannot be read") {
			t.Errorf("%q: got the error %v", fields, err)
		}
		if len(state.Absent) != 1 || state.Absent[0].Reason != cluster.Unreadable || len(state.Warnings()) == 0 {
			t.Errorf("%q: got %v", fields, state.Absent)
		}
	}
}
