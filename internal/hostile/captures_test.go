package hostile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/haproxycfg/haproxylog"
	"github.com/haplane/haplane/haproxycfg/haproxystat"
	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/internal/capturetest"
	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/internal/hostile"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

// etcdTexts are what etcdctl printed of a cluster with one member down.
func etcdTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, part := range golden.Read(t, "../../etcdcheck/testdata/etcd-3.7.3-one-down.txtar").Files {
		if len(part.Data) > 0 && !strings.Contains(part.Name, ".table.err") {
			texts[part.Name] = string(part.Data)
		}
	}
	return texts
}

func (a *alive) etcd(place string, sample etcdcheck.Sample) {
	report := etcdcheck.Check(etcdcheck.Input{Sample: sample, Expect: []etcdcheck.Expected{{Name: "cp-4", Endpoint: "https://10.0.0.4:2379"}}})
	a.output(place, "etcd's report", string(report.Bytes()))
	a.findings(place, report.Findings)
	for _, member := range report.Members {
		for _, answer := range []etcdcheck.Answer{report.CanReboot(member.ID.String()), report.CanRemove(member.Name), report.CanPromote(member.Label())} {
			for _, reason := range answer.Reasons {
				a.output(place, "an answer about etcd", reason.String())
			}
		}
	}
}

func TestAStringOfASampleWorksInNoReport(t *testing.T) {
	t.Parallel()
	texts := etcdTexts(t)
	var samples []etcdcheck.Sample
	for _, name := range []string{"endpoint-status.json", "endpoint-health.json", "endpoint-hashkv.json", "member-list.json", "alarm-list.json"} {
		sample, err := etcdcheck.Parse([]byte(texts[name+".out"] + "\n" + texts[name+".err"]))
		if err != nil {
			t.Fatal(name, err)
		}
		samples = append(samples, sample)
	}
	sample, a := etcdcheck.Merge(samples...), newAlive(t)
	sample.Alarms = append(sample.Alarms, etcdcheck.Alarm{MemberID: sample.Statuses[0].MemberID, Type: "NOSPACE"})
	sample.Gaps = append(sample.Gaps, etcdcheck.Finding{Severity: etcdcheck.Warning, Message: "a line"})
	in := captured(t, clusters["v1.30"])
	state := cluster.FromObjects(in.Objects)
	hostile.Each(&sample, hostile.Texts, func(place string) {
		a.etcd(place, sample)
		assessment, err := joinplan.Assess(joinplan.Input{Spec: in.Spec, State: state, Etcd: sample})
		a.err(place, err)
		a.output(place, "the assessment", string(assessment.Bytes()))
	})
}

func TestAStringOfAStateWorksInNoPlanAndNoReport(t *testing.T) {
	t.Parallel()
	in, a := captured(t, clusters["v1.30"]), newAlive(t)
	state := cluster.FromObjects(in.Objects)
	state.Absent = []cluster.Absence{{What: "a thing", Reason: cluster.NotFound, Detail: "why"}}
	hostile.Each(&state, hostile.Texts, func(place string) {
		a.plans(place, joinplan.Input{Spec: in.Spec, State: state})
	})
}

// words puts the attacker's texts in the place of every word of a text, as far
// as they are lines, and between its lines.
func words(text string, try func(text string)) {
	for i := 0; i < len(text); {
		end := i + strings.IndexAny(text[i:]+" ", " \t\n\":,{}[]|")
		if end == i {
			i++
			continue
		}
		for _, evil := range hostile.Texts(text[i:end]) {
			for _, e := range []string{evil, strings.ReplaceAll(evil, "\n", " ")} {
				try(text[:i] + e + text[end:])
			}
		}
		i = end
	}
}

func TestAWordOfWhatEtcdctlPrintsWorksInNoReport(t *testing.T) {
	t.Parallel()
	a := newAlive(t)
	for name, text := range etcdTexts(t) {
		if len(text) > 1000 || strings.Contains(name, "hex") {
			continue
		}
		words(text, func(text string) {
			sample, err := etcdcheck.Parse([]byte(text))
			a.err(name, err)
			a.etcd(name, sample)
		})
	}
}

func hostSpec(t *testing.T) cluster.Spec {
	t.Helper()
	return captured(t, clusters["v1.37"]).Spec
}

const hostText = `$ hostname
cka-cp-1
$ ip addr
2: eth0: <BROADCAST,UP> mtu 1500
    link/ether 52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 192.168.51.81/24 brd 192.168.51.255 scope global eth0
$ ip route
default via 192.168.51.1 dev eth0 proto static
192.168.51.82 via 192.168.51.9 dev eth0
$ getent hosts k8s-vip cka-cp-2
192.168.51.99 k8s-vip
$ cat /etc/machine-id
0123456789abcdef0123456789abcdef
/etc/kubernetes/admin.conf:    server: https://192.168.51.82:6443
$ kubeadm certs check-expiration
CERTIFICATE EXPIRES RESIDUAL TIME CERTIFICATE AUTHORITY EXTERNALLY MANAGED
apiserver Nov 22, 2026 19:52 UTC 2d ca no
$ date
2026-11-22T19:52:02Z
`

func (a *alive) host(place string, spec cluster.Spec, captures ...hostcheck.Capture) {
	report, err := hostcheck.Check(spec, captures...)
	a.err(place, err)
	a.output(place, "a host's report", string(report.Bytes()))
	a.findings(place, report.Findings)
}

