package kubeadmcfg_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/kubeadmcfg"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
	"github.com/haplane/haplane/kubeadmcfg/v1beta3"
)

func caseText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/cases/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const cluster4 = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\ncontrolPlaneEndpoint: lb:6443\n"

func TestWarnsOfWhatOnlyOneMachineCanHave(t *testing.T) {
	t.Parallel()
	const etcd = cluster4 + "etcd: {local: {extraArgs: [{name: NAME, value: \"VALUE\"}]}}\n"
	flag := func(name, value string) string {
		return strings.NewReplacer("NAME", name, "VALUE", value).Replace(etcd)
	}
	for text, want := range map[string]string{
		caseText(t, "warnings.kubeadm.yaml"):                                                                                  strings.Repeat("no-leader-election ", 2) + strings.Repeat("pinned-to-machine ", 11),
		caseText(t, "pod24.kubeadm.yaml"):                                                                                     "pod-subnet-too-small ",
		cluster4 + "networking: {podSubnet: 10.244.0.0/23}\n":                                                                 "pod-subnet-too-small ",
		cluster4 + "networking: {podSubnet: \"fd00:1::/64\", serviceSubnet: \"fd00:2::/112\"}\n":                              "pod-subnet-too-small ",
		cluster4 + "networking: {podSubnet: 10.244.0.0/22}\n":                                                                 "",
		flag("listen-client-urls", "https://0.0.0.0:2379"):                                                                    "",
		flag("listen-metrics-urls", "http://127.0.0.1:2381"):                                                                  "",
		flag("advertise-client-urls", "https://etcd-1.example:2379"):                                                          "pinned-to-machine ",
		flag("initial-cluster-state", "existing"):                                                                             "",
		flag("initial-cluster", "a=https://[fd00::1]:2380,b=https://10.0.0.1:2380"):                                           "pinned-to-machine ",
		cluster4 + "apiServer: {extraArgs: [{name: etcd-servers, value: \"https://127.0.0.1:2379\"}]}\n":                      "",
		cluster4 + "apiServer: {extraArgs: [{name: etcd-servers, value: \"https://10.0.0.1:2379,https://10.0.0.2:2379\"}]}\n": "",
		cluster4 + "scheduler: {extraArgs: [{name: leader-elect, value: \"0\"}]}\n":                                           "no-leader-election ",
	} {
		file, err := kubeadmcfg.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for _, w := range file.Warnings() {
			got += w.Code + " "
		}
		if got != want {
			t.Errorf("got %s, want %s of\n%s", got, want, text)
		}
	}
}

func TestADoubleKeyInAConfigMapIsNamedAtItsLineOfTheFile(t *testing.T) {
	t.Parallel()
	const want = "kubeadm:10:5: controlPlaneEndpoint: the field is given twice, first in line 7"
	text := caseText(t, "dup-key-line.yaml")
	_, parsed := kubeadmcfg.Parse([]byte(text))
	_, stored := kubeadmcfg.ParseConfigMap([]byte(text))
	for name, err := range map[string]error{"Parse": parsed, "ParseConfigMap": stored} {
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v", name, err)
		}
	}
	moved := "# a comment\n" + strings.Replace(text, "    networking:", "    # another\n    networking:", 1)
	if _, err := kubeadmcfg.ParseConfigMap([]byte(moved)); err == nil || !strings.HasPrefix(err.Error(), "kubeadm:11:5: ") {
		t.Errorf("a line further down: got %v", err)
	}
}

