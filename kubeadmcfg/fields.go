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

	kjson "sigs.k8s.io/json"
)

// unknownField says what to write instead, where there is something close.
func unknownField(k kind, fields map[string]reflect.StructField, path []string, name string) string {
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
	return "unknown field in " + strings.TrimSpace(string(k.version)+" "+k.name)
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
