package kubeadmcfg

import (
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
)

// maxNodes is how many nodes a document may have once its aliases are
// expanded.
const maxNodes = 200_000

var errAliases = errors.New("the document's YAML aliases expand to too much, or refer to themselves")

// node gives the document's syntax tree, or nil where it has none. Tabs, which
// JSON allows and YAML does not, count as one column.
func (c chunk) node() (*yamlv3.Node, error) {
	text := c.text
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		text = strings.ReplaceAll(text, "\t", " ")
	}
	var document yamlv3.Node
	if err := yamlv3.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return nil, errors.New("the document is empty")
	}
	return document.Content[0], nil
}

// itemLines gives the lines on which the n items of a List start, or the List
// itself where they cannot be found.
func (c chunk) itemLines(n int) []int {
	lines := slices.Repeat([]int{c.line}, n)
	root, err := c.node()
	if err != nil {
		return lines
	}
	items := lookUp(root, []string{"items"})
	for i, item := range items.Content[:min(n, len(items.Content))] {
		lines[i], _ = c.position(item.Line, 1)
	}
	return lines
}

// checkAliases refuses documents that expand beyond measure. Without an anchor
// there is nothing to check.
func (c chunk) checkAliases() error {
	if !strings.Contains(c.text, "&") {
		return nil
	}
	root, err := c.node() // the decoder reports what is wrong with it
	if err == nil && expanded(root, map[*yamlv3.Node]int{}) > maxNodes {
		return errAliases
	}
	return nil
}

// expanded counts the nodes with aliases expanded, up to a little more than
// maxNodes. A node that is being counted counts as too much: it contains itself.
func expanded(n *yamlv3.Node, counts map[*yamlv3.Node]int) int {
	if n == nil {
		return 0
	}
	if count, ok := counts[n]; ok {
		return count
	}
	counts[n] = maxNodes + 1
	count := 1 + expanded(n.Alias, counts)
	for _, child := range n.Content {
		count = min(count+expanded(child, counts), maxNodes+1)
	}
	counts[n] = count
	return count
}

// pairs gives the keys and values of a mapping.
func pairs(n *yamlv3.Node) iter.Seq2[*yamlv3.Node, *yamlv3.Node] {
	return func(yield func(key, value *yamlv3.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// lookUp follows a path as far as it leads.
func lookUp(n *yamlv3.Node, path []string) *yamlv3.Node {
	if n.Kind == yamlv3.AliasNode {
		n = n.Alias
	}
	if len(path) == 0 {
		return n
	}
	if i, err := strconv.Atoi(path[0]); err == nil && n.Kind == yamlv3.SequenceNode && i < len(n.Content) {
		return lookUp(n.Content[i], path[1:])
	}
	for key, value := range pairs(n) {
		if key.Value == path[0] && n.Kind == yamlv3.MappingNode {
			return lookUp(value, path[1:])
		}
	}
	return n
}