func TestHintsSayWhereAFieldBelongs(t *testing.T) {
	t.Parallel()
	const init4 = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n"
	for text, want := range map[string]string{
		cluster4 + "nodeRegistration: {name: a}\n":          "kubeadm:5:1: nodeRegistration: unknown field in ClusterConfiguration: it belongs to InitConfiguration",
		init4 + "imageRepository: a\n":                      "kubeadm:3:1: imageRepository: unknown field in InitConfiguration: it belongs to ClusterConfiguration",
		cluster4 + "podSubnet: 10.244.0.0/16\n":             "kubeadm:5:1: podSubnet: unknown field in ClusterConfiguration: it belongs to ClusterConfiguration.networking",
		init4 + "criSocket: unix:///a.sock\n":               "kubeadm:3:1: criSocket: unknown field in InitConfiguration: it belongs to InitConfiguration.nodeRegistration",
		cluster4 + "cluster\u200bName: a\n":                 "kubeadm:5:1: cluster\\u200bName: unknown field: the name holds a character that is not seen (cluster\\u200bName), write \"clusterName\"",
		cluster4 + "networking: {\"pod\u00a0Subnet\": a}\n": "kubeadm:5:14: networking.pod\\u00a0Subnet: unknown field: the name holds a character that is not seen (pod\\u00a0Subnet), write \"podSubnet\"",
		cluster4 + "nothing: a\n":                           "kubeadm:5:1: nothing: unknown field in v1beta4 ClusterConfiguration",
	} {
		_, err := kubeadmcfg.Parse([]byte(text))
		var problem *kubeadmcfg.ParseError
		if !errors.As(err, &problem) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestV1beta2IsReadAndConverted(t *testing.T) {
	t.Parallel()
	const init2 = "apiVersion: kubeadm.k8s.io/v1beta2\nkind: InitConfiguration\nnodeRegistration: {name: cp-1, kubeletExtraArgs: {node-ip: 10.0.0.1}, taints: []}\n---\n"
	file, err := kubeadmcfg.Parse([]byte(init2 + caseText(t, "raw-clusterconfiguration.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	newest, err := file.Convert(kubeadmcfg.V1)
	if err != nil {
		t.Fatal(err)
	}
	cluster, init := kubeadmcfg.Find[v1.ClusterConfiguration](newest), kubeadmcfg.Find[v1.InitConfiguration](newest)
	if diff := cmp.Diff([]v1.Arg{{Name: "authorization-mode", Value: "Node,RBAC"}}, cluster.APIServer.ExtraArgs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if init.NodeRegistration.Taints == nil || init.NodeRegistration.KubeletExtraArgs[0].Name != "node-ip" || init.Timeouts.ControlPlaneComponentHealthCheck == nil {
		t.Errorf("got %+v", init)
	}
	older, err := file.Convert(kubeadmcfg.V1Beta3)
	if err != nil || kubeadmcfg.Find[v1beta3.ClusterConfiguration](older).APIServer.TimeoutForControlPlane == nil {
		t.Errorf("to v1beta3: %v", err)
	}
	if _, err := newest.Convert("v1beta2"); err == nil {
		t.Error("v1beta2 is written")
	}
	if err := file.ValidateFor("v1.36.3"); err == nil || !strings.Contains(err.Error(), "kubeadm 1.36 does not take it in init and join: convert to v1beta4") {
		t.Errorf("a kubeadm of today: %v", err)
	}
}

func TestWhatOnlyV1beta2HasIsALossOrAnError(t *testing.T) {
	t.Parallel()
	const cluster2 = "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n"
	file, err := kubeadmcfg.Parse([]byte(cluster2 + "useHyperKubeImage: true\ndns: {type: kube-dns}\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, losses, err := file.ConvertLossy(kubeadmcfg.V1Beta4)
	if err != nil || len(losses) != 2 || losses[1].Field != "ClusterConfiguration.useHyperKubeImage" {
		t.Errorf("got %v, %v", losses, err)
	}
	if _, err := kubeadmcfg.Parse([]byte("apiVersion: kubeadm.k8s.io/v1beta2\nkind: InitConfiguration\npatches: {directory: /a}\n")); err == nil || !strings.Contains(err.Error(), "unknown field in v1beta2: v1beta3 has it") {
		t.Errorf("a field of v1beta3: %v", err)
	}
}
