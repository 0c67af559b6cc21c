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

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// MaxCapture is the largest capture that [ParseState] reads, in bytes: the
// nodes and pods of a cluster of 5,000 machines fit.
const MaxCapture = 256 << 20

// ParseState reads a State from what kubectl printed, one capture for each
// command: `kubectl get ... -o json` or -o yaml of nodes, ConfigMaps, Secrets
// and pods, in any mix and as a List or alone; the table of plain `kubectl get
// nodes`, as far as it goes; and the errors that say that something is not
// there or not allowed.
//
// Errors name the capture, counted from 1. What could be read is in the State
// all the same. A ClusterConfiguration that cannot be read is an error too.
func ParseState(captures ...[]byte) (State, error) {
	r := readCaptures(captures)
	state := FromObjects(r.objects)
	state.addTable(r.table)
	for _, absence := range state.Absent {
		r.errs = append(r.errs, fmt.Errorf("%s cannot be read: %s", absence.What, absence.Detail))
	}
	state.Absent = append(state.Absent, r.absent...)
	return state, errors.Join(r.errs...)
}

type stateReader struct {
	objects Objects
	table   []NodeState
	absent  []Absence
	errs    []error
}

func (r *stateReader) read(capture []byte) error {
	if len(capture) > MaxCapture {
		return fmt.Errorf("it has %d bytes; at most %d are read", len(capture), MaxCapture)
	}
	rest := r.takeAbsences(capture)
	text := bytes.TrimSpace(rest)
	if isNodesTable(text) {
		r.table = append(r.table, parseNodesTable(text)...)
		return nil
	}
	if len(text) == 0 && len(rest) == len(capture) {
		return errors.New("it is empty; give what kubectl printed")
	}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("it is neither JSON nor YAML nor a table of nodes: %s", withoutQuotes(err))
		}
		if err := r.object(raw); err != nil {
			return err
		}
	}
}

func (r *stateReader) object(raw json.RawMessage) error {
	var head struct {
		metav1.TypeMeta `json:",inline"`
		Items           []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return fmt.Errorf("it is no API object: %w", err)
	}
	switch head.Kind {
	case "Node":
		return appendObject(raw, &r.objects.Nodes)
	case "ConfigMap":
		return appendObject(raw, &r.objects.ConfigMaps)
	case "Secret":
		return appendObject(raw, &r.objects.Secrets)
	case "Pod":
		return appendObject(raw, &r.objects.Pods)
	}
	for _, item := range head.Items {
		if err := r.object(typed(item, strings.TrimSuffix(head.Kind, "List"))); err != nil {
			return err
		}
	}
	return nil
}

// typed gives the items of a NodeList and its like the kind that they leave
// out.
func typed(item json.RawMessage, kind string) json.RawMessage {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(item, &fields); err != nil || fields["kind"] != nil || kind == "" {
		return item
	}
	fields["kind"] = json.RawMessage(`"` + kind + `"`)
	out, err := json.Marshal(fields)
	if err != nil {
		return item
	}
	return out
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

// appendObject must not quote the object in its error: it may be a Secret.
func appendObject[T corev1.Node | corev1.ConfigMap | corev1.Secret | corev1.Pod](raw json.RawMessage, to *[]T) error {
	var object T
	if err := json.Unmarshal(raw, &object); err != nil {
		return fmt.Errorf("an object is not what its kind says, %T", object)
	}
	*to = append(*to, object)
	return nil
}

var serverError = regexp.MustCompile(`(?m)^Error from server \((NotFound|Forbidden)\): (.*)\r?\n?`)

// subject finds what an error of the API server is about: it quotes the name.
var subject = regexp.MustCompile(`^(\S+) "([^"]+)"`)

func (r *stateReader) takeAbsences(capture []byte) []byte {
	for _, m := range serverError.FindAllSubmatch(capture, -1) {
		absence := Absence{What: string(m[2]), Reason: NotFound}
		if string(m[1]) == "Forbidden" {
			absence.Reason = Forbidden
		}
		if s := subject.FindSubmatch(m[2]); s != nil {
			absence.What = string(s[1]) + " " + string(s[2])
		}
		r.absent = append(r.absent, absence)
	}
	return serverError.ReplaceAll(capture, nil)
}

var nodesTableHead = regexp.MustCompile(`^NAME +STATUS +ROLES +AGE +VERSION`)

func isNodesTable(text []byte) bool {
	return nodesTableHead.Match(text)
}

func parseNodesTable(text []byte) []NodeState {
	var out []NodeState
	for i, line := range strings.Split(string(text), "\n") {
		cells := strings.Fields(line)
		if i == 0 || len(cells) < 5 {
			continue
		}
		status, roles := strings.Split(cells[1], ","), strings.Split(cells[2], ",")
		out = append(out, NodeState{
			Name:           cells[0],
			ControlPlane:   slices.Contains(roles, "control-plane") || slices.Contains(roles, "master"),
			Ready:          slices.Contains(status, "Ready"),
			Unschedulable:  slices.Contains(status, "SchedulingDisabled"),
			KubeletVersion: cells[4],
		})
	}
	return out
}

// addTable adds the nodes of the table that no object has told of.
func (s *State) addTable(nodes []NodeState) {
	for _, node := range nodes {
		if _, known := s.Node(node.Name); !known {
			s.Nodes = append(s.Nodes, node)
		}
	}
	slices.SortFunc(s.Nodes, func(a, b NodeState) int { return strings.Compare(a.Name, b.Name) })
}
