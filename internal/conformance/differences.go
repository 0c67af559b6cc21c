package conformance

import (
	"strings"
)

// A Difference is one place where the library judges otherwise than kubeadm,
// and means to.
type Difference struct {
	// Field is the end of the path of the field that it is about, such as
	// ".networking.podSubnet". Items of a list have the path of the list and
	// "[]". The text of a file as a whole is the field "(text)", and what was
	// done to it is its value.
	Field string

	// Holds tells for which values of the field.
	Holds func(value any) bool

	// Accepted is true where kubeadm accepts what the library refuses.
	Accepted bool

	// Repaired is a value on which both agree; nil takes the field away. Where
	// a disagreement is left after the repair, this was not its reason.
	Repaired any

	// Concerns tells for which releases; nil is for all.
	Concerns func(Kubeadm) bool

	// Reason is why the library judges otherwise.
	Reason string
}

func (d Difference) name() string { return d.Field + ": " + d.Reason }

func (d Difference) concerns(k Kubeadm) bool { return d.Concerns == nil || d.Concerns(k) }

// repair gives the file with all values replaced for which the difference
// holds, and whether there was one.
func (d Difference) repair(c config) (config, bool) {
	if d.Field == textField {
		if c.edit.name != "" && d.Holds(c.edit.name) {
			c.edit = edit{}
			return c, true
		}
		return c, false
	}
	found := false
	repaired := c
	repaired.documents = nil
	for _, document := range c.documents {
		document := clone(document).(object)
		kind, _ := document["kind"].(string)
		visit(kind, document, func(path string, value any) (any, bool) {
			if strings.HasSuffix(path, d.Field) && d.Holds(value) {
				found = true
				return clone(d.Repaired), true
			}
			return nil, false
		})
		repaired.documents = append(repaired.documents, document)
	}
	return repaired, found
}

// textField stands for the text of a file as a whole.
const textField = "(text)"

// visit calls replace for each value below o with its path; where replace says
// so the value is replaced, or taken away where the new one is nil.
func visit(path string, o object, replace func(path string, value any) (any, bool)) {
	for name, value := range o {
		at := path + "." + name
		if n, ok := replace(at, value); ok {
			if o[name] = n; n == nil {
				delete(o, name)
			}
			continue
		}
		switch v := value.(type) {
		case object:
			visit(at, v, replace)
		case list:
			o[name] = visitItems(at+"[]", v, replace)
		}
	}
}

func visitItems(path string, items list, replace func(path string, value any) (any, bool)) list {
	kept := list{}
	for _, item := range items {
		if n, ok := replace(path, item); ok {
			if n != nil {
				kept = append(kept, n)
			}
			continue
		}
		if inner, ok := item.(object); ok {
			visit(path, inner, replace)
		}
		kept = append(kept, item)
	}
	return kept
}
