// Package execute carries out plans on the machines of a lab: it writes their
// files, copies files between machines, runs their commands and waits for their
// checks. It decides nothing: what to do, in which order, and when it is done
// is what the plan says.
package execute

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

const (
	// commandPatience is longer than kubeadm's own, so that its message is heard.
	commandPatience = 8 * time.Minute
	checkPatience   = 4 * time.Minute
)

// Executor carries out steps. It is not safe for concurrent use.
type Executor struct {
	Lab *lab.Lab
	// Log gets a line for each action and check.
	Log io.Writer
	// After is called after every step, where it is set.
	After func(context.Context, joinplan.Step) error
	// Credentials are what the machines printed so far.
	Credentials kubeadmcmd.Credentials
	// Done are the IDs of the steps that are done, and Took how long each took.
	Done []joinplan.ID
	Took map[joinplan.ID]time.Duration
}

// Plan makes a plan from the credentials and the time: it fills in the rest.
type Plan func(joinplan.Input) (joinplan.Plan, error)

// Run carries out a plan to its end. The plan is made again before every step,
// with what was learned until then.
func (e *Executor) Run(ctx context.Context, make Plan) error {
	for {
		plan, err := make(joinplan.Input{Credentials: e.Credentials, Now: time.Now()})
		if err != nil {
			return fmt.Errorf("making the plan: %w", err)
		}
		ready := plan.Ready(e.Done)
		if len(ready) == 0 {
			return unfinished(plan, e.Done)
		}
		if err := e.Step(ctx, ready[0]); err != nil {
			return err
		}
	}
}

// unfinished tells whether a plan that has nothing ready has steps left.
func unfinished(plan joinplan.Plan, done []joinplan.ID) error {
	left := make(map[joinplan.ID]bool)
	for _, step := range plan.Steps {
		left[step.ID] = true
	}
	for _, id := range done {
		delete(left, id)
	}
	var errs []error
	for _, step := range plan.Steps {
		if left[step.ID] {
			errs = append(errs, fmt.Errorf("step %s never became ready; it awaits %q and needs %q", step.ID, step.Awaits, step.Needs))
		}
	}
	return errors.Join(errs...)
}

// Step carries out one step and waits until its checks hold. Its error says
// what the machine's log has to say.
func (e *Executor) Step(ctx context.Context, step joinplan.Step) error {
	begin := time.Now()
	fmt.Fprintf(e.Log, "step %s: %s\n", step.ID, step.Title)
	if err := e.step(ctx, step); err != nil {
		return fmt.Errorf("step %s (%s) on %s: %w\n%s", step.ID, step.Title, step.Host, err, e.said(step.Host))
	}
	if e.Took == nil {
		e.Took = make(map[joinplan.ID]time.Duration)
	}
	e.Took[step.ID] = time.Since(begin)
	e.Done = append(e.Done, step.ID)
	return nil
}

func (e *Executor) said(name string) string {
	host := e.Lab.Host(name)
	if host == nil {
		return ""
	}
	return host.Complaints()
}

func (e *Executor) step(ctx context.Context, step joinplan.Step) error {
	err := e.actions(ctx, step.Host, step.Actions)
	if err = errors.Join(err, e.actions(context.WithoutCancel(ctx), step.Host, step.Finally)); err != nil {
		return err
	}
	for _, check := range step.Checks {
		if err := e.Await(ctx, check); err != nil {
			return err
		}
	}
	if e.After == nil {
		return nil
	}
	return e.After(ctx, step)
}

func (e *Executor) actions(ctx context.Context, host string, actions []joinplan.Action) error {
	for i, action := range actions {
		if err := e.act(ctx, host, action); err != nil {
			return fmt.Errorf("action %d: %w", i+1, err)
		}
	}
	return nil
}

