package capture

import (
	_ "embed" // the script
	"regexp"
	"slices"
	"strings"
)

// Role says what a machine is asked for.
type Role string

// The roles. A control plane also says what the cluster knows, and etcd.
const (
	ControlPlane Role = "control-plane"
	Machine      Role = "machine"
)

//go:embed head.sh
var head string

//go:embed machine.sh
var ofMachine string

//go:embed cluster.sh
var ofCluster string

//go:embed end.sh
var end string

// leftOut is what each script says that it leaves out.
var leftOut = []string{
	"private keys, tokens and passwords, wherever they stand;",
	"of kubeconfigs all but clusters, servers, CAs and names; of certificates their keys;",
	"of Secrets all but the numbers, uses and ends of bootstrap tokens, and whose kubeadm-certs is;",
	"of pods and static pods the environment, annotations and arguments that name no API server;",
	"of ConfigMaps other than kubeadm's all but addresses.",
}

// Script gives the script for machines of a role. Machines look the names up,
// beside those that stand in their own kubeconfigs: give those of the description.
// A name that no host can have is left out.
func Script(role Role, names ...string) []byte {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !hostName.MatchString(name) })
	what, parts := "control plane", []string{head, ofMachine, ofCluster, end}
	if role != ControlPlane {
		role, what, parts = Machine, "machine", []string{head, ofMachine, end}
	}
	return []byte(strings.NewReplacer(
		"@WHAT@", what,
		"@ROLE@", string(role),
		"@NAMES@", "''"+prefixed(" ", names),
		"@LEFT-OUT@", strings.TrimPrefix(prefixed("\n# - ", leftOut), "\n"),
	).Replace(strings.Join(parts, "")))
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

func prefixed(prefix string, words []string) string {
	var b strings.Builder
	for _, word := range words {
		b.WriteString(prefix + word)
	}
	return b.String()
}
