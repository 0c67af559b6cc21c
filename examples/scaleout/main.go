// Scaleout leads a cluster to its description from wherever it is: it makes the
// plan of what comes next, with every file, or says what is in the way.
package main

import (
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"time"

	"github.com/haplane/haplane/examples/internal/observed"
	"github.com/haplane/haplane/examples/internal/outdir"
	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/joinplan/next"
	"github.com/haplane/haplane/joinplan/render"
)

const usage = `usage: scaleout -cluster FILE -observed DIR -out DIR [flags] [what]
       scaleout -out DIR      # the reference lab, as it stood with one control plane

Reads the description of a cluster and what its machines said, and writes the plan
of what comes next: plan.md to follow, and every file that it puts on machines.
Nothing there: create. No endpoint, or another one: convert in place. Machines
missing: scale out. Everything there: a plan that only checks.

  ssh cka-cp-1 sudo sh -s < control-plane.sh > observed/cka-cp-1.capture
  scaleout -cluster cluster.yaml -observed observed -out files
  scaleout -cluster cluster.yaml -observed observed -printed printed.txt -out files -replace

What comes next is decided unless it is asked for:
  replace NAME    take a machine out, which is no longer described, and bring in another
  remove NAME     take a machine out, which is no longer described
  reboot NAME     reboot a machine on purpose
  create          a cluster on machines that nobody saw; never where there is one
  rebuild         a cluster on machines that were in one, which is lost
  back PROGRESS   undo those steps of the plan that the file PROGRESS says are done

A DIR has captures, which the program capture makes, in files NAME.capture; and what
kubectl or etcdctl printed, files of machines as HOST/PATH, and people's kubeconfigs
below handed-in. Give - for one FILE to read it from standard input.

Exit status:
  0  the plan is made
  1  there is none: something is in the way, and nothing is written
  2  bad input, or a file is in the way that says something else; nothing is written

Flags:
`

var (
	//go:embed reference.yaml
	referenceCluster []byte
	//go:embed reference
	referenceLab embed.FS
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, time.Now())) }

// errRefused is said where there is no plan, on standard output.
var errRefused = errors.New("no plan")

func run(args []string, stdin io.Reader, stdout, stderr io.Writer, now time.Time) int {
	p := program{stdin: stdin, stdout: stdout, now: now}
	err := p.parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err == nil && p.version:
		fmt.Fprintln(stdout, "scaleout", version())
		return 0
	case err == nil:
		err = p.plan()
	}
	switch {
	case errors.Is(err, errRefused):
		return 1
	case err != nil:
		fmt.Fprintln(stderr, plain.Text(err.Error()))
		return 2
	}
	return 0
}

// version is that of the module that the program was built from.
func version() string {
	info, found := debug.ReadBuildInfo()
	if !found || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}

// program is a run: the flags, what is asked for, and where it reads and writes.
type program struct {
	cluster, observed, kubeconfig, printed, out string
	scripts, json, replace, version             bool
	words                                       []string
	stdin                                       io.Reader
	stdout                                      io.Writer
	now                                         time.Time
}

// parse reads the arguments; flags may stand anywhere.
func (p *program) parse(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("scaleout", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&p.cluster, "cluster", "", "`FILE` that describes the cluster")
	flags.StringVar(&p.observed, "observed", "", "`DIR` with the captures of the machines")
	flags.StringVar(&p.kubeconfig, "kubeconfig", "", "`FILE` to ask the cluster itself with; etcd and the machines only say it in captures")
	flags.StringVar(&p.printed, "printed", "", "`FILE` with what kubeadm printed when the file was last changed")
	flags.StringVar(&p.out, "out", "", "`DIR` to write to; some of the files hold secrets")
	flags.BoolVar(&p.scripts, "scripts", false, "also write a script for each machine, HOST.sh")
	flags.BoolVar(&p.json, "json", false, "print the decision and the plan as JSON")
	flags.BoolVar(&p.replace, "replace", false, "write over files that differ")
	flags.BoolVar(&p.version, "version", false, "print the version")
	for rest := args; ; {
		if err := flags.Parse(rest); errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stderr, usage)
			flags.SetOutput(stderr)
			flags.PrintDefaults()
			return err
		} else if err != nil {
			return fmt.Errorf("scaleout: %w; -h says what there is", err)
		}
		if flags.NArg() == 0 {
			return p.check()
		}
		p.words = append(p.words, flags.Arg(0))
		rest = flags.Args()[1:]
	}
}

