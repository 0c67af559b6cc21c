package hostsfile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/haplane/haplane/hostsfile"
)

// The tests in the files that use this one ask real resolvers. They run each
// in a mount namespace of its own, where /etc is a directory that the test
// writes, so they need root (or CAP_SYS_ADMIN). They never skip.

// etc makes a directory that stands for /etc: hosts from the file only.
func etc(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"hosts":         "",
		"nsswitch.conf": "hosts: files\n",
		"host.conf":     "multi on\n",
		"resolv.conf":   "nameserver " + nobody + "\noptions timeout:5 attempts:1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inNamespace is the command with dir in the place of /etc.
func inNamespace(t testing.TB, dir string, argv ...string) *exec.Cmd {
	t.Helper()
	const script = `mount --bind "$0" /etc && exec "$@"`
	enter := []string{"--mount", "--propagation", "private", "sh", "-c", script, dir}
	if out, err := exec.Command("unshare", append(slices.Clone(enter), "true")...).CombinedOutput(); err != nil {
		t.Fatalf("this test gives a resolver its own /etc/hosts in a mount namespace, which is not permitted here; run it as root: %v: %s", err, out)
	}
	return exec.Command("unshare", append(enter, argv...)...)
}

// compile builds testdata/resolve.c and stops the test where it cannot.
func compile(t testing.TB, compiler, install string, flags ...string) string {
	t.Helper()
	if _, err := exec.LookPath(compiler); err != nil {
		t.Fatalf("this test asks a C library through a program that %s builds, which is not installed; run: %s", compiler, install)
	}
	program := filepath.Join(t.TempDir(), "resolve")
	args := append([]string{"-o", program, filepath.Join("testdata", "resolve.c")}, flags...)
	if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", compiler, err, out)
	}
	return program
}

func glibcProgram(t testing.TB) string {
	return compile(t, "gcc", "apt-get install -y gcc libc6-dev")
}

func muslProgram(t testing.TB) string {
	return compile(t, "musl-gcc", "apt-get install -y musl-tools", "-static")
}

// resolver is a running program that answers one question a line.
type resolver struct {
	etc       string
	questions io.Writer
	answers   *bufio.Reader
}

// start runs a program that answers from a hosts file of its own.
func start(t testing.TB, program string) *resolver {
	t.Helper()
	r := &resolver{etc: etc(t)}
	cmd := inNamespace(t, r.etc, program)
	questions, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		questions.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("resolver: %v", err)
		}
	})
	r.questions, r.answers = questions, bufio.NewReader(answers)
	return r
}

// use gives the resolver this hosts file.
func (r *resolver) use(t testing.TB, hosts string) {
	t.Helper()
	r.configure(t, "hosts", hosts)
}

// configure writes a file of the resolver's /etc.
func (r *resolver) configure(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.etc, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ask gives the answer to a question: the name and the addresses in order of
// their text.
func (r *resolver) ask(t testing.TB, kind, what string) reply {
	t.Helper()
	if _, err := fmt.Fprintf(r.questions, "%s %s\n", kind, what); err != nil {
		t.Fatal(err)
	}
	line, err := r.answers.ReadString('\n')
	if err != nil {
		t.Fatalf("no answer to %s %q: %v", kind, what, err)
	}
	text, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "found ")
	switch {
	case text == "none":
		return reply{}
	case !found:
		t.Fatalf("%s %q: %s", kind, what, text)
	}
	parts := strings.Split(text, "|")
	return reply{Found: true, Name: parts[0], Addrs: sorted(parts[1:])}
}

// reply is an answer in a form that compares.
type reply struct {
	Found       bool
	Name, Addrs string
}

// lookup asks the package what ask asks a resolver.
func lookup(file *hostsfile.File, kind, what string) reply {
	var answer hostsfile.Answer
	var found bool
	switch kind {
	case "ip":
		answer, found = file.LookupName(what, hostsfile.AnyFamily)
	case "ip4":
		answer, found = file.LookupName(what, hostsfile.IPv4)
	case "ip6":
		answer, found = file.LookupName(what, hostsfile.IPv6)
	case "addr":
		answer, found = file.LookupAddr(netip.MustParseAddr(what))
		return reply{Found: found, Name: answer.Canonical}
	}
	return reply{found, answer.Canonical, addrTexts(answer.Addrs)}
}

// nobody is the address of a name server that knows no name. musl asks DNS for
// what the hosts file does not have.
const nobody = "127.83.17.9"

// serveNobody runs that name server for all tests.
func serveNobody(t testing.TB) {
	t.Helper()
	if err := nameServer(); err != nil {
		t.Fatalf("this test answers musl's DNS questions itself, on port 53 of a loopback address; run it as root: %v", err)
	}
}

var nameServer = sync.OnceValue(func() error {
	conn, err := net.ListenPacket("udp4", nobody+":53")
	if err == nil {
		go knowNothing(conn)
	}
	return err
})

// knowNothing sends every question back as a response with code 3, no such
// name.
func knowNothing(conn net.PacketConn) {
	buf := make([]byte, 512)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if n < 12 {
			continue
		}
		buf[2] |= 0x80
		buf[3] = buf[3]&0x70 | 3
		if _, err := conn.WriteTo(buf[:n], from); err != nil {
			return
		}
	}
}
