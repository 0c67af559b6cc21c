package convert_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/examples/orchestrator"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/convert"
)

// processes are those of a simulation's machines, which read an address when
// they start.
type processes struct {
	clock time.Time
	// changed has files by HOST:PATH, and ConfigMaps by :NAME.
	changed map[string]time.Time
	running map[string]process
	// clocks and connections say what captures show.
	clocks, connections bool
}

type process struct {
	since time.Time
	// server is what it read.
	server string
}

const (
	kubelet   = "kubelet"
	kubeProxy = "kube-proxy"
)

// started has every process run since before anybody began to convert: where
// somebody has, its file is newer.
func (s *simulation) started() {
	s.clock = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s.changed, s.running = map[string]time.Time{}, map[string]process{}
	s.clocks, s.connections = true, true
	for _, f := range s.in.Files {
		s.changed[f.Host+":"+f.Path] = s.clock
	}
	for name := range s.maps {
		s.changed[":"+name] = s.clock
	}
	endpoint := "https://" + s.in.Spec.ControlPlaneEndpoint.String()
	for _, node := range s.in.Spec.Nodes() {
		s.startKubelet(node.Name)
		if file := node.Name + ":" + kubeletConfPath; s.running[node.Name+" "+kubelet].server == endpoint {
			first := s.in.Spec.ControlPlanes[0].Address.Addr()
			s.running[node.Name+" "+kubelet] = process{s.clock.Add(-time.Hour), "https://" + netip.AddrPortFrom(first, 6443).String()}
			s.changed[file] = s.clock
		}
	}
	s.startKubeProxies()
}

func (s *simulation) touch(host, what string) {
	s.clock = s.clock.Add(10 * time.Second)
	s.changed[host+":"+what] = s.clock
}

const kubeletConfPath = "/etc/kubernetes/kubelet.conf"

func (s *simulation) startKubelet(host string) {
	s.clock = s.clock.Add(10 * time.Second)
	s.running[host+" "+kubelet] = process{s.clock, server(s.host[host][kubeletConfPath], "")}
}

func (s *simulation) startKubeProxies() {
	s.clock = s.clock.Add(10 * time.Second)
	for _, pod := range s.in.Objects.Pods {
		if pod.Labels["k8s-app"] == kubeProxy && s.maps["kube-system/kube-proxy"] != nil {
			text := s.maps["kube-system/kube-proxy"].Data["kubeconfig.conf"]
			s.running[pod.Spec.NodeName+" "+kubeProxy] = process{s.clock, server(text, "")}
		}
	}
}

// observe adds what captures show of processes.
func (s *simulation) observe(in *convert.Input) {
	for i, f := range in.Files {
		if s.clocks {
			in.Files[i].Changed = s.changed[f.Host+":"+f.Path]
		}
	}
	for i, cm := range in.Objects.ConfigMaps {
		if s.clocks {
			at := metav1.NewTime(s.changed[":"+cm.Namespace+"/"+cm.Name])
			in.Objects.ConfigMaps[i].ManagedFields = []metav1.ManagedFieldsEntry{{Time: &at}}
		}
	}
	for i, pod := range in.Objects.Pods {
		if p, there := s.running[pod.Spec.NodeName+" "+kubeProxy]; there && s.clocks && pod.Labels["k8s-app"] == kubeProxy {
			at := metav1.NewTime(p.since)
			in.Objects.Pods[i].Status.StartTime = &at
		}
	}
	in.Machines = nil
	for _, node := range in.Spec.Nodes() {
		m := convert.Machine{Name: node.Name}
		for _, name := range []string{kubelet, kubeProxy} {
			p, there := s.running[node.Name+" "+name]
			if there && s.clocks {
				m.Processes = append(m.Processes, capture.Process{Name: name, Started: p.since})
			}
			if peer, known := s.resolve(p.server); known && s.connections {
				m.Connections = append(m.Connections, capture.Connection{Process: name, Peer: peer})
			}
		}
		for path := range s.host[node.Name] {
			if strings.Contains(path, "-convert") {
				m.Leftovers = append(m.Leftovers, path)
			}
		}
		slices.Sort(m.Leftovers)
		in.Machines = append(in.Machines, m)
	}
}

