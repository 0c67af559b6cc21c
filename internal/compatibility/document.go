package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/internal/ran"
	"github.com/haplane/haplane/kubeadmcfg"
)

const documentFile = "docs/compatibility.md"

const introduction = `# Compatibility

This file is kept by the tests: what they ran, they recorded, and internal/compatibility makes the tables of it.

- **run**: tests of this repository run the program of this release, or kubeadm's own code, and hold the library to it.
- read: the library has the rules of this release, from its source or its manual, and no test runs it.

`

// document writes the tables.
func document(root string, known []ran.Program) ([]byte, error) {
	var b strings.Builder
	b.WriteString(introduction)
	kubeadmTable(&b, known)
	haproxyTable(&b, known)
	etcdTable(&b, known)
	if err := together(&b, root); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// The releases of kubeadm that have a row: from the first with v1beta3 to the
// newest whose source the library was held to.
const (
	oldestMinor = 22
	newestMinor = 37
)

func kubeadmTable(b *strings.Builder, known []ran.Program) {
	versions := []kubeadmcfg.Version{kubeadmcfg.V1Beta3, kubeadmcfg.V1Beta4, kubeadmcfg.V1}
	b.WriteString("## kubeadm and the versions of its configuration API\n\n| kubeadm |")
	for _, v := range versions {
		b.WriteString(" " + string(v) + " |")
	}
	b.WriteString("\n|---|---|---|---|\n")
	for minor := newestMinor; minor >= oldestMinor; minor-- {
		fmt.Fprintf(b, "| 1.%d |", minor)
		for _, v := range versions {
			b.WriteString(" " + kubeadmCell(known, minor, v) + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\nkubeadm 1.37 reads v1 only with --allow-experimental-api, and as the library's own choice v1 is for later releases.\n" +
		"Releases before 1.35 run outside of CI.\n\n")
}

func kubeadmCell(known []ran.Program, number int, v kubeadmcfg.Version) string {
	for _, p := range known {
		if p.Name == "kubeadm" && p.API == string(v) && minor(p.Release) == "1."+strconv.Itoa(number) {
			return "**run** " + p.Release
		}
	}
	if reads(number, v) {
		return "read"
	}
	return "–"
}

// reads tells whether, as the library knows it, a release of kubeadm reads a
// version of the API.
func reads(number int, v kubeadmcfg.Version) bool {
	file, err := kubeadmcfg.Parse([]byte("apiVersion: " + v.APIVersion() + "\nkind: InitConfiguration\n"))
	if err != nil {
		return false
	}
	err = file.ValidateFor("v1." + strconv.Itoa(number) + ".0")
	return err == nil || !strings.Contains(err.Error(), "apiVersion")
}

func haproxyTable(b *strings.Builder, known []ran.Program) {
	b.WriteString("## HAProxy\n\n| HAProxy | |\n|---|---|\n")
	for _, v := range slices.Backward(haproxycfg.Versions()) {
		cell := "read"
		for _, p := range known {
			if p.Name == "haproxy" && minor(p.Release) == string(v) {
				cell = "**run** " + p.Release
			}
		}
		fmt.Fprintf(b, "| %s | %s |\n", v, cell)
	}
	b.WriteString("\n")
}

// etcdMinors are those whose output etcdcheck reads.
var etcdMinors = []string{"3.7", "3.6", "3.5", "3.4", "3.3"}

func etcdTable(b *strings.Builder, known []ran.Program) {
	b.WriteString("## etcd and etcdctl\n\n| | etcd, the server | etcdctl, all commands in all formats |\n|---|---|---|\n")
	for _, m := range etcdMinors {
		fmt.Fprintf(b, "| %s | %s | %s |\n", m, etcdCell(known, "etcd", m), etcdCell(known, "etcdctl", m))
	}
	b.WriteString("\n")
}

func etcdCell(known []ran.Program, name, of string) string {
	var releases []string
	for _, p := range known {
		if p.Name == name && minor(p.Release) == of {
			releases = append(releases, p.Release)
		}
	}
	if len(releases) == 0 {
		return "read"
	}
	return "**run** " + strings.Join(releases, ", ")
}

// evidence are the files that the end-to-end tests write.
var evidence = []string{"docs/e2e.md", "docs/e2e-failover.md"}

// together writes which releases were run in one cluster.
func together(b *strings.Builder, root string) error {
	b.WriteString("## Together, in a real cluster\n\n| Kubernetes | etcd | HAProxy | scenarios that passed last |\n|---|---|---|---|\n")
	scenarios := map[[3]string][]string{}
	for _, name := range evidence {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		for _, s := range passed(string(text)) {
			key := [3]string{s.kubernetes, s.etcd, s.haproxy}
			scenarios[key] = append(scenarios[key], s.name)
		}
	}
	var keys [][3]string
	for key, names := range scenarios {
		slices.Sort(names)
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [3]string) int {
		return cmp.Compare(natural(b[0]+" "+b[1]+" "+b[2]), natural(a[0]+" "+a[1]+" "+a[2]))
	})
	for _, key := range keys {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", key[0], key[1], key[2], strings.Join(scenarios[key], "; "))
	}
	return nil
}

type scenario struct{ name, kubernetes, etcd, haproxy string }

// passed reads the scenarios that passed from what the end-to-end tests wrote:
// the rows of the table, and HAProxy from each scenario's chapter.
func passed(text string) []scenario {
	var out []scenario
	head, chapters, _ := strings.Cut(text, "\n## ")
	for line := range strings.Lines(head) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) < 6 || strings.TrimSpace(cells[1]) != "passed" {
			continue
		}
		s := scenario{name: strings.TrimSpace(cells[0]), kubernetes: cells[4], etcd: cells[5]}
		_, chapter, _ := strings.Cut("\n## "+chapters, "\n## "+s.name+"\n")
		chapter, _, _ = strings.Cut(chapter, "\n## ")
		_, version, _ := strings.Cut(chapter, "HAProxy version ")
		s.haproxy, _, _ = strings.Cut(version, " ")
		out = append(out, s)
	}
	return out
}

// minor gives 1.37 for v1.37.2 and 2.6 for 2.6.12-1+deb12u4.
func minor(release string) string {
	parts := strings.SplitN(strings.TrimPrefix(release, "v"), ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// natural gives a text that sorts by the numbers in it.
func natural(text string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(text, ".") {
		fmt.Fprintf(&b, "%6s.", word)
	}
	return b.String()
}
