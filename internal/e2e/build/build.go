// Package build makes what a cluster's machines run: the Kubernetes and etcd
// binaries, compiled from the Go modules that publish them, and container
// images made from those binaries. Nothing comes from an image registry.
//
// Every version has a module of its own under modules/ that names the commands
// as its tools, or has a command made of another's packages, so that go.sum holds
// everything that is compiled. What was
// made is kept in a cache and made again only when its module, the Go version
// or this package's build settings change.
package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/haplane/haplane/internal/e2e/image"
)

// Release is a Kubernetes version and the etcd version that its kubeadm
// chooses.
type Release struct {
	// Kubernetes is a version such as v1.37.2.
	Kubernetes string
	// Etcd is a version such as v3.7.3.
	Etcd string
	// CoreDNS is the version of CoreDNS that its kubeadm chooses, for a release
	// whose clusters can have Services.
	CoreDNS string
}

// The releases that clusters are made of.
var (
	V1_37 = Release{Kubernetes: "v1.37.2", Etcd: "v3.7.3", CoreDNS: "v1.14.6"}
	V1_36 = Release{Kubernetes: "v1.36.3", Etcd: "v3.6.8"}
)

// Builder makes artifacts.
type Builder struct {
	// Source is the directory of this package.
	Source string
	// Cache is where artifacts are kept.
	Cache string
	// Log gets a line for each thing that is made, and what the Go command
	// says.
	Log io.Writer
}

// Artifacts are what the machines of a cluster run.
type Artifacts struct {
	Release Release
	// Bin is a directory with kubeadm, kubelet, kubectl and etcdctl.
	Bin string
	// ControlPlaneImages and NodeImages are archives for `ctr images import`:
	// NodeImages are needed on every machine, ControlPlaneImages on those of the
	// control plane besides.
	ControlPlaneImages, NodeImages []string
	// PauseImage is the name of the image that holds a pod's namespaces.
	PauseImage string
}

// Release makes everything of a release that the cache does not hold yet.
func (b Builder) Release(ctx context.Context, r Release) (Artifacts, error) {
	kube, err := b.commands(ctx, kubernetesModule(r), kubernetesCommands, versionFlags(r.Kubernetes))
	if err != nil {
		return Artifacts{}, err
	}
	etcd, err := b.commands(ctx, "etcd-"+r.Etcd, etcdCommands, "")
	if err != nil {
		return Artifacts{}, err
	}
	pause, err := b.Command(ctx, "pause")
	if err != nil {
		return Artifacts{}, err
	}
	return b.assemble(ctx, r, kube, etcd, filepath.Dir(pause))
}

func kubernetesModule(r Release) string { return "kubernetes-" + r.Kubernetes }

// Program makes one program alone, such as kubeadm or etcd, and gives its path.
// The release need not be one of those that clusters are made of.
func (b Builder) Program(ctx context.Context, r Release, name string) (string, error) {
	for _, from := range []struct {
		module, flags string
		commands      []command
	}{
		{kubernetesModule(r), versionFlags(r.Kubernetes), kubernetesCommands},
		{"etcd-" + r.Etcd, "", etcdCommands},
	} {
		for _, c := range from.commands {
			if c.name == name {
				bin, err := b.commands(ctx, from.module, []command{c}, from.flags)
				return filepath.Join(bin, name), err
			}
		}
	}
	return "", fmt.Errorf("there is no program %q", name)
}

// Command makes a command of this module, from the directory of that name
// beside this package's, and gives its path. It is compiled every time: the Go
// build cache makes that quick.
func (b Builder) Command(ctx context.Context, name string) (string, error) {
	dir, err := filepath.Abs(filepath.Join(b.Source, "..", name))
	if err != nil {
		return "", err
	}
	out := filepath.Join(b.Cache, "own", name)
	return out, b.compile(ctx, dir, ".", out, "")
}

// command is a program and the package it is compiled from.
type command struct{ name, pkg string }

var kubernetesCommands = []command{
	{"kubeadm", "k8s.io/kubernetes/cmd/kubeadm"},
	{"kubelet", "k8s.io/kubernetes/cmd/kubelet"},
	{"kubectl", "k8s.io/kubernetes/cmd/kubectl"},
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"},
	{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"},
	{"kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"},
}

var etcdCommands = []command{
	{"etcd", "go.etcd.io/etcd/server/v3"},
	{"etcdctl", "go.etcd.io/etcd/etcdctl/v3"},
}

// versionFlags are linker flags: a Kubernetes command that is compiled without
// them takes itself for v0.0.0.
func versionFlags(version string) string {
	var flags []string
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for _, v := range [][2]string{{"gitVersion", version}, {"gitMajor", major}, {"gitMinor", minor}, {"gitTreeState", "clean"}} {
			flags = append(flags, "-X", pkg+"."+v[0]+"="+v[1])
		}
	}
	return strings.Join(flags, " ")
}

