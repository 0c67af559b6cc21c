package convert

import (
	"net/netip"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/haplane/haplane/joinplan/cluster"
	v1 "github.com/haplane/haplane/kubeadmcfg/v1"
)

// survey is what the census is taken with.
type survey struct {
	in     Input
	spec   cluster.Spec
	state  cluster.State
	config v1.ClusterConfiguration
	// hosts are the machines of the cluster, the control planes first.
	hosts  []machine
	census Census
	// seen are the places that were captured and could be read.
	seen map[string]bool
	// sans are the names in each control plane's certificate.
	sans map[string][]string
}

// servingCert is where kubeadm keeps the API server's certificate.
func (s *survey) servingCert() string { return s.pki() + "/apiserver.crt" }

// pki is the directory of the certificates.
func (s *survey) pki() string {
	if dir := s.config.CertificatesDir; strings.HasPrefix(dir, "/") {
		return path.Clean(dir)
	}
	return kubernetesDir + "/pki"
}

// machine is a node of the cluster.
type machine struct {
	name         string
	controlPlane bool
	ready        bool
	criSocket    string
	address      netip.Addr
	// known are the names and addresses that mean this machine.
	known []string
}

func prepareSurvey(in Input, spec cluster.Spec) *survey {
	s := &survey{in: in, spec: spec, state: cluster.FromObjects(in.Objects), seen: map[string]bool{}, sans: map[string][]string{}}
	s.config = s.state.KubeadmConfig.Cluster
	s.census.Endpoint = serverURL(s.spec.ControlPlaneEndpoint)
	for i, node := range s.spec.Nodes() {
		if state, there := s.state.Node(node.Name); there {
			s.hosts = append(s.hosts, newMachine(node, state, i < len(s.spec.ControlPlanes)))
		}
	}
	return s
}

func newMachine(node cluster.Node, state cluster.NodeState, controlPlane bool) machine {
	m := machine{name: node.Name, controlPlane: controlPlane, ready: state.Ready, criSocket: node.CRISocket, address: node.APIServerAddress()}
	if state.CRISocket != "" {
		m.criSocket = state.CRISocket
	}
	m.known = []string{canonicalHost(node.Name), m.address.Unmap().String()}
	for _, addr := range slices.Concat(node.Addresses(), state.Addresses) {
		m.known = append(m.known, addr.Unmap().String())
	}
	return m
}

func (s *survey) machine(name string) (machine, bool) {
	i := slices.IndexFunc(s.hosts, func(m machine) bool { return m.name == name })
	if i < 0 {
		return machine{}, false
	}
	return s.hosts[i], true
}

// isEndpoint tells whether an address is the endpoint.
func (s *survey) isEndpoint(e cluster.Endpoint) bool {
	want := s.spec.ControlPlaneEndpoint
	return e.Host == canonicalHost(want.Host) && e.Port == want.Port
}

// isLocal tells whether an address stays on the machine.
func (m machine) isLocal(host string) bool {
	return isLoopback(host) || slices.Contains(m.known, host)
}

// isOfCluster tells whether a host is one of the cluster's API servers, or the
// endpoint that the cluster had until now.
func (s *survey) isOfCluster(host string) bool {
	old, hasOld := parseHostPort(s.config.ControlPlaneEndpoint, s.spec.APIServerPort)
	return hasOld && host == old.Host || host == canonicalHost(s.spec.ControlPlaneEndpoint.Host) ||
		slices.ContainsFunc(s.hosts, func(m machine) bool { return m.controlPlane && slices.Contains(m.known, host) })
}

// isService tells whether a host is the Service in front of the API servers,
// which knows them all.
func (s *survey) isService(host string) bool {
	if host == "kubernetes" || host == "kubernetes.default" || host == "kubernetes.default.svc" || host == "kubernetes.default.svc."+s.spec.DNSDomain {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(s.spec.ServiceSubnets, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// kubeletIsLocal tells whether kubeadm lets the kubelet of a control plane talk
// to the API server beside it: behind a gate in 1.31 and 1.32, unless the gate
// is off in 1.33 and 1.34, and always from 1.35 on.
func (s *survey) kubeletIsLocal() bool {
	text := s.config.KubernetesVersion
	if text == "" {
		text = s.spec.KubernetesVersion
	}
	v, err := version.ParseGeneric(text)
	if err != nil {
		return true
	}
	gate, set := s.config.FeatureGates["ControlPlaneKubeletLocalMode"]
	switch minor := v.Minor(); {
	case minor >= 35:
		return true
	case minor >= 33:
		return gate || !set
	default:
		return minor >= 31 && gate
	}
}
