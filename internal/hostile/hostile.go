// Package hostile makes the inputs of an attacker: data that is right but for
// one string, which holds whatever turns an output against its reader. Tests
// take it through everything that reads, plans and writes.
package hostile

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Marker stands at the beginning of every line, heading, block and link that
// an attacker wants to have.
const Marker = "PWNED"

// orders are for terminals, and lines for everybody.
const (
	orders = "\x1b]0;" + Marker + "\x07\x1b[2J\u009b31m\u202e\u2066\u200b\u2028\r"
	inline = "<b>" + Marker + "</b><script>" + Marker + "</script><!-- [" + Marker + "](https://pwned.example) ![" + Marker + "](x) **" + Marker +
		"** `" + Marker + "` ```" + Marker + "``` | " + Marker + " | ~~" + Marker + "~~ '; " + Marker + " ' \" $(" + Marker + ")"
	lines = "\n" + Marker + "\n\n# " + Marker + "\n\n" + Marker + "\n===\n\n```sh\n" + Marker + "\n```\n\n~~~~~~\n" + Marker + "\n~~~~~~\n\n- " + Marker +
		"\n1. " + Marker + "\n> " + Marker + "\n\n    " + Marker + "\n\n| " + Marker + " | b |\n|---|---|\n| " + Marker + " | b |\n\n<div>\n" + Marker + "\n</div>\n\n---\n"
	long = 10_000
)

// Texts are what an attacker puts in the place of a text: alone, behind what
// stood there, and as what readers of addresses and URLs take.
func Texts(old string) []string {
	evil := "evil" + orders + inline + lines
	return []string{
		evil + strings.Repeat("a", long),
		old + evil,
		old + "%evil" + orders + inline,
	}
}

// Each takes the data that root points to through every text in the place of
// every string, one at a time, and gives try the path of the string. After it
// the data are as they were.
func Each(root any, texts func(old string) []string, try func(path string)) {
	w := walker{texts, try}
	w.walk("", reflect.ValueOf(root).Elem(), func() {})
}

type walker struct {
	texts func(old string) []string
	try   func(path string)
}

// walk changes what is below a value that can be set. What holds a copy of it
// is told by changed.
func (w walker) walk(path string, v reflect.Value, changed func()) {
	switch v.Kind() {
	case reflect.String:
		w.replace(path, v.String(), func(text string) { v.SetString(text); changed() })
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				w.walk(path+"."+field.Name, v.Field(i), changed)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			w.walk(path, v.Elem(), changed)
		}
	case reflect.Slice:
		w.slice(path, v, changed)
	case reflect.Map:
		w.mapping(path, v, changed)
	}
}

func (w walker) replace(path, old string, set func(text string)) {
	for _, text := range w.texts(old) {
		set(text)
		w.try(path)
	}
	for _, text := range inside(old, w.texts) {
		set(text)
		w.try(path + " (inside)")
	}
	set(old)
}

func (w walker) slice(path string, v reflect.Value, changed func()) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		w.replace(path, string(v.Bytes()), func(text string) { v.SetBytes([]byte(text)); changed() })
		return
	}
	for i := range v.Len() {
		w.walk(path+"["+strconv.Itoa(i)+"]", v.Index(i), changed)
	}
	if v.Len() == 0 && v.CanSet() && v.Type().Elem().Kind() == reflect.String {
		empty := reflect.New(v.Type()).Elem()
		empty.Set(v)
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		w.walk(path+"[0]", v.Index(0), changed)
		v.Set(empty)
		changed()
	}
}

func (w walker) mapping(path string, v reflect.Value, changed func()) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for _, key := range keys {
		old := v.MapIndex(key)
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(old)
		w.walk(path+"["+fmt.Sprint(key)+"]", value, func() { v.SetMapIndex(key, value); changed() })
		if key.Kind() != reflect.String {
			continue
		}
		for _, text := range w.texts(key.String()) {
			other := reflect.ValueOf(text).Convert(key.Type())
			v.SetMapIndex(other, old)
			changed()
			w.try(path + " (key)")
			v.SetMapIndex(other, reflect.Value{})
			changed()
		}
	}
}

// inside are the texts in which each scalar of a YAML document is replaced: the
// files and the data of ConfigMaps that are read further.
func inside(document string, texts func(old string) []string) []string {
	var root yaml.Node
	if !strings.Contains(document, "\n") || yaml.Unmarshal([]byte(document), &root) != nil || len(root.Content) == 0 || root.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	var out []string
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			for _, child := range n.Content {
				walk(child)
			}
			return
		}
		old := *n
		for _, text := range texts(n.Value) {
			n.Value, n.Style, n.Tag = text, yaml.DoubleQuotedStyle, "!!str"
			if changed, err := yaml.Marshal(&root); err == nil {
				out = append(out, string(changed))
			}
		}
		*n = old
	}
	walk(&root)
	return out
}

// fake is a line that begins with what an attacker wrote.
var fake = regexp.MustCompile(`(?m)^[^A-Za-z0-9\n]*` + Marker)

// Alive says what of the attacker's text works in a text for people; empty for
// nothing.
func Alive(output string) string {
	for i, r := range output {
		if r != '\n' && r != '\t' && !strconv.IsPrint(r) {
			return fmt.Sprintf("the character %q works: %q", r, around(output, i))
		}
	}
	if at := fake.FindStringIndex(output); at != nil {
		return fmt.Sprintf("a line is the attacker's: %q", around(output, at[0]))
	}
	return ""
}

func around(text string, i int) string {
	const some = 150
	return strings.ToValidUTF8(text[max(0, i-some):min(len(text), i+some)], "?")
}
