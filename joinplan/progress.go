package joinplan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/haplane/haplane/internal/strictyaml"
	"github.com/haplane/haplane/joinplan/cluster"
)

// Progress says how far a plan is carried out: what an orchestrator keeps, so
// that another run, or another process, goes on where it stopped.
//
//	progress := plan.NewProgress()
//	for _, step := range plan.Ready(progress.Done()) {
//		... carry it out ...
//		progress = progress.With(joinplan.StepProgress{ID: step.ID, State: joinplan.StepDone, Time: now})
//		save(progress.Bytes())
//	}
//
// A Progress is a value: nothing changes it. The time is the caller's. A plan
// that is carried out a second time, such as a reboot, begins with a new one:
// nothing in the plan tells the two times apart. When credentials have expired
// on the way, the plan that is made again has the step that prints new ones:
// record it as failed, and it is ready again.
type Progress struct {
	// Plan is the [Plan.Fingerprint] of the plan.
	Plan string `json:"plan"`
	// Steps in the order in which they were begun.
	Steps []StepProgress `json:"steps,omitempty"`
}

// StepProgress says how far one step is.
type StepProgress struct {
	// ID of the step, and how far it is.
	ID    ID        `json:"id"`
	State StepState `json:"state"`
	// Time at which it came to that; zero where nobody says.
	Time time.Time `json:"time,omitzero"`
	// Message says why it failed, or whatever the caller wants to keep.
	Message string `json:"message,omitempty"`
}

// StepState is how far a step is.
type StepState string

// The states. Only a step that is done counts for those that need it. One that
// was begun or failed may be begun again.
const (
	StepBegun  StepState = "begun"
	StepDone   StepState = "done"
	StepFailed StepState = "failed"
)

var stepStates = []StepState{StepBegun, StepDone, StepFailed}

// Fingerprint names the plan by what it is for: its title, its description and
// the IDs of its steps. It is the same when the plan is made again with
// credentials that have become known, and another when machines have joined in
// the meantime and the plan is made from what is there then.
func (p Plan) Fingerprint() string {
	hash := sha256.New()
	// A Spec and strings always marshal.
	_ = json.NewEncoder(hash).Encode(struct {
		Title string
		Spec  cluster.Spec
		IDs   []string
	}{p.Title, p.Spec, slices.Sorted(slices.Values(p.names()))})
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

// names are the IDs of the steps, with those that were left out.
func (p Plan) names() []string {
	var names []string
	for _, id := range append(ids(p.Steps), p.LeftOut...) {
		names = append(names, id.String())
	}
	return names
}

// NewProgress is that of a plan of which nothing is done.
func (p Plan) NewProgress() Progress { return Progress{Plan: p.Fingerprint()} }

// With gives the progress with one step further on: what it said of the step
// before is replaced.
func (p Progress) With(step StepProgress) Progress {
	p.Steps = slices.Clone(p.Steps)
	if i := slices.IndexFunc(p.Steps, func(s StepProgress) bool { return s.ID == step.ID }); i >= 0 {
		p.Steps[i] = step
		return p
	}
	p.Steps = append(p.Steps, step)
	return p
}

// Done gives the IDs of the steps that are done, for [Plan.Ready].
func (p Progress) Done() []ID {
	var done []ID
	for _, step := range p.Steps {
		if step.State == StepDone {
			done = append(done, step.ID)
		}
	}
	return done
}

// progressDoc is a progress as a file.
type progressDoc struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Progress   `json:",inline"`
}

// Bytes gives the progress as JSON that [Plan.ParseProgress] reads back, its
// times in UTC.
func (p Progress) Bytes() []byte {
	p.Steps = slices.Clone(p.Steps)
	for i := range p.Steps {
		p.Steps[i].Time = writable(p.Steps[i].Time)
	}
	// Such a progressDoc always marshals.
	text, _ := json.MarshalIndent(progressDoc{cluster.APIVersion, ProgressKind, p}, "", "  ")
	return append(escapeForYAML(text), '\n')
}

// writable gives the zero time for years that RFC 3339 cannot say.
func writable(at time.Time) time.Time {
	at = at.UTC()
	if at.Year() < 0 || at.Year() > 9999 {
		return time.Time{}
	}
	return at
}

// escapeForYAML escapes, in JSON, the characters that JSON allows in a string
// and YAML does not.
func escapeForYAML(text []byte) []byte {
	var b strings.Builder
	for _, r := range string(text) {
		if 0x7f <= r && r <= 0x9f || r == 0xfeff || r == 0xfffe || r == 0xffff {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return []byte(b.String())
}

// WriteTo writes [Progress.Bytes] in one Write.
func (p Progress) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(p.Bytes())
	return int64(n), err
}

// ParseError is one thing that is wrong with a progress.
type ParseError struct {
	// Line and Column of the value or of the key, counted from 1.
	Line, Column int
	// Field is the path of the field, such as steps[1].id; empty where the text
	// as a whole is wrong.
	Field string
	// Msg says what is wrong and what to do.
	Msg string
}

// Error gives progress:LINE:COLUMN: field: message.
func (e *ParseError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("progress:%d:%d: %s", e.Line, e.Column, e.Msg)
	}
	return fmt.Sprintf("progress:%d:%d: %s: %s", e.Line, e.Column, e.Field, e.Msg)
}

