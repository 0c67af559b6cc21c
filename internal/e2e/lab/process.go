package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/haplane/haplane/internal/e2e/machine"
)

// process is a process that holds namespaces. It ends with this process, which
// holds the other end of its standard input.
type process struct {
	cmd  *exec.Cmd
	line io.WriteCloser
}

// startProcess waits until the process says that it is ready.
func startProcess(ctx context.Context, flags uintptr, log *os.File, argv ...string) (*process, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = "/"
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", argv[0], err)
	}
	p := &process{cmd: cmd, line: in}
	if err := awaitReady(ctx, out); err != nil {
		p.kill()
		return nil, err
	}
	return p, nil
}

func awaitReady(ctx context.Context, out io.Reader) error {
	said := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		lines.Scan()
		said <- strings.TrimSpace(lines.Text())
	}()
	select {
	case line := <-said:
		if line != machine.Ready {
			return errors.New("the machine's first process ended before it was ready")
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(30 * time.Second):
		return errors.New("the machine's first process was not ready in 30 s")
	}
}

func (p *process) pid() string { return strconv.Itoa(p.cmd.Process.Pid) }

// kill ends the process and, when it is the first of its machine, everything
// in the machine.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.line.Close()
	p.cmd.Wait()
}
