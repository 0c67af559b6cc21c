package kubeadmcfg_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/kubeadmcfg"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

func minutes(n int) *metav1.Duration {
	return &metav1.Duration{Duration: time.Duration(n) * time.Minute}
}

func TestTimeoutsMoveBetweenDocuments(t *testing.T) {
	t.Parallel()
	cluster := func(timeout *metav1.Duration) *v1beta3.ClusterConfiguration {
		return &v1beta3.ClusterConfiguration{APIServer: v1beta3.APIServer{TimeoutForControlPlane: timeout}}
	}
	newInit := func(timeout *metav1.Duration) *v1beta4.InitConfiguration {
		return &v1beta4.InitConfiguration{Timeouts: &v1beta4.Timeouts{ControlPlaneComponentHealthCheck: timeout}}
	}
	tests := map[string]struct {
		in, want kubeadmcfg.File
		back     bool // converting back gives the file that it came from
	}{
		"to the InitConfiguration that is there": {
			in:   kubeadmcfg.New(cluster(minutes(10)), &v1beta3.InitConfiguration{}),
			want: kubeadmcfg.New(&v1beta4.ClusterConfiguration{}, newInit(minutes(10))),
			back: true,
		},
		"to an InitConfiguration made for it": {
			in:   kubeadmcfg.New(cluster(minutes(10))),
			want: kubeadmcfg.New(newInit(minutes(10)), &v1beta4.ClusterConfiguration{}),
		},
		"nowhere when it is the default": {
			in:   kubeadmcfg.New(cluster(minutes(4))),
			want: kubeadmcfg.New(&v1beta4.ClusterConfiguration{}),
		},
		"as zero, which it was": {
			in:   kubeadmcfg.New(cluster(minutes(0)), &v1beta3.InitConfiguration{}),
			want: kubeadmcfg.New(&v1beta4.ClusterConfiguration{}, newInit(minutes(0))),
			back: true,
		},
		"to the JoinConfiguration, with the timeout for discovery": {
			in: kubeadmcfg.New(cluster(minutes(10)), &v1beta3.JoinConfiguration{Discovery: v1beta3.Discovery{Timeout: minutes(3)}}),
			want: kubeadmcfg.New(&v1beta4.ClusterConfiguration{}, &v1beta4.JoinConfiguration{
				Timeouts: &v1beta4.Timeouts{ControlPlaneComponentHealthCheck: minutes(10), Discovery: minutes(3)},
			}),
			back: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.in.Convert(kubeadmcfg.V1Beta4)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(test.want.Bytes()), string(got.Bytes())); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			back, err := got.Convert(kubeadmcfg.V1Beta3)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(test.in.Bytes()), string(back.Bytes())); test.back && diff != "" {
				t.Errorf("back: -want +got:\n%s", diff)
			}
		})
	}
}

func TestWhatAnOlderVersionDoesAnywayIsNoLoss(t *testing.T) {
	t.Parallel()
	file := labInit().WithDefaults()
	if _, err := file.Convert(kubeadmcfg.V1Beta3); err != nil {
		t.Error(err)
	}
	external := kubeadmcfg.New(&v1beta4.ClusterConfiguration{Etcd: v1beta4.Etcd{External: &v1beta4.ExternalEtcd{
		Endpoints: []string{"https://10.0.0.1:2379"}, HTTPEndpoints: []string{"https://10.0.0.1:2379"},
	}}})
	if _, err := external.Convert(kubeadmcfg.V1Beta3); err != nil {
		t.Error(err)
	}
}

func TestEveryLossIsListedOnce(t *testing.T) {
	t.Parallel()
	yes := true
	file := kubeadmcfg.New(
		&v1.InitConfiguration{DryRun: true, Timeouts: &v1.Timeouts{ControlPlaneComponentHealthCheck: minutes(10), EtcdAPICall: minutes(9)}},
		&v1.JoinConfiguration{Timeouts: &v1.Timeouts{ControlPlaneComponentHealthCheck: minutes(11)}},
		&v1.ClusterConfiguration{
			Scheduler: v1.ControlPlaneComponent{ExtraArgs: []v1.Arg{{Name: "v", Value: "1"}, {Name: "v", Value: "2", MergeMethod: v1.ArgMergeMethodAppend}}},
			Etcd:      v1.Etcd{External: &v1.ExternalEtcd{Endpoints: []string{"https://a:1"}, HTTPEndpoints: []string{"https://a:2"}}},
		},
		&v1.ResetConfiguration{},
		&v1.UpgradeConfiguration{Plan: v1.UpgradePlanConfiguration{DryRun: &yes}},
	)
	tests := map[kubeadmcfg.Version][]string{
		kubeadmcfg.V1Beta4: {"ClusterConfiguration.scheduler.extraArgs[1].mergeMethod"},
		kubeadmcfg.V1Beta3: {
			"JoinConfiguration.timeouts.controlPlaneComponentHealthCheck",
			"InitConfiguration.timeouts.etcdAPICall",
			"InitConfiguration.dryRun",
			"ClusterConfiguration.scheduler.extraArgs.v",
			"ClusterConfiguration.scheduler.extraArgs[1].mergeMethod",
			"ClusterConfiguration.etcd.external.httpEndpoints",
			"ResetConfiguration",
			"UpgradeConfiguration",
		},
	}
	for version, want := range tests {
		converted, losses, err := file.ConvertLossy(version)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range losses {
			got = append(got, l.Field)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", version, diff)
		}
		if text := string(converted.Bytes()); !strings.Contains(text, `"2"`) {
			t.Errorf("%s: the last of two flags is gone:\n%s", version, text)
		}
	}
}

func TestConversionNeedsAVersionToComeFromAndOneToGoTo(t *testing.T) {
	t.Parallel()
	mixed := kubeadmcfg.New(&v1beta4.InitConfiguration{}, &v1beta3.ClusterConfiguration{})
	for name, test := range map[string]struct {
		file kubeadmcfg.File
		to   kubeadmcfg.Version
	}{
		"an empty file":      {kubeadmcfg.File{}, kubeadmcfg.V1},
		"mixed versions":     {mixed, kubeadmcfg.V1},
		"an unknown version": {labInit(), "v1beta5"},
		"a nil document":     {kubeadmcfg.New(nil), kubeadmcfg.V1},
		"a typed nil":        {kubeadmcfg.New((*v1beta4.InitConfiguration)(nil)), kubeadmcfg.V1},
	} {
		if _, err := test.file.Convert(test.to); err == nil {
			t.Errorf("%s: there was no error", name)
		}
	}
}

func TestVersionForFollowsKubeadmsRelease(t *testing.T) {
	t.Parallel()
	tests := map[string]kubeadmcfg.Version{
		"v1.22.0": kubeadmcfg.V1Beta3, "1.24.1": kubeadmcfg.V1Beta3, "1.30": kubeadmcfg.V1Beta3, "v1.30.14": kubeadmcfg.V1Beta3,
		"v1.31.0": kubeadmcfg.V1Beta4, "v1.36.3": kubeadmcfg.V1Beta4, "v1.37.2": kubeadmcfg.V1Beta4, "v1.45.0-alpha.1+abc": kubeadmcfg.V1Beta4,
	}
	for release, want := range tests {
		if got, err := kubeadmcfg.VersionFor(release); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", release, got, err, want)
		}
	}
	for _, release := range []string{"", "latest", "v2.0.0", "1.21.9", "stable-1", "v1.x"} {
		if got, err := kubeadmcfg.VersionFor(release); err == nil {
			t.Errorf("%q: got %s", release, got)
		}
	}
}
