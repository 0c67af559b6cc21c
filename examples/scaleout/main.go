// Scaleout writes everything that makes a highly available kubeadm cluster of
// some machines: the plan, hosts block, haproxy.cfg, kubeadm files and commands.
//
//	scaleout -out DIR [-cluster FILE] [-credentials FILE] [-replace]
//
// Without -cluster it takes the reference lab and its credentials. Run it with
// the description alone, and again with what kubeadm printed: the files that
// need credentials are written then. Exit status: 0 written; 2 bad input, or a
// file in the way that says something else, and then nothing is written.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"time"

	"github.com/haplane/haplane/examples/internal/outdir"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/joinplan/render"
)

var (
	//go:embed reference.yaml
	referenceCluster []byte
	//go:embed reference-credentials.txt
	referenceCredentials []byte
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, time.Now())) }

func run(args []string, stdout, stderr io.Writer, now time.Time) int {
	flags := flag.NewFlagSet("scaleout", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "", "`DIR` to write to (required)")
	clusterFile := flags.String("cluster", "", "`FILE` that describes the cluster")
	credentialsFile := flags.String("credentials", "", "`FILE` with what kubeadm printed when the file was last changed")
	replace := flags.Bool("replace", false, "write over files that differ")
	if err := flags.Parse(args); err != nil || *out == "" {
		fmt.Fprintln(stderr, "scaleout: give -out, the directory to write to, and only these flags")
		return 2
	}
	plan, err := makePlan(*clusterFile, *credentialsFile, now)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	files := slices.Collect(render.Bundle(plan))
	if err := outdir.Write(*out, files, *replace); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	for _, file := range files {
		fmt.Fprintln(stdout, "wrote", path.Join(*out, file.Path))
	}
	for _, w := range plan.Warnings {
		fmt.Fprintln(stdout, "warning:", w)
	}
	return 0
}

func makePlan(clusterFile, credentialsFile string, now time.Time) (joinplan.Plan, error) {
	description, _, descriptionErr := input(clusterFile, referenceCluster)
	fallback := referenceCredentials
	if clusterFile != "" {
		fallback = nil
	}
	printed, at, printedErr := input(credentialsFile, fallback)
	if err := errors.Join(descriptionErr, printedErr); err != nil {
		return joinplan.Plan{}, err
	}
	spec, err := cluster.Parse(description)
	in := joinplan.Input{Spec: spec, Now: now}
	if printed != nil {
		in.Credentials, printedErr = kubeadmcmd.ParseCredentials(string(printed), at)
	}
	if err := errors.Join(err, printedErr, in.Credentials.Expired(now)); err != nil {
		return joinplan.Plan{}, err
	}
	return joinplan.Create(in)
}

// input reads a file, and tells when it was last changed.
func input(file string, fallback []byte) ([]byte, time.Time, error) {
	if file == "" {
		return fallback, time.Time{}, nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, time.Time{}, err
	}
	text, err := os.ReadFile(file)
	return text, info.ModTime(), err
}
