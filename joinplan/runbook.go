package joinplan

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan/cluster"
)

// Runbook gives the plan as Markdown for a person to follow from top to bottom:
// pictures of the cluster and of the steps, how many machines may fail at each
// stage, the warnings, each step with its files, commands and checks, and where
// machines join, what the firewalls must let through and the images.
// It names the files that hold secrets and holds none itself. The files are
// named as [Plan.Files] gives them: HOST and the path on it.
func (p Plan) Runbook() []byte {
	var b bytes.Buffer
	p.head(&b)
	for i, group := range grouped(p.Steps) {
		fmt.Fprintf(&b, "\n## %d. %s\n\n", i+1, group[0].Title)
		writeGroup(&b, group)
	}
	p.tail(&b)
	p.writeNetwork(&b)
	p.writeImages(&b)
	return b.Bytes()
}

// WriteRunbook writes [Plan.Runbook] in one Write.
func (p Plan) WriteRunbook(w io.Writer) (int64, error) {
	n, err := w.Write(p.Runbook())
	return int64(n), err
}

func (p Plan) head(b *bytes.Buffer) {
	fmt.Fprintf(b, "# %s\n\n", p.Title)
	fmt.Fprintf(b, "Kubernetes %s, installed by kubeadm %s. Endpoint: `%s`.\n", p.Spec.KubernetesVersion, p.Spec.KubeadmVersion, p.Spec.ControlPlaneEndpoint)
	if !p.Expires.IsZero() {
		fmt.Fprintf(b, "The credentials in the files of this plan work until %s.\n", p.Expires.UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(b, "\n```mermaid\n%s```\n\n", Topology(p.Spec))
	p.writeStages(b)
	if len(p.Warnings) > 0 {
		b.WriteString("\n**Warnings**\n\n")
		for _, w := range p.Warnings {
			fmt.Fprintf(b, "- `%s`: %s.\n", w.Place, oneSentence(w))
		}
	}
	if len(p.Steps) > 1 {
		fmt.Fprintf(b, "\n```mermaid\n%s```\n", p.Graph())
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

func (p Plan) tolerance() string {
	n := len(p.Spec.ControlPlanes)
	if p.Spec.ExternalEtcd != nil {
		return fmt.Sprintf("%d control planes serve as long as one is up and the external etcd has its quorum.\n", n)
	}
	return fmt.Sprintf("etcd runs on %d control planes: its quorum is %d, so it tolerates the loss of %d.\n", n, etcdcheck.Quorum(n), etcdcheck.Tolerates(n))
}

// grouped puts steps together that say the same on several hosts: their titles
// do, where those of other steps name the host.
func grouped(steps []Step) [][]Step {
	var groups [][]Step
	for _, step := range steps {
		last := len(groups) - 1
		if last >= 0 && step.Title == groups[last][0].Title {
			groups[last] = append(groups[last], step)
			continue
		}
		groups = append(groups, []Step{step})
	}
	return groups
}

func writeGroup(b *bytes.Buffer, group []Step) {
	for _, step := range group {
		fmt.Fprintf(b, "- [ ] Step `%s` on **%s**", step.ID, step.Host)
		if len(step.Needs) > 0 {
			fmt.Fprintf(b, ", after `%s`", strings.Join(step.Needs, "`, `"))
		}
		b.WriteString("\n")
	}
	b.Write(group[0].body())
}

func (s Step) body() []byte {
	var b bytes.Buffer
	b.WriteString("\n" + s.Why + "\n")
	for _, condition := range s.Preconditions {
		fmt.Fprintf(&b, "\nBefore: %s\n", condition)
	}
	if s.Awaits != "" {
		fmt.Fprintf(&b, "\nThis step awaits %s. Make the plan again with it: the step's file is written then.\n", s.Awaits)
	}
	s.writeActions(&b, s.Actions)
	s.writeChecks(&b)
	if len(s.Undo) > 0 {
		b.WriteString("\nThe way back:\n")
		s.writeActions(&b, s.Undo)
	}
	return b.Bytes()
}

// writeActions puts commands that follow each other into one block.
func (s Step) writeActions(b *bytes.Buffer, actions []Action) {
	var commands []string
	flush := func() {
		if len(commands) > 0 {
			fmt.Fprintf(b, "\n```sh\n%s\n```\n", strings.Join(commands, "\n"))
		}
		commands = nil
	}
	for _, action := range actions {
		if run, ok := action.(Run); ok {
			commands = append(commands, run.Command.String())
			continue
		}
		flush()
		fmt.Fprintf(b, "\n%s\n", s.describe(action))
	}
	flush()
	for _, action := range actions {
		if run, ok := action.(Run); ok && run.PrintsCredentials {
			b.WriteString("\nKeep what the last command prints in a file with mode 0600: later steps need the credentials in it.\n")
		}
	}
}

func (s Step) describe(action Action) string {
	switch a := action.(type) {
	case SetHostsBlock:
		return fmt.Sprintf("Set this block in `%s` and leave the rest of the file alone:\n\n```\n%s```", a.Path(), a.Block.Bytes())
	case EditFile:
		return fmt.Sprintf("In `%s` %s, and leave the rest of the file alone.", a.Path, a.Edit)
	case CopyFile:
		return fmt.Sprintf("Copy `%s` from %s to `%s`, mode %04o.", a.FromPath, a.FromHost, a.Path, a.Mode)
	case WriteFile:
		secret := ""
		if a.Content.IsSecret() {
			secret = " It holds secrets: keep the mode, and keep it out of version control."
		}
		return fmt.Sprintf("Put `%s` at `%s`, mode %04o.%s", path.Join(s.Host, a.Path), a.Path, a.Mode, secret)
	}
	return ""
}

func (s Step) writeChecks(b *bytes.Buffer) {
	for _, check := range s.Checks {
		where := ""
		if check.Host != s.Host {
			where = " on **" + check.Host + "**"
		}
		fmt.Fprintf(b, "\nCheck%s: %s.\n\n```sh\n", where, check.Expect)
		for _, command := range check.printed() {
			fmt.Fprintln(b, command)
		}
		b.WriteString("```\n")
	}
}

// tail is the failover test, which only a person should begin.
func (p Plan) tail(b *bytes.Buffer) {
	if len(p.Spec.LoadBalancers) == 0 || len(p.Spec.ControlPlanes) < 3 {
		return
	}
	fmt.Fprintf(b, `
## Then prove it

- [ ] Reboot the control plane that HAProxy's log names last, and read the log after it is back.

Its sessions must go on with the other control planes, and nobody must have noticed:

`+"```sh\njournalctl -u haproxy --since '-15min' -o short\n```\n")
}
