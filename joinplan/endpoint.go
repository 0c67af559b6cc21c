package joinplan

import (
	"slices"

	"github.com/haplane/haplane/internal/natural"
	"github.com/haplane/haplane/joinplan/cluster"
)

// Endpoint plans only what stands in front of the API servers: names on every
// machine and HAProxy on the load balancers, which take the cluster's CA from
// the first control plane. It may be carried out on a cluster that runs.
//
// Errors are those of the description.
func Endpoint(in Input) (Plan, error) {
	p, err := newPicture(in)
	if err != nil {
		return Plan{}, err
	}
	var d draft
	d.add(p.hosts())
	d.add(p.loadBalancers(setOf(d.steps), "The load balancers must pass on to the API servers before anything is told to use them."), nil)
	return p.finish("The endpoint of "+p.spec.Name, d)
}

// Ordered returns the description with its defaults, in the order of the plans:
// the first control plane leads, all others are sorted naturally, wk-2 before
// wk-10.
//
// Errors are those of the description.
func Ordered(spec cluster.Spec) (cluster.Spec, error) {
	if err := spec.Validate(); err != nil {
		return cluster.Spec{}, err
	}
	spec = spec.WithDefaults()
	byName := func(a, b cluster.Node) int { return natural.Compare(a.Name, b.Name) }
	if len(spec.ControlPlanes) > 1 {
		slices.SortStableFunc(spec.ControlPlanes[1:], byName)
	}
	slices.SortStableFunc(spec.Workers, byName)
	slices.SortStableFunc(spec.LoadBalancers, func(a, b cluster.LoadBalancer) int { return natural.Compare(a.Name, b.Name) })
	slices.SortStableFunc(spec.NodeGroups, func(a, b cluster.NodeGroup) int { return natural.Compare(a.Name, b.Name) })
	return spec, nil
}
