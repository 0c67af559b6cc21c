package orchestrator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/internal/etcdctltest"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

const (
	endpoint = "k8s-vip:6443"
	joinHint = "kubeadm join " + endpoint + " --token abcdef.0123456789abcdef \\\n" +
		"  --discovery-token-ca-cert-hash sha256:5420769464b1fdfd4364606c50bad713c043bdfd3df4de5836f66775511e277b\n"
	keyHint = "[upload-certs] Using certificate key:\n8c3c67e3632f926cac260c53f5436014e56e934bff468a169c41893262ac8b31\n"
)

// machines is a transport to machines that exist only in memory. A command takes
// a second of the test's own clock, so that those that run beside each other meet.
type machines struct {
	t  *testing.T
	mu sync.Mutex
	// spec says which machines there are.
	spec cluster.Spec
	// files of all machines, by HOST:PATH.
	files map[string]string
	// modes are those of some of them.
	modes map[string]fs.FileMode
	// joined are the nodes of the cluster, in the order in which they came.
	joined []string
	// ran are the commands that change something, as HOST: COMMAND.
	ran []string
	// broken are commands that fail, as HOST: COMMAND, and how often.
	broken  map[string]int
	joining map[string]bool
	// lost is a control plane that never comes back: a node and a member of etcd
	// until somebody removes them.
	lost             cluster.Node
	isNode, isMember bool
	// killAt is the number of the change after which whoever carries the plan out
	// is dead, and killed what is called then. With half, kubeadm dies with him.
	changes, killAt int
	half, dead      bool
	killed          func()
}

var errKilled = errors.New("the process was killed")

// change counts what changes something on a machine, and reports whether the
// process dies of it.
func (m *machines) change() bool {
	m.changes++
	if m.changes == m.killAt {
		m.dead = true
		m.killed()
	}
	return m.dead
}

func newMachines(t *testing.T, spec cluster.Spec) *machines {
	t.Helper()
	m := &machines{t: t, spec: spec, files: map[string]string{}, modes: map[string]fs.FileMode{}, broken: map[string]int{}, joining: map[string]bool{}}
	for _, lb := range spec.LoadBalancers {
		m.files[lb.Name+":/etc/hosts"] = "127.0.0.1 localhost\n"
	}
	for _, node := range spec.Nodes() {
		m.files[node.Name+":/etc/hosts"] = "127.0.0.1 localhost\n"
	}
	return m
}

func (m *machines) ReadFile(_ context.Context, host, path string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return nil, errKilled
	}
	text, there := m.files[host+":"+path]
	if !there {
		return nil, fmt.Errorf("%s:%s: %w", host, path, fs.ErrNotExist)
	}
	return []byte(text), nil
}

func (m *machines) WriteFile(_ context.Context, host, path string, data []byte, mode fs.FileMode) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errKilled
	}
	m.files[host+":"+path] = string(data)
	m.modes[host+":"+path] = mode
	if m.change() {
		return errKilled
	}
	return nil
}

func (m *machines) Run(ctx context.Context, host string, argv []string) (joinplan.Output, error) {
	command := strings.Join(argv, " ")
	m.begin(host, command)
	select {
	case <-ctx.Done():
		return joinplan.Output{}, ctx.Err()
	case <-time.After(time.Second):
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.joining, host)
	if m.dead {
		return joinplan.Output{}, errKilled
	}
	if name := host + ": " + command; m.broken[name] > 0 {
		m.broken[name]--
		return joinplan.Output{Stderr: []byte("out of order"), Status: 1}, nil
	}
	return m.answer(host, command)
}

// changing carries a command out that changes something.
func (m *machines) changing(host, command string) (joinplan.Output, error) {
	m.ran = append(m.ran, host+": "+command)
	isKilled := m.change()
	if isKilled && m.half && (strings.HasPrefix(command, "kubeadm init --config ") || strings.HasPrefix(command, "kubeadm join --config ")) {
		m.files[host+":"+kubeletConf] = "of half an attempt"
		return joinplan.Output{}, errKilled
	}
	output, err := m.carryOut(host, command)
	if isKilled {
		return joinplan.Output{}, errKilled
	}
	return output, err
}

// begin notes who is joining: two control planes at once would be a fault of the
// plan or of whoever carries it out.
func (m *machines) begin(host, command string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !strings.HasPrefix(command, "kubeadm join ") || !m.isControlPlane(host) {
		return
	}
	if len(m.joining) > 0 {
		m.t.Errorf("%s joins beside %v", host, m.joining)
	}
	m.joining[host] = true
}

