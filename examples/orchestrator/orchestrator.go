// Package orchestrator carries out the plans of package joinplan. It is small on
// purpose: copy it into your tool, and give it a [Transport] that reaches your
// machines. It decides nothing; what to do, in which order, and when it is done
// is what the plan says.
package orchestrator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Patience is how long a check may take to hold, and Pause the time between two
// looks at it.
const (
	Patience = 5 * time.Minute
	Pause    = 2 * time.Second
)

// Transport reaches machines as root: SSH, an agent, a cloud's API. It is used
// by several goroutines at once.
type Transport interface {
	// Run runs a command. A command that exits with another status than 0 is an
	// Output; an error means that nobody knows what became of it.
	Run(ctx context.Context, host string, argv []string) (joinplan.Output, error)
	// ReadFile gives a file of a machine.
	ReadFile(ctx context.Context, host, path string) ([]byte, error)
	// WriteFile replaces a file atomically, and makes the directories above it.
	// A mode of 0 stands for the mode that the file has.
	WriteFile(ctx context.Context, host, path string, data []byte, mode fs.FileMode) error
}

// Planner makes the plan from what is known so far.
type Planner func(joinplan.Known) (joinplan.Plan, error)

// Orchestrator carries out one plan. It is not safe for concurrent use.
type Orchestrator struct {
	Transport Transport
	// After is called when a step's checks hold, where it is set, and before the
	// step counts as done. The steps called pod-network/HOST need it: the plan
	// leaves it to you which pod network to install.
	After func(context.Context, joinplan.Step) error
	// Save is called after every step, where it is set, with the progress to keep.
	Save func(joinplan.Progress) error
	// Known is what the machines printed. It holds secrets: keep the text of it in
	// a file of mode 0600, if another process shall go on.
	Known joinplan.Known
	// Progress is where Run goes on; the zero Progress is the beginning. A step is
	// begun when its actions were carried out and its checks did not hold yet, and
	// failed when an action did.
	Progress joinplan.Progress
}

// Run carries out the plan to its end. After an error, run it again: what was
// done is not done twice. A step that failed in the middle of its actions begins
// anew, and one whose checks did not hold is only checked.
func (o *Orchestrator) Run(ctx context.Context, planner Planner) error {
	for {
		o.Known.Now = time.Now()
		plan, err := planner(o.Known)
		if err != nil {
			return err
		}
		if err := o.recognise(plan); err != nil {
			return err
		}
		ready := plan.Ready(o.Progress.Done())
		if len(ready) == 0 {
			return o.left(plan)
		}
		if err := o.together(ctx, ready); err != nil {
			return err
		}
	}
}

// recognise makes sure that the progress is that of the plan.
func (o *Orchestrator) recognise(plan joinplan.Plan) error {
	if o.Progress.Plan == "" {
		o.Progress = plan.NewProgress()
	}
	if o.Progress.Plan != plan.Fingerprint() {
		return fmt.Errorf("the progress is that of another plan than %q: begin with a new one", plan.Title)
	}
	return nil
}

// left names the steps of a plan that can never begin.
func (o *Orchestrator) left(plan joinplan.Plan) error {
	var errs []error
	for _, step := range plan.Steps {
		if !slices.Contains(o.Progress.Done(), step.ID) {
			errs = append(errs, fmt.Errorf("step %s cannot begin: it awaits %q and needs %q", step.ID, step.Awaits, step.Needs))
		}
	}
	return errors.Join(errs...)
}

// outcome is what became of a step.
type outcome struct {
	printed kubeadmcmd.Credentials
	acted   bool
	err     error
}

// together carries out steps beside each other, and keeps what was achieved
// when one of them fails.
func (o *Orchestrator) together(ctx context.Context, steps []joinplan.Step) error {
	outcomes := make([]outcome, len(steps))
	var group sync.WaitGroup
	for i, step := range steps {
		group.Go(func() { outcomes[i] = o.step(ctx, step, o.isBegun(step.ID)) })
	}
	group.Wait()
	var errs []error
	for i, step := range steps {
		if err := o.learn(step, outcomes[i]); err != nil {
			errs = append(errs, fmt.Errorf("step %s on %s: %w", step.ID, step.Host, err))
		}
	}
	return errors.Join(errs...)
}

func (o *Orchestrator) isBegun(id string) bool {
	return slices.ContainsFunc(o.Progress.Steps, func(s joinplan.StepProgress) bool { return s.ID == id && s.State == joinplan.StepBegun })
}

