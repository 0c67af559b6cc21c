package hostcheck

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/haplane/haplane/joinplan/cluster"
)

// Script gives a script for sh that has a host say everything that [Parse]
// reads; it is the same for every host of the description. It changes nothing
// and prints no secret. What a host lacks, or does not tell without root, the
// script leaves out.
//
//	$ ip addr
//	1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 ...
//
// Run it before the cluster exists and kubeadm takes some seconds to look a
// version up. For the host's clock to be checked, whoever runs it writes his own
// time behind the answer at once:
//
//	{ ssh cka-cp-1 sudo sh < script; date -u +'$ received %FT%TZ'; } > cka-cp-1.txt
func Script(spec cluster.Spec) []byte {
	var b strings.Builder
	b.WriteString("# Has a host say what a description of its cluster can be compared with.\n")
	b.WriteString(`say() { command -v "$1" >/dev/null || return; echo "\$ $*"; "$@" 2>/dev/null </dev/null; }` + "\n")
	for _, command := range []string{"ip addr", "ip route", "ip -6 route"} {
		b.WriteString("say " + command + "\n")
	}
	for _, name := range names(spec.WithDefaults()) {
		b.WriteString("say getent hosts " + name + "\n")
	}
	for _, command := range []string{
		"grep -H server: /etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf /etc/kubernetes/controller-manager.conf /etc/kubernetes/scheduler.conf /etc/kubernetes/kubelet.conf",
		"cat /etc/machine-id",
		"cat /sys/class/dmi/id/product_uuid",
		"kubeadm certs check-expiration",
		"date -u +%Y-%m-%dT%H:%M:%SZ", // the last: whoever asked compares it with when the answer came
	} {
		b.WriteString("say " + command + "\n")
	}
	b.WriteString("exit 0\n")
	return []byte(b.String())
}

// names gives the names of the description, the endpoint's first. One that no
// host can have, and which a shell might take for something else, is left out.
func names(spec cluster.Spec) []string {
	var names []string
	if _, isAddr := spec.ControlPlaneEndpoint.Addr(); !isAddr {
		names = append(names, spec.ControlPlaneEndpoint.Host)
	}
	for _, p := range places(spec) {
		if p.machine && !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return len(validation.IsDNS1123Subdomain(name)) > 0 })
}
