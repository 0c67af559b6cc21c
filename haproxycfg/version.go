package haproxycfg

import (
	"slices"
	"strconv"
	"strings"
)

// Version is a HAProxy branch that a configuration is written for: "2.6". The
// zero value stands for every branch that this package knows: a configuration
// without a target is held to the rules of all of them.
type Version string

// The branches that this package knows. Configurations of this package are run
// through the real HAProxy 2.6, 3.0, 3.2 and 3.4 by its tests; what the other
// branches accept is read from their manuals.
const (
	V24 Version = "2.4" // read
	V26 Version = "2.6" // run (Debian 12)
	V28 Version = "2.8" // read
	V30 Version = "3.0" // run (Debian 13)
	V31 Version = "3.1" // read
	V32 Version = "3.2" // run
	V33 Version = "3.3" // read
	V34 Version = "3.4" // run
)

// Versions lists the branches that this package knows, oldest first.
func Versions() []Version {
	return []Version{V24, V26, V28, V30, V31, V32, V33, V34}
}

// known tells whether v is one of Versions or the zero value.
func (v Version) known() bool { return v == "" || slices.Contains(Versions(), v) }

// reaches tells whether a configuration for v may meet HAProxy w or a newer one.
func (v Version) reaches(w Version) bool { return v == "" || v.number() >= w.number() }

// before tells whether a configuration for v may meet a HAProxy older than w.
func (v Version) before(w Version) bool { return v == "" || v.number() < w.number() }

// number orders versions; 0 for what is none.
func (v Version) number() int {
	major, minor, _ := strings.Cut(string(v), ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	if errA != nil || errB != nil {
		return 0
	}
	return a*1000 + b
}
