// Package strictyaml decodes one YAML document into a Go struct and reports
// everything that is wrong with it at once, each with line, column and field
// path: unknown and doubled fields, wrong types, values that do not parse.
//
// Fields are matched by their json tags, in their exact case. Anchors and
// aliases are refused, which also keeps small inputs from growing large.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/haplane/haplane/internal/fieldname"
	"github.com/haplane/haplane/internal/yamlerror"
)

// MaxSize is the largest input that is read, in bytes.
const MaxSize = 16 << 20

// Error is one thing that is wrong with the text. Path is empty where it is
// about the text as a whole.
type Error struct {
	Position
	Path, Msg string
	// Meant is the path of the field that an unknown one was probably meant for.
	Meant string
}

// Position is a place in the text, both counted from 1; zero is unknown.
type Position struct{ Line, Column int }

// Scalars holds, for types that a plain scalar stands for, how its text is
// read. The value must be of the type; the error should say what to write. A
// struct's fields of a type that is there with nil are none: they are unknown.
type Scalars map[reflect.Type]func(text string) (any, error)

// Decode fills the struct that out points to. It gives where each field path
// stands, and every error; fields without an error are filled in even so.
func Decode(data []byte, out any, scalars Scalars) (map[string]Position, []Error) {
	d := &decoder{scalars: scalars, positions: map[string]Position{}}
	if node := d.document(data); node != nil {
		d.value(node, "", reflect.ValueOf(out).Elem())
	}
	return d.positions, d.errors
}

type decoder struct {
	scalars   Scalars
	positions map[string]Position
	errors    []Error
}

func (d *decoder) fail(node *yaml.Node, path, format string, args ...any) {
	d.errors = append(d.errors, Error{Position: Position{node.Line, node.Column}, Path: path, Msg: fmt.Sprintf(format, args...)})
}

// document gives the only document of the text, or nil after an error.
func (d *decoder) document(data []byte) *yaml.Node {
	if len(data) > MaxSize {
		d.fail(&yaml.Node{Line: 1, Column: 1}, "", "the text has %d bytes; at most %d are read", len(data), MaxSize)
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		d.fail(&yaml.Node{Line: 1, Column: 1}, "", "the text is empty")
		return nil
	} else if err != nil {
		d.syntax(err)
		return nil
	}
	if err := dec.Decode(&second); err == nil {
		d.fail(&second, "", "a second document begins here; give one document only")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(err)
	}
	return doc.Content[0]
}

func (d *decoder) syntax(err error) {
	line, msg := yamlerror.Place(err)
	d.fail(&yaml.Node{Line: line, Column: 1}, "", "this is not YAML: %s", msg)
}

func (d *decoder) value(node *yaml.Node, path string, out reflect.Value) {
	d.positions[path] = Position{node.Line, node.Column}
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		d.fail(node, path, "anchors and aliases are not read; write the value out")
		return
	}
	if node.Tag == "!!null" {
		return
	}
	if read, ok := d.scalars[out.Type()]; ok {
		d.text(node, path, out, read)
		return
	}
	switch out.Kind() {
	case reflect.Pointer:
		out.Set(reflect.New(out.Type().Elem()))
		d.value(node, path, out.Elem())
	case reflect.Struct:
		d.mapping(node, path, out)
	case reflect.Slice:
		d.sequence(node, path, out)
	case reflect.Map:
		d.texts(node, path, out)
	default:
		d.scalar(node, path, out)
	}
}

func (d *decoder) text(node *yaml.Node, path string, out reflect.Value, read func(string) (any, error)) {
	if node.Kind != yaml.ScalarNode {
		d.fail(node, path, "must be a single value, not %s", describe(node))
		return
	}
	value, err := read(node.Value)
	if err != nil {
		d.fail(node, path, "Invalid value: %q: %s", short(node.Value), err)
		return
	}
	out.Set(reflect.ValueOf(value))
}

func (d *decoder) mapping(node *yaml.Node, path string, out reflect.Value) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, path, "must be a mapping of fields, not %s", describe(node))
		return
	}
	fields := d.fieldsOf(out)
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		at := join(path, fieldname.Shown(key.Value))
		field, known := fields[key.Value]
		switch first, double := seen[key.Value]; {
		case !known:
			d.unknown(key, path, fields)
		case double:
			d.fail(key, at, "this field is given twice, first in line %d", first)
		default:
			seen[key.Value] = key.Line
			d.value(value, at, field)
		}
	}
}

func (d *decoder) unknown(key *yaml.Node, path string, fields map[string]reflect.Value) {
	e := Error{Position: Position{key.Line, key.Column}, Path: join(path, fieldname.Shown(key.Value)), Msg: "unknown field"}
	if meant := suggest(key.Value, fields); meant != "" {
		e.Msg += "; did you mean " + meant + "?"
		e.Meant = join(path, meant)
	}
	d.errors = append(d.errors, e)
}

// texts reads a map of strings. A key without a value has the empty one.
func (d *decoder) texts(node *yaml.Node, path string, out reflect.Value) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, path, "must be a mapping of names to texts, not %s", describe(node))
		return
	}
	out.Set(reflect.MakeMapWithSize(out.Type(), len(node.Content)/2))
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		at := path + "[" + fieldname.Shown(key.Value) + "]"
		if first, double := seen[key.Value]; double {
			d.fail(key, at, "this is given twice, first in line %d", first)
			continue
		}
		seen[key.Value] = key.Line
		text := reflect.New(out.Type().Elem()).Elem()
		d.value(value, at, text)
		out.SetMapIndex(reflect.ValueOf(key.Value), text)
	}
}

func (d *decoder) sequence(node *yaml.Node, path string, out reflect.Value) {
	if node.Kind != yaml.SequenceNode {
		d.fail(node, path, "must be a list, not %s", describe(node))
		return
	}
	out.Set(reflect.MakeSlice(out.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		d.value(item, path+"["+strconv.Itoa(i)+"]", out.Index(i))
	}
}

func (d *decoder) scalar(node *yaml.Node, path string, out reflect.Value) {
	if node.Kind != yaml.ScalarNode {
		d.fail(node, path, "must be %s, not %s", wanted(out), describe(node))
		return
	}
	if out.Kind() == reflect.String {
		if node.Tag != "!!str" {
			d.fail(node, path, "must be a string, not %s; put it in quotes", describe(node))
			return
		}
		out.SetString(node.Value)
		return
	}
	// YAML 1.1 takes yes for true, and its reader cuts 6443.5 down to 6443.
	if node.Tag != tagOf(out) || node.Decode(out.Addr().Interface()) != nil {
		d.fail(node, path, "must be %s, not %s", wanted(out), describe(node))
	}
}

func tagOf(v reflect.Value) string {
	if v.Kind() == reflect.Bool {
		return "!!bool"
	}
	return "!!int"
}
