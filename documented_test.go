package haplane_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"iter"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// A field or constant has its comment on its line, above it, above the lines
// right above it, or its name stands in the comment of its type or list.
func TestEveryExportedIdentifierIsDocumented(t *testing.T) {
	t.Parallel()
	for dir, files := range libraryPackages(t) {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			checker := docChecker{t: t}
			for _, file := range files {
				checker.file(file)
			}
			if !slices.ContainsFunc(files, func(f *ast.File) bool { return f.Doc != nil }) {
				t.Error("the package has no comment")
			}
			if checker.seen == 0 && dir != "." {
				t.Error("the package exports nothing")
			}
		})
	}
}

// Every package that can be imported shows at work what it is for.
func TestEveryPackageHasAnExampleWithOutput(t *testing.T) {
	t.Parallel()
	for dir := range libraryPackages(t) {
		if dir == "." {
			continue
		}
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(names, func(name string) bool { return hasExample(t, name) }) {
				t.Error("no Example in the package has an output that is checked")
			}
		})
	}
}

func hasExample(t *testing.T, name string) bool {
	t.Helper()
	text := read(t, name)
	_, after, found := strings.Cut(text, "\nfunc Example")
	return found && strings.Contains(after, "\t// Output:\n")
}

var files = token.NewFileSet()

// libraryPackages gives the parsed files of the packages that can be imported,
// by their directories.
func libraryPackages(t *testing.T) map[string][]*ast.File {
	t.Helper()
	packages := make(map[string][]*ast.File)
	walk(t, func(name string) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || !importable(name) {
			return
		}
		file, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		packages[path.Dir(name)] = append(packages[path.Dir(name)], file)
	})
	if len(packages) < 10 {
		t.Fatalf("only %d packages were found", len(packages))
	}
	return packages
}

func importable(name string) bool {
	return !strings.HasPrefix(name, "internal/") && !strings.HasPrefix(name, "examples/")
}

// walk visits the files of the repository, but not what tools keep in it.
func walk(t *testing.T, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."), entry.Name() == "testdata":
			return fs.SkipDir
		case !entry.IsDir():
			visit(filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

type docChecker struct {
	t    *testing.T
	seen int
}

func (c *docChecker) file(file *ast.File) {
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || ast.IsExported(receiverName(d)) {
				c.check(d.Name, d.Doc != nil)
			}
		case *ast.GenDecl:
			c.declaration(d)
		}
	}
}

// receiverName is that of the type which the method belongs to.
func receiverName(d *ast.FuncDecl) string {
	kind := d.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if index, ok := kind.(*ast.IndexExpr); ok {
		kind = index.X
	}
	if name, ok := kind.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func (c *docChecker) declaration(d *ast.GenDecl) {
	var group documentedGroup
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.ValueSpec:
			documented := group.next(s, s.Doc, s.Comment)
			for _, name := range s.Names {
				c.check(name, documented || d.Doc != nil)
			}
		case *ast.TypeSpec:
			c.check(s.Name, s.Doc != nil || d.Doc != nil && !d.Lparen.IsValid())
			if s.Name.IsExported() {
				c.members(s.Type, d.Doc.Text()+s.Doc.Text())
			}
		}
	}
}

// members checks the fields of a struct and the methods of an interface.
func (c *docChecker) members(kind ast.Expr, comment string) {
	list := memberList(kind)
	if list == nil {
		return
	}
	var group documentedGroup
	for _, field := range list.List {
		documented := group.next(field, field.Doc, field.Comment)
		for _, name := range field.Names {
			c.check(name, documented || hasWord(comment, name.Name))
		}
	}
}

func memberList(kind ast.Expr) *ast.FieldList {
	switch k := kind.(type) {
	case *ast.StructType:
		return k.Fields
	case *ast.InterfaceType:
		return k.Methods
	}
	return nil
}

func hasWord(text, word string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.Contains(words, word)
}

func (c *docChecker) check(name *ast.Ident, documented bool) {
	if !name.IsExported() {
		return
	}
	c.seen++
	if !documented {
		c.t.Errorf("%s: %s has no comment", files.Position(name.Pos()), name.Name)
	}
}

// documentedGroup tells whether a line of a list has a comment, or stands right
// below one that has.
type documentedGroup struct {
	documented bool
	end        int
}

func (g *documentedGroup) next(node ast.Node, doc, comment *ast.CommentGroup) bool {
	begin := files.Position(node.Pos()).Line
	if doc != nil || comment != nil {
		g.documented = true
	} else if begin != g.end+1 {
		g.documented = false
	}
	g.end = files.Position(node.End()).Line
	return g.documented
}

var docLink = regexp.MustCompile(`\[\*?(?:(?:[\w.-]+/)*([a-z][a-z0-9]*)\.)?([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*(?:\.[A-Z]\w*)?)\]`)

// A name in brackets is a link in Go's documentation, if it names something.
func TestLinksInCommentsNameSomething(t *testing.T) {
	t.Parallel()
	exported, found := exportedNames(t), 0
	for _, parsed := range libraryPackages(t) {
		for _, file := range parsed {
			for link, pos := range docLinks(file) {
				names, ours := exported[cmp.Or(link[1], file.Name.Name)]
				if !ours {
					continue
				}
				if found++; !names[link[2]] {
					t.Errorf("%s: %s names nothing", files.Position(pos), link[0])
				}
			}
		}
	}
	if found < 200 {
		t.Errorf("only %d links were found", found)
	}
}

// docLinks gives the links of a file's comments, each as its text, its package,
// which may be empty, and its name, and where the comment is.
func docLinks(file *ast.File) iter.Seq2[[]string, token.Pos] {
	return func(yield func([]string, token.Pos) bool) {
		for _, comment := range file.Comments {
			for _, link := range docLink.FindAllStringSubmatch(strings.ReplaceAll(comment.Text(), "\n", " "), -1) {
				if !yield(link, comment.Pos()) {
					return
				}
			}
		}
	}
}
