package conformance

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestTypes fails for each field that the library's wire types and kubeadm's
// do not share: one that only one of them has, another type, or another way to
// tell "not written" from "empty".
func TestTypes(t *testing.T, kubeadm Kubeadm) {
	for _, api := range kubeadm.APIs {
		own := wireTypes[api.Version]
		for _, kind := range sortedUnion(api.Kinds, own) {
			theirs, ours := api.Kinds[kind], own[kind]
			switch at := api.Version + " " + kind; {
			case ours == nil:
				t.Errorf("%s: kubeadm %s has this kind, the library lacks it", at, kubeadm.Version)
			case theirs == nil:
				t.Errorf("%s: the library has this kind, kubeadm %s lacks it", at, kubeadm.Version)
			default:
				var c comparison
				c.types(at, theirs, ours)
				for _, difference := range c.differences {
					t.Errorf("against kubeadm %s: %s", kubeadm.Version, difference)
				}
				t.Logf("%s: %d fields compared", at, c.fields)
			}
		}
	}
}

type comparison struct {
	fields      int
	differences []string
}

func (c *comparison) differ(at, format string, args ...any) {
	c.differences = append(c.differences, at+": "+fmt.Sprintf(format, args...))
}

func (c *comparison) types(at string, theirs, ours reflect.Type) {
	switch {
	case theirs == ours:
	case theirs.Kind() == reflect.Pointer && theirs.Elem().Name() == "BootstrapTokenString" && ours.Kind() == reflect.String:
		// kubeadm's type has a text form, and the empty text stands for nil.
	case theirs.Kind() != ours.Kind():
		c.differ(at, "kubeadm's type is %v, the library's %v", theirs, ours)
	default:
		switch theirs.Kind() {
		case reflect.Struct:
			c.structs(at, theirs, ours)
		case reflect.Pointer, reflect.Slice:
			c.types(at, theirs.Elem(), ours.Elem())
		case reflect.Map:
			c.types(at+" (key)", theirs.Key(), ours.Key())
			c.types(at, theirs.Elem(), ours.Elem())
		}
	}
}

func (c *comparison) structs(at string, theirs, ours reflect.Type) {
	their, our := jsonFields(theirs), jsonFields(ours)
	for _, name := range sortedUnion(their, our) {
		at := at + "." + name
		t, inTheirs := their[name]
		o, inOurs := our[name]
		switch {
		case !inOurs:
			c.differ(at, "kubeadm has this field, the library lacks it")
		case !inTheirs:
			c.differ(at, "the library has this field, kubeadm lacks it")
		default:
			c.fields++
			if emptyMeans[name] && t.omitsEmpty != o.omitsEmpty {
				c.differ(at, "only one of kubeadm and the library leaves the empty list out")
			}
			c.types(at, t.Type, o.Type)
		}
	}
}

// emptyMeans are the fields where an empty list is not the same as none:
// "taints: []" asks for no taint, its absence for the default one.
var emptyMeans = map[string]bool{"taints": true}

type jsonField struct {
	reflect.Type
	omitsEmpty bool
}

// jsonFields gives the fields of a struct by their names in JSON, with those
// of embedded structs among them.
func jsonFields(t reflect.Type) map[string]jsonField {
	fields := map[string]jsonField{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case name == "" && f.Anonymous && f.Type.Kind() == reflect.Struct:
			maps.Copy(fields, jsonFields(f.Type))
		default:
			if name == "" {
				name = f.Name
			}
			fields[name] = jsonField{f.Type, slices.Contains(strings.Split(options, ","), "omitempty")}
		}
	}
	return fields
}

func sortedUnion[V any](a, b map[string]V) []string {
	names := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(names)
	return slices.Compact(names)
}
