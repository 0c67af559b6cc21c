// Command etcdstatus reads what etcdctl printed and says whether the cluster
// is well.
//
//	etcdctl endpoint status --cluster -w json 2>&1 | etcdstatus -expect 10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379
//
// It exits with 0 for a healthy cluster, 1 for one that needs attention, 2 for
// input that it cannot read, and 3 for a lost quorum.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/haplane/haplane/etcdcheck"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("etcdstatus", flag.ContinueOnError)
	flags.SetOutput(stderr)
	expect := flags.String("expect", "", "the members that there should be: endpoints or name=endpoint, separated by commas")
	if flags.Parse(args) != nil {
		return 2
	}
	text, err := io.ReadAll(stdin)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	sample, err := etcdcheck.Parse(text)
	for _, w := range sample.Ignored {
		fmt.Fprintln(stderr, w)
	}
	report := etcdcheck.Check(etcdcheck.Input{Sample: sample, Expect: etcdcheck.ParseExpected(*expect)})
	stdout.Write(sample.PrintTable(etcdcheck.EndpointStatus, etcdcheck.ASCII))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	report.WriteTo(stdout)
	return status(report.Verdict)
}

func status(v etcdcheck.Verdict) int {
	switch v {
	case etcdcheck.Healthy:
		return 0
	case etcdcheck.QuorumLost:
		return 3
	}
	return 1
}
