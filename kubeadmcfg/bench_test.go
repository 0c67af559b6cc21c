package kubeadmcfg_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// compare times one function and reports how many times faster it is than
// another, which runs as often in the same run.
func compare(b *testing.B, ours, baseline func()) {
	b.Helper()
	b.ReportAllocs()
	var n int
	var spent time.Duration
	for b.Loop() {
		ours()
		b.StopTimer()
		start := time.Now()
		baseline()
		spent += time.Since(start)
		n++
		b.StartTimer()
	}
	perRun := b.Elapsed() / time.Duration(n)
	b.ReportMetric(float64(spent/time.Duration(n))/float64(perRun), "x-faster")
}

// The baseline writes each document with sigs.k8s.io/yaml, which is the last
// step of what kubeadm does.
func BenchmarkWriteInitAndCluster(b *testing.B) {
	file := labInit().WithDefaults()
	compare(b,
		func() { _ = file.Bytes() },
		func() {
			for _, d := range file.Documents {
				if _, err := yaml.Marshal(d); err != nil {
					b.Fatal(err)
				}
			}
		})
}

// The baseline reads each document with sigs.k8s.io/yaml twice: for its kind,
// and into its type.
func BenchmarkParseInitAndCluster(b *testing.B) {
	file := labInit().WithDefaults()
	text := file.Bytes()
	init := kubeadmcfg.New(file.Documents[0]).Bytes()
	cluster := kubeadmcfg.New(file.Documents[1]).Bytes()
	compare(b,
		func() {
			if _, err := kubeadmcfg.Parse(text); err != nil {
				b.Fatal(err)
			}
		},
		func() {
			for _, err := range []error{
				yaml.Unmarshal(init, &map[string]any{}), yaml.UnmarshalStrict(init, &v1beta4.InitConfiguration{}),
				yaml.Unmarshal(cluster, &map[string]any{}), yaml.UnmarshalStrict(cluster, &v1beta4.ClusterConfiguration{}),
			} {
				if err != nil {
					b.Fatal(err)
				}
			}
		})
}

// Files that are written one after the other take the memory of one: what stays
// on the heap is the same for ten times the nodes.
func BenchmarkStreamJoins(b *testing.B) {
	for _, nodes := range []int{500, 5000} {
		b.Run(fmt.Sprintf("nodes=%d", nodes), func(b *testing.B) {
			b.ReportAllocs()
			before := liveHeap()
			var kept uint64
			for b.Loop() {
				for i := range nodes {
					file := labJoin(fmt.Sprintf("wk-%d", i), "")
					if _, err := file.WriteTo(io.Discard); err != nil {
						b.Fatal(err)
					}
					if i == nodes-1 {
						b.StopTimer()
						kept = liveHeap() - before
						runtime.KeepAlive(file)
						b.StartTimer()
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e3/float64(b.N)/float64(nodes), "µs/node")
			b.ReportMetric(float64(int64(kept))/1024, "KiB-kept")
		})
	}
}

func liveHeap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
