package joinplan_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/kubeadmcfg"
)

// labOfTwo is the lab with a second worker.
func labOfTwo(t *testing.T) cluster.Spec {
	spec := lab(t)
	spec.Workers = append(spec.Workers, cluster.Node{Name: "cka-wk-2", Address: netip.MustParsePrefix("192.168.51.85/24")})
	return spec
}

// joinText is the file that a machine of the lab joins with.
func joinText(t *testing.T, spec cluster.Spec, name string) string {
	t.Helper()
	file, err := joinplan.JoinFile(spec, name, someCredentials(spec))
	if err != nil {
		t.Fatal(err)
	}
	return string(file.Bytes())
}

func initText(t *testing.T, spec cluster.Spec) string {
	t.Helper()
	file, err := joinplan.InitFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return string(file.Bytes())
}

func stepOf(t *testing.T, plan joinplan.Plan, name string) joinplan.Step {
	t.Helper()
	for _, step := range plan.Steps {
		if step.ID == id(name) {
			return step
		}
	}
	t.Fatalf("the plan has no step %s: %s", name, ids(plan))
	return joinplan.Step{}
}

func TestLabelsThatAKubeletMaySetStandInOneArgumentWithItsOwn(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1.30.4", "v1.37.2"} {
		spec := lab(t)
		spec.KubernetesVersion = version
		spec.Workers[0].Labels = map[string]string{"zone": "b", "disk": "ssd", "node-role.kubernetes.io/worker": ""}
		spec.Workers[0].KubeletArgs = []cluster.Arg{{Name: "node-labels", Value: "rack=7"}, {Name: "v", Value: "2"}, {Name: "node-labels", Value: "row=3"}}
		text := joinText(t, spec, "cka-wk-1")
		if strings.Count(text, "node-labels") != 1 || !strings.Contains(text, "rack=7,row=3,disk=ssd,zone=b\n") || strings.Contains(text, "node-role") {
			t.Errorf("kubeadm %s:\n%s", version, text)
		}
	}
}

func TestLabelsThatAKubeletMayNotSetAreSetOnceTheNodeIsThere(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	role := map[string]string{"node-role.kubernetes.io/worker": "", "node-restriction.kubernetes.io/pci": "yes"}
	spec.Workers[0].Labels, spec.ControlPlanes[0].Labels = role, role
	plan := create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now})
	for name, after := range map[string]string{"cka-wk-1": "join/cka-wk-1", "cka-cp-1": "init/cka-cp-1"} {
		step := stepOf(t, plan, "label/"+name)
		if diff := cmp.Diff([]joinplan.ID{id(after)}, step.Needs); diff != "" {
			t.Errorf("%s needs (-want +got):\n%s", step.ID, diff)
		}
		command := step.Actions[0].(joinplan.Run).Command.String()
		want := "kubectl --kubeconfig /etc/kubernetes/admin.conf label node " + name + " --overwrite node-restriction.kubernetes.io/pci=yes node-role.kubernetes.io/worker="
		if command != want {
			t.Errorf("got  %s\nwant %s", command, want)
		}
		check := step.Checks[0]
		if err := check.Judge(joinplan.Output{Stdout: []byte("node/" + name + "\n")}); err != nil {
			t.Errorf("the node has its labels: %v", err)
		}
		if err := check.Judge(joinplan.Output{}); err == nil {
			t.Error("no node has the labels, and the check holds")
		}
	}
	if needs := stepOf(t, plan, "verify/cka-cp-1").Needs; !slices.Contains(needs, id("label/cka-wk-1")) {
		t.Errorf("the end does not wait for labels: %v", needs)
	}
}

func TestAMachinesOwnKubeadmDecidesTheVersionOfItsFile(t *testing.T) {
	t.Parallel()
	spec := labOfTwo(t)
	spec.KubernetesVersion = "v1.30.4"
	spec.NodeGroups = []cluster.NodeGroup{{Name: "new", NodeSettings: cluster.NodeSettings{KubeadmVersion: "v1.31.4"}}}
	spec.Workers[1].Group = "new"
	for name, want := range map[string]kubeadmcfg.Version{"cka-wk-1": kubeadmcfg.V1Beta3, "cka-wk-2": kubeadmcfg.V1Beta4} {
		if text := joinText(t, spec, name); !strings.Contains(text, want.APIVersion()+"\n") {
			t.Errorf("%s does not have %s:\n%s", name, want, text)
		}
	}
	plan := create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now})
	for id, want := range map[string]string{"join/cka-wk-1": "kubeadm, kubelet and kubectl are installed", "join/cka-wk-2": "kubeadm v1.31.4, kubelet v1.30.4 and kubectl are installed"} {
		if got := stepOf(t, plan, id).Preconditions[0]; !strings.Contains(got, want) {
			t.Errorf("%s: %s", id, got)
		}
	}
}

