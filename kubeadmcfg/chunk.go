package kubeadmcfg

import (
	"regexp"
	"strings"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// A chunk is the text of one document and where it stands.
type chunk struct {
	text   string
	line   int  // of its first line
	indent int  // how far it is indented
	flat   bool // all of it stands in one line: there are no better positions
}

// position gives the place in the whole text of a place in the chunk.
func (c chunk) position(line, column int) (int, int) {
	if c.flat {
		return c.line, 1
	}
	return c.line + line - 1, c.indent + column
}

func (c chunk) error(line int, msg string) *ParseError {
	line, column := c.position(line, 1)
	return &ParseError{Input: inputName, Line: line, Column: column, Msg: msg}
}

// lineEnd is how lines end that went through Windows, once or more often.
var lineEnd = regexp.MustCompile(`\r+\n`)

// split cuts a text at the lines that are "---" and nothing else, which is where
// kubeadm cuts. Chunks without content are left out, and line ends made LF.
func split(text []byte) []chunk {
	rest := lineEnd.ReplaceAllLiteralString(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	var chunks []chunk
	start, end, first, line := 0, 0, 1, 0
	for l := range strings.Lines(rest) {
		line++
		if after, ok := strings.CutPrefix(l, "---"); ok && strings.TrimSpace(after) == "" {
			chunks = append(chunks, chunk{text: rest[start:end], line: first})
			start, first = end+len(l), line+1
		}
		end += len(l)
	}
	chunks = append(chunks, chunk{text: rest[start:], line: first})
	return withContent(chunks)
}

func withContent(chunks []chunk) []chunk {
	var out []chunk
	for _, c := range chunks {
		for l := range strings.Lines(c.text) {
			if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
				out = append(out, c)
				break
			}
		}
	}
	return out
}

// hiddenDocument gives the line, within the chunk, where a second document
// starts that kubeadm would not see, or 0.
func (c chunk) hiddenDocument() int {
	line, end, content := 0, 0, false
	for l := range strings.Lines(c.text) {
		line++
		rest, marker := cutMarker(l)
		if marker && content && end == 0 {
			end = line
		}
		if rest = strings.TrimSpace(rest); rest == "" || rest[0] == '#' || rest[0] == '%' {
			continue
		}
		if end > 0 {
			return end
		}
		content = true
	}
	return 0
}

// cutMarker cuts the marker off a line with which a document ends or starts.
func cutMarker(line string) (rest string, marker bool) {
	for _, m := range []string{"---", "..."} {
		if rest, ok := strings.CutPrefix(line, m); ok && (rest == "" || strings.ContainsRune(" \t\r\n", rune(rest[0]))) {
			return rest, true
		}
	}
	return line, false
}

// json gives the document as JSON. In YAML a key given twice is an error; in
// JSON the decoder into a type finds it.
func (c chunk) json() ([]byte, error) {
	trimmed := strings.TrimSpace(c.text)
	if strings.HasPrefix(trimmed, "{") && kjson.UnmarshalCaseSensitivePreserveInts([]byte(trimmed), new(any)) == nil {
		return []byte(trimmed), nil
	}
	if err := c.checkAliases(); err != nil {
		return nil, err
	}
	return yaml.YAMLToJSONStrict([]byte(c.text))
}

// block says where the text of a key stands in what kubectl prints: indented on
// the lines after "key: |", or in the key's own line.
func (c chunk) block(key string) chunk {
	found := chunk{line: c.line, flat: true}
	lines := strings.Split(c.text, "\n")
	for i, l := range lines {
		name, value, ok := strings.Cut(strings.TrimSpace(l), ":")
		if !ok || strings.Trim(name, `"`) != key {
			continue
		}
		found.line, _ = c.position(i+1, 1)
		if strings.HasPrefix(strings.TrimSpace(value), "|") && i+1 < len(lines) {
			next := lines[i+1]
			found.line++
			found.indent = c.indent + len(next) - len(strings.TrimLeft(next, " "))
			found.flat = false
		}
		break
	}
	return found
}
