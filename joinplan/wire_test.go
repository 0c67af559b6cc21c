package joinplan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"sigs.k8s.io/yaml"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/joinplan/render"
)

func TestAPlanForPrograms(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.ControlPlanes, spec.Workers, spec.LoadBalancers = spec.ControlPlanes[:2], nil, nil
	credentials := someCredentials(spec)
	credentials.TokenExpires, credentials.CertificateKeyExpires = now.Add(kubeadmcmd.TokenTTL), now.Add(kubeadmcmd.CertificateKeyTTL)
	plan := create(t, spec, joinplan.Input{Credentials: credentials, Now: now})
	golden.Check(t, "testdata/plan-json.txtar", txtar.File{Name: "plan.json", Data: plan.JSON()})
}

// wireAction is what another program reads of an action.
type wireAction struct {
	Kind, Path, Mode, File, FromHost, FromPath string
	Edit                                       struct {
		Kind, Says string
		Values     map[string]any
	}
	Secret            bool
	Content           string
	ContentBase64     string
	Command           []string
	PrintsCredentials bool
}

func TestEveryActionSaysItsKindToPrograms(t *testing.T) {
	t.Parallel()
	block, err := joinplan.HostsBlock(lab(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		action joinplan.Action
		want   wireAction
	}{
		"a block of the hosts file": {joinplan.SetHostsBlock{Block: block, File: "hosts"}, wireAction{Kind: "setHostsBlock", Path: "/etc/hosts", File: "hosts"}},
		"a copy":                    {joinplan.CopyFile{FromHost: "cp-1", FromPath: "/a", Path: "/b", Mode: 0o644}, wireAction{Kind: "copyFile", FromHost: "cp-1", FromPath: "/a", Path: "/b", Mode: "0644"}},
		"a file":                    {joinplan.WriteFile{Path: "/a", Mode: 0o600, Content: joinplan.NewContent([]byte("text\n"))}, wireAction{Kind: "writeFile", Path: "/a", Mode: "0600", File: "h/a", Content: "text\n"}},
		"a secret file":             {joinplan.WriteFile{Path: "/a", Mode: 0o600, Content: joinplan.NewSecretContent([]byte("hush"))}, wireAction{Kind: "writeFile", Path: "/a", Mode: "0600", File: "h/a", Secret: true, Content: "[redacted]"}},
		"a file that is no text":    {joinplan.WriteFile{Path: "/a", Mode: 0o600, Content: joinplan.NewContent([]byte{0xff, 0})}, wireAction{Kind: "writeFile", Path: "/a", Mode: "0600", File: "h/a", ContentBase64: "/wA="}},
		"a command":                 {joinplan.Run{Command: kubeadmcmd.NewCommand("a", "b c"), PrintsCredentials: true}, wireAction{Kind: "run", Command: []string{"a", "b c"}, PrintsCredentials: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := joinplan.Plan{Steps: []joinplan.Step{{ID: id("a/h"), Host: "h", Actions: []joinplan.Action{tc.action}}}}
			if diff := cmp.Diff(tc.want, onlyAction(t, plan)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func onlyAction(t *testing.T, plan joinplan.Plan) wireAction {
	t.Helper()
	var doc struct {
		Steps []struct{ Actions []wireAction }
	}
	if err := json.Unmarshal(plan.JSON(), &doc); err != nil || len(doc.Steps) != 1 || len(doc.Steps[0].Actions) != 1 {
		t.Fatalf("%v\n%s", err, plan.JSON())
	}
	return doc.Steps[0].Actions[0]
}

// appendLine is an edit of somebody else's.
type appendLine struct {
	Line string `json:"line"`
}

func (e *appendLine) String() string                   { return "append " + e.Line }
func (e *appendLine) Apply(old []byte) ([]byte, error) { return append(old, e.Line...), nil }
func (e badEdit) String() string                       { return "do what cannot be written" }
func (e badEdit) Apply(old []byte) ([]byte, error)     { return old, nil }

type badEdit struct{ F func() }

func TestAnEditSaysItsKindAndItsValues(t *testing.T) {
	t.Parallel()
	plan := joinplan.Plan{Steps: []joinplan.Step{{Host: "h", Actions: []joinplan.Action{joinplan.EditFile{Path: "/a", Edit: &appendLine{"x"}}}}}}
	got := onlyAction(t, plan)
	want := wireAction{Kind: "editFile", Path: "/a"}
	want.Edit.Kind, want.Edit.Says, want.Edit.Values = "appendLine", "append x", map[string]any{"line": "x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	plan.Steps[0].Actions[0] = joinplan.EditFile{Path: "/a", Edit: badEdit{}}
	if got := onlyAction(t, plan).Edit; got.Kind != "badEdit" || got.Says == "" || got.Values != nil {
		t.Errorf("%+v", got)
	}
	plan.Steps[0].Actions[0] = joinplan.EditFile{Path: "/a"}
	if got := onlyAction(t, plan); got.Kind != "editFile" || got.Edit.Kind != "" {
		t.Errorf("%+v", got)
	}
}

func TestAPlanForProgramsHoldsNoSecretAndSaysTheSameInYAML(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		spec := randomSpec(seed)
		plan := create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now})
		marshalled, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, plan.JSON()); err != nil || !bytes.Equal(compact.Bytes(), marshalled) {
			t.Errorf("seed %d: json.Marshal says something else than JSON: %v", seed, err)
		}
		fromYAML, err := yaml.YAMLToJSON(plan.YAML())
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if err := json.Unmarshal(marshalled, &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(fromYAML, &b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("seed %d: JSON and YAML differ:\n%s", seed, diff)
		}
		for _, secret := range []string{someCredentials(spec).Token.Reveal(), someCredentials(spec).CertificateKey.Reveal()} {
			if bytes.Contains(marshalled, []byte(secret)) {
				t.Errorf("seed %d: a secret is in the plan for programs", seed)
			}
		}
	}
}

// A file that a program takes from the bundle must be there, with what the step
// writes.
func TestTheFilesThatActionsNameAreInTheBundle(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	plan := create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now})
	bundle := map[string]string{}
	for file := range render.Bundle(plan) {
		bundle[file.Path] = string(file.Content.Reveal())
	}
	var doc struct {
		HostsBlocks []struct{ File, Content string }
		Steps       []struct{ Actions []wireAction }
	}
	if err := json.Unmarshal(plan.JSON(), &doc); err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, step := range doc.Steps {
		for _, action := range step.Actions {
			if action.File == "" {
				continue
			}
			named++
			if text, there := bundle[action.File]; !there || action.Content != "" && !action.Secret && text != action.Content {
				t.Errorf("%s is not in the bundle as it is in the plan", action.File)
			}
		}
	}
	if named < 8 || len(doc.HostsBlocks) != 1 || bundle[doc.HostsBlocks[0].File] != doc.HostsBlocks[0].Content {
		t.Errorf("%d files are named, and %v", named, doc.HostsBlocks)
	}
}

// A file of the bundle can only be one: two steps may write it, but not in two
// ways.
func TestNoFileOfTheBundleIsTwoFiles(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		spec := randomSpec(seed)
		first := func(name string) bool { return name == spec.ControlPlanes[0].Name }
		grown, err := joinplan.ScaleOut(given(spec, observed(spec, first)))
		if err != nil {
			t.Fatal(err)
		}
		rebuilt, err := joinplan.Rebuild(joinplan.Input{Spec: spec, Credentials: someCredentials(spec), Now: now})
		if err != nil {
			t.Fatal(err)
		}
		for _, plan := range []joinplan.Plan{grown, rebuilt} {
			bundle := map[string]joinplan.WriteFile{}
			for file := range render.Bundle(plan) {
				if other, there := bundle[file.Path]; there && (!other.Content.Equal(file.Content) || other.Mode != file.Mode) {
					t.Errorf("seed %d: %s: %s is two files", seed, plan.Title, file.Path)
				}
				bundle[file.Path] = file
			}
		}
	}
}

func TestBlocksThatDifferHaveFilesOfTheirOwn(t *testing.T) {
	t.Parallel()
	block, err := joinplan.HostsBlock(lab(t))
	if err != nil {
		t.Fatal(err)
	}
	other := block
	other.Entries = other.Entries[:1]
	var plan joinplan.Plan
	for i, b := range []joinplan.SetHostsBlock{{Block: block}, {Block: other}, {Block: block}} {
		plan.Steps = append(plan.Steps, joinplan.Step{ID: joinplan.KindHosts.Step(fmt.Sprint(i)), Actions: []joinplan.Action{b}})
	}
	if plan, err = joinplan.Finish(plan); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for file := range render.Bundle(plan) {
		paths = append(paths, file.Path)
	}
	if got := strings.Join(paths, " "); got != "plan.md hosts hosts-2" {
		t.Error(got)
	}
}

func TestAPlanForProgramsIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	spec := randomSpec(3)
	known := joinplan.Input{Credentials: someCredentials(spec), Now: now}
	if first := create(t, spec, known); !bytes.Equal(first.JSON(), create(t, spec, known).JSON()) || !bytes.Equal(first.YAML(), create(t, spec, known).YAML()) {
		t.Error("the same plan is written in two ways")
	}
}
