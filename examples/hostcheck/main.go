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

	"github.com/haplane/haplane/examples/internal/observed"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
)

const usage = `usage: hostcheck -cluster FILE -observed DIR
       hostcheck -cluster FILE -script > script.sh
       { ssh cka-cp-1 sudo sh <script.sh; date -u +'$ received %FT%TZ'; } >cka-cp-1.txt
       hostcheck -cluster FILE cka-cp-1.txt cka-cp-2.txt ...
       ssh cka-cp-1 ip route | hostcheck -cluster FILE [-host NAME]

DIR has what the scripts of the program capture printed, in files NAME.capture.
Otherwise it reads what hosts printed: of each a file, or of one standard input. Without -host
a host is known by its address. Clocks are compared where the date of receipt is.

Exit status:
  0  nothing found, or only what is for information
  1  findings; lines that were not understood are one
  2  bad input: wrong arguments, a broken description, or an unreadable capture

Flags:
`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	flags := flag.NewFlagSet("hostcheck", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { _, _ = io.WriteString(errs, usage); flags.PrintDefaults() }
	description := flags.String("cluster", "", "file with the cluster's description (required)")
	dir := flags.String("observed", "", "`DIR` with the captures of the machines")
	host := flags.String("host", "", "name of the host that standard input is of")
	script := flags.Bool("script", false, "print the script that has a host say everything")
	asJSON := flags.Bool("json", false, "report as JSON")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	spec, err := load(*description)
	if err == nil && *script {
		_, err = out.Write(hostcheck.Script(spec))
		return status(0, err, errs)
	}
	captures, readErr := read(in, *dir, *host, flags.Args())
	if err = errors.Join(err, readErr); err != nil {
		return status(0, err, errs)
	}
	report, err := hostcheck.Check(spec, captures...)
	if err == nil && *asJSON {
		err = json.NewEncoder(out).Encode(report)
	} else if err == nil {
		_, err = report.WriteTo(out)
	}
	bad := 0
	for _, f := range report.Findings {
		if f.Severity.Rank() > hostcheck.Info.Rank() {
			bad++
		}
	}
	return status(bad, err, errs)
}

func status(findings int, err error, errs io.Writer) int {
	if err != nil {
		_, _ = fmt.Fprintln(errs, "hostcheck:", err)
		return 2
	}
	return min(findings, 1)
}

func load(file string) (cluster.Spec, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return cluster.Spec{}, fmt.Errorf("-cluster: %w", err)
	}
	return cluster.Parse(text)
}

func read(in io.Reader, dir, host string, files []string) ([]hostcheck.Capture, error) {
	if dir != "" {
		o, err := observed.Read(dir)
		if err != nil {
			return nil, err
		}
		return o.Hosts()
	}
	if len(files) == 0 {
		text, readErr := io.ReadAll(in)
		capture, err := hostcheck.Parse(host, string(text))
		return []hostcheck.Capture{capture}, errors.Join(readErr, err)
	}
	captures, errs := make([]hostcheck.Capture, len(files)), make([]error, len(files))
	for i, name := range files {
		text, err := os.ReadFile(name)
		if err == nil {
			captures[i], err = hostcheck.Parse("", string(text))
		}
		if err != nil {
			errs[i] = fmt.Errorf("%s:\n%w", name, err)
		}
	}
	return captures, errors.Join(errs...)
}
