package joinplan_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/hostsfile"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/joinplan/render"
)

// shells run the scripts: the machine's sh, and busybox with its own tools,
// which are those of small images.
func shells(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for name, argv := range map[string][]string{"sh": {"sh"}, "busybox": {"busybox", "sh"}} {
		if _, err := exec.LookPath(argv[0]); err != nil {
			t.Fatalf("this test runs %s, which is not installed; run: apt-get install -y busybox", argv[0])
		}
		out[name] = argv
	}
	return out
}

// fakeCommands are what the scripts of a plan call. Each notes its words in the
// machine's log; those that say something to the cluster share a folder.
const fakeCommands = `#!/bin/sh
set -eu
name=$(basename "$0")
echo "$name $*" >>"$ROOT/log"
case "$name $*" in
"kubeadm init phase certs ca"*) mkdir -p "$ROOT/etc/kubernetes/pki"; echo CA >"$ROOT/etc/kubernetes/pki/ca.crt" ;;
"kubeadm init phase upload-certs"*) echo "certificate key" ;;
"kubeadm token create"*) echo "kubeadm join" ;;
"kubeadm init "* | "kubeadm join "*)
	[ ! -e "$ROOT/etc/kubernetes/kubelet.conf" ]
	cat "$3" >/dev/null
	[ ! -e "$ROOT/hangs" ] || echo "it hangs"
	while [ -e "$ROOT/hangs" ]; do sleep 0.1; done
	[ ! -e "$ROOT/broken" ]
	echo conf >"$ROOT/etc/kubernetes/kubelet.conf"
	echo "$HOST Ready control-plane 1m v1.37.2" >>"$CLUSTER/nodes"
	echo "printed a token" ;;
"kubeadm reset "*) rm -f "$ROOT/etc/kubernetes/kubelet.conf" ;;
"getent hosts "*) grep -w -- "$2" "$ROOT/etc/hosts" ;;
"kubectl "*" --field-selector "*)
	[ -e "$ROOT/etc/kubernetes/kubelet.conf" ]
	grep -q "^$HOST " "$CLUSTER/nodes"
	echo "node/$HOST" ;;
"kubectl "*" get nodes") echo "NAME STATUS ROLES AGE VERSION"; cat "$CLUSTER/nodes" ;;
"kubectl "*" config view "*) echo "https://k8s-vip:6443" ;;
"kubectl "*" exec "*) echo "etcd answers" ;;
"haproxy -c -f "*) grep -q frontend "$3"; cat "$ROOT/etc/haproxy/kubernetes-ca.crt" >/dev/null ;;
"systemctl is-active haproxy") [ -e "$ROOT/haproxy" ]; echo active ;;
"systemctl reload-or-restart haproxy") touch "$ROOT/haproxy" ;;
esac
`

// site is a number of machines that have the scripts of a plan.
type site struct {
	t      *testing.T
	dir    string
	shell  []string
	tools  string // in front of the PATH
	hosts  []string
	plan   joinplan.Plan
	bundle string
	folder string // of the bundle
	umask  string // under which the scripts are run
}

