package hostcheck_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

// site describes a cluster of so many workers, and gives what one of them says:
// a route to the pods of every other.
func site(t testing.TB, workers int) (cluster.Spec, hostcheck.Capture) {
	t.Helper()
	spec := cluster.Spec{ControlPlaneEndpoint: cluster.Endpoint{Host: "10.0.0.1", Port: 6443}}
	var routes strings.Builder
	routes.WriteString("default via 10.0.255.254 dev e0\n10.0.0.0/16 dev e0 proto kernel scope link src 10.0.1.0\n")
	for i := range workers {
		addr := netip.AddrFrom4([4]byte{10, 0, byte(1 + i/256), byte(i)})
		spec.Workers = append(spec.Workers, cluster.Node{Name: fmt.Sprintf("wk-%d", i), Address: netip.PrefixFrom(addr, 16)})
		if i > 0 {
			fmt.Fprintf(&routes, "10.%d.%d.0/26 via %s dev tunl0 proto bird onlink\n", 100+i/256, i%256, addr)
		}
	}
	return spec, parse(t, "", routes.String())
}

// Ten times as many machines and routes should take about ten times as long.
func BenchmarkCheckGrowsWithTheCluster(b *testing.B) {
	small, smallCapture := site(b, 500)
	large, largeCapture := site(b, 5000)
	var smallTime, largeTime time.Duration
	for b.Loop() {
		start := time.Now()
		check(b, small, smallCapture)
		between := time.Now()
		check(b, large, largeCapture)
		smallTime, largeTime = smallTime+between.Sub(start), largeTime+time.Since(between)
	}
	b.ReportMetric(float64(largeTime)/float64(smallTime), "times/10x")
	b.ReportMetric(float64(largeTime.Milliseconds())/float64(b.N), "ms/5000-nodes")
}
