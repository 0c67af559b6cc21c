package limits

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/haproxycfg/haproxylog"
	"github.com/haplane/haplane/haproxycfg/haproxystat"
	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
)

// dimension is a direction in which an input grows.
type dimension struct {
	name string
	// n is the smaller size.
	n int
	// work makes an input of a size and gives what reads it or plans with it. An
	// error of a hostile input is read too.
	work func(t *testing.T, n int) func() error
}

// An input that is four times as large may cost so many times as much: n log n is
// below five, and n squared is sixteen. Memory is counted exactly, and time is that
// of the processor, of which the best of several runs counts.
const (
	growth         = 4
	mostAllocated  = 6.8
	mostTime       = 9
	measuredRuns   = 3
	leastMeasured  = 2 * time.Millisecond
	leastAllocated = 1 << 16
)

//nolint:paralleltest // Other tests would show among the allocations.
func TestWorkGrowsAsTheInputDoes(t *testing.T) {
	for _, d := range dimensions {
		t.Run(d.name, func(t *testing.T) {
			smallBytes, smallTime := cost(d.work(t, d.n))
			largeBytes, largeTime := cost(d.work(t, growth*d.n))
			t.Logf("%d: %d bytes, %v; %d: %d bytes, %v", d.n, smallBytes, smallTime, growth*d.n, largeBytes, largeTime)
			if smallBytes < leastAllocated && smallTime < leastMeasured {
				t.Errorf("%d bytes and %v are too little to measure: let it begin larger", smallBytes, smallTime)
			}
			if ratio := float64(largeBytes) / float64(max(smallBytes, leastAllocated)); ratio > mostAllocated {
				t.Errorf("%d times the input allocates %.1f times as much: %d and %d bytes", growth, ratio, smallBytes, largeBytes)
			}
			if ratio := float64(largeTime) / float64(max(smallTime, leastMeasured)); ratio > mostTime {
				t.Errorf("%d times the input takes %.1f times as long: %v and %v", growth, ratio, smallTime, largeTime)
			}
		})
	}
}

// cost gives the bytes that some work allocates, with those of its error's text,
// and the time that the processor spends on it.
func cost(work func() error) (allocated uint64, spent time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	spent = time.Hour
	for range measuredRuns {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := threadTime()
		if err := work(); err != nil {
			_ = err.Error()
		}
		spent = min(spent, threadTime()-began)
		runtime.ReadMemStats(&after)
		allocated = after.TotalAlloc - before.TotalAlloc
	}
	return allocated, spent
}

// threadTime is what the processor spent on this thread, as exactly as the kernel
// knows it.
func threadTime() time.Duration {
	var spent unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &spent); err != nil {
		return 0
	}
	return time.Duration(spent.Nano())
}

// repeated fills a line in for each number.
func repeated(n int, line string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(line, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// reads is work on a text that is made once.
func reads(head, line, tail string, read func(text []byte) error) func(*testing.T, int) func() error {
	return func(_ *testing.T, n int) func() error {
		text := []byte(head + strings.TrimSuffix(repeated(n, line), ",") + tail)
		return func() error { return read(text) }
	}
}

func address(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(32 + i>>16), byte(i >> 8), byte(i)}), 8)
}

// described is a cluster of so many machines of each kind.
func described(balancers, controlPlanes, workers int) cluster.Spec {
	spec := cluster.Spec{KubernetesVersion: "v1.37.2", ControlPlaneEndpoint: cluster.Endpoint{Host: "api.example", Port: 6443}}
	next := 0
	node := func(prefix string) cluster.Node {
		next++
		return cluster.Node{Name: fmt.Sprintf("%s-%d", prefix, next), Address: address(next)}
	}
	for range balancers {
		n := node("lb")
		spec.LoadBalancers = append(spec.LoadBalancers, cluster.LoadBalancer{Name: n.Name, Address: n.Address})
	}
	for range controlPlanes {
		spec.ControlPlanes = append(spec.ControlPlanes, node("cp"))
	}
	for range workers {
		spec.Workers = append(spec.Workers, node("wk"))
	}
	return spec
}

func creates(spec func(n int) cluster.Spec) func(*testing.T, int) func() error {
	return func(_ *testing.T, n int) func() error {
		s := spec(n)
		return func() error {
			_, err := joinplan.Create(joinplan.Input{Spec: s})
			return err
		}
	}
}

func parseState(text []byte) error {
	state, err := cluster.ParseState(text)
	if err == nil {
		state.Warnings()
	}
	return err
}

const listHead = `{"apiVersion":"v1","kind":"List","items":[`

