package kubeadmcmd_test

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

var equateAddr = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

func plainWorker() kubeadmcmd.Join {
	j := referenceWorker()
	j.CRISocket = ""
	return j
}

func TestJoinCommandsAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	const rest = " --token " + referenceToken + " --discovery-token-ca-cert-hash " + referenceHash
	everything := referenceControlPlane()
	everything.AdvertiseAddress = netip.MustParseAddr("192.168.51.82")
	everything.BindPort = 7443
	everything.NodeName = "cka-cp-2"
	everything.Patches = "/etc/kubernetes/patches"
	everything.IgnorePreflightErrors = []string{"NumCPU", "Mem", "Swap"}
	everything.SkipPhases = []string{"preflight"}
	everything.DryRun = true
	everything.Verbosity = 5
	tests := []struct {
		name, text string
		want       kubeadmcmd.Join
	}{
		{"the reference worker", testdata(t, "reference/join-worker.txt"), referenceWorker()},
		{"the reference control plane, backslashes glued to words", testdata(t, "reference/join-control-plane.txt"), referenceControlPlane()},
		{"CRLF", strings.ReplaceAll(testdata(t, "reference/join-control-plane.txt"), "\n", "\r\n"), referenceControlPlane()},
		{"blanks after the backslashes", strings.ReplaceAll(testdata(t, "reference/join-control-plane.txt"), "\\\n", "\\ \t\n"), referenceControlPlane()},
		{"not indented after glued backslashes", strings.ReplaceAll(testdata(t, "reference/join-control-plane.txt"), "\n  ", "\n"), referenceControlPlane()},
		{"no newline at the end", "kubeadm join k8s-vip:6443" + rest, plainWorker()},
		{"equals signs", "kubeadm join k8s-vip:6443 --token=" + referenceToken + " --discovery-token-ca-cert-hash=" + referenceHash, plainWorker()},
		{"quotes", `kubeadm join "k8s-vip:6443" --token '` + referenceToken + `' "--discovery-token-ca-cert-hash"=sha256:"` + referenceHash[7:] + `"`, plainWorker()},
		{"flags before the endpoint", "kubeadm join" + rest + " k8s-vip:6443", plainWorker()},
		{"a double dash", "kubeadm join" + rest + " -- k8s-vip:6443", plainWorker()},
		{"a user's prompt", "[ops@cka-wk-1 ~]$ sudo -E kubeadm join k8s-vip:6443" + rest, plainWorker()},
		{"root's prompt", "root@cka-wk-1:~# kubeadm join k8s-vip:6443" + rest, plainWorker()},
		{"prompts of continued lines", "$ kubeadm join k8s-vip:6443 \\\n> --token " + referenceToken + " \\\n> --discovery-token-ca-cert-hash " + referenceHash + "\n$ ", plainWorker()},
		{"sudo as somebody, an environment, a path", "sudo -u root env HTTPS_PROXY= NO_PROXY=.example.org /usr/bin/kubeadm join k8s-vip:6443" + rest, plainWorker()},
		{"no-break spaces of a web page", strings.ReplaceAll("kubeadm join k8s-vip:6443"+rest, " ", "\u00a0"), plainWorker()},
		{"other commands on the line", "swapoff -a && kubeadm reset -f; kubeadm join k8s-vip:6443" + rest + " 2>&1 | tee join.log", plainWorker()},
		{"a comment", "kubeadm join k8s-vip:6443" + rest + " # --control-plane", plainWorker()},
		{"a redirection in the middle", "kubeadm join >join.log k8s-vip:6443" + rest, plainWorker()},
		{"prose around it", "Then run kubeadm join:\n\n    kubeadm join k8s-vip:6443" + rest + "\n\nDon't tell anyone.\n", plainWorker()},
		{"a cloud-init list", "runcmd:\n  - kubeadm join k8s-vip:6443" + rest + "\n", plainWorker()},
		{"global flags", "kubeadm --v=5 join k8s-vip:6443" + rest, plainWorker()},
		{"the first of two", "$ kubeadm join k8s-vip:6443" + rest + "; kubeadm join other:6443" + rest, plainWorker()},
		{"a flag twice: the last counts", "kubeadm join k8s-vip:6443 --node-name a --node-name b" + rest, func() kubeadmcmd.Join { j := plainWorker(); j.NodeName = "b"; return j }()},
		{"a switch switched off", "kubeadm join k8s-vip:6443 --control-plane=false" + rest, plainWorker()},
		{"every flag", "kubeadm join k8s-vip:6443 --control-plane --discovery-token " + referenceToken + " --tls-bootstrap-token " + referenceToken +
			" --discovery-token-ca-cert-hash " + referenceHash + " --certificate-key " + referenceKey + " --cri-socket unix:///var/run/cri-dockerd.sock" +
			" --apiserver-advertise-address 192.168.51.82 --apiserver-bind-port 7443 --node-name cka-cp-2 --patches /etc/kubernetes/patches" +
			" --ignore-preflight-errors NumCPU,Mem --ignore-preflight-errors=Swap --skip-phases preflight --dry-run -v 5 --rootfs /", everything},
		{"IPv6, no CA check", "kubeadm join [fd00::80]:6443 --token " + referenceToken + " --discovery-token-unsafe-skip-ca-verification",
			kubeadmcmd.Join{Endpoint: "[fd00::80]:6443", Token: kubeadmcmd.NewSecret(referenceToken), UnsafeSkipCAVerification: true}},
		{"a file", "kubeadm join --config='/opt/my join.yaml'", kubeadmcmd.Join{ConfigFile: "/opt/my join.yaml"}},
		{"a discovery file", `kubeadm join --discovery-file /opt/my\ file`, kubeadmcmd.Join{DiscoveryFile: "/opt/my file"}},
		{"a withheld token", "kubeadm join k8s-vip:6443 --token <value withheld> \\\n\t--discovery-token-ca-cert-hash " + referenceHash,
			kubeadmcmd.Join{Endpoint: "k8s-vip:6443", CACertHashes: []string{referenceHash}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := kubeadmcmd.ParseJoin(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, equateAddr); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBadJoinCommandsNameEveryPlace(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", "", "kubeadm:1:1: no kubeadm join command"},
		{"another command", "kubeadm reset -f\nkubeadm join phase preflight\n", "kubeadm:1:1: no kubeadm join command"},
		{"prose", "please run 'kubeadm join' again", "kubeadm:1:1: no kubeadm join command"},
		{"every bad value", "kubeadm join K8S:6443 --token abc \\\n  --discovery-token-ca-cert-hash sha256:12 --certificate-key=xyz --wrong 5\n",
			"kubeadm:1:14: this is no endpoint: want an address or a lower-case DNS name with a port, such as k8s-vip:6443\n" +
				"kubeadm:1:31: this is no bootstrap token: want 6, a dot and 16 of a-z0-9\n" +
				"kubeadm:2:34: this is no CA hash: want sha256: and 64 hexadecimal digits\n" +
				"kubeadm:2:44: this is no certificate key: want 64 hexadecimal digits\n" +
				"kubeadm:2:66: kubeadm join has no flag of this name\n" +
				"kubeadm:2:74: this is no endpoint: want an address or a lower-case DNS name with a port, such as k8s-vip:6443"},
		{"numbers", "kubeadm join a:1 --apiserver-bind-port 0 --apiserver-advertise-address x --control-plane=maybe --v=high",
			"kubeadm:1:40: this is no port: want 1 to 65535\nkubeadm:1:72: this is no IP address\nkubeadm:1:74: this flag is true or false\nkubeadm:1:96: this is no log level: want a small number"},
		{"a value that is missing", "kubeadm join a:1 --token", "kubeadm:1:18: this flag needs a value"},
		{"two endpoints", "kubeadm join a:1 b:2", "kubeadm:1:18: kubeadm join takes one endpoint, and this is a second one"},
		{"two tokens", "kubeadm join a:1 --token " + referenceToken + " --discovery-token " + hidden, "kubeadm:1:68: this command has a second token, another one"},
		{"an open quote", "kubeadm join 'a:1", "kubeadm:1:14: this quote is never closed"},
		{"an open double quote", "kubeadm join \"a:1\\\"", "kubeadm:1:14: this quote is never closed"},
		{"a variable", "kubeadm join a:1 --token $TOKEN", "kubeadm:1:26: only a shell can expand this: write the value itself"},
		{"a command inside quotes", "kubeadm join a:1 --token \"$(cat token)\"", "kubeadm:1:27: only a shell can expand this: write the value itself"},
		{"backquotes", "kubeadm join a:1 --token `cat token`", "kubeadm:1:26: only a shell can expand this: write the value itself"},
		{"typographic quotes", "kubeadm join “a:1”", "kubeadm:1:14: typographic quotes quote nothing in a shell: type plain ones"},
		{"a typographic dash", "kubeadm join a:1 –control-plane", "kubeadm:1:18: this dash is typographic: type two plain ones"},
		{"a backslash at the end", "kubeadm join a:1 \\", "kubeadm:1:18: the text ends in a backslash: the rest of the command is missing"},
		{"a redirection to nowhere", "kubeadm join a:1 >", "kubeadm:1:18: the redirection names no file"},
		{"columns in characters", "é$ kubeadm join ü:1", "kubeadm:1:17: this is no endpoint: want an address or a lower-case DNS name with a port, such as k8s-vip:6443"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := kubeadmcmd.ParseJoin(test.text)
			if err == nil {
				t.Fatal("no error")
			}
			var parseError *kubeadmcmd.ParseError
			if !errors.As(err, &parseError) {
				t.Errorf("no ParseError: %v", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParsingUndoesBuilding(t *testing.T) {
	t.Parallel()
	nasty := referenceControlPlane()
	nasty.NodeName = `it's; "$(id)" \`
	nasty.Patches = "--x=y z"
	nasty.IgnorePreflightErrors = []string{"a b", "c"}
	nasty.AdvertiseAddress = netip.MustParseAddr("fd00::1")
	for _, want := range []kubeadmcmd.Join{referenceWorker(), referenceControlPlane(), nasty, {ConfigFile: "$HOME/join.yaml", DryRun: true}} {
		c, err := want.Command()
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{c.Shell(), c.ShellLines(), c.Sudo().Shell(), "$ " + c.ShellLines() + "\n"} {
			got, err := kubeadmcmd.ParseJoin(text)
			if err != nil {
				t.Errorf("%v in\n%s", err, text)
			}
			if diff := cmp.Diff(want, got, equateAddr); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	}
}

func TestParseErrorsNeverQuoteTheText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"kubeadm join a:1 --token " + hidden + "x",
		"kubeadm join a:1 --token" + hidden,
		"kubeadm join a:1 --tokens=" + hidden,
		"kubeadm join " + hidden,
		"kubeadm join a:1 --certificate-key " + hidden,
		"kubeadm join a:1 --token '" + hidden,
	} {
		_, err := kubeadmcmd.ParseJoin(text)
		if err == nil {
			t.Errorf("no error")
			continue
		}
		leaks(t, "the error", err.Error())
	}
}

func FuzzParseJoin(f *testing.F) {
	f.Add(testdata(f, "reference/join-worker.txt"))
	f.Add(testdata(f, "reference/join-control-plane.txt"))
	f.Add(testdata(f, "kubeadm-1.37.2/token-create-print-join-command-control-plane.txt"))
	f.Add("[root@a ~]# kubeadm join [fd00::1]:6443 --token='" + hidden + "' \\\r\n> --v=1 2>&1 | tee x")
	f.Add("kubeadm join a:1 --ignore-preflight-errors \"a\\\"b\",c --skip-phases= --token <value withheld>")
	f.Fuzz(func(t *testing.T, text string) {
		join, err := kubeadmcmd.ParseJoin(text)
		if err != nil {
			checkPlaces(t, text, err)
			return
		}
		c, err := join.Command()
		if err != nil {
			return // the words are a join, but not one that works
		}
		again, err := kubeadmcmd.ParseJoin(c.Shell())
		if err != nil {
			t.Fatalf("%v in %s", err, c.Shell())
		}
		if diff := cmp.Diff(join, again, equateAddr); diff != "" {
			t.Errorf("(-parsed +printed and parsed):\n%s", diff)
		}
	})
}

// checkPlaces fails the test when an error points outside of the text.
func checkPlaces(t *testing.T, text string, err error) {
	t.Helper()
	lines := strings.Split(text, "\n")
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("not joined: %v", err)
	}
	for _, e := range joined.Unwrap() {
		var p *kubeadmcmd.ParseError
		if !errors.As(e, &p) {
			t.Fatalf("no ParseError: %v", e)
		}
		if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
			t.Errorf("%v is outside of %q", p, text)
		}
	}
}

// spell writes a word for a shell in one of the ways that people do.
func spell(random *rand.Rand, word string) string {
	switch random.IntN(4) {
	case 0:
		return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
	case 1:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(word) + `"`
	case 2:
		var b strings.Builder
		for _, r := range word {
			if r == '\n' {
				b.WriteString("'\n'")
			} else {
				b.WriteString(`\` + string(r))
			}
		}
		return b.String()
	default:
		half := len(word) / 2
		return spell(random, word[:half]) + spell(random, word[half:])
	}
}

func TestParsingReadsTheWordsThatAShellReads(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	separators := []string{" ", "\t", "  ", " \\\n", " \\\n  ", "\\\n\t"}
	words := []string{"a b", "'", `"`, `\`, `a\b`, "$HOME", "$(id)", "`id`", "x;y", "a&b", "a|b>c<d", "#x", "x#y", "*", "~", "é", "a\nb", "(a)", "-", "--x", "!", "a=b", "{a,b}"}
	for range 300 {
		name, socket := words[random.IntN(len(words))], words[random.IntN(len(words))]
		line := "kubeadm"
		for _, word := range []string{"join", "k8s-vip:6443", "--node-name", name, "--cri-socket=" + socket} {
			line += separators[random.IntN(len(separators))] + spell(random, word)
		}
		shell := shellWords(t, line)
		got, err := kubeadmcmd.ParseJoin(line)
		if err != nil {
			t.Errorf("%v in %q", err, line)
			continue
		}
		if want := []string{"join", got.Endpoint, "--node-name", got.NodeName, "--cri-socket=" + got.CRISocket}; !slices.Equal(want, shell) {
			t.Errorf("a shell reads %q in %q, not %q", shell, line, want)
		}
	}
}
