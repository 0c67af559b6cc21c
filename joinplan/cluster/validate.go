package cluster

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/version"
)

// Validate checks the description as it stands; what is left out and has a
// default is no error. The error joins one [*field.Error] for each thing that
// is wrong, in the order of the fields, and errors.As finds them:
//
//	controlPlanes[1].address: Required value: give the host's address, with its prefix length where it is known: 192.168.51.81/24
func (s Spec) Validate() error { return join(s.validate()) }

func (s Spec) validate() field.ErrorList {
	spec := s.WithDefaults()
	var list field.ErrorList
	list = append(list, checkVersion(field.NewPath("kubernetesVersion"), spec.KubernetesVersion)...)
	if s.KubeadmVersion != "" {
		list = append(list, checkVersion(field.NewPath("kubeadmVersion"), s.KubeadmVersion)...)
	}
	list = append(list, spec.checkEndpoint()...)
	list = append(list, spec.checkCRISockets()...)
	list = append(list, checkSubnets(field.NewPath("podSubnets"), spec.PodSubnets)...)
	list = append(list, checkSubnets(field.NewPath("serviceSubnets"), spec.ServiceSubnets)...)
	list = append(list, checkName(field.NewPath("dnsDomain"), spec.DNSDomain)...)
	list = append(list, checkSANs(field.NewPath("certSANs"), spec.CertSANs)...)
	list = append(list, spec.ExternalEtcd.check(field.NewPath("externalEtcd"))...)
	list = append(list, spec.checkHosts()...)
	list = append(list, checkWords(field.NewPath("skipPhases"), spec.SkipPhases)...)
	list = append(list, checkWords(field.NewPath("ignorePreflightErrors"), spec.IgnorePreflightErrors)...)
	return list
}

func join(list field.ErrorList) error {
	errs := make([]error, len(list))
	for i, err := range list {
		errs[i] = err
	}
	return errors.Join(errs...)
}

func checkVersion(p *field.Path, v string) field.ErrorList {
	if v == "" {
		return field.ErrorList{field.Required(p, "give the exact version, such as v1.37.2")}
	}
	if _, err := version.ParseSemantic(v); err != nil {
		return field.ErrorList{field.Invalid(p, v, "must be an exact version, such as v1.37.2")}
	}
	return nil
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
	_, isAddr := s.ControlPlaneEndpoint.Addr()
	if !isAddr {
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

func (s Spec) checkCRISockets() field.ErrorList {
	list := checkCRISocket(field.NewPath("criSocket"), s.CRISocket)
	check := func(p *field.Path, nodes []Node) {
		for i, n := range nodes {
			if n.CRISocket != s.CRISocket {
				list = append(list, checkCRISocket(p.Index(i).Child("criSocket"), n.CRISocket)...)
			}
		}
	}
	check(field.NewPath("controlPlanes"), s.ControlPlanes)
	check(field.NewPath("workers"), s.Workers)
	return list
}

func (s Spec) checkHosts() field.ErrorList {
	seen := hostsSeen{names: map[string]*field.Path{}, addrs: map[netip.Addr]*field.Path{}}
	var list field.ErrorList
	for i, lb := range s.LoadBalancers {
		p := field.NewPath("loadBalancers").Index(i)
		list = append(list, checkName(p.Child("name"), lb.Name)...)
		list = append(list, checkPrefix(p.Child("address"), lb.Address)...)
		list = append(list, seen.name(p.Child("name"), lb.Name)...)
		list = append(list, s.checkPortClash(p.Child("address"), lb)...)
	}
	if len(s.ControlPlanes) == 0 {
		list = append(list, field.Required(field.NewPath("controlPlanes"), "give at least one; the first initialises the cluster"))
	}
	list = append(list, seen.nodes(field.NewPath("controlPlanes"), s.ControlPlanes)...)
	return append(list, seen.nodes(field.NewPath("workers"), s.Workers)...)
}

// A load balancer may share a control plane's machine, but then HAProxy and
// the API server cannot both have the port.
func (s Spec) checkPortClash(p *field.Path, lb LoadBalancer) field.ErrorList {
	if s.ControlPlaneEndpoint.Port != s.APIServerPort {
		return nil
	}
	for _, cp := range s.ControlPlanes {
		if lb.Address.IsValid() && cp.Address.IsValid() && cp.Address.Addr() == lb.Address.Addr() {
			return field.ErrorList{field.Invalid(p, lb.Address.String(), "this is control plane "+cp.Name+", whose API server listens on the endpoint's port; give the endpoint or apiServerPort another port, or the load balancer another machine")}
		}
	}
	return nil
}

// hostsSeen finds names and addresses that are given twice.
type hostsSeen struct {
	names map[string]*field.Path
	addrs map[netip.Addr]*field.Path
}

func (h hostsSeen) nodes(p *field.Path, nodes []Node) field.ErrorList {
	var list field.ErrorList
	for i, node := range nodes {
		p := p.Index(i)
		list = append(list, node.check(p)...)
		list = append(list, h.name(p.Child("name"), node.Name)...)
		list = append(list, h.addr(p.Child("address"), node.Address.Addr())...)
	}
	return list
}

func (h hostsSeen) name(p *field.Path, name string) field.ErrorList {
	if first, ok := h.names[name]; ok && name != "" {
		return field.ErrorList{field.Invalid(p, name, "this name is given twice: "+first.String()+" has it too")}
	}
	h.names[name] = p
	return nil
}

func (h hostsSeen) addr(p *field.Path, addr netip.Addr) field.ErrorList {
	if first, ok := h.addrs[addr]; ok && addr.IsValid() {
		return field.ErrorList{field.Invalid(p, addr.String(), "this address is given twice: "+first.String()+" has it too")}
	}
	h.addrs[addr] = p
	return nil
}

func (n Node) check(p *field.Path) field.ErrorList {
	list := checkName(p.Child("name"), n.Name)
	list = append(list, checkPrefix(p.Child("address"), n.Address)...)
	for i, taint := range n.Taints {
		list = append(list, checkTaint(p.Child("taints").Index(i), taint)...)
	}
	for i, arg := range n.KubeletArgs {
		list = append(list, arg.check(p.Child("kubeletArgs").Index(i))...)
	}
	return list
}

var taintEffects = []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute}

func checkTaint(p *field.Path, taint corev1.Taint) field.ErrorList {
	var list field.ErrorList
	if len(validation.IsQualifiedName(taint.Key)) > 0 {
		list = append(list, field.Invalid(p.Child("key"), taint.Key, "must be a label key, such as node-role.kubernetes.io/control-plane"))
	}
	if len(validation.IsValidLabelValue(taint.Value)) > 0 {
		list = append(list, field.Invalid(p.Child("value"), taint.Value, "must be a label value: letters, digits, '-', '_' and '.'"))
	}
	if !slices.Contains(taintEffects, taint.Effect) {
		list = append(list, field.NotSupported(p.Child("effect"), taint.Effect, taintEffects))
	}
	return list
}

var argName = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)

