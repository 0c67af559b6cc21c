// Command hostcheck compares what a host says of itself with a cluster's
// description.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

const usage = `usage: ssh cka-cp-1 ip route | hostcheck -cluster FILE [-host NAME]
       hostcheck -cluster FILE CAPTURE...

Reads what a host printed from standard input, or what several hosts printed
from files, one for each host. Without -host, a host is known by its address.

Exit status:
  0  nothing found
  1  findings
  2  bad input: wrong arguments, a broken description, or an unreadable capture

Flags:
`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	flags := flag.NewFlagSet("hostcheck", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage); flags.PrintDefaults() }
	description := flags.String("cluster", "", "file with the cluster's description (required)")
	host := flags.String("host", "", "name of the host that standard input is of")
	asJSON := flags.Bool("json", false, "report as JSON")
	if err := flags.Parse(args); err == flag.ErrHelp {
		return 0
	} else if err != nil {
		return 2
	}
	report, err := check(*description, *host, in, flags.Args())
	if err == nil && *asJSON {
		err = json.NewEncoder(out).Encode(report)
	} else if err == nil {
		_, err = report.WriteTo(out)
	}
	if err != nil {
		fmt.Fprintln(errs, "hostcheck:", err)
		return 2
	}
	return min(len(report.Findings), 1)
}

func check(description, host string, in io.Reader, files []string) (hostcheck.Report, error) {
	spec, err := load(description)
	captures, errs := read(in, host, files)
	if err = errors.Join(err, errs); err != nil {
		return hostcheck.Report{}, err
	}
	return hostcheck.Check(spec, captures...)
}

func load(file string) (cluster.Spec, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return cluster.Spec{}, fmt.Errorf("-cluster: %w", err)
	}
	return cluster.Parse(text)
}

func read(in io.Reader, host string, files []string) ([]hostcheck.Capture, error) {
	if len(files) == 0 {
		text, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		capture, err := hostcheck.Parse(host, string(text))
		return []hostcheck.Capture{capture}, err
	}
	var captures []hostcheck.Capture
	var errs []error
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err == nil {
			var capture hostcheck.Capture
			capture, err = hostcheck.Parse("", string(text))
			captures = append(captures, capture)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:\n%w", name, err))
		}
	}
	return captures, errors.Join(errs...)
}
