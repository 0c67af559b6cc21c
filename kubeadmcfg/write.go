package kubeadmcfg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// separator stands between two documents. kubeadm recognises it only when it is
// alone on its line.
const separator = "---\n"

// Bytes gives the file as YAML: the documents in their order with "---" between
// them, the fields of each in the order of its Go type, apiVersion and kind
// first. Fields that are not set are not written. The same file always gives
// the same bytes; they end in a newline. A nil document is left out; an empty
// file gives no bytes.
func (f File) Bytes() []byte {
	var out []byte
	for _, d := range f.Documents {
		if isNil(d) {
			continue
		}
		if len(out) > 0 {
			out = append(out, separator...)
		}
		out = append(out, f.document(d)...)
	}
	return out
}

// WriteTo writes what Bytes gives, in one Write.
func (f File) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(f.Bytes())
	return int64(n), err
}

func (f File) document(d Document) []byte {
	if other, ok := d.(*Other); ok {
		return []byte(strings.TrimRight(other.Text, "\n") + "\n")
	}
	meta := typeMeta(d)
	tree := f.tree(d, meta.Kind)
	var out bytes.Buffer
	out.WriteString("apiVersion: " + scalar(meta.APIVersion) + "\nkind: " + scalar(meta.Kind) + "\n")
	writeFields(&out, slices.DeleteFunc(tree, func(f member) bool { return f.name == "apiVersion" || f.name == "kind" }), "")
	return out.Bytes()
}

// tree gives a document as ordered data, with the unknown fields in their
// places.
func (f File) tree(d Document, kind string) object {
	tree, _ := ordered(d).(object)
	for _, u := range f.Unknown {
		if u.Kind == kind && len(u.Path) > 0 {
			tree, _ = insert(tree, u.Path, ordered(u.Value)).(object)
		}
	}
	return tree
}

// An object is a JSON object that keeps the order of its members. Lists are
// []any, scalars are what encoding/json makes of them.
type object []member

type member struct {
	name  string
	value any
}

// ordered gives a value's JSON form with the order of its members kept. All
// types that occur here marshal; what does not is written as nothing.
func ordered(v any) any {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil
	}
	decoder := json.NewDecoder(&text)
	decoder.UseNumber()
	return readValue(decoder)
}

func readValue(d *json.Decoder) any {
	token, err := d.Token()
	if err != nil {
		return nil
	}
	switch token {
	case json.Delim('{'):
		members := object{}
		for d.More() {
			name, _ := d.Token()
			members = append(members, member{fmt.Sprint(name), readValue(d)})
		}
		_, _ = d.Token()
		return members
	case json.Delim('['):
		items := []any{}
		for d.More() {
			items = append(items, readValue(d))
		}
		_, _ = d.Token()
		return items
	}
	return token
}

// insert puts a value at a path where nothing stands yet, making the objects on
// the way. A path into a list that is too short is left out.
func insert(at any, path []string, value any) any {
	if len(path) == 0 {
		if at == nil {
			return value
		}
		return at
	}
	if items, ok := at.([]any); ok {
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(items) {
			items[i] = insert(items[i], path[1:], value)
		}
		return items
	}
	members, ok := at.(object)
	if !ok && at != nil {
		return at
	}
	i := slices.IndexFunc(members, func(m member) bool { return m.name == path[0] })
	if i < 0 {
		return append(members, member{path[0], insert(nil, path[1:], value)})
	}
	members[i].value = insert(members[i].value, path[1:], value)
	return members
}
