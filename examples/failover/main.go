// Command failover reads HAProxy's log and says whether the service went on
// while a server was away.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

const usage = `usage: failover [-json] [-zone ZONE] [-reference TIME] < haproxy.log

Reads HAProxy's log (option tcplog) from standard input: from a file of syslog's, from
journalctl -u haproxy, or as HAProxy prints it. Reports who served, each time a server was
away, and whether the service went on.

Exit status:
  0  the service went on while a server was away
  1  findings: sessions were hurt, a server has not come back, or no server went away at all
  2  bad input: wrong arguments, unreadable, or nothing of HAProxy's in it
  3  the service was lost

Flags:
`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	flags := flag.NewFlagSet("failover", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage); flags.PrintDefaults() }
	asJSON := flags.Bool("json", false, "report as JSON")
	zone := flags.String("zone", "", "time zone of HAProxy's machine, as Europe/Paris (default: that of the lines, or UTC)")
	reference := flags.String("reference", "", "a time at the log's end, as 2022-09-25T20:00:00Z, for lines without a year that no session's date dates")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil || flags.NArg() > 0 {
		return fail(errs, "failover reads standard input and takes no arguments but flags; see -h")
	}
	reader := &haproxylog.Reader{Source: in}
	var err error
	if *zone != "" {
		if reader.Location, err = time.LoadLocation(*zone); err != nil {
			return fail(errs, "-zone: ", err)
		}
	}
	if *reference != "" {
		if reader.Reference, err = time.Parse(time.RFC3339, *reference); err != nil {
			return fail(errs, "-reference: ", err)
		}
	}
	report, err := reader.Report()
	if err != nil {
		return fail(errs, err)
	}
	if report.Counts.Events == 0 {
		return fail(errs, fmt.Sprintf("none of the %d lines is a whole line of HAProxy's log; give it the log of an HAProxy with option tcplog", report.Counts.Lines))
	}
	if err := write(out, report, *asJSON); err != nil {
		return fail(errs, err)
	}
	return status(report.Verdict)
}

func write(out io.Writer, report *haproxylog.Report, asJSON bool) error {
	if !asJSON {
		_, err := report.WriteTo(out)
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

func status(v haproxylog.Verdict) int {
	switch v {
	case haproxylog.WentOn:
		return 0
	case haproxylog.Lost:
		return 3
	}
	return 1
}

func fail(errs io.Writer, what ...any) int {
	fmt.Fprintln(errs, append([]any{"failover:"}, what...)...)
	return 2
}
