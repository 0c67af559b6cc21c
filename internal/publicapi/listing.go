package publicapi

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// Lines says what a package exports, one line for each constant, variable,
// function, type, field and method, in the order of the alphabet:
//
//	hostsfile: func Parse([]byte) *File
//	hostsfile: method (*File) Bytes() []byte
//	hostsfile: type Block struct
//	hostsfile: field Block.Name string
//
// Names of parameters are no part of it; the tags of fields are, because they
// are the form of files.
func Lines(pkg *types.Package) []string {
	l := lister{pkg: pkg}
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		if object := scope.Lookup(name); object.Exported() {
			l.object(object)
		}
	}
	slices.Sort(l.lines)
	return l.lines
}

type lister struct {
	pkg   *types.Package
	lines []string
}

func (l *lister) add(format string, args ...any) {
	l.lines = append(l.lines, Short(l.pkg)+": "+fmt.Sprintf(format, args...))
}

func (l *lister) object(object types.Object) {
	switch o := object.(type) {
	case *types.Const:
		l.add("const %s %s = %s", o.Name(), l.text(o.Type()), o.Val().ExactString())
	case *types.Var:
		l.add("var %s %s", o.Name(), l.text(o.Type()))
	case *types.Func:
		l.add("func %s%s", o.Name(), l.signature(o.Signature()))
	case *types.TypeName:
		l.typeName(o)
	}
}

func (l *lister) typeName(o *types.TypeName) {
	if o.IsAlias() {
		l.add("type %s = %s", o.Name(), l.text(types.Unalias(o.Type())))
		return
	}
	named, isNamed := o.Type().(*types.Named)
	if !isNamed {
		return
	}
	switch u := named.Underlying().(type) {
	case *types.Struct:
		l.add("type %s%s struct", o.Name(), l.parameters(named.TypeParams()))
		l.fields(o.Name(), u)
	case *types.Interface:
		l.add("type %s%s interface", o.Name(), l.parameters(named.TypeParams()))
		l.methods(o.Name(), u)
	default:
		l.add("type %s%s %s", o.Name(), l.parameters(named.TypeParams()), l.text(u))
	}
	for method := range named.Methods() {
		if method.Exported() {
			l.add("method (%s) %s%s", l.text(method.Signature().Recv().Type()), method.Name(), l.signature(method.Signature()))
		}
	}
}

func (l *lister) fields(of string, s *types.Struct) {
	for i := range s.NumFields() {
		f := s.Field(i)
		if !f.Exported() {
			continue
		}
		line := fmt.Sprintf("field %s.%s %s", of, f.Name(), l.text(f.Type()))
		if f.Embedded() {
			line = fmt.Sprintf("embedded %s.%s", of, l.text(f.Type()))
		}
		if tag := s.Tag(i); tag != "" {
			line += " `" + tag + "`"
		}
		l.add("%s", line)
	}
}

func (l *lister) methods(of string, i *types.Interface) {
	for m := range i.Methods() {
		if m.Exported() {
			l.add("method (%s) %s%s", of, m.Name(), l.signature(m.Signature()))
		} else {
			l.add("sealed %s", of)
		}
	}
}

// signature writes a function's type without the names of its parameters.
func (l *lister) signature(s *types.Signature) string {
	results := l.tuple(s.Results(), false)
	switch s.Results().Len() {
	case 0:
	case 1:
		results = " " + results
	default:
		results = " (" + results + ")"
	}
	return l.parameters(s.TypeParams()) + "(" + l.tuple(s.Params(), s.Variadic()) + ")" + results
}

func (l *lister) tuple(t *types.Tuple, variadic bool) string {
	var texts []string
	for i := range t.Len() {
		typ := t.At(i).Type()
		if slice, ok := typ.(*types.Slice); ok && variadic && i == t.Len()-1 {
			texts = append(texts, "..."+l.text(slice.Elem()))
			continue
		}
		texts = append(texts, l.text(typ))
	}
	return strings.Join(texts, ", ")
}

func (l *lister) parameters(list *types.TypeParamList) string {
	if list.Len() == 0 {
		return ""
	}
	var texts []string
	for p := range list.TypeParams() {
		texts = append(texts, p.Obj().Name()+" "+l.text(p.Constraint()))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// text writes a type: those of the package without its name, those of the
// module by their path in it, others by their import path.
func (l *lister) text(t types.Type) string {
	if s, ok := t.(*types.Signature); ok {
		return "func" + l.signature(s)
	}
	return types.TypeString(t, func(p *types.Package) string {
		if p == l.pkg {
			return ""
		}
		return Short(p)
	})
}
