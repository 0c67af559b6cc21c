package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const printed = `goos: linux
pkg: github.com/haplane/haplane/hostsfile
cpu: Some Processor
BenchmarkReplaceBlock-2   	     100	  11074410 ns/op	 391.42 MB/s	 1.402 x-scanner	 0.0002 allocs/line	 7384 B/op	 28 allocs/op
PASS
pkg: github.com/haplane/haplane/internal/conformance/kubeadm1_37
BenchmarkAgainstKubeadm/5000_joins/parse-16   	 1	 0 ns/op	 1.99 x-time
ok  	github.com/haplane/haplane/x	1.914s
`

func TestReadsWhatGoTestPrints(t *testing.T) {
	t.Parallel()
	results, err := parse(printed)
	if err != nil {
		t.Fatal(err)
	}
	want := []result{
		{"github.com/haplane/haplane/hostsfile", "ReplaceBlock", []metric{
			{11074410, "ns/op"}, {391.42, "MB/s"}, {1.402, "x-scanner"}, {0.0002, "allocs/line"}, {7384, "B/op"}, {28, "allocs/op"},
		}},
		{"github.com/haplane/haplane/internal/conformance/kubeadm1_37", "AgainstKubeadm/5000_joins/parse", []metric{{0, "ns/op"}, {1.99, "x-time"}}},
	}
	if diff := cmp.Diff(want, results, cmp.AllowUnexported(result{}, metric{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if _, err := parse("BenchmarkA-2 1 fast ns/op\n"); err == nil {
		t.Error("a word passes for a measurement")
	}
}

func TestTheTableHoldsGoalsToWhatWasMeasured(t *testing.T) {
	t.Parallel()
	results, err := parse(printed)
	if err != nil {
		t.Fatal(err)
	}
	r := report{results: results}
	for _, row := range []string{
		"to bufio.Scanner over them | 1.4 x | at most 5 x | met |\n",
		"kubeadmcfg: parse 5000 joins, how many times as long kubeadm 1.37 takes | 1.99 x | at least 2 x | **missed** |\n",
	} {
		if !strings.Contains(r.table(), row) {
			t.Errorf("the table lacks %q:\n%s", row, r.table())
		}
	}
	if _, err := r.bytes(); err == nil || !strings.Contains(err.Error(), "etcdcheck") {
		t.Errorf("goals that were not measured are not missed: %v", err)
	}
}

func TestEveryGoalMeasuredGivesTheWholeReport(t *testing.T) {
	t.Parallel()
	r := report{setting: "On a machine."}
	for _, g := range goals {
		r.results = append(r.results, result{"github.com/haplane/haplane" + g.pkg, g.name, []metric{{1, g.unit}}})
	}
	// Several goals share a benchmark: each has its metrics together.
	merged := map[string]int{}
	var results []result
	for _, one := range r.results {
		key := fmt.Sprint(one.pkg, one.name)
		if i, ok := merged[key]; ok {
			results[i].metrics = append(results[i].metrics, one.metrics...)
			continue
		}
		merged[key] = len(results)
		results = append(results, one)
	}
	r.results = results
	text, err := r.bytes()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n < len(goals)+len(results) || !strings.Contains(string(text), "On a machine.") {
		t.Errorf("%s", text)
	}
}

func TestABusyMachineIsNamed(t *testing.T) {
	t.Parallel()
	if busy("0.00") != "" || busy("unknown") != "" || busy("9999.5") == "" {
		t.Errorf("%q %q %q", busy("0.00"), busy("unknown"), busy("9999.5"))
	}
}
