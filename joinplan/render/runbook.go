package render

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/effect"
)

// Runbook returns the plan as Markdown for a person to follow from top to bottom:
// pictures of the cluster and of the steps, how many machines may fail at each
// stage, the warnings, each step with its files, commands and checks, and where
// machines join, what the firewalls must let through and the images.
// It names the files that hold secrets and holds none itself. The files are
// named as [joinplan.Plan.Files] gives them: HOST and the path on it.
func Runbook(plan joinplan.Plan) []byte {
	var b bytes.Buffer
	writeHead(&b, plan)
	for i, group := range grouped(plan.Steps) {
		fmt.Fprintf(&b, "\n## %d. %s\n\n", i+1, plain.Markdown(group.title))
		for _, step := range group.steps {
			writeItem(&b, step)
		}
		b.WriteString(body(group.steps[0], true))
	}
	writeProof(&b, plan)
	writeNetwork(&b, plan)
	writeImages(&b, plan)
	return b.Bytes()
}

func writeHead(b *bytes.Buffer, plan joinplan.Plan) {
	spec := plan.Spec
	fmt.Fprintf(b, "# %s\n\n", plain.Markdown(plan.Title))
	fmt.Fprintf(b, "Kubernetes %s, installed by kubeadm %s. Endpoint: %s.\n",
		plain.Markdown(spec.KubernetesVersion), plain.Markdown(spec.KubeadmVersion), plain.Code(spec.ControlPlaneEndpoint.String()))
	if expires := plan.Credentials.Expires(); !expires.IsZero() {
		fmt.Fprintf(b, "The credentials in the files of this plan work until %s.\n", expires.UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(b, "\n%s\n", plain.Fence("mermaid", topology(spec)))
	writeStages(b, plan)
	if len(plan.Warnings) > 0 {
		b.WriteString("\n**Warnings**\n\n")
		for _, w := range plan.Warnings {
			fmt.Fprintf(b, "- %s: %s.\n", plain.Code(w.Place), plain.Markdown(oneSentence(w)))
		}
	}
	if len(plan.Steps) > 1 {
		fmt.Fprintf(b, "\n%s", plain.Fence("mermaid", Graph(plan)))
	}
	b.WriteString("\nEvery command runs as root. A check that does not hold yet may need some minutes; do not begin a step before the checks of those before it hold.\n")
}

// oneSentence is what is wrong and what to do, without the final stop.
func oneSentence(f cluster.Finding) string {
	text := f.Message
	if f.Subject != "" {
		text = f.Subject + ": " + text
	}
	if f.Remedy != "" {
		text += "; " + f.Remedy
	}
	return text
}

// writeStages says what may fail: as a table, or in a sentence where the plan
// changes nothing about it and does not know what is there.
func writeStages(b *bytes.Buffer, plan joinplan.Plan) {
	stages := plan.Stages()
	if len(stages) == 0 {
		b.WriteString(tolerance(plan))
		return
	}
	b.WriteString("How many control planes may fail, and the API still serves:\n\n")
	b.WriteString("| | control planes | etcd members | may fail |\n|---|---|---|---|\n")
	for _, s := range stages {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", when(s), servers(s), members(s), mayFail(s))
	}
}

func tolerance(plan joinplan.Plan) string {
	n := len(plan.Spec.ControlPlanes)
	if plan.Spec.ExternalEtcd != nil {
		return fmt.Sprintf("%d control planes serve as long as one is up and the external etcd has its quorum.\n", n)
	}
	return fmt.Sprintf("etcd runs on %d control planes: its quorum is %d, so it tolerates the loss of %d.\n", n, effect.Quorum(n), n-effect.Quorum(n))
}

func when(s joinplan.Stage) string {
	switch {
	case !s.During.IsZero():
		return "during " + code(s.During)
	case !s.After.IsZero():
		return "after " + code(s.After)
	}
	return "before"
}

func servers(s joinplan.Stage) string {
	if s.Serving == s.ControlPlanes {
		return fmt.Sprintf("%d", s.ControlPlanes)
	}
	return fmt.Sprintf("%d, of which %d are Ready", s.ControlPlanes, s.Serving)
}

func members(s joinplan.Stage) string {
	if s.Voters == 0 {
		return "external"
	}
	quorum := fmt.Sprintf("quorum %d", effect.Quorum(s.Voters))
	if s.Agreeing == s.Voters {
		return fmt.Sprintf("%d, %s", s.Voters, quorum)
	}
	return fmt.Sprintf("%d, %s, of which %d agree", s.Voters, quorum, s.Agreeing)
}

func mayFail(s joinplan.Stage) string {
	if s.Tolerates >= 0 {
		return fmt.Sprintf("%d", s.Tolerates)
	}
	return "it does not serve"
}

// section has one step, or several that follow each other and of which there is
// the same to say.
type section struct {
	title string
	steps []joinplan.Step
	// says is what there is to say, without the text of hosts blocks, which can
	// have thousands of lines.
	says string
}

func grouped(steps []joinplan.Step) []section {
	var out []section
	for _, step := range steps {
		s := section{step.Title, []joinplan.Step{step}, body(step, false)}
		if last := len(out) - 1; last >= 0 && out[last].steps[0].ID.Kind == step.ID.Kind && out[last].says == s.says {
			out[last].title, out[last].steps = step.Name(), append(out[last].steps, step)
			continue
		}
		out = append(out, s)
	}
	return out
}

func writeItem(b *bytes.Buffer, step joinplan.Step) {
	fmt.Fprintf(b, "- [ ] Step %s on **%s**", code(step.ID), plain.Markdown(step.Host))
	for i, id := range step.Needs {
		word := ", after "
		if i > 0 {
			word = ", "
		}
		b.WriteString(word + code(id))
	}
	b.WriteString("\n")
}

func code(id joinplan.ID) string { return plain.Code(id.String()) }

// body is what there is to say of a step, with the text of hosts blocks or with
// their names.
func body(s joinplan.Step, blocks bool) string {
	var b bytes.Buffer
	b.WriteString("\n" + plain.Markdown(s.Why) + "\n")
	for _, condition := range s.Preconditions {
		fmt.Fprintf(&b, "\nBefore: %s\n", plain.Markdown(condition))
	}
	if s.Awaits != "" {
		fmt.Fprintf(&b, "\nThis step awaits %s. Make the plan again with it: the step's file is written then.\n", plain.Markdown(s.Awaits))
	}
	writeActions(&b, s, s.Actions, blocks)
	if len(s.Finally) > 0 {
		b.WriteString("\nThen, and also where a command failed:\n")
		writeActions(&b, s, s.Finally, blocks)
	}
	writeChecks(&b, s)
	if len(s.Undo) > 0 {
		b.WriteString("\nThe way back:\n")
		writeActions(&b, s, s.Undo, blocks)
	}
	return b.String()
}

// writeActions puts commands that follow each other into one block.
func writeActions(b *bytes.Buffer, s joinplan.Step, actions []joinplan.Action, blocks bool) {
	var commands []string
	printsCredentials := false
	flush := func() {
		if len(commands) > 0 {
			b.WriteString("\n" + plain.Fence("sh", strings.Join(commands, "\n")))
		}
		commands = nil
	}
	for _, action := range actions {
		if run, ok := action.(joinplan.Run); ok {
			commands = append(commands, run.Command.String())
			printsCredentials = printsCredentials || run.PrintsCredentials
			continue
		}
		flush()
		if set, ok := action.(joinplan.SetHostsBlock); ok && !blocks {
			b.WriteString(set.File)
			continue
		}
		fmt.Fprintf(b, "\n%s\n", describe(s, action))
	}
	flush()
	if printsCredentials {
		b.WriteString("\nKeep what the last command prints in a file with mode 0600: later steps need the credentials in it.\n")
	}
}

func describe(s joinplan.Step, action joinplan.Action) string {
	switch a := action.(type) {
	case joinplan.SetHostsBlock:
		text := plain.Fence("", string(a.Block.Bytes()))
		return fmt.Sprintf("Set this block in %s and leave the rest of the file alone:\n\n%s", plain.Code(a.Path()), strings.TrimSuffix(text, "\n"))
	case joinplan.EditFile:
		return fmt.Sprintf("In %s %s, and leave the rest of the file alone.", plain.Code(a.Path), plain.Markdown(a.Edit.String()))
	case joinplan.CopyFile:
		return fmt.Sprintf("Copy %s from %s to %s, mode %04o at most.", plain.Code(a.FromPath), plain.Markdown(a.FromHost), plain.Code(a.Path), a.Mode)
	case joinplan.WriteFile:
		secret := ""
		if a.Content.IsSecret() {
			secret = " It holds secrets: keep the mode, and keep it out of version control."
		}
		return fmt.Sprintf("Put %s at %s, mode %04o.%s", plain.Code(path.Join(s.Host, a.Path)), plain.Code(a.Path), a.Mode, secret)
	}
	return ""
}

func writeChecks(b *bytes.Buffer, s joinplan.Step) {
	for _, check := range s.Checks {
		where := ""
		if check.Host != s.Host {
			where = " on **" + plain.Markdown(check.Host) + "**"
		}
		var lines []string
		for _, command := range printed(check) {
			lines = append(lines, command.String())
		}
		fmt.Fprintf(b, "\nCheck%s: %s.\n\n%s", where, plain.Markdown(check.Expect), plain.Fence("sh", strings.Join(lines, "\n")))
	}
}

// writeProof is the failover test, which only a person should begin.
func writeProof(b *bytes.Buffer, plan joinplan.Plan) {
	if len(plan.Spec.LoadBalancers) == 0 || len(plan.Spec.ControlPlanes) < 3 {
		return
	}
	fmt.Fprintf(b, `
## Then prove it

- [ ] Reboot the control plane that HAProxy's log names last, and read the log after it is back.

Its sessions must go on with the other control planes, and nobody must have noticed:

`+"```sh\njournalctl -u haproxy --since '-15min' -o short\n```\n")
}
