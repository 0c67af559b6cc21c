package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// stateReader reads captures and gives the objects out one by one, so that it
// never holds more than one of them.
type stateReader struct {
	take   func(kind string, raw json.RawMessage) error
	row    func(NodeState)
	absent []Absence
	taken  int // objects and rows that were given out
}

func (r *stateReader) read(capture []byte) error {
	if len(capture) > MaxCapture {
		return fmt.Errorf("it has %d bytes; at most %d are read", len(capture), MaxCapture)
	}
	if len(bytes.TrimSpace(capture)) == 0 {
		return errors.New("it is empty; give what kubectl printed")
	}
	capture = bytes.TrimPrefix(capture, []byte("\ufeff"))
	if bytes.Contains(capture, []byte("\r")) {
		capture = regexp.MustCompile(`\r+\n`).ReplaceAllLiteral(capture, []byte("\n"))
	}
	rest, failed := r.takeErrors(capture)
	for _, section := range sections(rest) {
		if err := r.section(section); err != nil {
			return err
		}
	}
	return failed
}

// between stands between what commands printed: a prompt with the command, the
// fence of a page.
var between = regexp.MustCompile("(?m)^(?:[^\\s\"'{}]*(?:[@:~][^\"'{}\n]*)?[$#%>❯] ?(?:sudo )?kubectl .*|" +
	"[^\\s\"'{}]*[@~][^\"'{}\n]*[$#%❯] ?|```.*)$")

// sections cuts a capture where another command begins.
func sections(text []byte) [][]byte {
	var out [][]byte
	start := 0
	if bytes.Contains(text, []byte("kubectl ")) || bytes.Contains(text, []byte("```")) {
		for _, at := range between.FindAllIndex(text, -1) {
			out = append(out, text[start:at[0]])
			start = at[1]
		}
	}
	out = append(out, text[start:])
	return slices.DeleteFunc(out, func(s []byte) bool { return len(bytes.TrimSpace(s)) == 0 })
}

func (r *stateReader) section(text []byte) error {
	text = bytes.Trim(text, "\n")
	switch first := bytes.TrimLeft(text, " \t\n"); {
	case isNodesTable(first):
		return r.table(string(first))
	case first[0] == '{' || first[0] == '[' || first[0] == '"':
		if err := r.jsonDocuments(first); !errors.Is(err, errNoJSON) {
			return err
		}
	}
	return r.yamlDocuments(text)
}

var errNoJSON = errors.New("not JSON")

func (r *stateReader) jsonDocuments(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	for n := 0; ; n++ {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && n == 0 && !json.Valid(text):
			return errNoJSON
		case err != nil:
			return fmt.Errorf("it is not JSON up to its end: %s", withoutQuotes(err))
		}
		if err := r.document(raw); err != nil {
			return err
		}
	}
}

// yamlDocuments reads the documents one by one, and a list's items too: as a
// tree a document is many times its text.
func (r *stateReader) yamlDocuments(text []byte) error {
	for len(text) > 0 {
		document := text
		text = nil
		if at := separator.FindIndex(document); at != nil {
			document, text = document[:at[0]], document[at[1]:]
		}
		if isBlank(document) {
			continue
		}
		top, items := blockItems(document)
		raw, err := toJSON(top)
		if err != nil {
			return err
		}
		if err := r.document(raw); err != nil {
			return err
		}
		if err := r.blockItems(items, listOf(raw)); err != nil {
			return err
		}
	}
	return nil
}

// separator stands between documents of YAML.
var separator = regexp.MustCompile(`(?m)^---(?:[ \t].*)?$`)

// isBlank reports whether a document holds comments at most.
func isBlank(document []byte) bool {
	for line := range bytes.Lines(document) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// blockItems takes the items out of a List that kubectl printed, where each
// begins with a dash at the line's start. The head is the List without them.
func blockItems(document []byte) (head []byte, items [][]byte) {
	start := bytes.Index(document, []byte("\nitems:\n- "))
	if start < 0 {
		return document, nil
	}
	start += len("\nitems:\n")
	end := start
	for line := range bytes.Lines(document[start:]) {
		if line[0] != ' ' && line[0] != '-' && line[0] != '\n' {
			break
		}
		if line[0] == '-' {
			items = append(items, document[end:end:len(document)])
		}
		last := &items[len(items)-1]
		*last = (*last)[:len(*last)+len(line)]
		end += len(line)
	}
	return slices.Concat(document[:start-1], []byte(" []\n"), document[end:]), items
}

// blockItems reads the items of a List, each of which stands in a list of its
// own.
func (r *stateReader) blockItems(items [][]byte, kind string) error {
	for _, item := range items {
		raw, err := toJSON(item)
		if err != nil {
			return err
		}
		var one []json.RawMessage
		if err := json.Unmarshal(raw, &one); err != nil || len(one) != 1 {
			return errors.New("an item of a List cannot be read")
		}
		if err := r.item(one[0], kind); err != nil {
			return err
		}
	}
	return nil
}

// maxObject is the largest document of YAML in bytes: the API server keeps no
// object of that size, and as a tree a text is some fifty times as large.
const maxObject = 8 << 20

func toJSON(document []byte) (json.RawMessage, error) {
	if len(document) > maxObject {
		return nil, fmt.Errorf("a document of YAML has %d bytes, and at most %d are read: give it as kubectl prints it with -o json", len(document), maxObject)
	}
	raw, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, fmt.Errorf("it is neither JSON nor YAML nor a table of nodes: %s", withoutQuotes(err))
	}
	return raw, nil
}

