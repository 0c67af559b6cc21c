package joinplan

import "github.com/haplane/haplane/joinplan/cluster"

// Endpoint plans only what stands in front of the API servers: names on every
// machine and HAProxy on the load balancers, which take the cluster's CA from
// the first control plane. It may be carried out on a cluster that runs.
//
// Errors are those of the description.
func Endpoint(spec cluster.Spec) (Plan, error) {
	b, err := newBuilder(spec, Known{})
	if err != nil {
		return Plan{}, err
	}
	b.plan.Title = "The endpoint of " + b.spec.Name
	if err := b.hosts(); err != nil {
		return Plan{}, err
	}
	err = b.loadBalancers("The load balancers must pass on to the API servers before anything is told to use them.")
	return b.plan, err
}

// Snapshot is the step that saves etcd's data to [SnapshotPath] on the first
// control plane. It writes over an older snapshot there.
//
// Errors are those of the description.
func Snapshot(spec cluster.Spec) (Step, error) {
	b, err := newBuilder(spec, Known{})
	if err != nil {
		return Step{}, err
	}
	return b.snapshotStep(), nil
}

// Ordered gives the description with its defaults, in the order of the plans:
// the first control plane leads, all others are sorted naturally, wk-2 before
// wk-10.
//
// Errors are those of the description.
func Ordered(spec cluster.Spec) (cluster.Spec, error) { return prepared(spec) }
