package kubeadmcfg

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/internal/fieldname"
	"github.com/haplane/haplane/internal/yamlerror"
)

var yamlLine = regexp.MustCompile(`(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): `)

// syntaxErrors places the error of a document that is no YAML, or in which a
// key is given twice.
func (c chunk) syntaxErrors(err error) []error {
	root, nodeErr := c.node()
	if nodeErr == nil && !errors.Is(err, errAliases) {
		l := locator{chunk: c, strict: true}
		l.duplicates(root, nil)
		if len(l.errs) > 0 {
			return l.errs
		}
	}
	line, msg := ofDecoder(err)
	if nodeErr != nil {
		line, msg = yamlerror.Place(nodeErr)
	}
	return []error{c.error(max(line, 1), "not valid YAML: "+withoutQuotes(strings.TrimSpace(msg)))}
}

// ofDecoder gives the line and the words of an error that only the decoder
// found.
func ofDecoder(err error) (line int, msg string) {
	line, msg = 1, err.Error()
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		line, _ = strconv.Atoi(m[1])
		msg = strings.Replace(msg, m[0], "", 1)
	}
	for _, prefix := range []string{"error converting YAML to JSON: ", "yaml: "} {
		msg = strings.TrimPrefix(msg, prefix)
	}
	return line, msg
}

// withoutQuotes takes out what a YAML reader quotes in its complaint, which may
// be a secret. It quotes punctuation too, which stays.
func withoutQuotes(msg string) string {
	const quotes = "`'\""
	if i, j := strings.IndexAny(msg, quotes), strings.LastIndexAny(msg, quotes); j-i > len("':'") {
		return msg[:i] + "a value" + msg[j+1:]
	}
	return msg
}

// fieldErrors finds what the decoder complained about in the text. Where the
// search finds nothing the decoder's own words are reported.
func (c chunk) fieldErrors(k kind, strict bool, decoderErr error) []error {
	root, err := c.node()
	if err == nil {
		l := locator{chunk: c, kind: k, strict: strict}
		l.value(root, k.typ, nil)
		if len(l.errs) > 0 {
			return l.errs
		}
	}
	return []error{c.error(1, decoderErr.Error())}
}

// errorAt is an error about the field at a path.
func (c chunk) errorAt(path []string, msg string) error {
	line, column := c.position(1, 1)
	if root, err := c.node(); err == nil {
		n := lookUp(root, path)
		line, column = c.position(n.Line, n.Column)
	}
	return &ParseError{Input: inputName, Line: line, Column: column, Field: pathString(path), Msg: msg}
}

// A locator walks a syntax tree along a Go type and reports what does not fit.
type locator struct {
	chunk  chunk
	kind   kind
	strict bool
	errs   []error
}

func (l *locator) fail(n *yamlv3.Node, path []string, format string, args ...any) {
	if len(l.errs) > maxErrors {
		return
	}
	line, column := l.chunk.position(n.Line, n.Column)
	l.errs = append(l.errs, &ParseError{
		Input: inputName, Line: line, Column: column,
		Field: pathString(path), Msg: fmt.Sprintf(format, args...),
	})
}

func (l *locator) twice(key *yamlv3.Node, path []string, first int) {
	line, _ := l.chunk.position(first, 1)
	l.fail(key, path, "the field is given twice, first in line %d", line)
}

func (l *locator) value(n *yamlv3.Node, t reflect.Type, path []string) {
	if n.Kind == yamlv3.AliasNode {
		n = n.Alias
	}
	if n.Tag == "!!null" {
		return
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case decodesItself(t):
		l.text(n, t, path)
	case t.Kind() == reflect.Struct:
		l.object(n, t, path)
	case t.Kind() == reflect.Map:
		l.mapping(n, t, path)
	case t.Kind() == reflect.Slice:
		l.list(n, t, path)
	default:
		l.scalar(n, t, path)
	}
}

func (l *locator) object(n *yamlv3.Node, t reflect.Type, path []string) {
	if n.Kind != yamlv3.MappingNode {
		l.fail(n, path, "want a mapping (name: value), got %s", describe(n))
		return
	}
	fields := jsonFields(t)
	seen := map[string]int{}
	for key, value := range pairs(n) {
		at := append(slices.Clip(path), key.Value)
		if line := seen[key.Value]; line > 0 {
			l.twice(key, at, line)
			continue
		}
		seen[key.Value] = key.Line
		field, known := fields[key.Value]
		switch {
		case known:
			l.value(value, field.Type, at)
		case key.Tag == "!!merge":
		case l.strict && len(l.errs) <= maxErrors:
			l.fail(key, at, "%s", unknownField(l.kind, fields, path, key.Value))
		}
	}
}

