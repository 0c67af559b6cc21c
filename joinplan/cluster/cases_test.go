package cluster_test

import (
	"strings"
	"testing"

	"github.com/haplane/haplane/joinplan/cluster"
)

// TestCasesThatPeopleHad reads captures of clusters that went wrong: each code
// must be found, with its words, and no other one.
func TestCasesThatPeopleHad(t *testing.T) {
	t.Parallel()
	const node = "apiVersion: v1\nkind: Node\nmetadata: {name: NAME, labels: {node-role.kubernetes.io/control-plane: \"\"}}\n" +
		"status:\n  addresses: [{type: InternalIP, address: ADDRESS}]\n  conditions: [{type: Ready, status: \"True\"}]\n  nodeInfo: {kubeletVersion: v1.37.2, machineID: MACHINE, systemUUID: SYSTEM}\n---\n"
	nodes := func(fields ...string) string {
		var out string
		for i, name := range []string{"cp-1", "cp-2", "cp-3"} {
			values := strings.Fields(fields[i])
			out += strings.NewReplacer("NAME", name, "ADDRESS", values[0], "MACHINE", values[1], "SYSTEM", values[2]).Replace(node)
		}
		return out
	}
	config := func(fields string) string { return string(configMap(fields)) }
	good := nodes("10.0.0.1 m1 u1", "10.0.0.2 m2 u2", "10.0.0.3 m3 u3")
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"cases/portless-endpoint.yaml":   {want: []string{"one-control-plane"}},
		"cases/stacked.yaml":             {want: []string{"one-control-plane"}},
		"cases/external-etcd.yaml":       {want: []string{"one-control-plane"}},
		"cases/member-without-node.yaml": {want: []string{"two-control-planes"}},
		"cases/version-differs.yaml":     {want: []string{"one-control-plane"}},
		"cases/endpoint-is-cp1.yaml":     {want: []string{"endpoint-is-control-plane"}},
		"cases/pinned-etcd-args.yaml": {want: []string{
			"pinned-to-machine", "pinned-to-machine", "pinned-to-machine", "pinned-to-machine", "pinned-to-machine", "pinned-to-machine",
			"no-leader-election", "one-control-plane",
		}},
		"cases/token-usages.yaml": {want: []string{"token-usage", "token-usage", "token-usage"}},

		"all well":                          {good + config("controlPlaneEndpoint: k8s-vip:6443\n"), nil},
		"an endpoint by the name of a node": {good + config("controlPlaneEndpoint: cp-2\n"), []string{"endpoint-is-control-plane"}},
		"an endpoint of IPv6 that is a node": {nodes("fd00::1 m1 u1", "fd00::2 m2 u2", "fd00::3 m3 u3") + config("controlPlaneEndpoint: \"[fd00::3]:6443\"\n"),
			[]string{"endpoint-is-control-plane"}},
		"the address of a NAT":      {nodes("10.0.2.15 m1 u1", "10.0.2.15 m2 u2", "10.0.2.15 m3 u3") + config("controlPlaneEndpoint: k8s-vip:6443\n"), []string{"same-address"}},
		"machines that were copied": {nodes("10.0.0.1 m u1", "10.0.0.2 m u2", "10.0.0.3 m3 u3") + config("controlPlaneEndpoint: k8s-vip:6443\n"), []string{"same-machine-id"}},
		"virtual machines copied":   {nodes("10.0.0.1 m u", "10.0.0.2 m u", "10.0.0.3 m u") + config("controlPlaneEndpoint: k8s-vip:6443\n"), []string{"same-machine-id", "same-system-uuid"}},
		"anonymous requests off": {good + config("controlPlaneEndpoint: k8s-vip:6443\napiServer: {extraArgs: [{name: anonymous-auth, value: \"False\"}]}\n"),
			[]string{"no-anonymous"}},
		"etcd that listens on one machine": {good + config("controlPlaneEndpoint: k8s-vip:6443\netcd: {local: {extraArgs: [{name: listen-metrics-urls, value: \"http://10.0.0.1:2381\"}]}}\n"),
			[]string{"pinned-to-machine"}},
		"etcd that listens everywhere": {good + config("controlPlaneEndpoint: k8s-vip:6443\netcd: {local: {extraArgs: [{name: listen-metrics-urls, value: \"http://0.0.0.0:2381\"}]}}\n"), nil},
		"another server in cluster-info": {good + config("controlPlaneEndpoint: k8s-vip\n") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cluster-info, namespace: kube-public}\n" +
			"data: {kubeconfig: \"clusters: [{cluster: {server: 'https://10.0.0.1:6443'}}]\"}\n", []string{"cluster-info-elsewhere"}},
		"the same server in cluster-info": {good + config("controlPlaneEndpoint: k8s-vip\n") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cluster-info, namespace: kube-public}\n" +
			"data: {kubeconfig: \"clusters: [{cluster: {server: 'https://K8S-VIP:6443'}}]\"}\n", nil},
		"a condition that cannot be read": {strings.Replace(good, `status: "True"`, `status: "Fales"`, 1) + config("controlPlaneEndpoint: k8s-vip\n"), []string{"node-not-ready", "node-condition"}},
	} {
		text := []byte(test.text)
		if test.text == "" {
			text = captured(t, name)[0]
		}
		state, err := cluster.ParseState(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, f := range state.Warnings() {
			got = append(got, f.Code)
		}
		if strings.Join(got, " ") != strings.Join(test.want, " ") {
			t.Errorf("%s: got %v, want %v", name, state.Warnings(), test.want)
		}
	}
}

func TestAPinnedFlagIsNamedWithItsLineAndTheCure(t *testing.T) {
	t.Parallel()
	state, err := cluster.ParseState(captured(t, "cases/pinned-etcd-args.yaml")[0])
	if err != nil {
		t.Fatal(err)
	}
	const want = "kubeadmConfig.etcd.local.extraArgs[0]: line 10 of the ClusterConfiguration gives every control plane --initial-cluster=cp-1=https://192.168.56.11:2380, " +
		"which is of one machine: kubeadm adds a control plane's member to etcd, which then does not start; take the flag out of the ClusterConfiguration: " +
		"kubeadm sets it for each machine, and where one needs another value, patches do (patches.directory) [pinned-to-machine]"
	if got := state.Warnings()[0].String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