// twoNetworks gives the first control plane an address for the API and one of
// the other family.
func twoNetworks(t *testing.T) cluster.Spec {
	spec := lab(t)
	spec.ControlPlanes[0].AdvertiseAddress = netip.MustParseAddr("172.16.0.81")
	spec.ControlPlanes[0].SecondaryAddress = netip.MustParsePrefix("fd00::81/64")
	spec.ControlPlanes[1].AdvertiseAddress = netip.MustParseAddr("172.16.0.82")
	spec.LoadBalancers[0].SecondaryAddress = netip.MustParsePrefix("fd00::80/64")
	return spec
}

func TestEachAddressStandsWhereItIsUsed(t *testing.T) {
	t.Parallel()
	spec := twoNetworks(t)
	text := initText(t, spec)
	for _, want := range []string{
		"advertiseAddress: 172.16.0.81\n",
		`value: "192.168.51.81,fd00::81"` + "\n",
		"certSANs:\n  - 192.168.51.81\n  - fd00::81\n  - 192.168.51.82\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the initialisation lacks %q:\n%s", want, text)
		}
	}
	if text := joinText(t, spec, "cka-cp-2"); !strings.Contains(text, "advertiseAddress: 172.16.0.82\n") || !strings.Contains(text, "value: 192.168.51.82\n") {
		t.Error(text)
	}
	config, err := joinplan.HAProxyConfig(joinplan.Input{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"server cka-cp-1 172.16.0.81:6443", "server cka-cp-2 172.16.0.82:6443", "server cka-cp-3 192.168.51.83:6443"} {
		if !strings.Contains(string(config.Bytes()), want) {
			t.Errorf("haproxy.cfg lacks %q", want)
		}
	}
	block, err := joinplan.HostsBlock(spec)
	if err != nil {
		t.Fatal(err)
	}
	hosts := string(block.Bytes())
	for _, want := range []string{"192.168.51.80 k8s-vip cka-hap-1\n", "fd00::80 k8s-vip cka-hap-1\n", "192.168.51.81 cka-cp-1\nfd00::81 cka-cp-1\n"} {
		if !strings.Contains(hosts, want) {
			t.Errorf("the hosts block lacks %q:\n%s", want, hosts)
		}
	}
	if strings.Contains(hosts, "172.16.") {
		t.Errorf("the hosts block has an advertised address:\n%s", hosts)
	}
	check := stepOf(t, create(t, spec, joinplan.Input{}), "init/cka-cp-1").Checks[2]
	if diff := cmp.Diff([]string{"https://172.16.0.81:2379"}, check.Want); diff != "" {
		t.Errorf("etcd is asked at (-want +got):\n%s", diff)
	}
}

func TestAManagementAddressIsInNoFile(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	for i := range spec.ControlPlanes {
		spec.ControlPlanes[i].ManagementAddress = netip.AddrFrom4([4]byte{10, 77, 0, byte(i + 1)})
	}
	plan := create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now})
	for file := range plan.Files() {
		if strings.Contains(string(file.Content.Reveal()), "10.77.") {
			t.Errorf("%s on %s holds it", file.Path, file.Host)
		}
	}
}

