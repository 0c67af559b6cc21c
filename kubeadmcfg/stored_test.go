package kubeadmcfg_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/kubeadmcfg"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

const (
	storedMapping = "apiServer:\n  extraArgs: {advertise-address: 10.0.0.1}\n  certSANs: [a.example]\n"
	storedList    = "apiServer:\n  extraArgs: [{name: advertise-address, value: 10.0.0.1}]\n  certSANs: [a.example]\n"
)

func TestAStoredConfigurationIsReadTheSameInEveryVersion(t *testing.T) {
	t.Parallel()
	for version, fields := range map[string]string{
		"v1beta1": storedMapping, "v1beta3": storedMapping,
		"v1beta4": storedList, "v1": storedList, "v2": storedList,
	} {
		text := "apiVersion: kubeadm.k8s.io/" + version + "\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: k8s-vip:6443\n" + fields
		stored, err := kubeadmcfg.ParseStored(text)
		if err != nil {
			t.Errorf("%s: %v", version, err)
			continue
		}
		want := v1.APIServer{ExtraArgs: []v1.Arg{{Name: "advertise-address", Value: "10.0.0.1"}}, CertSANs: []string{"a.example"}}
		if diff := cmp.Diff(want, stored.Cluster.APIServer); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", version, diff)
		}
		if stored.Cluster.ControlPlaneEndpoint != "k8s-vip:6443" || stored.Text != text {
			t.Errorf("%s: got %q of %q", version, stored.Cluster.ControlPlaneEndpoint, stored.Text)
		}
	}
}

func TestAStoredConfigurationThatCannotBeReadIsAnErrorWithItsPlace(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"
	for want, text := range map[string]string{
		"kubeadm:3:23: controlPlaneEndpoint: want a string":       head + "controlPlaneEndpoint: [a]\n",
		"kubeadm:3:13: networking: want a mapping":                head + "networking: a\n",
		"kubeadm:1:1: the API version is not known here, and its": strings.Replace(head, "v1beta4", "v2", 1) + "networking: a\n",
		"want one ClusterConfiguration, got 0 documents":          "",
	} {
		if _, err := kubeadmcfg.ParseStored(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestAStoredConfigurationSurvivesJSON(t *testing.T) {
	t.Parallel()
	stored, err := kubeadmcfg.ParseStored("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n" + storedList)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []kubeadmcfg.Stored{stored, {}} {
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got kubeadmcfg.Stored
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if err := json.Unmarshal([]byte(`{"Text": "{"}`), &stored); err == nil {
		t.Error("a text that cannot be read is taken")
	}
}
