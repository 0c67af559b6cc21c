// Package joinplan turns the description of a cluster into everything that a
// kubeadm cluster needs to be highly available, and into the ordered plan.
//
// A plan is made from one [Input]: the description, and what is known of the
// cluster. [Create] is for machines that hold nothing of Kubernetes yet,
// [Rebuild] for machines that were in a cluster before. For a cluster that runs,
// [ScaleOut] plans what it lacks of its description, [Replace] another machine in
// the place of one that leaves, [Remove] one that leaves for good, and [Reboot] a
// reboot on purpose; they look at what is there, and refuse what would do harm
// now. [Assess] says what is there, what is wrong with it, and what to do next.
//
// The [Step]s of a plan are data: files to write, commands to run as root, and
// checks whose output [Check.Judge] judges. Each has an [ID] that says its kind
// and what it is about, a way to see that it has been done already, and the
// effects that it has on the cluster. Before a plan is returned, its effects are
// held to the laws of package effect in every order in which the steps may be
// carried out: a plan that would cost etcd its quorum is an error.
//
// The caller has the transport; [Plan.Ready] says which steps may begin, and a
// [Progress] keeps which are done. Package render gives the plan as a document, as
// a directory of files and as shell scripts, [Plan.JSON] and [Plan.YAML] for
// programs in any language.
//
//	plan, err := joinplan.Create(joinplan.Input{Spec: spec})
//	// carry out the steps up to kubeadm init, keep what it printed
//	credentials, err := kubeadmcmd.ParseCredentials(printed, now)
//	plan, err = joinplan.Create(joinplan.Input{Spec: spec, Credentials: credentials, Now: now})
//	// the steps that awaited the credentials now have their files
//
// The parts can be had alone: [HostsBlock], [HAProxyConfig], [InitFile],
// [UploadCertsFile], [JoinFile], [JoinCommand].
//
// The package does not install a container runtime, a pod network or kubeadm
// itself, and does not hold a virtual address between load balancers: what a
// step needs of them is among its preconditions.
//
// All functions and methods are safe for concurrent use.
package joinplan