// learn keeps what a step printed and how far it is.
func (o *Orchestrator) learn(step joinplan.Step, result outcome) error {
	credentials, err := o.Known.Credentials.Merge(result.printed)
	if err != nil {
		result.err = errors.Join(result.err, err)
	} else {
		o.Known.Credentials = credentials
	}
	now := joinplan.StepProgress{ID: step.ID, State: joinplan.StepDone, Time: time.Now()}
	if result.err != nil {
		now.State, now.Message = joinplan.StepFailed, result.err.Error()
	}
	if result.err != nil && result.acted {
		now.State = joinplan.StepBegun
	}
	o.Progress = o.Progress.With(now)
	if o.Save != nil {
		return errors.Join(result.err, o.Save(o.Progress))
	}
	return result.err
}

// step only reads the orchestrator's fields, because others run beside it.
func (o *Orchestrator) step(ctx context.Context, step joinplan.Step, acted bool) (result outcome) {
	if !acted {
		if result.printed, result.err = o.actions(ctx, step); result.err != nil {
			return result
		}
	}
	result.acted = true
	for _, check := range step.Checks {
		if result.err = o.await(ctx, check); result.err != nil {
			return result
		}
	}
	if o.After != nil {
		result.err = o.After(ctx, step)
	}
	return result
}

func (o *Orchestrator) actions(ctx context.Context, step joinplan.Step) (kubeadmcmd.Credentials, error) {
	var printed kubeadmcmd.Credentials
	for _, action := range step.Actions {
		learned, err := o.act(ctx, step.Host, action)
		if err != nil {
			return printed, err
		}
		if printed, err = printed.Merge(learned); err != nil {
			return printed, err
		}
	}
	return printed, nil
}

func (o *Orchestrator) act(ctx context.Context, host string, action joinplan.Action) (kubeadmcmd.Credentials, error) {
	var none kubeadmcmd.Credentials
	switch a := action.(type) {
	case joinplan.SetHostsBlock:
		return none, o.edit(ctx, host, a.Path(), a.Apply)
	case joinplan.EditFile:
		return none, o.edit(ctx, host, a.Path, a.Apply)
	case joinplan.WriteFile:
		return none, o.Transport.WriteFile(ctx, host, a.Path, a.Content.Reveal(), a.Mode)
	case joinplan.CopyFile:
		data, err := o.Transport.ReadFile(ctx, a.FromHost, a.FromPath)
		if err != nil {
			return none, err
		}
		return none, o.Transport.WriteFile(ctx, host, a.Path, data, a.Mode)
	case joinplan.Run:
		return o.run(ctx, host, a)
	}
	return none, fmt.Errorf("this orchestrator knows no action %T", action)
}

func (o *Orchestrator) edit(ctx context.Context, host, path string, apply func([]byte) ([]byte, error)) error {
	old, err := o.Transport.ReadFile(ctx, host, path)
	if err != nil {
		return err
	}
	edited, err := apply(old)
	if err != nil || bytes.Equal(edited, old) {
		return err
	}
	return o.Transport.WriteFile(ctx, host, path, edited, 0)
}

func (o *Orchestrator) run(ctx context.Context, host string, a joinplan.Run) (kubeadmcmd.Credentials, error) {
	output, err := o.Transport.Run(ctx, host, a.Command.Argv())
	switch {
	case err != nil:
		return kubeadmcmd.Credentials{}, fmt.Errorf("%s: %w", a.Command, err)
	case output.Status != 0:
		return kubeadmcmd.Credentials{}, fmt.Errorf("%s: exit status %d: %s", a.Command, output.Status, bytes.TrimSpace(output.Stderr))
	case !a.PrintsCredentials:
		return kubeadmcmd.Credentials{}, nil
	}
	return kubeadmcmd.ParseCredentials(string(output.Stdout), time.Now())
}

// await asks until the check holds, and says at the end what was still missing.
func (o *Orchestrator) await(ctx context.Context, check joinplan.Check) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	for {
		err := o.ask(ctx, check)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; %s: %w", context.Cause(ctx), check.Expect, err)
		case <-time.After(Pause):
		}
	}
}

func (o *Orchestrator) ask(ctx context.Context, check joinplan.Check) error {
	var outputs []joinplan.Output
	for _, command := range check.Commands {
		output, err := o.Transport.Run(ctx, check.Host, command.Argv())
		if err != nil {
			return err
		}
		outputs = append(outputs, output)
	}
	return check.Judge(outputs...)
}
