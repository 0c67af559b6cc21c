package kubeadmcmd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

const (
	pastedToken = "l5evt9.83dwwp8jzvyud9w8"
	pastedHash  = "sha256:6b2f470e8e7a46f4ae7768bb781fbf71ece0876d10ce54e8c6f6e04dbc9639a7"
)

func TestCommandsOutOfMailsPagesAndTerminalsAreRead(t *testing.T) {
	t.Parallel()
	worker := func(endpoint string) kubeadmcmd.Join {
		return kubeadmcmd.Join{Endpoint: endpoint, Token: kubeadmcmd.NewSecret(pastedToken), CACertHashes: []string{pastedHash}}
	}
	verbose := worker("lb:6443")
	verbose.Verbosity = 9
	wrapped := kubeadmcmd.Join{
		Endpoint: "k8s-vip:6443", Token: kubeadmcmd.NewSecret("w0w0gn.jk6t8aupda44f7kg"), ControlPlane: true,
		CACertHashes:   []string{"sha256:767d68c67168f38557560a026316bbcbb81df14c280f530439b3c9d5465f2337"},
		CertificateKey: kubeadmcmd.NewSecret("e02c9759d7c20028aabb7e28387c9d3580eec301bcf2a5c7fbe7341b201fe999"),
	}
	for file, want := range map[string]kubeadmcmd.Join{
		"bom.txt": worker("192.168.1.10:6443"), "html.txt": worker("10.0.0.1:6443"), "nbhyphen.txt": worker("192.168.1.10:6443"),
		"usage.txt": worker("10.0.0.1:6443"), "v9.txt": verbose, "wrapped-join.txt": wrapped,
	} {
		readAs(t, file, testdata(t, "pasted/"+file), want)
	}

	const command = "kubeadm join lb:6443 --token " + pastedToken + " --discovery-token-ca-cert-hash " + pastedHash
	hash := strings.Index(command, "sha256") + 20
	for name, text := range map[string]string{
		"wrapped before a flag":              strings.Replace(command, " --disc", "\n--disc", 1),
		"wrapped before a value":             strings.Replace(command, " sha256", "\n    sha256", 1),
		"wrapped before the endpoint":        strings.Replace(command, " lb", "\n lb", 1),
		"wrapped in the hash":                command[:hash] + "\n" + command[hash:],
		"wrapped in a flag":                  strings.Replace(command, "-token-ca", "-tok\nen-ca", 1),
		"wrapped behind a flag's short name": strings.Replace(command, "-ca-cert", "\n-ca-cert", 1),
		"a blank line between":               strings.Replace(command, " --disc", " \\\n\n  --disc", 1),
		"blank lines and no backslash":       strings.Replace(command, " --disc", "\n\n\n  --disc", 1),
		"a backslash whose line end is lost": strings.Replace(command, " --disc", ` \ --disc`, 1),
		"one that is glued":                  strings.Replace(command, " --disc", `\  --disc`, 1),
		"one before the hash":                strings.Replace(command, " sha256", ` \ sha256`, 1),
		"carriage returns twice":             strings.ReplaceAll(strings.Replace(command, " --disc", " \\\n --disc", 1)+"\n", "\n", "\r\r\n"),
		"carriage returns three times":       strings.Replace(command, " --disc", "\r\r\r\n\r\n --disc", 1),
		"a byte order mark inside":           strings.Replace(command, "lb:", "\ufefflb:", 1),
		"zero-width spaces":                  strings.Replace(command, "--token ", "--token \u200b", 1) + "\u200b",
		"a soft hyphen in the hash":          command[:hash] + "\u00ad" + command[hash:],
		"hyphens that are none":              strings.ReplaceAll(command, "-", "\u2010"),
		"minus signs":                        strings.ReplaceAll(command, "--", "\u2212\u2212"),
		"two dashes":                         strings.ReplaceAll(command, " --", " \u2013\u2013"),
		"narrow spaces":                      strings.ReplaceAll(command, " ", "\u202f"),
		"entities":                           strings.ReplaceAll(strings.ReplaceAll(command, "-", "&#x2d;"), " ", "&nbsp;"),
		"an element of HTML":                 "<pre><code>" + command + "</code></pre>",
		"elements around words":              strings.Replace(command, "--token", `<span class="o">--token</span>`, 1) + "<br/>",
		"ssh":                                "$ ssh root@wk-1 '" + command + "'",
		"ssh without quotes":                 "ssh root@wk-1 " + command,
		"ssh and sudo":                       `for h in a b; do ssh $h "sudo ` + command + `"; done`,
		"bash -c":                            `sudo bash -c "` + command + `"`,
		"sh -c of vagrant":                   `vagrant ssh wk-1 -c 'sudo ` + command + `' -- -T`,
		"time":                               "time " + command,
		"nohup in the background":            "nohup " + command + " &",
		"docker exec":                        "docker exec -it kind-worker " + command,
		"nsenter":                            "nsenter -t 1 -m -u -n -i " + command,
		"backquotes":                         "Run `" + command + "` on each node.",
		"a fence in one line":                "```" + command + "```",
		"quoted in a mail":                   "> " + strings.Replace(command, " --disc", " \\\n>  --disc", 1),
		"quoted in a mail and wrapped":       "> " + strings.Replace(command, " --disc", "\n>  --disc", 1),
		"a history":                          "  501  " + command,
		"Ansible":                            "- name: join\n  command: " + command + "\n",
		"kubeadm's help before it":           testdata(t, "pasted/usage.txt")[:strings.Index(testdata(t, "pasted/usage.txt"), "root@cp1")] + command,
		"the list of flags behind it":        command + "\n\nFlags:\n      --apiserver-bind-port int32   a port (default 6443)\n      --control-plane   Create a new control plane\n      --token string   Use this token\n",
		"a command that failed before it":    "kubeadm join\nerror: discovery: Invalid value\n" + command,
		"prose about it":                     "To run kubeadm join you need a token; see \"kubeadm join --help\".\n\n" + command,
		"prose in the same line":             "To join with kubeadm join run ssh wk-1 " + command,
		"a log level with an equals sign":    command + " -v=0",
		"a log level that is a word":         command + " -v 0",
	} {
		readAs(t, name, text, worker("lb:6443"))
	}
}

