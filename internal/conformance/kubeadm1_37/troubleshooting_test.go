package kubeadm1_37

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	entry = regexp.MustCompile("(?m)^### `([^`]+)`")
	verb  = regexp.MustCompile(`"?%[-+# 0-9.]*[a-z]"?`)
	// quoted is what stands for a verb in a message as people see it.
	quoted = regexp.MustCompile(`"[^"]*"|\b[0-9a-f]{16}\b|\b[0-9]+\b|…`)
)

// The messages of kubeadm that the troubleshooting page explains are in
// kubeadm's source.
func TestKubeadmSaysWhatTroubleshootingQuotes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(page), "\n## kubeadm\n")
	part, _, _ = strings.Cut(part, "\n## ")
	said := messages(t)
	entries := entry.FindAllStringSubmatch(part, -1)
	if len(entries) < 15 {
		t.Errorf("the page has only %d messages of kubeadm", len(entries))
	}
	for _, match := range entries {
		if message := quoted.ReplaceAllString(match[1], "\x00"); !strings.Contains(said, message) {
			t.Errorf("kubeadm has no message %s", match[1])
		}
	}
}

// messages are the texts in kubeadm's source, a line each, with a NUL for every
// verb.
func messages(t *testing.T) string {
	t.Helper()
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes").Output()
	if err != nil {
		t.Fatal(err)
	}
	var texts strings.Builder
	root := filepath.Join(strings.TrimSpace(string(module)), "cmd", "kubeadm", "app")
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			text, isText := literal(n)
			texts.WriteString(verb.ReplaceAllString(text, "\x00") + "\n")
			return !isText
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts.String()
}

// literal gives the text of a string literal, or of several that are added.
func literal(n ast.Node) (string, bool) {
	switch e := n.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, leftIsText := literal(e.X)
		right, rightIsText := literal(e.Y)
		return left + right, leftIsText && rightIsText
	}
	return "", false
}
