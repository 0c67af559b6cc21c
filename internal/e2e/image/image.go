// Package image writes container images made of binaries and files, in the form
// that `ctr images import` and `docker load` read: a tar archive with a
// manifest.json, one configuration and one layer.
package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// binDir is where an image keeps its binaries; it is on the image's PATH.
const binDir = "usr/local/bin"

// Image is an image to be written.
type Image struct {
	// Reference is the name that the image gets, such as
	// registry.k8s.io/pause:3.10.2.
	Reference string
	// Binaries are paths of static binaries on this machine. Each is in
	// /usr/local/bin of the image under its own name.
	Binaries []string
	// Files are other files, by their paths in the image: each is a path on this
	// machine. What they need to be run has to be among them.
	Files map[string]string
	// Links are symbolic links, by their paths in the image.
	Links map[string]string
	// Entrypoint is the program that a container runs when its pod names none.
	Entrypoint string
}

// WriteFile writes the image to a file, which it replaces only when the whole
// archive is written.
func (img Image) WriteFile(name string) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".image-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	if err := img.write(temp); err != nil {
		temp.Close()
		return fmt.Errorf("image %s: %w", img.Reference, err)
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}

type manifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

type config struct {
	Architecture string          `json:"architecture"`
	OS           string          `json:"os"`
	Config       containerConfig `json:"config"`
	RootFS       rootFS          `json:"rootfs"`
}

type containerConfig struct {
	Env        []string `json:"Env"`
	Entrypoint []string `json:"Entrypoint,omitempty"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

func (img Image) write(w io.Writer) error {
	layer, err := img.layer()
	if err != nil {
		return err
	}
	layerDigest := digest(layer)
	cfg, err := json.Marshal(img.config(layerDigest))
	if err != nil {
		return err
	}
	configName, layerName := digest(cfg)+".json", layerDigest+"/layer.tar"
	man, err := json.Marshal([]manifest{{Config: configName, RepoTags: []string{img.Reference}, Layers: []string{layerName}}})
	if err != nil {
		return err
	}
	archive := tar.NewWriter(w)
	for _, f := range []struct {
		name    string
		content []byte
	}{{configName, cfg}, {layerName, layer}, {"manifest.json", man}} {
		if err := addFile(archive, f.name, 0o644, f.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

func (img Image) config(layerDigest string) config {
	c := config{
		Architecture: runtime.GOARCH,
		OS:           "linux",
		Config:       containerConfig{Env: []string{"PATH=/" + binDir + ":/usr/sbin:/usr/bin"}},
		RootFS:       rootFS{Type: "layers", DiffIDs: []string{"sha256:" + layerDigest}},
	}
	if img.Entrypoint != "" {
		c.Config.Entrypoint = []string{img.Entrypoint}
	}
	return c
}

// layer is the image's whole file system.
func (img Image) layer() ([]byte, error) {
	var buf bytes.Buffer
	layer := tar.NewWriter(&buf)
	for _, name := range img.directories() {
		mode := int64(0o755)
		if name == "tmp" {
			mode = 0o1777
		}
		if err := layer.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode}); err != nil {
			return nil, err
		}
	}
	for _, name := range img.Binaries {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := addFile(layer, path.Join(binDir, filepath.Base(name)), 0o755, content); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(img.Files)) {
		content, err := os.ReadFile(img.Files[name])
		if err != nil {
			return nil, err
		}
		if err := addFile(layer, strings.TrimPrefix(name, "/"), 0o755, content); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(img.Links)) {
		header := &tar.Header{Typeflag: tar.TypeSymlink, Name: strings.TrimPrefix(name, "/"), Linkname: img.Links[name], Mode: 0o777}
		if err := layer.WriteHeader(header); err != nil {
			return nil, err
		}
	}
	if err := layer.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// directories are those that every image has, and those above its files.
func (img Image) directories() []string {
	all := []string{"etc", "run", "tmp", binDir, "var/lib"}
	for name := range img.Files {
		all = append(all, path.Dir(strings.TrimPrefix(name, "/")))
	}
	for name := range img.Links {
		all = append(all, path.Dir(strings.TrimPrefix(name, "/")))
	}
	above := map[string]bool{}
	for _, dir := range all {
		for ; dir != "."; dir = path.Dir(dir) {
			above[dir] = true
		}
	}
	return slices.Sorted(maps.Keys(above))
}

func addFile(w *tar.Writer, name string, mode int64, content []byte) error {
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
