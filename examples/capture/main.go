// Command capture prints the script that has a machine say everything that the
// other programs read.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
)

const usage = `usage: capture [-cluster FILE] control-plane > control-plane.sh
       capture [-cluster FILE] machine       > machine.sh
       ssh cka-cp-1 sudo sh -s < control-plane.sh > observed/cka-cp-1.capture
       ssh cka-wk-1 sudo sh -s < machine.sh       > observed/cka-wk-1.capture

Prints a script for POSIX sh that has a machine say everything that observe,
scaleout, hostcheck and etcdstatus read with -observed observed: one file for each
machine, named like it. The script changes nothing. What it leaves out, and that
is every secret, stands at the top of its output.

Exit status:
  0  printed
  2  bad input: wrong arguments or a broken description

Flags:
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("capture", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { _, _ = io.WriteString(errs, usage); flags.PrintDefaults() }
	description := flags.String("cluster", "", "`FILE` that describes the cluster, whose names every machine then looks up")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	names, err := namesOf(*description)
	role := capture.Role(flags.Arg(0))
	if flags.NArg() != 1 || role != capture.ControlPlane && role != capture.Machine {
		err = errors.Join(err, errors.New("give one role: control-plane or machine"))
	}
	if err == nil {
		_, err = out.Write(capture.Script(role, names...))
	}
	if err != nil {
		fmt.Fprintln(errs, "capture:", err)
		return 2
	}
	return 0
}

// namesOf gives the names that machines of a description must know.
func namesOf(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	spec, err := cluster.Parse(text)
	names := []string{spec.ControlPlaneEndpoint.Host}
	for _, lb := range spec.LoadBalancers {
		names = append(names, lb.Name)
	}
	for _, node := range spec.Nodes() {
		names = append(names, node.Name)
	}
	return names, err
}
