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

// planDoc is a plan as programs read it. Its field names are stable within the
// apiVersion.
type planDoc struct {
	APIVersion  string            `json:"apiVersion"`
	Kind        string            `json:"kind"`
	Title       string            `json:"title"`
	Fingerprint string            `json:"fingerprint"`
	Deadlines   deadlinesDoc      `json:"deadlines,omitzero"`
	Warnings    []cluster.Finding `json:"warnings,omitempty"`
	Stages      []stageDoc        `json:"stages,omitempty"`
	HostsBlocks []blockDoc        `json:"hostsBlocks,omitempty"`
	Steps       []stepDoc         `json:"steps"`
	LeftOut     []string          `json:"leftOut,omitempty"`
	Spec        cluster.Spec      `json:"spec"`
}

// deadlinesDoc says when the credentials in the plan's files stop working.
type deadlinesDoc struct {
	Token          time.Time `json:"token,omitzero"`
	CertificateKey time.Time `json:"certificateKey,omitzero"`
}

type stageDoc struct {
	Stage   `json:",inline"`
	MayFail int `json:"mayFail"`
}

// blockDoc is a block that many steps set, so that it stands once.
type blockDoc struct {
	File    string `json:"file"`
	Name    string `json:"name"`
	Content string `json:"content"`
}

type stepDoc struct {
	ID            string      `json:"id"`
	Title         string      `json:"title"`
	Host          string      `json:"host"`
	Why           string      `json:"why,omitempty"`
	Needs         []string    `json:"needs,omitempty"`
	Preconditions []string    `json:"preconditions,omitempty"`
	Awaits        string      `json:"awaits,omitempty"`
	Actions       []actionDoc `json:"actions,omitempty"`
	Checks        []checkDoc  `json:"checks,omitempty"`
	Undo          []actionDoc `json:"undo,omitempty"`
}

type actionDoc struct {
	Kind              string              `json:"kind"`
	Path              string              `json:"path,omitempty"`
	Mode              string              `json:"mode,omitempty"`
	File              string              `json:"file,omitempty"`
	FromHost          string              `json:"fromHost,omitempty"`
	FromPath          string              `json:"fromPath,omitempty"`
	Edit              *editDoc            `json:"edit,omitempty"`
	Secret            bool                `json:"secret,omitempty"`
	Content           *string             `json:"content,omitempty"`
	ContentBase64     string              `json:"contentBase64,omitempty"`
	Command           *kubeadmcmd.Command `json:"command,omitempty"`
	PrintsCredentials bool                `json:"printsCredentials,omitempty"`
}

type editDoc struct {
	Kind   string          `json:"kind"`
	Says   string          `json:"says"`
	Values json.RawMessage `json:"values,omitempty"`
}

type checkDoc struct {
	Host      string               `json:"host"`
	Expect    string               `json:"expect"`
	Kind      CheckKind            `json:"kind"`
	Want      []string             `json:"want,omitempty"`
	Commands  []kubeadmcmd.Command `json:"commands"`
	ForPeople []kubeadmcmd.Command `json:"forPeople,omitempty"`
}

// MarshalJSON gives the plan for programs, in any language: every step with its
// needs, its actions and checks, each with its kind. What is secret says
// "[redacted]": a file's own text stands in the bundle, under the action's file.
//
//	{"apiVersion": "haplane.github.io/v1alpha1", "kind": "Plan", "title": ..., "fingerprint": "sha256:...",
//	 "deadlines": {"token": "2026-05-02T12:00:00Z", "certificateKey": "2026-05-01T14:00:00Z"},
//	 "hostsBlocks": [{"file": "hosts", "name": "kubernetes", "content": "# BEGIN ..."}],
//	 "steps": [{"id": "join/cp-2", "host": "cp-2", "needs": ["hosts/cp-2", ...],
//	   "actions": [{"kind": "writeFile", "path": "/etc/...", "mode": "0600", "file": "cp-2/etc/...", "secret": true, "content": "[redacted]"},
//	               {"kind": "run", "command": ["kubeadm", "join", ...]}],
//	   "checks": [{"host": "cp-1", "kind": "registered", "want": ["cp-2"], "commands": [["kubectl", ...]]}]}], ...}
//
// The kinds of actions are setHostsBlock, editFile, copyFile, writeFile and run;
// a file is a path in [Plan.Bundle], a mode octal text, a command a list of
// words. The kind of an edit is the name of its type, and its values are those
// of the type. Content that is no text stands as contentBase64.
//
// There is no way back to a Plan: without its secrets it could not be carried
// out. In Go make the plan again from the same description and state, which
// gives the same steps, and read the [Progress].
func (p Plan) MarshalJSON() ([]byte, error) { return json.Marshal(p.doc()) }