// resolve gives what a connection to a server has at its other end.
func (s *simulation) resolve(server string) (netip.AddrPort, bool) {
	address := strings.TrimPrefix(server, "https://")
	if at, err := netip.ParseAddrPort(address); err == nil {
		return at, true
	}
	_, port, _ := strings.Cut(address, ":")
	addresses := s.in.Spec.WithDefaults().EndpointAddresses
	if len(addresses) == 0 || port == "" {
		return netip.AddrPort{}, false
	}
	at, err := netip.ParseAddrPort(netip.AddrPortFrom(addresses[0], 0).String())
	if err != nil {
		return netip.AddrPort{}, false
	}
	var number uint16
	if _, err := fmt.Sscan(port, &number); err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(at.Addr(), number), true
}

// usesAnother names the processes that use another address than their file
// names, and is empty where none does.
func (s *simulation) usesAnother() []string {
	var out []string
	for key, p := range s.running {
		host, name, _ := strings.Cut(key, " ")
		want := server(s.host[host][kubeletConfPath], "")
		if name == kubeProxy {
			want = server(s.maps["kube-system/kube-proxy"].Data["kubeconfig.conf"], "")
		}
		if p.server != want {
			out = append(out, fmt.Sprintf("%s of %s uses %s, and its file names %s", name, host, p.server, want))
		}
	}
	slices.Sort(out)
	return out
}

// A conversion that was broken off anywhere, also between an edit and the
// restart that belongs to it, is planned again from fresh captures, whatever
// these show of processes: at the end none uses what its file no longer names,
// and no key stands where it does not belong.
func TestNoProcessUsesTheOldAddressAfterAConversionThatWasKilledAnywhere(t *testing.T) {
	t.Parallel()
	stale := 0
	for seed := range uint64(8) {
		in := randomInput(t, seed)
		clocks, connections := seed%4 < 2, seed%2 == 0
		prepare := func(p joinplan.Plan) *machines {
			m := newMachines(simulate(t, in), p)
			m.clocks, m.connections = clocks, connections
			return m
		}
		p := plan(t, prepare(joinplan.Plan{}).capture())
		whole := prepare(p)
		runPlan(t, whole, p)
		for at := 1; at <= whole.changes; at++ {
			m := prepare(p)
			m.killAt = at
			killedRun(t, m, func(joinplan.Input) (joinplan.Plan, error) { return p, nil })
			stale += len(m.usesAnother())
			next := plan(t, m.capture())
			again := newMachines(m.simulation, next)
			runPlan(t, again, next)
			if others := again.usesAnother(); len(others) > 0 {
				t.Errorf("seed %d: killed after change %d and planned again: %q", seed, at, others)
			}
			after := again.capture()
			census := take(t, after)
			if clocks && !census.Converted() || len(census.InScope()) > 0 {
				t.Errorf("seed %d: killed after change %d:\n%s", seed, at, census)
			}
			for _, machine := range after.Machines {
				if len(machine.Leftovers) > 0 {
					t.Errorf("seed %d: killed after change %d: %s has %q left", seed, at, machine.Name, machine.Leftovers)
				}
			}
		}
	}
	if stale == 0 {
		t.Error("no process was ever left with the old address")
	}
}

func runPlan(t *testing.T, m *machines, p joinplan.Plan) {
	t.Helper()
	o := orchestrator.Orchestrator{Transport: m, After: m.byPeople}
	if err := o.Run(t.Context(), func(joinplan.Input) (joinplan.Plan, error) { return p, nil }); err != nil {
		t.Fatal(err)
	}
}

