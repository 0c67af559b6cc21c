package next_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/next"
)

// lab is the description of one load balancer, control planes and a worker.
func lab(t *testing.T, controlPlanes ...string) cluster.Spec {
	t.Helper()
	addresses := map[string]string{"cka-cp-1": "81", "cka-cp-2": "82", "cka-cp-3": "83", "cka-cp-4": "87", "cka-cp-5": "88"}
	text := "apiVersion: haplane.github.io/v1alpha1\nkind: Cluster\nkubernetesVersion: v1.37.2\n" +
		"controlPlaneEndpoint: k8s-vip:6443\npodSubnets: [10.244.0.0/16]\n" +
		"loadBalancers: [{name: cka-hap-1, address: 192.168.51.80/24}]\ncontrolPlanes:\n"
	for _, name := range controlPlanes {
		text += "- {name: " + name + ", address: 192.168.51." + addresses[name] + "/24}\n"
	}
	spec, err := cluster.Parse([]byte(text + "workers:\n- {name: cka-wk-1, address: 192.168.51.84/24}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// running is the input of a cluster that was asked.
func running(t *testing.T, spec cluster.Spec, nodes string, etcd ...string) next.Input {
	t.Helper()
	state, err := cluster.ParseState(read(t, nodes), read(t, "configmap-kubeadm-config.yaml"), read(t, "configmap-cluster-info.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	in := next.Input{Input: joinplan.Input{Spec: spec, State: state}}
	for _, name := range etcd {
		sample, err := etcdcheck.Parse(read(t, name))
		if err != nil {
			t.Fatal(err)
		}
		in.Etcd = etcdcheck.Merge(in.Etcd, sample)
	}
	return in
}

func healthy(t *testing.T, spec cluster.Spec) next.Input {
	t.Helper()
	return running(t, spec, "nodes.yaml", "healthy/endpoint-status.json.out", "healthy/member-list.json.out")
}

func oneDown(t *testing.T, spec cluster.Spec) next.Input {
	t.Helper()
	return running(t, spec, "nodes-one-down.yaml", "one-down/endpoint-status.json.out", "one-down/endpoint-status.json.err", "one-down/member-list.json.out")
}

// empty is what a machine says that is of no cluster.
func empty(name string) capture.Capture {
	return capture.Capture{Name: name, Role: capture.Machine, Absent: []string{"/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf"}}
}

func decide(t *testing.T, in next.Input) next.Decision {
	t.Helper()
	decision, err := next.Decide(in)
	if err != nil {
		t.Fatal(err)
	}
	if (len(decision.InTheWay) > 0) != (decision.Plan.Title == "") {
		t.Errorf("the plan is %q, and in the way is %q", decision.Plan.Title, decision.InTheWay)
	}
	return decision
}

// want compares the way, and looks for texts in the reason.
func want(t *testing.T, got next.Decision, way next.Way, because ...string) {
	t.Helper()
	if got.Way != way {
		t.Errorf("the way is %s, want %s", got.Way, way)
	}
	for _, text := range because {
		if !strings.Contains(got.Because, text) {
			t.Errorf("the reason does not say %q", text)
		}
	}
	if t.Failed() {
		t.Logf("%s\nin the way: %q", got.Because, got.InTheWay)
	}
}

func joins(plan joinplan.Plan) []string {
	var names []string
	for _, step := range plan.Steps {
		if step.ID.Kind == joinplan.KindJoin {
			names = append(names, step.ID.Subject)
		}
	}
	return names
}

func TestMachinesThatSaidThatTheyAreEmptyAreMadeACluster(t *testing.T) {
	t.Parallel()
	in := next.Input{Input: joinplan.Input{Spec: lab(t, "cka-cp-1", "cka-cp-2", "cka-cp-3")}}
	in, err := in.With(empty("cka-cp-1"), empty("CKA-CP-2"), empty("cka-cp-3.example.net"))
	if err != nil {
		t.Fatal(err)
	}
	got := decide(t, in)
	want(t, got, next.ToCreate, "There is no cluster: cka-cp-1, cka-cp-2 and cka-cp-3 said", "Nobody asked cka-wk-1")
	if !slices.ContainsFunc(got.Plan.Steps, func(s joinplan.Step) bool { return s.ID.Kind == joinplan.KindInit }) {
		t.Error("the plan initialises no control plane")
	}
}

func TestWhatNobodySawIsNotNothing(t *testing.T) {
	t.Parallel()
	file := func(c capture.Capture, path string) capture.Capture {
		c.Files = append(c.Files, capture.File{Path: path, Content: []byte("x")})
		return c
	}
	unread := empty("cka-cp-1")
	unread.Unread = []string{"/etc/kubernetes/manifests/etcd.yaml"}
	serving := empty("cka-cp-1")
	serving.Runs = []capture.Run{{Label: "processes", Output: []byte("811 kube-apiserver 1700000000\n")}}
	never := "nothing says whether cka-cp-1"
	for name, test := range map[string]struct {
		captures []capture.Capture
		want     string
	}{
		"nothing captured":             {nil, "nothing says whether cka-cp-1 and cka-cp-2 are of a cluster"},
		"one not captured":             {[]capture.Capture{empty("cka-cp-1")}, "nothing says whether cka-cp-2 is of a cluster"},
		"a file that was not readable": {[]capture.Capture{unread, empty("cka-cp-2")}, never},
		"a capture that looked for no file": {
			[]capture.Capture{{Name: "cka-cp-1", Role: capture.ControlPlane}, empty("cka-cp-2")}, never,
		},
		"an API server that runs": {[]capture.Capture{serving, empty("cka-cp-2")}, never},
		"files of a cluster that is silent": {
			[]capture.Capture{file(empty("cka-cp-1"), "/etc/kubernetes/manifests/kube-apiserver.yaml"), empty("cka-cp-2")},
			"cka-cp-1 has files of a cluster below /etc/kubernetes/",
		},
		"files on a worker": {
			[]capture.Capture{empty("cka-cp-1"), empty("cka-cp-2"), file(capture.Capture{Name: "cka-wk-1"}, "/etc/kubernetes/kubelet.conf")},
			"cka-wk-1 has files of a cluster below /etc/kubernetes/",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := next.Input{Input: joinplan.Input{Spec: lab(t, "cka-cp-1", "cka-cp-2")}}.With(test.captures...)
			if err != nil {
				t.Fatal(err)
			}
			got := decide(t, in)
			want(t, got, next.Unknown, "which does not mean that there is no cluster")
			if len(got.Plan.Steps) > 0 || !strings.Contains(strings.Join(got.InTheWay, "\n"), test.want) {
				t.Errorf("%d steps, and in the way: %q", len(got.Plan.Steps), got.InTheWay)
			}
		})
	}
}

func TestACreationByNameIsRefusedWhereSomethingShowsACluster(t *testing.T) {
	t.Parallel()
	spec := lab(t, "cka-cp-1", "cka-cp-2", "cka-cp-3")
	if plan, err := next.Create(next.Input{Input: joinplan.Input{Spec: spec}}); err != nil || len(plan.Steps) == 0 {
		t.Errorf("on machines that nobody saw: %d steps, error %v", len(plan.Steps), err)
	}
	files := next.Input{Input: joinplan.Input{Spec: spec}, Files: []convert.File{{Host: "cka-cp-2", Path: "/etc/kubernetes/kubelet.conf"}}}
	forbidden := next.Input{Input: joinplan.Input{Spec: spec}}
	forbidden.State.Absent = []cluster.Absence{{What: "nodes", Reason: cluster.Forbidden}}
	for name, in := range map[string]next.Input{"a cluster": healthy(t, spec), "files": files, "an API that refuses": forbidden} {
		var refused *joinplan.RefusedError
		if plan, err := next.Create(in); !errors.As(err, &refused) || len(plan.Steps) > 0 {
			t.Errorf("%s: %d steps, error %v", name, len(plan.Steps), err)
		}
	}
}

func TestAClusterThatLacksMachinesIsScaledOut(t *testing.T) {
	t.Parallel()
	got := decide(t, healthy(t, lab(t, "cka-cp-1", "cka-cp-2", "cka-cp-3", "cka-cp-4", "cka-cp-5")))
	want(t, got, next.ToScaleOut, "seen: 3 control planes, 1 worker, its ConfigMap kubeadm-config and what etcd says", "lacks cka-cp-4 and cka-cp-5")
	if names := joins(got.Plan); !slices.Equal(names, []string{"cka-cp-4", "cka-cp-5"}) {
		t.Errorf("%v join", names)
	}
}

func TestAClusterThatHasEverythingIsOnlyChecked(t *testing.T) {
	t.Parallel()
	got := decide(t, healthy(t, lab(t, "cka-cp-1", "cka-cp-2", "cka-cp-3")))
	want(t, got, next.ToCheck, "Every machine of the description is in it")
	checks := 0
	for _, step := range got.Plan.Steps {
		checks += len(step.Checks)
		if len(step.Actions) > 0 {
			t.Errorf("step %s changes something", step.ID)
		}
	}
	if checks == 0 || len(got.Findings) > 0 {
		t.Errorf("%d checks, findings %v", checks, got.Findings)
	}
}

func TestAMachineIsNeverTakenAwayUnasked(t *testing.T) {
	t.Parallel()
	dead := decide(t, oneDown(t, lab(t, "cka-cp-1", "cka-cp-2", "cka-cp-3", "cka-cp-4", "cka-cp-5")))
	want(t, dead, next.ToScaleOut)
	if len(dead.InTheWay) == 0 {
		t.Error("a control plane may join while one is dead")
	}
	undescribed := decide(t, healthy(t, lab(t, "cka-cp-1", "cka-cp-2")))
	want(t, undescribed, next.ToCheck)
	for code, decision := range map[string]next.Decision{next.CodeNotReady: dead, next.CodeNotDescribed: undescribed} {
		if len(decision.Findings) != 1 || decision.Findings[0].Code != code || decision.Findings[0].Subject != "cka-cp-3" ||
			!strings.Contains(decision.Findings[0].Remedy, "replace cka-cp-3") || !strings.Contains(decision.Findings[0].Remedy, "remove cka-cp-3") {
			t.Errorf("%s: %v", code, decision.Findings)
		}
		for _, step := range decision.Plan.Steps {
			if len(step.Actions) > 0 {
				t.Errorf("%s: step %s changes something", code, step.ID)
			}
		}
	}
}

// captured is a cluster that was built without an endpoint, as convert's own
// tests have it.
func captured(t *testing.T, name string) next.Input {
	t.Helper()
	var in next.Input
	var objects [][]byte
	for _, part := range golden.Read(t, "../convert/testdata/"+name).Files {
		host, file, isFile := strings.Cut(part.Name, "/")
		var err error
		switch {
		case part.Name == "spec.yaml":
			in.Spec, err = cluster.Parse(part.Data)
		case isFile:
			in.Files = append(in.Files, convert.File{Host: host, Path: "/" + file, Content: joinplan.NewSecretContent(part.Data)})
		default:
			objects = append(objects, part.Data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var errs [2]error
	in.State, errs[0] = cluster.ParseState(objects...)
	in.Objects, errs[1] = cluster.ParseObjects(objects...)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return in
}

func TestAClusterWithoutTheEndpointIsConverted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v1.30.txtar", "v1.37.txtar"} {
		in := captured(t, name)
		got := decide(t, in)
		want(t, got, next.ToConvert, "It was built without a control-plane endpoint, and the description has k8s-vip:6443", "The description also has cka-cp-2")
		if got.Census.Converted() || len(got.Plan.Steps) == 0 || len(joins(got.Plan)) > 0 {
			t.Errorf("%s: %d steps, of them joins %v", name, len(got.Plan.Steps), joins(got.Plan))
		}
	}
}

func TestFilesOfMachinesThatAreNotInTheClusterAreNoHindrance(t *testing.T) {
	t.Parallel()
	in := captured(t, "v1.37.txtar")
	in.Files = append(in.Files,
		convert.File{Host: "cka-cp-2", Path: "/etc/hosts", Content: joinplan.NewContent([]byte("127.0.0.1 localhost\n"))},
		convert.File{Host: "cka-hap-1", Path: "/etc/hosts", Content: joinplan.NewContent([]byte("127.0.0.1 localhost\n"))},
		convert.File{Host: "a-stranger", Path: "/etc/kubernetes/kubelet.conf", Content: joinplan.NewContent([]byte("x"))})
	if got := decide(t, in); got.Way != next.ToConvert || len(got.InTheWay) > 0 {
		t.Errorf("the way is %s, and in the way: %q", got.Way, got.InTheWay)
	}
}

func TestAConversionWithoutFilesSaysWhatToCapture(t *testing.T) {
	t.Parallel()
	in := captured(t, "v1.37.txtar")
	in.Files = nil
	got := decide(t, in)
	want(t, got, next.ToConvert)
	if !strings.Contains(strings.Join(got.InTheWay, "\n"), "cka-wk-1:/etc/kubernetes/kubelet.conf was not captured") {
		t.Errorf("in the way: %q", got.InTheWay)
	}
}

func TestAConversionThatWasBrokenOffGoesOn(t *testing.T) {
	t.Parallel()
	in := captured(t, "v1.37.txtar")
	for i := range in.Objects.ConfigMaps {
		data := in.Objects.ConfigMaps[i].Data
		data["ClusterConfiguration"] = "controlPlaneEndpoint: k8s-vip:6443\n" + data["ClusterConfiguration"]
	}
	in.State = cluster.FromObjects(in.Objects)
	got := decide(t, in)
	want(t, got, next.ToConvert, "It has the described endpoint k8s-vip:6443, and there are places that name another address")
}

func TestTooLittleOfAClusterIsSaid(t *testing.T) {
	t.Parallel()
	spec := lab(t, "cka-cp-1")
	state, err := cluster.ParseState(read(t, "configmap-kubeadm-config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	forbidden := cluster.State{Absent: []cluster.Absence{{What: "nodes", Reason: cluster.Forbidden}}}
	for text, state := range map[string]cluster.State{"its nodes were not seen": state, "nodes: forbidden": forbidden} {
		got := decide(t, next.Input{Input: joinplan.Input{Spec: spec, State: state}})
		want(t, got, next.Unknown, "too little of it was seen")
		if !strings.Contains(strings.Join(got.InTheWay, "\n"), text) {
			t.Errorf("in the way: %q", got.InTheWay)
		}
	}
}

func TestCapturesSayWhatTheClusterKnows(t *testing.T) {
	t.Parallel()
	asked := capture.Capture{Name: "cka-cp-1", Role: capture.ControlPlane, Runs: []capture.Run{
		{Label: "date", Output: []byte("2026-11-30T12:00:00Z\n")},
		{Label: "kubectl get nodes", Output: read(t, "nodes.yaml")},
		{Label: "kubectl get configmap kubeadm-config", Output: read(t, "configmap-kubeadm-config.yaml")},
		{Label: "etcdctl endpoint status", Output: read(t, "healthy/endpoint-status.json.out")},
		{Label: "etcdctl member list", Output: read(t, "healthy/member-list.json.out")},
	}}
	spec := lab(t, "cka-cp-1", "cka-cp-2", "cka-cp-3", "cka-cp-4", "cka-cp-5")
	in, err := next.Input{Input: joinplan.Input{Spec: spec}}.With(asked, empty("cka-cp-4"), empty("cka-cp-5"))
	if err != nil {
		t.Fatal(err)
	}
	want(t, decide(t, in), next.ToScaleOut, "lacks cka-cp-4 and cka-cp-5")

	broken := asked
	broken.Runs = slices.Clone(asked.Runs)
	broken.Runs[1].Output = []byte("kind: Deployment\napiVersion: apps/v1\n")
	broken.Runs[3].Output, broken.Runs[4].Output = []byte("<html>"), nil
	_, err = next.Input{Input: joinplan.Input{Spec: spec}}.With(broken, empty("cka-cp-1"))
	for _, text := range []string{"cka-cp-1: there are two captures of this machine", "cka-cp-1: what kubectl printed: ", "cka-cp-1: etcdctl output"} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}
