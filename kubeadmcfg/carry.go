package kubeadmcfg

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A carrier copies a value into one of another API version, field by field of
// the same name, and notes what finds no place. The copy shares nothing with
// the original. With two values of one type it is a deep copy.
type carrier struct {
	// lost is called with the path of every field that is set and that the
	// other version has no place for.
	lost func(path []string, value reflect.Value, reason string)
}

func (c carrier) value(dst, src reflect.Value, path []string) {
	switch {
	case isArgs(src.Type()) && dst.Kind() == reflect.Map:
		c.argsToMap(dst, src, path)
	case src.Kind() == reflect.Map && isArgs(dst.Type()):
		mapToArgs(dst, src)
	case src.Kind() == reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(dst.Type().Elem()))
			c.value(dst.Elem(), src.Elem(), path)
		}
	case src.Kind() == reflect.Slice:
		if !src.IsNil() {
			c.slice(dst, src, path)
		}
	case src.Kind() == reflect.Map:
		if !src.IsNil() {
			dst.Set(reflect.MakeMapWithSize(dst.Type(), src.Len()))
			for key, value := range src.Seq2() {
				copied := reflect.New(dst.Type().Elem()).Elem()
				c.value(copied, value, append(slices.Clip(path), key.String()))
				dst.SetMapIndex(key, copied)
			}
		}
	case src.Kind() == reflect.Struct && !decodesItself(src.Type()):
		c.fields(dst, src, path)
	default:
		dst.Set(src.Convert(dst.Type()))
	}
}

func (c carrier) slice(dst, src reflect.Value, path []string) {
	dst.Set(reflect.MakeSlice(dst.Type(), src.Len(), src.Len()))
	for i := range src.Len() {
		c.value(dst.Index(i), src.Index(i), append(slices.Clip(path), strconv.Itoa(i)))
	}
}

func (c carrier) fields(dst, src reflect.Value, path []string) {
	for i, field := range fieldsOf(src.Type()) {
		value := src.Field(i)
		if value.IsZero() || field.Name == "TypeMeta" && dst.Type() != src.Type() {
			continue
		}
		at := path
		if name := jsonName(field); name != "" {
			at = append(slices.Clip(path), name)
		}
		if place := dst.FieldByName(field.Name); place.IsValid() {
			c.value(place, value, at)
		} else {
			c.leaves(value, at)
		}
	}
}

// leaves reports everything that is set below a value that finds no place.
func (c carrier) leaves(v reflect.Value, path []string) {
	if v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct && !decodesItself(v.Type().Elem()) {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || decodesItself(v.Type()) {
		c.lost(path, v, "there is no such field")
		return
	}
	for i, field := range fieldsOf(v.Type()) {
		if !v.Field(i).IsZero() {
			c.leaves(v.Field(i), append(slices.Clip(path), jsonName(field)))
		}
	}
}

// argsToMap keeps the last of several arguments of one name, as kubeadm does.
func (c carrier) argsToMap(dst, src reflect.Value, path []string) {
	if src.IsNil() {
		return
	}
	args := make(map[string]string, src.Len())
	for i := range src.Len() {
		arg := src.Index(i)
		name := arg.FieldByName("Name").String()
		if _, twice := args[name]; twice {
			c.lost(append(slices.Clip(path), name), arg, "a flag can be given once only, and the last one stays")
		}
		if method := arg.FieldByName("MergeMethod"); method.IsValid() && !method.IsZero() {
			c.lost(append(slices.Clip(path), strconv.Itoa(i), "mergeMethod"), method, "there is no such field")
		}
		args[name] = arg.FieldByName("Value").String()
	}
	dst.Set(reflect.ValueOf(args))
}

// mapToArgs sorts by name, as kubeadm does.
func mapToArgs(dst, src reflect.Value) {
	if src.IsNil() {
		return
	}
	args := src.Interface().(map[string]string)
	dst.Set(reflect.MakeSlice(dst.Type(), len(args), len(args)))
	for i, name := range slices.Sorted(maps.Keys(args)) {
		dst.Index(i).FieldByName("Name").SetString(name)
		dst.Index(i).FieldByName("Value").SetString(args[name])
	}
}

func isArgs(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Name() == "Arg"
}

// carry copies a document into an empty one of another version. The TypeMeta of
// that one is left alone.
func carry(dst, src Document, lost func(path []string, value reflect.Value, reason string)) {
	carrier{lost}.value(reflect.ValueOf(dst).Elem(), reflect.ValueOf(src).Elem(), nil)
}

// deepCopy gives a copy of a document that shares nothing with it.
func deepCopy(d Document) Document {
	src := reflect.ValueOf(d)
	dst := reflect.New(src.Type()).Elem()
	carrier{}.value(dst, src, nil)
	return dst.Interface().(Document)
}

func fieldsOf(t reflect.Type) []reflect.StructField {
	fields := make([]reflect.StructField, t.NumField())
	for i := range fields {
		fields[i] = t.Field(i)
	}
	return fields
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
