package convert

import (
	"errors"
	"slices"
	"strings"

	yamlnode "go.yaml.in/yaml/v3"
)

const (
	clusterConfigurationKey = "ClusterConfiguration"
	endpointField           = "controlPlaneEndpoint"
)

func (e SetEndpoint) applyToText(old []byte) ([]byte, error) {
	text, err := setField(string(old), endpointField, e.Endpoint)
	for _, san := range e.CertSANs {
		if err == nil {
			text, err = addCertSAN(text, san)
		}
	}
	return []byte(text), err
}

// setField sets a top-level field, or takes it out where the value is empty.
func setField(text, name, value string) (string, error) {
	d, err := parseConfig(text)
	if err != nil {
		return "", err
	}
	old, there := d.tree[name].(string)
	if there && old == value || !there && value == "" {
		return text, nil
	}
	key, scalar := field(d.root, name)
	edited := ""
	switch {
	case value == "":
		delete(d.tree, name)
		edited = d.replaceLine(key)
	case there:
		d.tree[name] = value
		edited, _ = d.replace(scalar, value)
	default:
		d.tree[name] = value
		edited = d.insert(d.placeFor(name), name+": "+value)
	}
	return inPlace(edited, d.tree)
}

var errInPlace = errors.New("the ClusterConfiguration cannot be changed in place: write its fields in block style, one to a line, and try again")

func inPlace(edited string, want map[string]any) (string, error) {
	if !says(edited, want) {
		return "", errInPlace
	}
	return edited, nil
}

func parseConfig(text string) (document, error) {
	d, err := parseDocument(text)
	if err != nil {
		return d, err
	}
	if d.tree["kind"] != clusterConfigurationKey {
		return d, errors.New("it is no ClusterConfiguration")
	}
	return d, nil
}

// placeFor is where a top-level field sorts among the others, which is how
// kubeadm writes them.
func (d document) placeFor(name string) int {
	for i := 0; i < len(d.root.Content); i += 2 {
		if key := d.root.Content[i]; key.Value > name {
			_, start := d.lineOf(key)
			return start
		}
	}
	return len(d.text)
}

// addCertSAN adds to apiServer.certSANs, which may not be there yet.
func addCertSAN(text, san string) (string, error) {
	d, err := parseConfig(text)
	if err != nil {
		return "", err
	}
	server, _ := d.tree["apiServer"].(map[string]any)
	list, _ := server["certSANs"].([]any)
	if slices.Contains(list, any(san)) {
		return text, nil
	}
	edited, err := d.withCertSAN(san)
	if err != nil {
		return "", err
	}
	if server == nil {
		server = map[string]any{}
	}
	server["certSANs"] = append(slices.Clone(list), san)
	d.tree["apiServer"] = server
	return inPlace(edited, d.tree)
}

// withCertSAN quotes the name: YAML would not take *.example or ::1 as text.
func (d document) withCertSAN(san string) (string, error) {
	const list = "certSANs:"
	item := `- "` + san + `"`
	serverKey, server := field(d.root, "apiServer")
	if server == nil {
		return d.insert(d.placeFor("apiServer"), "apiServer:", "  "+list, "  "+item), nil
	}
	if isEmpty(server) {
		return d.replaceLine(serverKey, "apiServer:", "  "+list, "  "+item), nil
	}
	key, sans := field(server, "certSANs")
	if isFlow(server) || server.Kind != yamlnode.MappingNode || sans != nil && isFlow(sans) && !isEmpty(sans) {
		return "", errInPlace
	}
	_, start := d.lineOf(server.Content[0])
	indent := strings.Repeat(" ", server.Content[0].Column-1)
	switch {
	case sans == nil:
		return d.insert(start, indent+list, indent+item), nil
	case isEmpty(sans):
		return d.replaceLine(key, indent+list, indent+item), nil
	case sans.Kind != yamlnode.SequenceNode:
		return "", errInPlace
	}
	last, start := d.lineOf(sans.Content[len(sans.Content)-1])
	dash, _, _ := strings.Cut(last, "- ")
	return d.insert(start+len(last), dash+item), nil
}
