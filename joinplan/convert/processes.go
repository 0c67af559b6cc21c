package convert

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
)

// Machine is what a machine says beside its files. See [Captured].
type Machine struct {
	// Name in the description.
	Name string
	// Processes and Connections say what is used, whatever stands in a file.
	Processes   []capture.Process
	Connections []capture.Connection
	// Leftovers are the paths of what a conversion put there for a while.
	Leftovers []string
}

// Captured returns what a capture of a machine says for [Input]. The name is
// that of the machine in the description.
func Captured(name string, c capture.Capture) ([]File, Machine) {
	var files []File
	for _, f := range c.Files {
		files = append(files, File{Host: name, Path: f.Path, Content: joinplan.NewSecretContent(f.Content), Changed: f.Changed})
	}
	return files, Machine{Name: name, Processes: c.Processes(), Connections: c.Connections(), Leftovers: c.Leftovers()}
}

// The processes that read an address when they start, as a machine and a
// cluster have them.
const (
	kubeletProcess   = "kubelet"
	kubeProxyProcess = "kube-proxy"
	kubeProxyOwner   = "daemonset kube-system/kube-proxy"
)

// processes compares what processes use with what their files name. Files that
// must change are left out: whoever reads them is started anew with them.
func (s *survey) processes() {
	for _, f := range s.in.Files {
		if m, known := s.machine(f.Host); known && f.Path == kubeletConf && s.isDone(f.Host, f.Path) {
			s.kubeletProcess(m, f)
		}
	}
	for _, cm := range s.in.Objects.ConfigMaps {
		if objectName(cm) == kubeProxyMap && s.isDone("", kubeProxyMap) {
			s.kubeProxyProcesses(changedAt(cm))
		}
	}
}

// isDone reports whether a place names the endpoint, and nothing else.
func (s *survey) isDone(host, where string) bool {
	isThere := func(r Reference) bool { return r.Host == host && r.Where == where }
	return slices.ContainsFunc(s.census.References, isThere) &&
		!slices.ContainsFunc(s.census.References, func(r Reference) bool { return isThere(r) && r.Verdict != Done })
}

func (s *survey) kubeletProcess(m machine, f File) {
	found := s.usedBy(m.name, kubeletProcess, time.Time{}, f.Changed)
	switch {
	case found.unseen:
		s.unseen(place(m.name, kubeletProcess), m.name)
	case found.why != "":
		s.add(Reference{
			Kind: Kubelet, Host: m.name, Where: kubeletProcess, Field: "process", Address: found.address,
			Verdict: Restart, Reason: found.why + f.Path, Breaks: kubeconfigs[kubeletConf].breaks,
		})
	}
}

// kubeProxyProcesses is one place for all machines, as its DaemonSet is.
func (s *survey) kubeProxyProcesses(changed time.Time) {
	var unseen []string
	for _, pod := range s.in.Objects.Pods {
		if !isKubeProxy(pod) || pod.Spec.NodeName == "" {
			continue
		}
		found := s.usedBy(pod.Spec.NodeName, kubeProxyProcess, startedAt(pod), changed)
		switch {
		case found.unseen:
			unseen = append(unseen, pod.Spec.NodeName)
		case found.why != "":
			s.add(Reference{
				Kind: KubeProxy, Host: pod.Spec.NodeName, Where: kubeProxyProcess, Field: "process", Address: found.address,
				Verdict: Restart, Reason: found.why + kubeProxyMap, Breaks: kubeProxyBreaks,
			})
		}
	}
	if len(unseen) > 0 {
		slices.Sort(unseen)
		s.unseen(kubeProxyOwner, strings.Join(unseen, ", "))
	}
}

// unseen says that nothing tells what a process uses.
func (s *survey) unseen(where, machines string) {
	s.census.Missing = append(s.census.Missing, Missing{
		Place: where, Process: true,
		Capture: "run the script that examples/capture prints on " + machines + " (it has ss -Htnp, and when processes were started and files changed), or carry out the plan, which starts it anew",
	})
}

