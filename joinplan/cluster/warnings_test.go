package cluster_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/haplane/haplane/joinplan/cluster"
	corev1 "k8s.io/api/core/v1"
)

// etcd is an external etcd without a fault.
func etcd(endpoints ...string) *cluster.ExternalEtcd {
	return &cluster.ExternalEtcd{Endpoints: endpoints, CAFile: "/etc/etcd/ca.crt", CertFile: "/etc/etcd/c.crt", KeyFile: "/etc/etcd/c.key"}
}

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

func addr(text string) netip.Addr { return netip.MustParseAddr(text) }

// dual gives every machine a second address, and pods and services a second
// range.
func dual(s *cluster.Spec) {
	s.PodSubnets = prefixes("10.244.0.0/16", "fd00:10:244::/56")
	s.ServiceSubnets = prefixes("10.96.0.0/12", "fd00:10:96::/112")
	second := addr("fd00::100")
	next := func() netip.Prefix { second = second.Next(); return netip.PrefixFrom(second, 64) }
	for i := range s.LoadBalancers {
		s.LoadBalancers[i].SecondaryAddress = next()
	}
	for i := range s.ControlPlanes {
		s.ControlPlanes[i].SecondaryAddress = next()
	}
	for i := range s.Workers {
		s.Workers[i].SecondaryAddress = next()
	}
}

