package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// result is one benchmark's measurements.
type result struct {
	// pkg is the package's import path, and name the benchmark's without
	// "Benchmark" and the number of processors.
	pkg, name string
	metrics   []metric
}

type metric struct {
	value float64
	unit  string
}

func (r result) metric(unit string) (float64, bool) {
	for _, m := range r.metrics {
		if m.unit == unit {
			return m.value, true
		}
	}
	return 0, false
}

var processors = regexp.MustCompile(`-\d+$`)

// parse reads what go test prints of benchmarks.
func parse(text string) ([]result, error) {
	var results []result
	pkg := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if path, ok := strings.CutPrefix(line, "pkg: "); ok {
			pkg = path
		}
		words := strings.Fields(line)
		if !strings.HasPrefix(line, "Benchmark") || len(words) < 4 {
			continue
		}
		r := result{pkg: pkg, name: processors.ReplaceAllString(strings.TrimPrefix(words[0], "Benchmark"), "")}
		for i := 2; i+1 < len(words); i += 2 {
			value, err := strconv.ParseFloat(words[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %q is no measurement", line, words[i])
			}
			r.metrics = append(r.metrics, metric{value, words[i+1]})
		}
		results = append(results, r)
	}
	return results, nil
}
