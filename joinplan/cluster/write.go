package cluster

import (
	"bytes"
	"io"

	"sigs.k8s.io/yaml"
)

// Bytes gives the description as YAML that [Parse] reads back to an equal
// Spec.
func (s Spec) Bytes() []byte {
	// A Spec is made of types that always marshal.
	head, _ := yaml.Marshal(struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}{APIVersion, Kind})
	body, _ := yaml.Marshal(s)
	return bytes.Join([][]byte{head, body}, nil)
}

// WriteTo writes [Spec.Bytes] in one Write.
func (s Spec) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(s.Bytes())
	return int64(n), err
}
