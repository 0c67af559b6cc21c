package joinplan

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

func succeeds(host, expect string, argv ...string) Check {
	return Check{Host: host, Commands: one(argv...), Expect: expect, Kind: CheckSucceeds}
}

func (c *creation) endpointResolves(host string) Check {
	endpoint := c.spec.ControlPlaneEndpoint.Host
	check := Check{Host: host, Commands: one("getent", "hosts", endpoint), Kind: CheckAddress}
	for _, addr := range c.spec.EndpointAddresses {
		check.Want = append(check.Want, addr.String())
	}
	if len(check.Want) == 0 {
		return succeeds(host, endpoint+" resolves", "getent", "hosts", endpoint)
	}
	check.Expect = endpoint + " is " + strings.Join(check.Want, " or ")
	return check
}

func one(argv ...string) []kubeadmcmd.Command {
	return []kubeadmcmd.Command{kubeadmcmd.NewCommand(argv...)}
}

func kubectl(words ...string) []string {
	return append([]string{"kubectl", "--kubeconfig", adminConf}, words...)
}

func (c *creation) kubeconfigServer(host string) Check {
	server := "https://" + c.spec.ControlPlaneEndpoint.String()
	return Check{
		Host:     host,
		Commands: one(kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")...),
		Expect:   "the kubeconfig's server is " + server,
		Kind:     CheckEquals,
		Want:     []string{server},
	}
}

func (c *creation) nodesRegistered(name string) Check {
	return Check{
		Host:      c.first().Name,
		Commands:  one(kubectl("get", "nodes", "-o", "json")...),
		ForPeople: one(kubectl("get", "nodes")...),
		Expect:    name + " is a node of the cluster",
		Kind:      CheckRegistered,
		Want:      []string{name},
	}
}

func (c *creation) nodesReady() Check {
	check := Check{
		Host:      c.first().Name,
		Commands:  one(kubectl("get", "nodes", "-o", "json")...),
		ForPeople: one(kubectl("get", "nodes")...),
		Expect:    "all nodes are Ready",
		Kind:      CheckReady,
	}
	for _, node := range c.spec.Nodes() {
		check.Want = append(check.Want, node.Name)
	}
	return check
}

// etcdAgrees checks the members of the first n control planes, or the external
// etcd: every endpoint must answer, and the member list must hold nobody else.
func (c *creation) etcdAgrees(n int) Check {
	check := Check{Host: c.first().Name, Kind: CheckEtcd, Expect: "every etcd member answers and all agree on one leader"}
	for _, words := range [][]string{{"endpoint", "status"}, {"member", "list"}} {
		argv := append(c.etcdctl(n), words...)
		check.Commands = append(check.Commands, kubeadmcmd.NewCommand(append(argv, "--write-out=json")...))
		check.ForPeople = append(check.ForPeople, kubeadmcmd.NewCommand(append(argv, "--write-out=table")...))
	}
	check.Want = c.etcdEndpoints(n)
	return check
}

func (c *creation) etcdEndpoints(n int) []string {
	if c.spec.ExternalEtcd != nil {
		return c.spec.ExternalEtcd.Endpoints
	}
	var endpoints []string
	for _, node := range c.spec.ControlPlanes[:n] {
		endpoints = append(endpoints, "https://"+netip.AddrPortFrom(node.Address.Addr(), 2379).String())
	}
	return endpoints
}

// etcdctl runs in the first control plane's etcd pod, whose image holds it and
// no shell; for an external etcd, on the control plane itself.
func (c *creation) etcdctl(n int) []string {
	endpoints := "--endpoints=" + strings.Join(c.etcdEndpoints(n), ",")
	if etcd := c.spec.ExternalEtcd; etcd != nil {
		argv := []string{"etcdctl", endpoints}
		for flag, file := range map[string]string{"--cacert=": etcd.CAFile, "--cert=": etcd.CertFile, "--key=": etcd.KeyFile} {
			if file != "" {
				argv = append(argv, flag+file)
			}
		}
		slices.Sort(argv[2:])
		return argv
	}
	const pki = "/etc/kubernetes/pki/etcd/"
	return kubectl("-n", "kube-system", "exec", "etcd-"+c.first().Name, "--", "etcdctl", endpoints,
		"--cacert="+pki+"ca.crt", "--cert="+pki+"server.crt", "--key="+pki+"server.key")
}
