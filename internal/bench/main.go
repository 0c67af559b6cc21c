// Bench runs the benchmarks of the module and of the nested ones that it is
// given, prints the ratios that the project sets itself as goals, and writes
// them with everything else that was measured to a file:
//
//	bench -write docs/performance.md . internal/conformance/kubeadm1_37
//
// Exit status: 0 measured, whether the goals are met or not: a busy machine
// misses some; 2 where a benchmark failed or a goal was not measured.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	file := flags.String("write", "", "the `file` to write")
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
		fmt.Fprintln(stderr, "bench: give the directories of the modules")
		return 2
	}
	report := report{setting: setting(time.Now())}
	for _, module := range flags.Args() {
		results, err := measure(module, stderr)
		if err != nil {
			fmt.Fprintf(stderr, "bench: %s: %v\n", module, err)
			return 2
		}
		report.results = append(report.results, results...)
	}
	text, err := report.bytes()
	fmt.Fprint(stdout, report.table())
	if err == nil && *file != "" {
		err = os.WriteFile(*file, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	return 0
}

// measure runs the benchmarks of a module, one package at a time, and shows them
// as they come.
func measure(module string, progress io.Writer) ([]result, error) {
	var out bytes.Buffer
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", ".", "-benchmem", "-p", "1", "-timeout", "1h", "./...")
	cmd.Dir, cmd.Stdout, cmd.Stderr = module, io.MultiWriter(&out, progress), progress
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return parse(out.String())
}

// setting says when and on what the measurements were made.
func setting(now time.Time) string {
	return fmt.Sprintf("%s, commit %s; %s on %s/%s, %d processors, %s; load before it began: %s.%s",
		now.UTC().Format("2006-01-02 15:04 UTC"), output("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), load(), busy(load()))
}

// busy warns of a machine that had other work for each processor.
func busy(load string) string {
	if n, err := strconv.ParseFloat(load, 64); err != nil || n < float64(runtime.NumCPU()) {
		return ""
	}
	return " **The machine was busy with other work: times are several times too long, and ratios scatter.**"
}

// processor is the name of the processor where the system tells it.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "an unknown processor"
	}
	_, rest, _ := strings.Cut(string(info), "model name\t: ")
	name, _, _ := strings.Cut(rest, "\n")
	return name
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

func output(argv ...string) string {
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
