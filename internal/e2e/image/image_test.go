package image_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/e2e/image"
)

func TestAnImageHoldsItsBinariesUnderTheirDigests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "pause")
	if err := os.WriteFile(binary, []byte("\x7fELF"), 0o600); err != nil {
		t.Fatal(err)
	}
	img := image.Image{Reference: "registry.k8s.io/pause:3.10.2", Binaries: []string{binary}, Entrypoint: "/usr/local/bin/pause"}
	archive := write(t, img, filepath.Join(dir, "pause.tar"))
	if again := write(t, img, filepath.Join(dir, "again.tar")); !bytes.Equal(archive, again) {
		t.Error("the same image, written twice, differs")
	}

	outer := files(t, archive)
	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal(outer["manifest.json"], &manifest); err != nil || len(manifest) != 1 || len(manifest[0].Layers) != 1 {
		t.Fatalf("manifest.json is %s: %v", outer["manifest.json"], err)
	}
	if got := manifest[0].RepoTags; len(got) != 1 || got[0] != img.Reference {
		t.Errorf("the image is called %q", got)
	}
	config, layer := outer[manifest[0].Config], outer[manifest[0].Layers[0]]
	if want := digest(config) + ".json"; manifest[0].Config != want {
		t.Errorf("the configuration is called %s, and its content %s", manifest[0].Config, want)
	}
	var parsed struct {
		Config struct{ Entrypoint []string }
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal(config, &parsed); err != nil {
		t.Fatal(err)
	}
	if got := parsed.RootFS.DiffIDs; len(got) != 1 || got[0] != "sha256:"+digest(layer) {
		t.Errorf("the layer is called %q, and its content %s", got, digest(layer))
	}
	if got := parsed.Config.Entrypoint; len(got) != 1 || got[0] != img.Entrypoint {
		t.Errorf("the entrypoint is %q", got)
	}
	if got := files(t, layer)["usr/local/bin/pause"]; string(got) != "\x7fELF" {
		t.Errorf("the image's binary is %q", got)
	}
}

func TestAnImageHasFilesAndLinksBelowTheirDirectories(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	library := filepath.Join(dir, "libc.so.6")
	if err := os.WriteFile(library, []byte("code"), 0o600); err != nil {
		t.Fatal(err)
	}
	img := image.Image{
		Reference: "x:1",
		Files:     map[string]string{"/lib/x86_64-linux-gnu/libc.so.6": library},
		Links:     map[string]string{"/usr/sbin/iptables": "xtables-nft-multi"},
	}
	outer := files(t, write(t, img, filepath.Join(dir, "x.tar")))
	var seen []string
	for name, content := range outer {
		if !strings.HasSuffix(name, "layer.tar") {
			continue
		}
		for r := tar.NewReader(bytes.NewReader(content)); ; {
			header, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, header.Name+header.Linkname)
		}
	}
	at := -1
	for _, want := range []string{"lib/", "lib/x86_64-linux-gnu/", "usr/", "usr/sbin/", "lib/x86_64-linux-gnu/libc.so.6", "usr/sbin/iptablesxtables-nft-multi"} {
		next := slices.Index(seen, want)
		if next <= at {
			t.Errorf("%s does not stand behind what it is in: %q", want, seen)
		}
		at = next
	}
}

func TestAnImageOfAMissingBinaryIsNotWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := image.Image{Reference: "x:1", Binaries: []string{filepath.Join(dir, "missing")}}.WriteFile(filepath.Join(dir, "x.tar"))
	if err == nil {
		t.Error("no error")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func write(t *testing.T, img image.Image, name string) []byte {
	t.Helper()
	if err := img.WriteFile(name); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func files(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	found := make(map[string][]byte)
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := r.Next()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if found[header.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func digest(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }
