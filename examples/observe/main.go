// Observe shows what a cluster says of itself, what is wrong with it and, given
// a description, what to do next so that it becomes what is described.
//
//	observe [-cluster FILE] [-etcd FILE] {-kubeconfig FILE | CAPTURE...}
//
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
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubestate"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("observe", flag.ContinueOnError)
	flags.SetOutput(stderr)
	kubeconfig := flags.String("kubeconfig", "", "`FILE` to ask the cluster itself with")
	description := flags.String("cluster", "", "`FILE` that describes the cluster")
	etcd := flags.String("etcd", "", "`FILE` with what etcdctl endpoint status and member list printed")
	if flags.Parse(args) != nil {
		return 2
	}
	state, stateErr := observe(*kubeconfig, flags.Args())
	sample, etcdErr := read(*etcd, etcdcheck.Parse)
	described, specErr := read(*description, cluster.Parse)
	assessment, err := joinplan.Assessment{}, errors.Join(stateErr, etcdErr, specErr)
	if err == nil {
		assessment, err = joinplan.Assess(joinplan.Input{Spec: described, State: state, Etcd: sample})
	}
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
		return cluster.State{}, errors.New("give either -kubeconfig, or files with what kubectl get printed")
	}
	captures, errs := make([][]byte, len(files)), make([]error, len(files))
	for i, file := range files {
		captures[i], errs[i] = os.ReadFile(file)
	}
	if err := errors.Join(errs...); err != nil || kubeconfig == "" {
		state, stateErr := cluster.ParseState(captures...)
		return state, cmp.Or(err, stateErr)
	}
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