// check finds arguments that do not go together.
func (p *program) check() error {
	if p.version {
		return nil
	}
	var errs []error
	if p.out == "" && !p.json {
		errs = append(errs, errors.New("scaleout: give -out, the directory to write to, or -json"))
	}
	if p.cluster == "" && (p.observed != "" || p.kubeconfig != "") {
		errs = append(errs, errors.New("scaleout: give -cluster, the description: what is observed says what is, and not what shall be"))
	}
	inputs := 0
	for _, name := range []string{p.cluster, p.printed, p.progress()} {
		if name == "-" {
			inputs++
		}
	}
	if inputs > 1 {
		errs = append(errs, errors.New("scaleout: only one file can be standard input"))
	}
	return errors.Join(append(errs, p.checkWords())...)
}

func (p *program) checkWords() error {
	if len(p.words) == 0 {
		return nil
	}
	want, known := map[string]int{"replace": 2, "remove": 2, "reboot": 2, "back": 2, "create": 1, "rebuild": 1}[p.words[0]]
	switch {
	case !known:
		return fmt.Errorf("scaleout: %q is nothing that can be asked for: replace, remove, reboot, create, rebuild or back", p.words[0])
	case len(p.words) < want && p.words[0] == "back":
		return errors.New("scaleout: back needs the file that says which steps are done")
	case len(p.words) < want:
		return fmt.Errorf("scaleout: %s needs the name of a machine", p.words[0])
	case len(p.words) > want:
		return fmt.Errorf("scaleout: %q is one argument too many", p.words[want])
	}
	return nil
}

// progress is the file that back reads.
func (p *program) progress() string {
	if len(p.words) == 2 && p.words[0] == "back" {
		return p.words[1]
	}
	return ""
}

// plan makes the plan and writes it.
func (p *program) plan() error {
	in, err := p.input()
	if err != nil {
		return err
	}
	decision, err := p.decide(in)
	if err != nil {
		return err
	}
	if len(decision.InTheWay) > 0 {
		if err := p.print(decision, nil); err != nil {
			return err
		}
		return errRefused
	}
	files := slices.Collect(render.Bundle(decision.Plan))
	if p.scripts {
		files = slices.AppendSeq(files, render.Scripts(decision.Plan))
	}
	if p.out == "" {
		return p.print(decision, nil)
	}
	if err := outdir.Write(p.out, files, p.replace); err != nil {
		return err
	}
	return p.print(decision, files)
}

// input reads everything, and says at once all that cannot be read.
func (p *program) input() (next.Input, error) {
	var in next.Input
	spec, specErr := cluster.Parse(referenceCluster)
	if p.cluster != "" {
		spec, specErr = observed.Described(p.cluster, p.stdin)
	}
	o, err := p.observe()
	if err == nil && specErr == nil {
		in, err = o.Input(spec)
	}
	errs := []error{specErr, err, nil, nil}
	if p.kubeconfig != "" {
		in.State, errs[2] = observed.Cluster(p.kubeconfig)
	}
	in.Now = p.now
	in.Credentials, errs[3] = p.credentials()
	return in, errors.Join(errs...)
}

// observe reads the directory, or what the machines of the reference lab said.
func (p *program) observe() (observed.Observed, error) {
	switch {
	case p.observed != "":
		return observed.Read(p.observed)
	case p.cluster != "":
		return observed.Observed{}, nil
	}
	lab, err := fs.Sub(referenceLab, "reference")
	if err != nil {
		return observed.Observed{}, err
	}
	return observed.ReadFS(lab, "reference")
}

