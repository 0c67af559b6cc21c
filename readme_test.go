package haplane_test

import (
	"os"
	"strings"
	"testing"
)

// The README's snippet is the body of an Example, whose output go test checks.
func TestTheSnippetOfTheReadmeIsATestedExample(t *testing.T) {
	t.Parallel()
	readme, example := read(t, "README.md"), read(t, "joinplan/example_test.go")
	body := between(t, example, "func ExampleCreate() {\n", "\n\t// Output:\n")
	if snippet := between(t, readme, "```go\n", "\n```\n"); snippet != unindented(body, "\t") {
		t.Errorf("the README has\n%s\nand the Example\n%s", snippet, body)
	}
	output := between(t, example, "\t// Output:\n", "\n}\n")
	if text := between(t, readme, "```text\n", "\n```\n"); text != unindented(output, "\t// ") {
		t.Errorf("the README has\n%s\nand the Example\n%s", text, output)
	}
}

func TestTheReadmeDescribesTheClusterOfItsSnippet(t *testing.T) {
	t.Parallel()
	description := between(t, read(t, "joinplan/example_test.go"), "const description = `\n", "\n`\n")
	if text := between(t, read(t, "README.md"), "```yaml\n", "\n```\n"); text != description {
		t.Errorf("the README has\n%s\nand the Example\n%s", text, description)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, from)
	middle, _, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("nothing stands between %q and %q", from, to)
	}
	return middle
}

func unindented(text, indent string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, indent)
	}
	return strings.Join(lines, "\n")
}
