package hostcheck

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/joinplan/cluster"
)

// names compares what the host takes names for with the description.
func (c *checker) names(h host) {
	for _, n := range h.Names {
		for _, name := range slices.Compact(slices.Sorted(slices.Values(n.Names))) {
			c.name(h, n, name)
		}
	}
	for _, f := range h.Unresolved {
		if want := c.byName[f.Value]; want != nil {
			c.add(h, f.Evidence, NameUnresolved,
				fmt.Sprintf("The host does not know the name %s.%s", f.Value, c.usesOf(h, f.Value)),
				fmt.Sprintf("Add %s to the host's /etc/hosts, or to the DNS that it asks.", hostsLine(want, f.Value)))
		}
	}
}

func (c *checker) name(h host, n Name, name string) {
	if h.node && name == h.name && n.Address.IsLoopback() {
		c.add(h, n.Evidence, NameLoopback,
			fmt.Sprintf("The host takes its own name %s for the loopback address %s: what resolves it (kubelet, etcd, kubeadm's checks) gets an address that nobody else can reach.", name, n.Address),
			fmt.Sprintf("Take %s out of that line of /etc/hosts, and add %s.", name, hostsLine(c.byName[name], name)))
		return
	}
	var want []netip.Addr
	for _, addr := range c.byName[name] {
		if addr.Is4() == n.Address.Is4() {
			want = append(want, addr)
		}
	}
	if len(want) == 0 || slices.Contains(want, n.Address) {
		return
	}
	c.add(h, n.Evidence, NameDiffers,
		fmt.Sprintf("The host takes %s for %s, but in the description it is %s.%s", name, n.Address, hostsAddresses(want), c.usesOf(h, name)),
		fmt.Sprintf("Correct the host's /etc/hosts, or the DNS that it asks, to %s; or correct the description.", hostsLine(want, name)))
}

// namesOf gives what the names of the description stand for. An endpoint whose
// addresses are not described is not among them.
func namesOf(spec cluster.Spec) map[string][]netip.Addr {
	names := make(map[string][]netip.Addr, len(spec.LoadBalancers)+len(spec.ControlPlanes)+len(spec.Workers)+1)
	for _, lb := range spec.LoadBalancers {
		names[lb.Name] = lb.Addresses()
	}
	for _, node := range spec.Nodes() {
		names[node.Name] = node.Addresses()
	}
	if addrs := endpointAddresses(spec); len(addrs) > 0 {
		names[spec.ControlPlaneEndpoint.Host] = addrs
	}
	return names
}

func (c *checker) usesOf(h host, name string) string {
	if name != c.spec.ControlPlaneEndpoint.Host {
		return ""
	}
	return fmt.Sprintf(" It is the control-plane endpoint: kubelet, kubectl and all else that uses %s on %s do not reach the API, or reach another one.", c.spec.ControlPlaneEndpoint, h.name)
}

func hostsAddresses(addrs []netip.Addr) string {
	texts := make([]string, 0, len(addrs))
	for _, a := range addrs {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, " and ")
}

func hostsLine(addrs []netip.Addr, name string) string {
	return fmt.Sprintf("%q", addrs[0].String()+" "+name)
}

// servers compares the kubeconfigs' servers with the endpoint.
func (c *checker) servers(h host) {
	want := "https://" + c.spec.ControlPlaneEndpoint.String()
	for _, s := range h.Servers {
		if strings.TrimSuffix(s.URL, "/") == want || h.controlPlane && c.staysLocal(h, s) {
			continue
		}
		file := s.File
		if file == "" {
			file = "This kubeconfig"
		}
		c.add(h, s.Evidence, ServerDiffers,
			fmt.Sprintf("%s uses %s, not the control-plane endpoint %s. It works as long as that one machine does, and fails with it however many control planes there are.", file, s.URL, want),
			fmt.Sprintf("Set server: %s there and restart what uses the file; see before that the API server's certificate names %s.", want, c.spec.ControlPlaneEndpoint.Host))
	}
}

// staysLocal reports a kubeconfig that kubeadm means to use the control plane's
// own API server: those of controller manager and scheduler, and from 1.35 on
// that of the kubelet.
func (c *checker) staysLocal(h host, s Server) bool {
	own := netip.AddrPortFrom(h.apiServer, c.spec.APIServerPort)
	if s.URL != "https://"+own.String() {
		return false
	}
	return slices.ContainsFunc([]string{"controller-manager.conf", "scheduler.conf", "kubelet.conf"}, func(name string) bool {
		return strings.HasSuffix(s.File, name)
	})
}
