package etcdcheck

// Quorum is the number of voters that must agree in a cluster of n voters:
// n/2 + 1. Learners are not voters. It is 0 for no voters at all.
func Quorum(n int) int {
	if n <= 0 {
		return 0
	}
	return n/2 + 1
}

// Tolerates is the number of voters that a cluster of n voters can lose while
// it keeps its quorum: 1 of 3, 2 of 5, and 1 of 4, which is why an even number
// of voters buys nothing.
func Tolerates(n int) int {
	if n <= 0 {
		return 0
	}
	return n - Quorum(n)
}
