package strictyaml_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/internal/strictyaml"
)

type inner struct {
	Port   uint16            `json:"port"`
	On     bool              `json:"on"`
	Labels map[string]string `json:"labels"`
	Hidden []byte            `json:"hidden"`
}

type outer struct {
	inner `json:",inline"`
	Name  string  `json:"name"`
	More  []inner `json:"more"`
	Maybe *inner  `json:"maybe"`
}

var noBytes = strictyaml.Scalars{reflect.TypeFor[[]byte](): nil}

func decode(text string) (outer, []string) {
	var out outer
	_, errs := strictyaml.Decode([]byte(text), &out, noBytes)
	var messages []string
	for _, e := range errs {
		messages = append(messages, e.Path+": "+e.Msg)
	}
	return out, messages
}

func TestReadsEveryKindOfValue(t *testing.T) {
	t.Parallel()
	got, errs := decode(`
name: "5"
port: 0x192b
on: true
labels: {a: b, c: , "1": "2"}
more: [{port: 1}, ~]
maybe: {on: True}
`)
	want := outer{Name: "5", inner: inner{Port: 6443, On: true, Labels: map[string]string{"a": "b", "c": "", "1": "2"}}, More: []inner{{Port: 1}, {}}, Maybe: &inner{On: true}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(outer{})); diff != "" || errs != nil {
		t.Errorf("%v\n%s", errs, diff)
	}
}

func TestNamesWhatIsOfAnotherType(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"port: 6443.7":                "port: must be a port, 1 to 65535, not the number 6443.7",
		"port: 70000":                 "port: must be a port, 1 to 65535, not the number 70000",
		"port: -1":                    "port: must be a port, 1 to 65535, not the number -1",
		"port: '1'":                   `port: must be a port, 1 to 65535, not "1"`,
		"on: yes":                     `on: must be true or false, not "yes"`,
		"on: 1":                       "on: must be true or false, not the number 1",
		"name: 5":                     "name: must be a string, not the number 5; put it in quotes",
		"name: 2001-01-01":            "name: must be a string, not the date 2001-01-01; put it in quotes",
		"name: [a]":                   "name: must be a string, not a list",
		"labels: [a]":                 "labels: must be a mapping of names to texts, not a list",
		"labels: {a: 5}":              "labels[a]: must be a string, not the number 5; put it in quotes",
		"labels: {a: b, a: c}":        "labels[a]: this is given twice, first in line 1",
		"hidden: aGk=":                "hidden: unknown field",
		"more: [{Port: 1}]":           "more[0].Port: unknown field; did you mean port?",
		"label: {a: b}":               "label: unknown field; did you mean labels?",
		"maybes: {on: true}":          "maybes: unknown field; did you mean maybe?",
		"naem: a":                     "naem: unknown field; did you mean name?",
		"lables: {a: b}":              "lables: unknown field; did you mean labels?",
		"colour: blue":                "colour: unknown field",
		"maybe: 5":                    "maybe: must be a mapping of fields, not the number 5",
		"name: a\nname: b":            "name: this field is given twice, first in line 1",
		"labels: {a: &x b, c: *x}":    "labels[a]: anchors and aliases are not read; write the value out",
		"name: a\n---\nname: b":       ": a second document begins here; give one document only",
		strings.Repeat(" ", 16<<20+1): ": the text has 16777217 bytes; at most 16777216 are read",
	} {
		_, errs := decode(text)
		if len(errs) == 0 || errs[0] != want {
			t.Errorf("%.40q: got %q, want %q", text, errs, want)
		}
	}
}
