package convert

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	yamlnode "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

// maxText is the largest text that is read or edited, in bytes. Kubeconfigs and
// ConfigMaps have less: etcd takes no more in one object.
const maxText = 2 << 20

// document is a YAML text, or JSON, with the places of its values.
type document struct {
	text string
	root *yamlnode.Node
	// tree is what the text says.
	tree map[string]any
}

// parseDocument reads strictly: a doubled field is an error. Its errors do not
// quote the text, which may hold keys.
func parseDocument(text string) (document, error) {
	tree, err := parseTree([]byte(text))
	if err != nil {
		return document{}, err
	}
	fields, _ := tree.(map[string]any)
	var node yamlnode.Node
	if err := yamlnode.Unmarshal([]byte(text), &node); err != nil || len(node.Content) != 1 {
		return document{}, errNoYAML
	}
	return document{text, node.Content[0], fields}, nil
}

var errNoYAML = errors.New("it is no valid YAML, or has a field twice")

func parseTree(text []byte) (any, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("it has %d bytes; at most %d are edited", len(text), maxText)
	}
	var tree any
	if err := yaml.UnmarshalStrict(text, &tree); err != nil {
		return nil, errNoYAML
	}
	return tree, nil
}

// says reports whether a text says what a tree does: whatever was put into it,
// nothing else has changed.
func says(text string, want any) bool {
	tree, err := parseTree([]byte(text))
	return err == nil && reflect.DeepEqual(tree, want)
}

// field returns the key and the value of a field of a mapping; nil where it has
// none.
func field(mapping *yamlnode.Node, name string) (key, value *yamlnode.Node) {
	if mapping == nil || mapping.Kind != yamlnode.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i], mapping.Content[i+1]
		}
	}
	return nil, nil
}

// isEmpty reports whether a value is null, {} or [].
func isEmpty(value *yamlnode.Node) bool {
	return value.Tag == "!!null" || value.Kind != yamlnode.ScalarNode && value.Kind != yamlnode.AliasNode && len(value.Content) == 0
}

func isFlow(node *yamlnode.Node) bool { return node.Style&yamlnode.FlowStyle != 0 }

// replace puts another value where a scalar stands, in the quotes that it has.
// It reports false where the scalar is written so that it cannot be replaced in
// place: folded over lines, with escapes, an alias.
func (d document) replace(scalar *yamlnode.Node, value string) (string, bool) {
	if scalar.Kind != yamlnode.ScalarNode {
		return "", false
	}
	quote := ""
	switch scalar.Style &^ yamlnode.TaggedStyle {
	case yamlnode.DoubleQuotedStyle:
		quote = `"`
	case yamlnode.SingleQuotedStyle:
		quote = `'`
	}
	at := d.offset(scalar)
	old := quote + scalar.Value + quote
	if at < 0 || !strings.HasPrefix(d.text[at:], old) {
		return "", false
	}
	return d.text[:at] + quote + value + quote + d.text[at+len(old):], true
}

// offset is where a node begins, in bytes; -1 where the text is shorter.
func (d document) offset(node *yamlnode.Node) int {
	at := d.lineStart(node.Line)
	for column := 1; at >= 0 && at < len(d.text); column++ {
		if column == node.Column {
			return at
		}
		_, size := utf8.DecodeRuneInString(d.text[at:])
		at += size
	}
	return -1
}

// lineStart is where a line begins, in bytes. Line breaks are those of YAML 1.1.
func (d document) lineStart(line int) int {
	at := 0
	for n := 1; n < line; n++ {
		length := lineLength(d.text[at:])
		if length == 0 {
			return -1
		}
		at += length
	}
	return at
}

// lineLength is that of the first line, with its break.
func lineLength(text string) int {
	for i, r := range text {
		switch r {
		case '\r':
			if strings.HasPrefix(text[i:], "\r\n") {
				return i + len("\r\n")
			}
			return i + 1
		case '\n', '\u0085', '\u2028', '\u2029':
			return i + len(string(r))
		}
	}
	return len(text)
}

// lineOf is the line on which a node begins, with its break.
func (d document) lineOf(node *yamlnode.Node) (text string, start int) {
	start = d.lineStart(node.Line)
	if start < 0 {
		return "", len(d.text)
	}
	return d.text[start : start+lineLength(d.text[start:])], start
}

// end is how the lines of the text end.
func (d document) end() string {
	if strings.Contains(d.text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// insert puts lines at an offset, which is the start of a line or the end of the
// text.
func (d document) insert(at int, lines ...string) string {
	before := d.text[:at]
	if at == len(d.text) && before != "" && !strings.HasSuffix(before, "\n") {
		before += d.end()
	}
	return before + strings.Join(lines, d.end()) + d.end() + d.text[at:]
}

// replaceLine puts lines where one stands.
func (d document) replaceLine(node *yamlnode.Node, lines ...string) string {
	line, start := d.lineOf(node)
	text := ""
	if len(lines) > 0 {
		text = strings.Join(lines, d.end()) + d.end()
	}
	return d.text[:start] + text + d.text[start+len(line):]
}
