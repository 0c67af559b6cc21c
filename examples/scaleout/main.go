// Scaleout writes everything that turns machines into a highly available
// kubeadm cluster: the plan, the hosts block, haproxy.cfg, the kubeadm
// configuration of each machine and the join commands.
//
//	scaleout -out DIR [-cluster FILE] [-credentials FILE] [-replace]
//
// Without -cluster it takes the reference lab and the credentials that it had.
// Run it once with the description alone, and again with what kubeadm printed:
// the files that need credentials are written then.
//
// Exit status: 0 written; 2 bad input, or a file in the way that says something
// else, and then nothing is written.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"time"

	"github.com/haplane/haplane/examples/internal/outdir"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

var (
	//go:embed reference.yaml
	referenceCluster []byte
	//go:embed reference-credentials.txt
	referenceCredentials string
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, time.Now())) }

func run(args []string, stdout, stderr io.Writer, now time.Time) int {
	flags := flag.NewFlagSet("scaleout", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "", "`DIR` to write to (required)")
	clusterFile := flags.String("cluster", "", "`FILE` that describes the cluster")
	credentialsFile := flags.String("credentials", "", "`FILE` with what kubeadm init, token create and upload-certs printed when it was last changed")
	replace := flags.Bool("replace", false, "write over files that differ")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	plan, err := makePlan(*clusterFile, *credentialsFile, now)
	if *out == "" {
		err = errors.Join(errors.New("-out: name the directory to write to"), err)
	}
	var files []outdir.File
	for file := range plan.Bundle() {
		files = append(files, outdir.File{Path: file.Path, Mode: file.Mode, Data: file.Content.Reveal()})
	}
	if err == nil {
		err = outdir.Write(*out, files, *replace)
	}
	if err != nil {
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
	spec, specErr := readCluster(clusterFile)
	known := joinplan.Known{Now: now}
	var knownErr error
	if credentialsFile != "" {
		known.Credentials, knownErr = readCredentials(credentialsFile)
	} else if clusterFile == "" {
		known.Credentials, knownErr = kubeadmcmd.ParseCredentials(referenceCredentials, time.Time{})
	}
	if err := errors.Join(specErr, knownErr, known.Credentials.Expired(now)); err != nil {
		return joinplan.Plan{}, err
	}
	return joinplan.Create(spec, known)
}

func readCluster(file string) (cluster.Spec, error) {
	if file == "" {
		return cluster.Parse(referenceCluster)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return cluster.Spec{}, err
	}
	return cluster.Parse(text)
}

func readCredentials(file string) (kubeadmcmd.Credentials, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return kubeadmcmd.Credentials{}, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return kubeadmcmd.Credentials{}, err
	}
	return kubeadmcmd.ParseCredentials(string(text), info.ModTime())
}
