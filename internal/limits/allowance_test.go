//go:build !race

package limits

const allowance = 600
