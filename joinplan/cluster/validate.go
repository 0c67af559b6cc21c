package cluster

import (
	"net/netip"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/finding"
)

// Validate checks the description as it stands; what is left out and has a
// default is no error. The error joins one [*field.Error] for each thing that
// is wrong, and errors.As finds them:
//
//	controlPlanes[1].address: Required value: give the host's address, with its prefix length where it is known: 192.168.51.81/24
func (s Spec) Validate() error { return join(s.validate()) }

func (s Spec) validate() field.ErrorList {
	if list := s.tooMany(); len(list) > 0 {
		return list
	}
	spec := s.WithDefaults()
	list := s.checkVersions()
	list = append(list, spec.checkEndpoint()...)
	list = append(list, check(field.NewPath("name"), clusterName, s.Name, "must be at most 63 letters, digits and ._-, such as kubernetes")...)
	list = append(list, checkCRISocket(field.NewPath("criSocket"), s.CRISocket)...)
	list = append(list, spec.checkNetworks()...)
	list = append(list, checkName(field.NewPath("dnsDomain"), spec.DNSDomain)...)
	list = append(list, checkSANs(field.NewPath("certSANs"), s.CertSANs)...)
	list = append(list, s.checkComponents()...)
	list = append(list, s.ExternalEtcd.check(field.NewPath("externalEtcd"))...)
	list = append(list, spec.checkPorts()...)
	list = append(list, s.checkHosts()...)
	list = append(list, s.checkSettings()...)
	list = append(list, spec.checkLabelClashes(s)...)
	list = append(list, spec.checkSkew(s)...)
	list = append(list, checkWords(field.NewPath("skipPhases"), s.SkipPhases)...)
	list = append(list, checkPreflight(field.NewPath("ignorePreflightErrors"), s.IgnorePreflightErrors)...)
	return append(list, checkFile(field.NewPath("patchesDirectory"), s.PatchesDirectory)...)
}

func join(list field.ErrorList) error {
	errs := make([]error, 0, len(list))
	for _, err := range list {
		errs = append(errs, shortened(err))
	}
	return finding.JoinErrors(errs)
}

func (s Spec) checkEndpoint() field.ErrorList {
	p := field.NewPath("controlPlaneEndpoint")
	if s.ControlPlaneEndpoint.IsZero() {
		return field.ErrorList{field.Required(p, "give the name or address and the port of the load balancer, such as k8s-vip:6443; without it no control plane can join later")}
	}
	var list field.ErrorList
	if s.ControlPlaneEndpoint.Port == 0 {
		list = append(list, field.Invalid(p, s.ControlPlaneEndpoint.String(), "give the port too, such as k8s-vip:6443"))
	}
	addr, isAddr := s.ControlPlaneEndpoint.Addr()
	if isAddr {
		list = append(list, checkEndpointAddr(p, addr)...)
	} else {
		list = append(list, checkName(p, s.ControlPlaneEndpoint.Host)...)
	}
	return append(list, s.checkEndpointAddresses(isAddr)...)
}

func (s Spec) checkEndpointAddresses(endpointIsAddr bool) field.ErrorList {
	p := field.NewPath("endpointAddresses")
	if endpointIsAddr && len(s.EndpointAddresses) > 0 {
		return field.ErrorList{field.Forbidden(p, "controlPlaneEndpoint is an address already; leave this out, or make the endpoint a name")}
	}
	var list field.ErrorList
	seen := map[bool]bool{}
	for i, addr := range s.EndpointAddresses {
		list = append(list, checkAddr(p.Index(i), addr)...)
		if addr.IsValid() && seen[addr.Is4()] {
			list = append(list, field.Invalid(p.Index(i), addr.String(), "give at most one IPv4 and one IPv6 address"))
		}
		seen[addr.Is4()] = true
	}
	return list
}

func (s Spec) checkNetworks() field.ErrorList {
	pods, services := field.NewPath("podSubnets"), field.NewPath("serviceSubnets")
	list := checkSubnets(pods, s.PodSubnets)
	for i, subnet := range s.PodSubnets {
		list = append(list, s.checkPodSubnet(pods.Index(i), subnet)...)
	}
	list = append(list, checkSubnets(services, s.ServiceSubnets)...)
	for i, subnet := range s.ServiceSubnets {
		if hostBits(subnet) > maxServiceBits {
			list = append(list, field.Invalid(services.Index(i), subnet.String(), "is too large: the API server keeps track of at most 2^20 addresses; give /"+strconv.Itoa(subnet.Addr().BitLen()-maxServiceBits)+" or longer"))
		}
	}
	return append(list, s.checkServiceFamily(services)...)
}

const (
	minSubnetBits  = 4  // kubeadm wants 10 addresses for services and 14 for pods
	maxServiceBits = 20 // of the API server's bitmap
	maxMaskBits    = 16 // of the controller manager's bitmap of nodes
)

// hostBits is negative for a range that is not given.
func hostBits(subnet netip.Prefix) int {
	if !subnet.IsValid() {
		return -1
	}
	return subnet.Addr().BitLen() - subnet.Bits()
}

// nodeMask is the prefix length of the range that the controller manager cuts
// out of the pod subnet for each node, if it does.
func (s Spec) nodeMask(is4 bool) (int, bool) {
	if allocate, _ := arg(s.ControllerManager.ExtraArgs, "allocate-node-cidrs"); allocate == "false" {
		return 0, false
	}
	flag, mask := "node-cidr-mask-size-ipv6", 64
	if is4 {
		flag, mask = "node-cidr-mask-size-ipv4", 24
	}
	if text, given := arg(s.ControllerManager.ExtraArgs, flag); given {
		n, err := strconv.Atoi(text)
		return n, err == nil
	}
	return mask, true
}

func (s Spec) checkPodSubnet(p *field.Path, subnet netip.Prefix) field.ErrorList {
	if !subnet.IsValid() {
		return nil
	}
	mask, cut := s.nodeMask(subnet.Addr().Is4())
	switch bits := subnet.Bits(); {
	case !cut:
		return nil
	case bits > mask:
		return field.ErrorList{field.Invalid(p, subnet.String(), "is smaller than the /"+strconv.Itoa(mask)+" that each node gets of it; make it larger, or set node-cidr-mask-size-ipv4 or -ipv6 in controllerManager.extraArgs")}
	case mask-bits > maxMaskBits:
		return field.ErrorList{field.Invalid(p, subnet.String(), "is too large: each node gets a /"+strconv.Itoa(mask)+" of it, which the controller manager allows to be at most 16 bits longer")}
	}
	return nil
}

// checkServiceFamily finds control planes whose API server would not start.
func (s Spec) checkServiceFamily(p *field.Path) field.ErrorList {
	reconciler, _ := arg(s.APIServer.ExtraArgs, "endpoint-reconciler-type")
	if len(s.ServiceSubnets) == 0 || !s.ServiceSubnets[0].IsValid() || reconciler == "none" {
		return nil
	}
	first := s.ServiceSubnets[0]
	i := slices.IndexFunc(s.ControlPlanes, func(n Node) bool {
		return n.APIServerAddress().IsValid() && n.APIServerAddress().Is4() != first.Addr().Is4()
	})
	if i < 0 {
		return nil
	}
	cp := s.ControlPlanes[i]
	return field.ErrorList{field.Invalid(p.Index(0), first.String(), "the first range must be of the family of the address that the API servers advertise, and "+cp.Name+" advertises "+cp.APIServerAddress().String()+": it would not start; give a range of that family first, such as 10.96.0.0/12 or fd00:10:96::/112")}
}
