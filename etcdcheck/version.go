package etcdcheck

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is a release of etcd, Major.Minor.Patch: 3.5.24. The zero value is
// unknown.
// It marshals to JSON as its text.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads "3.5.24", "v3.5.24", "3.6" (patch 0) and
// "3.7.0-rc.1" (the suffix is dropped).
func ParseVersion(s string) (Version, error) {
	core, _, _ := strings.Cut(strings.TrimPrefix(s, "v"), "-")
	core, _, _ = strings.Cut(core, "+")
	parts := strings.Split(core, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return Version{}, fmt.Errorf("%q is not a version of etcd: write it as 3.6.5", s)
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return Version{}, fmt.Errorf("%q is not a version of etcd: write it as 3.6.5", s)
		}
		n[i] = int(v)
	}
	return Version{n[0], n[1], n[2]}, nil
}

// Compare is negative where v is the older, positive where it is the newer.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// Known reports whether the version is known.
func (v Version) Known() bool { return v != Version{} }

// String is "3.5.24", or nothing where the version is unknown.
func (v Version) String() string {
	if !v.Known() {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// MarshalText writes what String says.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (v *Version) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = Version{}
		return nil
	}
	w, err := ParseVersion(string(text))
	*v = w
	return err
}

// sameMinor is the minor release that the version belongs to.
func (v Version) minor() Version { return Version{Major: v.Major, Minor: v.Minor} }
