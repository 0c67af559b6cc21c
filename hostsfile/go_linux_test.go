package hostsfile_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/hostsfile"
)

// asGo makes this test binary a program that answers with Go's own resolver,
// which Kubernetes' programs have.
const asGo = "HOSTSFILE_ANSWER_AS_GO"

func TestMain(m *testing.M) {
	if os.Getenv(asGo) != "" {
		answerAsGo()
		return
	}
	os.Exit(m.Run())
}

// answerAsGo answers questions in the way of testdata/resolve.c, without the
// canonical name, which Go does not give.
func answerAsGo() {
	resolver := &net.Resolver{PreferGo: true}
	for questions := bufio.NewScanner(os.Stdin); questions.Scan(); {
		_, name, _ := strings.Cut(questions.Text(), " ")
		addrs, err := resolver.LookupNetIP(context.Background(), "ip", name)
		if err != nil {
			fmt.Println("none")
			continue
		}
		fmt.Print("found ")
		for _, addr := range addrs {
			fmt.Printf("|%s", addr.Unmap())
		}
		fmt.Println()
	}
}

func TestGoAgreesWhereCheckFindsNoDisagreement(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 6))
	agreed := 0
	for files := 0; files < 40; {
		text := plainHosts(rng)
		file := hostsfile.Parse([]byte(text))
		if len(disagrees(file)) > 0 || text == "" {
			continue
		}
		files++
		agreed += askGo(t, text, file)
	}
	if agreed < 50 {
		t.Errorf("only %d names were found and compared", agreed)
	}
}

// askGo compares every name with one process, because Go's resolver reads the
// file again after some seconds only. It gives the number of names found.
func askGo(t *testing.T, text string, file *hostsfile.File) int {
	t.Helper()
	dir := etc(t)
	(&resolver{etc: dir}).use(t, text)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := inNamespace(t, dir, program)
	cmd.Env = append(os.Environ(), asGo+"=1")
	cmd.Stdin = strings.NewReader("ip " + strings.Join(plainNames, "\nip ") + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		want := ""
		if addrs, ok := strings.CutPrefix(line, "found |"); ok {
			want = unique(strings.Split(addrs, "|"))
			found++
		}
		if got := unique(strings.Fields(lookup(file, "ip", plainNames[i]).Addrs)); got != want {
			t.Errorf("%s: Go %s, package %s, hosts file:\n%q", plainNames[i], want, got, text)
		}
	}
	return found
}

func unique(texts []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(texts))), " ")
}
