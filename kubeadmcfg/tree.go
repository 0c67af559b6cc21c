package kubeadmcfg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// An object is a JSON object that keeps the order of its members. Lists are
// []any, scalars are what encoding/json makes of them.
type object []member

type member struct {
	name  string
	value any
}

// ordered gives a value's JSON form with the order of its members kept. All
// types that occur here marshal; what does not is written as nothing.
func ordered(v any) any {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil
	}
	decoder := json.NewDecoder(&text)
	decoder.UseNumber()
	return readValue(decoder)
}

func readValue(d *json.Decoder) any {
	token, err := d.Token()
	if err != nil {
		return nil
	}
	switch token {
	case json.Delim('{'):
		members := object{}
		for d.More() {
			name, _ := d.Token()
			members = append(members, member{fmt.Sprint(name), readValue(d)})
		}
		_, _ = d.Token()
		return members
	case json.Delim('['):
		items := []any{}
		for d.More() {
			items = append(items, readValue(d))
		}
		_, _ = d.Token()
		return items
	}
	return token
}

// insert puts a value at a path where nothing stands yet, making the objects on
// the way. A path into a list that is too short is left out.
func insert(at any, path []string, value any) any {
	if len(path) == 0 {
		if at == nil {
			return value
		}
		return at
	}
	if items, ok := at.([]any); ok {
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(items) {
			items[i] = insert(items[i], path[1:], value)
		}
		return items
	}
	members, ok := at.(object)
	if !ok && at != nil {
		return at
	}
	i := slices.IndexFunc(members, func(m member) bool { return m.name == path[0] })
	if i < 0 {
		return append(members, member{path[0], insert(nil, path[1:], value)})
	}
	members[i].value = insert(members[i].value, path[1:], value)
	return members
}
