package render

import (
	"bytes"
	_ "embed"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// Scripts returns one shell script for each host, for whoever carries a plan out
// by hand and wants to type less: HOST.sh, to stand beside the files of [Bundle],
// of which it reads hosts and the folder HOST. It holds no secret.
//
// Copy HOST.sh, hosts and the folder HOST to the host, and run it as root. It
// does what may be done, and stops at what it cannot know or do: where a step on
// another host comes first it names that step and its host, and goes on when it
// is told so; where a step awaits credentials, a file of another host, or a
// person, it says so. Its exit status is 0 when all is done, 1 when something
// failed, 2 for wrong usage and 3 when it waits.
//
//	# sh cka-cp-2.sh
//	Step hosts/cka-cp-2: Names on every machine
//	Waiting: join/cka-cp-2 (Join control plane cka-cp-2). First:
//	  upload-certs/cka-cp-1 on cka-cp-1: sh cka-cp-1.sh
//	  then go on with: sh cka-cp-2.sh join/cka-cp-2
//
// A script may be run again at any time: what is done is noted under
// /var/lib/haplane, by the plan's fingerprint, and not done twice. That holds for
// the same plan a month later too, such as the reboot of the same machine: give
// --anew then. Before a step it asks what [joinplan.Step.Done] asks, so that what
// an interrupted run has done is not done again either; where an attempt stopped
// half way it says with which commands to clear it away.
//
// What it cannot do: judge etcd and HAProxy, whose output it shows; check
// something from another host, where it prints the commands; change a file by a
// [joinplan.Edit], which stays a person's work.
//
// It is POSIX sh, with awk, cmp and grep.
func Scripts(plan joinplan.Plan) iter.Seq[joinplan.WriteFile] {
	return func(yield func(joinplan.WriteFile) bool) {
		w := newScriptWriter(plan)
		for _, host := range w.hosts {
			if !yield(openFile(host+".sh", 0o755, w.script(host))) {
				return
			}
		}
	}
}

//go:embed script.sh
var scriptFunctions string

// named is how many steps of other hosts a script names one by one.
const named = 8

// scriptWriter has what the scripts of a plan share.
type scriptWriter struct {
	plan   joinplan.Plan
	id     string // of the plan
	hosts  []string
	of     map[string][]joinplan.Step      // by host
	hostOf map[joinplan.ID]string          // by step
	needBy map[joinplan.ID][]joinplan.Step // steps of other hosts that need a step
}

func newScriptWriter(plan joinplan.Plan) *scriptWriter {
	const length = 16
	w := &scriptWriter{
		plan:   plan,
		id:     strings.TrimPrefix(plan.Fingerprint(), "sha256:")[:length],
		of:     map[string][]joinplan.Step{},
		hostOf: map[joinplan.ID]string{},
		needBy: map[joinplan.ID][]joinplan.Step{},
	}
	for _, step := range plan.Steps {
		if w.of[step.Host] == nil {
			w.hosts = append(w.hosts, step.Host)
		}
		w.of[step.Host] = append(w.of[step.Host], step)
		w.hostOf[step.ID] = step.Host
	}
	for _, step := range plan.Steps {
		for _, id := range step.Needs {
			if w.hostOf[id] != step.Host {
				w.needBy[id] = append(w.needBy[id], step)
			}
		}
	}
	return w
}

func (w *scriptWriter) script(host string) []byte {
	var b bytes.Buffer
	steps := w.of[host]
	ids := make([]string, 0, len(steps))
	for _, step := range steps {
		ids = append(ids, step.ID.String())
	}
	b.WriteString("#!/bin/sh\n# Carries out what a plan has for one host: sh THIS --help says more.\nset -eu\numask 077\n")
	fmt.Fprintf(&b, "plan=%s\nhost=%s\nsteps=%s\nstate=/var/lib/haplane/%s\n", quoted(plain.Line(w.plan.Title)), quoted(host), quoted(strings.Join(ids, "\n")), w.id)
	b.WriteString("here=$(CDPATH='' cd -- \"$(dirname -- \"$0\")\" && pwd)\nfiles=$here/$host\n\n")
	b.WriteString(scriptFunctions)
	b.WriteString("\n" + hostsfile.SetBlockScript())
	b.WriteString("\narguments \"$@\"\n")
	for _, step := range steps {
		if len(step.HalfDone) > 0 {
			call(&b, "", "was_reset", step.ID.String())
		}
	}
	for _, step := range steps {
		w.step(&b, step)
	}
	b.WriteString("\nend\n")
	return b.Bytes()
}

// call writes a command of the script.
func call(b *bytes.Buffer, indent string, words ...string) {
	b.WriteString(indent + kubeadmcmd.NewCommand(words...).Shell() + "\n")
}

// tell writes a command of the script that shows its words to a person.
func tell(b *bytes.Buffer, indent, function string, words ...string) {
	shown := []string{function}
	for _, word := range words {
		shown = append(shown, plain.Line(word))
	}
	call(b, indent, shown...)
}

func quoted(word string) string { return kubeadmcmd.NewCommand(word).Shell() }

func (w *scriptWriter) step(b *bytes.Buffer, s joinplan.Step) {
	b.WriteByte('\n')
	call(b, "", "step", s.ID.String(), plain.Line(s.Title))
	w.needs(b, s)
	if w.waitsForPerson(b, s) {
		b.WriteString("if ready; then :; fi\n")
		return
	}
	b.WriteString("if ready; then\n")
	for _, condition := range s.Preconditions {
		tell(b, "\t", "say", "  before: "+condition)
	}
	resume(b, s)
	if len(s.Finally) > 0 {
		w.finally(b, s)
	}
	for _, action := range s.Actions {
		w.action(b, action)
	}
	if len(s.Finally) > 0 {
		b.WriteString("\tcleaned\n")
	}
	for _, check := range s.Checks {
		w.check(b, s, check)
	}
	b.WriteString("\tfinished\n")
	for _, action := range s.Actions {
		if file, ok := action.(joinplan.WriteFile); ok && file.Content.IsSecret() {
			call(b, "\t", "holds_secrets", beside(file.Path))
		}
	}
	w.next(b, s)
	b.WriteString("fi\n")
}

// finally writes the function that is called when the actions are at their end,
// or have failed.
func (w *scriptWriter) finally(b *bytes.Buffer, s joinplan.Step) {
	b.WriteString("\tcleanup_now() {\n")
	for _, action := range s.Finally {
		w.action(b, action)
	}
	b.WriteString("\t}\n\tfinally cleanup_now\n")
}

// needs are the steps before, and the files that other hosts have.
func (w *scriptWriter) needs(b *bytes.Buffer, s joinplan.Step) {
	var others []string
	for _, id := range s.Needs {
		switch host, known := w.hostOf[id]; {
		case host == s.Host && known:
			call(b, "", "after", id.String())
		case known:
			others = append(others, fmt.Sprintf("%s on %s: sh %s.sh", id, host, host))
		}
	}
	for _, line := range few(others, "more such steps; plan.md names them all") {
		tell(b, "", "other", line)
	}
	for _, action := range s.Actions {
		if file, ok := action.(joinplan.CopyFile); ok {
			call(b, "", "brought", fmt.Sprintf("copy %s of %s", file.FromPath, file.FromHost), beside(file.Path))
		}
	}
}

// few names some of many lines, and how many there are beside them.
func few(lines []string, rest string) []string {
	if len(lines) <= named {
		return lines
	}
	return append(slices.Clone(lines[:named]), fmt.Sprintf("and %d %s", len(lines)-named, rest))
}

// waitsForPerson tells whether a script can do nothing about the step, and says
// why.
func (w *scriptWriter) waitsForPerson(b *bytes.Buffer, s joinplan.Step) bool {
	switch {
	case s.Awaits != "":
		tell(b, "", "missing", "make the plan again with "+s.Awaits+", and bring its files")
	case len(s.Actions) == 0 && len(s.Checks) == 0:
		for _, condition := range s.Preconditions {
			tell(b, "", "person", condition)
		}
	case slices.ContainsFunc(slices.Concat(s.Actions, s.Finally), byHand):
		tell(b, "", "person", "do the step as plan.md says, because it edits a file in place or has a secret in a command")
	default:
		return false
	}
	return true
}

// byHand tells whether an action is beyond a script.
func byHand(action joinplan.Action) bool {
	switch a := action.(type) {
	case joinplan.SetHostsBlock, joinplan.CopyFile, joinplan.WriteFile:
		return false
	case joinplan.Run:
		return a.Command.HasSecret()
	}
	return true
}

func (w *scriptWriter) action(b *bytes.Buffer, action joinplan.Action) {
	switch a := action.(type) {
	case joinplan.SetHostsBlock:
		fmt.Fprintf(b, "\thosts_block %s \"$here\"/%s", quoted(a.Block.Name), quoted(a.File))
		for _, name := range a.Block.Former {
			b.WriteString(" " + quoted(name))
		}
		b.WriteString("\n")
	case joinplan.CopyFile:
		call(b, "\t", "bring", octal(a.Mode), beside(a.Path), a.Path)
	case joinplan.WriteFile:
		call(b, "\t", "put", octal(a.Mode), beside(a.Path), a.Path)
	case joinplan.Run:
		w.run(b, a)
	}
}

// beside is where a file lies in the host's folder of the bundle.
func beside(file string) string { return strings.TrimPrefix(path.Join("/", file), "/") }

func (w *scriptWriter) run(b *bytes.Buffer, a joinplan.Run) {
	command := a.Command.Shell()
	if a.PrintsCredentials {
		command = "keep " + command
	}
	switch {
	case a.Once:
		fmt.Fprintf(b, "\t[ $already = yes ] || %s\n", command)
	case a.Reboots:
		fmt.Fprintf(b, "\tif once reboot; then\n\t\t: >\"$state/$mark.reboot\"\n\t\tcurrent=''\n")
		b.WriteString("\t\tsay 'The machine goes away now; run this script again when it is back.'\n")
		b.WriteString("\t\t" + command + "\n\t\texit 3\n\tfi\n")
	default:
		b.WriteString("\t" + command + "\n")
	}
}

func octal(mode fs.FileMode) string { return fmt.Sprintf("%04o", mode.Perm()) }

// resume asks whether an earlier attempt has done the step, or stopped half way:
// that first, because it waits for an attempt that has not come to its end.
func resume(b *bytes.Buffer, s joinplan.Step) {
	if len(s.Done) == 0 {
		return
	}
	if len(s.HalfDone) > 0 {
		ask(b, "half", s, s.HalfDone)
	}
	ask(b, "already", s, s.Done)
	b.WriteString("\t[ $already = no ] || say '  an earlier attempt has done this: only the rest is done'\n")
	if len(s.HalfDone) == 0 {
		return
	}
	var recover []string
	for _, action := range s.Recover {
		if run, ok := action.(joinplan.Run); ok {
			recover = append(recover, run.Command.String())
		}
	}
	fmt.Fprintf(b, "\t[ $already = yes ] || [ $half = no ] || half_done %s\n", quoted(strings.Join(recover, "\n")))
}

// ask sets a variable of the script to whether all checks hold, as far as they
// can be asked here.
func ask(b *bytes.Buffer, variable string, s joinplan.Step, checks []joinplan.Check) {
	fmt.Fprintf(b, "\t%s=yes\n", variable)
	for _, check := range checks {
		if check.Host != s.Host {
			continue
		}
		words, commands := judged(check)
		for _, command := range commands {
			fmt.Fprintf(b, "\tholds %s%s || %s=no\n", words, command.Shell(), variable)
		}
	}
}

// check asks here, or says what to ask elsewhere.
func (w *scriptWriter) check(b *bytes.Buffer, s joinplan.Step, c joinplan.Check) {
	if c.Host != s.Host {
		tell(b, "\t", "say", fmt.Sprintf("  on %s this must hold before anything goes on: %s", c.Host, c.Expect))
		for _, command := range printed(c) {
			tell(b, "\t", "say", "    "+command.String())
		}
		return
	}
	ask, commands := asked(c)
	for _, command := range commands {
		fmt.Fprintf(b, "\t%s %s\n", ask, command.Shell())
	}
}

// printed are the commands whose output people read.
func printed(c joinplan.Check) []kubeadmcmd.Command {
	if len(c.ForPeople) > 0 {
		return c.ForPeople
	}
	return c.Commands
}

// asked gives the commands that a script runs, and the words in front of them by
// which it judges what they print, or leaves that to eyes.
func asked(c joinplan.Check) (ask string, commands []kubeadmcmd.Command) {
	words, commands := judged(c)
	if words == "" && c.Kind != joinplan.CheckSucceeds {
		return "look " + quoted(plain.Line(c.Expect)), commands
	}
	return strings.TrimSuffix("try "+quoted(plain.Line(c.Expect))+" "+words, " "), commands
}

// judged gives the commands, and the function of the script that judges what they
// print with its arguments, followed by a blank; none where a script cannot.
func judged(c joinplan.Check) (words string, commands []kubeadmcmd.Command) {
	wants := quoted(strings.Join(c.Want, "\n")) + " "
	switch c.Kind {
	case joinplan.CheckSucceeds:
		return "", c.Commands
	case joinplan.CheckEquals:
		return "equals " + wants, c.Commands
	case joinplan.CheckAddress:
		return "first_word " + wants, c.Commands
	case joinplan.CheckNoMember:
		return "lacks " + wants, printed(c)
	case joinplan.CheckRegistered, joinplan.CheckReady:
		if len(c.ForPeople) > 0 {
			return "nodes " + string(c.Kind) + " " + wants, c.ForPeople
		}
	}
	return "", printed(c)
}

// next says which hosts may go on.
func (w *scriptWriter) next(b *bytes.Buffer, s joinplan.Step) {
	var lines []string
	for _, step := range w.needBy[s.ID] {
		lines = append(lines, fmt.Sprintf("%s on %s: sh %s.sh %s", step.ID, step.Host, step.Host, step.ID))
	}
	for _, line := range few(lines, "more; plan.md names them all") {
		tell(b, "\t", "say", "  waits for this: "+line)
	}
}
