package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strings"

	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
)

// transport reaches the machines of a lab for the orchestrator.
type transport struct {
	lab *lab.Lab
	log io.Writer
}

func (t transport) host(name string) (*lab.Host, error) {
	host := t.lab.Host(name)
	if host == nil {
		return nil, fmt.Errorf("the lab has no machine %q", name)
	}
	return host, nil
}

func (t transport) Run(ctx context.Context, name string, argv []string) (joinplan.Output, error) {
	host, err := t.host(name)
	if err != nil {
		return joinplan.Output{}, err
	}
	result, err := host.Run(ctx, argv...)
	output := joinplan.Output{Stdout: result.Stdout, Stderr: result.Stderr}
	if exited := (*exec.ExitError)(nil); errors.As(err, &exited) && exited.Exited() {
		output.Status, err = exited.ExitCode(), nil
	}
	fmt.Fprintf(t.log, "  %s: %s%s\n", name, firstLine(strings.Join(argv, " ")), outcome(output.Status, err))
	return output, err
}

func firstLine(text string) string {
	line, rest, _ := strings.Cut(text, "\n")
	if rest != "" {
		line += " ..."
	}
	return line
}

func outcome(status int, err error) string {
	switch {
	case err != nil:
		return " (nobody knows what became of it)"
	case status != 0:
		return fmt.Sprintf(" (exit status %d)", status)
	}
	return ""
}

func (t transport) ReadFile(ctx context.Context, name, path string) ([]byte, error) {
	host, err := t.host(name)
	if err != nil {
		return nil, err
	}
	return host.ReadFile(ctx, path)
}

func (t transport) WriteFile(ctx context.Context, name, path string, data []byte, mode fs.FileMode) error {
	host, err := t.host(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.log, "  %s: write %s\n", name, path)
	if mode == 0 {
		return host.ReplaceFile(ctx, path, data)
	}
	return host.WriteFile(ctx, path, data, mode)
}
