package joinplan_test

import (
	"fmt"
	"iter"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/render"
)

// large is a cluster with three control planes and n workers.
func large(n int) cluster.Spec {
	addr := netip.MustParseAddr("10.32.0.1")
	spec := cluster.Spec{
		KubernetesVersion:    "v1.37.2",
		ControlPlaneEndpoint: cluster.Endpoint{Host: "api.example", Port: 6443},
		LoadBalancers:        []cluster.LoadBalancer{{Name: "lb-1", Address: netip.PrefixFrom(addr, 16)}},
	}
	for i := range n + 3 {
		addr = addr.Next()
		node := cluster.Node{Name: fmt.Sprintf("node-%d", i), Address: netip.PrefixFrom(addr, 16)}
		if i < 3 {
			spec.ControlPlanes = append(spec.ControlPlanes, node)
		} else {
			spec.Workers = append(spec.Workers, node)
		}
	}
	return spec
}

// planAndFiles makes a plan and takes every file of it, for people and for
// programs.
func planAndFiles(b *testing.B, spec cluster.Spec) time.Duration {
	b.Helper()
	start := time.Now()
	plan, err := joinplan.Create(joinplan.Input{Spec: spec, Credentials: someCredentials(spec), Now: now})
	if err != nil {
		b.Fatal(err)
	}
	bytes := len(plan.JSON())
	for _, files := range []iter.Seq[joinplan.WriteFile]{render.Bundle(plan), render.Scripts(plan)} {
		for file := range files {
			bytes += len(file.Content.Reveal())
		}
	}
	if bytes == 0 {
		b.Fatal("no files")
	}
	return time.Since(start)
}

// The plan and all its files for 5,000 workers, and how that grows from 500.
func BenchmarkPlanOf5000Workers(b *testing.B) {
	small, big := large(500), large(5000)
	var smallTime, bigTime time.Duration
	var memory runtime.MemStats
	for b.Loop() {
		smallTime += planAndFiles(b, small)
		bigTime += planAndFiles(b, big)
	}
	runtime.ReadMemStats(&memory)
	b.ReportMetric(bigTime.Seconds()/float64(b.N), "s/plan")
	b.ReportMetric(bigTime.Seconds()/smallTime.Seconds(), "x-of-500")
	b.ReportMetric(float64(memory.Sys)/1e6, "MB")
}
