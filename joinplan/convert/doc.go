// Package convert makes a running kubeadm cluster that was built without a
// control-plane endpoint ready for more control planes, in place: nothing is
// rebuilt, and every step has a way back.
//
// [TakeCensus] takes a [Census]: everything that knows an address of the API server,
// with where, what it says, whether it may stay, and what breaks when that
// machine dies. [Plan] gives the ordered steps, as a joinplan.Plan that is
// carried out like any other. A plan that was interrupted is made again from
// what is there then, and does the rest; a converted cluster gets an empty plan.
//
//	in := convert.Input{Spec: spec, Objects: objects, Files: files, Machines: machines}
//	census, err := convert.TakeCensus(in)
//	fmt.Print(census)                     // what still points where
//	plan, err := convert.Plan(in)         // nothing to do: plan.Steps is empty
//
// What counts is what processes use, and not only what stands in their files: a
// kubelet or kube-proxy that was started before its file was changed, or is
// connected to an API server beside the endpoint, is started anew. [Captured]
// takes that from captures; where nothing is known of a process the census says
// so, and the plan starts it anew as well.
//
// After it, joinplan.ScaleOut adds the control planes. The same census and plan
// serve whoever changes the endpoint's name or port, adds a name to the API
// servers' certificates, or moves the endpoint's name to another address.
//
// The changes of files are values with a function from old bytes to new bytes:
// [SetServer], [SetConfigMapServer], [SetEndpoint]. They replace one value, keep
// comments, order and line ends, and verify by parsing that nothing else
// changed. So kubeconfigs are never made again: client certificates go on
// rotating, and no component is without its file at any moment.
//
// The package does not find what nobody handed in: [Census.Missing] names what a
// verdict lacks. Settings that belong to a Helm release or an operator (the pod
// network's, most of all) are steps that say what their owner must do, with a
// check.
//
// Where kubeadm keeps an address, and which may be local, follows kubeadm's
// source from 1.29 to 1.37. All functions and methods are safe for concurrent
// use.
package convert
