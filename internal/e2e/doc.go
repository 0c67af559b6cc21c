// Package e2e brings up real kubeadm clusters on one Linux machine, from files
// and commands that the library writes, and breaks them.
//
// Its tests are what a user's tool would be: a transport, which writes files on
// machines and runs commands there, for the orchestrator of examples/orchestrator,
// which carries plans out. They know the library by its public API alone.
//
//	make e2e-deps     installs what is needed on Debian
//	make e2e-smoke    creates a cluster and crashes a control plane
//	make e2e          runs every scenario and writes docs/e2e.md
//
// They run as root. The first run compiles Kubernetes and etcd, which takes
// some twelve minutes on two processors; what it made is kept in haplane-e2e in
// the user's cache directory, and so are the machines' logs of a test that
// failed. Nothing is downloaded but Go modules, and no machine of the lab
// reaches anything outside of it.
//
// The machines of a smoke test run kube-proxy, CoreDNS and flannel too, and a pod
// asks a Service, the API and cluster DNS the whole time. The other scenarios
// have neither Services nor a pod network that leaves a machine.
//
// The machines are made by package lab and run a hostinit as their first
// process; what else runs on them is made by packages build and image.
//
// Both versions of Linux' control groups are provided for. The tests have run on
// version 1; version 2 is written by its documentation and not yet shown.
package e2e
