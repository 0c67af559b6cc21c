package conformance

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// differences are all of them.
var differences = []Difference{
	// kubeadm accepts these, and the cluster fails later.
	{
		Field: ".controlPlaneEndpoint", Accepted: true, Repaired: "k8s-vip:6443",
		Holds:  text(addressLike),
		Reason: "an IPv6 address with a port but no brackets is one long address to kubeadm, and digits with dots that are no address a DNS name",
	},
	{
		Field: ".networking.serviceSubnet", Accepted: true, Repaired: "10.96.0.0/16", Holds: text(leadingZero),
		Reason: "010.96.0.0 is another address to other programs",
	},
	{
		Field: ".networking.podSubnet", Accepted: true, Repaired: "10.244.0.0/16", Holds: text(leadingZero),
		Reason: "010.244.0.0 is another address to other programs",
	},
	{
		// apiServer.certSANs, etcd's serverCertSANs and peerCertSANs
		Field: "ertSANs[]", Accepted: true, Repaired: "a", Holds: text(addressLike),
		Reason: "010.0.0.1 is another address to other programs, and 10.0.0.256 no name",
	},
	{
		Field: ".advertiseAddress", Accepted: true, Repaired: "10.0.0.1", Holds: text(notReachable),
		Reason: "kubeadm init refuses addresses where no API server can listen, after validation",
	},
	{
		Field: ".apiServerEndpoint", Accepted: true, Repaired: "k8s-vip:6443", Holds: text(notHostPort),
		Reason: "kubeadm looks for a colon and fails when it calls the address",
	},
	{
		Field: ".caCertHashes[]", Accepted: true, Repaired: goodHash, Holds: text(func(s string) bool { return !caHash.MatchString(s) }),
		Reason: "kubeadm join fails on a hash that is none, after validation",
	},
	{
		Field: ".criSocket", Accepted: true, Repaired: "unix:///run/containerd/containerd.sock", Holds: text(func(s string) bool { return !strings.HasPrefix(s, "unix:///") || harmful(s) }),
		Reason: "kubeadm puts unix:// before anything, also before tcp:// and before a name",
	},
	{
		// extraArgs and kubeletExtraArgs
		Field: "xtraArgs", Accepted: true, Repaired: nil, Holds: badFlags,
		Reason: "a component does not start with a flag of this name",
	},
	{
		Field: ".etcd.external", Accepted: true, Repaired: nil, Holds: noEndpoints,
		Concerns: func(k Kubeadm) bool { return k.minor() < 35 },
		Reason:   "no API server starts without the address of its etcd, as later releases say",
	},
	{
		Field: ".extraVolumes[]", Accepted: true, Repaired: nil, Holds: badVolume,
		Reason: "a static pod does not start with such a volume",
	},
	{
		Field: ".taints[]", Accepted: true, Repaired: nil, Holds: badTaint,
		Reason: "a kubelet does not start with such a taint",
	},
	{
		Field: ".imageTag", Accepted: true, Repaired: nil, Holds: text(func(s string) bool { return !imageTag.MatchString(s) }),
		Reason: "no registry has an image with such a tag",
	},
	{
		Field: ".ignorePreflightErrors", Accepted: true, Repaired: nil, Holds: allAmongOthers,
		Reason: "kubeadm init and join refuse \"all\" together with others, after validation",
	},
	{
		Field: ".clusterName", Accepted: true, Repaired: "kubernetes", Holds: text(harmful),
		Reason: "the name ends up in file names and scripts",
	},
	{
		Field: ".directory", Accepted: true, Repaired: "/etc/kubernetes/patches", Holds: text(harmful),
		Reason: "the path ends up in scripts",
	},
	{
		Field: ".kubernetesVersion", Accepted: true, Repaired: nil, Holds: text(func(s string) bool { return strings.HasPrefix(strings.TrimPrefix(s, "v"), "2.") }),
		Reason: "there is no Kubernetes 2",
	},

	// kubeadm ignores these, and the library says so.
	{
		Field: textField, Accepted: true, Holds: oneOf("empty", "only a comment"),
		Reason: "kubeadm finds nothing wrong with a file in which there is nothing",
	},
	{
		Field: textField, Accepted: true, Holds: oneOf("separator with a space", "separator with a remark", "YAML directive"),
		Reason: "kubeadm takes only a line of three dashes for the end of a document, and drops the rest",
	},
	{
		Field: textField, Accepted: true, Holds: oneOf("another API version"),
		Concerns: func(k Kubeadm) bool { return len(k.APIs) > 1 },
		Reason:   "documents of several API versions in one file",
	},

	// kubeadm refuses these, and the library need not.
	{
		Field: ".kubeConfigPath", Repaired: "https://a/b", Holds: text(func(s string) bool { return !strings.HasPrefix(s, "https:") }),
		Reason: "the discovery file is on the machine that joins",
	},
	{
		Field: ".advertiseAddress", Repaired: "10.0.0.1", Holds: text(func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.IsLoopback() }),
		Reason: "kubeadm looks for the address of the loopback interface, on the machine",
	},
	{
		Field: "KubeletConfiguration.cgroupDriverr", Repaired: nil, Holds: func(any) bool { return true },
		Reason: "documents of other groups are carried as they are; componentconfig types them",
	},
	{
		Field: textField, Holds: oneOf("comment first", "comment last", "empty document last"),
		Reason: "a document without content says nothing",
	},
}

