package haplane_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table in docs/importing.md anew")

const module = "github.com/haplane/haplane"

// alone matches the packages that link nothing of other people.
var alone = regexp.MustCompile(`^(hostsfile|etcdcheck|haproxycfg/.+)$`)

// only holds modules that a single package may link.
var only = map[string]string{
	"k8s.io/client-go":  "joinplan/kubestate",
	"k8s.io/kubelet":    "kubeadmcfg/componentconfig",
	"k8s.io/kube-proxy": "kubeadmcfg/componentconfig",
}

// What importing a package brings with it stands on a page, and leaf packages
// bring nothing.
func TestImportingAPackageLinksWhatThePageSays(t *testing.T) {
	t.Parallel()
	links := linkedPackages(t)
	rows := []string{"| package | modules of other people | their packages |", "|---|--:|--:|"}
	for dir := range libraryPackages(t) {
		if dir == "." {
			continue
		}
		packages := links[module+"/"+dir]
		if alone.MatchString(dir) && len(packages) > 0 {
			t.Errorf("%s links %v", dir, packages)
		}
		modules := map[string]bool{}
		for _, p := range packages {
			modules[p.Module] = true
			if owner, owned := only[p.Module]; owned && owner != dir {
				t.Errorf("%s links %s", dir, p.ImportPath)
			}
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %d | %d |", dir, len(modules), len(packages)))
	}
	slices.Sort(rows[2:])
	keepTable(t, "docs/importing.md", strings.Join(rows, "\n")+"\n")
}

// linked is a package of another module.
type linked struct{ ImportPath, Module string }

// linkedPackages gives the packages of other people that each of ours links.
func linkedPackages(t *testing.T) map[string][]linked {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-json=ImportPath,Module,Deps", "./...")
	list.Stderr, list.Env = os.Stderr, append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules, deps := map[string]string{}, map[string][]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Module     struct{ Path string }
			Deps       []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module.Path == module {
			deps[p.ImportPath] = p.Deps
		} else if p.Module.Path != "" {
			modules[p.ImportPath] = p.Module.Path
		}
	}
	links := map[string][]linked{}
	for of, all := range deps {
		links[of] = nil
		for _, dep := range all {
			if modules[dep] != "" {
				links[of] = append(links[of], linked{dep, modules[dep]})
			}
		}
	}
	return links
}

// keepTable holds the table of a page to what was found, or writes it.
func keepTable(t *testing.T, name, table string) {
	t.Helper()
	text := read(t, name)
	start := strings.Index(text, "\n| ") + 1
	end := start
	for line := range strings.Lines(text[start:]) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		end += len(line)
	}
	if start == 0 || text[start:end] == table {
		return
	}
	if !*update {
		t.Errorf("%s is not what was found; go test . -update writes it:\n%s", name, table)
		return
	}
	if err := os.WriteFile(name, []byte(text[:start]+table+text[end:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

// An importer needs a require and nothing else: no replace is passed on to him, so
// every module that he needs has a version that the world knows.
func TestARequireIsEnoughToImportTheModule(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var gomod struct {
		Require          []struct{ Path, Version string }
		Replace, Exclude []json.RawMessage
	}
	if err := json.Unmarshal(out, &gomod); err != nil {
		t.Fatal(err)
	}
	if len(gomod.Replace)+len(gomod.Exclude) > 0 {
		t.Errorf("go.mod replaces or excludes modules, which importers do not see: %s %s", gomod.Replace, gomod.Exclude)
	}
	if len(gomod.Require) < 5 {
		t.Errorf("go.mod requires only %v", gomod.Require)
	}
	for _, r := range gomod.Require {
		if r.Version == "v0.0.0" || path.Base(r.Path) == "kubernetes" {
			t.Errorf("go.mod requires %s %s, which cannot be had without a replace", r.Path, r.Version)
		}
	}
}
