package etcdcheck

import (
	"cmp"
	"strings"
)

// compareMembers sorts members as people do: cp-2 before cp-10.
func compareMembers(a, b *MemberState) int {
	return cmp.Or(
		cmp.Compare(boolRank(a.Role == NoMember), boolRank(b.Role == NoMember)),
		compareNatural(a.Label(), b.Label()),
		cmp.Compare(a.ID, b.ID),
	)
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareNatural compares texts with the numbers in them as numbers.
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		na, nb := leadingDigits(a), leadingDigits(b)
		if na != "" && nb != "" {
			x, y := strings.TrimLeft(na, "0"), strings.TrimLeft(nb, "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y), cmp.Compare(len(na), len(nb))); c != 0 {
				return c
			}
			a, b = a[len(na):], b[len(nb):]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}
