package schema_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mutator changes descriptions at random.
type mutator struct {
	*rand.Rand
	// donors are descriptions whose fields and values are put into others.
	donors []*yaml.Node
}

// mutate gives a text that differs in a few places from the description.
func (m mutator) mutate(doc *yaml.Node) (string, error) {
	doc = clone(doc)
	m.change(doc)
	for m.IntN(4) == 0 {
		m.change(doc)
	}
	text, err := yaml.Marshal(doc)
	if m.IntN(200) == 0 {
		text = append(text, "---\nkind: Cluster\n"...)
	}
	return string(text), err
}

func (m mutator) change(doc *yaml.Node) {
	nodes := slices.DeleteFunc(all(doc), func(n *yaml.Node) bool { return n.Kind == yaml.DocumentNode })
	node := nodes[m.IntN(len(nodes))]
	if m.IntN(6) == 0 {
		node = nodes[0] // the fields of the whole, which are few among all
	}
	switch {
	case m.IntN(12) == 0:
		m.retype(node)
	case m.IntN(60) == 0:
		m.alias(node, nodes[m.IntN(len(nodes))])
	case node.Kind == yaml.MappingNode && len(node.Content) > 0:
		m.changeMapping(node)
	case node.Kind == yaml.SequenceNode && len(node.Content) > 0:
		m.changeSequence(node)
	case node.Kind == yaml.ScalarNode:
		m.changeScalar(node)
	}
}

// retype makes a value of another type of it.
func (m mutator) retype(node *yaml.Node) {
	*node = *plain([]string{"5", "-1", "6443.5", "70000", "0x192b", "true", "yes", "~", "text", "2001-01-01", "[]", "{}", "[a]", "{a: b}", "''"}[m.IntN(15)])
}

// plain is what the text is in YAML.
func plain(text string) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	}
	return doc.Content[0]
}

func (m mutator) alias(node, other *yaml.Node) {
	if node == other || node.Kind != yaml.ScalarNode || other.Kind != yaml.ScalarNode {
		return
	}
	other.Anchor = "x"
	*node = yaml.Node{Kind: yaml.AliasNode, Value: "x", Alias: other}
}

func (m mutator) changeMapping(node *yaml.Node) {
	i := 2 * m.IntN(len(node.Content)/2)
	key, value := node.Content[i], node.Content[i+1]
	switch m.IntN(6) {
	case 0:
		node.Content = slices.Delete(node.Content, i, i+2)
	case 1:
		key.Value = m.otherName(key.Value)
	case 2:
		node.Content = append(node.Content, clone(key), clone(value))
	case 3:
		donor := m.someMapping()
		j := 2 * m.IntN(len(donor.Content)/2)
		m.put(node, donor.Content[j], donor.Content[j+1])
	default:
		if other := m.sameField(key.Value); other != nil {
			node.Content[i+1] = clone(other)
		}
	}
}

// sameField gives the value of a field of that name in another place.
func (m mutator) sameField(name string) *yaml.Node {
	var values []*yaml.Node
	for _, n := range all(m.donors[m.IntN(len(m.donors))]) {
		if n.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				values = append(values, n.Content[i+1])
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	return values[m.IntN(len(values))]
}

// put sets a field.
func (m mutator) put(node, key, value *yaml.Node) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key.Value {
			node.Content[i+1] = clone(value)
			return
		}
	}
	node.Content = append(node.Content, clone(key), clone(value))
}

func (m mutator) someMapping() *yaml.Node {
	var mappings []*yaml.Node
	for _, n := range all(m.donors[m.IntN(len(m.donors))]) {
		if n.Kind == yaml.MappingNode && len(n.Content) > 0 {
			mappings = append(mappings, n)
		}
	}
	return mappings[m.IntN(len(mappings))]
}

func (m mutator) otherName(name string) string {
	switch m.IntN(4) {
	case 0:
		return strings.ToLower(name)
	case 1:
		return name + "s"
	case 2:
		return "x" + name
	}
	return []string{"timeAdded", "address", "name", "labels", "groups", "$schema", "group", "a/b/c", "example.com/"}[m.IntN(9)]
}

