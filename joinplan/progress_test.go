package joinplan_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan"
)

// Whatever order the ready steps are done in, all are done in the end, and at
// every moment what was kept says the same when it is read again.
func TestKeptProgressGoesOnWhereItStoppedUntilEverythingIsDone(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		spec := randomSpec(seed)
		plan := create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now})
		r := rand.New(rand.NewPCG(seed, 4))
		progress := plan.NewProgress()
		for {
			ready := plan.Ready(progress.Done())
			if len(ready) == 0 {
				break
			}
			step := ready[r.IntN(len(ready))]
			for _, s := range []joinplan.StepProgress{
				{ID: step.ID, State: joinplan.StepBegun, Time: now},
				{ID: step.ID, State: joinplan.StepFailed, Message: "exit status 1:\n\x7f\u0085\ufeff\u2028 \"#\u00e4", Time: now.Add(time.Nanosecond)},
				{ID: step.ID, State: joinplan.StepDone},
			} {
				progress = progress.With(s)
				read, err := plan.ParseProgress(progress.Bytes())
				if err != nil {
					t.Fatalf("seed %d: %v\n%s", seed, err, progress.Bytes())
				}
				if diff := cmp.Diff(progress, read); diff != "" {
					t.Fatalf("seed %d: read again:\n%s", seed, diff)
				}
				progress = read
			}
		}
		if len(progress.Done()) != len(plan.Steps) {
			t.Errorf("seed %d: %d of %d steps are done", seed, len(progress.Done()), len(plan.Steps))
		}
	}
}

func TestAPlanThatIsMadeAgainWithItsCredentialsTakesItsProgress(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		spec := randomSpec(seed)
		there := observed(spec, func(name string) bool { return name == spec.ControlPlanes[0].Name })
		first, err := joinplan.ScaleOut(given(spec, there))
		if err != nil {
			t.Fatal(err)
		}
		progress := first.NewProgress()
		for ready := first.Ready(nil); len(ready) > 0; ready = first.Ready(progress.Done()) {
			for _, step := range ready {
				progress = progress.With(joinplan.StepProgress{ID: step.ID, State: joinplan.StepDone})
			}
		}
		again, err := joinplan.ScaleOut(given(spec, there, joinplan.Input{Credentials: someCredentials(spec), Now: now}))
		if err != nil {
			t.Fatal(err)
		}
		progress, err = again.ParseProgress(progress.Bytes())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for ready := again.Ready(progress.Done()); len(ready) > 0; ready = again.Ready(progress.Done()) {
			progress = progress.With(joinplan.StepProgress{ID: ready[0].ID, State: joinplan.StepDone})
		}
		done := progress.Done()
		for _, step := range again.Steps {
			if !slices.Contains(done, step.ID) {
				t.Errorf("seed %d: %s is never done", seed, step.ID)
			}
		}
	}
}

func TestProgressIsAValue(t *testing.T) {
	t.Parallel()
	plan := create(t, lab(t), joinplan.Input{})
	before := plan.NewProgress().With(joinplan.StepProgress{ID: id("hosts/cka-cp-1"), State: joinplan.StepBegun})
	kept := string(before.Bytes())
	before.With(joinplan.StepProgress{ID: id("hosts/cka-cp-1"), State: joinplan.StepDone})
	before.With(joinplan.StepProgress{ID: id("hosts/cka-cp-2"), State: joinplan.StepDone})
	if got := string(before.Bytes()); got != kept {
		t.Error(got)
	}
}

func TestProgressThatDoesNotFitThePlanIsRefused(t *testing.T) {
	t.Parallel()
	plan := create(t, lab(t), joinplan.Input{})
	other := lab(t)
	other.Workers = nil
	head := "apiVersion: haplane.github.io/v1alpha1\nkind: Progress\nplan: " + plan.Fingerprint() + "\n"
	for name, tc := range map[string]struct {
		text string
		want []string // each a part of its own error
	}{
		"of another plan":               {string(create(t, other, joinplan.Input{}).NewProgress().Bytes()), []string{"progress:4:11: plan: it is the progress of another plan"}},
		"of another kind":               {strings.Replace(head, "kind: Progress", "kind: Cluster", 1), []string{"progress:2:7: kind: must be Progress"}},
		"without a head":                {"plan: " + plan.Fingerprint() + "\n", []string{"apiVersion: must be", "kind: must be"}},
		"a step that nobody knows":      {head + "steps:\n- {id: join/nobody, state: done}\n", []string{`progress:5:8: steps[0].id: the plan has no step "join/nobody"`}},
		"a step twice":                  {head + "steps:\n- {id: hosts/cka-cp-1, state: done}\n- {id: hosts/cka-cp-1, state: begun}\n", []string{"progress:6:8: steps[1].id: step \"hosts/cka-cp-1\" is there twice"}},
		"done before what it needs":     {head + "steps:\n- {id: ca/cka-cp-1, state: done}\n", []string{"what it needs is not: hosts/cka-cp-1"}},
		"a state that is none":          {head + "steps:\n- {id: hosts/cka-cp-1, state: perhaps}\n- {id: hosts/cka-cp-2}\n", []string{"steps[0].state: must be begun, done or failed", "steps[1].state"}},
		"a time that is none":           {head + "steps:\n- {id: hosts/cka-cp-1, state: done, time: yesterday}\n", []string{"steps[0].time: Invalid value: \"yesterday\": must be a time such as"}},
		"a field that nobody knows":     {head + "done: []\n", []string{"progress:4:1: done: unknown field"}},
		"no progress at all":            {"", []string{"the text is empty"}},
		"steps of a plan that is none":  {head + "steps: 7\n", []string{"steps: must be a list"}},
		"two mistakes, each with place": {head + "steps:\n- {id: x/y, state: y}\n", []string{"steps[0].id", "steps[0].state"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := plan.ParseProgress([]byte(tc.text))
			var parseError *joinplan.ParseError
			if !errors.As(err, &parseError) || parseError.Line == 0 {
				t.Fatalf("got %v", err)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tc.want) {
				t.Errorf("%d errors, want %d:\n%v", len(lines), len(tc.want), err)
			}
			for _, want := range tc.want {
				if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, want) }) {
					t.Errorf("no error says %q:\n%v", want, err)
				}
			}
		})
	}
}

func FuzzParseProgress(f *testing.F) {
	spec := large(1)
	plan, err := joinplan.Create(joinplan.Input{Spec: spec})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plan.NewProgress().Bytes())
	f.Add(plan.NewProgress().With(joinplan.StepProgress{ID: plan.Steps[0].ID, State: joinplan.StepFailed, Time: now, Message: "a\x7fb"}).Bytes())
	f.Add([]byte("steps: [{id: a, state: done, time: 0000-01-01T00:00:00+23:59}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		progress, err := plan.ParseProgress(data)
		if err != nil {
			return
		}
		again, err := plan.ParseProgress(progress.Bytes())
		if err != nil {
			t.Fatalf("what it wrote cannot be read: %v\n%s", err, progress.Bytes())
		}
		if diff := cmp.Diff(progress, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
