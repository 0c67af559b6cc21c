package convert

import (
	"time"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// Input is the description and what was captured from the cluster.
type Input struct {
	// Spec has the endpoint that everything shall name, and every machine of
	// the cluster. Machines that are not in the cluster yet may be in it.
	Spec cluster.Spec
	// Objects of the cluster: nodes, ConfigMaps and pods of all namespaces, and
	// the Secrets of kube-system where there are bootstrap tokens. See
	// [cluster.ParseObjects].
	Objects cluster.Objects
	// Files of the machines: of /etc/kubernetes the kubeconfigs, manifests and
	// pki/apiserver.crt, /etc/hosts, and kubeconfigs from anywhere.
	Files []File
	// Machines say what their processes use, and what an earlier plan left there.
	// Where nothing is known of a process, a plan starts it anew.
	Machines []Machine
	// HAProxy are the settings of the load balancers beyond ours: see
	// [joinplan.Input].
	HAProxy haproxycfg.APIServers
	// Accepted are places that may stay as they are, or need not be seen.
	Accepted []Acceptance
}

// File is a file as it stands on a machine.
type File struct {
	// Host is the machine's name in the description; empty for a kubeconfig
	// that somebody handed in.
	Host string
	// Path on the host, absolute.
	Path string
	// Content may lack client keys and tokens: the census does not need them.
	Content joinplan.Content
	// Changed is when the file was changed, by the clock of its machine; zero where
	// that is not known.
	Changed time.Time
}

// Acceptance lets a place stay.
type Acceptance struct {
	// Place as [Reference.Place] and [Missing] give it.
	Place string
	// Reason is shown in the census.
	Reason string
}
