package kubeadmcmd_test

import (
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// hostile are words that a shell would make something else of.
var hostile = []string{
	"", " ", "a b", " a ", "'", "''", `"`, `\`, `\\`, `a\`, "$HOME", "$(id)", "`id`", "${IFS}", "$((1))", "x;reboot", "a&b", "a|b", "a>b", "a<b",
	"a\nb", "\n", "a\n", "a\r\nb", "\t", "*", "?", "[a-z]*", "~", "~root", "#no comment", "{a,b}", "!!", "!$", "-n", "-", "--", "--v=9", "=", "a=b",
	"it's", `say "hi"`, `'"'"'`, "é", "–", "\u00a0", "\u2028", "\xff\xfe", "\xc3", "%s", "%%", "&&", "(x)", "a#b", "^", "if", "exit", "\x01\x7f", "\x1b[0m",
}

// shells are the ones that are installed; every system has sh.
var shells = sync.OnceValue(func() [][]string {
	found := [][]string{{"sh"}}
	for _, shell := range [][]string{{"dash"}, {"bash"}, {"bash", "--posix"}, {"busybox", "sh"}, {"mksh"}} {
		if _, err := exec.LookPath(shell[0]); err == nil {
			found = append(found, shell)
		}
	}
	return found
})

// shellWords has every shell run a line and gives the words that its command
// got, the command's own name aside.
func shellWords(t testing.TB, line string) []string {
	t.Helper()
	words := linesWords(t, line)
	if len(words) != 1 {
		t.Fatalf("%q runs %d commands", line, len(words))
	}
	return words[0]
}

// linesWords does the same with several lines. The shells must agree.
func linesWords(t testing.TB, lines ...string) [][]string {
	t.Helper()
	var words [][]string
	for i, shell := range shells() {
		cmd := exec.Command(shell[0], shell[1:]...)
		cmd.Stdin = strings.NewReader(printWords + strings.Join(lines, "\n") + "\n")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%q", shell, err, lines)
		}
		got := readWords(t, string(out))
		if i == 0 {
			words = got
		} else if diff := cmp.Diff(words, got); diff != "" {
			t.Errorf("(-%v +%v):\n%s", shells()[0], shell, diff)
		}
	}
	return words
}

// printWords makes a command print how many words it got, and the words, each
// with a NUL behind it.
const printWords = `kubeadm() { printf '%s\0' "$#" "$@"; }; sudo() { "$@"; }` + "\n"

func readWords(t testing.TB, out string) [][]string {
	t.Helper()
	var commands [][]string
	for rest := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00"); len(rest) > 0; {
		n, err := strconv.Atoi(rest[0])
		if err != nil || len(rest) <= n {
			t.Fatalf("the shell printed %q", out)
		}
		commands, rest = append(commands, rest[1:n+1]), rest[n+1:]
	}
	return commands
}

// sameWords fails the test where a shell makes other words of a command.
func sameWords(t testing.TB, commands ...kubeadmcmd.Command) {
	t.Helper()
	var lines []string
	var want [][]string
	for _, c := range commands {
		lines = append(lines, c.Shell(), c.ShellLines(), c.Sudo().Shell())
		want = append(want, c.Argv()[1:], c.Argv()[1:], c.Argv()[1:])
	}
	if diff := cmp.Diff(want, linesWords(t, lines...), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-argv +shell):\n%s", diff)
	}
}

func TestAShellGetsExactlyTheWordsOfACommand(t *testing.T) {
	t.Parallel()
	sameWords(t, kubeadmcmd.NewCommand(append([]string{"kubeadm"}, hostile...)...), kubeadmcmd.NewCommand("kubeadm"))
}

// Every field that takes a text takes a hostile one, unless it is refused.
func TestAShellGetsExactlyTheWordsOfWhatIsBuilt(t *testing.T) {
	t.Parallel()
	var built []kubeadmcmd.Command
	refused := 0
	for _, h := range hostile {
		worker := referenceWorker()
		worker.CRISocket, worker.NodeName, worker.Patches = h, h, h
		listed := referenceControlPlane()
		listed.IgnorePreflightErrors, listed.SkipPhases = []string{h, "a"}, []string{h}
		for _, b := range []builder{
			worker, listed,
			kubeadmcmd.Join{ConfigFile: h, NodeName: h},
			kubeadmcmd.Join{DiscoveryFile: h},
			kubeadmcmd.Init{ConfigFile: h, NodeName: h, SkipPhases: []string{h}},
			kubeadmcmd.Init{DNSDomain: h, CertSANs: []string{h}, KubernetesVersion: h, ImageRepository: h, CRISocket: h, Patches: h, NodeName: h},
			kubeadmcmd.Reset{ConfigFile: h, Kubeconfig: h},
			kubeadmcmd.Reset{CRISocket: h, CertDir: h, Kubeconfig: h},
			kubeadmcmd.TokenCreate{ConfigFile: h, Kubeconfig: h},
			kubeadmcmd.TokenCreate{Description: h, Usages: []string{h}, Groups: []string{h}},
			kubeadmcmd.UploadCerts{ConfigFile: h, Kubeconfig: h},
			kubeadmcmd.InitPhase{Phase: "certs ca", CertDir: h, KubernetesVersion: h, Kubeconfig: h},
			kubeadmcmd.Certs{Subcommand: "check-expiration", ConfigFile: h, CertDir: h, Kubeconfig: h, Output: h},
		} {
			command, err := b.Command()
			if err != nil {
				refused++
				continue
			}
			built = append(built, command)
		}
	}
	sameWords(t, built...)
	if len(built) < 400 || refused == 0 {
		t.Errorf("%d commands were built, %d refused", len(built), refused)
	}
}

// The words of the command are separated by NUL, which no word can hold.
func FuzzAShellGetsExactlyTheWords(f *testing.F) {
	for _, h := range hostile {
		f.Add(h)
	}
	f.Add(strings.Join(hostile, "\x00"))
	f.Fuzz(func(t *testing.T, words string) {
		sameWords(t, kubeadmcmd.NewCommand(append([]string{"kubeadm"}, strings.Split(words, "\x00")...)...))
	})
}