func newSite(t *testing.T, shell []string) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{t: t, dir: dir, shell: shell, tools: filepath.Join(dir, "bin"), folder: "bundle", umask: "022"}
	if err := os.MkdirAll(s.tools, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kubeadm", "kubectl", "haproxy", "systemctl", "getent", "ipvsadm", "iptables", "ip"} {
		s.write(filepath.Join(s.tools, name), fakeCommands, 0o755)
	}
	if shell[0] == "busybox" {
		busybox, err := exec.LookPath("busybox")
		if err != nil {
			t.Fatal(err)
		}
		for _, applet := range []string{"awk", "cmp", "grep", "tr", "cp", "mv", "rm", "mkdir", "chmod", "touch", "cat", "dirname", "basename", "cut", "find", "date", "wc", "tail"} {
			if err := os.Symlink(busybox, filepath.Join(s.tools, applet)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

func (s *site) write(path, text string, mode os.FileMode) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
}

// bring puts the bundle and the scripts of a plan beside each other. The scripts
// see the machine's own folder where they say /etc, /var or /proc.
func (s *site) bring(plan joinplan.Plan) {
	s.t.Helper()
	s.plan, s.bundle, s.hosts = plan, filepath.Join(s.dir, s.folder), nil
	for file := range render.Bundle(plan) {
		s.write(filepath.Join(s.bundle, file.Path), string(file.Content.Reveal()), file.Mode)
	}
	for script := range render.Scripts(plan) {
		host := strings.TrimSuffix(script.Path, ".sh")
		s.hosts = append(s.hosts, host)
		text := regexp.MustCompile(`(^|[ ='"(<>])/(etc|var|proc)/`).ReplaceAllString(string(script.Content.Reveal()), "${1}"+s.root(host)+"/$2/")
		s.write(filepath.Join(s.bundle, script.Path), text, script.Mode)
		s.write(filepath.Join(s.root(host), "etc/kubernetes/x"), "", 0o644)
		if _, err := os.Stat(filepath.Join(s.root(host), "etc/hosts")); err != nil {
			s.write(filepath.Join(s.root(host), "etc/hosts"), "127.0.0.1 localhost\n", 0o644)
		}
	}
}

func (s *site) root(host string) string { return filepath.Join(s.dir, "machines", host) }

// run runs the script of a host and gives what it printed, and its exit status.
func (s *site) run(host string, args ...string) (string, int) {
	s.t.Helper()
	cmd := s.command(host, args...)
	out, err := cmd.CombinedOutput()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		s.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func (s *site) command(host string, args ...string) *exec.Cmd {
	script := filepath.Join(s.bundle, host+".sh")
	argv := slices.Concat([]string{"-c", `umask "$0"; exec "$@"`, s.umask}, s.shell, []string{script}, args)
	cmd := exec.Command("sh", argv...)
	cmd.Env = []string{
		"PATH=" + s.tools + ":" + os.Getenv("PATH"), "HAPLANE_TRIES=1", "ROOT=" + s.root(host), "HOST=" + host, "CLUSTER=" + s.dir,
		"HOME=" + s.root(host), "CDPATH=" + s.dir,
	}
	return cmd
}

func (s *site) log() string {
	var all strings.Builder
	for _, host := range s.hosts {
		text, _ := os.ReadFile(filepath.Join(s.root(host), "log"))
		all.WriteString(host + "\n" + string(text))
	}
	return all.String()
}

// done gives the steps that the machines have noted.
func (s *site) done() []joinplan.ID {
	var done []joinplan.ID
	for _, step := range s.plan.Steps {
		name := regexp.MustCompile(`[^A-Za-z0-9._-]`).ReplaceAllString(step.ID.String(), "_") + ".done"
		found, _ := filepath.Glob(filepath.Join(s.root(step.Host), "var/lib/haplane/*", name))
		if len(found) == 1 {
			done = append(done, step.ID)
		}
	}
	return done
}

// walk is a person who goes from machine to machine, does what the scripts ask
// for, and stops when nothing moves any more.
func (s *site) walk() {
	s.t.Helper()
	for before := -1; len(s.done()) > before; {
		before = len(s.done())
		for _, host := range s.hosts {
			var args []string
			for _, step := range s.plan.Ready(s.done()) {
				if step.Host == host && !slices.ContainsFunc(step.Actions, s.lacks(host)) {
					args = append(args, step.ID.String())
				}
			}
			if len(args) > 0 && strings.HasPrefix(args[0], "pod-network/") {
				args = append([]string{"--done"}, args[0])
			}
			if out, status := s.run(host, args...); status != 0 && status != 3 {
				s.t.Fatalf("%s %v: exit status %d\n%s", host, args, status, out)
			}
		}
	}
}

// lacks copies a file that a step wants from another machine, and tells whether
// it is not there yet.
func (s *site) lacks(host string) func(joinplan.Action) bool {
	return func(action joinplan.Action) bool {
		file, ok := action.(joinplan.CopyFile)
		if !ok {
			return false
		}
		text, err := os.ReadFile(s.root(file.FromHost) + file.FromPath)
		if err == nil {
			s.write(filepath.Join(s.bundle, host, file.Path), string(text), file.Mode)
		}
		return err != nil
	}
}

func TestTheScriptsOfAPlanDoItOnceHoweverOftenTheyRun(t *testing.T) {
	t.Parallel()
	for name, shell := range shells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := lab(t)
			s := newSite(t, shell)
			s.bring(create(t, spec, joinplan.Input{}))
			s.walk()
			if done := s.done(); !slices.Contains(done, id("init/cka-cp-1")) || slices.Contains(done, id("join/cka-cp-2")) {
				t.Fatalf("without credentials these are done: %v", done)
			}
			s.bring(create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now}))
			s.walk()
			if len(s.done()) != len(s.plan.Steps) {
				t.Fatalf("done: %v", s.done())
			}
			for _, command := range []string{"kubeadm init --config", "kubeadm join --config", "kubeadm init phase upload-certs"} {
				if n, want := strings.Count(s.log(), command), map[bool]int{true: 3, false: 1}[command == "kubeadm join --config"]; n != want {
					t.Errorf("%s ran %d times, not %d", command, n, want)
				}
			}
			before := s.log()
			for _, host := range s.hosts {
				if out, status := s.run(host); status != 0 || !strings.Contains(out, "Everything on "+host+" is done.") {
					t.Errorf("%s again: exit status %d\n%s", host, status, out)
				}
			}
			if diff := cmp.Diff(before, s.log()); diff != "" {
				t.Errorf("the second run did something:\n%s", diff)
			}
		})
	}
}

