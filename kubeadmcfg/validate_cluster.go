package kubeadmcfg

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

func (v validator) cluster(path *field.Path, c *v1.ClusterConfiguration) field.ErrorList {
	errs := validateKubernetesVersion(path.Child("kubernetesVersion"), c.KubernetesVersion)
	errs = append(errs, validateHarmless(path.Child("clusterName"), c.ClusterName)...)
	if c.ControlPlaneEndpoint != "" {
		errs = append(errs, validateEndpoint(path.Child("controlPlaneEndpoint"), c.ControlPlaneEndpoint)...)
	}
	errs = append(errs, v.networking(path.Child("networking"), c)...)
	errs = append(errs, v.components(path, c)...)
	errs = append(errs, v.etcd(path.Child("etcd"), c.Etcd)...)
	errs = append(errs, validateImageRepository(path.Child("imageRepository"), c.ImageRepository)...)
	if c.DNS.ImageRepository != "" {
		errs = append(errs, validateImageRepository(path.Child("dns", "imageRepository"), c.DNS.ImageRepository)...)
	}
	errs = append(errs, validateImageTag(path.Child("dns", "imageTag"), c.DNS.ImageTag)...)
	errs = append(errs, validatePath(path.Child("certificatesDir"), c.CertificatesDir)...)
	errs = append(errs, v.encryptionAlgorithm(path.Child("encryptionAlgorithm"), c.EncryptionAlgorithm)...)
	errs = append(errs, v.featureGates(path.Child("featureGates"), c.FeatureGates)...)
	return errs
}

func (v validator) components(path *field.Path, c *v1.ClusterConfiguration) field.ErrorList {
	api := path.Child("apiServer")
	// kubeadm lowers the case of the API server's names, and of no others.
	errs := validateSANs(api.Child("certSANs"), lower(c.APIServer.CertSANs))
	errs = append(errs, v.args(api.Child("extraArgs"), c.APIServer.ExtraArgs)...)
	errs = append(errs, validateVolumes(api.Child("extraVolumes"), c.APIServer.ExtraVolumes)...)
	errs = append(errs, v.component(path.Child("controllerManager"), c.ControllerManager)...)
	return append(errs, v.component(path.Child("scheduler"), c.Scheduler)...)
}

func (v validator) component(path *field.Path, c v1.ControlPlaneComponent) field.ErrorList {
	errs := v.args(path.Child("extraArgs"), c.ExtraArgs)
	return append(errs, validateVolumes(path.Child("extraVolumes"), c.ExtraVolumes)...)
}

func lower(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.ToLower(name)
	}
	return out
}

func (v validator) networking(path *field.Path, c *v1.ClusterConfiguration) field.ErrorList {
	var errs field.ErrorList
	for _, msg := range validation.IsDNS1123Subdomain(c.Networking.DNSDomain) {
		errs = append(errs, invalid(path.Child("dnsDomain"), c.Networking.DNSDomain, "%s", msg))
	}
	services, more := parseSubnets(path.Child("serviceSubnet"), c.Networking.ServiceSubnet)
	errs = append(errs, more...)
	for _, s := range services {
		if hostBits(s) > maxServiceHostBits {
			errs = append(errs, invalid(path.Child("serviceSubnet"), s.String(), "too large for Services: the mask must be at least /%d", s.Addr().BitLen()-maxServiceHostBits))
		}
	}
	pods, more := parseSubnets(path.Child("podSubnet"), c.Networking.PodSubnet)
	errs = append(errs, more...)
	if value, _ := lastArg(c.ControllerManager.ExtraArgs, "allocate-node-cidrs"); value != "false" {
		for _, s := range pods {
			errs = append(errs, validateNodeMask(path, s, c.ControllerManager.ExtraArgs)...)
		}
	}
	return errs
}

const (
	minHostBits        = 4  // kubeadm wants 10 addresses for Services and 14 for pods
	maxServiceHostBits = 20 // the API server keeps a bitmap of the Services' addresses
	maxNodeMaskBits    = 16 // the controller manager keeps a bitmap of the nodes' subnets
)

func hostBits(p netip.Prefix) int { return p.Addr().BitLen() - p.Bits() }

// parseSubnets reads one subnet, or two of different families with a comma
// between them. Nothing is no subnet.
func parseSubnets(path *field.Path, text string) ([]netip.Prefix, field.ErrorList) {
	if text == "" {
		return nil, nil
	}
	var subnets []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		subnet, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, field.ErrorList{invalid(path, text, "want a subnet such as \"10.244.0.0/16\", or an IPv4 and an IPv6 one with a comma and no space between them")}
		}
		subnets = append(subnets, subnet)
	}
	var errs field.ErrorList
	if len(subnets) > 2 || len(subnets) == 2 && isIPv6(subnets[0]) == isIPv6(subnets[1]) {
		errs = append(errs, invalid(path, text, "want at most one IPv4 and one IPv6 subnet"))
	}
	for _, s := range subnets {
		if hostBits(s) < minHostBits {
			errs = append(errs, invalid(path, s.String(), "too small: the mask must be at most /%d", s.Addr().BitLen()-minHostBits))
		}
	}
	return subnets, errs
}

