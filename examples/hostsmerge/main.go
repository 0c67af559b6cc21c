// Command hostsmerge puts the hosts block of a cluster into a hosts file.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

const usage = `usage: hostsmerge -cluster FILE [-adopt] [-repair BLOCK=CHOICE,...] < /etc/hosts > hosts.new
       hostsmerge -cluster FILE -check < /etc/hosts

Writes the hosts file from standard input to standard output with the cluster's
block in it. Standard error says what is worth knowing about the new file.

Exit status:
  0  nothing found
  1  findings; with -check also where the file would change
  2  bad input: wrong arguments, a broken description, no hosts file, or broken
     block markers

Lines that somebody has added inside the block are kept behind it.

Flags:
`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	flags := flag.NewFlagSet("hostsmerge", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage); flags.PrintDefaults() }
	description := flags.String("cluster", "", "file with the cluster's description (required)")
	checkOnly := flags.Bool("check", false, "report only, write no file")
	adopt := flags.Bool("adopt", false, "take the cluster's names out of lines outside the block")
	repair := flags.String("repair", "", "mend broken markers, as `BLOCK=CHOICE,...`: the error names the choices")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	} else if flags.NArg() > 0 {
		flags.Usage()
		return 2
	}
	text, err := io.ReadAll(in)
	if err == nil {
		err = isHostsFile(text)
	}
	var merged *hostsfile.File
	var findings []hostsfile.Finding
	if err == nil {
		merged, findings, err = merge(hostsfile.Parse(text), *description, *adopt, *repair)
	}
	if err == nil && !*checkOnly {
		_, err = merged.WriteTo(out)
	}
	if err != nil {
		fmt.Fprintln(errs, "hostsmerge:", err)
		return 2
	}
	status := 0
	for _, f := range append(findings, merged.Check()...) {
		fmt.Fprintln(errs, f)
		if f.Severity.Rank() > hostsfile.Info.Rank() {
			status = 1
		}
	}
	if *checkOnly && !merged.Equal(hostsfile.Parse(text)) {
		fmt.Fprintln(errs, "hosts: the file is not up to date; write it without -check")
		status = 1
	}
	return status
}

// isHostsFile refuses a text in which no line maps a name to an address.
func isHostsFile(text []byte) error {
	for line := range hostsfile.Parse(text).Lines() {
		if line.Kind == hostsfile.Mapping {
			return nil
		}
	}
	return errors.New("standard input is no hosts file: no line has an address and a name; give the machine's /etc/hosts")
}

func merge(file *hostsfile.File, description string, adopt bool, repair string) (*hostsfile.File, []hostsfile.Finding, error) {
	text, err := os.ReadFile(description)
	if err != nil {
		return nil, nil, fmt.Errorf("-cluster: %w", err)
	}
	spec, err := cluster.Parse(text)
	if err != nil {
		return nil, nil, err
	}
	for value := range strings.FieldsFuncSeq(repair, func(r rune) bool { return r == ',' }) {
		name, choice, _ := strings.Cut(value, "=")
		if file, err = file.Repair(name, hostsfile.Repair(choice)); err != nil {
			return nil, nil, fmt.Errorf("-repair: %w", err)
		}
	}
	block, err := joinplan.HostsBlock(spec)
	if err != nil {
		return nil, nil, err
	}
	outside := hostsfile.Leave
	if adopt {
		outside = hostsfile.Adopt
	}
	return file.Merge(block, outside)
}