func (m *machines) answer(host, command string) (joinplan.Output, error) {
	switch {
	case strings.Contains(command, " --field-selector "):
		return m.self(host, command)
	case strings.Contains(command, " -o name deployment/coredns"):
		return joinplan.Output{Status: status(len(m.joined) > 0)}, nil
	case strings.Contains(command, "for file in /etc/kubernetes/kubelet.conf "):
		_, there := m.files[host+":"+kubeletConf]
		return joinplan.Output{Status: status(there)}, nil
	case strings.HasPrefix(command, "sh -c find -H "):
		return m.list(host, command[strings.LastIndex(command, " ")+1:])
	case strings.HasPrefix(command, "mkdir -p "):
		return joinplan.Output{}, nil
	case strings.HasPrefix(command, "getent hosts "):
		return m.getent(host, strings.TrimPrefix(command, "getent hosts "))
	case strings.Contains(command, " get nodes "):
		return marshalled(m.nodes())
	case strings.Contains(command, " config view "):
		return printed("https://" + endpoint)
	case strings.Contains(command, " endpoint status "):
		return m.etcd(etcdcheck.EndpointStatus), nil
	case strings.Contains(command, " member list "):
		return m.etcd(etcdcheck.MemberList), nil
	}
	for _, question := range []string{"test ", "systemctl is-active ", "sh -c test "} {
		if strings.HasPrefix(command, question) {
			return joinplan.Output{}, nil
		}
	}
	if strings.Contains(command, " rollout status ") {
		return joinplan.Output{}, nil
	}
	return m.changing(host, command)
}

func (m *machines) carryOut(host, command string) (joinplan.Output, error) {
	switch {
	case strings.HasPrefix(command, "rm -f "):
		delete(m.files, host+":"+strings.TrimPrefix(command, "rm -f "))
	case strings.HasPrefix(command, "kubeadm reset "):
		delete(m.files, host+":"+kubeletConf)
		delete(m.files, host+":"+adminConf)
		m.joined = slices.DeleteFunc(m.joined, func(name string) bool { return name == host })
	case strings.HasSuffix(command, " member remove 9"):
		if !m.isMember {
			return joinplan.Output{Stderr: []byte("Error: etcdserver: member not found"), Status: 1}, nil
		}
		m.isMember = false
	case strings.Contains(command, " delete node "):
		m.isNode = false
	case strings.HasPrefix(command, "kubeadm init phase certs ca "):
		m.files[host+":/etc/kubernetes/pki/ca.crt"] = "the cluster's CA"
		m.modes[host+":/etc/kubernetes/pki/ca.crt"] = 0o644
	case strings.HasPrefix(command, "kubeadm init phase upload-certs "):
		return printed(keyHint)
	case strings.HasPrefix(command, "kubeadm init --config "), strings.HasPrefix(command, "kubeadm join --config "):
		return m.enter(host)
	case strings.HasPrefix(command, "kubeadm token create "):
		return printed(joinHint)
	}
	return joinplan.Output{}, nil
}

const (
	kubeletConf = "/etc/kubernetes/kubelet.conf"
	adminConf   = "/etc/kubernetes/admin.conf"
)

func status(holds bool) int {
	if holds {
		return 0
	}
	return 1
}

// enter brings a machine into the cluster, as kubeadm does: never twice.
func (m *machines) enter(host string) (joinplan.Output, error) {
	if _, there := m.files[host+":"+kubeletConf]; there {
		return joinplan.Output{Stderr: []byte("[ERROR FileAvailable--etc-kubernetes-kubelet.conf]"), Status: 1}, nil
	}
	m.files[host+":"+kubeletConf], m.files[host+":"+adminConf] = "its kubeconfig", "its kubeconfig"
	m.joined = append(m.joined, host)
	return printed(joinHint)
}

// list prints what there is at a path, and its mode.
func (m *machines) list(host, path string) (joinplan.Output, error) {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		file, isHere := strings.CutPrefix(name, host+":")
		if isHere && (file == path || strings.HasPrefix(file, path+"/")) {
			fmt.Fprintf(&out, "%x %s\n", 0o100000|uint32(m.modes[name]), file)
		}
	}
	return joinplan.Output{Stdout: []byte(out.String()), Status: status(out.Len() > 0)}, nil
}