func (a Arg) check(p *field.Path) field.ErrorList {
	var list field.ErrorList
	if !argName.MatchString(a.Name) {
		list = append(list, field.Invalid(p.Child("name"), a.Name, "must be a flag's name without dashes, such as node-ip"))
	}
	if strings.ContainsFunc(a.Value, unicode.IsControl) {
		list = append(list, field.Invalid(p.Child("value"), a.Value, "must be one line without control characters"))
	}
	return list
}

func (e *ExternalEtcd) check(p *field.Path) field.ErrorList {
	if e == nil {
		return nil
	}
	var list field.ErrorList
	if len(e.Endpoints) == 0 {
		list = append(list, field.Required(p.Child("endpoints"), "give the client URLs of the etcd members, such as https://10.0.0.5:2379"))
	}
	for i, endpoint := range e.Endpoints {
		list = append(list, checkEtcdURL(p.Child("endpoints").Index(i), endpoint, e.CAFile != "")...)
	}
	list = append(list, checkFile(p.Child("caFile"), e.CAFile)...)
	list = append(list, checkFile(p.Child("certFile"), e.CertFile)...)
	list = append(list, checkFile(p.Child("keyFile"), e.KeyFile)...)
	if (e.CertFile == "") != (e.KeyFile == "") {
		list = append(list, field.Required(p.Child("keyFile"), "certFile and keyFile go together: give both or none"))
	}
	if e.CertFile != "" && e.CAFile == "" {
		list = append(list, field.Required(p.Child("caFile"), "give the CA that signed etcd's certificates, or leave certFile and keyFile out too"))
	}
	return list
}

func checkEtcdURL(p *field.Path, text string, tls bool) field.ErrorList {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Host == "", u.Port() == "", u.Path != "", u.RawQuery != "", u.User != nil:
		return field.ErrorList{field.Invalid(p, text, "must be a scheme, a host and a port, such as https://10.0.0.5:2379")}
	case tls && u.Scheme != "https":
		return field.ErrorList{field.Invalid(p, text, "must begin with https://, because caFile is given")}
	case u.Scheme != "https" && u.Scheme != "http":
		return field.ErrorList{field.Invalid(p, text, "must begin with https:// or http://")}
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil
	}
	return checkName(p, u.Hostname())
}
