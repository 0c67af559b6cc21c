package kubeadmcfg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/internal/fieldname"
)

// A Change is one field in which two files differ.
type Change struct {
	// Field is its path, such as
	// "ClusterConfiguration.apiServer.extraArgs[audit-log-path].value". Items of
	// lists that have names go by their names.
	Field string

	// Old and New are the values as YAML writes them; empty for a field that is
	// not set. Secrets are shown as "(secret)".
	Old, New string
}

// String gives "FIELD: OLD -> NEW", "FIELD: set to NEW" or "FIELD: was OLD".
func (c Change) String() string {
	switch {
	case c.Old == "":
		return c.Field + ": set to " + c.New
	case c.New == "":
		return c.Field + ": was " + c.Old + ", is not set"
	}
	return c.Field + ": " + c.Old + " -> " + c.New
}

// Diff gives what changed from one file to another: first the fields that
// changed or went, then those that came, in their order. The files may have
// different API versions: they are compared in the newest one. What a file does
// not set is not filled in; compare the results of [File.WithDefaults] to see
// only what makes a difference to kubeadm.
func Diff(old, new File) []Change {
	before, after := old.settings(), new.settings()
	var changes []Change
	for _, s := range before {
		if value, still := after.find(s.path); !still || value != s.value {
			changes = append(changes, s.change(value))
		}
	}
	for _, s := range after {
		if _, was := before.find(s.path); !was {
			c := s.change("")
			changes = append(changes, Change{Field: c.Field, New: c.Old})
		}
	}
	return changes
}

// A setting is one field that has a value, and the value as YAML writes it. The
// path is as it is, and as it may be shown.
type setting struct{ path, shown, value string }

type settings []setting

func (s settings) find(path string) (string, bool) {
	i := slices.IndexFunc(s, func(s setting) bool { return s.path == path })
	if i < 0 {
		return "", false
	}
	return s[i].value, true
}

// change is the change of a setting to another value.
func (s setting) change(to string) Change {
	from := s.value
	if isSecret(s.path) {
		from, to = redact(from), redact(to)
	}
	return Change{Field: s.shown, Old: from, New: to}
}

func redact(value string) string {
	if value == "" {
		return ""
	}
	return "(secret)"
}

func isSecret(path string) bool {
	name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	return strings.HasSuffix(name, "token") || name == "certificatekey" || name == unreadable
}

// settings lists all fields that are set, in the shape of v1.
func (f File) settings() settings {
	h := f.hub()
	h.placeTimeout()
	var all settings
	for _, d := range h.documents {
		kind := typeMeta(d).Kind
		for _, m := range f.fields(d) {
			if m.name != "apiVersion" && m.name != "kind" {
				all.add(kind+"."+m.name, kind+"."+fieldname.Shown(m.name), m.value)
			}
		}
	}
	return all
}

// unreadable names the one field of an Other that cannot be read.
const unreadable = "(text)"

// fields gives what a document sets.
func (f File) fields(d Document) object {
	other, ok := d.(*Other)
	if !ok {
		return f.tree(d, typeMeta(d).Kind)
	}
	var parsed any
	if err := yaml.Unmarshal([]byte(other.Text), &parsed); err != nil {
		return object{{unreadable, other.Text}}
	}
	fields, _ := ordered(parsed).(object)
	return fields
}

func (s *settings) add(path, shown string, value any) {
	switch v := value.(type) {
	case object:
		for _, m := range v {
			s.add(path+"."+m.name, shown+"."+fieldname.Shown(m.name), m.value)
		}
		if len(v) > 0 {
			return
		}
	case []any:
		for i, key := range keys(v) {
			s.add(path+"["+key+"]", shown+"["+key+"]", v[i])
		}
		if len(v) > 0 {
			return
		}
	}
	*s = append(*s, setting{path, shown, leaf(value)})
}

// keys gives the items of a list names to be told apart by: their own where they
// have any, and their positions otherwise. The second of a name is NAME#2.
func keys(items []any) []string {
	seen := map[string]int{}
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = strconv.Itoa(i)
		members, _ := item.(object)
		if j := slices.IndexFunc(members, func(m member) bool { return m.name == "name" }); j >= 0 {
			name := fmt.Sprint(members[j].value)
			if seen[name]++; seen[name] > 1 {
				name += "#" + strconv.Itoa(seen[name])
			}
			out[i] = name
		}
	}
	return out
}