func TestEveryWarningHasItsCauseAndItsField(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*cluster.Spec)
		want   string // "field: ..." with a part of the message
	}{
		"pods over a secondary address": {func(s *cluster.Spec) { dual(s); s.PodSubnets[1] = netip.MustParsePrefix("fd00::/56") },
			"podSubnets[1]: covers the node network (lb-1 fd00::101/64 and 5 more)"},
		"pods over an advertised address": {func(s *cluster.Spec) { s.ControlPlanes[0].AdvertiseAddress = addr("10.244.9.1") },
			"podSubnets[0]: covers the node network (cp-1 10.244.9.1/32)"},
		"pods over a management network": {func(s *cluster.Spec) { s.Workers[0].ManagementAddress = addr("10.244.9.1") },
			"podSubnets[0]: covers the node network (wk-1 10.244.9.1/32)"},
		"services over a load balancer's management": {func(s *cluster.Spec) { s.LoadBalancers[0].ManagementAddress = addr("10.96.9.1") },
			"serviceSubnets[0]: covers the node network (lb-1 10.96.9.1/32)"},
		"services over an external etcd": {func(s *cluster.Spec) {
			s.ExternalEtcd = etcd("https://10.96.0.1:2379", "https://10.9.0.2:2379", "https://10.9.0.3:2379")
		},
			"serviceSubnets[0]: covers the node network (etcd 10.96.0.1/32)"},
		"services over an endpoint that is an address": {func(s *cluster.Spec) {
			s.ControlPlaneEndpoint.Host, s.EndpointAddresses, s.LoadBalancers = "10.96.0.9", nil, nil
		}, "serviceSubnets[0]: covers the node network (the endpoint 10.96.0.9/32)"},
		"two subnets over each other in IPv6": {func(s *cluster.Spec) { dual(s); s.ServiceSubnets[1] = netip.MustParsePrefix("fd00:10:244::/112") },
			"serviceSubnets[1]: overlaps pod subnet fd00:10:244::/56 (podSubnets[1])"},
		"another prefix length in a network that is not the first": {func(s *cluster.Spec) {
			s.ControlPlanes[1].Address, s.ControlPlanes[2].Address = netip.MustParsePrefix("10.0.0.2/24"), netip.MustParsePrefix("10.0.0.3/25")
		}, "controlPlanes[2].address: cp-3 10.0.0.3/25 has another prefix length than cp-2 10.0.0.2/24"},
		"one wrong prefix length among many": {func(s *cluster.Spec) { s.ControlPlanes[0].Address = netip.MustParsePrefix("192.168.51.81/25") },
			"controlPlanes[0].address: cp-1 192.168.51.81/25 has another prefix length than lb-1 192.168.51.79/24 (loadBalancers[0].address)"},
		"a node with a mistyped network": {func(s *cluster.Spec) { s.ControlPlanes[1].Address = netip.MustParsePrefix("192.168.15.82/24") },
			"controlPlanes[1].address: cp-2 192.168.15.82/24 is alone in its network, and all 5 others are in 192.168.51.0/24"},
		"a mistyped network in IPv6": {func(s *cluster.Spec) { dual(s); s.Workers[0].SecondaryAddress = netip.MustParsePrefix("fd01::999/64") },
			"workers[0].secondaryAddress: wk-1 fd01::999/64 is alone in its network, and all 5 others are in fd00::/64"},
		"another prefix length in IPv6": {func(s *cluster.Spec) { dual(s); s.Workers[0].SecondaryAddress = netip.MustParsePrefix("fd00::999/56") },
			"workers[0].secondaryAddress: wk-1 fd00::999/56 has another prefix length than lb-1 fd00::101/64"},
		"the network's address": {func(s *cluster.Spec) { s.Workers[0].Address = netip.MustParsePrefix("192.168.51.0/24") },
			"workers[0].address: wk-1 192.168.51.0/24 is the network's own address"},
		"the broadcast address": {func(s *cluster.Spec) { s.Workers[0].Address = netip.MustParsePrefix("192.168.51.255/24") },
			"workers[0].address: wk-1 192.168.51.255/24 is the network's broadcast address"},
		"pods of a family that a node lacks": {func(s *cluster.Spec) { dual(s); s.Workers[0].SecondaryAddress = netip.Prefix{} },
			"podSubnets[1]: pods get IPv6 addresses, and 1 of 4 nodes have none"},
		"services of a family that pods lack": {func(s *cluster.Spec) { dual(s); s.PodSubnets = s.PodSubnets[:1] },
			"serviceSubnets[1]: services get IPv6 addresses and pods have none"},
		"no room for the nodes' pods": {func(s *cluster.Spec) { s.PodSubnets = prefixes("10.244.0.0/23") },
			"podSubnets[0]: 10.244.0.0/23 has room for 2 nodes, each with a /24 of it, and there are 4"},
		"no room with a mask of one's own": {func(s *cluster.Spec) {
			s.PodSubnets = prefixes("10.244.0.0/23")
			s.ControllerManager.ExtraArgs = []cluster.Arg{{Name: "node-cidr-mask-size-ipv4", Value: "23"}}
		}, "podSubnets[0]: 10.244.0.0/23 has room for 1 nodes"},
		"nine control planes": {func(s *cluster.Spec) {
			for i := range 6 {
				s.ControlPlanes = append(s.ControlPlanes, node(fmt.Sprintf("cp-%d", i+4), fmt.Sprintf("192.168.51.%d/24", i+90)))
			}
		}, "controlPlanes: 9 control planes tolerate the loss of 4, but every write waits for 5 etcd members"},
		"an endpoint that is one of two load balancers": {func(s *cluster.Spec) { s.EndpointAddresses[0] = addr("192.168.51.80") },
			"endpointAddresses[0]: the endpoint is the address of lb-2 itself (loadBalancers[1])"},
		"a virtual address out of the load balancers' network": {func(s *cluster.Spec) { s.EndpointAddresses[0] = addr("10.7.0.9") },
			"endpointAddresses[0]: 10.7.0.9 is in no network of the load balancers"},
		"a virtual address of a family that they lack": {func(s *cluster.Spec) {
			dual(s)
			s.EndpointAddresses = append(s.EndpointAddresses, addr("fd99::9"))
		}, "endpointAddresses[1]: fd99::9 is in no network of the load balancers"},
		"an endpoint on an advertised address": {func(s *cluster.Spec) {
			s.ControlPlanes[1].AdvertiseAddress = addr("10.9.0.9")
			s.ControlPlaneEndpoint.Host, s.EndpointAddresses, s.LoadBalancers = "10.9.0.9", nil, nil
		}, "controlPlaneEndpoint: the endpoint is control plane cp-2 itself"},
		"an endpoint in the cluster's own domain": {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Host = "api.cluster.local" },
			"controlPlaneEndpoint: api.cluster.local is in the cluster's own DNS domain cluster.local"},
		"an endpoint called as one of two load balancers": {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Host = "lb-1" },
			"controlPlaneEndpoint: the endpoint's name is also that of loadBalancers[0], which has other addresses (192.168.51.79)"},
		"an endpoint called as a worker": {func(s *cluster.Spec) { s.ControlPlaneEndpoint.Host = "wk-1" },
			"controlPlaneEndpoint: the endpoint's name is also that of workers[0], which has other addresses (192.168.51.84)"},
		"a machine called localhost": {func(s *cluster.Spec) { s.Workers[0].Name = "localhost" },
			"workers[0].name: localhost is a name that machines and certificates use otherwise"},
		"two domains and one host name": {func(s *cluster.Spec) {
			s.ControlPlanes[0].Name, s.ControlPlanes[1].Name = "cp.a.example", "cp.b.example"
		},
			"controlPlanes[1].name: cp.b.example and cp.a.example have the host name cp in common"},
		"an API server among the NodePorts": {func(s *cluster.Spec) { s.APIServerPort = 30443 },
			"apiServerPort: port 30443 is in the range of NodePort services"},
		"an endpoint among the NodePorts of a worker that balances": {func(s *cluster.Spec) {
			s.LoadBalancers[0].Address, s.ControlPlaneEndpoint.Port = s.Workers[0].Address, 31443
		}, "controlPlaneEndpoint: port 31443 is in the range of NodePort services (30000-32767): one of them can take it away on lb-1"},
		"one etcd": {func(s *cluster.Spec) { s.ExternalEtcd = etcd("https://10.9.0.1:2379") },
			"externalEtcd.endpoints: one etcd endpoint is a single point of failure"},
		"two etcds": {func(s *cluster.Spec) { s.ExternalEtcd = etcd("https://10.9.0.1:2379", "https://10.9.0.2:2379") },
			"externalEtcd.endpoints: 2 etcd members tolerate no more losses than 1"},
		"etcd in clear": {func(s *cluster.Spec) {
			s.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"http://10.9.0.1:2379", "https://10.9.0.2:2379", "https://10.9.0.3:2379"}}
		}, "externalEtcd.endpoints[0]: everything in the cluster, its secrets too, crosses the network in clear"},
		"a volume that no step brings": {func(s *cluster.Spec) {
			s.APIServer.ExtraVolumes = []cluster.Volume{{Name: "enc", HostPath: "/etc/enc", PathType: corev1.HostPathDirectory}}
		}, "apiServer.extraVolumes[0]: /etc/enc must be on every control plane before it joins, and no step brings it"},
		"a volume to read that no step brings": {func(s *cluster.Spec) {
			s.Scheduler.ExtraVolumes = []cluster.Volume{{Name: "conf", HostPath: "/etc/scheduler.yaml", ReadOnly: true}}
		}, "scheduler.extraVolumes[0]: /etc/scheduler.yaml must be on every control plane"},
		"a flag that names a file out of sight": {func(s *cluster.Spec) {
			s.APIServer.ExtraArgs = []cluster.Arg{{Name: "audit-policy-file", Value: "/etc/audit/policy.yaml"}}
			s.ControlPlaneFiles = []string{"/etc/audit/policy.yaml"}
		}, "apiServer.extraArgs[0]: audit-policy-file names /etc/audit/policy.yaml, and no extraVolumes mount it"},
		"a label that the kubelet sets": {func(s *cluster.Spec) { s.Workers[0].Labels = map[string]string{"kubernetes.io/hostname": "x"} },
			"workers[0].labels[kubernetes.io/hostname]: the kubelet sets this label itself"},
		"a group's label that kubelets set": {func(s *cluster.Spec) {
			s.NodeGroups = []cluster.NodeGroup{{Name: "g", NodeSettings: cluster.NodeSettings{Labels: map[string]string{"kubernetes.io/os": "x"}}}}
			s.Workers[0].Group, s.ControlPlanes[0].Group = "g", "g"
		}, "nodeGroups[0].labels[kubernetes.io/os]: the kubelet sets this label itself"},
		"a group of nobody": {func(s *cluster.Spec) { s.NodeGroups = []cluster.NodeGroup{{Name: "gpu"}} },
			"nodeGroups[0]: no node names the group gpu"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := lab()
			tc.change(&spec)
			if err := spec.Validate(); err != nil {
				t.Errorf("a warning became an error: %v", err)
			}
			field, message, _ := strings.Cut(tc.want, ": ")
			warnings := spec.Warnings()
			if len(warnings) != 1 || warnings[0].Place != field || !strings.Contains(warnings[0].Message, message) {
				t.Errorf("got %v\nwant one: %s", warnings, tc.want)
			}
		})
	}
}

