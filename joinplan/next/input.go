package next

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
)

// Input is the description, what was observed and what is known.
type Input struct {
	joinplan.Input
	// Objects of the cluster, Files and Machines of it and what is Accepted are what
	// a conversion is planned from: see [convert.Input]. Files of machines that are
	// not in the cluster, or not in the description, are left out there.
	Objects  cluster.Objects
	Files    []convert.File
	Machines []convert.Machine
	Accepted []convert.Acceptance
	// Empty are machines that said that they are of no cluster.
	Empty []string
}

// With returns the input with what machines said in captures. What the cluster
// knows, it takes from the control plane that was captured last of those that
// reached the API; where none did, State, Objects and Etcd stay as they are.
//
// A machine is known by its name in the description, or by that name with a
// domain behind it. Errors are two captures of one machine, and those of the
// readers, with the machine's name in front.
func (in Input) With(captures ...capture.Capture) (Input, error) {
	in.Files, in.Machines, in.Empty = slices.Clone(in.Files), slices.Clone(in.Machines), slices.Clone(in.Empty)
	var errs []error
	seen := map[string]bool{}
	for _, c := range captures {
		name := in.nameOf(c.Name)
		if seen[name] {
			errs = append(errs, fmt.Errorf("%s: there are two captures of this machine: keep the newer one", name))
		}
		seen[name] = true
		files, machine := convert.Captured(name, c)
		in.Files, in.Machines = append(in.Files, files...), append(in.Machines, machine)
		if isEmpty(c) {
			in.Empty = append(in.Empty, name)
		}
	}
	if c, found := capture.OfCluster(captures); found {
		errs = append(errs, in.ask(c))
	}
	return in, errors.Join(errs...)
}

// nameOf returns the name by which the description knows a machine.
func (in Input) nameOf(name string) string {
	name = strings.ToLower(name)
	short, _, _ := strings.Cut(name, ".")
	isNamed := func(n cluster.Node) bool { return n.Name == name }
	isShort := func(n cluster.Node) bool { return n.Name == short }
	if nodes := in.Spec.Nodes(); !slices.ContainsFunc(nodes, isNamed) && slices.ContainsFunc(nodes, isShort) {
		return short
	}
	return name
}

// ask takes what a capture says of the whole cluster.
func (in *Input) ask(c capture.Capture) error {
	var errs [3]error
	in.State, errs[0] = cluster.ParseState(c.Objects()...)
	if errs[0] == nil {
		in.Objects, errs[1] = cluster.ParseObjects(c.Objects()...)
	}
	if text := c.Etcd(); len(text) > 0 {
		in.Etcd, errs[2] = etcdcheck.Parse(text)
		errs[2] = finding.Named(errs[2], c.Name+": etcdctl output")
	}
	for i, err := range errs[:2] {
		if err != nil {
			errs[i] = fmt.Errorf("%s: what kubectl printed: %w", c.Name, err)
		}
	}
	return errors.Join(errs[:]...)
}

const (
	kubernetesDir = "/etc/kubernetes/"
	kubeletConf   = kubernetesDir + "kubelet.conf"
	adminConf     = kubernetesDir + "admin.conf"
)

// isEmpty reports whether a machine said that it is of no cluster: it looked for
// what every node has, and found nothing there and no component that runs.
func isEmpty(c capture.Capture) bool {
	if !slices.Contains(c.Absent, kubeletConf) || !slices.Contains(c.Absent, adminConf) {
		return false
	}
	if slices.ContainsFunc(c.Files, func(f capture.File) bool { return strings.HasPrefix(f.Path, kubernetesDir) }) {
		return false
	}
	if slices.ContainsFunc(c.Unread, func(path string) bool { return strings.HasPrefix(path, kubernetesDir) }) {
		return false
	}
	return !slices.ContainsFunc(c.Processes(), func(p capture.Process) bool {
		return p.Name == "etcd" || p.Name == "kube-apiserver"
	})
}
