package kubeadmcfg

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/finding"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// Warnings names what kubeadm accepts and what is likely not meant, or fails
// later: subnets that overlap each other or the machines' addresses, settings
// that a highly available cluster cannot live with, and fields that are not
// known here. It says nothing of files that Validate refuses to take for a set.
func (f File) Warnings() []Finding {
	if len(f.validateSet()) > 0 {
		return nil
	}
	w := warner{}
	for _, u := range f.Unknown {
		w.add("unknown-field", field.NewPath(u.Kind+"."+pathString(u.Path)), "", "the field is not known here; it is kept as it is")
	}
	h := f.hub()
	for _, d := range h.documents {
		w.document(d, h)
	}
	return w.warnings
}

// WarningsFor is [File.Warnings] for one release of kubeadm, such as "v1.37.2":
// it also names deprecated API versions, fields that this kubeadm does not know
// yet and therefore ignores, and a Kubernetes version that is newer than
// kubeadm.
func (f File) WarningsFor(kubeadmVersion string) ([]Finding, error) {
	r, err := parseRelease(kubeadmVersion)
	if err != nil {
		return nil, err
	}
	if len(f.validateSet()) > 0 {
		return nil, nil
	}
	w := warner{warnings: f.Warnings()}
	version, _ := f.Version()
	if r >= supported[version].deprecatedFrom {
		w.add("version-deprecated", field.NewPath("apiVersion"), "use "+string(newestVersion(r)),
			"%s is deprecated since kubeadm %s", version, supported[version].deprecatedFrom)
	}
	for _, d := range f.hub().documents {
		w.unknownTo(r, d)
	}
	return w.warnings, nil
}

// A warner collects warnings.
type warner struct{ warnings []Finding }

// add takes what to do, then what is wrong.
func (w *warner) add(code string, path *field.Path, remedy, format string, args ...any) {
	w.warnings = append(w.warnings, Finding{
		Code: code, Severity: finding.Warning, Place: path.String(),
		Message: fmt.Sprintf(format, args...), Remedy: remedy,
	})
}

func (w *warner) document(d Document, set hub) {
	switch d := d.(type) {
	case *v1.InitConfiguration:
		w.init(field.NewPath(kindInit), d)
	case *v1.ClusterConfiguration:
		w.cluster(field.NewPath(kindCluster), d)
		w.addresses(field.NewPath(kindCluster), d, set)
		w.endpoint(field.NewPath(kindCluster, "controlPlaneEndpoint"), d, set)
	case *v1.JoinConfiguration:
		w.join(field.NewPath(kindJoin), d)
	case *v1.ResetConfiguration:
		w.criSocket(field.NewPath(kindReset, "criSocket"), d.CRISocket)
	}
}

func (w *warner) init(path *field.Path, c *v1.InitConfiguration) {
	w.node(path.Child("nodeRegistration"), c.NodeRegistration)
	w.apiEndpoint(path.Child("localAPIEndpoint"), c.LocalAPIEndpoint)
	for i, t := range c.BootstrapTokens {
		at := path.Child("bootstrapTokens").Index(i)
		if t.TTL != nil && t.TTL.Duration == 0 {
			w.add("token-for-ever", at.Child("ttl"), "give it an end",
				"the token never expires, and whoever has it can join machines for ever")
		}
		w.token(at.Child("token"), t.Token)
	}
	w.timeouts(path.Child("timeouts"), c.Timeouts)
}

// timeouts warns about those that are zero, as a conversion from v1beta3, which
// took zero for the default, can leave them.
func (w *warner) timeouts(path *field.Path, t *v1.Timeouts) {
	if t != nil && t.ControlPlaneComponentHealthCheck != nil && t.ControlPlaneComponentHealthCheck.Duration == 0 {
		w.add("no-wait", path.Child("controlPlaneComponentHealthCheck"), "leave the field out to wait for 4m0s",
			"kubeadm does not wait at all")
	}
}

// documentationToken stands in kubeadm's documentation and in its default
// configuration.
const documentationToken = "abcdef.0123456789abcdef"