func TestWhatIsAsItShouldBeIsNotWarnedOf(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*cluster.Spec){
		"dual stack": dual,
		"etcd elsewhere, and two control planes": func(s *cluster.Spec) {
			s.ExternalEtcd = etcd("https://10.9.0.1:2379", "https://10.9.0.2:2379", "https://10.9.0.3:2379")
			s.ControlPlanes = s.ControlPlanes[:2]
		},
		"a file that is mounted and copied": func(s *cluster.Spec) {
			s.APIServer.ExtraArgs = []cluster.Arg{{Name: "encryption-provider-config", Value: "/etc/kubernetes/enc/enc.yaml"}}
			s.APIServer.ExtraVolumes = []cluster.Volume{{Name: "enc", HostPath: "/etc/kubernetes/enc", ReadOnly: true}}
			s.ControlPlaneFiles = []string{"/etc/kubernetes/enc/enc.yaml"}
		},
		"a file where kubeadm mounts anyway": func(s *cluster.Spec) {
			s.APIServer.ExtraArgs = []cluster.Arg{{Name: "oidc-ca-file", Value: "/etc/kubernetes/pki/oidc.crt"}}
		},
		"a log that the component writes": func(s *cluster.Spec) {
			s.APIServer.ExtraVolumes = []cluster.Volume{{Name: "audit", HostPath: "/var/log/audit", PathType: corev1.HostPathDirectoryOrCreate}}
		},
		"a /31": func(s *cluster.Spec) { s.Workers[0].Address = netip.MustParsePrefix("10.3.0.0/31") },
		"nobody's ranges of pods": func(s *cluster.Spec) {
			s.PodSubnets = nil
			s.ServiceSubnets = prefixes("10.96.0.0/12", "fd00:96::/112")
		},
		"pods that the network numbers": func(s *cluster.Spec) {
			s.PodSubnets = prefixes("10.244.0.0/24")
			s.ControllerManager.ExtraArgs = []cluster.Arg{{Name: "allocate-node-cidrs", Value: "false"}}
		},
		"an API network": func(s *cluster.Spec) {
			for i := range s.ControlPlanes {
				s.ControlPlanes[i].AdvertiseAddress = netip.AddrFrom4([4]byte{10, 2, 0, byte(i + 1)})
			}
		},
		"an endpoint on this machine": func(s *cluster.Spec) {
			s.ControlPlaneEndpoint.Host, s.EndpointAddresses, s.LoadBalancers = "127.0.0.1", nil, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := lab()
			change(&spec)
			if err := spec.Validate(); err != nil {
				t.Error(err)
			}
			if w := spec.Warnings(); len(w) != 0 {
				t.Errorf("warnings: %v", w)
			}
		})
	}
}
