package kubeadmcfg

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// MaxSize is the size in bytes of the largest text that Parse reads. A
// ConfigMap, which is where kubeadm keeps its configuration, holds 1 MiB.
const MaxSize = 2 << 20

const (
	maxDocuments = 100 // a file has five kinds and what goes with them
	maxErrors    = 100 // that one parse reports
)

// Parse reads a file that a person wrote: YAML or JSON, one or more documents,
// of one API version. It is as strict as "kubeadm config validate": fields that
// are unknown, written in the wrong case or given twice, kinds that are unknown
// or given twice, and mixed API versions are errors. All errors are reported at
// once, each a [ParseError] with its line and column.
//
// Documents that hold only comments are skipped. What kubectl prints is looked
// into: a ConfigMap for the configuration that it holds, a List for its items.
// Documents of other groups become [Other].
//
// Parse does not judge values: that is [File.Validate]. Texts larger than
// [MaxSize], and those whose YAML aliases blow up, are errors.
func Parse(text []byte) (File, error) {
	return parse(text, true)
}

// ParseTolerant reads what a live cluster gives, which a newer kubeadm may have
// written. Fields that the types do not know are kept in [File.Unknown] and
// written again; [File.Warnings] names them. Everything else is as with
// [Parse].
func ParseTolerant(text []byte) (File, error) {
	return parse(text, false)
}

func parse(text []byte, strict bool) (File, error) {
	p := parser{strict: strict}
	if len(text) > MaxSize {
		p.fail(chunk{line: 1}, "the text has %d bytes; more than %d cannot be a kubeadm configuration", len(text), MaxSize)
		return File{}, errors.Join(p.errs...)
	}
	p.text(text)
	p.checkSet()
	if len(p.errs) > maxErrors {
		p.errs = append(p.errs[:maxErrors], errors.New("there are more errors"))
	}
	if len(p.errs) > 0 {
		return File{}, errors.Join(p.errs...)
	}
	return p.file, nil
}

func (p *parser) text(text []byte) {
	chunks := split(text)
	if len(chunks) > maxDocuments {
		p.fail(chunks[maxDocuments], "there are %d documents; more than %d cannot be a kubeadm configuration", len(chunks), maxDocuments)
		return
	}
	for _, c := range chunks {
		p.chunk(c)
	}
}

// A parser collects documents and errors.
type parser struct {
	strict bool
	file   File
	chunks []chunk // one for each of file.Documents: where it came from
	errs   []error
}

func (p *parser) fail(c chunk, format string, args ...any) {
	p.errs = append(p.errs, c.error(1, fmt.Sprintf(format, args...)))
}

func (p *parser) chunk(c chunk) {
	if line := c.hiddenDocument(); line > 0 {
		p.errs = append(p.errs, c.error(line, "kubeadm ignores the document that starts here: write \"---\" alone on its line"))
		return
	}
	text, err := c.json()
	if err != nil {
		p.errs = append(p.errs, c.syntaxErrors(err)...)
		return
	}
	var meta metav1.TypeMeta
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &meta); err != nil {
		p.fail(c, "a document must be a mapping with apiVersion and kind")
		return
	}
	p.document(c, text, meta)
}

func (p *parser) document(c chunk, text []byte, meta metav1.TypeMeta) {
	gvk := meta.GroupVersionKind()
	switch {
	case meta.APIVersion == "" || meta.Kind == "":
		p.fail(c, "a document needs apiVersion and kind")
	case gvk.Group == Group:
		p.typed(c, text, Version(gvk.Version), gvk.Kind)
	case gvk.Group == "" && (gvk.Kind == "ConfigMap" || gvk.Kind == "List"):
		p.wrapper(c, text, gvk.Kind)
	case gvk.Group == "":
		p.fail(c, "%s %s is no configuration that kubeadm reads", meta.APIVersion, meta.Kind)
	default:
		p.add(c, &Other{TypeMeta: meta, Text: c.text})
	}
}

func (p *parser) typed(c chunk, text []byte, version Version, name string) {
	k, known := kindNamed(version, name)
	if !known {
		p.fail(c, "%s", unknownKind(version, name))
		return
	}
	d := k.new()
	strictErrs, err := kjson.UnmarshalStrict(text, d)
	if p.strict && len(strictErrs) > 0 || err != nil {
		p.errs = append(p.errs, c.fieldErrors(k, p.strict, errors.Join(append(strictErrs, err)...))...)
		return
	}
	if name == kindInit {
		p.errs = append(p.errs, c.emptyTokens(text)...)
	}
	if len(strictErrs) > 0 {
		p.file.Unknown = append(p.file.Unknown, unknownFields(k, text)...)
	}
	p.add(c, d)
}

