package e2e

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/haplane/haplane/internal/e2e/build"
)

func TestLabInterruptedLeavesNothingBehind(t *testing.T) {
	before := traces(t)
	interruptedRun(t, syscall.SIGINT)
	if after := traces(t); after != before {
		t.Errorf("an interrupted run left something behind.\nbefore:\n%s\nafter:\n%s", before, after)
	}
}

func TestLabKilledIsCleanedUpByTheNext(t *testing.T) {
	before := traces(t)
	interruptedRun(t, syscall.SIGKILL)
	t.Run("next run", func(t *testing.T) { openLab(t, build.V1_37, false) })
	if after := traces(t); after != before {
		t.Errorf("the run after a killed one left something behind.\nbefore:\n%s\nafter:\n%s", before, after)
	}
}

// interruptedRun runs another test of this program, and ends it by a signal
// when it is in the middle of its work with a machine.
func interruptedRun(t *testing.T, signal os.Signal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(interrupted, 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "-test.v", "-test.run=^TestLabMachinesAreMadeCutOffAndRemoved$")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const middle = "/files_are_the_machine's_own_and_survive_a_power_cut"
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasSuffix(lines.Text(), middle) {
	}
	if !strings.HasSuffix(lines.Text(), middle) {
		t.Fatalf("the other test never came to its middle: %v", cmd.Wait())
	}
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the other test passed, although it was ended in the middle")
	}
}