func TestAScriptStopsWhereAnotherHostComesFirst(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	s := newSite(t, []string{"sh"})
	s.bring(create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now}))
	out, status := s.run("cka-cp-2")
	want := "Waiting: join/cka-cp-2 (Join control plane cka-cp-2). First:\n" +
		"  upload-certs/cka-cp-1 on cka-cp-1: sh cka-cp-1.sh\n" +
		"  then go on with: sh " + filepath.Join(s.bundle, "cka-cp-2.sh") + " join/cka-cp-2\n" +
		"cka-cp-2 waits for what is said above.\n"
	if !strings.HasSuffix(out, want) || status != 3 {
		t.Errorf("exit status %d\n%s", status, out)
	}
	if strings.Contains(s.log(), "kubeadm join") {
		t.Error("it joins too early")
	}
	if out, status := s.run("cka-hap-1"); status != 3 || !strings.Contains(out, "/etc/kubernetes/pki/ca.crt of cka-cp-1 to "+filepath.Join(s.bundle, "cka-hap-1/etc/haproxy/kubernetes-ca.crt")) {
		t.Errorf("exit status %d\n%s", status, out)
	}
	if out, status := s.run("cka-cp-2", "join/cka-cp-9"); status != 2 || !strings.Contains(out, "cka-cp-2 has no step join/cka-cp-9") {
		t.Errorf("a step that is none: exit status %d\n%s", status, out)
	}
	if out, status := s.run("cka-cp-2", "--steps"); status != 0 || out != "done  hosts/cka-cp-2\n      join/cka-cp-2\n" {
		t.Errorf("the steps: exit status %d\n%s", status, out)
	}
	if out, status := s.run("cka-cp-2", "--help"); status != 0 || !strings.Contains(out, "Exit status:") {
		t.Errorf("the help: exit status %d\n%s", status, out)
	}
}

func TestAScriptNeverJoinsAMachineThatIsInACluster(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	s := newSite(t, []string{"sh"})
	s.bring(create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now}))
	conf := s.root("cka-wk-1") + "/etc/kubernetes/kubelet.conf"
	s.write(conf, "conf", 0o600)
	out, status := s.run("cka-wk-1", "join/cka-wk-1")
	if status != 1 || !strings.Contains(out, "an attempt failed half way, or it is in another cluster") || strings.Contains(s.log(), "kubeadm join") {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	if out, status := s.run("cka-wk-1", "--done", "join/cka-wk-1"); status != 0 {
		t.Errorf("told that it is joined: exit status %d\n%s", status, out)
	}
	if err := os.Remove(conf); err != nil {
		t.Fatal(err)
	}
	// A second machine is joined by its script, and then reset by hand.
	if out, status := s.run("cka-cp-2", "join/cka-cp-2"); status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	if err := os.Remove(s.root("cka-cp-2") + "/etc/kubernetes/kubelet.conf"); err != nil {
		t.Fatal(err)
	}
	if out, status := s.run("cka-cp-2"); status != 1 || !strings.Contains(out, "the machine was reset since. To begin anew: rm -r ") {
		t.Errorf("after a reset: exit status %d\n%s", status, out)
	}
}

