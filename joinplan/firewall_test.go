package joinplan_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/render"
)

func ExampleFirewall() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	rules, err := render.Firewall(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, rule := range rules {
		if rule.When == "" {
			fmt.Printf("%s -> %s: %s %s\n", rule.From.Name, rule.To.Name, rule.Protocol, rule.Ports())
		}
	}
	fmt.Println(rules[0].To.Addresses)
	// Output:
	// every node -> load balancers: TCP 6443
	// clients: kubectl, CI -> load balancers: TCP 6443
	// load balancers -> control planes: TCP 6443
	// every node -> control planes: TCP 6443
	// control planes -> every node: TCP 10250
	// control planes -> control planes: TCP 2379-2380
	// [192.168.51.80]
}

func ExampleImages() {
	spec, err := cluster.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	images, err := render.Images(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Join(images, "\n"))
	// Output:
	// registry.k8s.io/kube-apiserver:v1.37.2
	// registry.k8s.io/kube-controller-manager:v1.37.2
	// registry.k8s.io/kube-scheduler:v1.37.2
	// registry.k8s.io/kube-proxy:v1.37.2
	// registry.k8s.io/coredns/coredns:v1.14.6
	// registry.k8s.io/pause:3.10.2
	// registry.k8s.io/etcd:3.7.0-0
}

// allowed tells whether the rules let one machine reach another.
func allowed(rules []render.FirewallRule, from, to string, port uint16) bool {
	has := func(p render.Peer, addr string) bool {
		for _, a := range p.Addresses {
			if a == netip.MustParseAddr(addr) {
				return true
			}
		}
		return false
	}
	for _, r := range rules {
		if has(r.From, from) && has(r.To, to) && r.Protocol == render.TCP && r.First <= port && port <= r.Last {
			return true
		}
	}
	return false
}

func TestTheFirewallLetsThroughWhatThisClusterNeeds(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.APIServerPort = 7443
	spec.ControlPlaneEndpoint.Port = 443
	spec.ControlPlanes[1].AdvertiseAddress = netip.MustParseAddr("10.1.0.2")
	rules, err := render.Firewall(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		from, to string
		port     uint16
		want     bool
	}{
		{"192.168.51.84", "192.168.51.80", 443, true},   // a worker to the endpoint
		{"192.168.51.80", "192.168.51.81", 7443, true},  // the load balancer to an API server
		{"192.168.51.80", "10.1.0.2", 7443, true},       // and to one that advertises another address
		{"192.168.51.84", "192.168.51.81", 7443, true},  // a worker's pods by the Service
		{"192.168.51.81", "192.168.51.84", 10250, true}, // an API server to a kubelet
		{"10.1.0.2", "192.168.51.81", 2380, true},       // etcd among its members
		{"192.168.51.84", "192.168.51.81", 2379, false}, // nobody else asks etcd
		{"192.168.51.80", "192.168.51.84", 10250, false},
		{"192.168.51.84", "192.168.51.81", 10257, false}, // health ports stay on the machine
	} {
		if got := allowed(rules, tc.from, tc.to, tc.port); got != tc.want {
			t.Errorf("%s to %s, port %d: let through %t, want %t", tc.from, tc.to, tc.port, got, tc.want)
		}
	}
}

func TestTheFirewallKnowsAnExternalEtcdAndWhoeverProvidesTheEndpoint(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.LoadBalancers = nil
	spec.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"http://10.9.0.1:12379", "http://etcd-2.example:2379"}}
	rules, err := render.Firewall(spec)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rules {
		if r.When == "" {
			got = append(got, fmt.Sprintf("%s -> %s %s", r.From.Name, r.To.Name, r.Ports()))
		}
	}
	want := []string{
		"every node -> the endpoint k8s-vip:6443 6443",
		"clients: kubectl, CI -> the endpoint k8s-vip:6443 6443",
		"the endpoint k8s-vip:6443 -> control planes 6443",
		"every node -> control planes 6443",
		"control planes -> every node 10250",
		"control planes -> etcd 10.9.0.1 12379",
		"control planes -> etcd etcd-2.example 2379",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestImagesOfAKubeadmThatIsNotKnownAreNotGuessed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kubernetes, kubeadm string
		n                   int
		complete            bool
	}{
		{"v1.37.2", "v1.37.2", 7, true},
		{"v1.36.9", "v1.37.2", 7, true},
		{"v1.37.1", "", 4, false},
		{"v1.38.0", "", 4, false},
		{"v1.24.17", "", 0, false},
	} {
		spec := lab(t)
		spec.KubernetesVersion, spec.KubeadmVersion = tc.kubernetes, tc.kubeadm
		list, err := render.Images(spec)
		if len(list) != tc.n || errors.Is(err, render.ErrImagesUnknown) == tc.complete {
			t.Errorf("Kubernetes %s with kubeadm %s: %v, %v", tc.kubernetes, tc.kubeadm, list, err)
		}
		plan := create(t, spec, joinplan.Input{})
		if says := strings.Contains(string(render.Runbook(plan)), "kubeadm config images list"); says == tc.complete {
			t.Errorf("kubeadm %s: the runbook sends to kubeadm: %t", tc.kubeadm, says)
		}
	}
}

func TestAnExternalEtcdNeedsNoImage(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.KubernetesVersion = "v1.36.3+vendor.1"
	spec.KubeadmVersion = "v1.36.3"
	spec.ExternalEtcd = &cluster.ExternalEtcd{Endpoints: []string{"http://10.9.0.1:2379"}}
	list, err := render.Images(spec)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(list, " "); strings.Contains(text, "etcd") || !strings.HasPrefix(text, "registry.k8s.io/kube-apiserver:v1.36.3_vendor.1 ") {
		t.Error(text)
	}
}
