package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Result is what a command printed.
type Result struct {
	Stdout, Stderr []byte
}

// CommandError is a command that did not succeed.
type CommandError struct {
	Host   string
	Argv   []string
	Result Result
	Err    error
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("%s: %s: %v\n%s", e.Host, strings.Join(e.Argv, " "), e.Err, lastLines(append(e.Result.Stdout, e.Result.Stderr...), 30))
}

func (e *CommandError) Unwrap() error { return e.Err }

// Run runs a command on the machine. A command that fails gives a
// [*CommandError], besides what it printed.
func (h *Host) Run(ctx context.Context, argv ...string) (Result, error) {
	return h.RunInput(ctx, nil, argv...)
}

// RunInput is [Host.Run] with standard input.
func (h *Host) RunInput(ctx context.Context, input io.Reader, argv ...string) (Result, error) {
	h.mu.Lock()
	process := h.process
	h.mu.Unlock()
	if process == nil {
		return Result{}, &CommandError{Host: h.Name, Argv: argv, Err: errors.New("the machine is off")}
	}
	args := append([]string{"-t", process.pid(), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--"}, argv...)
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "nsenter", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input, &stdout, &stderr
	cmd.Env = []string{"PATH=" + h.lab.bin() + ":" + path, "HOME=/root", "LANG=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	result := Result{Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}
	if err != nil {
		return result, &CommandError{Host: h.Name, Argv: argv, Result: result, Err: err}
	}
	return result, nil
}

// WriteFile writes a file on the machine, and the directories above it.
func (h *Host) WriteFile(ctx context.Context, name string, content []byte, mode os.FileMode) error {
	_, err := h.RunInput(ctx, bytes.NewReader(content), "install", "-D", "-m", fmt.Sprintf("%#o", mode.Perm()), "/dev/stdin", name)
	return err
}

// ReplaceFile gives a file of the machine another content in one step. Its mode
// and its owner stay.
func (h *Host) ReplaceFile(ctx context.Context, name string, content []byte) error {
	const script = `new="$(dirname "$0")/.$(basename "$0").new" && cp -p -- "$0" "$new" && cat > "$new" && mv -- "$new" "$0"`
	_, err := h.RunInput(ctx, bytes.NewReader(content), "sh", "-c", script, name)
	return err
}

// ReadFile reads a file of the machine.
func (h *Host) ReadFile(ctx context.Context, name string) ([]byte, error) {
	result, err := h.Run(ctx, "cat", "--", name)
	return result.Stdout, err
}

// Exists tells whether the machine has a file.
func (h *Host) Exists(ctx context.Context, name string) bool {
	_, err := h.Run(ctx, "test", "-e", name)
	return err == nil
}

// Signal sends a signal to every process of the machine that has this name, and
// fails where there is none.
func (h *Host) Signal(ctx context.Context, program, signal string) error {
	found, err := h.Run(ctx, "sh", "-c", `grep -lx -- "$1" /proc/[0-9]*/comm 2>/dev/null || true`, "sh", program)
	if err != nil {
		return err
	}
	argv := []string{"sh", "-c", `kill -s "$0" "$@"`, signal}
	for line := range strings.FieldsSeq(string(found.Stdout)) {
		if pid := filepath.Base(filepath.Dir(line)); isNumber(pid) {
			argv = append(argv, pid)
		}
	}
	if len(argv) == 4 {
		return fmt.Errorf("%s: no process %s is running", h.Name, program)
	}
	_, err = h.Run(ctx, argv...)
	return err
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// Poll tries until it succeeds. At its deadline it gives the last error.
func Poll(ctx context.Context, patience time.Duration, what string, try func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var last error
	for {
		err := try(limited)
		if err == nil {
			return nil
		}
		if limited.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-limited.Done():
			return fmt.Errorf("waited %v until %s: %w", patience, what, last)
		case <-time.After(pollInterval):
		}
	}
}

func lastLines(text []byte, n int) string {
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
