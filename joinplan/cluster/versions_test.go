package cluster_test

import (
	"strings"
	"testing"

	"github.com/haplane/haplane/joinplan/cluster"
)

// versions are those of a cluster and of one of its workers.
type versions struct{ kubernetes, kubeadm, own, kubelet string }

func (v versions) spec() cluster.Spec {
	spec := lab()
	spec.KubernetesVersion, spec.KubeadmVersion = v.kubernetes, v.kubeadm
	spec.Workers[0].KubeadmVersion, spec.Workers[0].KubeletVersion = v.own, v.kubelet
	return spec
}

func TestSkewThatKubeadmOrTheAPIServerRefusesIsAnError(t *testing.T) {
	t.Parallel()
	for v, want := range map[versions]string{
		{kubernetes: "v1.37.2"}:                                            "",
		{kubernetes: "v1.36.3", kubeadm: "v1.37.2"}:                        "",
		{kubernetes: "v1.35.4", kubeadm: "v1.37.2"}:                        "kubeadmVersion",
		{kubernetes: "v1.37.2", kubelet: "v1.34.4"}:                        "",
		{kubernetes: "v1.37.2", kubelet: "v1.33.13"}:                       "workers[0].kubeletVersion",
		{kubernetes: "v1.28.15", kubelet: "v1.27.1"}:                       "",
		{kubernetes: "v1.28.15", kubelet: "v1.26.1"}:                       "workers[0].kubeletVersion",
		{kubernetes: "v1.29.6", kubelet: "v1.26.1"}:                        "",
		{kubernetes: "v1.36.3", kubelet: "v1.37.2"}:                        "workers[0].kubeletVersion",
		{kubernetes: "v1.36.3", kubeadm: "v1.37.2", kubelet: "v1.33.13"}:   "workers[0].kubeletVersion",
		{kubernetes: "v1.37.2", own: "v1.36.3", kubelet: "v1.33.13"}:       "",
		{kubernetes: "v1.35.4", own: "v1.37.2"}:                            "workers[0].kubeadmVersion",
		{kubernetes: "v1.31.4", own: "v1.30.4"}:                            "workers[0].kubeadmVersion",
		{kubernetes: "v1.30.4", own: "v1.31.4"}:                            "",
		{kubernetes: "v1.37.2", own: "v1.21.0"}:                            "workers[0].kubeadmVersion",
		{kubernetes: "v1.37.2", own: "v1.38.0-alpha.1", kubelet: "1.37.0"}: "",
	} {
		err := v.spec().Validate()
		switch {
		case want == "" && err != nil:
			t.Errorf("%+v: %v", v, err)
		case want != "" && (err == nil || !strings.HasPrefix(err.Error(), want+": ") || strings.Contains(err.Error(), "\n")):
			t.Errorf("%+v: got %v, want one error about %s", v, err, want)
		}
	}
}

func TestSkewThatWorksAndIsNotSupportedIsWarnedOf(t *testing.T) {
	t.Parallel()
	for v, want := range map[versions]string{
		{kubernetes: "v1.37.2", own: "v1.37.0", kubelet: "v1.34.4"}:  "",
		{kubernetes: "v1.37.2", kubeadm: "v1.36.3"}:                  "kubeadmVersion",
		{kubernetes: "v1.27.1", own: "v1.25.1", kubelet: "v1.24.6"}:  "workers[0].kubeadmVersion workers[0].kubeletVersion",
		{kubernetes: "v1.37.2", own: "v1.36.3"}:                      "workers[0].kubeadmVersion",
		{kubernetes: "v1.37.2", own: "v1.36.3", kubelet: "v1.33.13"}: "workers[0].kubeadmVersion workers[0].kubeletVersion",
	} {
		var got []string
		for _, w := range v.spec().Warnings() {
			got = append(got, w.Place)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%+v: got %v, want %s", v, got, want)
		}
	}
}

func TestAVersionOfAGroupIsJudgedOnceAndAtTheGroup(t *testing.T) {
	t.Parallel()
	spec := lab()
	spec.NodeGroups = []cluster.NodeGroup{{Name: "old", NodeSettings: cluster.NodeSettings{KubeletVersion: "v1.30.4"}}}
	spec.Workers = append(spec.Workers, node("wk-2", "192.168.51.85/24"))
	spec.Workers[0].Group, spec.Workers[1].Group = "old", "old"
	err := spec.Validate()
	if err == nil || !strings.HasPrefix(err.Error(), "nodeGroups[0].kubeletVersion: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestTextsThatAreNoExactVersion(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"v1.37.2": true, "1.37.2": true, "v1.38.0-alpha.1": true, "v1.37.2+vendor.1": true, "v1.38.0-rc.1+a-b": true,
		"v1.37": false, "v1": false, "v2.0.0": false, "V1.37.2": false, " v1.37.2": false, "v1.37.02": false, "v1.37.2-01": false,
		"v1.37.2-": false, "stable": false, "v1.99999999999999999999.0": false, "v1.37.2\n": false,
	} {
		spec := lab()
		spec.KubernetesVersion = text
		if err := spec.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
