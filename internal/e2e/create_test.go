package e2e

import (
	"strings"
	"testing"

	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/joinplan"
)

func TestCreateWithV1beta3(t *testing.T) {
	spec := describe(build.V1_36, 3, 2)
	spec.KubeadmAPIVersion = "v1beta3"
	d := deploy(t, "Create with v1beta3", build.V1_36, spec)
	d.create(t)
	d.isHighlyAvailable(t)
	file, err := d.host(t, spec.ControlPlanes[0].Name).ReadFile(interrupted, joinplan.InitPath)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(file), "kubeadm.k8s.io/v1beta3") {
		t.Errorf("the cluster was not made from v1beta3:\n%s", file)
	}
}
