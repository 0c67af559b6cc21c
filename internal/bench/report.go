package main

import (
	"fmt"
	"strconv"
	"strings"
)

type report struct {
	setting string
	results []result
}

// bytes writes all of it. It is an error where a goal was not measured.
func (r report) bytes() ([]byte, error) {
	var missing []string
	for _, g := range goals {
		if _, ok := r.value(g); !ok {
			missing = append(missing, g.what)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("no benchmark measured this:\n%s", strings.Join(missing, "\n"))
	}
	var b strings.Builder
	b.WriteString("# Performance\n\n`make bench` writes this file. Ratios are to a baseline in the same run, so that they say the same on other machines; " +
		"the times are those of one machine, and a busy one stretches them.\n\n" + r.setting + "\n\n" + r.table() + "\n## Everything that was measured\n\n")
	b.WriteString("| package | benchmark | measured |\n|---|---|---|\n")
	for _, result := range r.results {
		var metrics []string
		for _, m := range result.metrics {
			metrics = append(metrics, number(m.value)+" "+m.unit)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.TrimPrefix(result.pkg, "github.com/haplane/haplane/"), result.name, strings.Join(metrics, ", "))
	}
	return []byte(b.String()), nil
}

// table holds the goals against what was measured.
func (r report) table() string {
	var b strings.Builder
	b.WriteString("| what | measured | goal | |\n|---|--:|--:|---|\n")
	for _, g := range goals {
		value, ok := r.value(g)
		if !ok {
			continue
		}
		verdict := "met"
		if !g.met(value) {
			verdict = "**missed**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.what, fmt.Sprintf(g.show, number(value)), g.limit(), verdict)
	}
	return b.String()
}

func (r report) value(g goal) (float64, bool) {
	for _, result := range r.results {
		if strings.HasSuffix(result.pkg, g.pkg) && result.name == g.name {
			return result.metric(g.unit)
		}
	}
	return 0, false
}

func (g goal) met(value float64) bool {
	if g.atMost == 0 {
		return value >= g.atLeast
	}
	return value <= g.atMost
}

func (g goal) limit() string {
	if g.atMost == 0 {
		return "at least " + fmt.Sprintf(g.show, number(g.atLeast))
	}
	return "at most " + fmt.Sprintf(g.show, number(g.atMost))
}

// number writes three digits that count.
func number(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
