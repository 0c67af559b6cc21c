package schema_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/joinplan/cluster"
)

// root is the root of the repository.
const root = "../../.."

// document is a text that is a description.
type document struct{ name, text string }

var (
	head   = regexp.MustCompile(`(?m)^apiVersion: ` + regexp.QuoteMeta(cluster.APIVersion) + `\nkind: ` + cluster.Kind + `$`)
	fenced = regexp.MustCompile("(?s)```yaml\n(.*?)```")
)

// documents finds every description in the repository's goldens, examples and
// documentation.
func documents(t *testing.T) []document {
	t.Helper()
	var found []document
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && name != "." {
			return fs.SkipDir
		}
		if entry.IsDir() {
			return nil
		}
		for _, part := range parts(t, name) {
			if head.MatchString(part.text) {
				found = append(found, part)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// parts are the texts in a file that may be descriptions.
func parts(t *testing.T, name string) []document {
	t.Helper()
	if ext := path.Ext(name); ext != ".yaml" && ext != ".txtar" && ext != ".md" {
		return nil
	}
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	var out []document
	switch path.Ext(name) {
	case ".yaml":
		out = append(out, document{name, string(data)})
	case ".md":
		for _, block := range fenced.FindAllStringSubmatch(string(data), -1) {
			out = append(out, document{name, block[1]})
		}
	default:
		for _, file := range txtar.Parse(data).Files {
			if path.Ext(file.Name) == ".yaml" {
				out = append(out, document{name + ":" + file.Name, string(file.Data)})
			}
		}
	}
	return out
}
