package convert

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// maxText is the largest text that is read or edited, in bytes. Kubeconfigs and
// ConfigMaps have less: etcd takes no more in one object.
const maxText = 2 << 20

// kubeconfig is what the census reads of one (kind Config of client-go's
// clientcmd/api/v1).
type kubeconfig struct {
	Kind     string         `json:"kind"`
	Clusters []namedCluster `json:"clusters"`
}

type namedCluster struct {
	Name    string `json:"name"`
	Cluster struct {
		Server string `json:"server"`
		CA     string `json:"certificate-authority-data"`
	} `json:"cluster"`
}

// caHashes are those of the embedded CA certificates; none where a file is
// named instead.
func (c namedCluster) caHashes() []string {
	pem, err := base64.StdEncoding.DecodeString(c.Cluster.CA)
	if err != nil {
		return nil
	}
	hashes, _ := kubeadmcmd.CACertHashes(pem)
	return hashes
}

// parseKubeconfig must not quote the text in its errors: it may hold keys.
func parseKubeconfig(text []byte) (kubeconfig, error) {
	if len(text) > maxText {
		return kubeconfig{}, fmt.Errorf("it has %d bytes; a kubeconfig has at most %d", len(text), maxText)
	}
	var out kubeconfig
	if err := yaml.Unmarshal(text, &out); err != nil {
		return kubeconfig{}, errors.New("it is no YAML of a kubeconfig")
	}
	if len(out.Clusters) == 0 {
		return kubeconfig{}, errors.New("it names no cluster: it is empty, or no kubeconfig")
	}
	return out, nil
}

// SetServer sets the server of one cluster in a kubeconfig. It changes the bytes
// of that value and no others, so that setting the old server again gives the
// old bytes.
//
// It fails where the text is no kubeconfig with that cluster, where a field is
// there twice, and where the server is written so that it cannot be replaced in
// place (folded over lines, escaped, an alias). Errors never quote the text.
type SetServer struct {
	// Cluster is the name of the entry under clusters: kubernetes in what
	// kubeadm init writes, default-cluster in a worker's kubelet.conf.
	Cluster string `json:"cluster"`
	// Server is the URL.
	Server string `json:"server"`
}

// String says it in words.
func (e SetServer) String() string {
	return fmt.Sprintf("set the server of cluster %q to %s", e.Cluster, e.Server)
}

// Apply gives the new text.
func (e SetServer) Apply(old []byte) ([]byte, error) {
	tree, err := parseTree(old)
	if err != nil {
		return nil, err
	}
	server, err := e.setIn(tree)
	if err != nil || server == e.Server {
		return slices.Clone(old), err
	}
	edited, ok := replaceOne(string(old), server, e.Server, tree)
	if !ok {
		return nil, fmt.Errorf("the server of cluster %q cannot be replaced in place: write it as one plain word and try again", e.Cluster)
	}
	return []byte(edited), nil
}

// setIn sets the server in the parsed text and gives the one that was there.
func (e SetServer) setIn(tree any) (string, error) {
	root, _ := tree.(map[string]any)
	list, _ := root["clusters"].([]any)
	found := ""
	for _, item := range list {
		entry, _ := item.(map[string]any)
		if name, _ := entry["name"].(string); name != e.Cluster {
			continue
		}
		body, _ := entry["cluster"].(map[string]any)
		server, _ := body["server"].(string)
		if server == "" || found != "" {
			return "", fmt.Errorf("cluster %q must be there once, with one server", e.Cluster)
		}
		found, body["server"] = server, e.Server
	}
	if found == "" {
		return "", fmt.Errorf("it has no cluster %q: is it a kubeconfig?", e.Cluster)
	}
	return found, nil
}

// parseTree reads YAML, or JSON, strictly: a doubled field is an error.
func parseTree(text []byte) (any, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("it has %d bytes; at most %d are edited", len(text), maxText)
	}
	var tree any
	if err := yaml.UnmarshalStrict(text, &tree); err != nil {
		return nil, errors.New("it is no valid YAML, or has a field twice")
	}
	return tree, nil
}

// replaceOne replaces that occurrence of old with which the text says exactly
// what want says. Parsing decides, not the look of a line: an occurrence in a
// comment or in another field leads to another tree.
func replaceOne(text, old, value string, want any) (string, bool) {
	for at := 0; ; {
		i := strings.Index(text[at:], old)
		if i < 0 {
			return "", false
		}
		i += at
		candidate := text[:i] + value + text[i+len(old):]
		if says(candidate, want) {
			return candidate, true
		}
		at = i + len(old)
	}
}

func says(text string, want any) bool {
	tree, err := parseTree([]byte(text))
	return err == nil && reflect.DeepEqual(tree, want)
}
