package e2e

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
)

// interrupted ends when the tests are told to stop. Everything that a test
// waits for ends with it, so that the test's clean-up runs.
var interrupted context.Context

func TestMain(m *testing.M) {
	var stop context.CancelFunc
	interrupted, stop = signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	flag.Parse()
	status := m.Run()
	stop()
	if *evidenceFile != "" {
		if err := shown.write(*evidenceFile); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}
	os.Exit(status)
}

func cacheDir(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "haplane-e2e")
}

func newBuilder(t *testing.T) build.Builder {
	return build.Builder{Source: "build", Cache: cacheDir(t), Log: os.Stderr}
}

// openLab opens a lab without machines that the test closes when it ends. Its
// clusters have Services and a pod network that routes, or neither.
func openLab(t *testing.T, release build.Release, services bool) *lab.Lab {
	t.Helper()
	builder := newBuilder(t)
	artifacts, err := builder.Release(interrupted, release)
	if err == nil && services {
		artifacts, err = builder.Services(interrupted, artifacts)
	}
	if err != nil {
		t.Fatal(err)
	}
	init, err := builder.Command(interrupted, "hostinit")
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Open(interrupted, lab.Config{
		Artifacts:  artifacts,
		Init:       init,
		Network:    netip.MustParsePrefix("192.168.51.0/24"),
		PodNetwork: services,
		Log:        newLog(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		keepLogs(t, l)
		if err := l.Close(); err != nil {
			t.Errorf("closing the lab: %v", err)
		}
	})
	return l
}

func keepLogs(t *testing.T, l *lab.Lab) {
	if !t.Failed() {
		return
	}
	dir := filepath.Join(cacheDir(t), "logs", t.Name())
	if err := l.KeepLogs(dir); err != nil {
		t.Errorf("keeping the logs: %v", err)
		return
	}
	t.Logf("the machines' logs are in %s", dir)
}

// testLog prints lines at once, with the time since the test began.
type testLog struct {
	mu    sync.Mutex
	out   io.Writer
	begin time.Time
}

func newLog(t *testing.T) io.Writer {
	fmt.Fprintf(os.Stderr, "=== %s\n", t.Name())
	return &testLog{out: os.Stderr, begin: time.Now()}
}

func (l *testLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := fmt.Fprintf(l.out, "%6.1fs  %s", time.Since(l.begin).Seconds(), b); err != nil {
		return 0, err
	}
	return len(b), nil
}
