package joinplan_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/render"
)

var (
	graphBox   = regexp.MustCompile(`^  (s[1-9][0-9]*)\["([^"]*)"\]$`)
	graphArrow = regexp.MustCompile(`^  (s[1-9][0-9]*) --> (s[1-9][0-9]*)$`)
)

// picture is what a Mermaid flowchart of steps says.
type picture struct {
	labels map[string]string   // by box
	boxOf  map[string]string   // by step
	arrows map[string][]string // from each box
}

// readPicture knows the grammar that a graph may use, and nothing else.
func readPicture(t *testing.T, plan joinplan.Plan) picture {
	t.Helper()
	p := picture{map[string]string{}, map[string]string{}, map[string][]string{}}
	lines := strings.Split(strings.TrimSuffix(render.Graph(plan), "\n"), "\n")
	if lines[0] != "flowchart TD" {
		t.Errorf("the picture begins with %q", lines[0])
	}
	for _, line := range lines[1:] {
		if m := graphBox.FindStringSubmatch(line); m != nil {
			p.labels[m[1]] = m[2]
		} else if m := graphArrow.FindStringSubmatch(line); m != nil {
			p.arrows[m[1]] = append(p.arrows[m[1]], m[2])
		} else {
			t.Errorf("a line that is no box and no arrow: %q", line)
		}
	}
	p.findSteps(t, plan)
	return p
}

// findSteps gives each step its box: the one with its ID, or else the one that
// does the same for many machines.
func (p picture) findSteps(t *testing.T, plan joinplan.Plan) {
	t.Helper()
	many := map[string]string{}
	for id, label := range p.labels {
		parts := strings.Split(label, "<br/>")
		if len(parts) == 3 {
			many[strings.Split(parts[0], "/")[0]+parts[1]] = id
			continue
		}
		p.boxOf[parts[0]] = id
	}
	for _, step := range plan.Steps {
		if _, alone := p.boxOf[step.ID.String()]; alone {
			continue
		}
		box, found := many[string(step.ID.Kind)+step.Name()]
		if !found {
			t.Errorf("step %s is not in the picture", step.ID)
		}
		p.boxOf[step.ID.String()] = box
	}
	if len(p.boxOf) != len(plan.Steps) {
		t.Errorf("the picture has %d steps, the plan %d", len(p.boxOf), len(plan.Steps))
	}
}

func (p picture) reaches(from, to string) bool {
	return slices.ContainsFunc(p.arrows[from], func(next string) bool { return next == to || p.reaches(next, to) })
}

func TestThePictureOfTheStepsHasEveryNeedAndNoArrowTooMany(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		plan := create(t, randomSpec(seed), joinplan.Input{})
		p := readPicture(t, plan)
		needed := map[[2]string]bool{}
		for _, step := range plan.Steps {
			for _, need := range step.Needs {
				from, to := p.boxOf[need.String()], p.boxOf[step.ID.String()]
				needed[[2]string{from, to}] = true
				if from != to && !p.reaches(from, to) {
					t.Errorf("seed %d: %s needs %s, and no arrows lead there", seed, step.ID, need)
				}
			}
		}
		for from, arrows := range p.arrows {
			for _, to := range arrows {
				if !needed[[2]string{from, to}] {
					t.Errorf("seed %d: an arrow for no need: %s to %s", seed, p.labels[from], p.labels[to])
				}
				for _, other := range arrows {
					if p.reaches(other, to) {
						t.Errorf("seed %d: an arrow that follows from others: %s to %s", seed, p.labels[from], p.labels[to])
					}
				}
			}
		}
	}
}

func TestThePictureOfAThousandWorkersIsSmall(t *testing.T) {
	t.Parallel()
	plan := create(t, large(1000), joinplan.Input{})
	p := readPicture(t, plan)
	if len(p.labels) > 12 {
		t.Errorf("%d boxes:\n%s", len(p.labels), render.Graph(plan))
	}
	if text := render.Graph(plan); !strings.Contains(text, "1000 steps, side by side") {
		t.Error(text)
	}
}

func TestThePictureOfStepsThatAlternateIsSmall(t *testing.T) {
	t.Parallel()
	var plan joinplan.Plan
	for i := range 20 {
		name := fmt.Sprintf("n%d", i)
		plan.Steps = append(plan.Steps,
			joinplan.Step{ID: id("join/" + name), Title: "Join " + name, Group: "Join"},
			joinplan.Step{ID: id("label/" + name), Title: "Label " + name, Group: "Label", Needs: []joinplan.ID{id("join/" + name)}})
	}
	const want = `flowchart TD
  s1["join/n0 to join/n19<br/>Join<br/>20 steps, side by side"]
  s2["label/n0 to label/n19<br/>Label<br/>20 steps, side by side"]
  s1 --> s2
`
	if got := render.Graph(plan); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAChainOfStepsIsOneBox(t *testing.T) {
	t.Parallel()
	var plan joinplan.Plan
	for i := range 20 {
		step := joinplan.Step{ID: id(fmt.Sprintf("kubelet/n%d", i)), Title: fmt.Sprintf("The kubelet of n%d", i), Group: "The kubelets"}
		if i > 0 {
			step.Needs = []joinplan.ID{id(fmt.Sprintf("kubelet/n%d", i-1))}
		}
		plan.Steps = append(plan.Steps, step)
	}
	const want = "flowchart TD\n  s1[\"kubelet/n0 to kubelet/n19<br/>The kubelets<br/>20 steps, one after another\"]\n"
	if got := render.Graph(plan); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Nothing that a step says ends a label or a line of a picture.
func TestHostileNamesStayInsideTheirLabels(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a\"]\n  s9 --> s1", "<script>alert(1)</script>", "a;b", "#quot;", "`**x**`", "%%{init}%%", "end", "a\x00\u2028b\xff"} {
		plan := joinplan.Plan{Steps: []joinplan.Step{{ID: joinplan.KindJoin.Step(name), Title: "Join " + name, Needs: []joinplan.ID{{Kind: "nobody"}}}}}
		if m := graphBox.FindStringSubmatch(strings.Split(render.Graph(plan), "\n")[1]); m == nil || strings.ContainsAny(m[2], "`%") {
			t.Errorf("%q: %s", name, render.Graph(plan))
		}
		if n := strings.Count(render.Graph(plan), "\n"); n != 2 {
			t.Errorf("%q: %d lines", name, n)
		}
		spec := cluster.Spec{ControlPlanes: []cluster.Node{{Name: name}}, Workers: []cluster.Node{{Name: name}}, LoadBalancers: []cluster.LoadBalancer{{Name: name}}}
		plain := cluster.Spec{ControlPlanes: []cluster.Node{{Name: "x"}}, Workers: []cluster.Node{{Name: "x"}}, LoadBalancers: []cluster.LoadBalancer{{Name: "x"}}}
		got, want := picturesOf(spec), picturesOf(plain)
		if strings.Count(got, "\n") != strings.Count(want, "\n") || strings.Count(got, `"`) != strings.Count(want, `"`) || strings.Count(got, "<") != strings.Count(want, "<") {
			t.Errorf("%q: %s", name, got)
		}
	}
}

// picturesOf are the pictures of a description that nobody has validated.
func picturesOf(spec cluster.Spec) string {
	_, pictures, _ := strings.Cut(string(render.Runbook(joinplan.Plan{Spec: spec})), "```mermaid\n")
	pictures, _, _ = strings.Cut(pictures, "```")
	return pictures
}
