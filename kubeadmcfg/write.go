package kubeadmcfg

import (
	"bytes"
	"io"
	"slices"
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
		return []byte(strings.TrimRight(other.Text, "\r\n") + "\n")
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
