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
	"strconv"
	"strings"
	"time"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Patience is how long a check may take to hold, and Pause the time between two
// looks at it. HalfDonePatience is how long an attempt that seems to have stopped
// half way may take to end after all: its command may have outlived us.
const (
	Patience         = 5 * time.Minute
	Pause            = 2 * time.Second
	HalfDonePatience = time.Minute
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

// Planner makes the plan from what is given: it fills in the description and what
// the cluster was before. The credentials and the time are the orchestrator's.
type Planner func(joinplan.Input) (joinplan.Plan, error)

// Orchestrator carries out one plan. It is not safe for concurrent use.
type Orchestrator struct {
	Transport Transport
	// After is called when a step's checks hold, where it is set, and before the
	// step counts as done. The steps of kind pod-network need it: the plan leaves
	// it to you which pod network to install.
	After func(context.Context, joinplan.Step) error
	// Save is called whenever a step begins and ends, where it is set, with the
	// progress to keep.
	Save func(joinplan.Progress) error
	// Credentials are what the machines printed. They may be kept with the progress
	// (Reveal gives a text for a file of mode 0600), and need not be: where they are
	// not known, or have expired, the steps that print them are done again.
	Credentials kubeadmcmd.Credentials
	// Progress is where Run goes on; the zero Progress is the beginning.
	Progress joinplan.Progress
}

// Run carries out the plan to its end, steps beside each other where their needs
// allow it. A step that fails stops those that need it, and no others; the error
// names both. After an error, or the end of the process, run it again with the
// Progress that was saved: what was done is not done twice, and where a step was
// begun, it first looks how far that came.
func (o *Orchestrator) Run(ctx context.Context, planner Planner) error {
	r := attempt{Orchestrator: o, results: make(chan result), running: map[joinplan.ID]bool{}, failed: map[joinplan.ID]error{}}
	for {
		plan, err := planner(joinplan.Input{Credentials: o.Credentials, Now: time.Now()})
		if err == nil {
			err = r.begin(ctx, plan)
		}
		if err != nil {
			return errors.Join(err, r.finish())
		}
		if len(r.running) == 0 {
			return r.left(plan)
		}
		if err := r.learn(<-r.results); err != nil {
			return errors.Join(err, r.finish())
		}
	}
}

// attempt is one call of Run.
type attempt struct {
	*Orchestrator
	results chan result
	running map[joinplan.ID]bool
	// failed are the steps that failed in this run, renewed those that were done
	// again because nobody knew any more what they had printed.
	failed  map[joinplan.ID]error
	renewed []joinplan.ID
}

// result is what became of a step.
type result struct {
	step    joinplan.Step
	printed kubeadmcmd.Credentials
	err     error
}

// begin starts all steps that may begin.
func (r *attempt) begin(ctx context.Context, plan joinplan.Plan) error {
	if r.Progress.Plan == "" {
		r.Progress = plan.NewProgress()
	}
	if r.Progress.Plan != plan.Fingerprint() {
		return fmt.Errorf("the progress is that of another plan than %q: begin with a new one", plan.Title)
	}
	for _, id := range plan.Outdated(r.Progress.Done()) {
		if slices.Contains(r.renewed, id) {
			return fmt.Errorf("step %s was done, and what other steps await of it was not among what it printed", id)
		}
		r.renewed = append(r.renewed, id)
		r.note(id, joinplan.StepFailed, "what it printed is not known any more")
	}
	for _, step := range plan.Ready(r.Progress.Done()) {
		if r.running[step.ID] || r.failed[step.ID] != nil {
			continue
		}
		begunBefore := r.isBegun(step.ID)
		if err := r.keep(step.ID, joinplan.StepBegun, ""); err != nil {
			return err
		}
		r.running[step.ID] = true
		go func() { r.results <- r.step(ctx, step, begunBefore) }()
	}
	return nil
}

// isBegun reports whether an earlier attempt, which did not come to its end, may
// have left something behind.
func (r *attempt) isBegun(id joinplan.ID) bool {
	return slices.ContainsFunc(r.Progress.Steps, func(s joinplan.StepProgress) bool {
		return s.ID == id && s.State != joinplan.StepDone
	})
}

func (r *attempt) note(id joinplan.ID, state joinplan.StepState, message string) {
	r.Progress = r.Progress.With(joinplan.StepProgress{ID: id, State: state, Time: time.Now(), Message: message})
}

func (r *attempt) keep(id joinplan.ID, state joinplan.StepState, message string) error {
	r.note(id, state, message)
	if r.Save == nil {
		return nil
	}
	return r.Save(r.Progress)
}

// learn keeps what a step printed and how far it came. Its error is one that
// ends the run.
func (r *attempt) learn(result result) error {
	id := result.step.ID
	delete(r.running, id)
	credentials, err := r.Credentials.Renewed(result.printed)
	if err != nil {
		result.err = errors.Join(result.err, err)
	} else {
		r.Credentials = credentials
	}
	if result.err == nil {
		return r.keep(id, joinplan.StepDone, "")
	}
	r.failed[id] = fmt.Errorf("step %s on %s: %w", id, result.step.Host, result.err)
	return r.keep(id, joinplan.StepFailed, result.err.Error())
}

// finish waits for the steps that run.
func (r *attempt) finish() error {
	var errs []error
	for len(r.running) > 0 {
		errs = append(errs, r.learn(<-r.results))
	}
	return errors.Join(errs...)
}

// left says what failed, and which steps wait for that.
func (r *attempt) left(plan joinplan.Plan) error {
	var errs []error
	var waiting []string
	for _, step := range plan.Steps {
		switch err := r.failed[step.ID]; {
		case err != nil:
			errs = append(errs, err)
		case !slices.Contains(r.Progress.Done(), step.ID):
			waiting = append(waiting, step.ID.String())
		}
	}
	if len(waiting) > 0 {
		errs = append(errs, fmt.Errorf("not begun, because they need what is not done: %s", strings.Join(waiting, ", ")))
	}
	return errors.Join(errs...)
}

// step only reads the orchestrator's fields, because others run beside it.
func (o *Orchestrator) step(ctx context.Context, step joinplan.Step, begunBefore bool) (r result) {
	r.step = step
	var isDone bool
	if isDone, r.err = o.resume(ctx, step, begunBefore); r.err != nil {
		return r
	}
	r.printed, r.err = o.actions(ctx, step, isDone)
	if r.err = errors.Join(r.err, o.finally(ctx, step)); r.err != nil {
		return r
	}
	for _, check := range step.Checks {
		if r.err = o.await(ctx, check, Patience); r.err != nil {
			return r
		}
	}
	if o.After != nil {
		r.err = o.After(ctx, step)
	}
	return r
}

// resume reports whether an earlier attempt has done the step. One that was ours
// and stopped half way is cleared away.
func (o *Orchestrator) resume(ctx context.Context, step joinplan.Step, begunBefore bool) (isDone bool, err error) {
	if len(step.Done) == 0 {
		return false, nil
	}
	if o.hold(ctx, step.Done) {
		return true, nil
	}
	if len(step.HalfDone) == 0 || !o.hold(ctx, step.HalfDone) {
		return false, ctx.Err()
	}
	if !begunBefore {
		return false, fmt.Errorf("kubeadm has been at work on this machine, and it is no node of this cluster: "+
			"look whose it is, and where nothing on it is needed, clear it with: %s", commands(step.Recover))
	}
	for _, check := range step.Done {
		if err = o.await(ctx, check, HalfDonePatience); err != nil {
			break
		}
	}
	if err == nil || ctx.Err() != nil {
		return err == nil, ctx.Err()
	}
	for _, action := range step.Recover {
		if _, err := o.act(ctx, step.Host, action); err != nil {
			return false, err
		}
	}
	return false, nil
}

// hold reports whether all checks hold now.
func (o *Orchestrator) hold(ctx context.Context, checks []joinplan.Check) bool {
	return !slices.ContainsFunc(checks, func(check joinplan.Check) bool { return o.ask(ctx, check) != nil })
}

func commands(actions []joinplan.Action) string {
	var out []string
	for _, action := range actions {
		if run, ok := action.(joinplan.Run); ok {
			out = append(out, run.Command.String())
		}
	}
	return strings.Join(out, "; ")
}

// actions leaves out what must not be repeated where the step is done.
func (o *Orchestrator) actions(ctx context.Context, step joinplan.Step, isDone bool) (kubeadmcmd.Credentials, error) {
	var printed kubeadmcmd.Credentials
	for _, action := range step.Actions {
		if run, ok := action.(joinplan.Run); ok && run.Once && isDone {
			continue
		}
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

// finally takes away what the actions needed, also where they failed or the
// caller has given up.
func (o *Orchestrator) finally(ctx context.Context, step joinplan.Step) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), HalfDonePatience)
	defer cancel()
	var errs []error
	for _, action := range step.Finally {
		_, err := o.act(ctx, step.Host, action)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
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
		return none, o.copy(ctx, host, a)
	case joinplan.Run:
		return o.run(ctx, host, a)
	}
	return none, fmt.Errorf("this orchestrator knows no action %T", action)
}

