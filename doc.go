// Package haplane is the entry to a library that turns a kubeadm cluster with
// one control plane into a highly available one. It holds no code; this is what
// is where, along the way from bare machines to a failover that nobody notices.
//
// Describe the cluster: [github.com/haplane/haplane/joinplan/cluster] reads a
// strict YAML file or takes a Go literal, and warns of what no tool checks.
//
//	spec, err := cluster.Parse(text)
//
// Give every machine the names of the others:
// [github.com/haplane/haplane/hostsfile] edits /etc/hosts without losing a byte
// of what other people wrote there.
//
//	block, err := joinplan.HostsBlock(spec)
//
// Put HAProxy in front of the API servers:
// [github.com/haplane/haplane/haproxycfg] models haproxy.cfg and has defaults
// for Kubernetes API servers.
//
//	config, err := joinplan.HAProxyConfig(joinplan.Input{Spec: spec})
//
// Initialise and join: [github.com/haplane/haplane/kubeadmcfg] types, judges and
// converts kubeadm's configuration files, and carries the CRI socket to the
// phases that have no flag for it;
// [github.com/haplane/haplane/joinplan/kubeadmcmd] builds the command lines and
// reads the credentials that kubeadm prints.
//
//	file, err := joinplan.InitFile(spec)
//
// Do it in order: [github.com/haplane/haplane/joinplan] makes the plan, as data
// for programs and as a runbook for people. Control planes join one at a time.
//
//	plan, err := joinplan.Create(joinplan.Input{Spec: spec})
//
// A cluster that was built without an endpoint need not be built anew:
// [github.com/haplane/haplane/joinplan/convert] takes the census of everything
// that knows an API server's address and plans the change in place.
//
// From a cluster that runs: [github.com/haplane/haplane/joinplan/capture] has its
// machines say what is there, and [github.com/haplane/haplane/joinplan/next]
// decides what leads from there to the description.
//
//	decision, err := next.Decide(in)
//
// See whether it is highly available:
// [github.com/haplane/haplane/etcdcheck] reads etcdctl's output and judges the
// quorum, [github.com/haplane/haplane/joinplan/hostcheck] finds on a host what
// cuts it off from its cluster, and
// [github.com/haplane/haplane/haproxycfg/haproxylog] reads in HAProxy's own log
// whether the service went on while a control plane was down.
//
//	report := etcdcheck.Check(etcdcheck.Input{Sample: sample, Expect: expected})
//
// The library is pure: it does not dial, run, read files, write files, wait or
// look at the clock. Transport and orchestration are the caller's. The programs
// under examples show each package at work.
package haplane
