package kubeadmcfg

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// CodePinned is the code of the findings of [Stored.Pinned].
const CodePinned = "pinned-to-machine"

// Pinned returns what the ClusterConfiguration says of one machine: the addresses
// that etcd or a component listens on or advertises, the name of etcd's member and
// its initial cluster. Every control plane that joins would get them too: kubeadm
// adds its member to etcd, and then it fails. The message names the line.
func (s Stored) Pinned() []Finding {
	var w warner
	for _, p := range pins(s.Cluster) {
		w.pinned(p, fmt.Sprintf("line %d of the ClusterConfiguration", s.line(p)))
	}
	return w.warnings
}

// A pin is a flag of a component that only one machine can have.
type pin struct {
	component []string // such as etcd, local
	arg       v1.Arg
	index     int // in the list of flags
	harm      string
}

const (
	harmEtcd      = "kubeadm adds a control plane's member to etcd, which then does not start"
	harmAddress   = "another machine does not have the address, and the component does not start there"
	harmAdvertise = "every API server would send clients to that machine"
	harmServers   = "every API server depends on the etcd of that machine"
)

func pins(c v1.ClusterConfiguration) []pin {
	var out []pin
	add := func(args []v1.Arg, harmOf func(v1.Arg) string, component ...string) {
		for i, arg := range args {
			if harm := harmOf(arg); harm != "" {
				out = append(out, pin{component, arg, i, harm})
			}
		}
	}
	if c.Etcd.Local != nil {
		add(c.Etcd.Local.ExtraArgs, harmOfEtcd, "etcd", "local")
	}
	stacked := c.Etcd.External == nil
	add(c.APIServer.ExtraArgs, func(a v1.Arg) string { return harmOfAPIServer(a, stacked) }, "apiServer")
	add(c.ControllerManager.ExtraArgs, harmOfBinding, "controllerManager")
	add(c.Scheduler.ExtraArgs, harmOfBinding, "scheduler")
	return out
}

// urlFlags of etcd hold URLs, separated by commas.
var urlFlags = []string{"advertise-client-urls", "initial-advertise-peer-urls", "listen-client-urls", "listen-peer-urls", "listen-metrics-urls", "initial-cluster"}

func harmOfEtcd(arg v1.Arg) string {
	switch {
	case arg.Name == "name", arg.Name == "initial-cluster-state" && arg.Value == "new":
		return harmEtcd
	case slices.Contains(urlFlags, arg.Name) && len(machines(arg.Value)) > 0:
		return harmEtcd
	}
	return ""
}

func harmOfAPIServer(arg v1.Arg, stacked bool) string {
	switch {
	case arg.Name == "advertise-address" && isMachine(arg.Value):
		return harmAdvertise
	case arg.Name == "etcd-servers" && stacked && len(machines(arg.Value)) == 1:
		return harmServers
	}
	return harmOfBinding(arg)
}

func harmOfBinding(arg v1.Arg) string {
	if arg.Name == "bind-address" && isMachine(arg.Value) {
		return harmAddress
	}
	return ""
}

// machines are the hosts that URLs name, each once, without those that every
// machine has. Those of an initial cluster have names before them.
func machines(urls string) []string {
	var out []string
	for text := range strings.SplitSeq(urls, ",") {
		if name, rest, found := strings.Cut(text, "="); found && !strings.Contains(name, "/") {
			text = rest
		}
		if u, err := url.Parse(strings.TrimSpace(text)); err == nil && isMachine(u.Hostname()) {
			out = append(out, u.Hostname())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isMachine reports whether a host is that of one machine.
func isMachine(host string) bool {
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return host != "" && host != "localhost" && net.ParseIP(host) == nil
	}
	return !addr.IsLoopback() && !addr.IsUnspecified()
}

func (w *warner) pinned(p pin, where string) {
	path := field.NewPath(kindCluster, append(slices.Clone(p.component), "extraArgs")...).Index(p.index)
	w.add(CodePinned, path,
		"take the flag out of the ClusterConfiguration: kubeadm sets it for each machine, and where one needs another value, patches do (patches.directory)",
		"%s gives every control plane --%s=%s, which is of one machine: %s", where, p.arg.Name, p.arg.Value, p.harm)
}

// line is where the text has a flag.
func (s Stored) line(p pin) int {
	chunks := split([]byte(s.Text))
	if len(chunks) == 0 {
		return 0
	}
	root, err := chunks[0].node()
	if err != nil {
		return chunks[0].line
	}
	args := lookUp(root, append(slices.Clone(p.component), "extraArgs"))
	at := args
	for key := range pairs(args) {
		if key.Value == p.arg.Name {
			at = key
		}
	}
	if p.index < len(args.Content) && at == args {
		at = args.Content[p.index]
	}
	line, _ := chunks[0].position(at.Line, 1)
	return line
}
