package componentconfig_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubeproxy "k8s.io/kube-proxy/config/v1alpha1"
	kubelet "k8s.io/kubelet/config/v1beta1"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/componentconfig"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

func ExampleKubeletDocument() {
	document, err := componentconfig.KubeletDocument(kubelet.KubeletConfiguration{
		CgroupDriver:                    "systemd",
		ServerTLSBootstrap:              true,
		ShutdownGracePeriod:             metav1.Duration{Duration: time.Minute},
		ShutdownGracePeriodCriticalPods: metav1.Duration{Duration: 20 * time.Second},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	file := kubeadmcfg.New(&v1beta4.ClusterConfiguration{ControlPlaneEndpoint: "k8s-vip:6443"}, document)
	fmt.Printf("%s", file.Bytes())
	// Output:
	// apiVersion: kubeadm.k8s.io/v1beta4
	// kind: ClusterConfiguration
	// controlPlaneEndpoint: k8s-vip:6443
	// ---
	// apiVersion: kubelet.config.k8s.io/v1beta1
	// cgroupDriver: systemd
	// kind: KubeletConfiguration
	// serverTLSBootstrap: true
	// shutdownGracePeriod: 1m0s
	// shutdownGracePeriodCriticalPods: 20s
}

func TestReadsTheKubeletConfigurationOfALiveCluster(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../testdata/kubelet-config-1.37.configmap.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file, err := kubeadmcfg.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	config, err := componentconfig.Kubelet(file)
	if err != nil {
		t.Fatal(err)
	}
	if config == nil || config.StaticPodPath != "/etc/kubernetes/manifests" || *config.FailSwapOn {
		t.Errorf("got %+v", config)
	}
}

func TestWhatIsWrittenReadsAsTheSame(t *testing.T) {
	t.Parallel()
	yes, no, port := true, false, int32(10250)
	want := kubelet.KubeletConfiguration{
		TypeMeta:       metav1.TypeMeta{APIVersion: "kubelet.config.k8s.io/v1beta1", Kind: "KubeletConfiguration"},
		EnableServer:   &no,
		Port:           port,
		Authentication: kubelet.KubeletAuthentication{Anonymous: kubelet.KubeletAnonymousAuthentication{Enabled: &no}, Webhook: kubelet.KubeletWebhookAuthentication{Enabled: &yes, CacheTTL: metav1.Duration{Duration: time.Minute}}},
		EvictionHard:   map[string]string{"memory.available": "5%"},
		ClusterDNS:     []string{"10.96.0.10"},
		SystemReserved: map[string]string{"cpu": "100m"},
	}
	document, err := componentconfig.KubeletDocument(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := componentconfig.Kubelet(kubeadmcfg.New(document))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("-want +got:\n%s\n%s", diff, document.Text)
	}
	if lines := strings.Count(document.Text, "\n"); lines > 18 {
		t.Errorf("%d lines for what seven fields say:\n%s", lines, document.Text)
	}
}

func TestKubeProxyIsWrittenAndRead(t *testing.T) {
	t.Parallel()
	document, err := componentconfig.KubeProxyDocument(kubeproxy.KubeProxyConfiguration{Mode: "ipvs"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\n"; document.Text != want {
		t.Errorf("got %s", document.Text)
	}
	file, err := kubeadmcfg.Parse(kubeadmcfg.New(document).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	config, err := componentconfig.KubeProxy(file)
	if err != nil || config == nil || config.Mode != "ipvs" {
		t.Errorf("got %+v, %v", config, err)
	}
	if none, err := componentconfig.Kubelet(file); none != nil || err != nil {
		t.Errorf("found a kubelet configuration where there is none: %v, %v", none, err)
	}
}

func TestUnknownFieldsAreReportedWithTheirPlace(t *testing.T) {
	t.Parallel()
	file, err := kubeadmcfg.Parse([]byte("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupdriver: systemd\nsyncFrequency: 5\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = componentconfig.Kubelet(file)
	var parseErr *kubeadmcfg.ParseError
	if !errors.As(err, &parseErr) || parseErr.Line != 3 {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{`kubeadm:3:1: cgroupdriver: unknown field: names are case-sensitive, write "cgroupDriver"`, "kubeadm:4:16: syncFrequency: want a duration"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}