func (m mutator) changeSequence(node *yaml.Node) {
	i := m.IntN(len(node.Content))
	switch m.IntN(3) {
	case 0:
		node.Content = slices.Delete(node.Content, i, i+1)
	case 1:
		node.Content = append(node.Content, clone(node.Content[i]))
	default:
		node.Content[i], node.Content[0] = node.Content[0], node.Content[i]
	}
}

func (m mutator) changeScalar(node *yaml.Node) {
	switch m.IntN(4) {
	case 0:
		values := scalars(m.donors[m.IntN(len(m.donors))])
		*node = *clone(values[m.IntN(len(values))])
	case 1:
		*node = *plain(tricky[m.IntN(len(tricky))])
	case 2:
		node.Value, node.Tag = m.oneCharacter(node.Value), ""
	default:
		node.Value = m.inRange()
		node.Tag, node.Style = "", 0
	}
}

// oneCharacter adds, takes away or replaces one.
func (m mutator) oneCharacter(text string) string {
	at := m.IntN(len(text) + 1)
	c := string("a0-./:A _[]%\"\\é"[m.IntN(15)])
	switch {
	case m.IntN(3) == 0 || at == len(text):
		return text[:at] + c + text[at:]
	case m.IntN(2) == 0:
		return text[:at] + text[at+1:]
	}
	return text[:at] + c + text[at+1:]
}

// inRange gives values on both sides of what is allowed.
func (m mutator) inRange() string {
	switch m.IntN(6) {
	case 0:
		return fmt.Sprintf("v1.%d.%d", 20+m.IntN(20), m.IntN(5))
	case 1:
		return fmt.Sprintf("%d.%d.0.%d/%d", m.IntN(260), m.IntN(256), m.IntN(256), m.IntN(34))
	case 2:
		return fmt.Sprintf("fd00:%x::/%d", m.IntN(1<<16), m.IntN(130))
	case 3:
		return fmt.Sprintf("192.168.51.%d", m.IntN(256))
	case 4:
		return fmt.Sprint(m.IntN(70000))
	}
	return fmt.Sprintf("api-%d.example:%d", m.IntN(10), []int{2379, 6443, 8443, 10250, 65536}[m.IntN(5)])
}

// tricky are texts that are right in some place and wrong in most.
var tricky = []string{
	"0.0.0.0", "127.0.0.1", "224.0.0.1", "10.0.0.1/33", "10.0.0.300", "192.168.51.81", "192.168.51.81/24", "::", "::1", "ff02::1", "fd00::1/129", "::ffff:10.0.0.1",
	"fe80::1%eth0", "2001:db8::1/64", "10.244.0.0/29", "10.0.0.0/7", "fd00::/47", "169.254.0.1",
	"fd00::1:6443", "k8s-vip:6443", "10.0.0.9:6443", "[fd00::1]:6443", "[k8s-vip]:6443", "k8s-vip", "k8s-vip:0", "K8S:6443", "https://a:2379", "http://10.0.0.5:2379", "ftp://a:1", "https://a:1/x",
	"v1.37", "v1.37.2", "1.36.3", "v1.38.0-rc.1", "v2.0.0", "latest", "v1beta3", "v1", "stable",
	"unix:///run/a.sock", "/run/a.sock", "unix:///run/../a", "unix://", "/etc/a", "/etc/a/", "/", "etc/a", "/a b", "/etc/ü",
	"all", "ALL", "Swap", "a b", "x;reboot", "$(id)", "node-labels", "hostname-override", "secure-port", "node-ip",
	"a=b,c=d", "node-role.kubernetes.io/x=", "disk", "NoSchedule", "noschedule", "Directory", "Pipe",
	"api-1", "9", "1.2.3.4.5", "a_b", "*.a.example", "**.a", "old", "none", "2001-01-01", "true", "~", "6443", "06443", "1e3",
}

func all(node *yaml.Node) []*yaml.Node {
	out := []*yaml.Node{node}
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		out = append(out, all(child)...)
	}
	return out
}

func scalars(node *yaml.Node) []*yaml.Node {
	return slices.DeleteFunc(all(node), func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode })
}

func clone(node *yaml.Node) *yaml.Node {
	out := *node
	out.Content = nil
	for _, child := range node.Content {
		out.Content = append(out.Content, clone(child))
	}
	return &out
}
