// Command migrate reads a kubeadm configuration file and writes it in another
// API version. It asks nothing of the machine that it runs on, so it also works
// where two container runtimes stop "kubeadm config migrate".
//
//	migrate -to v1beta4 < old.yaml > new.yaml
//	migrate -kubeadm v1.37.2 < old.yaml > new.yaml
//
// Exit status: 0 for success; 1 where fields would be lost (they are listed; with
// -lossy the file is written all the same, and the status stays 1), or where
// kubeadm would refuse what was written; 2 for input that cannot be used. Nothing
// is written to standard output unless all of the file is.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/haplane/haplane/kubeadmcfg"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

const (
	good     = 0
	findings = 1
	badInput = 2
)

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	to := flags.String("to", "", "the API `version` to write, such as v1beta4")
	kubeadm := flags.String("kubeadm", "", "write the API version for this `release` of kubeadm, such as v1.37.2")
	defaults := flags.Bool("defaults", false, "write out kubeadm's static defaults")
	accept := flags.Bool("lossy", false, "leave out what the version has no place for")
	if err := flags.Parse(args); err != nil {
		return badInput
	}
	file, losses, err := migrate(stdin, *to, *kubeadm)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return badInput
	}
	for _, l := range losses {
		fmt.Fprintln(stderr, "lost:", l)
	}
	if len(losses) > 0 && !*accept {
		return findings
	}
	if *defaults {
		file = file.WithDefaults()
	}
	warnings, refused := judge(file, *kubeadm)
	for _, w := range warnings {
		fmt.Fprintln(stderr, "warning:", w)
	}
	if refused != nil {
		fmt.Fprintln(stderr, "kubeadm would refuse this:", refused)
	}
	if _, err := file.WriteTo(stdout); err != nil {
		fmt.Fprintln(stderr, err)
		return badInput
	}
	if refused != nil || len(losses) > 0 {
		return findings
	}
	return good
}

// judge says what kubeadm would think of the file: the release that is named, or
// any that reads its version.
func judge(file kubeadmcfg.File, kubeadm string) (warnings []kubeadmcfg.Finding, refused error) {
	if kubeadm == "" {
		return file.Warnings(), file.Validate()
	}
	warnings, err := file.WarningsFor(kubeadm)
	return warnings, cmp.Or(err, file.ValidateFor(kubeadm))
}

func migrate(in io.Reader, to, kubeadm string) (kubeadmcfg.File, []kubeadmcfg.Loss, error) {
	version := kubeadmcfg.Version(cmp.Or(to, string(kubeadmcfg.V1Beta4)))
	if kubeadm != "" {
		var err error
		if version, err = kubeadmcfg.VersionFor(kubeadm); err != nil {
			return kubeadmcfg.File{}, nil, err
		}
	}
	text, err := io.ReadAll(io.LimitReader(in, kubeadmcfg.MaxSize+1))
	if err != nil {
		return kubeadmcfg.File{}, nil, err
	}
	file, err := kubeadmcfg.Parse(text)
	if err != nil {
		return kubeadmcfg.File{}, nil, err
	}
	return file.ConvertLossy(version)
}
