package joinplan_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// textual are functions that take a text apart.
var textual = []string{
	"HasPrefix", "HasSuffix", "Cut", "CutPrefix", "CutSuffix", "TrimPrefix", "TrimSuffix", "Contains", "Index", "Split", "SplitN", "Fields", "EqualFold",
}

// forPeople are the fields of steps and checks that are written for people.
var forPeople = []string{"Title", "Group", "Why", "Expect", "Awaits"}

// guesses gives the places of a file that learn what a step or an action is from
// text: the text of an ID, words for people, or the words of a command.
func guesses(fset *token.FileSet, file *ast.File) []string {
	var out []string
	found := func(node ast.Node, what string) {
		out = append(out, fmt.Sprintf("%s: %s", fset.Position(node.Pos()), what))
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.CallExpr:
			if name := called(n); isOfPackage(n, "strings") && slices.Contains(textual, name) && slices.ContainsFunc(n.Args, isOfID) {
				found(n, name+" of an ID's text: ask for its Kind, Subject or Undo")
			} else if name == "Argv" {
				found(n, "the words of a command: say in a field what an action does")
			}
		case *ast.BinaryExpr:
			isComparison := n.Op == token.EQL || n.Op == token.NEQ
			for _, pair := range [][2]ast.Expr{{n.X, n.Y}, {n.Y, n.X}} {
				if isComparison && isForPeople(pair[0]) && !isEmptyText(pair[1]) {
					found(n, "words for people are compared: say in a field what the step is")
				}
			}
		case *ast.SwitchStmt:
			if n.Tag != nil && (isForPeople(n.Tag) || isOfID(n.Tag) && called(n.Tag) == "String") {
				found(n, "a switch over text: say in a field what the step is")
			}
		}
		return true
	})
	return out
}

// called is the name of the function or method that an expression calls.
func called(e ast.Expr) string {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return ""
	}
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

func isOfPackage(call *ast.CallExpr, name string) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	ident, ok := selector.X.(*ast.Ident)
	return ok && ident.Name == name
}

// isOfID reports whether an expression has an ID in it, other than one of its
// fields.
func isOfID(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if inner, ok := selector.X.(*ast.SelectorExpr); ok && inner.Sel.Name == "ID" && selector.Sel.Name != "String" {
			return false
		}
		found = found || selector.Sel.Name == "ID"
		return true
	})
	return found
}

func isForPeople(e ast.Expr) bool {
	selector, ok := e.(*ast.SelectorExpr)
	return ok && slices.Contains(forPeople, selector.Sel.Name)
}

func isEmptyText(e ast.Expr) bool {
	literal, ok := e.(*ast.BasicLit)
	return ok && literal.Value == `""`
}

func TestNobodyLearnsFromTextWhatAStepIs(t *testing.T) {
	t.Parallel()
	files := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "kubeadmcmd" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, 0)
		if err != nil {
			return err
		}
		for _, guess := range guesses(fset, file) {
			t.Error(guess)
		}
		return nil
	})
	if err != nil || files < 50 {
		t.Errorf("%d files: %v", files, err)
	}
}

func TestCodeThatLearnsFromTextIsFound(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{
		`strings.HasPrefix(step.ID.String(), "join/")`:      1,
		`strings.Cut(string(s.ID), "/")`:                    1,
		`slices.Contains(run.Command.Argv(), "reboot")`:     1,
		`run.Command.Argv()[0] == "kubeadm"`:                1,
		`step.Title == "Names on every machine"`:            1,
		`"Reboot" != step.Title`:                            1,
		`step.Awaits != ""`:                                 0,
		`step.ID == KindJoin.Step("cp-1")`:                  0,
		`strings.ReplaceAll(step.ID.Subject, " ", "/")`:     0,
		`strings.HasPrefix(step.ID.Subject, "lb")`:          0,
		`func() { switch step.ID.String() { case "a": } }`:  1,
		`func() { switch step.ID.Kind { case KindJoin: } }`: 0,
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "x.go", "package x\nvar _ = "+code+"\n", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := guesses(fset, file); len(got) != want {
			t.Errorf("%s: found %v, want %d", code, got, want)
		}
	}
}
