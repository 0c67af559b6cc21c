package kubeadmcfg_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/haplane/haplane/kubeadmcfg"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// What "kubeadm config print" of 1.37.2 printed, and what of it is not a static
// default.
var printedDefaults = map[string]kubeadmcfg.File{
	"init": kubeadmcfg.New(
		&v1beta4.InitConfiguration{
			BootstrapTokens:  []v1beta4.BootstrapToken{{Token: "abcdef.0123456789abcdef"}},
			LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: "1.2.3.4"},
			NodeRegistration: v1beta4.NodeRegistrationOptions{Name: "node", CRISocket: "unix:///var/run/containerd/containerd.sock"},
		},
		&v1beta4.ClusterConfiguration{KubernetesVersion: "1.37.0"},
	),
	"join": kubeadmcfg.New(&v1beta4.JoinConfiguration{
		Discovery: v1beta4.Discovery{BootstrapToken: &v1beta4.BootstrapTokenDiscovery{
			APIServerEndpoint: "kube-apiserver:6443", Token: "abcdef.0123456789abcdef", UnsafeSkipCAVerification: true,
		}},
		NodeRegistration: v1beta4.NodeRegistrationOptions{Name: "cka-cp-1", CRISocket: "unix:///var/run/containerd/containerd.sock"},
	}),
	"reset":   kubeadmcfg.New(&v1beta4.ResetConfiguration{CRISocket: "unix:///var/run/containerd/containerd.sock"}),
	"upgrade": kubeadmcfg.New(&v1beta4.UpgradeConfiguration{}),
}

func TestDefaultsAreThoseThatKubeadmPrints(t *testing.T) {
	t.Parallel()
	for name, file := range printedDefaults {
		text, err := os.ReadFile("testdata/defaults-1.37/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		printed, err := kubeadmcfg.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if changes := kubeadmcfg.Diff(printed, file.WithDefaults()); len(changes) > 0 {
			t.Errorf("%s: %v", name, changes)
		}
	}
}

func TestDefaultsAreFilledInOnceAndInEveryVersionAlike(t *testing.T) {
	t.Parallel()
	for _, file := range []kubeadmcfg.File{labInit(), labJoin("a", "192.168.51.82"), everyField()} {
		before := file.Bytes()
		once := file.WithDefaults()
		if diff := cmp.Diff(once.Bytes(), once.WithDefaults().Bytes()); diff != "" {
			t.Errorf("a second time changes something:\n%s", diff)
		}
		if diff := cmp.Diff(before, file.Bytes()); diff != "" {
			t.Errorf("the file itself was changed:\n%s", diff)
		}
		older, _, err := file.ConvertLossy(kubeadmcfg.V1Beta3)
		if err != nil {
			t.Fatal(err)
		}
		filledThenConverted, losses, err := older.WithDefaults().ConvertLossy(kubeadmcfg.V1Beta4)
		if err != nil || len(losses) > 0 {
			t.Fatal(err, losses)
		}
		converted, err := older.Convert(kubeadmcfg.V1Beta4)
		if err != nil {
			t.Fatal(err)
		}
		if changes := kubeadmcfg.Diff(converted.WithDefaults(), filledThenConverted.WithDefaults()); len(changes) > 0 {
			t.Errorf("v1beta3 has other defaults: %v", changes)
		}
	}
}

func TestDeepCopySharesNothing(t *testing.T) {
	t.Parallel()
	original := everyField()
	want := original.Bytes()
	copied := original.DeepCopy()
	if diff := cmp.Diff(original, copied); diff != "" {
		t.Errorf("-original +copy:\n%s", diff)
	}
	cluster := kubeadmcfg.Find[v1beta4.ClusterConfiguration](copied)
	cluster.APIServer.ExtraArgs[0].Value = "changed"
	cluster.Etcd.External.Endpoints[0] = "changed"
	cluster.FeatureGates["RootlessControlPlane"] = true
	init := kubeadmcfg.Find[v1beta4.InitConfiguration](copied)
	init.BootstrapTokens[0].TTL.Duration = 1
	init.Timeouts.ControlPlaneComponentHealthCheck.Duration = 1
	*init.NodeRegistration.ImagePullSerial = true
	copied.Documents[2].(*kubeadmcfg.Other).Text = "changed"
	if diff := cmp.Diff(string(want), string(original.Bytes())); diff != "" {
		t.Errorf("the original changed with its copy:\n%s", diff)
	}
	if found := kubeadmcfg.Find[v1.InitConfiguration](original); found != nil {
		t.Error("found a kind of another version")
	}
}

func TestATimeoutOfZeroIsNoTimeoutThatIsMissing(t *testing.T) {
	t.Parallel()
	file := kubeadmcfg.New(&v1beta3.ClusterConfiguration{APIServer: v1beta3.APIServer{TimeoutForControlPlane: minutes(0)}})
	if got := kubeadmcfg.Find[v1beta3.ClusterConfiguration](file.WithDefaults()).APIServer.TimeoutForControlPlane; got.Duration != 0 {
		t.Errorf("0s became %s", got.Duration)
	}
	file = kubeadmcfg.New(&v1beta3.ClusterConfiguration{})
	if got := kubeadmcfg.Find[v1beta3.ClusterConfiguration](file.WithDefaults()).APIServer.TimeoutForControlPlane; *got != *minutes(4) {
		t.Errorf("nothing became %s", got.Duration)
	}
}

func TestReferencesToFieldsOfThePodGetTheirVersion(t *testing.T) {
	t.Parallel()
	env := corev1.EnvVar{Name: "A", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}}
	file := kubeadmcfg.New(&v1beta4.ClusterConfiguration{Scheduler: v1beta4.ControlPlaneComponent{ExtraEnvs: []corev1.EnvVar{env}}})
	filled := kubeadmcfg.Find[v1beta4.ClusterConfiguration](file.WithDefaults())
	if got := filled.Scheduler.ExtraEnvs[0].ValueFrom.FieldRef.APIVersion; got != "v1" {
		t.Errorf("got %q", got)
	}
	if env.ValueFrom.FieldRef.APIVersion != "" {
		t.Error("the file itself was changed")
	}
}