// A run that died after kubeadm join, before it noted that, is recognised; its
// join file, which holds the token, is removed all the same.
func TestAScriptRecognisesWhatAnInterruptedRunHasDone(t *testing.T) {
	t.Parallel()
	for name, shell := range shells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := lab(t)
			s := newSite(t, shell)
			s.bring(create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now}))
			for _, host := range []string{"cka-wk-1", "cka-cp-2"} {
				s.write(s.root(host)+"/etc/kubernetes/kubelet.conf", "conf", 0o600)
				s.write(s.root(host)+joinplan.JoinPath, "of the run that died", 0o600)
			}
			s.write(filepath.Join(s.dir, "nodes"), "cka-wk-1 Ready <none> 1m v1.37.2\ncka-cp-2 Ready control-plane 1m v1.37.2\n", 0o644)
			for _, host := range []string{"cka-wk-1", "cka-cp-2"} {
				out, status := s.run(host, "join/"+host)
				if status != 0 || !strings.Contains(out, "an earlier attempt has done this") || strings.Contains(s.log(), "kubeadm join") {
					t.Errorf("exit status %d\n%s%s", status, out, s.log())
				}
				if _, err := os.Stat(s.root(host) + joinplan.JoinPath); err == nil {
					t.Errorf("%s keeps the join file", host)
				}
			}
		})
	}
}

func TestAScriptThatFailsGoesOnFromThereWhenItRunsAgain(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	s := newSite(t, []string{"sh"})
	s.bring(create(t, spec, joinplan.Input{}))
	// The name does not resolve: the hosts file has broken markers.
	hosts := s.root("cka-cp-1") + "/etc/hosts"
	s.write(hosts, "# BEGIN haplane other\n10.0.0.1 a\n", 0o644)
	out, status := s.run("cka-cp-1")
	if status != 1 || !strings.Contains(out, "block other has no end.") || !strings.Contains(out, "Step hosts/cka-cp-1 is not done (exit status 1)") {
		t.Errorf("exit status %d\n%s", status, out)
	}
	s.write(hosts, "10.0.0.1 a\n", 0o644)
	if out, status := s.run("cka-cp-1"); status != 3 || !slices.Contains(s.done(), id("ca/cka-cp-1")) {
		t.Errorf("exit status %d\n%s", status, out)
	}
}