func TestANodesPatchesAndIgnoredChecksAreItsOwn(t *testing.T) {
	t.Parallel()
	spec := labOfTwo(t)
	spec.PatchesDirectory, spec.IgnorePreflightErrors = "/etc/patches", []string{"Swap"}
	spec.Workers[1].PatchesDirectory, spec.Workers[1].IgnorePreflightErrors = "/etc/mine", []string{"NumCPU"}
	for name, want := range map[string]string{
		"cka-wk-1": "patches:\n  directory: /etc/patches\n",
		"cka-wk-2": "patches:\n  directory: /etc/mine\n",
	} {
		if text := joinText(t, spec, name); !strings.Contains(text, want) {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	if text := joinText(t, spec, "cka-wk-2"); !strings.Contains(text, "ignorePreflightErrors:\n  - NumCPU\n  - Swap\n") {
		t.Error(text)
	}
	command, err := joinplan.JoinCommand(spec, "cka-wk-2", someCredentials(spec))
	if err != nil {
		t.Fatal(err)
	}
	if text := command.String(); !strings.Contains(text, "--patches=/etc/mine --ignore-preflight-errors=NumCPU,Swap") {
		t.Error(text)
	}
	plan := create(t, spec, joinplan.Input{})
	if got := stepOf(t, plan, "join/cka-wk-2").Preconditions[1]; !strings.Contains(got, "/etc/mine") {
		t.Error(got)
	}
}

// copied are the files that a step copies.
func copied(step joinplan.Step) []string {
	var out []string
	for _, action := range step.Actions {
		if file, ok := action.(joinplan.CopyFile); ok {
			out = append(out, file.FromHost+" "+file.Path)
		}
	}
	return out
}

func TestControlPlaneFilesAreCopiedBeforeEachJoinAndToNoWorker(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.ControlPlaneFiles = []string{"/etc/kubernetes/enc/enc.yaml", "/etc/audit.yaml"}
	known := joinplan.Input{Credentials: someCredentials(spec), Now: now}
	plan := create(t, spec, known)
	want := []string{"cka-cp-1 /etc/kubernetes/enc/enc.yaml", "cka-cp-1 /etc/audit.yaml"}
	for id, want := range map[string][]string{"join/cka-cp-2": want, "join/cka-cp-3": want, "join/cka-wk-1": nil} {
		if diff := cmp.Diff(want, copied(stepOf(t, plan, id))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if text := strings.Join(stepOf(t, plan, "init/cka-cp-1").Preconditions, "\n"); !strings.Contains(text, "/etc/audit.yaml") {
		t.Errorf("nothing asks for the files before the initialisation: %s", text)
	}

	there := observed(spec, func(name string) bool { return name == "cka-cp-1" })
	there.State.APIServers = []cluster.APIServerState{{Node: "cka-cp-1", ExtraFiles: []string{"/etc/kubernetes/enc"}, AnonymousAuth: true}}
	plan, err := joinplan.ScaleOut(given(spec, there, known))
	if err != nil {
		t.Fatal(err)
	}
	want = []string{"cka-cp-1 /etc/kubernetes/enc", "cka-cp-1 /etc/audit.yaml"}
	if diff := cmp.Diff(want, copied(stepOf(t, plan, "join/cka-cp-2"))); diff != "" {
		t.Errorf("beside what was found (-want +got):\n%s", diff)
	}
}

func TestFlagsAndMountsOfTheComponentsAreInTheConfiguration(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.APIServer.ExtraArgs = []cluster.Arg{{Name: "audit-log-maxage", Value: "7"}}
	spec.ControllerManager.ExtraVolumes = []cluster.Volume{{Name: "a", HostPath: "/etc/a", ReadOnly: true}}
	spec.Scheduler.ExtraArgs = []cluster.Arg{{Name: "v", Value: "4"}}
	text := initText(t, spec)
	for _, want := range []string{
		"apiServer:\n  extraArgs:\n  - name: audit-log-maxage\n    value: \"7\"\n",
		"controllerManager:\n  extraVolumes:\n  - name: a\n    hostPath: /etc/a\n    mountPath: /etc/a\n    readOnly: true\n",
		"scheduler:\n  extraArgs:\n  - name: v\n    value: \"4\"\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks:\n%s\nin:\n%s", want, text)
		}
	}
}

func TestAControlPlaneThatJoinsIsWarnedOfAddressesThatItsCertificateWillLack(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.ControlPlanes[2].AdvertiseAddress = netip.MustParseAddr("172.16.0.83")
	spec.ControlPlanes[2].SecondaryAddress = netip.MustParsePrefix("fd00::83/64")
	there := observed(spec, func(name string) bool { return name != "cka-cp-3" })
	there.State.KubeadmConfig = configuration("controlPlaneEndpoint: k8s-vip:6443\napiServer:\n  certSANs: [\"fd00::83\"]\n")
	plan, err := joinplan.ScaleOut(given(spec, there))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range plan.Warnings {
		if strings.Contains(w.Message, "the certificate of ") {
			got = append(got, w.Message)
		}
	}
	if len(got) != 1 || !strings.Contains(got[0], "cka-cp-3 will not hold 192.168.51.83,") {
		t.Errorf("warnings: %q", got)
	}
}
