package publicapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Module is the path of the module.
const Module = "github.com/haplane/haplane"

// Load type-checks the public packages of the module in a directory: all but the
// examples, the internal ones and the root, which exports nothing. They come in
// the order of their paths.
func Load(dir string) ([]*types.Package, error) {
	list, err := list(dir)
	if err != nil {
		return nil, err
	}
	exports := make(map[string]string, len(list))
	for _, p := range list {
		exports[p.ImportPath] = p.Export
	}
	from := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	var packages []*types.Package
	for _, p := range list {
		if !isPublic(p.ImportPath) {
			continue
		}
		pkg, err := from.Import(p.ImportPath)
		if err != nil {
			return nil, err
		}
		packages = append(packages, pkg)
	}
	slices.SortFunc(packages, func(a, b *types.Package) int { return cmp.Compare(a.Path(), b.Path()) })
	return packages, nil
}

type listed struct{ ImportPath, Export string }

// list builds the packages and all that they import, and says where the
// compiler put what they export.
func list(dir string) ([]listed, error) {
	var out, complaint bytes.Buffer
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", "./...")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, complaint.String())
	}
	var packages []listed
	for decoder := json.NewDecoder(&out); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

func isPublic(path string) bool {
	inside, found := strings.CutPrefix(path, Module+"/")
	return found && !strings.HasPrefix(inside, "examples/") && !slices.Contains(strings.Split(inside, "/"), "internal")
}

// Short is the path of a package inside the module.
func Short(p *types.Package) string { return strings.TrimPrefix(p.Path(), Module+"/") }
