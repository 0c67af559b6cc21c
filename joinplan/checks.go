package joinplan

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/joinplan/effect"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

func succeeds(host, expect string, argv ...string) Check {
	return Check{Host: host, Commands: one(argv...), Expect: expect, Kind: CheckSucceeds}
}

// knowsNames checks that a machine has the block with the names: by that of the
// endpoint, or where this is an address, by that of another machine.
func (p picture) knowsNames(host string) []Check {
	endpoint := p.spec.ControlPlaneEndpoint
	if _, isAddr := endpoint.Addr(); !isAddr {
		return []Check{resolves(host, endpoint.Host, p.spec.EndpointAddresses)}
	}
	for _, node := range p.spec.Nodes() {
		if node.Name != host {
			return []Check{resolves(host, node.Name, node.Addresses())}
		}
	}
	return nil
}

func resolves(host, name string, addrs []netip.Addr) Check {
	if len(addrs) == 0 {
		return succeeds(host, name+" resolves", "getent", "hosts", name)
	}
	check := Check{Host: host, Commands: one("getent", "hosts", name), Kind: CheckAddress}
	for _, addr := range addrs {
		check.Want = append(check.Want, addr.String())
	}
	check.Expect = name + " is " + strings.Join(check.Want, " or ")
	return check
}

func one(argv ...string) []kubeadmcmd.Command {
	return []kubeadmcmd.Command{kubeadmcmd.NewCommand(argv...)}
}

func kubectl(words ...string) []string { return kubectlWith(adminConf, words...) }

func kubectlWith(kubeconfig string, words ...string) []string {
	return append([]string{"kubectl", "--kubeconfig", kubeconfig}, words...)
}

func (p picture) kubeconfigServer(host string) Check {
	server := "https://" + p.spec.ControlPlaneEndpoint.String()
	return Check{
		Host:     host,
		Commands: one(kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")...),
		Expect:   "the kubeconfig's server is " + server,
		Kind:     CheckEquals,
		Want:     []string{server},
	}
}

func (p picture) nodesRegistered(name string) Check {
	return Check{
		Host:      p.admin.Name,
		Commands:  one(kubectl("get", "nodes", "-o", "json")...),
		ForPeople: one(kubectl("get", "nodes")...),
		Expect:    name + " is a node of the cluster",
		Kind:      CheckRegistered,
		Want:      []string{name},
	}
}

func (p picture) nodesReady() Check {
	var all []string
	for _, node := range p.spec.Nodes() {
		all = append(all, node.Name)
	}
	return p.ready("all nodes are Ready", all...)
}

func (p picture) ready(expect string, names ...string) Check {
	return Check{
		Host:      p.admin.Name,
		Commands:  one(kubectl("get", "nodes", "-o", "json")...),
		ForPeople: one(kubectl("get", "nodes")...),
		Expect:    expect,
		Kind:      CheckReady,
		Want:      names,
	}
}

// justStarted asks the machine itself: a node that reboots stays Ready for the
// cluster until its kubelet has been silent for a while.
func justStarted(host string) Check {
	return succeeds(host, host+" was started within the last 15 minutes", "sh", "-c", `test "$(cut -d. -f1 /proc/uptime)" -lt 900`)
}

// etcdAgrees checks the members of the control planes in the model, or the
// external etcd: every endpoint must answer, and the member list must hold nobody
// else. Where etcd is ailing, those that agree must keep the quorum.
func (p picture) etcdAgrees(m effect.Model) Check {
	check := Check{
		Host:   p.admin.Name,
		Kind:   CheckEtcd,
		Expect: "every etcd member answers and all agree on one leader",
		Want:   p.etcdEndpoints(m),
	}
	if p.ailing {
		check.Kind, check.Expect = CheckQuorum, "etcd has its quorum, and those of these endpoints agree on one leader"
	}
	for _, words := range [][]string{{"endpoint", "status"}, {"member", "list"}} {
		argv := p.etcdctl(m, words...)
		check.Commands = append(check.Commands, kubeadmcmd.NewCommand(append(argv, "--write-out=json")...))
		check.ForPeople = append(check.ForPeople, kubeadmcmd.NewCommand(append(argv, "--write-out=table")...))
	}
	return check
}

func (p picture) etcdEndpoints(m effect.Model) []string {
	if p.spec.ExternalEtcd != nil {
		return p.spec.ExternalEtcd.Endpoints
	}
	var endpoints []string
	for _, node := range p.spec.ControlPlanes {
		there, _ := m.Node(node.Name)
		member, _ := m.Member(node.Name)
		if there.ControlPlane && (member.Agrees || !p.ailing) {
			endpoints = append(endpoints, memberEndpoint(node))
		}
	}
	return endpoints
}

// etcdctl runs in the control plane's etcd pod, whose image holds it and no
// shell; for an external etcd, on the control plane itself.
func (p picture) etcdctl(m effect.Model, words ...string) []string {
	return p.etcdctlAt(strings.Join(p.etcdEndpoints(m), ","), words...)
}

func (p picture) etcdctlAt(endpoints string, words ...string) []string {
	endpoints = "--endpoints=" + endpoints
	if p.spec.ExternalEtcd != nil {
		return slices.Concat([]string{"etcdctl", endpoints}, p.etcdFiles(), words)
	}
	const pki = "/etc/kubernetes/pki/etcd/"
	return append(kubectl("-n", "kube-system", "exec", "etcd-"+p.admin.Name, "--", "etcdctl", endpoints,
		"--cacert="+pki+"ca.crt", "--cert="+pki+"server.crt", "--key="+pki+"server.key"), words...)
}

func (p picture) etcdFiles() []string {
	var flags []string
	etcd := p.spec.ExternalEtcd
	for _, f := range []struct{ flag, file string }{{"--cacert=", etcd.CAFile}, {"--cert=", etcd.CertFile}, {"--key=", etcd.KeyFile}} {
		if f.file != "" {
			flags = append(flags, f.flag+f.file)
		}
	}
	return flags
}
