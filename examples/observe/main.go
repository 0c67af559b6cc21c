// Observe shows what a cluster says of itself, what is wrong with it and, given
// a description, what to do next so that it becomes what is described.
//
//	observe [-cluster FILE] -observed DIR
//	observe [-cluster FILE] [-etcd FILE] {-kubeconfig FILE | CAPTURE...}
//
// DIR has what the scripts of the program capture printed, in files NAME.capture.
// A CAPTURE is a file with what kubectl get printed, as JSON or YAML, of nodes,
// ConfigMaps, Secrets and pods. Exit status: 0 all well; 1 something is wrong or
// to be done; 2 bad input; 3 etcd has lost its quorum.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/examples/internal/observed"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubestate"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("observe", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("observed", "", "`DIR` with the captures of the machines")
	kubeconfig := flags.String("kubeconfig", "", "`FILE` to ask the cluster itself with")
	description := flags.String("cluster", "", "`FILE` that describes the cluster")
	etcd := flags.String("etcd", "", "`FILE` with what etcdctl endpoint status and member list printed")
	if flags.Parse(args) != nil {
		return 2
	}
	in, err := input(*dir, *kubeconfig, *description, *etcd, flags.Args())
	if err != nil {
		fmt.Fprintln(stderr, "observe:", err)
		return 2
	}
	assessment, err := joinplan.Assess(in)
	if err == nil {
		_, err = assessment.WriteTo(stdout)
	}
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "observe:", err)
		return 2
	case assessment.Etcd.Verdict == etcdcheck.QuorumLost:
		return 3
	case !assessment.IsWell():
		return 1
	}
	return 0
}

// input reads everything, and says at once all that cannot be read.
func input(dir, kubeconfig, description, etcd string, captures []string) (joinplan.Input, error) {
	spec, specErr := read(description, cluster.Parse)
	if dir != "" {
		if kubeconfig != "" || etcd != "" || len(captures) > 0 {
			return joinplan.Input{}, errors.New("-observed says everything: leave -kubeconfig, -etcd and files away")
		}
		o, err := observed.Read(dir)
		return joinplan.Input{Spec: spec, State: o.State, Etcd: o.Etcd}, errors.Join(specErr, cmp.Or(err, o.NeedCluster()))
	}
	state, stateErr := observe(kubeconfig, captures)
	sample, etcdErr := read(etcd, etcdcheck.Parse)
	return joinplan.Input{Spec: spec, State: state, Etcd: sample}, errors.Join(stateErr, etcdErr, specErr)
}

// read gives nothing where no file is named.
func read[T any](file string, parse func([]byte) (T, error)) (nothing T, err error) {
	if file == "" {
		return nothing, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nothing, err
	}
	return parse(text)
}

func observe(kubeconfig string, files []string) (cluster.State, error) {
	if (kubeconfig == "") == (len(files) == 0) {
		return cluster.State{}, errors.New("give -observed, -kubeconfig, or files with what kubectl get printed")
	}
	if kubeconfig != "" {
		return ask(kubeconfig)
	}
	var captures [][]byte
	var errs []error
	for _, file := range files {
		capture, err := os.ReadFile(file)
		captures, errs = append(captures, capture), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return cluster.State{}, err
	}
	return cluster.ParseState(captures...)
}

// ask looks at the cluster itself.
func ask(kubeconfig string) (cluster.State, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return cluster.State{}, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return cluster.State{}, err
	}
	return kubestate.Read(context.Background(), client)
}
