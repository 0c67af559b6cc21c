package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/haplane/haplane/internal/plain"
)

// MaxCapture is the largest capture that [ParseState] reads, in bytes: the
// nodes and pods of a cluster of 5,000 machines fit.
const MaxCapture = 256 << 20

// ParseState reads a State from what kubectl printed, one capture for each
// command or several in one: `kubectl get ... -o json` or -o yaml of nodes,
// ConfigMaps, Secrets and pods, in any mix and as a List or alone; the table of
// plain `kubectl get nodes` and of `-o wide`, as far as it goes; and the errors
// that say that something is not there or not allowed. Where something is told
// twice, what comes last counts.
//
// Errors name the capture, counted from 1: what is none of this, errors with
// which kubectl failed, a ClusterConfiguration that cannot be read, and captures
// with nothing of a cluster in them. What could be read is in the State all the
// same. Reading needs some ten times the memory of the largest capture.
func ParseState(captures ...[]byte) (State, error) {
	var c collector
	r := stateReader{take: c.take, row: c.row}
	errs := r.readAll(captures)
	state := c.done()
	for _, absence := range state.Absent {
		errs = append(errs, fmt.Errorf("%s cannot be read: %s", absence.What, absence.Detail))
	}
	state.Absent = append(state.Absent, r.absent...)
	if len(captures) > 0 && len(errs) == 0 && r.taken == 0 && len(state.Absent) == 0 {
		errs = append(errs, errors.New("nothing of a cluster is in this: want what kubectl get nodes, configmaps, secrets or pods printed, with -o yaml or -o json"))
	}
	return state, errors.Join(errs...)
}

// ParseObjects reads the API objects that [ParseState] makes a State of, from
// the same captures, for what needs more of them than a State holds. Tables and
// errors of kubectl among the captures hold no objects.
//
// Errors are those of ParseState about the captures.
func ParseObjects(captures ...[]byte) (Objects, error) {
	var o Objects
	r := stateReader{take: o.take, row: func(NodeState) {}}
	errs := r.readAll(captures)
	return o, errors.Join(errs...)
}

// maxCaptureErrors is how many errors about captures are told one by one.
const maxCaptureErrors = 50

func (r *stateReader) readAll(captures [][]byte) []error {
	var errs []error
	for i, capture := range captures {
		err := r.read(capture)
		if err == nil {
			continue
		}
		if len(errs) == maxCaptureErrors {
			return append(errs, fmt.Errorf("capture %d and perhaps more: there are more errors", i+1))
		}
		errs = append(errs, fmt.Errorf("capture %d: %s", i+1, shown(err.Error())))
	}
	return errs
}

// shown is a text of others as a line of an output for people, not too long.
func shown(text string) string {
	const enough = 500
	return plain.Short(plain.Line(plain.Short(text, enough)), enough)
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return shown(first)
}

// take keeps an object of a kind that is wanted, and reports an error for one
// that is not what its kind says. The error must not quote the object: it may be
// a Secret.
func (o *Objects) take(kind string, raw json.RawMessage) error {
	switch kind {
	case "Node":
		return appendObject(raw, &o.Nodes)
	case "ConfigMap":
		return appendObject(raw, &o.ConfigMaps)
	case "Secret":
		return appendObject(raw, &o.Secrets)
	}
	return appendObject(raw, &o.Pods)
}

func appendObject[T corev1.Node | corev1.ConfigMap | corev1.Secret | corev1.Pod](raw json.RawMessage, to *[]T) error {
	var object T
	if err := json.Unmarshal(raw, &object); err != nil {
		return fmt.Errorf("an object is not what its kind says, %T", object)
	}
	*to = append(*to, object)
	return nil
}
