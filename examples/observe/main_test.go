package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/internal/capturetest"
	"github.com/haplane/haplane/internal/garbage"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan/capture"
)

// captured is what a real cluster printed.
const captured = "../../joinplan/testdata/"

func runObserve(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(args, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

func etcd(t *testing.T, names ...string) string {
	t.Helper()
	var all []byte
	for _, name := range names {
		all = append(all, contents(t, captured+name)...)
	}
	file := filepath.Join(t.TempDir(), "etcd.txt")
	if err := os.WriteFile(file, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func contents(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestADirectoryOfCapturesSaysTheSameAsItsParts has the same text in a capture as
// in single files.
func TestADirectoryOfCapturesSaysTheSameAsItsParts(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"kubectl get nodes": "nodes.yaml", "kubectl get configmap kubeadm-config": "configmap-kubeadm-config.yaml",
		"kubectl get configmap cluster-info": "configmap-cluster-info.yaml", "kubectl get bootstrap tokens": "secrets-kube-system.yaml",
		"etcdctl endpoint status": "healthy/endpoint-status.json.out", "etcdctl member list": "healthy/member-list.json.out",
	}
	c := capture.Capture{Name: "cka-cp-1", Role: capture.ControlPlane, Runs: []capture.Run{{Label: "cat /etc/machine-id", Output: []byte(strings.Repeat("1", 32) + "\n")}}}
	for _, label := range slices.Sorted(maps.Keys(files)) {
		c.Runs = append(c.Runs, capture.Run{Label: label, Output: contents(t, captured+files[label])})
	}
	dir := capturetest.Dir(t, c)
	status, out, errs := runObserve(t, "-cluster", "testdata/three.yaml", "-observed", dir)
	if want := golden.File(t, golden.Read(t, "testdata/complete.txtar"), "printed"); status != 0 || errs != "" || out != string(want) {
		t.Errorf("exit status %d, %q, and it printed:\n%s", status, errs, out)
	}
	if status, _, errs := runObserve(t, "-observed", dir, "-etcd", "x"); status != 2 || !strings.Contains(errs, "leave -kubeconfig, -etcd and files away") {
		t.Errorf("both: exit status %d, %q", status, errs)
	}
	if status, _, errs := runObserve(t, "-observed", capturetest.Dir(t)); status != 2 || !strings.Contains(errs, "capture each machine first") {
		t.Errorf("an empty directory: exit status %d, %q", status, errs)
	}
	c.Runs = c.Runs[:1]
	if status, _, errs := runObserve(t, "-observed", capturetest.Dir(t, c)); status != 2 || !strings.Contains(errs, "no control plane has said what the cluster knows") {
		t.Errorf("without the cluster: exit status %d, %q", status, errs)
	}
}

func TestSaysWhatIsThereWhatIsWrongAndWhatIsNext(t *testing.T) {
	t.Parallel()
	healthy := etcd(t, "healthy/endpoint-status.json.out", "healthy/member-list.json.out")
	oneDown := etcd(t, "one-down/endpoint-status.json.out", "one-down/endpoint-status.json.err", "one-down/member-list.json.out")
	config, info, secrets := captured+"configmap-kubeadm-config.yaml", captured+"configmap-cluster-info.yaml", captured+"secrets-kube-system.yaml"
	for name, test := range map[string]struct {
		args   []string
		status int
	}{
		"complete":    {[]string{"-cluster", "testdata/three.yaml", "-etcd", healthy, captured + "nodes.yaml", config, info, secrets}, 0},
		"growing":     {[]string{"-cluster", "testdata/five.yaml", "-etcd", healthy, captured + "nodes.yaml", config, info, secrets}, 1},
		"one-down":    {[]string{"-cluster", "testdata/five.yaml", "-etcd", oneDown, captured + "nodes-one-down.yaml", config}, 1},
		"no-endpoint": {[]string{captured + "nodes.yaml", captured + "configmap-no-endpoint.yaml"}, 1},
		"calico":      {[]string{"-cluster", "testdata/three.yaml", captured + "nodes-calico.yaml", captured + "apiserver-pod.yaml", config}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, out, errs := runObserve(t, test.args...)
			if status != test.status || errs != "" {
				t.Errorf("exit status %d, want %d: %s", status, test.status, errs)
			}
			golden.Check(t, "testdata/"+name+".txtar", txtar.File{Name: "printed", Data: []byte(out)})
		})
	}
}

func TestALostQuorumIsExitStatus3(t *testing.T) {
	t.Parallel()
	if status, out, errs := runObserve(t, "-etcd", "testdata/quorum-lost.txt", captured+"nodes.yaml"); status != 3 || !strings.Contains(out, "etcd is quorum lost: ") {
		t.Errorf("exit status %d: %s%s", status, out, errs)
	}
}

func TestBadInputIsExitStatus2(t *testing.T) {
	t.Parallel()
	nodes := captured + "nodes.yaml"
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"nothing":                {nil, "give -observed, -kubeconfig, or files"},
		"both":                   {[]string{"-kubeconfig", "x", nodes}, "give -observed, -kubeconfig, or files"},
		"a file that is missing": {[]string{"testdata/none.yaml"}, "testdata/none.yaml: no such file"},
		"a broken capture":       {[]string{"main.go"}, "capture 1: "},
		"no kubeconfig there":    {[]string{"-kubeconfig", "testdata/none.conf"}, "testdata/none.conf: no such file"},
		"a kubeconfig of prose":  {[]string{"-kubeconfig", "main.go"}, "observe: "},
		"no description there":   {[]string{"-cluster", "testdata/none.yaml", nodes}, "testdata/none.yaml: no such file"},
		"a broken description":   {[]string{"-cluster", nodes, nodes}, "nodes.yaml:1:13: apiVersion: "},
		"etcd of prose":          {[]string{"-etcd", "main.go", nodes}, "main.go:"},
		"a wrong flag":           {[]string{"-wrong"}, "flag provided but not defined"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if status, out, errs := runObserve(t, test.args...); status != 2 || out != "" || !strings.Contains(errs, test.want) {
				t.Errorf("exit status %d, wrote %q, errors %q", status, out, errs)
			}
		})
	}
}

// apiServer answers what kubestate asks with the captures of a real cluster,
// and only that.
func apiServer(t *testing.T) string {
	t.Helper()
	var nodes, secrets corev1.List
	unmarshal(t, "nodes.yaml", &nodes)
	unmarshal(t, "secrets-kube-system.yaml", &secrets)
	var config, info corev1.ConfigMap
	unmarshal(t, "configmap-kubeadm-config.yaml", &config)
	unmarshal(t, "configmap-cluster-info.yaml", &info)
	answers := map[string]any{
		"/api/v1/nodes": list(nodes, "NodeList"),
		"/api/v1/namespaces/kube-system/configmaps/kubeadm-config": config,
		"/api/v1/namespaces/kube-public/configmaps/cluster-info":   info,
		"/api/v1/namespaces/kube-system/secrets":                   tokens(t, secrets),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, ok := answers[r.URL.Path]
		if !ok || r.Method != http.MethodGet {
			w.WriteHeader(http.StatusForbidden)
			answer = metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Reason: metav1.StatusReasonForbidden, Code: http.StatusForbidden}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func unmarshal(t *testing.T, name string, object any) {
	t.Helper()
	if err := yaml.Unmarshal(contents(t, captured+name), object); err != nil {
		t.Fatal(err)
	}
}

func list(items corev1.List, kind string) corev1.List {
	items.Kind = kind
	return items
}

// tokens are the Secrets that kubestate's selector lets through.
func tokens(t *testing.T, secrets corev1.List) corev1.List {
	t.Helper()
	secrets.Items = slices.DeleteFunc(secrets.Items, func(item runtime.RawExtension) bool {
		var secret corev1.Secret
		if err := json.Unmarshal(item.Raw, &secret); err != nil {
			t.Fatal(err)
		}
		return secret.Type != corev1.SecretTypeBootstrapToken
	})
	return list(secrets, "SecretList")
}

func TestAsksTheClusterItselfThroughAKubeconfig(t *testing.T) {
	t.Parallel()
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{Server: apiServer(t)}
	config.Contexts["c"] = &clientcmdapi.Context{Cluster: "c"}
	config.CurrentContext = "c"
	kubeconfig := filepath.Join(t.TempDir(), "admin.conf")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		t.Fatal(err)
	}
	status, out, errs := runObserve(t, "-kubeconfig", kubeconfig, "-cluster", "testdata/three.yaml")
	if status != 1 || errs != "" {
		t.Errorf("exit status %d: %s", status, errs)
	}
	golden.Check(t, "testdata/kubeconfig.txtar", txtar.File{Name: "printed", Data: []byte(out)})
}

func TestTheCensusFollowsWhereFilesOfMachinesWereCaptured(t *testing.T) {
	t.Parallel()
	dir, description := t.TempDir(), filepath.Join(t.TempDir(), "cluster.yaml")
	for _, part := range golden.Read(t, "../../joinplan/convert/testdata/v1.37.txtar").Files {
		file := filepath.Join(dir, part.Name)
		if part.Name == "spec.yaml" {
			file = description
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, part.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	status, out, errs := runObserve(t, "-cluster", description, "-observed", dir)
	if status != 1 || errs != "" {
		t.Errorf("exit status %d: %s", status, errs)
	}
	golden.Check(t, "testdata/census.txtar", txtar.File{Name: "printed", Data: []byte(out)})
}

func TestHelpAndVersionAreNoErrors(t *testing.T) {
	t.Parallel()
	if status, _, errs := runObserve(t, "-h"); status != 0 || !strings.Contains(errs, "Exit status:") {
		t.Errorf("-h: exit status %d: %s", status, errs)
	}
	if status, out, _ := runObserve(t, "-version"); status != 0 || !strings.HasPrefix(out, "observe ") {
		t.Errorf("-version: exit status %d: %s", status, out)
	}
}

func TestAMessageIsExplained(t *testing.T) {
	t.Parallel()
	const message = "Found multiple CRI endpoints on the host. Please define which one do you wish to use by setting the 'criSocket' field in the kubeadm configuration file: unix:///var/run/containerd/containerd.sock, unix:///var/run/cri-dockerd.sock"
	for name, test := range map[string]struct {
		args   []string
		stdin  string
		status int
		want   string
	}{
		"known":           {[]string{"-message", message}, "", 0, "two container runtimes answer"},
		"of a log":        {[]string{"-message", "-"}, "noise\n" + message + "\n", 0, "two container runtimes answer"},
		"not known":       {[]string{"-message", "all is well"}, "", 1, "No message in this is known."},
		"with a cluster":  {[]string{"-message", message, "-cluster", "testdata/three.yaml"}, "", 2, "leave everything else away"},
		"with a log file": {[]string{"-message", message, "kubeadm.log"}, "", 2, "leave everything else away"},
	} {
		var out bytes.Buffer
		if status := run(test.args, strings.NewReader(test.stdin), &out, &out); status != test.status || !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: exit status %d, want %d and %q:\n%s", name, status, test.status, test.want, out.String())
		}
	}
}

func TestGarbageIsNeverWell(t *testing.T) {
	t.Parallel()
	good := []string{captured + "nodes.yaml", captured + "configmap-kubeadm-config.yaml"}
	for _, in := range garbage.For("observe") {
		file := filepath.Join(t.TempDir(), "garbage")
		if err := os.WriteFile(file, []byte(in.Text), 0o600); err != nil {
			t.Fatal(err)
		}
		for name, args := range map[string][]string{
			"the description": append([]string{"-cluster", file}, good...),
			"etcd":            append([]string{"-etcd", file}, good...),
			"a capture":       {file},
			"observed":        {"-observed", filepath.Dir(file)},
		} {
			if status, out, _ := runObserve(t, args...); status == 0 {
				t.Errorf("%s as %s is well:\n%s", in.Name, name, out)
			}
		}
	}
}
