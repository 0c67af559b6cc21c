package importing

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/publicapi"
)

var update = flag.Bool("update", false, "write the table in README.md anew")

// standardLibraryAlone are the packages that link nothing of other people.
var standardLibraryAlone = []string{"hostsfile", "etcdcheck", "haproxycfg/haproxylog", "haproxycfg/haproxystat"}

// never holds the modules that only one package may link.
var never = map[string]string{
	"k8s.io/client-go":  "joinplan/kubestate",
	"k8s.io/kubelet":    "kubeadmcfg/componentconfig",
	"k8s.io/kube-proxy": "kubeadmcfg/componentconfig",
}

func TestEachPackageCanBeImportedWithARequireAlone(t *testing.T) {
	t.Parallel()
	packages, err := publicapi.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	g := newGocommand(t)
	least := g.build(t, module(t, nothing))
	costs := map[string]cost{}
	rows := []string{
		"| package | modules in the build list | of other people linked: modules | packages | binary beyond hello world | k8s.io | Go |",
		"|---|--:|--:|--:|--:|---|---|",
	}
	for _, p := range packages {
		c := g.measure(t, p, least)
		costs[c.pkg] = c
		rows = append(rows, c.row())
	}
	t.Logf("a program that says hello is %s\n%s", megabytes(least), strings.Join(rows, "\n"))
	for _, name := range standardLibraryAlone {
		if c, ok := costs[name]; !ok || len(c.linked) > 0 {
			t.Errorf("%s is measured: %t, and links %v", name, ok, c.linked)
		}
	}
	for _, c := range costs {
		for _, path := range c.linked {
			for module, only := range never {
				if c.pkg != only && strings.HasPrefix(path, module+"/") {
					t.Errorf("%s links %s", c.pkg, path)
				}
			}
		}
	}
	keep(t, rows)
}

func (c cost) row() string {
	return fmt.Sprintf("| `%s` | %d | %d | %d | %s | %s | %s |",
		c.pkg, c.modules, c.linkedModules, len(c.linked), megabytes(c.size), c.kubernetes, c.language)
}

// megabytes writes a size as far as it stays the same from one Go to the next.
func megabytes(bytes int64) string {
	return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) + " MB"
}

// sizeTolerance is by how many megabytes, and how large a part of itself, the
// README's size may be off: another Go makes other binaries.
const (
	sizeTolerance = 0.3
	sizePart      = 0.1
)

const (
	begin = "<!-- kept by go test ./internal/importing -update -->\n"
	end   = "<!-- end -->"
)

// keep holds the README's table to what was measured, or writes it.
func keep(t *testing.T, rows []string) {
	t.Helper()
	path := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(readme), begin)
	table, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("README.md has no lines\n%s...%s", begin, end)
	}
	told := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	same := len(told) == len(rows)
	for i := range min(len(told), len(rows)) {
		same = same && sameRow(told[i], rows[i])
	}
	if same {
		return
	}
	if !*update {
		t.Errorf("the README's table is not what was measured; go test ./internal/importing -update writes it:\n%s", table)
		return
	}
	if err := os.WriteFile(path, []byte(before+begin+strings.Join(rows, "\n")+"\n"+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sameRow compares two rows cell by cell, sizes within their tolerance.
func sameRow(a, b string) bool {
	as, bs := strings.Split(a, "|"), strings.Split(b, "|")
	if len(as) != len(bs) {
		return false
	}
	for i := range as {
		sizeA, isSizeA := size(as[i])
		sizeB, isSizeB := size(bs[i])
		switch {
		case isSizeA && isSizeB:
			if math.Abs(sizeA-sizeB) > sizeTolerance+sizePart*max(sizeA, sizeB) {
				return false
			}
		case as[i] != bs[i]:
			return false
		}
	}
	return true
}

func size(cell string) (float64, bool) {
	number, isSize := strings.CutSuffix(strings.TrimSpace(cell), " MB")
	n, err := strconv.ParseFloat(number, 64)
	return n, isSize && err == nil
}

func TestRowsDifferByAnythingButALittleSize(t *testing.T) {
	t.Parallel()
	const row = "| `joinplan` | 40 | 12 | 90 | 8.0 MB | v0.35.0 | 1.25.0 |"
	for other, same := range map[string]bool{
		row:                                                     true,
		strings.Replace(row, "8.0", "9.0", 1):                   true,
		strings.Replace(row, "8.0", "9.5", 1):                   false,
		strings.Replace(row, "90", "91", 1):                     false,
		strings.Replace(row, "1.25.0", "1.26.0", 1):             false,
		strings.Replace(row, "v0.35.0 | 1.25.0", "v0.35.0", 1):  false,
		strings.Replace(row, "`joinplan`", "`joinplan/new`", 1): false,
	} {
		if sameRow(row, other) != same {
			t.Errorf("%s: same is not %t", other, same)
		}
	}
}