func readAs(t *testing.T, name, text string, want kubeadmcmd.Join) {
	t.Helper()
	got, err := kubeadmcmd.ParseJoin(text)
	if diff := cmp.Diff(want, got, equateAddr); err != nil || diff != "" {
		t.Errorf("%s: %v in\n%s\n(-want +got):\n%s", name, err, text, diff)
	}
}

func TestCommandsThatCannotBeToldAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	const command = "kubeadm join lb:6443 --token " + pastedToken + " --discovery-token-ca-cert-hash " + pastedHash
	const stray = "this belongs to a join command that cannot be told: write the whole command in one line"
	for text, want := range map[string]string{
		testdata(t, "pasted/placeholders.txt"):                              "kubeadm:1:38: this is a placeholder: write the value itself, as kubeadm printed it",
		strings.Replace(command, pastedToken, "<your-token>", 1):            "kubeadm:1:30: this is a placeholder: write the value itself, as kubeadm printed it",
		strings.Replace(command, pastedHash, "sha256:&lt;hash&gt;", 1):      "kubeadm:1:92: this is a placeholder: write the value itself, as kubeadm printed it",
		strings.Replace(command, pastedToken, "$TOKEN", 1):                  "kubeadm:1:30: only a shell can expand this: write the value itself",
		strings.Replace(command, "6443", "64\n43", 1):                       "kubeadm:2:1: the command is broken before this line, and the place may be in the middle of a word: write it in one line",
		command + " --node-name wk\n-1":                                     "kubeadm:2:1: the command is broken before this line, and the place may be in the middle of a word: write it in one line",
		command + " \\\n":                                                   "kubeadm:1:157: the command ends in a backslash: its rest is missing",
		strings.Replace(command, " --disc", "\nWarning: noise\n --disc", 1): "kubeadm:3:2: " + stray,
		strings.Replace(command, "kubeadm join", "kubeadm jion", 1) + "\n":  "kubeadm:1:1: no kubeadm join command",
		"lb:6443 --token " + pastedToken:                                    "kubeadm:1:9: " + stray,
		command + "\n\nand then\n\n--control-plane":                         "kubeadm:5:1: " + stray,
	} {
		_, err := kubeadmcmd.ParseJoin(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// TestNoDamageMakesHalfACommand breaks a good text at every place in every way
// that copying does: what is read is all of it, or nothing.
func TestNoDamageMakesHalfACommand(t *testing.T) {
	t.Parallel()
	breaks := []string{"\n", "\n    ", "\n\n", "\r\r\n", " \\\n", "\\\n  ", "\n> ", "\nWarning: something else\n", " \\ ", "\u200b", "\u00a0", "&nbsp;", "<br>", "'", "\"", "`"}
	for i, text := range []string{
		"kubeadm join 10.0.0.1:6443 --token " + pastedToken + " --discovery-token-ca-cert-hash " + pastedHash,
		"kubeadm join k8s-vip:6443 --control-plane --certificate-key " + referenceKey + " --token " + pastedToken + " --discovery-token-ca-cert-hash " + pastedHash,
		"ssh cp-2 'kubeadm join --token=" + pastedToken + " --discovery-token-ca-cert-hash=" + pastedHash + " k8s-vip:6443'",
		testdata(t, "kubeadm-1.37.2/token-create-print-join-command-control-plane.txt"),
		testdata(t, "reference/join-control-plane.txt"),
	} {
		whole, err := kubeadmcmd.ParseCredentials(text, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for at := i; at < len(text); at += i + 1 {
			for _, by := range breaks {
				damaged := text[:at] + by + text[at:]
				got, err := kubeadmcmd.ParseCredentials(damaged, time.Time{})
				if diff := cmp.Diff(whole, got); err == nil && diff != "" {
					t.Errorf("%q (-whole +got):\n%s", damaged, diff)
				}
			}
		}
	}
}

// TestGarbledLinesNeverLoseACredential garbles, quotes and indents each line of
// what kubeadm prints, and puts noise between.
func TestGarbledLinesNeverLoseACredential(t *testing.T) {
	t.Parallel()
	text := testdata(t, "kubeadm-1.37.2/init.txt") + testdata(t, "kubeadm-1.37.2/upload-certs.txt")
	whole, err := kubeadmcmd.ParseCredentials(text, time.Time{})
	if err != nil {
		whole, err = kubeadmcmd.ParseCredentials(testdata(t, "kubeadm-1.37.2/init.txt"), time.Time{})
		text = testdata(t, "kubeadm-1.37.2/init.txt")
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		for name, change := range map[string]func(string) string{
			"quoted":   func(s string) string { return "> " + s },
			"indented": func(s string) string { return "\t    " + s },
			"noise":    func(s string) string { return s + "\n%%% something else" },
			"reversed": func(s string) string {
				runes := []rune(s)
				slices.Reverse(runes)
				return string(runes)
			},
			"cut": func(s string) string { return s[:len(s)/2] },
		} {
			changed := slices.Clone(lines)
			changed[i] = change(changed[i])
			got, err := kubeadmcmd.ParseCredentials(strings.Join(changed, "\n"), time.Time{})
			if err != nil {
				continue
			}
			for _, field := range differing(whole, got) {
				t.Errorf("line %d %s: %s is another one: %q", i+1, name, field, changed[i])
			}
		}
	}
}

// differing names the credentials that are there and differ.
func differing(want, got kubeadmcmd.Credentials) []string {
	var out []string
	for field, pair := range map[string][2]string{
		"endpoint":       {want.Endpoint, got.Endpoint},
		"hashes":         {fmt.Sprint(want.CACertHashes), fmt.Sprint(got.CACertHashes)},
		"token":          {want.Token.Reveal(), got.Token.Reveal()},
		"certificateKey": {want.CertificateKey.Reveal(), got.CertificateKey.Reveal()},
	} {
		if pair[0] != pair[1] {
			out = append(out, field)
		}
	}
	return out
}
