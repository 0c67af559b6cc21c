package convert

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	yamlnode "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

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

// Apply returns the new text.
func (e SetServer) Apply(old []byte) ([]byte, error) {
	d, err := parseDocument(string(old))
	if err != nil {
		return nil, err
	}
	server, err := e.find(d.root)
	if err != nil || server.Value == e.Server {
		return slices.Clone(old), err
	}
	edited, ok := d.replace(server, e.Server)
	e.setIn(d.tree)
	if !ok || !says(edited, d.tree) {
		return nil, fmt.Errorf("the server of cluster %q cannot be replaced in place: write it as one plain word and try again", e.Cluster)
	}
	return []byte(edited), nil
}

// find returns the place of the server.
func (e SetServer) find(root *yamlnode.Node) (*yamlnode.Node, error) {
	var found *yamlnode.Node
	_, list := field(root, "clusters")
	if list == nil {
		list = &yamlnode.Node{}
	}
	for _, entry := range list.Content {
		if _, name := field(entry, "name"); name == nil || name.Value != e.Cluster {
			continue
		}
		_, body := field(entry, "cluster")
		_, server := field(body, "server")
		if server == nil || isEmpty(server) || found != nil {
			return nil, fmt.Errorf("cluster %q must be there once, with one server", e.Cluster)
		}
		found = server
	}
	if found == nil {
		return nil, fmt.Errorf("it has no cluster %q: is it a kubeconfig?", e.Cluster)
	}
	return found, nil
}

// setIn sets the server in the parsed text.
func (e SetServer) setIn(tree map[string]any) {
	list, _ := tree["clusters"].([]any)
	for _, item := range list {
		entry, _ := item.(map[string]any)
		body, _ := entry["cluster"].(map[string]any)
		if name, _ := entry["name"].(string); name == e.Cluster && body != nil {
			body["server"] = e.Server
		}
	}
}
