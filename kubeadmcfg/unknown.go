package kubeadmcfg

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// unknownFields gives what a document holds that its type has no field for.
func unknownFields(k kind, text []byte) []UnknownField {
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil
	}
	var found []UnknownField
	var walk func(v any, t reflect.Type, path []string)
	walk = func(v any, t reflect.Type, path []string) {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch v := v.(type) {
		case []any:
			if t.Kind() == reflect.Slice {
				for i, item := range v {
					walk(item, t.Elem(), append(slices.Clip(path), strconv.Itoa(i)))
				}
			}
		case map[string]any:
			if t.Kind() != reflect.Struct || decodesItself(t) {
				return
			}
			fields := jsonFields(t)
			for _, name := range slices.Sorted(maps.Keys(v)) {
				at := append(slices.Clip(path), name)
				if field, known := fields[name]; known {
					walk(v[name], field.Type, at)
				} else {
					found = append(found, UnknownField{Kind: k.name, Path: at, Value: v[name]})
				}
			}
		}
	}
	walk(tree, k.typ, nil)
	return found
}