func (p *program) credentials() (kubeadmcmd.Credentials, error) {
	if p.printed == "" {
		return kubeadmcmd.Credentials{}, nil
	}
	text, err := observed.File(p.printed, p.stdin, cluster.MaxSize)
	if err != nil {
		return kubeadmcmd.Credentials{}, err
	}
	at := p.now
	if info, err := os.Stat(p.printed); err == nil && p.printed != "-" {
		at = info.ModTime()
	}
	credentials, err := kubeadmcmd.ParseCredentials(string(text), at)
	if err != nil {
		return credentials, finding.Named(err, p.printed)
	}
	if err := credentials.Expired(p.now); err != nil {
		return credentials, fmt.Errorf("%s: %w", p.printed, err)
	}
	return credentials, nil
}

// decide decides what comes next, or takes what is asked for.
func (p *program) decide(in next.Input) (next.Decision, error) {
	if len(p.words) == 0 {
		return next.Decide(in)
	}
	out := next.Decision{Way: next.Way(p.words[0]), Because: "This was asked for: " + p.words[0]}
	var err error
	switch p.words[0] {
	case "create":
		out.Plan, err = next.Create(in)
	case "rebuild":
		out.Plan, err = joinplan.Rebuild(in.Input)
	case "replace":
		out.Plan, err = joinplan.Replace(in.Input, p.words[1])
	case "remove":
		out.Plan, err = joinplan.Remove(in.Input, p.words[1])
	case "reboot":
		out.Plan, err = joinplan.Reboot(in.Input, p.words[1])
	case "back":
		return p.back(in)
	}
	if len(p.words) > 1 {
		out.Because += " " + p.words[1]
	}
	out.Because += "."
	var refused *joinplan.RefusedError
	if errors.As(err, &refused) {
		out.InTheWay, err = refused.Reasons, nil
	}
	return out, err
}

// back plans the way back of the plan that the same captures lead to.
func (p *program) back(in next.Input) (next.Decision, error) {
	decision, err := next.Decide(in)
	if err != nil || len(decision.InTheWay) > 0 {
		return decision, err
	}
	text, err := observed.File(p.progress(), p.stdin, cluster.MaxSize)
	if err != nil {
		return decision, err
	}
	progress, err := decision.Plan.ParseProgress(text)
	if err != nil {
		return decision, fmt.Errorf("%s: it does not belong to the plan of these captures: give those that the plan was made from: %w", p.progress(), err)
	}
	return next.Decision{
		Way:     "back",
		Because: "This was asked for: back, over the steps of \"" + decision.Plan.Title + "\" that are done.",
		Plan:    convert.Back(decision.Plan, progress.Done()),
	}, nil
}

// print says what was decided, and what was written.
func (p *program) print(d next.Decision, files []joinplan.WriteFile) error {
	if p.json {
		return p.printJSON(d)
	}
	w := printer{w: p.stdout}
	w.line("", d.Because)
	for _, reason := range d.InTheWay {
		w.line("in the way: ", reason)
	}
	for _, f := range d.Findings {
		w.line(string(f.Severity)+": ", f.String())
	}
	if d.Way == next.ToConvert {
		w.text(plain.Text(d.Census.String()) + "\n")
	}
	for _, f := range files {
		w.line("wrote ", path.Join(p.out, f.Path))
	}
	for _, f := range d.Plan.Warnings {
		w.line("warning: ", f.String())
	}
	return w.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) text(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}

func (p *printer) line(prefix, text string) { p.text(prefix + plain.Line(text) + "\n") }

// printJSON prints the decision for programs.
func (p *program) printJSON(d next.Decision) error {
	out := struct {
		Way      next.Way          `json:"way"`
		Because  string            `json:"because"`
		InTheWay []string          `json:"inTheWay,omitempty"`
		Findings []cluster.Finding `json:"findings,omitempty"`
		Census   *convert.Census   `json:"census,omitempty"`
		Plan     *joinplan.Plan    `json:"plan,omitempty"`
	}{Way: d.Way, Because: d.Because, InTheWay: d.InTheWay, Findings: d.Findings}
	if d.Census.Endpoint != "" {
		out.Census = &d.Census
	}
	if len(d.InTheWay) == 0 {
		out.Plan = &d.Plan
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err == nil {
		_, err = p.stdout.Write(append(plain.JSON(text), '\n'))
	}
	return err
}
