package strictyaml

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fieldsOf gives a struct's fields by their json names, those of embedded
// structs among them.
func (d *decoder) fieldsOf(v reflect.Value) map[string]reflect.Value {
	out := map[string]reflect.Value{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if read, known := d.scalars[f.Type]; known && read == nil {
			continue
		}
		switch {
		case f.Anonymous && name == "":
			for inner, value := range d.fieldsOf(v.Field(i)) {
				out[inner] = value
			}
		case f.IsExported() && name != "" && name != "-":
			out[name] = v.Field(i)
		}
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch node.Tag {
	case "!!int", "!!float":
		return fmt.Sprintf("the number %s", short(node.Value))
	case "!!bool":
		return fmt.Sprintf("the boolean %s", short(node.Value))
	case "!!timestamp":
		return fmt.Sprintf("the date %s", short(node.Value))
	}
	return fmt.Sprintf("%q", short(node.Value))
}

func wanted(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Uint16:
		return "a port, 1 to 65535"
	}
	return "a whole number"
}

// longest is how much of a value an error quotes, in bytes.
const longest = 100

// short cuts what is too long for an error.
func short(value string) string {
	if len(value) <= longest {
		return value
	}
	return strings.ToValidUTF8(value[:longest], "") + "..."
}