// A check that a script cannot judge is shown, and never said to hold.
func TestAScriptJudgesOnlyWhatItCan(t *testing.T) {
	t.Parallel()
	table := func(rows string) kubeadmcmd.Command {
		return kubeadmcmd.NewCommand("printf", "NAME STATUS ROLES\n"+rows)
	}
	print := func(text string) kubeadmcmd.Command { return kubeadmcmd.NewCommand("printf", "%s", text) }
	for name, tc := range map[string]struct {
		check  joinplan.Check
		status int
		says   string
	}{
		"ready":               {joinplan.Check{Kind: joinplan.CheckReady, Want: []string{"a", "b"}, ForPeople: []kubeadmcmd.Command{table("b Ready,SchedulingDisabled x\na Ready y\n")}}, 0, "holds: it"},
		"not ready":           {joinplan.Check{Kind: joinplan.CheckReady, Want: []string{"a", "b"}, ForPeople: []kubeadmcmd.Command{table("b Ready\na NotReady\n")}}, 1, "not yet: a"},
		"registered":          {joinplan.Check{Kind: joinplan.CheckRegistered, Want: []string{"a"}, ForPeople: []kubeadmcmd.Command{table("a NotReady\n")}}, 0, "holds: it"},
		"not registered":      {joinplan.Check{Kind: joinplan.CheckRegistered, Want: []string{"a"}, ForPeople: []kubeadmcmd.Command{table("aa Ready\n")}}, 1, "not yet: a"},
		"ready, only in JSON": {joinplan.Check{Kind: joinplan.CheckReady, Want: []string{"a"}, Commands: []kubeadmcmd.Command{print("{}")}}, 0, "look at it yourself: it"},
		"etcd":                {joinplan.Check{Kind: joinplan.CheckEtcd, ForPeople: []kubeadmcmd.Command{print("| a |")}}, 0, "| a |  look at it yourself: it"},
		"etcd is down":        {joinplan.Check{Kind: joinplan.CheckEtcd, ForPeople: []kubeadmcmd.Command{kubeadmcmd.NewCommand("false")}}, 1, "It does not hold: it"},
		"equal":               {joinplan.Check{Kind: joinplan.CheckEquals, Want: []string{"x", "a.c"}, Commands: []kubeadmcmd.Command{print("a.c")}}, 0, "holds: it"},
		"another":             {joinplan.Check{Kind: joinplan.CheckEquals, Want: []string{"a.c"}, Commands: []kubeadmcmd.Command{print("abc")}}, 1, "abc"},
		"more than equal":     {joinplan.Check{Kind: joinplan.CheckEquals, Want: []string{"a"}, Commands: []kubeadmcmd.Command{print("a\nb")}}, 1, "a\nb"},
		"nothing":             {joinplan.Check{Kind: joinplan.CheckEquals, Want: []string{"a"}, Commands: []kubeadmcmd.Command{print("")}}, 1, "It does not hold"},
		"an address":          {joinplan.Check{Kind: joinplan.CheckAddress, Want: []string{"10.0.0.1", "fd00::1"}, Commands: []kubeadmcmd.Command{print("fd00::1   vip\n")}}, 0, "holds: it"},
		"another address":     {joinplan.Check{Kind: joinplan.CheckAddress, Want: []string{"10.0.0.1"}, Commands: []kubeadmcmd.Command{print("10.0.0.11 vip\n")}}, 1, "10.0.0.11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.check.Host, tc.check.Expect = "h", "it"
			s := newSite(t, []string{"sh"})
			s.bring(joinplan.Plan{Steps: []joinplan.Step{{ID: id("a/h"), Host: "h", Checks: []joinplan.Check{tc.check}}}})
			if out, status := s.run("h"); status != tc.status || !strings.Contains(out, tc.says) {
				t.Errorf("exit status %d\n%s", status, out)
			}
		})
	}
}

func TestARebootIsDoneOnce(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	plan, err := joinplan.Reboot(given(spec, observed(spec, func(string) bool { return true })), "cka-cp-2")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, []string{"sh"})
	s.bring(plan)
	s.write(s.root("cka-cp-2")+"/proc/uptime", "100000.00 1.00\n", 0o644)
	if out, status := s.run("cka-cp-2", "reboot/cka-cp-2"); status != 3 || !strings.Contains(out, "run this script again when it is back") {
		t.Errorf("exit status %d\n%s", status, out)
	}
	if out, status := s.run("cka-cp-2", "reboot/cka-cp-2"); status != 1 || !strings.Contains(out, "It does not hold: cka-cp-2 was started within the last 15 minutes") {
		t.Errorf("it never went away: exit status %d\n%s", status, out)
	}
	s.write(s.root("cka-cp-2")+"/proc/uptime", "40.00 1.00\n", 0o644)
	if out, status := s.run("cka-cp-2", "reboot/cka-cp-2"); status != 0 || !strings.Contains(out, "on cka-cp-1 this must hold") {
		t.Errorf("it is back: exit status %d\n%s", status, out)
	}
	if out, status := s.run("cka-cp-2"); status != 0 || !strings.Contains(out, "Done before: reboot/cka-cp-2 (") || !strings.Contains(out, "To carry the plan out once more: sh ") {
		t.Errorf("all is done: exit status %d\n%s", status, out)
	}
	if n := strings.Count(s.log(), "systemctl reboot"); n != 1 {
		t.Errorf("it rebooted %d times", n)
	}
	if out, status := s.run("cka-cp-2", "--anew"); status != 3 || !strings.Contains(out, "then go on with") {
		t.Errorf("anew: exit status %d\n%s", status, out)
	}
	if _, status := s.run("cka-cp-2", "reboot/cka-cp-2"); status != 3 || strings.Count(s.log(), "systemctl reboot") != 2 {
		t.Errorf("anew it did not reboot: exit status %d", status)
	}
}