// use is what a process was found to use: why it is not what its file names,
// followed by the file, or nothing where it is.
type use struct {
	address, why string
	unseen       bool
}

// usedBy looks at the connections of a process first, and then whether it was
// started before its file was changed. Seconds are what the clocks of captures
// have, and a process may seem a second older than it is.
func (s *survey) usedBy(host, process string, started, changed time.Time) use {
	i := slices.IndexFunc(s.in.Machines, func(m Machine) bool { return m.Name == host })
	var said Machine
	if i >= 0 {
		said = s.in.Machines[i]
	}
	atEndpoint := false
	for _, c := range said.Connections {
		switch {
		case c.Process != process:
		case s.isEndpointAddress(c.Peer):
			atEndpoint = true
		case s.isServer(c.Peer):
			return use{address: c.Peer.String(), why: "it is connected to that API server, which is not in "}
		}
	}
	for _, p := range said.Processes {
		if p.Name == process && (started.IsZero() || p.Started.After(started)) {
			started = p.Started
		}
	}
	switch {
	case atEndpoint && !s.hasAnotherName():
		return use{}
	case started.IsZero() && len(said.Processes) > 0:
		return use{} // it does not run
	case started.IsZero() || changed.IsZero():
		return use{unseen: true}
	case started.Add(time.Second).Before(changed):
		return use{why: fmt.Sprintf("it runs since %s, which is before the last change of ", started.UTC().Format(time.RFC3339))}
	}
	return use{}
}

// hasAnotherName reports whether the cluster had an endpoint by another name
// until now: both may have the same address.
func (s *survey) hasAnotherName() bool {
	old := s.config.ControlPlaneEndpoint
	return old != "" && old != s.spec.ControlPlaneEndpoint.String()
}

// isEndpointAddress reports whether a connection is to the endpoint.
func (s *survey) isEndpointAddress(peer netip.AddrPort) bool {
	if peer.Port() != s.spec.ControlPlaneEndpoint.Port {
		return false
	}
	if addr, is := s.spec.ControlPlaneEndpoint.Addr(); is {
		return peer.Addr() == addr.Unmap()
	}
	return slices.ContainsFunc(s.spec.EndpointAddresses, func(a netip.Addr) bool { return a.Unmap() == peer.Addr() })
}

// isServer reports whether a connection is to an API server itself.
func (s *survey) isServer(peer netip.AddrPort) bool {
	return peer.Port() == s.spec.APIServerPort &&
		slices.ContainsFunc(s.hosts, func(m machine) bool { return m.controlPlane && m.isLocal(peer.Addr().String()) })
}

// startedAt is when the container of a pod was started, or else the pod; zero
// where neither is known.
func startedAt(pod corev1.Pod) time.Time {
	for _, c := range pod.Status.ContainerStatuses {
		if c.State.Running != nil {
			return c.State.Running.StartedAt.Time
		}
	}
	if pod.Status.StartTime != nil {
		return pod.Status.StartTime.Time
	}
	return time.Time{}
}

// changedAt is when somebody changed an object for the last time; zero where it
// was shown without its managed fields.
func changedAt(cm corev1.ConfigMap) time.Time {
	var at time.Time
	for _, entry := range cm.ManagedFields {
		if entry.Time != nil && entry.Time.After(at) {
			at = entry.Time.Time
		}
	}
	return at
}

// leftovers are what a certificate step that was broken off has left.
func (s *survey) leftovers() {
	for _, m := range s.in.Machines {
		if _, known := s.machine(m.Name); !known {
			continue
		}
		for _, left := range []string{StagingDir, ConfigPath} {
			if slices.ContainsFunc(m.Leftovers, func(p string) bool { return p == left || path.Dir(p) == left }) {
				s.add(Reference{
					Kind: Leftover, Host: m.Name, Where: left, Field: "path",
					Verdict: Edit, Reason: "a step that was broken off left it there",
					Breaks: "nothing; it may hold a private key",
				})
			}
		}
	}
}
