package kubeadmcfg_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

const (
	labConfigMap   = "testdata/kubeadm-config.configmap.yaml"
	newerConfigMap = "testdata/kubeadm-config-1.37.configmap.yaml"
)

func readConfigMap(t *testing.T, path string) (kubeadmcfg.Stored, corev1.ConfigMap) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := kubeadmcfg.ParseConfigMap(text)
	if err != nil {
		t.Fatal(err)
	}
	var cm corev1.ConfigMap
	if err := yaml.Unmarshal(text, &cm); err != nil {
		t.Fatal(err)
	}
	return stored, cm
}

func TestClusterConfigurationIsPassedOnByteForByte(t *testing.T) {
	t.Parallel()
	for _, path := range []string{labConfigMap, newerConfigMap} {
		stored, cm := readConfigMap(t, path)
		original := cm.Data["ClusterConfiguration"]
		uploaded, err := stored.UploadCertsFile(labSocket)
		if err != nil {
			t.Fatal(err)
		}
		phase, err := stored.PhaseFile(&v1beta4.InitConfiguration{NodeRegistration: v1beta4.NodeRegistrationOptions{CRISocket: labSocket}})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range [][]byte{uploaded, phase} {
			if !bytes.HasPrefix(file, []byte(original+"---\n")) {
				t.Errorf("%s: the file does not start with the cluster's own text:\n%s", path, file)
			}
			parsed, err := kubeadmcfg.Parse(file)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if len(parsed.Documents) != 2 {
				t.Errorf("%s: want two documents, got %d", path, len(parsed.Documents))
			}
		}
		if !bytes.Equal(uploaded, phase) {
			t.Errorf("%s: -uploaded +phase:\n%s", path, cmp.Diff(string(uploaded), string(phase)))
		}
	}
}

func TestConfigMapIsFoundInEveryFormOfKubectlsOutput(t *testing.T) {
	t.Parallel()
	want, cm := readConfigMap(t, labConfigMap)
	asJSON, err := os.ReadFile(labConfigMap)
	if err != nil {
		t.Fatal(err)
	}
	if asJSON, err = yaml.YAMLToJSON(asJSON); err != nil {
		t.Fatal(err)
	}
	other := `{"apiVersion":"v1","kind":"ConfigMap","data":{"x":"y"}}`
	tests := map[string]string{
		"JSON":   string(asJSON),
		"a List": `{"apiVersion":"v1","kind":"List","items":[` + other + "," + string(asJSON) + `]}`,
	}
	for name, text := range tests {
		got, err := kubeadmcfg.ParseConfigMap([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	typed, err := kubeadmcfg.FromConfigMap(&cm)
	if diff := cmp.Diff(want, typed); err != nil || diff != "" {
		t.Errorf("typed: %v, -want +got:\n%s", err, diff)
	}
}

func TestConfigMapsThatAreNoneAreErrors(t *testing.T) {
	t.Parallel()
	config := func(text string) *corev1.ConfigMap {
		return &corev1.ConfigMap{Data: map[string]string{"ClusterConfiguration": text}}
	}
	tests := map[string]*corev1.ConfigMap{
		"nil":           nil,
		"another one":   {Data: map[string]string{"x": "y"}},
		"empty":         config(""),
		"two documents": config("a: b\n---\nc: d\n"),
		"broken YAML":   config("a: [\n"),
		"a list":        config("- a\n"),
		"another kind":  config("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n"),
		"another group": config("apiVersion: example.com/v1\nkind: ClusterConfiguration\n"),
		"no apiVersion": config("kind: ClusterConfiguration\n"),
	}
	for name, cm := range tests {
		if stored, err := kubeadmcfg.FromConfigMap(cm); err == nil {
			t.Errorf("%s: got %v", name, stored)
		}
	}
}

func TestUploadCertsWorksInAnAPIVersionThatIsNotKnown(t *testing.T) {
	t.Parallel()
	const text = "apiVersion: kubeadm.k8s.io/v2\nkind: ClusterConfiguration\nnew: field\n"
	stored, err := kubeadmcfg.FromConfigMap(&corev1.ConfigMap{Data: map[string]string{"ClusterConfiguration": text}})
	if err != nil {
		t.Fatal(err)
	}
	file, err := stored.UploadCertsFile(labSocket)
	want := text + "---\napiVersion: kubeadm.k8s.io/v2\nkind: InitConfiguration\nnodeRegistration:\n  criSocket: unix:///var/run/cri-dockerd.sock\n"
	if err != nil || string(file) != want {
		t.Errorf("got %s, %v", file, err)
	}
	if _, err := stored.PhaseFile(&v1beta4.InitConfiguration{}); err == nil {
		t.Error("a typed document was written in an API version without types")
	}
}

func TestJoinFileTakesEndpointAndVersionFromTheCluster(t *testing.T) {
	t.Parallel()
	stored, _ := readConfigMap(t, labConfigMap)
	join := kubeadmcfg.Find[v1beta4.JoinConfiguration](labJoin("cka-cp-2", "192.168.51.82"))
	join.Discovery.BootstrapToken.APIServerEndpoint = ""
	file, err := stored.JoinFile(join)
	if err != nil {
		t.Fatal(err)
	}
	got := kubeadmcfg.Find[v1beta3.JoinConfiguration](file)
	if got == nil || got.Discovery.BootstrapToken.APIServerEndpoint != "k8s-vip:6443" {
		t.Errorf("got %s", file.Bytes())
	}
	if join.Discovery.BootstrapToken.APIServerEndpoint != "" {
		t.Error("the argument was changed")
	}

	stored.Text = strings.Replace(stored.Text, "controlPlaneEndpoint: k8s-vip:6443\n", "", 1)
	_, err = stored.JoinFile(join)
	var fieldErr *field.Error
	if !errors.As(err, &fieldErr) || fieldErr.Field != "ClusterConfiguration.controlPlaneEndpoint" {
		t.Errorf("a control plane joins a cluster without an endpoint: %v", err)
	}
}

func TestConfigMapInAnotherAPIVersion(t *testing.T) {
	t.Parallel()
	stored, _ := readConfigMap(t, labConfigMap)
	newer, err := stored.In(kubeadmcfg.V1Beta4)
	if err != nil {
		t.Fatal(err)
	}
	file, err := newer.UploadCertsFile(labSocket)
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/upload-certs-v1beta4.txtar", txtar.File{Name: "upload-certs.yaml", Data: file})
	current, _ := readConfigMap(t, newerConfigMap)
	_, err = current.In(kubeadmcfg.V1Beta3)
	var lossy *kubeadmcfg.LossError
	if !errors.As(err, &lossy) || len(lossy.Losses) != 2 {
		t.Errorf("want dns.disabled and proxy.disabled lost, got %v", err)
	}
}
