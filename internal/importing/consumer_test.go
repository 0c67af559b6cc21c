package importing

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/publicapi"
)

const (
	root = "../.."

	consumerModule = "example.org/consumer"
)

// gocommand runs the go command for consumers, with modules from the served
// checkout and from what the machine has downloaded for the checkout itself,
// which is everything, so that nothing is asked of the network. They are unpacked in a place of the test's own, because what the
// served version holds is not the same each time.
type gocommand struct{ env []string }

func newGocommand(t *testing.T) gocommand {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	cache, proxy, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	downloaded := "file://" + filepath.ToSlash(filepath.Join(cache, "cache", "download"))
	return gocommand{append(os.Environ(),
		"GOPROXY="+strings.Join([]string{serve(t), downloaded, proxy}, ","), "GOMODCACHE="+t.TempDir(), "GOSUMDB=off", "GOWORK=off",
		"GOFLAGS=-mod=mod -modcacherw", "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64",
	)}
}

func (g gocommand) run(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	var out, complaint bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, g.env, &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, complaint.String())
	}
	return out.Bytes()
}

// cost is what importing a package costs.
type cost struct {
	pkg string
	// modules is how many are in the build list beside the importer.
	modules int
	// linkedModules is how many of those of other people have a package that is
	// linked, and linked is these packages.
	linkedModules int
	linked        []string
	// size is the bytes of a program that uses all of the package, beyond those
	// of one that does nothing.
	size int64
	// kubernetes and language are the versions of k8s.io modules and of Go that
	// the importer must have at least.
	kubernetes, language string
}

type listedPackage struct {
	ImportPath string
	Module     *listedModule
}

type listedModule struct{ Path, Version, GoVersion string }

// measure makes a module that uses a package, builds it and looks at it.
func (g gocommand) measure(t *testing.T, pkg *types.Package, nothing int64) cost {
	t.Helper()
	dir := module(t, everythingOf(pkg))
	g.run(t, dir, "get", pkg.Path()+"@"+version)
	if gomod, err := os.ReadFile(filepath.Join(dir, "go.mod")); err != nil || bytes.Contains(gomod, []byte("replace")) {
		t.Fatalf("the consumer's go.mod (error %v):\n%s", err, gomod)
	}
	c := cost{pkg: publicapi.Short(pkg), size: g.build(t, dir) - nothing}
	modules := map[string]bool{}
	for _, p := range decode[listedPackage](t, g.run(t, dir, "list", "-deps", "-json=ImportPath,Module", ".")) {
		if p.Module != nil && p.Module.Path != publicapi.Module && p.Module.Path != consumerModule {
			c.linked = append(c.linked, p.ImportPath)
			modules[p.Module.Path] = true
		}
	}
	c.linkedModules = len(modules)
	for _, m := range decode[listedModule](t, g.run(t, dir, "list", "-m", "-json=Path,Version,GoVersion", "all")) {
		switch m.Path {
		case consumerModule:
			c.language = m.GoVersion
			continue
		case "k8s.io/apimachinery":
			c.kubernetes = m.Version
		}
		c.modules++
	}
	return c
}

// build gives the size of the program without its symbols.
func (g gocommand) build(t *testing.T, dir string) int64 {
	t.Helper()
	binary := filepath.Join(dir, "consumer")
	g.run(t, dir, "build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func decode[T any](t *testing.T, text []byte) []T {
	t.Helper()
	var all []T
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var one T
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
}

// module makes a module of one program, without a require, for a Go that is
// older than what anything asks for.
func module(t *testing.T, main string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module " + consumerModule + "\n\ngo 1.21\n", "main.go": main} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// everythingOf is a program that links every function, method and type of a
// package.
func everythingOf(pkg *types.Package) string {
	var uses []string
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		switch o := scope.Lookup(name).(type) {
		case *types.Func:
			if o.Exported() && o.Signature().TypeParams().Len() == 0 {
				uses = append(uses, "p."+name)
			}
		case *types.TypeName:
			if named, ok := o.Type().(*types.Named); ok && o.Exported() && named.TypeParams().Len() == 0 {
				uses = append(uses, usesOf(named)...)
			}
		}
	}
	slices.Sort(uses)
	return "package main\n\nimport p \"" + pkg.Path() + "\"\n\nvar uses = []any{\n\t" + strings.Join(uses, ",\n\t") +
		",\n}\n\nfunc main() {\n\tfor _, use := range uses {\n\t\tprintln(use)\n\t}\n}\n"
}

func usesOf(named *types.Named) []string {
	name := "p." + named.Obj().Name()
	uses := []string{"(*" + name + ")(nil)"}
	if types.IsInterface(named) {
		return uses
	}
	for method := range named.Methods() {
		if method.Exported() {
			uses = append(uses, "(*"+name+")."+method.Name())
		}
	}
	return uses
}

const nothing = "package main\n\nfunc main() {\n\tprintln(\"hello, world\")\n}\n"
