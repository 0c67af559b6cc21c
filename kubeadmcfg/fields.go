package kubeadmcfg

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	kjson "sigs.k8s.io/json"

	"github.com/haplane/haplane/internal/plain"
)

// unknownField says what to write instead, where there is something close.
func unknownField(k kind, fields map[string]reflect.StructField, path []string, name string) string {
	if typed := visible(name); typed != name && fields[typed].Type != nil {
		return fmt.Sprintf("unknown field: the name holds a character that is not seen (%s), write %q", plain.Line(name), typed)
	}
	for known := range fields {
		if strings.EqualFold(known, name) {
			return fmt.Sprintf("unknown field: names are case-sensitive, write %q", known)
		}
	}
	for _, other := range kinds {
		if other.name == k.name && other.version != k.version && hasField(other.typ, append(slices.Clip(path), name)) {
			return fmt.Sprintf("unknown field in %s: %s has it", k.version, other.version)
		}
	}
	if where := k.placeOf(name); where != "" {
		return fmt.Sprintf("unknown field in %s: it belongs to %s", k.name, where)
	}
	return "unknown field in " + strings.TrimSpace(string(k.version)+" "+k.name)
}

// visible is a name without the characters that nobody sees.
func visible(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, name)
}

// placeOf says where a field belongs that was written in another kind, or at
// another place of this one: a kind, or a kind and the path in it.
func (k kind) placeOf(name string) string {
	for _, deep := range []bool{false, true} {
		for _, other := range kinds {
			if other.version != k.version || !slices.Contains(commonKinds, other.name) {
				continue
			}
			own := jsonFields(other.typ)
			for _, at := range slices.Sorted(maps.Keys(own)) {
				switch {
				case !deep && at == name && other.name != k.name:
					return other.name
				case deep && isStruct(own[at].Type) && hasField(own[at].Type, []string{name}):
					return other.name + "." + at
				}
			}
		}
	}
	return ""
}

// commonKinds are those that people mix up.
var commonKinds = []string{kindInit, kindCluster, kindJoin}

func isStruct(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

func hasField(t reflect.Type, path []string) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case len(path) == 0:
		return true
	case t.Kind() == reflect.Slice:
		return hasField(t.Elem(), path[1:])
	case t.Kind() != reflect.Struct:
		return false
	}
	field, ok := jsonFields(t)[path[0]]
	return ok && hasField(field.Type, path[1:])
}

// jsonFields gives the fields of a struct by their JSON names, those of embedded
// structs included.
func jsonFields(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" && f.IsExported() {
			fields[name] = f
		}
	}
	return fields
}

func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// unknownFields gives what a document holds that its type has no field for.
func unknownFields(k kind, text []byte) []UnknownField {
	var tree any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &tree); err != nil {
		return nil
	}
	u := unknowns{kind: k.name}
	u.value(tree, k.typ, nil)
	return u.found
}

// unknowns walks data along a Go type and collects what the type does not have.
type unknowns struct {
	kind  string
	found []UnknownField
}

func (u *unknowns) value(v any, t reflect.Type, path []string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			u.value(item, t.Elem(), append(slices.Clip(path), strconv.Itoa(i)))
		}
	case map[string]any:
		if t.Kind() == reflect.Struct {
			u.object(v, jsonFields(t), path)
		}
	}
}

func (u *unknowns) object(members map[string]any, fields map[string]reflect.StructField, path []string) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		at := append(slices.Clip(path), name)
		if field, known := fields[name]; known {
			u.value(members[name], field.Type, at)
		} else {
			u.found = append(u.found, UnknownField{Kind: u.kind, Path: at, Value: members[name]})
		}
	}
}
