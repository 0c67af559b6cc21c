package conformance

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/render"
)

// TestImages holds render.Images to what this kubeadm itself lists for a
// version of Kubernetes, with an etcd of its own and without.
func TestImages(t *testing.T, k Kubeadm, list func(kubernetes string, external bool) []string) {
	for _, kubernetes := range []string{k.Version, k.Version + "+vendor.1", fmt.Sprintf("v1.%d.0", k.minor()-1)} {
		for _, external := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s external %t", kubernetes, external), func(t *testing.T) {
				t.Parallel()
				spec := cluster.Spec{
					KubernetesVersion: kubernetes, KubeadmVersion: k.Version,
					ControlPlaneEndpoint: cluster.Endpoint{Host: "api.example", Port: 6443},
					ControlPlanes:        []cluster.Node{{Name: "cp-1", Address: netip.MustParsePrefix("10.0.0.1/24")}},
				}
				if external {
					spec.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"http://10.9.0.1:2379"}}
				}
				got, err := render.Images(spec)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(list(kubernetes, external), got); diff != "" {
					t.Errorf("the images differ (-kubeadm +haplane):\n%s", diff)
				}
			})
		}
	}
}
