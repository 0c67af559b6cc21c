package strictyaml

import "reflect"

// suggest gives the field that a name is probably meant for, or nothing.
func suggest(name string, fields map[string]reflect.Value) string {
	best, least := "", typos(name)+1
	for known := range fields {
		if len(known) > longest || max(len(known)-len(name), len(name)-len(known)) > least {
			continue
		}
		if d := distance(name, known); d < least || d == least && known < best {
			best, least = known, d
		}
	}
	return best
}

// Meant returns the one of some names that another is probably a misspelling of,
// and "" where none is.
func Meant(name string, known []string) string {
	fields := map[string]reflect.Value{}
	for _, k := range known {
		fields[k] = reflect.Value{}
	}
	return suggest(name, fields)
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
// one to make b of a, in whatever case. Neither may be longer than longest.
func distance(a, b string) int {
	var rows [3][longest + 1]int // those of the letter before the last, the last, and this one
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, this := &rows[(i+1)%3], &rows[(i+2)%3], &rows[i%3]
		this[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if same(a[i-1], b[j-1]) {
				change = 0
			}
			this[j] = min(last[j]+1, this[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && same(a[i-1], b[j-2]) && same(a[i-2], b[j-1]) {
				this[j] = min(this[j], before[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}

// same compares two letters of ASCII, which fields are made of.
func same(a, b byte) bool {
	const lower = 'a' - 'A'
	return a == b || a|lower == b|lower && 'a' <= a|lower && a|lower <= 'z'
}
