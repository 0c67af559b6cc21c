package yamlerror_test

import (
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/haplane/haplane/internal/yamlerror"
)

func TestTheLineIsTheOneToMend(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want int
	}{
		"a brace is missing":              {"a: 1\nb:\n- {x: 1, y: 2\n- {x: 3}\n", 3},
		"a brace is missing at the end":   {"a: 1\nb: 2\nc: {x: 1\n", 3},
		"a bracket is missing":            {"a: 1\nb: [1, 2\nc: 3\n", 2},
		"a key stands too far right":      {"a: 1\nb:\n    x: 1\n  y: 2\n", 4},
		"a list follows fields":           {"a: 1\nb: 2\n- c\n", 3},
		"fields follow a list":            {"- a\n- b\nc: 2\n", 3},
		"a tab":                           {"a: 1\nb: 2\n\tc: 3\n", 3},
		"a quotation mark is missing":     {"a: 1\nb: \"x\nc: 3\n", 2},
		"two colons":                      {"a: 1\nb: 2\nc: d: 3\n", 3},
		"no colon":                        {"a: 1\nb: 2\nccc\nd: 3\n", 3},
		"a character that starts nothing": {"a: 1\nb: @x\n", 2},
		"the first line":                  {"a: @x\n", 1},
	} {
		var into any
		err := yaml.Unmarshal([]byte(test.text), &into)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if line, msg := yamlerror.Place(err); line != test.want || msg == "" {
			t.Errorf("%s: line %d, want %d: %v", name, line, test.want, err)
		}
	}
}
