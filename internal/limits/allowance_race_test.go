//go:build race

package limits

// With the race detector a sync.Pool forgets at random what it holds, and so do
// encoding/json and fmt, which keep their buffers in one.
const allowance = 6000