// list prints of a file, or of everything in a directory, the mode as the kernel
// has it and the path.
const list = `find -H "$1" \( -type d -o -type f \) -exec stat -c '%f %n' {} +`

func (o *Orchestrator) copy(ctx context.Context, host string, a joinplan.CopyFile) error {
	const types, directory = 0o170000, 0o040000
	listed, err := o.output(ctx, a.FromHost, "sh", "-c", list, "sh", a.FromPath)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(listed)) {
		mode, path, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		bits, err := strconv.ParseUint(mode, 16, 32)
		rest, isBelow := strings.CutPrefix(path, a.FromPath)
		if err != nil || !isBelow {
			return fmt.Errorf("%s on %s: the answer is %q, not a mode and a path", a.FromPath, a.FromHost, line)
		}
		if bits&types == directory {
			searched := a.Mode | a.Mode&0o444>>2
			_, err = o.output(ctx, host, "mkdir", "-p", "-m", fmt.Sprintf("%04o", fs.FileMode(bits)&searched), a.Path+rest)
		} else {
			err = o.copyFile(ctx, host, a, rest, fs.FileMode(bits)&a.Mode)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *Orchestrator) copyFile(ctx context.Context, host string, a joinplan.CopyFile, rest string, mode fs.FileMode) error {
	data, err := o.Transport.ReadFile(ctx, a.FromHost, a.FromPath+rest)
	if err != nil {
		return err
	}
	// Root reads it whatever its mode; and 0 has another meaning.
	return o.Transport.WriteFile(ctx, host, a.Path+rest, data, mode|0o400)
}

// output gives what a command prints that must work.
func (o *Orchestrator) output(ctx context.Context, host string, argv ...string) ([]byte, error) {
	output, err := o.Transport.Run(ctx, host, argv)
	if err == nil && output.Status != 0 {
		err = fmt.Errorf("exit status %d: %s", output.Status, bytes.TrimSpace(output.Stderr))
	}
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w", argv[0], host, err)
	}
	return output.Stdout, nil
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
func (o *Orchestrator) await(ctx context.Context, check joinplan.Check, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
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
