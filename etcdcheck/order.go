package etcdcheck

import (
	"cmp"

	"github.com/haplane/haplane/internal/natural"
)

// compareMembers sorts members as people do: cp-2 before cp-10.
func compareMembers(a, b *MemberState) int {
	return cmp.Or(
		cmp.Compare(boolRank(a.Role == NoMember), boolRank(b.Role == NoMember)),
		natural.Compare(a.Label(), b.Label()),
		cmp.Compare(a.ID, b.ID),
	)
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}
