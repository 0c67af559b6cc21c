package haplane_test

import (
	"path"
	"strings"
	"testing"
)

// A promise about a benchmark that was renamed would only be missed when somebody
// measures again.
func TestEachPromiseHasABenchmarkThatMeasuresIt(t *testing.T) {
	t.Parallel()
	count := 0
	for line := range strings.Lines(read(t, "internal/tools/promises.txt")) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		count++
		words := strings.Fields(line)
		if len(words) != 5 || words[3] != "<=" && words[3] != ">=" {
			t.Errorf("%q is no promise: package, benchmark, unit, <= or >=, value", line)
			continue
		}
		text := ""
		for _, dir := range []string{words[0], path.Dir(words[0])} {
			for _, name := range goFiles(t, dir) {
				text += read(t, name)
			}
		}
		name, _, _ := strings.Cut(words[1], "/")
		if !strings.Contains(text, "\nfunc Benchmark"+name+"(b *testing.B)") {
			t.Errorf("%s has no benchmark %s", words[0], name)
		}
		if !strings.Contains(text, `, "`+words[2]+`")`) {
			t.Errorf("no benchmark of %s reports %s", words[0], words[2])
		}
	}
	if count < 10 {
		t.Errorf("only %d promises were found", count)
	}
}
