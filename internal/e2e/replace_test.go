package e2e

import (
	"slices"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
)

// A control plane is lost for good, and another machine takes its place.
func TestReplace(t *testing.T) {
	spec := describe(build.V1_37, 3, 1)
	d := deploy(t, "Replace a control plane that is lost for good", build.V1_37, spec)
	d.create(t)

	lost, first := spec.ControlPlanes[2].Name, spec.ControlPlanes[0].Name
	d.host(t, lost).PowerOff()
	d.awaitNodes(t, first, d.nodeNames(lost)...)
	d.awaitEtcd(t, first, etcdcheck.Degraded)
	d.tell("%s lost its power, and never gets it back. The node is not Ready, etcd is degraded.", lost)

	observed, err := d.observe(interrupted, first)
	if err != nil {
		t.Fatal(err)
	}
	fresh := node("cka-cp", 3, 84)
	addHost(t, d.lab, fresh.Name, lab.ControlPlane, fresh.Address.Addr().String())
	d.spec.ControlPlanes = append(slices.Clone(spec.ControlPlanes[:2]), fresh)
	d.carryOut(t, func(in joinplan.Input) (joinplan.Plan, error) {
		in.Spec, in.State, in.Etcd = d.spec, observed.State, observed.Etcd
		return joinplan.Replace(in, lost)
	})
	d.isHighlyAvailable(t)
}
