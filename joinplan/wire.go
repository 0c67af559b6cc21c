package joinplan

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// PlanKind and ProgressKind are the kinds that head a plan and a progress in
// JSON and YAML; their apiVersion is [cluster.APIVersion].
const (
	PlanKind     = "Plan"
	ProgressKind = "Progress"
)

// MarshalJSON returns the plan for programs, in any language: every step with its
// needs, its actions and checks, each with its kind. What is secret says
// "[redacted]": a file's own text stands in the bundle, under the action's file.
//
//	{"apiVersion": "haplane.github.io/v1alpha1", "kind": "Plan", "fingerprint": "sha256:...", "title": ...,
//	 "deadlines": {"token": "2026-05-02T12:00:00Z", "certificateKey": "2026-05-01T14:00:00Z"},
//	 "hostsBlocks": [{"file": "hosts", "name": "kubernetes", "content": "# BEGIN ..."}],
//	 "steps": [{"id": "join/cp-2", "host": "cp-2", "needs": ["hosts/cp-2", ...],
//	   "actions": [{"kind": "writeFile", "path": "/etc/...", "mode": "0600", "file": "cp-2/etc/...", "secret": true, "content": "[redacted]"},
//	               {"kind": "run", "command": ["kubeadm", "join", ...], "once": true}],
//	   "checks": [{"host": "cp-1", "kind": "registered", "want": ["cp-2"], "commands": [["kubectl", ...]]}],
//	   "effects": [{"kind": "control-plane-joins", "subject": "cp-2"}]}], ...}
//
// The kinds of actions are setHostsBlock, editFile, copyFile, writeFile and run;
// a file is a path in the plan's bundle, a mode octal text, a command a list of
// words. The kind of an edit is the name of its type, and its values are those
// of the type. Content that is no text stands as contentBase64.
//
// There is no way back to a Plan: without its secrets it could not be carried
// out. In Go make the plan again from the same input, which gives the same steps,
// and read the [Progress].
func (p Plan) MarshalJSON() ([]byte, error) {
	type plan Plan // without this method
	type block struct {
		File    string `json:"file"`
		Name    string `json:"name"`
		Content string `json:"content"`
		// Names that the block had before, and that no line outside it keeps.
		Former []string `json:"former,omitempty"`
	}
	doc := struct {
		APIVersion  string `json:"apiVersion"`
		Kind        string `json:"kind"`
		Fingerprint string `json:"fingerprint"`
		Deadlines   struct {
			Token          time.Time `json:"token,omitzero"`
			CertificateKey time.Time `json:"certificateKey,omitzero"`
		} `json:"deadlines,omitzero"`
		Stages      []Stage `json:"stages,omitempty"`
		HostsBlocks []block `json:"hostsBlocks,omitempty"`
		plan
	}{APIVersion: cluster.APIVersion, Kind: PlanKind, Fingerprint: p.Fingerprint(), Stages: p.Stages(), plan: plan(p)}
	doc.Deadlines.Token = writable(p.Credentials.TokenExpires)
	doc.Deadlines.CertificateKey = writable(p.Credentials.CertificateKeyExpires)
	for _, set := range p.HostsBlocks() {
		doc.HostsBlocks = append(doc.HostsBlocks, block{set.File, set.Block.Name, string(set.Block.Bytes()), set.Block.Former})
	}
	if doc.Steps == nil {
		doc.Steps = []Step{}
	}
	return json.Marshal(doc)
}

// JSON returns the plan as [Plan.MarshalJSON] does, indented for people and with
// a final newline.
func (p Plan) JSON() []byte {
	// A plan is made of types that always marshal.
	text, _ := json.MarshalIndent(p, "", "  ")
	return append(text, '\n')
}

// YAML returns the same as [Plan.JSON] in YAML, the fields of each object sorted
// by their names.
func (p Plan) YAML() []byte {
	text, _ := yaml.Marshal(p)
	return text
}

// MarshalJSON returns the step with its actions, each with its kind.
func (s Step) MarshalJSON() ([]byte, error) {
	type step Step // without this method
	file := func(name string) string { return path.Join(s.Host, name) }
	outside := func(string) string { return "" } // the bundle has the files of actions
	return json.Marshal(struct {
		step
		Actions []any `json:"actions,omitempty"`
		Finally []any `json:"finally,omitempty"`
		Recover []any `json:"recover,omitempty"`
		Undo    []any `json:"undo,omitempty"`
	}{step(s), wire(s.Actions, file), wire(s.Finally, outside), wire(s.Recover, outside), wire(s.Undo, outside)})
}

// wire gives actions as programs read them.
func wire(actions []Action, file func(path string) string) []any {
	var out []any
	for _, action := range actions {
		out = append(out, wireAction(action, file))
	}
	return out
}

func wireAction(action Action, file func(path string) string) any {
	type kind struct {
		Kind string `json:"kind"`
	}
	type place struct {
		Path string `json:"path"`
		Mode string `json:"mode,omitempty"`
		File string `json:"file,omitempty"`
	}
	switch a := action.(type) {
	case SetHostsBlock:
		return struct {
			kind
			place
		}{kind{"setHostsBlock"}, place{Path: a.Path(), File: a.File}}
	case EditFile:
		return struct {
			kind
			place
			Edit any `json:"edit,omitempty"`
		}{kind{"editFile"}, place{Path: a.Path}, wireEdit(a.Edit)}
	case CopyFile:
		return struct {
			kind
			place
			FromHost string `json:"fromHost"`
			FromPath string `json:"fromPath"`
		}{kind{"copyFile"}, place{Path: a.Path, Mode: octal(a.Mode)}, a.FromHost, a.FromPath}
	case WriteFile:
		text, base64 := a.Content.wire()
		return struct {
			kind
			place
			Secret        bool    `json:"secret,omitempty"`
			Content       *string `json:"content,omitempty"`
			ContentBase64 string  `json:"contentBase64,omitempty"`
		}{kind{"writeFile"}, place{a.Path, octal(a.Mode), file(a.Path)}, a.Content.IsSecret(), text, base64}
	case Run:
		return struct {
			kind
			Secret            bool               `json:"secret,omitempty"`
			Command           kubeadmcmd.Command `json:"command"`
			PrintsCredentials bool               `json:"printsCredentials,omitempty"`
			Once              bool               `json:"once,omitempty"`
			Reboots           bool               `json:"reboots,omitempty"`
		}{kind{"run"}, a.Command.HasSecret(), a.Command, a.PrintsCredentials, a.Once, a.Reboots}
	}
	return kind{fmt.Sprintf("%T", action)}
}

// wire gives the content as text, or in base64 where it is none.
func (c Content) wire() (text *string, inBase64 string) {
	shown := c.String()
	if !utf8.ValidString(shown) {
		return nil, base64.StdEncoding.EncodeToString([]byte(shown))
	}
	return &shown, ""
}

func wireEdit(edit Edit) any {
	if edit == nil {
		return nil
	}
	values, err := json.Marshal(edit)
	if err != nil {
		values = nil
	}
	return struct {
		Kind   string          `json:"kind"`
		Says   string          `json:"says"`
		Values json.RawMessage `json:"values,omitempty"`
	}{kindOf(edit), edit.String(), values}
}

// kindOf is the name of a value's type: SetServer gives setServer.
func kindOf(value any) string {
	t := reflect.TypeOf(value)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	first, size := utf8.DecodeRuneInString(t.Name())
	return string(unicode.ToLower(first)) + strings.TrimPrefix(t.Name(), t.Name()[:size])
}

func octal(mode fs.FileMode) string { return fmt.Sprintf("%04o", mode.Perm()) }