// emptyTokens finds tokens that are given and empty, as a template with an empty
// variable leaves them. kubeadm does not take that for "not given".
func (c chunk) emptyTokens(text []byte) []error {
	var init struct {
		BootstrapTokens []struct {
			Token *string `json:"token"`
		} `json:"bootstrapTokens"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &init); err != nil {
		return nil
	}
	var errs []error
	for i, t := range init.BootstrapTokens {
		if t.Token != nil && *t.Token == "" {
			errs = append(errs, c.errorAt([]string{"bootstrapTokens", strconv.Itoa(i), "token"}, "the token is empty: leave the field out to get a random one"))
		}
	}
	return errs
}

func (p *parser) add(c chunk, d Document) {
	p.file.Documents = append(p.file.Documents, d)
	p.chunks = append(p.chunks, c)
}

// configKeys are where ConfigMaps of kubeadm have configurations.
var configKeys = []string{clusterConfigurationKey, "kubelet", "config.conf"}

// wrapper looks into what kubectl prints.
func (p *parser) wrapper(c chunk, text []byte, name string) {
	var w struct {
		Data  map[string]string `json:"data"`
		Items []any             `json:"items"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &w); err != nil {
		p.fail(c, "this %s cannot be read: %v", name, err)
		return
	}
	before := len(p.file.Documents) + len(p.errs)
	for _, key := range configKeys {
		if inner, ok := w.Data[key]; ok {
			p.inner(c.block(key), inner)
		}
	}
	lines := c.itemLines(len(w.Items))
	for i, item := range w.Items {
		if holdsConfiguration(item) {
			p.item(chunk{line: lines[i], flat: true}, item)
		}
	}
	if before == len(p.file.Documents)+len(p.errs) {
		p.fail(c, "this %s holds no configuration of kubeadm: want the key %q in its data", name, clusterConfigurationKey)
	}
}

// holdsConfiguration tells the items of a List that are read from the others.
func holdsConfiguration(item any) bool {
	members, _ := item.(map[string]any)
	data, _ := members["data"].(map[string]any)
	for _, key := range configKeys {
		if _, has := data[key]; has {
			return true
		}
	}
	apiVersion, _ := members["apiVersion"].(string)
	group, _, _ := strings.Cut(apiVersion, "/")
	return group == Group || strings.HasSuffix(group, ".config.k8s.io")
}

// item reads one item of a List.
func (p *parser) item(at chunk, item any) {
	text, err := yaml.Marshal(item)
	if err != nil {
		p.fail(at, "an item of this List cannot be read: %v", err)
		return
	}
	sub := parser{strict: p.strict}
	at.text = string(text)
	sub.chunk(at)
	p.take(sub)
}

// inner reads a text within a document; at says where it stands.
func (p *parser) inner(at chunk, text string) {
	sub := parser{strict: p.strict}
	for _, c := range split([]byte(text)) {
		c.line, _ = at.position(c.line, 1)
		c.indent, c.flat = at.indent, at.flat
		sub.chunk(c)
	}
	p.take(sub)
}

func (p *parser) take(sub parser) {
	p.file.Documents = append(p.file.Documents, sub.file.Documents...)
	p.file.Unknown = append(p.file.Unknown, sub.file.Unknown...)
	p.chunks = append(p.chunks, sub.chunks...)
	p.errs = append(p.errs, sub.errs...)
}

// checkSet checks what concerns more than one document.
func (p *parser) checkSet() {
	lines := map[string]int{}
	var first Version
	for i, d := range p.file.Documents {
		c, name := p.chunks[i], typeMeta(d).Kind
		if line, seen := lines[name]; seen {
			p.fail(c, "%s is given twice, first in line %d; kubeadm takes one document of a kind", name, line)
			continue
		}
		lines[name] = c.line
		k, ours := kindOf(d)
		if !ours {
			continue
		}
		if first == "" {
			first = k.version
		}
		if k.version != first {
			p.fail(c, "this document has %s and an earlier one %s; write all of a file in one API version", k.version, first)
		}
	}
}

func unknownKind(version Version, name string) string {
	if last, old := lastRelease[version]; old {
		return fmt.Sprintf("%s is too old to be read here: \"kubeadm config migrate\" of kubeadm %s makes a newer one of it", version.APIVersion(), last)
	}
	if _, known := supported[version]; !known {
		return fmt.Sprintf("the API version %s is not known here; known are %s, %s and %s", version.APIVersion(), V1Beta3, V1Beta4, V1)
	}
	var names []string
	for _, k := range kinds {
		if k.version == version {
			names = append(names, k.name)
		}
	}
	return fmt.Sprintf("the kind %q is not known in %s; known are %s", name, version.APIVersion(), strings.Join(names, ", "))
}
