package joinplan_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/haproxycfg/haproxystat"
	"github.com/haplane/haplane/internal/haproxytest"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

const adminSocket = "/run/haproxy/admin.sock"

// startHAProxy runs the real HAProxy with the generated configuration, on ports
// of its own, and gives the path of its admin socket.
func startHAProxy(t *testing.T, spec cluster.Spec) string {
	t.Helper()
	config, err := joinplan.HAProxyConfig(joinplan.Input{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	g := config.Global
	g.Logs, g.Chroot, g.User, g.Group, g.StatsSockets[0].Path = []haproxycfg.Log{{Address: "stdout", Format: "raw", Facility: "local0"}}, "", "", "", socket
	// No API server answers here, and of one that is down HAProxy says only that.
	config.Backends[0].HTTPCheck, config.Backends[0].DefaultServer = nil, haproxycfg.ServerOptions{}
	config.Backends = config.Backends[:2]
	for i := range config.Frontends {
		config.Frontends[i].Binds = []haproxycfg.Bind{{Host: "127.0.0.1", Port: freePort(t)}}
	}
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	text := bytes.ReplaceAll(config.Bytes(), []byte(joinplan.HAProxyCAPath), []byte(haproxytest.CAFile(t)))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(haproxytest.Binary(t), "-q", "-db", "-f", path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	answers := func() bool {
		conn, err := new(net.Dialer).DialContext(t.Context(), "unix", socket)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(40 * time.Second); !answers(); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("HAProxy never opened its admin socket")
		}
	}
	return socket
}

// carryOut runs a command of a plan at another socket.
func carryOut(t *testing.T, command kubeadmcmd.Command, socket string) joinplan.Output {
	t.Helper()
	argv := command.Argv()
	for i, word := range argv {
		argv[i] = strings.Replace(word, adminSocket, socket, 1)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return joinplan.Output{Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), Status: cmd.ProcessState.ExitCode()}
}

// stateOf asks HAProxy in another way than the plan does.
func stateOf(t *testing.T, socket, server string) string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("show stat\n")); err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	servers, err := haproxystat.Parse(string(out))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range servers {
		if s.Backend == "kube-apiservers" && s.Name == server {
			return string(s.State)
		}
	}
	t.Fatalf("HAProxy has no server %s", server)
	return ""
}

func TestTheRealHAProxyTakesAControlPlaneOutOfTheRotationAndBack(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("socat"); err != nil {
		t.Fatal("this test runs socat, which is not installed; run: apt-get install -y socat")
	}
	spec := lab(t)
	plan, err := joinplan.Reboot(given(spec, observed(spec, func(string) bool { return true })), "cka-cp-2")
	if err != nil {
		t.Fatal(err)
	}
	socket := startHAProxy(t, spec)
	steps := map[string]joinplan.Step{}
	for _, step := range plan.Steps {
		steps[step.ID.String()] = step
	}
	out, into := steps["out-of-rotation/cka-hap-1"], steps["into-rotation/cka-hap-1"]
	for _, tc := range []struct {
		step    joinplan.Step
		other   joinplan.Step
		drained bool
	}{{out, into, true}, {into, out, false}, {out, into, true}} {
		command := tc.step.Actions[0].(joinplan.Run).Command
		if o := carryOut(t, command, socket); o.Status != 0 || len(o.Stderr) > 0 {
			t.Fatalf("%s: exit status %d: %s", tc.step.ID, o.Status, o.Stderr)
		}
		check := tc.step.Checks[0]
		if err := check.Judge(carryOut(t, check.Commands[0], socket)); err != nil {
			t.Errorf("%s: %v", tc.step.ID, err)
		}
		if err := tc.other.Checks[0].Judge(carryOut(t, tc.other.Checks[0].Commands[0], socket)); err == nil {
			t.Errorf("after %s the check of %s holds", tc.step.ID, tc.other.ID)
		}
		if state := stateOf(t, socket, "cka-cp-2"); (state == string(haproxystat.Draining)) != tc.drained {
			t.Errorf("after %s HAProxy says %s", tc.step.ID, state)
		}
		if state := stateOf(t, socket, "cka-cp-1"); state == string(haproxystat.Draining) {
			t.Errorf("after %s another server is %s", tc.step.ID, state)
		}
	}
}

func TestAServerThatHAProxyDoesNotHaveFailsTheStep(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	plan, err := joinplan.Reboot(given(spec, observed(spec, func(string) bool { return true })), "cka-cp-2")
	if err != nil {
		t.Fatal(err)
	}
	spec.ControlPlanes = spec.ControlPlanes[:1]
	socket := startHAProxy(t, spec)
	for _, step := range plan.Steps {
		if step.ID.String() != "out-of-rotation/cka-hap-1" {
			continue
		}
		if o := carryOut(t, step.Actions[0].(joinplan.Run).Command, socket); o.Status == 0 || !strings.Contains(string(o.Stderr), "No such server") {
			t.Errorf("exit status %d: %s", o.Status, o.Stderr)
		}
		if err := step.Checks[0].Judge(carryOut(t, step.Checks[0].Commands[0], socket)); err == nil {
			t.Error("the check holds")
		}
	}
}

func freePort(t *testing.T) uint16 {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return uint16(listener.Addr().(*net.TCPAddr).Port)
}
