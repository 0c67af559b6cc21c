// Command failover reads HAProxy's log and says whether the service went on
// while a server was away.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
	"github.com/haplane/haplane/internal/plain"
)

const usage = `usage: failover [-json] [-zone ZONE] [-reference TIME] [-timeline FILE] < haproxy.log

Reads HAProxy's log (option tcplog) from standard input: from a file of syslog's, from
journalctl -u haproxy, from kubectl or docker compose logs, or as HAProxy prints it. Reports
who served, each time a server was away, and whether the service went on.

Exit status:
  0  the service went on while a server was away
  1  findings: sessions were hurt, a server has not come back, no server went away at all, or
     the log does not say enough
  2  bad input: wrong arguments, unreadable, or nothing of HAProxy's in it
  3  the service was lost

Flags:
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// options are what the flags say.
type options struct {
	json      bool
	zone      string
	reference string
	timeline  string
}

func run(args []string, in io.Reader, out, errs io.Writer) int {
	var o options
	flags := flag.NewFlagSet("failover", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprint(errs, usage)
		flags.PrintDefaults()
	}
	flags.BoolVar(&o.json, "json", false, "report as JSON")
	flags.StringVar(&o.zone, "zone", "", "time zone of HAProxy's machine, as Europe/Paris (default: that of the lines, or UTC)")
	flags.StringVar(&o.reference, "reference", "", "a time at the log's end, as 2022-09-25T20:00:00Z, for lines without a year that no session's date dates")
	flags.StringVar(&o.timeline, "timeline", "", "write a picture of the worst outage to this file, as SVG: each server a row, with its sessions")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || flags.NArg() > 0:
		return fail(errs, "failover reads standard input and takes no arguments but flags; see -h")
	}
	verdict, err := o.report(in, out)
	if err != nil {
		return fail(errs, err)
	}
	return status(verdict)
}

// report reads the log and writes what is to be written.
func (o options) report(in io.Reader, out io.Writer) (haproxylog.Verdict, error) {
	reader := &haproxylog.Reader{Source: in}
	var err error
	if o.zone != "" {
		if reader.Location, err = time.LoadLocation(o.zone); err != nil {
			return "", fmt.Errorf("-zone: %w", err)
		}
	}
	if o.reference != "" {
		if reader.Reference, err = time.Parse(time.RFC3339, o.reference); err != nil {
			return "", fmt.Errorf("-reference: %w", err)
		}
	}
	var sessions timeline
	if o.timeline != "" {
		reader.Observe = sessions.observe
	}
	report, err := reader.Report()
	if err != nil {
		return "", err
	}
	if report.Counts.Events == 0 {
		return "", fmt.Errorf("none of the %d lines is a whole line of HAProxy's log; give it the log of an HAProxy with option tcplog", report.Counts.Lines)
	}
	if o.timeline != "" {
		if err := os.WriteFile(o.timeline, sessions.svg(report), 0o644); err != nil { //nolint:gosec // A picture for everybody.
			return "", fmt.Errorf("-timeline: %w", err)
		}
	}
	return report.Verdict, o.write(out, report)
}

func (o options) write(out io.Writer, report *haproxylog.Report) error {
	if !o.json {
		_, err := report.WriteTo(out)
		return err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(report); err != nil {
		return err
	}
	_, err := out.Write(plain.JSON(text.Bytes()))
	return err
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

func fail(errs io.Writer, what any) int {
	fmt.Fprintln(errs, "failover:", plain.Line(fmt.Sprint(what)))
	return 2
}
