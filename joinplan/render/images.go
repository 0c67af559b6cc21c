package render

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// repository is where kubeadm takes images from by default, since 1.25.
const repository = "registry.k8s.io"

// ErrImagesUnknown is what [Images] returns beside a list that is not complete.
var ErrImagesUnknown = errors.New("not all images that this kubeadm takes are known here: ask it, with kubeadm config images list")

// tags are those that a release of kubeadm takes for images that are not of its
// own version (cmd/kubeadm/app/constants in Kubernetes' source).
type tags struct {
	coreDNS, pause string
	// etcd by minor version of Kubernetes, the newest of them first.
	etcd []etcdTag
}

type etcdTag struct {
	minor uint
	tag   string
}

// imageTags holds the releases whose constants have been read. Patch releases
// of one minor version differ, so there is nothing to conclude for the others.
var imageTags = map[string]tags{
	"1.30.4":  {"v1.11.1", "3.9", []etcdTag{{0, "3.5.12-0"}}},
	"1.31.4":  {"v1.11.3", "3.10", []etcdTag{{0, "3.5.15-0"}}},
	"1.32.3":  {"v1.11.3", "3.10", []etcdTag{{0, "3.5.16-0"}}},
	"1.33.13": {"v1.12.0", "3.10", []etcdTag{{0, "3.5.24-0"}}},
	"1.34.4":  {"v1.12.1", "3.10.1", []etcdTag{{34, "3.6.5-0"}, {0, "3.5.24-0"}}},
	"1.35.4":  {"v1.13.1", "3.10.1", []etcdTag{{34, "3.6.6-0"}, {0, "3.5.24-0"}}},
	"1.36.3":  {"v1.14.2", "3.10.2", []etcdTag{{0, "3.6.8-0"}}},
	"1.37.2":  {"v1.14.6", "3.10.2", []etcdTag{{0, "3.7.0-0"}}},
}

// Images returns what `kubeadm config images list` prints for the described
// cluster, in its order: what the machines pull, or what a machine without the
// internet must be given before. The pod network's images are not among them.
//
// The tags of coredns, pause and etcd are constants of each release of kubeadm
// (the first control plane's counts), and patch releases change them. For a kubeadm whose constants are not known
// here the list lacks these three, and the error is [ErrImagesUnknown]; so it is,
// with no list, before 1.25, when the images moved. Other errors are those of the description.
func Images(spec cluster.Spec) ([]string, error) {
	spec, err := joinplan.Ordered(spec)
	if err != nil {
		return nil, err
	}
	return images(spec)
}

func images(spec cluster.Spec) ([]string, error) {
	kubernetes, err := version.ParseSemantic(spec.KubernetesVersion)
	if err != nil {
		return nil, err
	}
	kubeadm, err := version.ParseSemantic(spec.ControlPlanes[0].KubeadmVersion)
	if err != nil {
		return nil, err
	}
	if kubeadm.Minor() < 25 {
		return nil, ErrImagesUnknown
	}
	var out []string
	for _, component := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"} {
		out = append(out, repository+"/"+component+":"+imageTag(spec.KubernetesVersion))
	}
	known, ok := imageTags[kubeadm.String()]
	if !ok {
		return out, ErrImagesUnknown
	}
	out = append(out, repository+"/coredns/coredns:"+known.coreDNS, repository+"/pause:"+known.pause)
	if spec.ExternalEtcd == nil {
		out = append(out, repository+"/etcd:"+known.etcdFor(kubernetes.Minor()))
	}
	return out, nil
}

// imageTag is a version as a tag, which has no "+".
func imageTag(version string) string { return strings.ReplaceAll(version, "+", "_") }

func (t tags) etcdFor(minor uint) string {
	for _, e := range t.etcd {
		if minor >= e.minor {
			return e.tag
		}
	}
	return ""
}

// writeImages lists what the machines of the plan pull.
func writeImages(b *bytes.Buffer, plan joinplan.Plan) {
	if !adds(plan) {
		return
	}
	list, err := images(plan.Spec)
	b.WriteString("\n## Images\n")
	if len(list) > 0 {
		b.WriteString("\nThe machines pull these; give them to machines that cannot, before they join:\n\n")
		b.WriteString(plain.Fence("", strings.Join(list, "\n")))
	}
	if err != nil {
		ask := kubeadmcmd.NewCommand("kubeadm", "config", "images", "list", "--kubernetes-version", plan.Spec.KubernetesVersion)
		version := plain.Markdown(plan.Spec.ControlPlanes[0].KubeadmVersion)
		fmt.Fprintf(b, "\nNot all images of kubeadm %s are known here; it says itself which it takes:\n\n%s", version, plain.Fence("sh", ask.String()))
	}
}
