package convert

import (
	"errors"
	"slices"
	"strings"
)

const (
	clusterConfigurationKey = "ClusterConfiguration"
	endpointField           = "controlPlaneEndpoint"
)

// clusterConfig is what the census reads of a ClusterConfiguration.
type clusterConfig struct {
	KubernetesVersion    string `json:"kubernetesVersion"`
	CertificatesDir      string `json:"certificatesDir"`
	ControlPlaneEndpoint string `json:"controlPlaneEndpoint"`
	APIServer            struct {
		CertSANs []string `json:"certSANs"`
	} `json:"apiServer"`
	FeatureGates map[string]bool `json:"featureGates"`
	Proxy        struct {
		Disabled bool `json:"disabled"`
	} `json:"proxy"`
}

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
func setField(text, field, value string) (string, error) {
	want, err := configTree(text)
	if err != nil {
		return "", err
	}
	old, there := want[field].(string)
	switch {
	case there && old == value, !there && value == "":
		return text, nil
	case value == "":
		delete(want, field)
		return firstThatSays(want, withoutLine(text, field))
	}
	want[field] = value
	if !there {
		return firstThatSays(want, withLine(text, field, value))
	}
	if edited, ok := replaceOne(text, old, value, want); ok {
		return edited, nil
	}
	return "", errInPlace
}

var errInPlace = errors.New("the ClusterConfiguration cannot be changed in place: write its fields in block style, one to a line, and try again")

func configTree(text string) (map[string]any, error) {
	tree, err := parseTree([]byte(text))
	if err != nil {
		return nil, err
	}
	config, ok := tree.(map[string]any)
	if !ok || config["kind"] != clusterConfigurationKey {
		return nil, errors.New("it is no ClusterConfiguration")
	}
	return config, nil
}

// firstThatSays takes the first candidate that parses to the tree.
func firstThatSays(want map[string]any, candidates ...string) (string, error) {
	for _, candidate := range candidates {
		if says(candidate, want) {
			return candidate, nil
		}
	}
	return "", errInPlace
}

// withLine puts a top-level field where it sorts among the others, which is how
// kubeadm writes them.
func withLine(text, field, value string) string {
	lines, end := splitLines(text)
	at := slices.IndexFunc(lines, func(line string) bool {
		key, _, isField := strings.Cut(line, ":")
		return isField && isTopLevel(line) && key > field
	})
	if at < 0 {
		at = len(lines)
	}
	return joinLines(slices.Insert(lines, at, field+": "+value), end)
}

func withoutLine(text, field string) string {
	lines, end := splitLines(text)
	return joinLines(slices.DeleteFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, field+":")
	}), end)
}

func isTopLevel(line string) bool {
	return line != "" && !strings.ContainsAny(line[:1], " \t#-\r\n")
}

// splitLines gives the lines, each without its end, and the end that all have
// but perhaps the last.
func splitLines(text string) ([]string, string) {
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	return strings.Split(strings.TrimSuffix(text, end), end), end
}

func joinLines(lines []string, end string) string { return strings.Join(lines, end) + end }

// addCertSAN adds to apiServer.certSANs, which may not be there yet.
func addCertSAN(text, san string) (string, error) {
	want, err := configTree(text)
	if err != nil {
		return "", err
	}
	server, _ := want["apiServer"].(map[string]any)
	list, _ := server["certSANs"].([]any)
	if slices.Contains(list, any(san)) {
		return text, nil
	}
	if server == nil {
		server = map[string]any{}
	}
	server["certSANs"] = append(slices.Clone(list), san)
	want["apiServer"] = server
	return firstThatSays(want, sanCandidates(text, quoteSAN(san))...)
}

// quoteSAN quotes what YAML would not take as text: *.example, ::1.
func quoteSAN(san string) string { return `"` + san + `"` }

// sanCandidates are the ways in which the text may take the name; parsing tells
// which one is right.
func sanCandidates(text, san string) []string {
	lines, end := splitLines(text)
	var out []string
	insert := func(at int, more ...string) {
		out = append(out, joinLines(slices.Insert(slices.Clone(lines), at, more...), end))
	}
	for i, line := range lines {
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "apiServer: {}" || trimmed == "apiServer:" || trimmed == "apiServer: null":
			block := []string{"apiServer:", "  certSANs:", "  - " + san}
			out = append(out, joinLines(slices.Replace(slices.Clone(lines), i, i+1, block...), end))
			insert(i+1, "  certSANs:", "  - "+san)
		case trimmed == "certSANs: []" || trimmed == "certSANs: null":
			indent := line[:strings.Index(line, "certSANs")]
			out = append(out, joinLines(slices.Replace(slices.Clone(lines), i, i+1, indent+"certSANs:", indent+"- "+san), end))
		case strings.HasPrefix(trimmed, "- "):
			insert(i+1, line[:strings.Index(line, "- ")]+"- "+san)
		}
	}
	insert(0, "apiServer:", "  certSANs:", "  - "+san)
	return out
}
