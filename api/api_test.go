// Package api_test holds current.txt to what the module's packages export.
package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write current.txt anew")

const (
	module = "github.com/haplane/haplane/"

	head = `# The exported API, one line for each name. "go test ./api -update" writes it anew;
# "make api-changes" says what changed since the last release.
`
)

func TestTheAPIIsAsListed(t *testing.T) {
	t.Parallel()
	l := lister{listed: map[*types.TypeName]bool{}}
	for _, p := range publicPackages(t) {
		for _, name := range p.Scope().Names() {
			l.object(p.Scope().Lookup(name))
		}
	}
	slices.Sort(l.lines)
	now := head + strings.Join(l.lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile("current.txt", []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := os.ReadFile("current.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(listed), "\n"), strings.Split(now, "\n")); diff != "" {
		t.Errorf("the exported API is not what api/current.txt lists (-listed +exported).\n"+
			"If that is meant: go test ./api -update, and a line in CHANGELOG.md.\n%s", diff)
	}
}

// publicPackages are all but the examples, the internal ones and the root.
func publicPackages(t *testing.T) []*types.Package {
	t.Helper()
	list := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", module+"...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	var public []string
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		inside, ours := strings.CutPrefix(p.ImportPath, module)
		if ours && inside != "api" && !strings.HasPrefix(inside, "examples/") && !strings.HasPrefix(inside, "internal/") {
			public = append(public, p.ImportPath)
		}
	}
	from := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	var packages []*types.Package
	for _, path := range public {
		p, err := from.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 10 {
		t.Fatalf("only %d packages were found", len(packages))
	}
	return packages
}

// lister writes a line for each constant, variable, function, type, field and
// method. The tags of fields are part of the API, because they are the form of
// files.
type lister struct {
	lines  []string
	listed map[*types.TypeName]bool
}

func (l *lister) add(p *types.Package, format string, args ...any) {
	l.lines = append(l.lines, strings.TrimPrefix(p.Path(), module)+": "+fmt.Sprintf(format, args...))
}

func (l *lister) object(object types.Object) {
	if !object.Exported() {
		return
	}
	name, isType := object.(*types.TypeName)
	switch constant, isConstant := object.(*types.Const); {
	case isConstant:
		l.add(object.Pkg(), "%s = %s", text(object), constant.Val().ExactString())
	case !isType:
		l.add(object.Pkg(), "%s", text(object))
	case name.IsAlias():
		l.add(object.Pkg(), "%s", text(object))
		if named, ok := types.Unalias(name.Type()).(*types.Named); ok && strings.HasPrefix(named.Obj().Pkg().Path(), module) {
			l.named(named)
		}
	default:
		if named, ok := name.Type().(*types.Named); ok {
			l.named(named)
		}
	}
}

// named lists a type once, however many aliases lead to it.
func (l *lister) named(named *types.Named) {
	object := named.Obj()
	if l.listed[object] {
		return
	}
	l.listed[object] = true
	switch under := named.Underlying().(type) {
	case *types.Struct:
		l.add(object.Pkg(), "type %s struct", object.Name())
		for i := range under.NumFields() {
			if field := under.Field(i); field.Exported() {
				l.add(object.Pkg(), "field %s.%s", object.Name(), strings.TrimPrefix(text(field), "field ")+tag(under.Tag(i)))
			}
		}
	case *types.Interface:
		l.add(object.Pkg(), "type %s interface", object.Name())
		for method := range under.Methods() {
			l.add(object.Pkg(), "method %s", strings.TrimPrefix(text(method), "func "))
		}
	default:
		l.add(object.Pkg(), "%s", text(object))
	}
	for method := range named.Methods() {
		if method.Exported() {
			l.add(object.Pkg(), "method %s", strings.TrimPrefix(text(method), "func "))
		}
	}
}

func tag(tag string) string {
	if tag == "" {
		return ""
	}
	return " `" + tag + "`"
}

// noise is what the compiler calls results without a name, and that a constant has
// no type.
var noise = regexp.MustCompile(`#rv\d+ | untyped \w+`)

// text writes names of the object's own package without it.
func text(object types.Object) string {
	text := types.ObjectString(object, func(p *types.Package) string {
		if p == object.Pkg() {
			return ""
		}
		return strings.TrimPrefix(p.Path(), module)
	})
	return noise.ReplaceAllString(text, "")
}
