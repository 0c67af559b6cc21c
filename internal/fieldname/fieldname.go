// Package fieldname decides which names of fields an error may show. A text that
// was pasted into the wrong place can have a secret where a field's name should
// be.
package fieldname

import (
	"regexp"

	"github.com/haplane/haplane/internal/plain"
)

const (
	// hidden stands in the place of a name that is not shown.
	hidden = "(a name that may be a secret)"
	// longest and mostDigits are more than any field of Kubernetes has; a
	// certificate key and the halves of a bootstrap token seldom have so little.
	longest    = 48
	mostDigits = 3
)

var bootstrapToken = regexp.MustCompile(`^[a-z0-9]{6}\.[a-z0-9]{16}$`)

// Shown gives the name of a field as an error may show it: itself where it is
// like the name of a field, and otherwise words that say why it is not there.
func Shown(name string) string {
	if len(name) > longest || digits(name) > mostDigits || bootstrapToken.MatchString(name) {
		return hidden
	}
	return plain.Line(name)
}

func digits(name string) int {
	n := 0
	for _, r := range name {
		if '0' <= r && r <= '9' {
			n++
		}
	}
	return n
}