// text holds for texts of which f holds.
func text(f func(string) bool) func(any) bool {
	return func(v any) bool { s, ok := v.(string); return ok && f(s) }
}

func oneOf(names ...string) func(any) bool {
	return text(func(s string) bool { return slices.Contains(names, s) })
}

func harmful(s string) bool { return strings.ContainsAny(s, "\"'\\$;|&`<>\n\r\t\x00") }

var (
	flagName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	imageTag     = regexp.MustCompile(`^[\w][\w.-]{0,127}$`)
	caHash       = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	zeroFirst    = regexp.MustCompile(`(^|[.,/])0\d`)
	dottedDigits = regexp.MustCompile(`^[\d.]+(:\d+)?$`)
)

func leadingZero(s string) bool { return zeroFirst.MatchString(s) }

// addressLike holds for what people take for an address and programs for
// something else: an IPv6 address that is one also without its last group,
// where that may be a port, and digits with dots.
func addressLike(s string) bool {
	_, err := netip.ParseAddr(s)
	colon := strings.LastIndexByte(s, ':')
	if err != nil || colon < 0 {
		return err != nil && dottedDigits.MatchString(s)
	}
	_, err = netip.ParseAddr(s[:colon])
	_, notPort := strconv.ParseUint(s[colon+1:], 10, 16)
	return err == nil && notPort == nil
}

// notHostPort holds where there is no valid host or no valid port.
func notHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, notNumber := strconv.ParseUint(port, 10, 16)
	_, notAddress := netip.ParseAddr(host)
	notName := len(validation.IsDNS1123Subdomain(strings.ToLower(host))) > 0 || dottedDigits.MatchString(host)
	return err != nil || notNumber != nil || n == 0 || notAddress != nil && notName
}

func notReachable(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err != nil && leadingZero(s) || err == nil && !addr.IsLoopback() && !addr.IsGlobalUnicast()
}

func badFlags(v any) bool {
	switch v := v.(type) {
	case list:
		return slices.ContainsFunc(v, func(arg any) bool {
			o, _ := arg.(object)
			name, _ := o["name"].(string)
			return !flagName.MatchString(name)
		})
	case object:
		for name := range v {
			if !flagName.MatchString(name) {
				return true
			}
		}
	}
	return false
}

func noEndpoints(v any) bool {
	o, _ := v.(object)
	endpoints, _ := o["endpoints"].(list)
	return len(endpoints) == 0
}

func badVolume(v any) bool {
	o, _ := v.(object)
	name, _ := o["name"].(string)
	from, _ := o["hostPath"].(string)
	to, _ := o["mountPath"].(string)
	return len(validation.IsDNS1123Label(name)) > 0 || !strings.HasPrefix(from, "/") || harmful(from) || !strings.HasPrefix(to, "/") || harmful(to)
}

func badTaint(v any) bool {
	o, _ := v.(object)
	key, _ := o["key"].(string)
	value, _ := o["value"].(string)
	effect, _ := o["effect"].(string)
	return len(validation.IsQualifiedName(key)) > 0 || len(validation.IsValidLabelValue(value)) > 0 ||
		!slices.Contains([]string{"NoSchedule", "NoExecute", "PreferNoSchedule"}, effect)
}

func allAmongOthers(v any) bool {
	names, _ := v.(list)
	different := map[string]bool{}
	for _, name := range names {
		s, _ := name.(string)
		different[strings.ToLower(s)] = true
	}
	return different["all"] && len(different) > 1
}