// JSON is the plan as [Plan.MarshalJSON] gives it, indented for people and with
// a final newline.
func (p Plan) JSON() []byte {
	// A planDoc is made of types that always marshal.
	text, _ := json.MarshalIndent(p.doc(), "", "  ")
	return append(text, '\n')
}

// YAML is the same as [Plan.JSON] in YAML, the fields of each object sorted by
// their names.
func (p Plan) YAML() []byte {
	text, _ := yaml.Marshal(p.doc())
	return text
}

func (p Plan) doc() planDoc {
	doc := planDoc{
		APIVersion:  cluster.APIVersion,
		Kind:        PlanKind,
		Title:       p.Title,
		Fingerprint: p.Fingerprint(),
		Deadlines:   deadlinesDoc{writable(p.Credentials.TokenExpires), writable(p.Credentials.CertificateKeyExpires)},
		Steps:       make([]stepDoc, 0, len(p.Steps)),
		LeftOut:     p.LeftOut,
		Spec:        p.Spec,
	}
	doc.Warnings = p.Warnings
	for _, s := range p.Stages {
		doc.Stages = append(doc.Stages, stageDoc{s, s.MayFail()})
	}
	blocks := p.hostsBlocks()
	for _, file := range blocks.files {
		doc.HostsBlocks = append(doc.HostsBlocks, blockDoc{file.name, file.block.Name, string(file.block.Bytes())})
	}
	for _, step := range p.Steps {
		doc.Steps = append(doc.Steps, step.doc(blocks))
	}
	return doc
}

func (s Step) doc(blocks *blockFiles) stepDoc {
	doc := stepDoc{
		ID: s.ID, Title: s.Title, Host: s.Host, Why: s.Why, Needs: s.Needs,
		Preconditions: s.Preconditions, Awaits: s.Awaits,
	}
	for _, action := range s.Actions {
		doc.Actions = append(doc.Actions, actionOf(action, s.Host, blocks))
	}
	for _, check := range s.Checks {
		doc.Checks = append(doc.Checks, check.doc())
	}
	for _, action := range s.Undo {
		undo := actionOf(action, s.Host, blocks)
		undo.File = "" // the bundle has the files of actions
		doc.Undo = append(doc.Undo, undo)
	}
	return doc
}

func (c Check) doc() checkDoc {
	return checkDoc{Host: c.Host, Expect: c.Expect, Kind: c.Kind, Want: c.Want, Commands: c.Commands, ForPeople: c.ForPeople}
}

func actionOf(action Action, host string, blocks *blockFiles) actionDoc {
	switch a := action.(type) {
	case SetHostsBlock:
		return actionDoc{Kind: "setHostsBlock", Path: a.Path(), File: blocks.fileOf(a.Block)}
	case EditFile:
		return actionDoc{Kind: "editFile", Path: a.Path, Edit: editOf(a.Edit)}
	case CopyFile:
		return actionDoc{Kind: "copyFile", Path: a.Path, Mode: octal(a.Mode), FromHost: a.FromHost, FromPath: a.FromPath}
	case WriteFile:
		doc := actionDoc{Kind: "writeFile", Path: a.Path, Mode: octal(a.Mode), File: path.Join(host, a.Path), Secret: a.Content.IsSecret()}
		doc.setContent(a.Content)
		return doc
	case Run:
		return actionDoc{Kind: "run", Command: &a.Command, Secret: a.Command.HasSecret(), PrintsCredentials: a.PrintsCredentials}
	}
	return actionDoc{Kind: fmt.Sprintf("%T", action)}
}

func (d *actionDoc) setContent(content Content) {
	text := content.String()
	if !utf8.ValidString(text) {
		d.ContentBase64 = base64.StdEncoding.EncodeToString([]byte(text))
		return
	}
	d.Content = &text
}

func editOf(edit Edit) *editDoc {
	if edit == nil {
		return nil
	}
	doc := &editDoc{Kind: kindOf(edit), Says: edit.String()}
	if values, err := json.Marshal(edit); err == nil {
		doc.Values = values
	}
	return doc
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