func (l *locator) mapping(n *yamlv3.Node, t reflect.Type, path []string) {
	if n.Kind != yamlv3.MappingNode {
		l.fail(n, path, "want a mapping (name: value), got %s", describe(n))
		return
	}
	for key, value := range pairs(n) {
		l.value(value, t.Elem(), append(slices.Clip(path), key.Value))
	}
}

func (l *locator) list(n *yamlv3.Node, t reflect.Type, path []string) {
	if n.Kind != yamlv3.SequenceNode {
		l.fail(n, path, "want a list (- item), got %s", describe(n))
		return
	}
	for i, item := range n.Content {
		l.value(item, t.Elem(), append(slices.Clip(path), strconv.Itoa(i)))
	}
}

func (l *locator) scalar(n *yamlv3.Node, t reflect.Type, path []string) {
	got, want := jsonType(n), t.Kind()
	switch {
	case n.Kind != yamlv3.ScalarNode:
		l.fail(n, path, "want %s, got %s", nameOf(want), describe(n))
	case want == reflect.String && got != "string":
		l.fail(n, path, "want a string, got %s: put it in quotes", describe(n))
	case want == reflect.Bool && got != "bool":
		l.fail(n, path, "want true or false, got %s", describe(n))
	case want == reflect.String || want == reflect.Bool:
	case got != "number" || json.Unmarshal([]byte(n.Value), reflect.New(t).Interface()) != nil:
		l.fail(n, path, "want %s, got %s", nameOf(want), describe(n))
	}
}

// text checks a value whose type reads a string itself, such as a duration.
func (l *locator) text(n *yamlv3.Node, t reflect.Type, path []string) {
	text := []byte(n.Value)
	if jsonType(n) == "string" {
		text, _ = json.Marshal(n.Value)
	}
	if n.Kind != yamlv3.ScalarNode || json.Unmarshal(text, reflect.New(t).Interface()) != nil {
		l.fail(n, path, "want %s, got %s", example(t), describe(n))
	}
}

// duplicates reports keys given twice anywhere, without a type to go by.
func (l *locator) duplicates(n *yamlv3.Node, path []string) {
	seen := map[string]int{}
	switch n.Kind {
	case yamlv3.MappingNode:
		for key, value := range pairs(n) {
			at := append(slices.Clip(path), key.Value)
			if line := seen[key.Value]; line > 0 {
				l.twice(key, at, line)
			}
			seen[key.Value] = key.Line
			l.duplicates(value, at)
		}
	case yamlv3.SequenceNode:
		for i, item := range n.Content {
			l.duplicates(item, append(slices.Clip(path), strconv.Itoa(i)))
		}
	}
}

// jsonType says what the value of a plain scalar is for kubeadm, whose YAML
// reader is an old one: "yes" is true to it.
func jsonType(n *yamlv3.Node) string {
	if n.Style&(yamlv3.DoubleQuotedStyle|yamlv3.SingleQuotedStyle|yamlv3.LiteralStyle|yamlv3.FoldedStyle) != 0 {
		return "string"
	}
	text, err := yaml.YAMLToJSON([]byte(n.Value))
	switch {
	case err != nil || len(text) == 0 || text[0] == '"':
		return "string"
	case text[0] == 't' || text[0] == 'f':
		return "bool"
	}
	return "number"
}

// describe names what was found. It shows no values: they may be secrets.
func describe(n *yamlv3.Node) string {
	switch {
	case n.Kind == yamlv3.MappingNode:
		return "a mapping"
	case n.Kind == yamlv3.SequenceNode:
		return "a list"
	}
	switch jsonType(n) {
	case "string":
		return "a string"
	case "bool":
		return "true or false"
	}
	return "a number"
}

func nameOf(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	}
	return "a whole number"
}

func example(t reflect.Type) string {
	switch t.Name() {
	case "Duration":
		return `a duration such as "4m0s"`
	case "Time":
		return `a time such as "2026-01-31T12:00:00Z"`
	}
	return "a " + t.Name()
}

// pathString writes a path as people do: lists by position in brackets. A name
// that may be a secret is not shown.
func pathString(path []string) string {
	var out strings.Builder
	for i, p := range path {
		_, err := strconv.ParseUint(p, 10, 16)
		switch {
		case err == nil && i > 0:
			out.WriteString("[" + p + "]")
		case i > 0:
			out.WriteString("." + fieldname.Shown(p))
		default:
			out.WriteString(fieldname.Shown(p))
		}
	}
	return out.String()
}