// isIPv6 counts IPv4 addresses in IPv6 form as IPv4, as kubeadm does.
func isIPv6(p netip.Prefix) bool { return p.Addr().Is6() && !p.Addr().Is4In6() }

// validateNodeMask checks that the controller manager can cut the pods' subnet
// into one for each node.
func validateNodeMask(path *field.Path, pods netip.Prefix, args []v1.Arg) field.ErrorList {
	flag := nodeMaskFlag(pods)
	mask, err := nodeMask(pods, args)
	if err != nil {
		value, _ := lastArg(args, flag)
		return field.ErrorList{invalid(path.Child("podSubnet"), pods.String(), "the controller manager's %s is %q: want a whole number", flag, value)}
	}
	switch bits := pods.Bits(); {
	case bits > mask:
		return field.ErrorList{invalid(path.Child("podSubnet"), pods.String(), "smaller than the /%d that each node gets of it: make it larger, or set the controller manager's %s", mask, flag)}
	case mask-bits > maxNodeMaskBits:
		return field.ErrorList{invalid(path.Child("podSubnet"), pods.String(), "too large: each node gets a /%d of it, which may be at most %d bits longer; set the controller manager's %s", mask, maxNodeMaskBits, flag)}
	}
	return nil
}

func nodeMaskFlag(pods netip.Prefix) string {
	if isIPv6(pods) {
		return "node-cidr-mask-size-ipv6"
	}
	return "node-cidr-mask-size-ipv4"
}

// nodeMask is the prefix length of the part of the pods' subnet that each node
// gets.
func nodeMask(pods netip.Prefix, args []v1.Arg) (int, error) {
	if value, given := lastArg(args, nodeMaskFlag(pods)); given && value != "" {
		return strconv.Atoi(value)
	}
	if isIPv6(pods) {
		return 64, nil
	}
	return 24, nil
}

// lastArg gives the value of a flag; of several the last one counts.
func lastArg(args []v1.Arg, name string) (value string, given bool) {
	for _, arg := range args {
		if arg.Name == name {
			value, given = arg.Value, true
		}
	}
	return value, given
}

func (v validator) etcd(path *field.Path, e v1.Etcd) field.ErrorList {
	if e.Local != nil && e.External != nil {
		return field.ErrorList{field.Forbidden(path.Child("external"), "set either local or external, not both")}
	}
	if e.External != nil {
		return validateExternalEtcd(path.Child("external"), e.External)
	}
	if e.Local != nil {
		return v.localEtcd(path.Child("local"), e.Local)
	}
	return nil
}

func (v validator) localEtcd(path *field.Path, e *v1.LocalEtcd) field.ErrorList {
	errs := validatePath(path.Child("dataDir"), e.DataDir)
	errs = append(errs, validateSANs(path.Child("serverCertSANs"), e.ServerCertSANs)...)
	errs = append(errs, validateSANs(path.Child("peerCertSANs"), e.PeerCertSANs)...)
	if e.ImageRepository != "" {
		errs = append(errs, validateImageRepository(path.Child("imageRepository"), e.ImageRepository)...)
	}
	errs = append(errs, validateImageTag(path.Child("imageTag"), e.ImageTag)...)
	return append(errs, v.args(path.Child("extraArgs"), e.ExtraArgs)...)
}

func validateExternalEtcd(path *field.Path, e *v1.ExternalEtcd) field.ErrorList {
	var errs field.ErrorList
	if (e.CertFile == "") != (e.KeyFile == "") {
		errs = append(errs, field.Required(path, "certFile and keyFile go together: set both or none"))
	}
	if e.CertFile != "" && e.KeyFile != "" && e.CAFile == "" {
		errs = append(errs, field.Required(path.Child("caFile"), "certFile and keyFile need the CA that signed etcd's certificates"))
	}
	if len(e.Endpoints) == 0 {
		errs = append(errs, field.Required(path.Child("endpoints"), "name the client URLs of the etcd members, such as \"https://10.0.0.1:2379\""))
	}
	needHTTPS := e.CAFile != "" || e.CertFile != "" || e.KeyFile != ""
	errs = append(errs, validateURLs(path.Child("endpoints"), e.Endpoints, needHTTPS)...)
	errs = append(errs, validateURLs(path.Child("httpEndpoints"), e.HTTPEndpoints, false)...)
	errs = append(errs, validateOptionalPath(path.Child("caFile"), e.CAFile)...)
	errs = append(errs, validateOptionalPath(path.Child("certFile"), e.CertFile)...)
	return append(errs, validateOptionalPath(path.Child("keyFile"), e.KeyFile)...)
}

func validateURLs(path *field.Path, urls []string, needHTTPS bool) field.ErrorList {
	var errs field.ErrorList
	for i, text := range urls {
		u, err := url.Parse(text)
		switch at := path.Index(i); {
		case err != nil || u.Scheme == "":
			errs = append(errs, invalid(at, text, "want a URL such as \"https://10.0.0.1:2379\""))
		case needHTTPS && u.Scheme != "https":
			errs = append(errs, invalid(at, text, "the URL must start with https:// because TLS files are given"))
		}
	}
	return errs
}
