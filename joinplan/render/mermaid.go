package render

import (
	"fmt"
	"strings"
)

// label makes one line of a quoted Mermaid label of any text. Mermaid has no
// escape but its entity codes (#35; for #), and reads markup in labels: so
// everything but harmless characters becomes a code.
func label(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(" -_./:,()[]{}'", r):
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			b.WriteByte(' ')
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
