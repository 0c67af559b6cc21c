package kubeadmcmd_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// hostile are words that a shell would make something else of.
var hostile = []string{
	"", " ", "a b", "'", "''", `"`, `\`, `\\`, `a\`, "$HOME", "$(id)", "`id`", "x;reboot", "a&b", "a|b", "a>b", "a<b",
	"a\nb", "\n", "a\r\nb", "\t", "*", "?", "[a-z]*", "~", "~root", "#no comment", "{a,b}", "!!", "-n", "--", "=", "a=b",
	"it's", `say "hi"`, `'"'"'`, "é", "–", "\u00a0", "\xff\xfe", "%s", "&&", "(x)", "a#b", "^", "if", "\x01\x7f",
}

// shellWords runs a command line and gives the words that its command got.
func shellWords(t testing.TB, line string) []string {
	t.Helper()
	script := `kubeadm() { printf '%s\0' "$@"; }` + "\n" + line + "\n"
	out, err := exec.Command("sh", "-c", script).Output()
	if err != nil {
		t.Fatalf("sh: %v\n%s", err, line)
	}
	words := strings.Split(string(out), "\x00")
	return words[:len(words)-1]
}

func TestAShellGetsExactlyTheWordsOfACommand(t *testing.T) {
	t.Parallel()
	command := kubeadmcmd.NewCommand(append([]string{"kubeadm"}, hostile...)...)
	want := command.Argv()[1:]
	if diff := cmp.Diff(want, shellWords(t, command.Shell())); diff != "" {
		t.Errorf("Shell (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, shellWords(t, command.ShellLines())); diff != "" {
		t.Errorf("ShellLines (-want +got):\n%s", diff)
	}
}

func FuzzAShellGetsExactlyTheWord(f *testing.F) {
	for _, h := range hostile {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if strings.Contains(word, "\x00") {
			return // no argument can hold it
		}
		got := shellWords(t, kubeadmcmd.NewCommand("kubeadm", word).Shell())
		if len(got) != 1 || got[0] != word {
			t.Errorf("got %q, want %q", got, word)
		}
	})
}

func TestHarmlessWordsStayUnquoted(t *testing.T) {
	t.Parallel()
	c := kubeadmcmd.NewCommand("kubeadm", "join", "k8s-vip:6443", "--cri-socket=unix:///var/run/cri-dockerd.sock", "a@b,c%d+e_f")
	if want := strings.Join(c.Argv(), " "); c.Shell() != want {
		t.Errorf("got %s, want %s", c.Shell(), want)
	}
}

func TestACommandKnowsWhetherItHoldsASecret(t *testing.T) {
	t.Parallel()
	if kubeadmcmd.NewCommand("kubeadm", "version").HasSecret() || (kubeadmcmd.Command{}).HasSecret() {
		t.Error("a command without secrets says that it has one")
	}
	c, err := kubeadmcmd.TokenCreate{Token: kubeadmcmd.NewSecret(hidden)}.Command()
	if err != nil {
		t.Fatal(err)
	}
	if !c.HasSecret() || !c.Sudo().HasSecret() {
		t.Error("a command with a secret says that it has none")
	}
	if got, want := c.Sudo().String(), "sudo kubeadm token create [redacted]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !c.Equal(c) || c.Equal(c.Sudo()) {
		t.Error("Equal is wrong")
	}
}