func TestARebuildResetsOnce(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	plan, err := joinplan.Rebuild(joinplan.Input{Spec: spec, Credentials: someCredentials(spec), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, []string{"sh"})
	s.bring(plan)
	s.write(s.root("cka-wk-1")+"/etc/kubernetes/kubelet.conf", "of the old cluster", 0o600)
	for range 3 {
		if out, status := s.run("cka-wk-1", "join/cka-wk-1"); status != 0 {
			t.Fatalf("exit status %d\n%s", status, out)
		}
	}
	if log := s.log(); strings.Count(log, "kubeadm reset") != 1 || strings.Count(log, "kubeadm join") != 1 {
		t.Error(log)
	}
}

func TestScriptsHoldNoSecretAndLeaveToPeopleWhatTheyCannotDo(t *testing.T) {
	t.Parallel()
	secret := kubeadmcmd.Join{Endpoint: "k8s-vip:6443", Token: kubeadmcmd.NewSecret("abcdef.0123456789abcdef"), CACertHashes: []string{"sha256:" + strings.Repeat("0123456789abcdef", 4)}}
	command, err := secret.Command()
	if err != nil {
		t.Fatal(err)
	}
	plan := joinplan.Plan{Steps: []joinplan.Step{
		{ID: id("join/h"), Host: "h", Actions: []joinplan.Action{joinplan.Run{Command: command}}},
		{ID: id("edit/h"), Host: "h", Actions: []joinplan.Action{joinplan.EditFile{Path: "/etc/a", Edit: &appendLine{"x"}}}},
	}}
	s := newSite(t, []string{"sh"})
	s.bring(plan)
	out, status := s.run("h")
	if status != 3 || strings.Count(out, "do the step as plan.md says") != 2 {
		t.Errorf("exit status %d\n%s", status, out)
	}
	spec := lab(t)
	plan.Steps = append(plan.Steps, create(t, spec, joinplan.Input{Credentials: someCredentials(spec), Now: now}).Steps...)
	for script := range render.Scripts(plan) {
		for _, secret := range []string{someCredentials(spec).Token.Reveal(), someCredentials(spec).CertificateKey.Reveal()} {
			if strings.Contains(string(script.Content.Reveal()), secret) {
				t.Errorf("%s holds a secret", script.Path)
			}
		}
	}
}

// Whatever a plan says, it stays inside its words.
func TestHostileTextInAPlanRunsNothing(t *testing.T) {
	t.Parallel()
	for name, shell := range shells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, shell)
			mine := filepath.Join(s.dir, "mine")
			evil := "'; touch " + mine + "; '\"$(touch " + mine + ")`touch " + mine + "`\\\n\ntouch " + mine + "\n#"
			plan := joinplan.Plan{Title: evil, Steps: []joinplan.Step{
				{ID: joinplan.ID{Kind: "a", Subject: evil}, Title: evil, Host: "h", Preconditions: []string{evil},
					Actions: []joinplan.Action{joinplan.Run{Command: kubeadmcmd.NewCommand("kubectl", evil)}},
					Checks: []joinplan.Check{
						{Host: "h", Kind: joinplan.CheckSucceeds, Expect: evil, Commands: []kubeadmcmd.Command{kubeadmcmd.NewCommand("kubectl", evil)}},
						{Host: "other", Kind: joinplan.CheckEtcd, Expect: evil, Commands: []kubeadmcmd.Command{kubeadmcmd.NewCommand("kubectl", evil)}},
					}},
				{ID: id("b/h"), Title: evil, Host: "h", Needs: []joinplan.ID{{Kind: "a", Subject: evil}}, Awaits: evil},
				{ID: id("c/h"), Title: evil, Host: "h", Preconditions: []string{evil}},
				{ID: id("d/other"), Host: "other", Needs: []joinplan.ID{{Kind: "a", Subject: evil}}},
				{ID: id("e/h"), Host: "h", Needs: []joinplan.ID{id("d/other")}},
			}}
			s.bring(plan)
			for _, args := range [][]string{nil, {"--steps"}, {"--help"}, {evil}} {
				s.run("h", args...)
			}
			if _, err := os.Stat(mine); err == nil {
				t.Error("a word of the plan ran as a command")
			}
			if log := s.log(); !strings.Contains(log, "kubectl '; touch") {
				t.Errorf("the command itself did not run:\n%s", log)
			}
		})
	}
}