func (e *Executor) act(ctx context.Context, name string, action joinplan.Action) error {
	host, err := e.host(name)
	if err != nil {
		return err
	}
	switch a := action.(type) {
	case joinplan.SetHostsBlock:
		return e.edit(ctx, host, a.Path(), a.Apply)
	case joinplan.EditFile:
		return e.edit(ctx, host, a.Path, a.Apply)
	case joinplan.CopyFile:
		return e.copy(ctx, host, a)
	case joinplan.WriteFile:
		fmt.Fprintf(e.Log, "  %s: write %s\n", name, a.Path)
		return host.WriteFile(ctx, a.Path, a.Content.Reveal(), a.Mode)
	case joinplan.Run:
		return e.run(ctx, host, a)
	}
	return fmt.Errorf("the executor knows no action %T", action)
}

func (e *Executor) host(name string) (*lab.Host, error) {
	host := e.Lab.Host(name)
	if host == nil {
		return nil, fmt.Errorf("the lab has no machine %q", name)
	}
	return host, nil
}

func (e *Executor) edit(ctx context.Context, host *lab.Host, path string, apply func([]byte) ([]byte, error)) error {
	fmt.Fprintf(e.Log, "  %s: edit %s\n", host.Name, path)
	old, err := host.ReadFile(ctx, path)
	if err != nil {
		return err
	}
	edited, err := apply(old)
	if err != nil || bytes.Equal(edited, old) {
		return err
	}
	return host.ReplaceFile(ctx, path, edited)
}

func (e *Executor) copy(ctx context.Context, to *lab.Host, a joinplan.CopyFile) error {
	fmt.Fprintf(e.Log, "  %s: copy %s from %s\n", to.Name, a.Path, a.FromHost)
	from, err := e.host(a.FromHost)
	if err != nil {
		return err
	}
	mask := fmt.Sprintf("%04o", 0o777&^(a.Mode|a.Mode&0o444>>2))
	if _, err := from.Run(ctx, "test", "-d", a.FromPath); err == nil {
		packed, err := from.Run(ctx, "tar", "-C", a.FromPath, "-cf", "-", ".")
		if err != nil {
			return err
		}
		const unpack = `umask "$1" && mkdir -p "$2" && tar -C "$2" --no-same-owner --no-same-permissions -xf -`
		_, err = to.RunInput(ctx, bytes.NewReader(packed.Stdout), "sh", "-c", unpack, "sh", mask, a.Path)
		return err
	}
	content, err := from.ReadFile(ctx, a.FromPath)
	if err != nil {
		return err
	}
	return to.WriteFile(ctx, a.Path, content, a.Mode)
}

func (e *Executor) run(ctx context.Context, host *lab.Host, a joinplan.Run) error {
	fmt.Fprintf(e.Log, "  %s: %s\n", host.Name, a.Command)
	limited, cancel := context.WithTimeout(ctx, commandPatience)
	defer cancel()
	result, err := host.Run(limited, a.Command.Argv()...)
	if err != nil || !a.PrintsCredentials {
		return err
	}
	learned, err := kubeadmcmd.ParseCredentials(string(result.Stdout), time.Now())
	if err != nil {
		return fmt.Errorf("reading the credentials that %s printed: %w", a.Command, err)
	}
	e.Credentials, err = e.Credentials.Renewed(learned)
	return err
}

// Await asks until a check holds.
func (e *Executor) Await(ctx context.Context, check joinplan.Check) error {
	fmt.Fprintf(e.Log, "  %s: wait until %s\n", check.Host, check.Expect)
	return lab.Poll(ctx, checkPatience, check.Expect, func(ctx context.Context) error {
		outputs, err := e.Ask(ctx, check)
		if err != nil {
			return err
		}
		return check.Judge(outputs...)
	})
}

// Ask runs the commands of a check.
func (e *Executor) Ask(ctx context.Context, check joinplan.Check) ([]joinplan.Output, error) {
	host, err := e.host(check.Host)
	if err != nil {
		return nil, err
	}
	var outputs []joinplan.Output
	for _, command := range check.Commands {
		result, err := host.Run(ctx, command.Argv()...)
		var exited *exec.ExitError
		if err != nil && !errors.As(err, &exited) {
			return nil, err
		}
		output := joinplan.Output{Stdout: result.Stdout, Stderr: result.Stderr}
		if exited != nil {
			output.Status = exited.ExitCode()
		}
		outputs = append(outputs, output)
	}
	return outputs, nil
}
