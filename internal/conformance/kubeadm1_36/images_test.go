package kubeadm1_36

import (
	"testing"

	"github.com/haplane/haplane/internal/conformance"

	kubeadmapi "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta4"
	"k8s.io/kubernetes/cmd/kubeadm/app/images"
)

func TestImagesAreKubeadms(t *testing.T) {
	conformance.TestImages(t, kubeadm, func(kubernetes string, external bool) []string {
		config := &kubeadmapi.ClusterConfiguration{KubernetesVersion: kubernetes, ImageRepository: v1beta4.DefaultImageRepository}
		if !external {
			config.Etcd.Local = &kubeadmapi.LocalEtcd{}
		}
		return images.GetControlPlaneImages(config)
	})
}
