package importing

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/publicapi"
)

// version is what the checkout is served as.
const version = "v0.0.1"

// serve lays the module out as a module proxy does and gives its URL.
func serve(t *testing.T) string {
	t.Helper()
	base := t.TempDir()
	dir := filepath.Join(base, filepath.FromSlash(publicapi.Module), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list":            version + "\n",
		version + ".info": fmt.Sprintf(`{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, version),
		version + ".mod":  string(gomod),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive(filepath.Join(dir, version+".zip")); err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(base)
}

// archive writes the zip file of the module: what git would have of it, which
// is all but hidden directories and nested modules.
func archive(name string) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	z := zip.NewWriter(out)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || exists(filepath.Join(path, "go.mod"))):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		inside, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return pack(z, publicapi.Module+"@"+version+"/"+filepath.ToSlash(inside), path)
	})
	if err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return out.Close()
}

func pack(z *zip.Writer, name, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	to, err := z.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, in)
	return err
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
