// Command etcdstatus reads what etcdctl printed, any mix of its outputs in any
// format, from stdin or files, and says whether the cluster is well, or whether
// one step may be taken now.
//
//	{ etcdctl member list; etcdctl endpoint status --cluster; } 2>&1 | etcdstatus -may reboot:cka-cp-2
//	etcdstatus -observed DIR -may reboot:cka-cp-2
//
// DIR has what the scripts of the program capture printed, in files NAME.capture.
// It exits with 0 for a healthy cluster or a yes, 1 for one that needs
// attention or of which not enough is known, or a no, 2 for input that it
// cannot read, 3 for a lost quorum.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/examples/internal/observed"
	"github.com/haplane/haplane/internal/plain"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("etcdstatus", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("observed", "", "`DIR` with the captures of the machines, instead of files")
	expect := flags.String("expect", "", "members that there should be: endpoints, names or name=endpoint, separated by commas")
	earlier := flags.String("earlier", "", "a `file` with the same output from some seconds before")
	may := flags.String("may", "", "one `question`: add, add:learner, remove:WHO, reboot:WHO, promote:WHO or upgrade:VERSION")
	format := flags.String("o", "text", "how to print: text or json")
	if flags.Parse(args) != nil {
		return 2
	}
	in := etcdcheck.Input{Expect: etcdcheck.ParseExpected(*expect)}
	var err error
	if in.Sample, err = sample(*dir, flags.Args(), stdin); *earlier != "" {
		before, earlierErr := read([]string{*earlier}, stdin)
		in.Earlier, err = &before, errors.Join(err, earlierErr)
	}
	result, status, questionErr := judge(in, *may)
	if err = errors.Join(err, questionErr, write(stdout, *format, result)); err != nil {
		fmt.Fprintln(stderr, plain.Text(err.Error()))
		return 2
	}
	return status
}

// sample reads what a control plane has said in its capture, or files.
func sample(dir string, files []string, stdin io.Reader) (etcdcheck.Sample, error) {
	if dir == "" {
		return read(files, stdin)
	}
	o, err := observed.Read(dir)
	return o.Etcd, cmp.Or(err, o.NeedEtcd())
}

// read reads files, or stdin where none is named.
func read(files []string, stdin io.Reader) (etcdcheck.Sample, error) {
	if len(files) == 0 {
		files = []string{"-"}
	}
	var (
		samples []etcdcheck.Sample
		errs    []error
	)
	for _, name := range files {
		text, err := readFile(name, stdin)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if len(text) == 0 && len(files) > 1 {
			continue // a list without alarms
		}
		sample, err := etcdcheck.Parse(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		samples = append(samples, sample)
	}
	return etcdcheck.Merge(samples...), errors.Join(errs...)
}

// readFile reads a little more than Parse takes, so that it can say so.
func readFile(name string, stdin io.Reader) ([]byte, error) {
	const limit = etcdcheck.MaxSize + 1
	if name == "-" {
		return io.ReadAll(io.LimitReader(stdin, limit))
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, limit))
}

// judge returns the report, or the answer to the question, and the exit status.
func judge(in etcdcheck.Input, question string) (io.WriterTo, int, error) {
	report := etcdcheck.Check(in)
	status := map[etcdcheck.Verdict]int{
		etcdcheck.Healthy: 0, etcdcheck.Degraded: 1, etcdcheck.Unknown: 1, etcdcheck.QuorumLost: 3,
	}[report.Verdict]
	if question == "" {
		return report, status, nil
	}
	answer, err := report.May(question)
	if answer.Yes {
		return answer, 0, err
	}
	return answer, max(status, 1), err
}

func write(stdout io.Writer, format string, result io.WriterTo) error {
	switch format {
	case "text":
		_, err := result.WriteTo(stdout)
		return err
	case "json":
		var text bytes.Buffer
		if err := json.NewEncoder(&text).Encode(result); err != nil {
			return err
		}
		_, err := stdout.Write(plain.JSON(text.Bytes()))
		return err
	}
	return fmt.Errorf("-o %s: write text or json", format)
}