// One thing is known of a process, and says what the census does.
func TestTheCensusSaysWhatProcessesUse(t *testing.T) {
	t.Parallel()
	s := simulate(t, captured(t, "testdata/v1.30.txtar"))
	s.follow(plan(t, s.in), never)
	converted := s.capture()
	const worker = "cka-wk-1"
	old := netip.MustParseAddrPort("192.168.51.81:6443")
	machine := func(in *convert.Input) *convert.Machine {
		return &in.Machines[slices.IndexFunc(in.Machines, func(m convert.Machine) bool { return m.Name == worker })]
	}
	for name, c := range map[string]struct {
		change func(in *convert.Input)
		scope  []string
		unseen []string
	}{
		"everything uses the endpoint": {func(*convert.Input) {}, nil, nil},
		"a kubelet that was never started anew": {func(in *convert.Input) {
			machine(in).Connections = nil
			machine(in).Processes[0].Started = time.Unix(0, 0)
		}, []string{worker + ":kubelet"}, nil},
		"a kubelet that wrote its file itself, and is connected to the endpoint": {func(in *convert.Input) {
			machine(in).Processes[0].Started = time.Unix(0, 0)
		}, nil, nil},
		"a kubelet that is still connected": {func(in *convert.Input) {
			machine(in).Connections = []capture.Connection{{Process: kubelet, Peer: old}}
		}, []string{worker + ":kubelet"}, nil},
		"another process that is connected": {func(in *convert.Input) {
			machine(in).Connections = []capture.Connection{{Process: "kubectl", Peer: old}}
		}, nil, nil},
		"no kubelet runs": {func(in *convert.Input) {
			machine(in).Connections, machine(in).Processes = nil, machine(in).Processes[1:]
			machine(in).Processes = append(machine(in).Processes, capture.Process{Name: "containerd"})
		}, nil, nil},
		"a machine of which nothing is known": {func(in *convert.Input) {
			in.Machines = slices.DeleteFunc(in.Machines, func(m convert.Machine) bool { return m.Name == worker })
		}, nil, []string{worker + ":kubelet"}},
		"a kube-proxy from before": {func(in *convert.Input) {
			for i := range in.Objects.Pods {
				in.Objects.Pods[i].Status = corev1.PodStatus{StartTime: &metav1.Time{Time: time.Unix(0, 0)}}
			}
			for i := range in.Machines {
				in.Machines[i].Connections = nil
				in.Machines[i].Processes = in.Machines[i].Processes[:1]
			}
		}, []string{"cka-cp-1:kube-proxy", "cka-wk-1:kube-proxy", "cka-wk-2:kube-proxy"}, nil},
		"nobody knows when kube-proxy's configuration was changed": {func(in *convert.Input) {
			for i := range in.Objects.ConfigMaps {
				in.Objects.ConfigMaps[i].ManagedFields = nil
			}
			for i := range in.Machines {
				in.Machines[i].Connections = nil
			}
		}, nil, []string{"daemonset kube-system/kube-proxy"}},
		"what a step left": {func(in *convert.Input) {
			machine(in).Leftovers = []string{"/var/lib/haplane", convert.StagingDir, convert.StagingDir + "/ca.key"}
		}, []string{worker + ":" + convert.StagingDir}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := converted
			in.Machines = nil
			for _, m := range converted.Machines {
				m.Processes = slices.Clone(m.Processes)
				in.Machines = append(in.Machines, m)
			}
			in.Objects.Pods = slices.Clone(converted.Objects.Pods)
			in.Objects.ConfigMaps = slices.Clone(converted.Objects.ConfigMaps)
			c.change(&in)
			census := take(t, in)
			var scope, unseen []string
			for _, r := range census.InScope() {
				scope = append(scope, r.Place())
			}
			for _, m := range census.Missing {
				unseen = append(unseen, m.Place)
			}
			if !slices.Equal(scope, c.scope) || !slices.Equal(unseen, c.unseen) {
				t.Errorf("in scope are %q, want %q; not seen are %q, want %q", scope, c.scope, unseen, c.unseen)
			}
			steps := plan(t, in).Steps
			if wants := len(c.scope)+len(c.unseen) > 0; wants != (len(steps) > 0) || wants == census.Converted() {
				t.Errorf("the census is\n%s\nand the plan has %d steps", census, len(steps))
			}
		})
	}
}

// A backup is one more place where a key could lie: it has what the ways back
// need.
func TestBackupsHoldNoKeyOfACA(t *testing.T) {
	t.Parallel()
	backups := 0
	for seed := range uint64(seeds) {
		in := randomInput(t, seed)
		s := simulate(t, in)
		s.follow(plan(t, in), never)
		for host, files := range s.host {
			for path := range files {
				if !strings.HasPrefix(path, convert.WorkDir) {
					continue
				}
				backups++
				if strings.HasSuffix(path, "/ca.key") || strings.HasSuffix(path, ".conf") {
					t.Errorf("seed %d: %s has a copy %s", seed, host, path)
				}
			}
		}
	}
	if backups == 0 {
		t.Error("nothing was backed up")
	}
}