var dimensions = []dimension{
	{"lines of a hosts file", 2000, reads("", "10.0.0.1 host-# alias-#\n", "", func(text []byte) error {
		hostsfile.Parse(text).Check()
		return nil
	})},
	{"lines of a hosts file of one name", 2000, reads("", "10.0.#.1 host\n", "", func(text []byte) error {
		hostsfile.Parse(text).Check()
		return nil
	})},
	{"blocks of a hosts file", 500, reads("", "# BEGIN block-#\n10.0.0.1 host-#\n# END block-#\n", "", func(text []byte) error {
		file := hostsfile.Parse(text)
		file.Check()
		_, err := file.SetBlock(hostsfile.Block{Name: "mine", Entries: []hostsfile.Entry{{Addr: netip.MustParseAddr("10.1.1.1"), Names: []string{"cp-1"}}}})
		return err
	})},
	{"servers of a log", 300, reads("", "Sep 25 18:05:53 lb haproxy[1]: Server a/s-# is DOWN. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\n", "",
		func(text []byte) error {
			_, err := (&haproxylog.Reader{Source: strings.NewReader(string(text))}).Report()
			return err
		})},
	{"backends of a log", 300, reads("", "Sep 25 18:05:53 lb haproxy[1]: Server b-#/s is DOWN. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\n", "",
		func(text []byte) error {
			_, err := (&haproxylog.Reader{Source: strings.NewReader(string(text))}).Report()
			return err
		})},
	{"rows of statistics", 5000, reads("# pxname,svname,status,type,\n", "b,s-#,UP,2,\n", "", func(text []byte) error {
		_, err := haproxystat.Parse(string(text))
		return err
	})},
	{"statuses of etcd", 500, reads("[", `{"Endpoint":"10.0.0.#:2379","Status":{"header":{"cluster_id":1,"member_id":#,"revision":5,"raft_term":2},"version":"3.7.3","dbSize":1,"leader":1,"raftIndex":9,"raftTerm":2,"raftAppliedIndex":9}},`, "]",
		func(text []byte) error {
			sample, err := etcdcheck.Parse(text)
			if err == nil {
				etcdcheck.Check(etcdcheck.Input{Sample: sample})
			}
			return err
		})},
	{"members of etcd", 500, reads(`{"header":{"cluster_id":1,"member_id":1,"raft_term":2},"members":[`, `{"ID":1#,"name":"cp-#","peerURLs":["https://10.0.0.#:2380"],"clientURLs":["https://10.0.0.#:2379"]},`, "]}",
		func(text []byte) error {
			sample, err := etcdcheck.Parse(text)
			if err == nil {
				etcdcheck.Check(etcdcheck.Input{Sample: sample})
			}
			return err
		})},
	{"workers of a description", 300, reads("controlPlaneEndpoint: api.example:6443\nworkers:\n", "- {name: wk-#, address: 10.0.0.#/8}\n", "", func(text []byte) error {
		spec, err := cluster.Parse(text)
		if err == nil {
			err = spec.Validate()
		}
		return err
	})},
	{"workers of unknown groups", 300, reads("controlPlaneEndpoint: api.example:6443\nworkers:\n", "- {name: wk-#, address: 10.0.0.1/8, group: unknown-#}\n", "", func(text []byte) error {
		_, err := cluster.Parse(text)
		return err
	})},
	{"nodes of a cluster", 300, reads(listHead, `{"apiVersion":"v1","kind":"Node","metadata":{"name":"n-#"},"status":{"addresses":[{"type":"InternalIP","address":"10.0.0.1"}]}},`, "]}", parseState)},
	{"networks of nodes", 300, reads(listHead, `{"apiVersion":"v1","kind":"Node","metadata":{"name":"n-#","annotations":{"flannel.alpha.coreos.com/public-ip":"10.0.#.1"}},"spec":{"podCIDR":"10.#.0.0/24"},"status":{"addresses":[{"type":"InternalIP","address":"10.0.0.1"}]}},`, "]}", parseState)},
	{"pods of a cluster", 500, reads(listHead, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p-#","namespace":"default"},"spec":{"nodeName":"n-#","containers":[{"name":"c","image":"i"}]}},`, "]}", parseState)},
	{"mirror pods of API servers", 300, reads(listHead, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"kube-apiserver-n-#","namespace":"kube-system","annotations":{"kubernetes.io/config.mirror":"x"},"labels":{"component":"kube-apiserver","tier":"control-plane"}},"spec":{"nodeName":"n-#","containers":[{"name":"kube-apiserver","image":"i:v1.37.2","command":["kube-apiserver","--advertise-address=10.0.0.1"]}],"volumes":[{"name":"v","hostPath":{"path":"/etc/x-#"}}]}},`, "]}", parseState)},
	{"workers to create", 200, creates(func(n int) cluster.Spec { return described(1, 3, n) })},
	{"load balancers to create", 50, creates(func(n int) cluster.Spec { return described(n, 3, 3) })},
	// Each of them asks all of them, so their number is bounded.
	{"control planes to create", 100, creates(func(n int) cluster.Spec { return described(1, n, 3) })},
	{"captures of hosts", 100, func(t *testing.T, n int) func() error {
		spec := described(1, 3, n)
		var captures []hostcheck.Capture
		for _, node := range spec.Nodes() {
			text := fmt.Sprintf("2: eth0    inet %s brd 10.255.255.255 scope global eth0\n", node.Address)
			capture, err := hostcheck.Parse(node.Name, text)
			if err != nil {
				t.Fatal(err)
			}
			captures = append(captures, capture)
		}
		return func() error {
			_, err := hostcheck.Check(spec, captures...)
			return err
		}
	}},
	{"lines around a join command", 2000, reads("", "line # of other text\n", "kubeadm join k8s:6443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification\n", func(text []byte) error {
		_, err := kubeadmcmd.ParseJoin(string(text))
		return err
	})},
	{"documents of a kubeadm file", 100, reads("", "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nx: #\n", "", func(text []byte) error {
		_, err := kubeadmcfg.Parse(text)
		return err
	})},
	{"arguments of a kubeadm file", 300, reads("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n", "  - {name: arg-#, value: \"#\"}\n", "", func(text []byte) error {
		file, err := kubeadmcfg.Parse(text)
		if err == nil {
			file.Warnings()
			err = file.Validate()
		}
		return err
	})},
	{"unknown fields of a kubeadm file", 300, reads("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n", "field-#: x\n", "", func(text []byte) error {
		_, err := kubeadmcfg.Parse(text)
		return err
	})},
}
