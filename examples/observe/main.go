// Observe shows what a cluster says of itself, what is wrong with it and, given
// a description, what to do next so that it becomes what is described.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/examples/internal/observed"
	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/messages"
	"github.com/haplane/haplane/joinplan/next"
)

const usage = `usage: observe [-cluster FILE] -observed DIR
       observe [-cluster FILE] [-etcd FILE] {-kubeconfig FILE | CAPTURE...}
       observe -message TEXT

Shows what a cluster says of itself and what is wrong with it. With a description
also what to do next, and where files of machines were captured the census: all that
knows an address of an API server, and what breaks when that machine dies. With
-message it says what a message of kubeadm, etcd, HAProxy or kubectl means.

  ssh cka-cp-1 sudo sh -s < control-plane.sh > observed/cka-cp-1.capture
  observe -cluster cluster.yaml -observed observed

A DIR has captures, which the program capture makes, in files NAME.capture; and what
kubectl or etcdctl printed, files of machines as HOST/PATH, and people's kubeconfigs
below handed-in. A CAPTURE is a file with what kubectl get printed, as JSON or YAML,
of nodes, ConfigMaps, Secrets and pods. Give - for one file to read it from standard
input.

Exit status:
  0  all is well, or the message is known
  1  something is wrong or to be done, or the message is not known
  2  bad input
  3  etcd has lost its quorum

Flags:
`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// program is a run: the flags, and standard input.
type program struct {
	dir, kubeconfig, cluster, etcd, message string
	version                                 bool
	captures                                []string
	stdin                                   io.Reader
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := program{stdin: stdin}
	flags := flag.NewFlagSet("observe", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage); flags.PrintDefaults() }
	flags.StringVar(&p.dir, "observed", "", "`DIR` with the captures of the machines")
	flags.StringVar(&p.kubeconfig, "kubeconfig", "", "`FILE` to ask the cluster itself with")
	flags.StringVar(&p.cluster, "cluster", "", "`FILE` that describes the cluster")
	flags.StringVar(&p.etcd, "etcd", "", "`FILE` with what etcdctl endpoint status and member list printed")
	flags.StringVar(&p.message, "message", "", "`TEXT` of a message or of the end of a log, which is explained; - reads standard input")
	flags.BoolVar(&p.version, "version", false, "print the version")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	p.captures = flags.Args()
	if p.version {
		fmt.Fprintln(stdout, "observe", version())
		return 0
	}
	do := p.observe
	if p.message != "" {
		do = p.explain
	}
	status, err := do(stdout)
	if err != nil {
		fmt.Fprintln(stderr, "observe:", plain.Text(err.Error()))
		return 2
	}
	return status
}

// version is that of the module that the program was built from.
func version() string {
	info, found := debug.ReadBuildInfo()
	if !found || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}

// explain prints what is known of a message, and gives the exit status.
func (p program) explain(stdout io.Writer) (int, error) {
	if p.dir+p.kubeconfig+p.cluster+p.etcd != "" || len(p.captures) > 0 {
		return 2, errors.New("-message is explained by itself: leave everything else away")
	}
	text := p.message
	if text == "-" {
		read, err := observed.File("-", p.stdin, cluster.MaxCapture)
		if err != nil {
			return 2, err
		}
		text = string(read)
	}
	found := messages.Explain(text)
	if len(found) == 0 {
		_, err := fmt.Fprintln(stdout, "No message in this is known.")
		return 1, err
	}
	for i, explanation := range found {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		if _, err := fmt.Fprintln(stdout, plain.Text(explanation.String())); err != nil {
			return 2, err
		}
	}
	return 0, nil
}

// observe prints everything, and gives the exit status.
func (p program) observe(stdout io.Writer) (int, error) {
	in, err := p.input()
	if err == nil && len(in.State.Nodes) == 0 {
		err = errors.New("nothing says which nodes there are: give what kubectl get nodes -o json printed")
	}
	if err != nil {
		return 2, err
	}
	assessment, err := joinplan.Assess(in.Input)
	if err != nil {
		return 2, err
	}
	census, taken, err := p.census(in)
	if err != nil {
		return 2, err
	}
	if _, err := assessment.WriteTo(stdout); err != nil {
		return 2, err
	}
	if taken {
		if _, err := fmt.Fprintf(stdout, "\n%s", plain.Text(census.String())); err != nil {
			return 2, err
		}
	}
	switch {
	case assessment.Etcd.Verdict == etcdcheck.QuorumLost:
		return 3, nil
	case !assessment.IsWell() || taken && !census.Converted():
		return 1, nil
	}
	return 0, nil
}

// census is taken where there is a description, and files of machines.
func (p program) census(in next.Input) (convert.Census, bool, error) {
	if p.cluster == "" || len(in.Files) == 0 {
		return convert.Census{}, false, nil
	}
	decision, err := next.Decide(in)
	return decision.Census, decision.Census.Endpoint != "", err
}

// input reads everything, and says at once all that cannot be read.
func (p program) input() (next.Input, error) {
	var spec cluster.Spec
	var specErr error
	if p.cluster != "" {
		spec, specErr = observed.Described(p.cluster, p.stdin)
	}
	if p.dir != "" {
		if p.kubeconfig != "" || p.etcd != "" || len(p.captures) > 0 {
			return next.Input{}, errors.New("-observed says everything: leave -kubeconfig, -etcd and files away")
		}
		return p.captured(spec, specErr)
	}
	in := next.Input{Input: joinplan.Input{Spec: spec}}
	var stateErr, etcdErr error
	in.State, stateErr = p.state()
	if p.etcd != "" {
		in.Etcd, etcdErr = p.sample()
	}
	return in, errors.Join(stateErr, etcdErr, specErr)
}

// captured reads the directory.
func (p program) captured(spec cluster.Spec, specErr error) (next.Input, error) {
	o, err := observed.Read(p.dir)
	if err == nil {
		err = o.NeedCluster()
	}
	if err = errors.Join(specErr, err); err != nil {
		return next.Input{}, err
	}
	return o.Input(spec)
}

func (p program) sample() (etcdcheck.Sample, error) {
	text, err := observed.File(p.etcd, p.stdin, etcdcheck.MaxSize)
	if err != nil {
		return etcdcheck.Sample{}, err
	}
	sample, err := etcdcheck.Parse(text)
	if err == nil && len(sample.Statuses)+len(sample.Failures) == 0 {
		err = fmt.Errorf("%s: no member says how it is: give what etcdctl endpoint status printed", p.etcd)
	}
	return sample, finding.Named(err, p.etcd)
}

// state reads what kubectl printed, or asks the cluster itself.
func (p program) state() (cluster.State, error) {
	if (p.kubeconfig == "") == (len(p.captures) == 0) {
		return cluster.State{}, errors.New("give -observed, -kubeconfig, or files with what kubectl get printed")
	}
	if p.kubeconfig != "" {
		return observed.Cluster(p.kubeconfig)
	}
	var captures [][]byte
	var errs []error
	for _, name := range p.captures {
		capture, err := observed.File(name, p.stdin, cluster.MaxCapture)
		captures, errs = append(captures, capture), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return cluster.State{}, err
	}
	return cluster.ParseState(captures...)
}
