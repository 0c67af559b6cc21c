package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/examples/orchestrator"
	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// deployment is a cluster, and the tool that made it.
type deployment struct {
	lab      *lab.Lab
	spec     cluster.Spec
	log      io.Writer
	evidence *scenario
	// printed is what the machines printed when the last plan was carried out.
	printed kubeadmcmd.Credentials
	// balancers are those that compete in the failover tests.
	balancers []balancer
}

// kubeletConfiguration is what a kubelet needs on a machine whose control
// groups are of version 1, or that swaps, with a container runtime that does
// not say how it manages control groups.
const kubeletConfiguration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
`

// describe gives the description of a cluster with machines called as in the
// reference lab.
func describe(release build.Release, controlPlanes, workers int) cluster.Spec {
	spec := cluster.Spec{
		KubernetesVersion:     release.Kubernetes,
		ControlPlaneEndpoint:  cluster.Endpoint{Host: "k8s-vip", Port: 6443},
		CRISocket:             lab.ContainerdSocket,
		PodSubnets:            []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")},
		LoadBalancers:         []cluster.LoadBalancer{{Name: "cka-hap-1", Address: netip.MustParsePrefix("192.168.51.80/24")}},
		SkipPhases:            []string{"addon/kube-proxy", "addon/coredns"},
		IgnorePreflightErrors: []string{"SystemVerification"},
		KubeletConfiguration:  kubeletConfiguration,
	}
	for i := range controlPlanes {
		spec.ControlPlanes = append(spec.ControlPlanes, node("cka-cp", i, 81))
	}
	for i := range workers {
		spec.Workers = append(spec.Workers, node("cka-wk", i, 84))
	}
	return spec
}

func node(prefix string, i, first int) cluster.Node {
	return cluster.Node{
		Name:    fmt.Sprintf("%s-%d", prefix, i+1),
		Address: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, 51, byte(first + i)}), 24),
	}
}

// deploy makes the machines of a description, for a scenario of that title. Nothing is on them yet but what
// their packages bring.
func deploy(t *testing.T, title string, release build.Release, spec cluster.Spec) *deployment {
	t.Helper()
	l := openLab(t, release, hasServices(spec))
	t.Cleanup(func() {
		if !t.Failed() {
			secretsStayInTheirPlaces(t, l)
		}
	})
	d := &deployment{lab: l, spec: spec, log: l.Log, evidence: shown.begin(t, title, release)}
	for _, lb := range spec.LoadBalancers {
		addHost(t, l, lb.Name, lab.LoadBalancer, lb.Address.Addr().String())
	}
	for _, n := range spec.ControlPlanes {
		addHost(t, l, n.Name, lab.ControlPlane, n.Address.Addr().String())
	}
	for _, n := range spec.Workers {
		addHost(t, l, n.Name, lab.Worker, n.Address.Addr().String())
	}
	return d
}

// loadBalancersAccept holds every haproxy.cfg that there is to HAProxy itself.
func (d *deployment) loadBalancersAccept(ctx context.Context) error {
	for _, lb := range d.spec.LoadBalancers {
		host := d.lab.Host(lb.Name)
		if !host.Exists(ctx, joinplan.HAProxyCAPath) {
			continue
		}
		if _, err := host.Run(ctx, "haproxy", "-c", "-f", joinplan.HAProxyPath); err != nil {
			return err
		}
	}
	return nil
}

// create carries out the plan that makes the cluster.
func (d *deployment) create(t *testing.T) {
	t.Helper()
	d.carryOut(t, func(in joinplan.Input) (joinplan.Plan, error) {
		in.Spec = d.spec
		return joinplan.Create(in)
	})
}

// scaleOut carries out the plan that gives the cluster what it lacks of a larger
// description.
func (d *deployment) scaleOut(t *testing.T, to cluster.Spec) {
	t.Helper()
	observed, err := d.observe(interrupted, d.spec.ControlPlanes[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	d.spec = to
	d.carryOut(t, func(in joinplan.Input) (joinplan.Plan, error) {
		in.Spec, in.State, in.Etcd = d.spec, observed.State, observed.Etcd
		return joinplan.ScaleOut(in)
	})
}

// carryOut carries out a plan from its beginning to its end, on behalf of
// somebody who has no credentials yet.
func (d *deployment) carryOut(t *testing.T, planner orchestrator.Planner) {
	t.Helper()
	o := d.orchestrator(transport{d.lab, d.log})
	begun, took := map[joinplan.ID]time.Time{}, map[joinplan.ID]time.Duration{}
	o.Save = func(p joinplan.Progress) error {
		for _, step := range p.Steps {
			switch _, known := begun[step.ID]; {
			case !known:
				begun[step.ID] = step.Time
			case step.State == joinplan.StepDone:
				took[step.ID] = step.Time.Sub(begun[step.ID])
			}
		}
		return nil
	}
	if err := o.Run(interrupted, d.planner(planner)); err != nil {
		d.complain(t, o.Progress)
		t.Fatal(err)
	}
	d.printed = o.Credentials
	d.evidence.show("The plan was carried out in %d steps:\n", len(took))
	d.evidence.show("| step | took |\n|---|---|")
	for _, id := range o.Progress.Done() {
		d.evidence.show("| %s | %.1f s |", id, took[id].Seconds())
	}
	d.evidence.show("")
}

// orchestrator is what carries plans out, by way of a transport. It does what the
// plans leave to people.
func (d *deployment) orchestrator(by orchestrator.Transport) *orchestrator.Orchestrator {
	return &orchestrator.Orchestrator{Transport: by, After: func(ctx context.Context, step joinplan.Step) error {
		fmt.Fprintf(d.log, "step %s: %s\n", step.ID, step.Title)
		if err := d.loadBalancersAccept(ctx); err != nil || step.ID.Kind != joinplan.KindPodNetwork {
			return err
		}
		return d.installFlannel(ctx)
	}}
}

func (d *deployment) planner(planner orchestrator.Planner) orchestrator.Planner {
	if hasServices(d.spec) {
		return withKubeProxyConfiguration(planner)
	}
	return planner
}

// complain tells what the logs of those machines have to say whose steps did not
// come to their end.
func (d *deployment) complain(t *testing.T, progress joinplan.Progress) {
	t.Helper()
	for _, step := range progress.Steps {
		if host := d.lab.Host(step.ID.Subject); host != nil && step.State != joinplan.StepDone {
			t.Logf("%s says:\n%s", host.Name, host.Complaints())
		}
	}
}

func (d *deployment) host(t *testing.T, name string) *lab.Host {
	t.Helper()
	h := d.lab.Host(name)
	if h == nil {
		t.Fatalf("the lab has no machine %q", name)
	}
	return h
}

// kubectl runs on a control plane.
func (d *deployment) kubectl(t *testing.T, host string, args ...string) string {
	t.Helper()
	return run(t, d.host(t, host), slices.Concat(kubectl, args)...)
}

// observe asks the cluster and its etcd what there is, on a control plane that
// is on.
func (d *deployment) observe(ctx context.Context, on string) (joinplan.Input, error) {
	var observed joinplan.Input
	var captures [][]byte
	for _, args := range []string{"get nodes", "get configmaps,secrets,pods -n kube-system", "get configmaps -n kube-public"} {
		result, err := d.lab.Host(on).Run(ctx, slices.Concat(kubectl, strings.Fields(args), []string{"-o", "json"})...)
		if err != nil {
			return observed, err
		}
		captures = append(captures, result.Stdout)
	}
	var err error
	if observed.State, err = cluster.ParseState(captures...); err != nil {
		return observed, err
	}
	observed.Etcd, err = d.askEtcd(ctx, on)
	return observed, err
}

// kubectl is how it is called on a control plane, with the kubeconfig that
// kubeadm made there.
var kubectl = []string{"kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"}

// askEtcd asks the members of all control planes.
func (d *deployment) askEtcd(ctx context.Context, on string) (etcdcheck.Sample, error) {
	var endpoints []string
	for _, n := range d.spec.ControlPlanes {
		endpoints = append(endpoints, etcdEndpoint(n))
	}
	var text []byte
	for _, words := range []string{"endpoint status -w table", "member list -w json"} {
		result, err := d.lab.Host(on).Run(ctx, slices.Concat(etcdctl(endpoints...), strings.Fields(words))...)
		if len(result.Stdout) == 0 {
			return etcdcheck.Sample{}, err
		}
		text = slices.Concat(text, result.Stdout, result.Stderr)
	}
	sample, err := etcdcheck.Parse(text)
	if err != nil {
		return sample, fmt.Errorf("%w in\n%s", err, text)
	}
	return sample, nil
}

func etcdEndpoint(n cluster.Node) string {
	return "https://" + netip.AddrPortFrom(n.Address.Addr(), 2379).String()
}

// etcd judges what etcd says, with the members of all control planes in mind.
func (d *deployment) etcd(ctx context.Context, on string) (etcdcheck.Report, error) {
	sample, err := d.askEtcd(ctx, on)
	if err != nil {
		return etcdcheck.Report{}, err
	}
	input := etcdcheck.Input{Sample: sample}
	for _, n := range d.spec.ControlPlanes {
		input.Expect = append(input.Expect, etcdcheck.Expected{Name: n.Name, Endpoint: etcdEndpoint(n)})
	}
	return etcdcheck.Check(input), nil
}

// etcdctl is how a control plane asks its etcd.
func etcdctl(endpoints ...string) []string {
	const pki = "/etc/kubernetes/pki/etcd/"
	return []string{"etcdctl", "--endpoints=" + strings.Join(endpoints, ","), "--cacert=" + pki + "ca.crt", "--cert=" + pki + "server.crt", "--key=" + pki + "server.key"}
}

// awaitEtcd waits for a verdict on the members of all control planes.
func (d *deployment) awaitEtcd(t *testing.T, on string, want etcdcheck.Verdict) {
	t.Helper()
	err := lab.Poll(interrupted, 2*time.Minute, fmt.Sprintf("etcd is %s", want), func(ctx context.Context) error {
		report, err := d.etcd(ctx, on)
		if err != nil {
			return err
		}
		if report.Verdict != want {
			return fmt.Errorf("etcd is %s: %v", report.Verdict, report.Findings)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// awaitNodes waits until the nodes that are Ready are these.
func (d *deployment) awaitNodes(t *testing.T, on string, want ...string) {
	t.Helper()
	err := lab.Poll(interrupted, 4*time.Minute, fmt.Sprintf("the nodes %s are Ready, and no others", strings.Join(want, " ")), func(ctx context.Context) error {
		const format = `jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}`
		result, err := d.lab.Host(on).Run(ctx, slices.Concat(kubectl, []string{"get", "nodes", "-o", format})...)
		if err != nil {
			return err
		}
		var ready []string
		for line := range strings.FieldsSeq(string(result.Stdout)) {
			if name, isReady := strings.CutSuffix(line, "=True"); isReady {
				ready = append(ready, name)
			}
		}
		if strings.Join(ready, " ") != strings.Join(want, " ") {
			return errors.New("Ready are: " + strings.Join(ready, " "))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nodeNames are the names of all nodes, as kubectl sorts them, without some.
func (d *deployment) nodeNames(without ...string) []string {
	var names []string
	for _, n := range slices.Concat(d.spec.ControlPlanes, d.spec.Workers) {
		if !slices.Contains(without, n.Name) {
			names = append(names, n.Name)
		}
	}
	return names
}