func TestAStringOfAHostsCaptureWorksInNoReport(t *testing.T) {
	t.Parallel()
	spec, a := hostSpec(t), newAlive(t)
	one, err := hostcheck.Parse("cka-cp-1", hostText)
	if err != nil {
		t.Fatal(err)
	}
	other := one
	other.Host = "cka-wk-1"
	pair := []hostcheck.Capture{one, other}
	pair[0].Refusals = []hostcheck.Evidence{{Text: "x509: expired"}}
	pair[0].Unsynchronized = []hostcheck.Evidence{{Text: "NTP service: inactive"}}
	hostile.Each(&pair, hostile.Texts, func(place string) { a.host(place, spec, pair...) })
	words(hostText, func(text string) {
		capture, err := hostcheck.Parse("cka-cp-1", text)
		a.err("a host's text", err)
		a.host("a host's text", spec, capture)
	})
}

func TestAWordOfALogWorksInNoReport(t *testing.T) {
	t.Parallel()
	const log = `Sep 25 18:05:53 lb haproxy[1]: 192.168.51.9:51234 [25/Sep/2026:18:05:52.101] kube kube/cka-cp-1 1/0/100 3030 -- 9/9/8/3/0 0/0
Sep 25 18:05:54 lb haproxy[1]: Server kube/cka-cp-1 is DOWN, reason: Layer7 wrong status, code: 500, info: "Internal Server Error", check duration: 2ms. 2 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.
Sep 25 18:05:55 lb haproxy[1]: backend kube has no server available!
Sep 25 18:05:59 lb haproxy[1]: Server kube/cka-cp-1 is UP, reason: Layer7 check passed, code: 200, check duration: 4ms. 3 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.
`
	a := newAlive(t)
	words(log, func(text string) {
		report, err := (&haproxylog.Reader{Source: strings.NewReader(text)}).Report()
		a.err("a log", err)
		if report == nil {
			return
		}
		a.output("a log", "the failover report", report.String())
		a.findings("a log", report.Findings)
	})
}

func TestAStringOfACaptureWorksInNoError(t *testing.T) {
	t.Parallel()
	in, a := captured(t, clusters["v1.37"]), newAlive(t)
	objects, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "NodeList", "items": in.Objects.Nodes})
	if err != nil {
		t.Fatal(err)
	}
	c := capture.Capture{
		Name: "cka-cp-1", Role: capture.ControlPlane, LeftOut: []string{"keys"}, Absent: []string{"/etc/a"}, Unread: []string{"/etc/b"},
		Runs: []capture.Run{
			{Label: "ip addr", Output: []byte("    inet 192.168.51.81/24 scope global eth0\n")},
			{Label: "kubectl get nodes", Output: objects, Complaints: []byte("Error from server (NotFound): x not found\n")},
			{Label: "etcdctl endpoint status", Output: []byte("10.0.0.1:2379, 1, 3.7.3, 20 kB, true, false, 2, 9, 9,\n"), Complaints: []byte("a complaint\n")},
		},
		Files: []capture.File{{Path: "/etc/kubernetes/admin.conf", Content: []byte("    server: https://192.168.51.81:6443\n")}},
	}
	hostile.Each(&c, hostile.Texts, func(place string) {
		read, err := capture.Parse("cka-cp-1.capture", capturetest.Bytes(c))
		a.err(place, err)
		state, err := cluster.ParseState(read.Objects()...)
		a.err(place, err)
		a.output(place, "the state", string(state.Bytes()))
		sample, err := etcdcheck.Parse(read.Etcd())
		a.err(place, err)
		a.etcd(place, sample)
		host, err := hostcheck.Parse(read.Name, read.HostText())
		a.err(place, err)
		a.host(place, in.Spec, host)
	})
}

// What people and programs write is read with the same care: it may be pasted.
func TestAWordOfATextWorksInNoError(t *testing.T) {
	t.Parallel()
	a := newAlive(t)
	for name, reader := range map[string]struct {
		text string
		read func(text string) error
	}{
		"a hosts file": {"127.0.0.1 localhost\n# BEGIN a\n10.0.0.1 cp-1 cp-2\n# END a\n", func(text string) error {
			a.findings("a hosts file", hostsfile.Parse([]byte(text)).Check())
			return nil
		}},
		"statistics": {"# pxname,svname,status,type,\nkube,cka-cp-1,UP,2,\n", func(text string) error {
			_, err := haproxystat.Parse(text)
			return err
		}},
		"a join command": {"kubeadm join k8s:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:00 --control-plane\n", func(text string) error {
			_, err := kubeadmcmd.ParseJoin(text)
			return err
		}},
		"a kubeadm file": {"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\napiServer:\n  extraArgs:\n  - {name: a, value: b}\n", func(text string) error {
			file, err := kubeadmcfg.Parse([]byte(text))
			if err != nil {
				return err
			}
			a.findings("a kubeadm file", file.Warnings())
			return file.Validate()
		}},
		"a description": {"controlPlaneEndpoint: k8s-vip:6443\ncontrolPlanes:\n- {name: cp-1, address: 10.0.0.1/8, labels: {a: b}, taints: [c=d:NoSchedule]}\n", func(text string) error {
			spec, err := cluster.Parse([]byte(text))
			if err != nil {
				return err
			}
			a.findings("a description", spec.Warnings())
			return spec.Validate()
		}},
	} {
		words(reader.text, func(text string) { a.err(name, reader.read(text)) })
	}
}
