package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// apis is where kubeadm has its configuration API, one directory each version.
const apis = "cmd/kubeadm/app/apis/kubeadm"

// fieldSet gives the type and the tag of each field, as Struct.Field.
type fieldSet map[string]string

// compareTypes prints what became of each version of the API and each of its
// fields. A version that is new is compared with the last one before it.
func compareTypes(out io.Writer, old, new string) error {
	before, err := versions(filepath.Join(old, apis))
	if err != nil {
		return err
	}
	after, err := versions(filepath.Join(new, apis))
	if err != nil {
		return err
	}
	fmt.Fprint(out, "\n== Types\n")
	for _, version := range slices.SortedFunc(maps.Keys(before), byAge) {
		if after[version] == nil {
			fmt.Fprintf(out, "- the version %s of the API is gone\n", version)
		} else {
			printChanges(out, version, before[version], after[version])
		}
	}
	last := ""
	for _, version := range slices.SortedFunc(maps.Keys(after), byAge) {
		if before[version] == nil {
			fmt.Fprintf(out, "+ the version %s of the API is new; against %s:\n", version, cmp.Or(last, "nothing"))
			printChanges(out, version, after[last], after[version])
		}
		last = version
	}
	return nil
}

// byAge sorts v1beta3 before v1beta4 before v1.
func byAge(a, b string) int {
	if beta := strings.Contains(a, "beta"); beta != strings.Contains(b, "beta") {
		if beta {
			return -1
		}
		return 1
	}
	return cmp.Compare(a, b)
}

func printChanges(out io.Writer, version string, before, after fieldSet) {
	changes := changesOf(before, after)
	fmt.Fprintf(out, "%s: %d fields before, %d after, %d changes\n", version, len(before), len(after), len(changes))
	for _, line := range changes {
		fmt.Fprintln(out, "  "+line)
	}
}

// changesOf lists what is in only one of two sets of fields, or in both with
// another type or tag.
func changesOf(before, after fieldSet) []string {
	names := slices.Concat(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after)))
	slices.Sort(names)
	var changes []string
	for _, name := range slices.Compact(names) {
		was, had := before[name]
		is, has := after[name]
		switch {
		case !had:
			changes = append(changes, "+ "+name+" "+is)
		case !has:
			changes = append(changes, "- "+name+" "+was)
		case was != is:
			changes = append(changes, "! "+name+" "+was+" is now "+is)
		}
	}
	return changes
}

// versions gives the fields of each version of the API.
func versions(dir string) (map[string]fieldSet, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	found := map[string]fieldSet{}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), "v1") {
			continue
		}
		fields := fieldSet{}
		if err := fields.read(filepath.Join(dir, entry.Name())); err != nil {
			return nil, err
		}
		found[entry.Name()] = fields
	}
	return found, nil
}

// read adds the fields of the exported structs of a package.
func (s fieldSet) read(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, name := range names {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if typ, ok := spec.Type.(*ast.StructType); ok && spec.Name.IsExported() {
				for _, f := range typ.Fields.List {
					s.add(files, spec.Name.Name, f)
				}
			}
			return false
		})
	}
	return nil
}

func (s fieldSet) add(files *token.FileSet, at string, f *ast.Field) {
	var typ strings.Builder
	if err := printer.Fprint(&typ, files, f.Type); err != nil {
		return
	}
	text := typ.String()
	if f.Tag != nil {
		text += " " + f.Tag.Value
	}
	for _, name := range f.Names {
		s[at+"."+name.Name] = text
	}
	if len(f.Names) == 0 {
		s[at+"."+typ.String()] = text
	}
}
