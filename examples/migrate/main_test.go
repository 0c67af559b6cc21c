package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/garbage"
	"github.com/haplane/haplane/internal/golden"
)

func oldFile(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/old.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWritesAnOldFileInTheNewVersion(t *testing.T) {
	t.Parallel()
	runs := map[string][]string{
		"v1beta4.yaml":       {"-to", "v1beta4"},
		"with-defaults.yaml": {"-kubeadm", "v1.31.4", "-defaults"},
	}
	var parts []txtar.File
	for _, name := range []string{"v1beta4.yaml", "with-defaults.yaml"} {
		var out, errs bytes.Buffer
		if status := run(runs[name], strings.NewReader(oldFile(t)), &out, &errs); status != 0 {
			t.Fatalf("%s: exit status %d: %s", name, status, &errs)
		}
		if errs.Len() > 0 {
			t.Errorf("%s: standard error has %s", name, &errs)
		}
		parts = append(parts, txtar.File{Name: name, Data: out.Bytes()})
	}
	golden.Check(t, "testdata/migrated.txtar", parts...)
}

func TestThereAndBackIsTheSame(t *testing.T) {
	t.Parallel()
	var there, back, again, errs bytes.Buffer
	run([]string{"-to", "v1"}, strings.NewReader(oldFile(t)), &there, &errs)
	run([]string{"-to", "v1beta3"}, &there, &back, &errs)
	run([]string{"-to", "v1beta3"}, strings.NewReader(oldFile(t)), &again, &errs)
	if back.String() != again.String() || back.Len() == 0 {
		t.Errorf("%s\n%s\n%s", &back, &again, &errs)
	}
}

func TestLossesAreListedAndTheFileIsWrittenOnlyWhenTold(t *testing.T) {
	t.Parallel()
	const in = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ndns:\n  disabled: true\n"
	const want = "lost: ClusterConfiguration.dns.disabled: v1beta3: there is no such field\n"
	var out, errs bytes.Buffer
	if status := run([]string{"-to", "v1beta3"}, strings.NewReader(in), &out, &errs); status != 1 || out.Len() > 0 || errs.String() != want {
		t.Errorf("exit status %d, output %q, errors %q", status, &out, &errs)
	}
	errs.Reset()
	if status := run([]string{"-to", "v1beta3", "-lossy"}, strings.NewReader(in), &out, &errs); status != 1 || !strings.HasPrefix(errs.String(), want) {
		t.Errorf("exit status %d, errors %q", status, &errs)
	}
	if got := out.String(); got != "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n" {
		t.Errorf("output %q", got)
	}
}

func TestBadInputWritesNothingAndExitsWith2(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		in   string
		want string
	}{
		"an unknown field":   {nil, "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nfoo: 1\n", "kubeadm:3:1: foo: unknown field"},
		"an unknown version": {[]string{"-to", "v2"}, oldFile(t), `API version "v2": known are`},
		"an unknown release": {[]string{"-kubeadm", "latest"}, oldFile(t), `kubeadm version "latest"`},
		"a release too old":  {[]string{"-kubeadm", "1.21"}, oldFile(t), "kubeadm 1.21: its API versions are older"},
		"nothing":            {nil, "", "there is no document of kubeadm.k8s.io"},
		"an unknown flag":    {[]string{"-from", "x"}, "", "flag provided but not defined"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if status := run(test.args, strings.NewReader(test.in), &out, &errs); status != 2 {
				t.Errorf("exit status %d, want 2", status)
			}
			if out.Len() > 0 || !strings.Contains(errs.String(), test.want) {
				t.Errorf("output %q, errors %q, want %q", &out, &errs, test.want)
			}
		})
	}
}

func TestSaysWhatKubeadmWouldRefuse(t *testing.T) {
	t.Parallel()
	for want, test := range map[string]struct {
		args []string
		in   string
	}{
		"kubeadm would refuse this: ClusterConfiguration.networking.podSubnet: Invalid value": {nil,
			"apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.30.4\nnetworking: {podSubnet: 10.0.0.0/30}\n"},
		"kubeadm would refuse this: ClusterConfiguration.featureGates[EtcdLearnerMode]": {[]string{"-kubeadm", "v1.37.2"},
			"apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\nfeatureGates: {EtcdLearnerMode: true}\n"},
		"kubeadm would refuse this: documents[1].apiVersion: Invalid value: \"kubelet.config.k8s.io/v1\": a KubeletConfiguration is of kubelet.config.k8s.io/v1beta1: write that": {nil,
			"apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.30.4\n---\napiVersion: kubelet.config.k8s.io/v1\nkind: KubeletConfiguration\n"},
	} {
		var out, errs bytes.Buffer
		if status := run(test.args, strings.NewReader(test.in), &out, &errs); status != 1 || out.Len() == 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("exit status %d, errors %s, want %s", status, &errs, want)
		}
	}
}

func TestConvertsWhatKubeadmOfTheYearBeforeWrote(t *testing.T) {
	t.Parallel()
	const in = "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: v1.22.17\ncontrolPlaneEndpoint: k8s-vip:6443\n" +
		"apiServer: {extraArgs: {v: \"2\"}, timeoutForControlPlane: 10m0s}\ndns: {type: CoreDNS}\n"
	var out, errs bytes.Buffer
	status := run([]string{"-to", "v1beta4"}, strings.NewReader(in), &out, &errs)
	const want = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ntimeouts:\n  controlPlaneComponentHealthCheck: 10m0s\n---\n" +
		"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.22.17\ncontrolPlaneEndpoint: k8s-vip:6443\n" +
		"apiServer:\n  extraArgs:\n  - name: v\n    value: \"2\"\n"
	if status != 0 || out.String() != want || errs.Len() > 0 {
		t.Errorf("exit status %d, errors %s, got\n%s", status, &errs, &out)
	}
}

func TestGarbageIsNeverMigrated(t *testing.T) {
	t.Parallel()
	for _, in := range garbage.For("migrate") {
		var out, errs bytes.Buffer
		if status := run(nil, strings.NewReader(in.Text), &out, &errs); status == 0 || errs.Len() == 0 {
			t.Errorf("%s: exit status %d, output %q", in.Name, status, &out)
		}
	}
}
