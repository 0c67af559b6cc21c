package joinplan

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A kubeadm that runs is waited for, and a dead one that nobody has reaped is not.
func TestTracesAreLookedForWhenKubeadmHasEnded(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "kubeadm")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho begun\nread _\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	// sh executes it, because a file that was just written may be busy where this process executes it.
	kubeadm := exec.Command("sh", "-c", `exec "$0"`, program)
	line, err := kubeadm.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := kubeadm.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := kubeadm.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, len("begun\n"))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := exec.CommandContext(ctx, "sh", "-c", traces).Run(); !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("kubeadm runs, and it is not waited for: %v", err)
	}
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	// Its output ends when it is dead, and only Wait reaps it.
	var rest bytes.Buffer
	if _, err := rest.ReadFrom(out); err != nil {
		t.Fatal(err)
	}
	looked, err := exec.CommandContext(t.Context(), "sh", "-c", traces).CombinedOutput()
	if exited := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exited) || exited.ExitCode() != 1) || len(looked) > 0 {
		t.Errorf("kubeadm is dead: %v\n%s", err, looked)
	}
	var failed *exec.ExitError
	if err := kubeadm.Wait(); err != nil && !errors.As(err, &failed) {
		t.Error(err)
	}
}
