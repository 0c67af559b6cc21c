package build

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"

	"github.com/haplane/haplane/internal/e2e/image"
)

// Images of what clusters with Services run besides what kubeadm names.
const (
	FlannelImage = "docker.io/flannel/flannel:v0.28.10"
	ProberImage  = "lab.example/prober:v1"
)

// Services adds to the artifacts of a release the images of kube-proxy, CoreDNS,
// flannel and the prober of the lab.
func (b Builder) Services(ctx context.Context, a Artifacts) (Artifacts, error) {
	if a.Release.CoreDNS == "" {
		return a, fmt.Errorf("clusters of %s cannot have Services: there is no module for its CoreDNS", a.Release.Kubernetes)
	}
	kubeadm := filepath.Join(a.Bin, "kubeadm")
	names, err := imageNames(ctx, kubeadm, a.Release.Kubernetes, "kube-proxy", "coredns")
	if err != nil {
		return a, err
	}
	tables, err := iptables(ctx)
	if err != nil {
		return a, err
	}
	proxy := command{"kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy"}
	for _, s := range []struct {
		module, flags string
		command       command
		image         image.Image
	}{
		{kubernetesModule(a.Release), versionFlags(a.Release.Kubernetes), proxy, image.Image{Reference: names["kube-proxy"], Files: tables, Links: iptablesLinks}},
		{"coredns-" + a.Release.CoreDNS, "", command{"coredns", "."}, image.Image{Reference: names["coredns"], Entrypoint: "/usr/local/bin/coredns"}},
		{"flannel-v0.28.10", "", command{"flanneld", "."}, image.Image{Reference: FlannelImage, Entrypoint: "/usr/local/bin/flanneld"}},
	} {
		bin, err := b.commands(ctx, s.module, []command{s.command}, s.flags)
		if err != nil {
			return a, err
		}
		s.image.Binaries = []string{filepath.Join(bin, s.command.name)}
		file, err := b.image(filepath.Dir(bin), s.command.name, s.image)
		if err != nil {
			return a, err
		}
		a.NodeImages = append(a.NodeImages[:len(a.NodeImages):len(a.NodeImages)], file)
	}
	prober, err := b.Command(ctx, "prober")
	if err != nil {
		return a, err
	}
	file := filepath.Join(b.Cache, "own", "prober.tar")
	img := image.Image{Reference: ProberImage, Binaries: []string{prober}, Entrypoint: "/usr/local/bin/prober"}
	a.NodeImages = append(a.NodeImages, file)
	return a, img.WriteFile(file)
}

// iptablesLinks are the names under which kube-proxy calls iptables.
var iptablesLinks = map[string]string{
	"/usr/sbin/iptables":          "xtables-nft-multi",
	"/usr/sbin/iptables-save":     "xtables-nft-multi",
	"/usr/sbin/iptables-restore":  "xtables-nft-multi",
	"/usr/sbin/ip6tables":         "xtables-nft-multi",
	"/usr/sbin/ip6tables-save":    "xtables-nft-multi",
	"/usr/sbin/ip6tables-restore": "xtables-nft-multi",
}

var library = regexp.MustCompile(`(?m)^\s(?:\S+ => )?(/\S+) \(0x`)

// iptables are this machine's iptables, its extensions, and the libraries that
// they are linked with, by their paths in an image.
func iptables(ctx context.Context) (map[string]string, error) {
	const program = "/usr/sbin/xtables-nft-multi"
	files := map[string]string{program: program}
	extensions, err := filepath.Glob("/usr/lib/*/xtables/*.so")
	if err != nil {
		return nil, err
	}
	if len(extensions) == 0 {
		return nil, fmt.Errorf("this machine has no extensions of iptables below /usr/lib")
	}
	for _, extension := range extensions {
		files[extension] = extension
	}
	linked, err := exec.CommandContext(ctx, "ldd", append([]string{program}, extensions...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("asking which libraries iptables is linked with: %w", err)
	}
	for _, match := range library.FindAllStringSubmatch(string(linked), -1) {
		files[match[1]] = match[1]
	}
	return files, nil
}
