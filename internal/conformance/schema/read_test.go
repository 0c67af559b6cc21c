package schema_test

import (
	"encoding/json"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// read gives what an editor checks by a schema: the text as JSON values, with
// aliases resolved. YAML itself refuses a key that is given twice.
func read(text string) (any, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return valueOf(doc.Content[0])
}

func valueOf(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.AliasNode:
		return valueOf(node.Alias)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			value, err := valueOf(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case yaml.MappingNode:
		return mappingOf(node)
	}
	return scalarOf(node), nil
}

func mappingOf(node *yaml.Node) (any, error) {
	out := map[string]any{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if _, double := out[key.Value]; double || key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: the key %q is given twice, or is none", key.Line, key.Value)
		}
		value, err := valueOf(node.Content[i+1])
		if err != nil {
			return nil, err
		}
		out[key.Value] = value
	}
	return out, nil
}

// scalarOf knows what JSON knows: a date is a text.
func scalarOf(node *yaml.Node) any {
	switch node.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if node.Decode(&b) == nil {
			return b
		}
	case "!!int":
		var n int64
		if node.Decode(&n) == nil {
			return json.Number(strconv.FormatInt(n, 10))
		}
	case "!!float":
		var f float64
		if node.Decode(&f) == nil {
			return f
		}
	}
	return node.Value
}
