// Package natural orders names as people do: wk-2 comes before wk-10.
package natural

import (
	"cmp"
	"strings"
)

// Compare compares names by their runs of digits and of other characters. It
// returns a negative number where a comes first, a positive one where b does,
// and 0 only for equal names.
func Compare(a, b string) int {
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