// ParseProgress reads the progress of this plan, in JSON or YAML. It is strict:
// a progress of another plan is refused, and one that names steps that the plan
// does not have or says that a step is done before those that it needs.
// Everything that is wrong is reported at once, as one [*ParseError] each,
// joined.
func (p Plan) ParseProgress(data []byte) (Progress, error) {
	var doc progressDoc
	positions, found := strictyaml.Decode(data, &doc, progressScalars)
	var errs []*ParseError
	for _, e := range found {
		errs = append(errs, &ParseError{Line: e.Line, Column: e.Column, Field: e.Path, Msg: e.Msg})
	}
	if len(found) == 0 {
		p.judge(doc, func(field, format string, args ...any) {
			at := positions[field]
			if _, there := positions[field]; !there {
				at = positions[""]
			}
			errs = append(errs, &ParseError{Line: at.Line, Column: at.Column, Field: field, Msg: fmt.Sprintf(format, args...)})
		})
	}
	if len(errs) == 0 {
		if len(doc.Steps) == 0 {
			doc.Steps = nil
		}
		return doc.Progress, nil
	}
	slices.SortStableFunc(errs, func(a, b *ParseError) int { return cmp.Compare(a.Line, b.Line) })
	joined := make([]error, 0, len(errs))
	for _, err := range errs {
		joined = append(joined, err)
	}
	return Progress{}, errors.Join(joined...)
}

// onlyPrints reports whether all that a step leaves behind is what it printed.
func (s Step) onlyPrints() bool {
	return len(s.Effects) == 0 && slices.ContainsFunc(s.Actions, func(a Action) bool {
		run, ok := a.(Run)
		return ok && run.PrintsCredentials
	})
}

// joined lists IDs for people.
func joined(ids []ID) string {
	var names []string
	for _, id := range ids {
		names = append(names, id.String())
	}
	return strings.Join(names, ", ")
}

var progressScalars = strictyaml.Scalars{
	reflect.TypeFor[ID](): func(text string) (any, error) {
		var id ID
		err := id.UnmarshalText([]byte(text))
		return id, err
	},
	reflect.TypeFor[time.Time](): func(text string) (any, error) {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, errors.New("must be a time such as 2026-05-01T12:00:00Z")
		}
		return at, nil
	},
}

// judge tells what is wrong with a progress that can be read.
func (p Plan) judge(doc progressDoc, fail func(field, format string, args ...any)) {
	if doc.APIVersion != cluster.APIVersion {
		fail("apiVersion", "must be %s", cluster.APIVersion)
	}
	if doc.Kind != ProgressKind {
		fail("kind", "must be %s", ProgressKind)
	}
	if doc.Plan != p.Fingerprint() {
		fail("plan", "it is the progress of another plan: this one is %s; begin a new progress, or give the plan that it was kept for", p.Fingerprint())
		return
	}
	p.judgeSteps(doc.Progress, fail)
}

func (p Plan) judgeSteps(progress Progress, fail func(field, format string, args ...any)) {
	needs := map[ID][]ID{}
	for _, id := range p.LeftOut {
		needs[id] = nil
	}
	done := map[ID]bool{}
	for _, step := range p.Steps {
		needs[step.ID] = step.Needs
		done[step.ID] = step.onlyPrints() // nobody who is done needs it any more
	}
	for _, id := range progress.Done() {
		done[id] = true
	}
	seen := map[ID]bool{}
	for i, step := range progress.Steps {
		field := fmt.Sprintf("steps[%d].", i)
		if _, known := needs[step.ID]; !known {
			fail(field+"id", "the plan has no step %q", step.ID)
		} else if seen[step.ID] {
			fail(field+"id", "step %q is there twice", step.ID)
		}
		if !slices.Contains(stepStates, step.State) {
			fail(field+"state", "must be %s, %s or %s, not %q", StepBegun, StepDone, StepFailed, step.State)
		}
		missing := slices.DeleteFunc(slices.Clone(needs[step.ID]), func(id ID) bool { return done[id] })
		if step.State == StepDone && len(missing) > 0 {
			fail(field+"id", "step %q is done, and what it needs is not: %s; where that was done by hand, say so here too", step.ID, joined(missing))
		}
		seen[step.ID] = true
	}
}