// commands compiles the commands of a module and gives the directory that
// holds them.
func (b Builder) commands(ctx context.Context, module string, commands []command, flags string) (string, error) {
	source := filepath.Join(b.Source, "modules", module)
	key, err := key(ctx, source, flags)
	if err != nil {
		return "", fmt.Errorf("%s: %w", module, err)
	}
	bin := filepath.Join(b.Cache, module+"-"+key, "bin")
	for _, c := range commands {
		out := filepath.Join(bin, c.name)
		if exists(out) {
			continue
		}
		fmt.Fprintf(b.Log, "compiling %s of %s\n", c.name, module)
		if err := b.compile(ctx, source, c.pkg, out, flags); err != nil {
			return "", err
		}
	}
	return bin, nil
}

// compile writes the program of a package to out, in one step.
func (b Builder) compile(ctx context.Context, dir, pkg, out, flags string) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	temp := out + ".new"
	defer os.Remove(temp)
	cmd := goCommand(ctx, dir, "build", "-ldflags", strings.TrimSpace("-s -w "+flags), "-o", temp, pkg)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = b.Log, io.MultiWriter(b.Log, &said)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("compiling %s in %s: %w\n%s", pkg, dir, err, said.Bytes())
	}
	return os.Rename(temp, out)
}

func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	return cmd
}

// key changes when the same source would compile to something else.
func key(ctx context.Context, source, flags string) (string, error) {
	version, err := goCommand(ctx, source, "env", "GOVERSION", "GOARCH").Output()
	if err != nil {
		return "", fmt.Errorf("asking go for its version: %w", err)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", version, flags)
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		h.Write(content)
	}
	main, err := os.ReadFile(filepath.Join(source, "main.go"))
	if err != nil && !os.IsNotExist(err) {
		return "", err
	}
	h.Write(main)
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

// assemble makes the images and the directory of programs.
func (b Builder) assemble(ctx context.Context, r Release, kube, etcd, own string) (Artifacts, error) {
	names, err := imageNames(ctx, filepath.Join(kube, "kubeadm"), r.Kubernetes, "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "pause")
	if err != nil {
		return Artifacts{}, err
	}
	dir := filepath.Join(filepath.Dir(kube), "with-"+filepath.Base(filepath.Dir(etcd)))
	a := Artifacts{Release: r, Bin: filepath.Join(dir, "bin"), PauseImage: names["pause"]}
	for _, program := range []string{filepath.Join(kube, "kubeadm"), filepath.Join(kube, "kubelet"), filepath.Join(kube, "kubectl"), filepath.Join(etcd, "etcdctl")} {
		if err := link(program, filepath.Join(a.Bin, filepath.Base(program))); err != nil {
			return Artifacts{}, err
		}
	}
	for _, component := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		img := image.Image{Reference: names[component], Binaries: []string{filepath.Join(kube, component)}}
		file, err := b.image(dir, component, img)
		if err != nil {
			return Artifacts{}, err
		}
		a.ControlPlaneImages = append(a.ControlPlaneImages, file)
	}
	file, err := b.image(dir, "etcd", image.Image{
		Reference: names["etcd"],
		Binaries:  []string{filepath.Join(etcd, "etcd"), filepath.Join(etcd, "etcdctl")},
	})
	if err != nil {
		return Artifacts{}, err
	}
	a.ControlPlaneImages = append(a.ControlPlaneImages, file)
	file, err = b.image(dir, "pause", image.Image{
		Reference:  names["pause"],
		Binaries:   []string{filepath.Join(own, "pause")},
		Entrypoint: "/usr/local/bin/pause",
	})
	a.NodeImages = []string{file}
	return a, err
}

func (b Builder) image(dir, name string, img image.Image) (string, error) {
	file := filepath.Join(dir, "images", name+".tar")
	if exists(file) {
		return file, nil
	}
	fmt.Fprintf(b.Log, "writing image %s\n", img.Reference)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	return file, img.WriteFile(file)
}

// imageNames are the images that kubeadm asks for, by the last element of
// their names. It fails without one of those that are needed.
func imageNames(ctx context.Context, kubeadm, version string, needed ...string) (map[string]string, error) {
	out, err := exec.CommandContext(ctx, kubeadm, "config", "images", "list", "--kubernetes-version", version).Output()
	if err != nil {
		return nil, fmt.Errorf("asking kubeadm for its images: %w", err)
	}
	names := make(map[string]string)
	for reference := range strings.FieldsSeq(string(out)) {
		repository, _, tagged := strings.Cut(path.Base(reference), ":")
		if tagged {
			names[repository] = reference
		}
	}
	for _, need := range needed {
		if names[need] == "" {
			return nil, fmt.Errorf("kubeadm %s lists no image %s:\n%s", version, need, out)
		}
	}
	return names, nil
}

// link makes a second name for a file, replacing what has that name.
func link(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Link(from, to)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
