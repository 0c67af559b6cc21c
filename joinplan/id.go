package joinplan

import (
	"fmt"
	"strings"
)

// ID names a step, and is the same whenever the plan is made again.
type ID struct {
	// Kind says what the step does, Subject to which host, node or member.
	Kind    Kind
	Subject string
	// Undo marks the way back of the step that Kind and Subject name.
	Undo bool
}

// Kind is what a step does. Kinds are stable.
type Kind string

// The kinds of steps.
const (
	KindHosts         Kind = "hosts"
	KindCA            Kind = "ca"
	KindLoadBalancer  Kind = "load-balancer"
	KindInit          Kind = "init"
	KindPodNetwork    Kind = "pod-network"
	KindToken         Kind = "token"
	KindUploadCerts   Kind = "upload-certs"
	KindJoin          Kind = "join"
	KindLabel         Kind = "label"
	KindCoreDNS       Kind = "coredns"
	KindVerify        Kind = "verify"
	KindSnapshot      Kind = "snapshot"
	KindDrain         Kind = "drain"
	KindUncordon      Kind = "uncordon"
	KindReset         Kind = "reset"
	KindRemoveMember  Kind = "remove-member"
	KindRemoveNode    Kind = "remove-node"
	KindReboot        Kind = "reboot"
	KindOutOfRotation Kind = "out-of-rotation"
	KindIntoRotation  Kind = "into-rotation"
	// Those of a conversion: see package convert.
	KindBackup        Kind = "backup"
	KindCertificate   Kind = "certificate"
	KindEndpoint      Kind = "endpoint"
	KindKubeconfigs   Kind = "kubeconfigs"
	KindClusterInfo   Kind = "cluster-info"
	KindKubeProxy     Kind = "kube-proxy"
	KindKubelet       Kind = "kubelet"
	KindOwner         Kind = "owner"
	KindKubeadmConfig Kind = "kubeadm-config"
	KindLeftovers     Kind = "leftovers"
)

// undo begins the text of an ID with Undo.
const undo = "undo/"

// Step returns the ID of the step that does this to a subject.
func (k Kind) Step(subject string) ID { return ID{Kind: k, Subject: subject} }

// IsZero reports whether the ID names no step.
func (id ID) IsZero() bool { return id == ID{} }

// String returns the ID as text, "join/cp-2" or "undo/kubelet/wk-1".
func (id ID) String() string {
	text := string(id.Kind) + "/" + id.Subject
	if id.Undo {
		return undo + text
	}
	return text
}

// MarshalText returns what String returns.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what String returns.
func (id *ID) UnmarshalText(text []byte) error {
	rest, isUndo := strings.CutPrefix(string(text), undo)
	kind, subject, found := strings.Cut(rest, "/")
	if !found || kind == "" || subject == "" {
		return fmt.Errorf("%q is no ID of a step: want KIND/SUBJECT, such as join/cp-2", text)
	}
	*id = ID{Kind: Kind(kind), Subject: subject, Undo: isUndo}
	return nil
}

// ids returns those of steps.
func ids(steps []Step) []ID {
	var out []ID
	for _, s := range steps {
		out = append(out, s.ID)
	}
	return out
}

// idSet holds the IDs of steps.
type idSet map[ID]bool

func setOf(steps []Step) idSet {
	out := make(idSet, len(steps))
	for _, s := range steps {
		out[s.ID] = true
	}
	return out
}

// among returns those of some IDs that are in the set.
func (s idSet) among(wanted ...ID) []ID {
	var out []ID
	for _, id := range wanted {
		if s[id] {
			out = append(out, id)
		}
	}
	return out
}

// Leaves returns the IDs of the steps that no other of them needs.
func Leaves(steps []Step) []ID {
	needed := map[ID]bool{}
	for _, s := range steps {
		for _, id := range s.Needs {
			needed[id] = true
		}
	}
	var out []ID
	for _, s := range steps {
		if !needed[s.ID] {
			out = append(out, s.ID)
		}
	}
	return out
}
