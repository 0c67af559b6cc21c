package joinplan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/haplane/haplane/joinplan/cluster"
)

// sorted puts the load balancers, the control planes behind the first, the
// workers and the groups in natural order: where the order of a description has no meaning,
// it does not show in the output.
func sorted(spec cluster.Spec) cluster.Spec {
	slices.SortStableFunc(spec.LoadBalancers, func(a, b cluster.LoadBalancer) int {
		return compareNatural(a.Name, b.Name)
	})
	byName := func(a, b cluster.Node) int { return compareNatural(a.Name, b.Name) }
	if len(spec.ControlPlanes) > 1 {
		slices.SortStableFunc(spec.ControlPlanes[1:], byName)
	}
	slices.SortStableFunc(spec.Workers, byName)
	slices.SortStableFunc(spec.NodeGroups, func(a, b cluster.NodeGroup) int {
		return compareNatural(a.Name, b.Name)
	})
	return spec
}

// compareNatural compares names by their runs of digits and of other
// characters: wk-2 comes before wk-10.
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		runA, runB := firstRun(a), firstRun(b)
		a, b = a[len(runA):], b[len(runB):]
		if c := compareRuns(runA, runB); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func firstRun(s string) string {
	digits := isDigit(s[0])
	for i := range len(s) {
		if isDigit(s[i]) != digits {
			return s[:i]
		}
	}
	return s
}

func compareRuns(a, b string) int {
	if !isDigit(a[0]) || !isDigit(b[0]) {
		return cmp.Compare(a, b)
	}
	valueA, valueB := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(valueA), len(valueB)), cmp.Compare(valueA, valueB), cmp.Compare(len(a), len(b)))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
