// Package effect is a small model of a cluster, and what the steps of a plan
// change in it.
//
// A [Model] says which nodes there are and which of them serve the API, who
// votes in etcd and agrees, which load balancers serve, and by which endpoint
// the cluster is reached. A [Change] is one thing that becomes different.
// [Model.After] gives the model after changes, [Model.Without] the model after
// the loss of machines: what a plan comes to, what may fail at each moment, and
// what a loss would do are folds over the changes of its steps.
//
// [Check] holds a plan to the [Law] of this package: whatever the order in
// which its steps are carried out, none of them costs etcd its quorum or the
// API its last server, and etcd's members change one at a time.
//
// It knows nothing of how a step is carried out. All values are immutable.
package effect