func (w *warner) token(path *field.Path, token string) {
	if token == documentationToken {
		w.add("token-known", path, "take the random one that \"kubeadm token generate\" prints",
			"this token stands in kubeadm's documentation, so everybody knows it")
	}
}

func (w *warner) join(path *field.Path, c *v1.JoinConfiguration) {
	w.timeouts(path.Child("timeouts"), c.Timeouts)
	w.node(path.Child("nodeRegistration"), c.NodeRegistration)
	if c.ControlPlane != nil {
		w.apiEndpoint(path.Child("controlPlane", "localAPIEndpoint"), c.ControlPlane.LocalAPIEndpoint)
	}
	if b := c.Discovery.BootstrapToken; b != nil {
		at := path.Child("discovery", "bootstrapToken")
		w.token(at.Child("token"), b.Token)
		if b.UnsafeSkipCAVerification {
			w.add("ca-not-verified", at.Child("unsafeSkipCAVerification"), "give caCertHashes instead",
				"the machine trusts whoever knows the token")
		}
	}
}

func (w *warner) node(path *field.Path, n v1.NodeRegistrationOptions) {
	w.criSocket(path.Child("criSocket"), n.CRISocket)
	if made := strings.ToLower(strings.TrimSpace(n.Name)); made != n.Name {
		w.add("node-renamed", path.Child("name"), "write it so",
			"the node will be called %q", made)
	}
}

func (w *warner) criSocket(path *field.Path, socket string) {
	if strings.HasPrefix(socket, "/") {
		w.add("socket-without-scheme", path, "write unix://"+socket,
			"a path without a scheme is deprecated")
	}
}

func (w *warner) apiEndpoint(path *field.Path, e v1.APIEndpoint) {
	if addr, err := netip.ParseAddr(e.AdvertiseAddress); err == nil && (addr.IsLoopback() || addr.IsUnspecified()) {
		w.add("address-of-machine", path.Child("advertiseAddress"), "give an address that the other machines reach",
			"no other machine reaches this address; kubeadm looks for another one on the machine")
	}
}

func (w *warner) cluster(path *field.Path, c *v1.ClusterConfiguration) {
	switch {
	case c.ControlPlaneEndpoint == "":
		w.add("no-endpoint", path.Child("controlPlaneEndpoint"), "name the load balancer's, such as k8s-vip:6443",
			"without it no second control plane can join, and adding it later means new certificates and kubeconfigs")
	case !hasPort(c.ControlPlaneEndpoint):
		w.add("endpoint-without-port", path.Child("controlPlaneEndpoint"), "write the port",
			"there is no port: kubeadm takes the API server's own, which the load balancer may not have")
	}
	if c.KubernetesVersion == "" || kubernetesLabel.MatchString(c.KubernetesVersion) {
		w.add("version-unnamed", path.Child("kubernetesVersion"), "name a version such as \"v1.37.2\"",
			"kubeadm asks the internet which version this is, and takes its own where that fails")
	}
	if strings.HasPrefix(c.ImageRepository, "k8s.gcr.io") {
		w.add("old-registry", path.Child("imageRepository"), "use registry.k8s.io",
			"k8s.gcr.io gets no new images since 2023")
	}
	w.validity(path, c)
	w.components(path, c)
	for _, p := range pins(*c) {
		w.pinned(p, "it")
	}
	if e := c.Etcd.External; e != nil && len(e.Endpoints)%2 == 0 {
		w.add("even-etcd", path.Child("etcd", "external", "endpoints"), "use an odd number",
			"an even number of etcd members survives no more failures than one fewer")
	}
}

func hasPort(endpoint string) bool {
	_, port, err := net.SplitHostPort(endpoint)
	return err == nil && port != ""
}