// self answers a machine that asks for its own node.
func (m *machines) self(host, command string) (joinplan.Output, error) {
	if _, there := m.files[host+":"+kubeletConf]; !there || !slices.Contains(m.joined, host) {
		return joinplan.Output{Status: status(there)}, nil
	}
	return printed("node/" + host)
}

func (m *machines) getent(host, name string) (joinplan.Output, error) {
	answer, found := hostsfile.Parse([]byte(m.files[host+":/etc/hosts"])).LookupName(name, hostsfile.AnyFamily)
	if !found {
		return joinplan.Output{Status: 2}, nil
	}
	return printed(fmt.Sprintf("%s %s\n", answer.Addrs[0], answer.Canonical))
}

func (m *machines) nodes() corev1.NodeList {
	var list corev1.NodeList
	for _, name := range m.joined {
		node := corev1.Node{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Node"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{}},
			Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
		}
		if m.isControlPlane(name) {
			node.Labels["node-role.kubernetes.io/control-plane"] = ""
		}
		list.Items = append(list.Items, node)
	}
	if m.isNode {
		list.Items = append(list.Items, corev1.Node{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Node"},
			ObjectMeta: metav1.ObjectMeta{Name: m.lost.Name, Labels: map[string]string{"node-role.kubernetes.io/control-plane": ""}},
		})
	}
	list.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "NodeList"}
	return list
}

func (m *machines) etcd(command etcdcheck.Command) joinplan.Output {
	var sample etcdcheck.Sample
	for i, node := range m.spec.ControlPlanes {
		if !slices.Contains(m.joined, node.Name) {
			continue
		}
		id, url := etcdcheck.ID(i+1), fmt.Sprintf("https://%s:2379", node.Address.Addr())
		sample.Members = append(sample.Members, etcdcheck.Member{
			ClusterID: 7, ID: id, Name: node.Name, ClientURLs: []string{url}, Learner: etcdcheck.Known(false),
		})
		sample.Statuses = append(sample.Statuses, etcdcheck.Status{
			Endpoint: url, ClusterID: 7, MemberID: id, Leader: etcdcheck.Known(etcdcheck.ID(1)), Learner: etcdcheck.Known(false), Version: "3.7.3",
			RaftTerm: etcdcheck.Known(uint64(2)), RaftIndex: etcdcheck.Known(uint64(100)), RaftApplied: etcdcheck.Known(uint64(100)),
		})
	}
	if m.isMember {
		url := fmt.Sprintf("https://%s:2379", m.lost.Address.Addr())
		sample.Members = append(sample.Members, etcdcheck.Member{
			ClusterID: 7, ID: 9, Name: m.lost.Name, ClientURLs: []string{url}, Learner: etcdcheck.Known(false),
		})
	}
	if command == etcdcheck.MemberList {
		return joinplan.Output{Stdout: etcdctltest.Members(sample.Members)}
	}
	return joinplan.Output{Stdout: etcdctltest.Statuses(sample.Statuses)}
}

func (m *machines) isControlPlane(name string) bool {
	return slices.ContainsFunc(m.spec.ControlPlanes, func(node cluster.Node) bool { return node.Name == name })
}

// observe looks at the cluster, as a tool does that knows nothing yet.
func (m *machines) observe() (joinplan.Input, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	nodes, err := json.Marshal(m.nodes())
	status, members := m.etcd(etcdcheck.EndpointStatus), m.etcd(etcdcheck.MemberList)
	state, stateErr := cluster.ParseState(nodes, []byte(kubeadmConfig))
	statuses, readErr := etcdcheck.Parse(status.Stdout)
	list, listErr := etcdcheck.Parse(members.Stdout)
	observed := joinplan.Input{State: state, Etcd: etcdcheck.Merge(statuses, list)}
	return observed, errors.Join(err, stateErr, readErr, listErr)
}

const kubeadmConfig = `
apiVersion: v1
kind: ConfigMap
metadata: {name: kubeadm-config, namespace: kube-system}
data:
  ClusterConfiguration: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    controlPlaneEndpoint: ` + endpoint + `
`

func printed(text string) (joinplan.Output, error) {
	return joinplan.Output{Stdout: []byte(text)}, nil
}

func marshalled(object any) (joinplan.Output, error) {
	text, err := json.Marshal(object)
	return joinplan.Output{Stdout: text}, err
}
