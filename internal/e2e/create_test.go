package e2e

import (
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/joinplan"
)

// A kubeadm of 1.36 still reads what a plan for a kubeadm of 1.30 writes.
func TestCreateWithV1beta3(t *testing.T) {
	spec := describe(build.V1_36, 3, 2)
	spec.KubeadmVersion = "v1.30.4"
	d := deploy(t, build.V1_36, spec)
	d.create(t)
	d.isHighlyAvailable(t)
	for _, n := range spec.ControlPlanes[:1] {
		file, err := d.host(t, n.Name).ReadFile(interrupted, joinplan.InitPath)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(file), "kubeadm.k8s.io/v1beta3") {
			t.Errorf("the cluster was not made from v1beta3:\n%s", file)
		}
	}
}