// listOf returns the kind of the items of a list that names it.
func listOf(raw json.RawMessage) string {
	var h head
	_ = json.Unmarshal(raw, &h) // it has been read before
	return strings.TrimSuffix(h.Kind, "List")
}

// head is what is read of a document to know what it is.
type head struct {
	metav1.TypeMeta `json:",inline"`
	Message         string            `json:"message"`
	Items           []json.RawMessage `json:"items"`
}

func (r *stateReader) document(raw json.RawMessage) error {
	var h head
	if err := json.Unmarshal(raw, &h); err != nil {
		return fmt.Errorf("it is no API object: %w", err)
	}
	switch {
	case isWanted(h.Kind):
		return r.object(h.Kind, raw)
	case strings.HasSuffix(h.Kind, "List"):
		for _, item := range h.Items {
			if err := r.item(item, strings.TrimSuffix(h.Kind, "List")); err != nil {
				return err
			}
		}
		return nil
	}
	return h.unwanted()
}

// unwanted says what a document is that is read nowhere, and what to give.
func (h head) unwanted() error {
	group := h.GroupVersionKind().Group
	switch {
	case h.Kind == "":
		return errors.New("it is no API object, for it has no kind; give what kubectl get printed with -o yaml or -o json")
	case h.Kind == "Status":
		return fmt.Errorf("the API server refused the question: %s", h.Message)
	case group == "kubeadm.k8s.io":
		return fmt.Errorf("it is a %s alone; give the ConfigMap: kubectl get configmap -n kube-system kubeadm-config -o yaml", h.Kind)
	case h.APIVersion == APIVersion:
		return errors.New("it is a description of a cluster, and not what a cluster says of itself; give what kubectl get printed")
	}
	return fmt.Errorf("it is a %s, of which nothing is read; give nodes, ConfigMaps, Secrets or pods", h.Kind)
}

func isWanted(kind string) bool {
	return slices.Contains([]string{"Node", "ConfigMap", "Secret", "Pod"}, kind)
}

// item reads one of a List. Those of a NodeList and its like leave their kind
// out; kinds that are not wanted may be among the others.
func (r *stateReader) item(raw json.RawMessage, kind string) error {
	var h metav1.TypeMeta
	if err := json.Unmarshal(raw, &h); err != nil {
		return errors.New("an item of a List is no API object")
	}
	if h.Kind != "" {
		kind = h.Kind
	}
	switch {
	case kind == "":
		return errors.New("an item of a List is no API object, for it has no kind")
	case !isWanted(kind):
		return nil
	}
	return r.object(kind, raw)
}

func (r *stateReader) object(kind string, raw json.RawMessage) error {
	r.taken++
	return r.take(kind, raw)
}

// withoutQuotes gives what a YAML reader complains about without what it quotes,
// which may be a secret. It quotes punctuation too, which stays.
func withoutQuotes(err error) string {
	const quotes = "`'\""
	text := err.Error()
	if i, j := strings.IndexAny(text, quotes), strings.LastIndexAny(text, quotes); j-i > len("':'") {
		return text[:i] + "a value" + text[j+1:]
	}
	return text
}

// serverError is how kubectl says that something is not there or not allowed.
var serverError = regexp.MustCompile(`(?m)^Error from server \((NotFound|Forbidden)\): (.*)\n?`)

// clientError is how kubectl says that it could not ask, in a line.
var clientError = regexp.MustCompile(`^(?:Error from server|Unable to connect to the server|error: |Error in configuration|` +
	`The connection to the server .* was refused|[^ ].*: command not found|sudo: |[EWI][0-9]{4} .*\] )`)

// discovery is noise of kubectl about an API that it does not need.
var discovery = regexp.MustCompile(`memcache\.go|request\.go|warnings\.go`)

// mayBeError tells the lines that are worth a look from those of an object, of
// which there may be millions.
func mayBeError(line []byte) bool {
	return strings.IndexByte("EUTWIes", line[0]) >= 0 || bytes.HasSuffix(bytes.TrimSpace(line), []byte("command not found"))
}

// subject finds what an error of the API server is about: it quotes the name.
var subject = regexp.MustCompile(`^(\S+) "([^"]+)"`)

// takeErrors takes the errors of kubectl out of a capture. Those that say more
// than that something is not there or not allowed are an error here too.
func (r *stateReader) takeErrors(capture []byte) ([]byte, error) {
	return takeFailures(r.takeRefusals(capture))
}

func (r *stateReader) takeRefusals(capture []byte) []byte {
	if !bytes.Contains(capture, []byte("Error from server")) {
		return capture
	}
	for _, m := range serverError.FindAllSubmatch(capture, -1) {
		absence := Absence{What: shown(string(m[2])), Reason: NotFound}
		if string(m[1]) == "Forbidden" {
			absence.Reason = Forbidden
		}
		if s := subject.FindSubmatch(m[2]); s != nil {
			absence.What = shown(string(s[1]) + " " + string(s[2]))
		}
		r.absent = append(r.absent, absence)
	}
	return serverError.ReplaceAll(capture, nil)
}

func takeFailures(capture []byte) (rest []byte, failed error) {
	var parts [][]byte
	at, start := 0, 0
	for line := range bytes.Lines(capture) {
		at += len(line)
		if !mayBeError(line) || !clientError.Match(line) {
			continue
		}
		parts = append(parts, capture[start:at-len(line)])
		start = at
		if failed == nil && !discovery.Match(line) {
			failed = fmt.Errorf("kubectl could not ask: %s; run it again where it works, with admin.conf", bytes.TrimSpace(line))
		}
	}
	if start == 0 {
		return capture, failed
	}
	return bytes.Join(append(parts, capture[start:]), nil), failed
}
