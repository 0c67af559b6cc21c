package main

import "strings"

// goal is a ratio or a size that the project promises.
type goal struct {
	// what is measured, in words.
	what string
	// pkg ends the import path of the benchmark's package, name is the
	// benchmark, unit the metric.
	pkg, name, unit string
	// atMost is the largest good value; atLeast the smallest, where atMost is 0.
	atMost, atLeast float64
	// show is how the value and the goal are written, with %s for the number.
	show string
}

var goals = append([]goal{
	{"hostsfile: parse, replace a block and print 100,000 lines, to bufio.Scanner over them", "/hostsfile", "ReplaceBlock", "x-scanner", 5, 0, "%s x"},
	{"hostsfile: the same, allocations for each line", "/hostsfile", "ReplaceBlock", "allocs/line", 2, 0, "%s"},
	{"hostsfile: the same, each line read into an entry too, allocations for each line", "/hostsfile", "ReplaceBlockAndReadEveryLine", "allocs/line", 2, 0, "%s"},
	{"etcdcheck: 1,000 statuses of JSON, to encoding/json into a plain struct", "/etcdcheck", "ParseJSON", "x-json", 1.5, 0, "%s x"},
	{"haproxylog: read a log, to bufio.Scanner that only finds its lines", "/haproxylog", "Reader", "x-scan", 4, 0, "%s x"},
	{"haproxylog: the same, to bufio.Scanner that gives its lines as strings", "/haproxylog", "Reader", "x-scan-text", 4, 0, "%s x"},
	{"haproxylog: the same, allocations for each line", "/haproxylog", "Reader", "allocs/line", 1, 0, "%s"},
	{"haproxylog: memory held by the report on a log of 1 GiB", "/haproxylog", "Gigabyte", "KiB-held", 2048, 0, "%s KiB"},
	{"kubeadmcfg: memory kept after streaming 5,000 join files", "/kubeadmcfg", "StreamJoins/nodes=5000", "KiB-kept", 64, 0, "%s KiB"},
	{"joinplan: plan and all files of 5,000 workers", "/joinplan", "PlanOf5000Workers", "s/plan", 2, 0, "%s s"},
	{"joinplan: the same, to 500 workers", "/joinplan", "PlanOf5000Workers", "x-of-500", 12, 0, "%s x"},
	{"joinplan: the same, memory of the process", "/joinplan", "PlanOf5000Workers", "MB", 300, 0, "%s MB"},
}, againstKubeadm("kubeadm1_36", "kubeadm1_37")...)

// againstKubeadm are the goals against kubeadm's own code.
func againstKubeadm(modules ...string) []goal {
	var out []goal
	for _, module := range modules {
		release := strings.Replace(strings.TrimPrefix(module, "kubeadm"), "_", ".", 1)
		for _, files := range []string{"init", "5000_joins"} {
			for _, work := range []string{"render", "parse", "validate"} {
				out = append(out, goal{
					what: "kubeadmcfg: " + work + " " + strings.Replace(files, "_", " ", 1) + ", how many times as long kubeadm " + release + " takes",
					pkg:  "/" + module, name: "AgainstKubeadm/" + files + "/" + work, unit: "x-time", atLeast: 2, show: "%s x",
				})
			}
		}
	}
	return out
}
