package kubeadmcfg

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// A carrier copies a value into one of another API version, field by field of
// the same name, and notes what finds no place. The copy shares nothing with
// the original. With two values of one type it is a deep copy.
type carrier struct {
	// lost is called with the path of every field that is set and that the
	// other version has no place for.
	lost func(path []string, value reflect.Value, reason string)
}

// value copies into a destination that is zero.
func (c carrier) value(dst, src reflect.Value, path []string) {
	switch {
	case src.IsZero():
	case isArgs(src.Type()) && dst.Kind() == reflect.Map:
		c.argsToMap(dst, src, path)
	case src.Kind() == reflect.Map && isArgs(dst.Type()):
		mapToArgs(dst, src)
	case src.Kind() == reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		c.value(dst.Elem(), src.Elem(), path)
	case src.Kind() == reflect.Interface:
		dst.Set(c.element(src.Elem().Type(), src.Elem(), path))
	case src.Kind() == reflect.Slice:
		dst.Set(reflect.MakeSlice(dst.Type(), src.Len(), src.Len()))
		for i := range src.Len() {
			c.value(dst.Index(i), src.Index(i), append(slices.Clip(path), strconv.Itoa(i)))
		}
	case src.Kind() == reflect.Map:
		dst.Set(reflect.MakeMapWithSize(dst.Type(), src.Len()))
		for key, value := range src.Seq2() {
			dst.SetMapIndex(key, c.element(dst.Type().Elem(), value, append(slices.Clip(path), key.String())))
		}
	case src.Kind() == reflect.Struct && !decodesItself(src.Type()):
		c.fields(dst, src, path)
	default:
		dst.Set(src.Convert(dst.Type()))
	}
}

// element gives a copy of a value as one of a type, for where a copy cannot be
// made in place.
func (c carrier) element(t reflect.Type, src reflect.Value, path []string) reflect.Value {
	copied := reflect.New(t).Elem()
	c.value(copied, src, path)
	return copied
}

func (c carrier) fields(dst, src reflect.Value, path []string) {
	for i, field := range fieldsOf(src.Type()) {
		value := src.Field(i)
		if value.IsZero() || !field.IsExported() || field.Name == "TypeMeta" && dst.Type() != src.Type() {
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

// deepCopy gives a copy of a value that shares nothing with it.
func deepCopy[T any](value T) T {
	var copied T
	carrier{}.value(reflect.ValueOf(&copied).Elem(), reflect.ValueOf(&value).Elem(), nil)
	return copied
}

// DeepCopy gives a copy that shares nothing with the file.
func (f File) DeepCopy() File {
	copied := File{Unknown: deepCopy(f.Unknown)}
	for _, d := range f.Documents {
		copied.Documents = append(copied.Documents, copyDocument(d))
	}
	return copied
}

// copyDocument leaves it to other people's types how they are copied.
func copyDocument(d Document) Document {
	if object, ok := d.(runtime.Object); ok && !isNil(d) {
		return object.DeepCopyObject()
	}
	return deepCopy(d)
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
