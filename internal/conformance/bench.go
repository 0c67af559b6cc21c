package conformance

import (
	"fmt"
	"io"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
	"sigs.k8s.io/yaml"
)

// joins is the number of nodes of the large benchmark.
const joins = 5_000

// Benchmarks times the library against kubeadm's own path from v1beta4 objects
// to text and back, for the same objects in the same run. The metrics are how
// many times as long kubeadm takes, and how many times the bytes and the
// allocations it needs.
func Benchmarks(b *testing.B, kubeadm Kubeadm) {
	b.Run("init", func(b *testing.B) { benchmark(b, kubeadm, []kubeadmcfg.File{initFile()}) })
	b.Run(fmt.Sprintf("%d joins", joins), func(b *testing.B) { benchmark(b, kubeadm, joinFiles()) })
}

func benchmark(b *testing.B, kubeadm Kubeadm, files []kubeadmcfg.File) {
	texts := make([][]byte, len(files))
	objects := make([][]any, len(files))
	for i, f := range files {
		texts[i] = f.Bytes()
		objects[i] = kubeadm.objects(b, f)
	}
	b.Run("render", func(b *testing.B) {
		compare(b, func() {
			for _, f := range files {
				if _, err := f.WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		}, func() {
			for _, file := range objects {
				for _, o := range file {
					if _, err := kubeadm.Marshal(o); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	})
	b.Run("parse", func(b *testing.B) {
		compare(b, func() {
			for _, text := range texts {
				if _, err := kubeadmcfg.Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		}, func() {
			for _, text := range texts {
				if err := kubeadm.Decode(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("validate", func(b *testing.B) {
		compare(b, func() {
			for _, text := range texts {
				if err := kubeadm.judge(text); err != nil {
					b.Fatal(err)
				}
			}
		}, func() {
			for _, text := range texts {
				if err := kubeadm.Validate(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// objects gives the documents of a file as kubeadm's own types.
func (k Kubeadm) objects(b *testing.B, f kubeadmcfg.File) []any {
	b.Helper()
	var objects []any
	for _, d := range f.Documents {
		text := kubeadmcfg.New(d).Bytes()
		var meta struct{ Kind string }
		if err := yaml.Unmarshal(text, &meta); err != nil {
			b.Fatal(err)
		}
		typ, ok := k.kind("v1beta4", meta.Kind)
		if !ok {
			b.Fatalf("kubeadm %s has no kind %q", k.Version, meta.Kind)
		}
		object := reflect.New(typ)
		if err := yaml.UnmarshalStrict(text, object.Interface()); err != nil {
			b.Fatal(err)
		}
		objects = append(objects, object.Interface())
	}
	return objects
}

// compare runs both in turn.
func compare(b *testing.B, ours, theirs func()) {
	var our, their cost
	for b.Loop() {
		our.add(ours)
		their.add(theirs)
	}
	b.ReportMetric(0, "ns/op") // the sum of both says nothing
	b.ReportMetric(float64(our.time.Microseconds())/float64(b.N), "µs")
	b.ReportMetric(float64(their.time)/float64(our.time), "x-time")
	b.ReportMetric(float64(their.bytes)/float64(our.bytes), "x-bytes")
	b.ReportMetric(float64(their.allocations)/float64(our.allocations), "x-allocs")
}

type cost struct {
	time               time.Duration
	bytes, allocations uint64
}

func (c *cost) add(f func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	f()
	c.time += time.Since(start)
	runtime.ReadMemStats(&after)
	c.bytes += after.TotalAlloc - before.TotalAlloc
	c.allocations += after.Mallocs - before.Mallocs
}

func initFile() kubeadmcfg.File {
	return kubeadmcfg.New(
		&v1beta4.InitConfiguration{
			NodeRegistration: node("cp-1"),
			LocalAPIEndpoint: v1beta4.APIEndpoint{AdvertiseAddress: "192.168.51.11", BindPort: 6443},
			BootstrapTokens:  []v1beta4.BootstrapToken{{Token: goodToken, Description: "for the nodes of the first day"}},
			CertificateKey:   goodKey,
		},
		&v1beta4.ClusterConfiguration{
			KubernetesVersion:    "v1.36.3",
			ControlPlaneEndpoint: "k8s-vip:6443",
			Networking:           v1beta4.Networking{PodSubnet: "10.244.0.0/16", ServiceSubnet: "10.96.0.0/12", DNSDomain: "cluster.local"},
			APIServer: v1beta4.APIServer{
				CertSANs:  []string{"k8s-vip", "192.168.51.10"},
				ExtraArgs: []v1beta4.Arg{{Name: "audit-log-path", Value: "/var/log/audit.log"}, {Name: "audit-log-maxage", Value: "7"}},
			},
			Etcd:              v1beta4.Etcd{Local: &v1beta4.LocalEtcd{DataDir: "/var/lib/etcd"}},
			ControllerManager: v1beta4.ControlPlaneComponent{ExtraArgs: []v1beta4.Arg{{Name: "bind-address", Value: "0.0.0.0"}}},
		},
	)
}

func joinFiles() []kubeadmcfg.File {
	files := make([]kubeadmcfg.File, joins)
	for i := range files {
		files[i] = kubeadmcfg.New(&v1beta4.JoinConfiguration{
			Discovery: v1beta4.Discovery{BootstrapToken: &v1beta4.BootstrapTokenDiscovery{
				APIServerEndpoint: "k8s-vip:6443", Token: goodToken, CACertHashes: []string{goodHash},
			}},
			NodeRegistration: node(fmt.Sprintf("wk-%d", i)),
		})
	}
	return files
}

func node(name string) v1beta4.NodeRegistrationOptions {
	return v1beta4.NodeRegistrationOptions{Name: name, CRISocket: "unix:///run/containerd/containerd.sock"}
}