func (w *warner) validity(path *field.Path, c *v1.ClusterConfiguration) {
	leaf, ca := defaultCertificateValidity, defaultCAValidity
	if c.CertificateValidityPeriod != nil {
		leaf = c.CertificateValidityPeriod.Duration
	}
	if c.CACertificateValidityPeriod != nil {
		ca = c.CACertificateValidityPeriod.Duration
	}
	if leaf > defaultCertificateValidity {
		w.add("long-validity", path.Child("certificateValidityPeriod"), "",
			"%s is more than the default of a year", leaf)
	}
	if ca > defaultCAValidity {
		w.add("long-validity", path.Child("caCertificateValidityPeriod"), "",
			"%s is more than the default of ten years", ca)
	}
	if leaf > ca {
		w.add("outlives-ca", path.Child("certificateValidityPeriod"), "make it shorter than that of the authority",
			"the certificates outlive the authority that signs them")
	}
}

func (w *warner) components(path *field.Path, c *v1.ClusterConfiguration) {
	volumes := map[string][]v1.HostPathMount{
		"apiServer": c.APIServer.ExtraVolumes, "controllerManager": c.ControllerManager.ExtraVolumes, "scheduler": c.Scheduler.ExtraVolumes,
	}
	for _, name := range []string{"apiServer", "controllerManager", "scheduler"} {
		if len(volumes[name]) > 0 {
			w.add("files-not-copied", path.Child(name, "extraVolumes"), "copy them before",
				"kubeadm does not copy these files: they must be on every control plane before it joins, or the component does not come up")
		}
	}
	w.leaders(path, c)
	if value, given := lastArg(c.APIServer.ExtraArgs, "anonymous-auth"); given && isFalse(value) {
		w.add("no-anonymous", path.Child("apiServer", "extraArgs"), "use a discovery file",
			"with anonymous-auth=false machines cannot join by token")
	}
}

// leaders warns about controllers of which each would act for itself.
func (w *warner) leaders(path *field.Path, c *v1.ClusterConfiguration) {
	for _, component := range []struct {
		name string
		args []v1.Arg
	}{{"controllerManager", c.ControllerManager.ExtraArgs}, {"scheduler", c.Scheduler.ExtraArgs}} {
		if value, given := lastArg(component.args, "leader-elect"); given && isFalse(value) {
			w.add("no-leader-election", path.Child(component.name, "extraArgs"), "leave leader-elect out",
				"with leader-elect=false the one on every control plane acts at the same time as the others")
		}
	}
}

// isFalse reports whether a flag is switched off by a value.
func isFalse(value string) bool {
	set, err := strconv.ParseBool(value)
	return err == nil && !set
}

// endpoint warns about an endpoint that is the first control plane itself.
func (w *warner) endpoint(path *field.Path, c *v1.ClusterConfiguration, set hub) {
	init := Find[v1.InitConfiguration](File{Documents: set.documents})
	if init == nil {
		return
	}
	port := cmp.Or(init.LocalAPIEndpoint.BindPort, defaultBindPort)
	own := net.JoinHostPort(init.LocalAPIEndpoint.AdvertiseAddress, strconv.Itoa(int(port)))
	if c.ControlPlaneEndpoint == own {
		w.add("endpoint-is-control-plane", path, "point the endpoint at a load balancer",
			"this is the first control plane itself: without it no client reaches the cluster, however many others there are")
	}
}

// addresses warns about networks and addresses that overlap.
func (w *warner) addresses(path *field.Path, c *v1.ClusterConfiguration, set hub) {
	networking := path.Child("networking")
	services, serviceErrs := parseSubnets(networking.Child("serviceSubnet"), c.Networking.ServiceSubnet)
	pods, podErrs := parseSubnets(networking.Child("podSubnet"), c.Networking.PodSubnet)
	if len(serviceErrs)+len(podErrs) > 0 {
		return
	}
	if len(services) == 0 {
		services = []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")}
	}
	w.subnets(networking.Child("podSubnet"), pods)
	w.subnets(networking.Child("serviceSubnet"), services)
	w.pairs(networking.Child("podSubnet"), pods, services)
	for _, p := range pods {
		w.room(networking.Child("podSubnet"), p, c.ControllerManager.ExtraArgs)
	}
	for _, a := range addresses(c, set) {
		w.holds(networking.Child("podSubnet"), pods, a)
		w.holds(networking.Child("serviceSubnet"), services, a)
	}
}

