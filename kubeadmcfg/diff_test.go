package kubeadmcfg_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

func TestDiffNamesEachFieldThatChanged(t *testing.T) {
	t.Parallel()
	changed := everyField()
	cluster := kubeadmcfg.Find[v1beta4.ClusterConfiguration](changed)
	cluster.ControlPlaneEndpoint = "api.example:6443"
	cluster.DNS.Disabled = false
	cluster.APIServer.ExtraArgs = append(cluster.APIServer.ExtraArgs[1:], v1beta4.Arg{Name: "v", Value: "4"})
	init := kubeadmcfg.Find[v1beta4.InitConfiguration](changed)
	init.NodeRegistration.Taints = nil
	init.BootstrapTokens[0].Token = "abcdef.0123456789abcdef"
	changed.Documents[2].(*kubeadmcfg.Other).Text = "kind: KubeletConfiguration\nserverTLSBootstrap: false\n"
	want := []string{
		"InitConfiguration.nodeRegistration.taints: was [], is not set",
		"InitConfiguration.bootstrapTokens[0].token: (secret) -> (secret)",
		`ClusterConfiguration.controlPlaneEndpoint: "[fd00:10::80]:8443" -> api.example:6443`,
		"ClusterConfiguration.apiServer.extraArgs[audit-log-path].name: was audit-log-path, is not set",
		"ClusterConfiguration.apiServer.extraArgs[audit-log-path].value: was /var/log/audit.log, is not set",
		"ClusterConfiguration.dns.disabled: was true, is not set",
		"KubeletConfiguration.serverTLSBootstrap: true -> false",
		"ClusterConfiguration.apiServer.extraArgs[v].name: set to v",
		`ClusterConfiguration.apiServer.extraArgs[v].value: set to "4"`,
	}
	var got []string
	for _, c := range kubeadmcfg.Diff(everyField(), changed) {
		got = append(got, c.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDiffOfAFileWithItselfIsEmptyInAnyVersion(t *testing.T) {
	t.Parallel()
	for _, file := range []kubeadmcfg.File{labInit(), labJoin("a", "192.168.51.82"), everyField()} {
		for _, version := range []kubeadmcfg.Version{kubeadmcfg.V1Beta4, kubeadmcfg.V1} {
			converted, err := file.Convert(version)
			if err != nil {
				t.Fatal(err)
			}
			if changes := kubeadmcfg.Diff(file, converted); len(changes) > 0 {
				t.Errorf("%s: %v", version, changes)
			}
		}
	}
}

func TestDiffNeverShowsSecrets(t *testing.T) {
	t.Parallel()
	old, new := labJoin("a", "192.168.51.82"), labJoin("a", "192.168.51.82")
	join := kubeadmcfg.Find[v1beta4.JoinConfiguration](new)
	join.Discovery.BootstrapToken.Token = "zzzzzz.zzzzzzzzzzzzzzzz"
	join.Discovery.TLSBootstrapToken = "yyyyyy.yyyyyyyyyyyyyyyy"
	join.ControlPlane.CertificateKey = strings.Repeat("f", 64)
	changes := kubeadmcfg.Diff(old, new)
	if len(changes) != 3 {
		t.Errorf("want three changes, got %v", changes)
	}
	for _, c := range changes {
		for _, secret := range []string{labKey, "ffff", "zzzz", "yyyy", "dwqt2lg576fjoug5"} {
			if strings.Contains(c.String(), secret) {
				t.Errorf("%s shows a secret", c)
			}
		}
	}
}
