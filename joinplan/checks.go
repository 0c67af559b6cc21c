package joinplan

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

func succeeds(host, expect string, argv ...string) Check {
	return Check{Host: host, Commands: one(argv...), Expect: expect, Kind: CheckSucceeds}
}

// knowsNames checks that a machine has the block with the names: by that of the
// endpoint, or where this is an address, by that of another machine.
func (b *builder) knowsNames(host string) []Check {
	endpoint := b.spec.ControlPlaneEndpoint
	if _, isAddr := endpoint.Addr(); !isAddr {
		return []Check{resolves(host, endpoint.Host, b.spec.EndpointAddresses)}
	}
	for _, node := range b.spec.Nodes() {
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

func kubectl(words ...string) []string {
	return append([]string{"kubectl", "--kubeconfig", adminConf}, words...)
}

func (b *builder) kubeconfigServer(host string) Check {
	server := "https://" + b.spec.ControlPlaneEndpoint.String()
	return Check{
		Host:     host,
		Commands: one(kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")...),
		Expect:   "the kubeconfig's server is " + server,
		Kind:     CheckEquals,
		Want:     []string{server},
	}
}

func (b *builder) nodesRegistered(name string) Check {
	return Check{
		Host:      b.admin.Name,
		Commands:  one(kubectl("get", "nodes", "-o", "json")...),
		ForPeople: one(kubectl("get", "nodes")...),
		Expect:    name + " is a node of the cluster",
		Kind:      CheckRegistered,
		Want:      []string{name},
	}
}

func (b *builder) nodesReady() Check {
	var all []string
	for _, node := range b.spec.Nodes() {
		all = append(all, node.Name)
	}
	return b.ready("all nodes are Ready", all...)
}

func (b *builder) ready(expect string, names ...string) Check {
	return Check{
		Host:      b.admin.Name,
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

// settle has the checks of etcd ask no more than can hold: where a member is in
// trouble that the plan does not end, those that work must keep the quorum.
func (b *builder) settle(o Observed) {
	if !o.asksEtcd() {
		return
	}
	report := b.etcdReport(o)
	if b.ailing = report.Verdict != etcdcheck.Healthy; b.ailing {
		b.members = slices.DeleteFunc(slices.Clone(b.members), func(n cluster.Node) bool {
			member, found := report.Find(n.Name)
			return !found || !member.Agrees
		})
	}
}

// etcdAgrees checks the members of the control planes, or the external etcd:
// every endpoint must answer, and the member list must hold nobody else.
func (b *builder) etcdAgrees() Check {
	check := Check{Host: b.admin.Name, Kind: CheckEtcd, Expect: "every etcd member answers and all agree on one leader", Want: b.etcdEndpoints()}
	if b.ailing {
		check.Kind, check.Expect = CheckQuorum, "etcd has its quorum, and those of these endpoints agree on one leader"
	}
	for _, words := range [][]string{{"endpoint", "status"}, {"member", "list"}} {
		argv := b.etcdctl(words...)
		check.Commands = append(check.Commands, kubeadmcmd.NewCommand(append(argv, "--write-out=json")...))
		check.ForPeople = append(check.ForPeople, kubeadmcmd.NewCommand(append(argv, "--write-out=table")...))
	}
	return check
}

func (b *builder) etcdEndpoints() []string {
	if b.spec.ExternalEtcd != nil {
		return b.spec.ExternalEtcd.Endpoints
	}
	var endpoints []string
	for _, node := range b.members {
		endpoints = append(endpoints, memberEndpoint(node))
	}
	return endpoints
}

// etcdctl runs in the control plane's etcd pod, whose image holds it and no
// shell; for an external etcd, on the control plane itself.
func (b *builder) etcdctl(words ...string) []string {
	return b.etcdctlAt(strings.Join(b.etcdEndpoints(), ","), words...)
}

func (b *builder) etcdctlAt(endpoints string, words ...string) []string {
	endpoints = "--endpoints=" + endpoints
	if b.spec.ExternalEtcd != nil {
		return slices.Concat([]string{"etcdctl", endpoints}, b.etcdFiles(), words)
	}
	const pki = "/etc/kubernetes/pki/etcd/"
	return append(kubectl("-n", "kube-system", "exec", "etcd-"+b.admin.Name, "--", "etcdctl", endpoints,
		"--cacert="+pki+"ca.crt", "--cert="+pki+"server.crt", "--key="+pki+"server.key"), words...)
}

func (b *builder) etcdFiles() []string {
	var flags []string
	etcd := b.spec.ExternalEtcd
	for _, f := range []struct{ flag, file string }{{"--cacert=", etcd.CAFile}, {"--cert=", etcd.CertFile}, {"--key=", etcd.KeyFile}} {
		if f.file != "" {
			flags = append(flags, f.flag+f.file)
		}
	}
	return flags
}