// room warns about a subnet of which few nodes get a part.
func (w *warner) room(path *field.Path, pods netip.Prefix, args []v1.Arg) {
	allocate, given := lastArg(args, "allocate-node-cidrs")
	_, other := lastArg(args, "node-cidr-mask-size")
	if given && isFalse(allocate) || other {
		return
	}
	mask, err := nodeMask(pods, args)
	if bits := mask - pods.Bits(); err == nil && (bits == 0 || bits == 1) {
		w.add("pod-subnet-too-small", path, "choose a larger range, or a longer mask with the controller manager's "+nodeMaskFlag(pods),
			"%s has room for %d of the nodes, each with a /%d of it: pods on the others get no address", pods, 1<<bits, mask)
	}
}

func (w *warner) holds(path *field.Path, subnets []netip.Prefix, a usedAddress) {
	for _, s := range subnets {
		if s.Contains(a.addr) {
			w.add("range-holds-machines", path, "choose a range that holds no machine",
				"%s holds %s (%s): traffic to it may never leave the machine", s, a.addr, a.field)
		}
	}
}

var siteLocal = netip.MustParsePrefix("fec0::/10")

func (w *warner) subnets(path *field.Path, subnets []netip.Prefix) {
	for _, s := range subnets {
		if s != s.Masked() {
			w.add("bits-behind-mask", path, "write it so",
				"%s has bits set behind its mask; it means %s", s, s.Masked())
		}
		if s.Overlaps(siteLocal) {
			w.add("site-local", path, "use unique local addresses, fd00::/8",
				"%s holds site-local addresses, which RFC 3879 deprecated", s)
		}
	}
}

func (w *warner) pairs(path *field.Path, pods, services []netip.Prefix) {
	for _, p := range pods {
		for _, s := range services {
			if p.Overlaps(s) {
				w.add("ranges-overlap", path, "choose ranges that hold nothing in common",
					"%s overlaps the service subnet %s: pods and Services can get the same address", p, s)
			}
		}
	}
	families := func(subnets []netip.Prefix) (n int) {
		for _, s := range subnets {
			if isIPv6(s) {
				n |= 2
			} else {
				n |= 1
			}
		}
		return n
	}
	if len(pods) > 0 && families(pods) != families(services) {
		w.add("families-differ", path, "give both the same families",
			"pods and Services have different IP families; Services reach no pod of a family that they lack")
	}
}

// A usedAddress is an address that machines or the load balancer have.
type usedAddress struct {
	field string
	addr  netip.Addr
}

// addresses gives those that the set names.
func addresses(c *v1.ClusterConfiguration, set hub) []usedAddress {
	var used []usedAddress
	add := func(name, text string) {
		if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil && !addr.IsUnspecified() {
			used = append(used, usedAddress{name, addr.WithZone("")})
		}
	}
	host, _, err := net.SplitHostPort(c.ControlPlaneEndpoint)
	if err != nil {
		host = c.ControlPlaneEndpoint
	}
	add("controlPlaneEndpoint", host)
	if c.Etcd.External != nil {
		for i, endpoint := range c.Etcd.External.Endpoints {
			if u, err := url.Parse(endpoint); err == nil {
				add(fmt.Sprintf("etcd.external.endpoints[%d]", i), u.Hostname())
			}
		}
	}
	for _, d := range set.documents {
		switch d := d.(type) {
		case *v1.InitConfiguration:
			add("localAPIEndpoint.advertiseAddress", d.LocalAPIEndpoint.AdvertiseAddress)
		case *v1.JoinConfiguration:
			if d.ControlPlane != nil {
				add("controlPlane.localAPIEndpoint.advertiseAddress", d.ControlPlane.LocalAPIEndpoint.AdvertiseAddress)
			}
		}
	}
	return used
}