// The script's way to set the block must be the library's.
func TestTheScriptSetsTheHostsBlockAsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	pieces := []string{
		"127.0.0.1 localhost\n", "\n", "# a comment\n", "10.0.0.1\ta b # c\n", "# BEGIN haplane other\n", "# END haplane other\n",
		"# BEGIN haplane kubernetes\n", "# END haplane kubernetes\n", "  #\tBEGIN  haplane\tkubernetes \n", "# BEGIN haplane\n",
		"# BEGIN haplane a b\n", "# BEGIN haplaned x\n", "#END haplane kubernetes\n", "# BEGIN haplane kubernetes-2\n# END haplane kubernetes-2\n",
		"# BEGIN haplane kubernetes\nold\n# END haplane kubernetes\n", "last line",
	}
	spec := lab(t)
	block, err := joinplan.HostsBlock(spec)
	if err != nil {
		t.Fatal(err)
	}
	for name, shell := range shells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 2))
			set, refused := 0, 0
			s := newSite(t, shell)
			s.bring(create(t, spec, joinplan.Input{}))
			path := s.root("cka-wk-1") + "/etc/hosts"
			for range 50 {
				var text strings.Builder
				for range r.IntN(6) {
					text.WriteString(pieces[r.IntN(len(pieces))])
				}
				old := text.String()
				s.write(path, old, 0o644)
				if err := os.RemoveAll(s.root("cka-wk-1") + "/var"); err != nil {
					t.Fatal(err)
				}
				out, status := s.run("cka-wk-1")
				got, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				want := old
				file, wantErr := hostsfile.Parse([]byte(old)).SetBlock(block)
				if wantErr == nil {
					want = string(file.Bytes())
					set++
				} else {
					refused++
				}
				if strings.TrimSuffix(string(got), "\n") != strings.TrimSuffix(want, "\n") || (status == 1) != (wantErr != nil) {
					t.Fatalf("the file %q became %q, and the library gives %q, %v; exit status %d\n%s", old, got, want, wantErr, status, out)
				}
			}
			if set < 10 || refused < 10 {
				t.Errorf("%d files were edited and %d refused", set, refused)
			}
		})
	}
}

func TestShellcheckFindsNothingInTheScripts(t *testing.T) {
	t.Parallel()
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Fatal("this test runs shellcheck, which is not installed; run: apt-get install -y shellcheck")
	}
	spec := lab(t)
	reboot, err := joinplan.Reboot(given(spec, observed(spec, func(string) bool { return true })), "cka-cp-2")
	if err != nil {
		t.Fatal(err)
	}
	for i, plan := range []joinplan.Plan{create(t, spec, joinplan.Input{Credentials: someCredentials(spec)}), reboot} {
		for script := range render.Scripts(plan) {
			if script.Path == "cka-cp-3.sh" || strings.HasPrefix(script.Path, "cka-wk-") {
				continue // as those of cka-cp-2
			}
			t.Run(fmt.Sprintf("%d %s", i, script.Path), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "x.sh")
				if err := os.WriteFile(path, script.Content.Reveal(), 0o600); err != nil {
					t.Fatal(err)
				}
				// SC2034: a function that this host does not use reads it. SC2329: the
				// same of a function. SC2016: words of the plan are single-quoted.
				out, err := exec.Command(shellcheck, "--shell=sh", "--exclude=SC2034,SC2329,SC2317,SC2016", path).CombinedOutput()
				if err != nil {
					t.Errorf("%v\n%s", err, out)
				}
				for _, shell := range []string{"sh", "busybox"} {
					argv := []string{"-n", path}
					if shell == "busybox" {
						argv = append([]string{"sh"}, argv...)
					}
					if out, err := exec.Command(shell, argv...).CombinedOutput(); err != nil {
						t.Errorf("%s -n: %v\n%s", shell, err, out)
					}
				}
			})
		}
	}
}
