package strictyaml

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// suggest gives the field that a name is probably meant for, or nothing.
func suggest(name string, fields map[string]reflect.Value) string {
	name = strings.ToLower(name)
	best, least := "", typos(name)+1
	for _, known := range slices.Sorted(maps.Keys(fields)) {
		if d := distance(name, strings.ToLower(known)); d < least {
			best, least = known, d
		}
	}
	return best
}

// typos is how many a name of this length may have. The plural's s is one.
func typos(name string) int {
	switch {
	case len(name) > longest:
		return -1
	case len(name) < 6:
		return 1
	}
	return 2
}

// distance counts the letters to insert, delete, change or swap with the next
// one to make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
