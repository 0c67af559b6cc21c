package hostile_test

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/internal/golden"
	"github.com/haplane/haplane/internal/hostile"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/render"
)

// alive reports what of the attacker's text works in an output, once for each
// place and output.
type alive struct {
	t    *testing.T
	seen map[string]bool
	// tried is how many outputs there were.
	tried int
}

func newAlive(t *testing.T) *alive {
	t.Helper()
	return &alive{t: t, seen: map[string]bool{}}
}

func (a *alive) output(place, name, text string) {
	a.tried++
	problem := hostile.Alive(text)
	if problem == "" || a.seen[name+problem[:20]+place] {
		return
	}
	a.seen[name+problem[:20]+place] = true
	a.t.Errorf("%s shows what stands in %s: %s", name, place, problem)
}

const longestError = 32 << 10

func (a *alive) err(place string, err error) {
	if err == nil {
		return
	}
	a.output(place, "an error", err.Error())
	if n := len(err.Error()); n > longestError {
		a.t.Errorf("an error about %s has %d bytes", place, n)
	}
}

func (a *alive) findings(place string, findings []cluster.Finding) {
	for _, f := range findings {
		a.output(place, "a finding", f.String())
	}
}

func (a *alive) plan(place, name string, plan joinplan.Plan, err error) {
	a.err(place, err)
	if err != nil {
		return
	}
	a.findings(place, plan.Warnings)
	a.output(place, name+"'s runbook", string(render.Runbook(plan)))
	a.output(place, name+"'s graph", render.Graph(plan))
}

// plans takes an input through every planner.
func (a *alive) plans(place string, in joinplan.Input) {
	assessment, err := joinplan.Assess(in)
	a.err(place, err)
	a.output(place, "the assessment", string(assessment.Bytes()))
	a.output(place, "the state", string(in.State.Bytes()))
	a.findings(place, assessment.Warnings)
	for name, make := range map[string]func() (joinplan.Plan, error){
		"scaling out": func() (joinplan.Plan, error) { return joinplan.ScaleOut(in) },
		"the reboot":  func() (joinplan.Plan, error) { return joinplan.Reboot(in, in.Spec.Workers[0].Name) },
		"a removal":   func() (joinplan.Plan, error) { return joinplan.Remove(in, in.Spec.ControlPlanes[1].Name) },
	} {
		plan, err := make()
		a.plan(place, name, plan, err)
	}
}

// clusters are captured, each from archives of package convert.
var clusters = map[string][]string{"v1.37": {"v1.37", "cilium"}, "v1.30": {"v1.30", "everything"}}

func captured(t *testing.T, archives []string) convert.Input {
	t.Helper()
	var in convert.Input
	var objects [][]byte
	var parts []txtar.File
	for _, archive := range archives {
		parts = append(parts, golden.Read(t, "../../joinplan/convert/testdata/"+archive+".txtar").Files...)
	}
	for _, part := range parts {
		host, file, isFile := strings.Cut(part.Name, "/")
		switch {
		case part.Name == "spec.yaml":
			spec, err := cluster.Parse(part.Data)
			if err != nil {
				t.Fatal(err)
			}
			in.Spec = spec
		case host == "handed-in":
			in.Files = append(in.Files, convert.File{Path: file, Content: joinplan.NewContent(part.Data)})
		case isFile:
			in.Files = append(in.Files, convert.File{Host: host, Path: path.Join("/", file), Content: joinplan.NewContent(part.Data)})
		default:
			objects = append(objects, part.Data)
		}
	}
	var err error
	if in.Objects, err = cluster.ParseObjects(objects...); err != nil {
		t.Fatal(err)
	}
	return in
}

// taken is all that a conversion knows of the objects, beside their State.
func taken(in convert.Input) []any {
	census, err := convert.TakeCensus(in)
	return []any{census, err}
}

func (a *alive) conversion(place string, in convert.Input) {
	census, err := convert.TakeCensus(in)
	a.err(place, err)
	a.output(place, "the census", census.String())
	plan, err := convert.Plan(in)
	a.plan(place, "the conversion", plan, err)
	var refused *joinplan.RefusedError
	if errors.As(err, &refused) {
		a.output(place, "a refusal", fmt.Sprint(refused))
	}
}

func TestAStringOfAnObjectWorksInNoPlanAndNoReport(t *testing.T) {
	t.Parallel()
	for name, archives := range clusters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, a := captured(t, archives), newAlive(t)
			state, census := cluster.FromObjects(in.Objects), taken(in)
			hostile.Each(&in.Objects, hostile.Texts, func(place string) {
				changed := cluster.FromObjects(in.Objects)
				sameState := reflect.DeepEqual(changed, state)
				if !sameState || !reflect.DeepEqual(taken(in), census) {
					a.conversion(place, in)
				}
				if !sameState {
					a.plans(place, joinplan.Input{Spec: in.Spec, State: changed})
				}
			})
			t.Logf("%d outputs", a.tried)
		})
	}
}

func TestAStringOfAFileWorksInNoPlanAndNoReport(t *testing.T) {
	t.Parallel()
	for name, archives := range clusters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, a := captured(t, archives), newAlive(t)
			for i, file := range in.Files {
				text := string(file.Content.Reveal())
				hostile.Each(&text, hostile.Texts, func(place string) {
					in.Files[i].Content = joinplan.NewContent([]byte(text))
					a.conversion(file.Host+file.Path+place, in)
				})
				in.Files[i] = file
			}
			t.Logf("%d outputs", a.tried)
		})
	}
}
