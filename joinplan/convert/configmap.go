package convert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// signaturePrefix begins the keys of cluster-info that hold its signatures.
const signaturePrefix = "jws-kubeconfig-"

// SetConfigMapServer sets the server of one cluster in a kubeconfig that a
// ConfigMap holds, as [SetServer] does. The ConfigMap is what kubectl get -o json
// prints; everything else in it is kept, its resourceVersion too, so that
// kubectl replace fails where somebody else changed it in between.
//
// Signatures over the kubeconfig (those of cluster-info) are left out when it
// changes: kube-controller-manager makes them again.
type SetConfigMapServer struct {
	// Key in data.
	Key     string `json:"key"`
	Cluster string `json:"cluster"`
	Server  string `json:"server"`
}

// String says it in words.
func (e SetConfigMapServer) String() string {
	return fmt.Sprintf("set the server of cluster %q in data[%q] to %s", e.Cluster, e.Key, e.Server)
}

// Apply gives the new JSON.
func (e SetConfigMapServer) Apply(old []byte) ([]byte, error) {
	return editData(old, e.Key, SetServer{e.Cluster, e.Server}.Apply)
}

// SetEndpoint sets controlPlaneEndpoint in the ClusterConfiguration of the
// ConfigMap kubeadm-config, as kubectl get -o json prints it, and adds names to
// apiServer.certSANs. The ClusterConfiguration is kept byte for byte otherwise.
type SetEndpoint struct {
	// Endpoint is host:port; empty takes the field out.
	Endpoint string `json:"endpoint"`
	// CertSANs are added where they are missing.
	CertSANs []string `json:"certSANs,omitempty"`
}

// String says it in words.
func (e SetEndpoint) String() string {
	said := []string{"take controlPlaneEndpoint out of the ClusterConfiguration"}
	if e.Endpoint != "" {
		said[0] = "set controlPlaneEndpoint in the ClusterConfiguration to " + e.Endpoint
	}
	if len(e.CertSANs) > 0 {
		said = append(said, "have "+strings.Join(e.CertSANs, ", ")+" in its apiServer.certSANs")
	}
	return strings.Join(said, " and ")
}

// Apply gives the new JSON.
func (e SetEndpoint) Apply(old []byte) ([]byte, error) {
	return editData(old, clusterConfigurationKey, e.applyToText)
}

// RestoreData sets the value of one Key of a ConfigMap's data to Value, the bytes
// that it had.
type RestoreData struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// String says it in words.
func (e RestoreData) String() string {
	return fmt.Sprintf("set data[%q] to what it was", e.Key)
}

// Apply gives the new JSON.
func (e RestoreData) Apply(old []byte) ([]byte, error) {
	return editData(old, e.Key, func([]byte) ([]byte, error) { return []byte(e.Value), nil })
}

// editData changes one value of a ConfigMap in JSON.
func editData(object []byte, key string, edit func([]byte) ([]byte, error)) ([]byte, error) {
	root, err := parseObject(object)
	if err != nil {
		return nil, err
	}
	data, _ := root["data"].(map[string]any)
	text, there := data[key].(string)
	if !there {
		return nil, fmt.Errorf("it is no ConfigMap with data[%q]; capture it with kubectl get configmap -o json", key)
	}
	edited, err := edit([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("data[%q]: %w", key, err)
	}
	if string(edited) == text {
		return bytes.Clone(object), nil
	}
	data[key] = string(edited)
	for name := range data {
		if strings.HasPrefix(name, signaturePrefix) {
			delete(data, name)
		}
	}
	return writeObject(root)
}

func parseObject(object []byte) (map[string]any, error) {
	if len(object) > maxText {
		return nil, fmt.Errorf("it has %d bytes; at most %d are edited", len(object), maxText)
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	var root map[string]any
	if err := decoder.Decode(&root); err != nil || root["kind"] != "ConfigMap" {
		return nil, errors.New("it is no ConfigMap in JSON")
	}
	return root, nil
}

func writeObject(root map[string]any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	err := encoder.Encode(root)
	return b.Bytes(), err
}
