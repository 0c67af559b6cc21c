package e2e

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/haproxycfg/haproxylog"
	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/internal/e2e/machine"
	"github.com/haplane/haplane/joinplan"
)

func TestSmoke(t *testing.T) {
	d := deploy(t, "Create with v1beta4, then the crash of a control plane", build.V1_37, withServices(describe(build.V1_37, 3, 2)))
	d.create(t)
	t.Run("the cluster is highly available", d.isHighlyAvailable)
	t.Run("nobody notices the crash of a control plane", d.survivesACrash)
}

func (d *deployment) isHighlyAvailable(t *testing.T) {
	first := d.spec.ControlPlanes[0].Name
	d.awaitNodes(t, first, d.nodeNames()...)
	d.awaitEtcd(t, first, etcdcheck.Healthy)
	d.tell("All of %s are Ready; etcd with %d members is healthy.", strings.Join(d.nodeNames(), ", "), len(d.spec.ControlPlanes))
	want := "https://" + d.spec.ControlPlaneEndpoint.String()
	for _, n := range d.spec.ControlPlanes {
		got := d.kubectl(t, n.Name, "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
		if got != want {
			t.Errorf("admin.conf on %s points at %s, not %s", n.Name, got, want)
		}
	}
	for _, lb := range d.spec.LoadBalancers {
		config, err := d.host(t, lb.Name).ReadFile(interrupted, joinplan.HAProxyPath)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(config), "verify required") {
			t.Errorf("HAProxy on %s does not verify the cluster's CA:\n%s", lb.Name, config)
		}
	}
}

// The machine that crashes is neither the first control plane, which the plan
// leans on, nor the last one that joined.
func (d *deployment) survivesACrash(t *testing.T) {
	const (
		victim   = "cka-cp-2"
		settling = 30 * time.Second
		watching = 45 * time.Second
	)
	first := d.spec.ControlPlanes[0].Name
	d.awaitServers(t)
	d.startProber(t, first)
	probed := d.mustProbe(t, first)
	logged := len(d.balancerLog(t))
	client := d.newClient(t, first, d.endpointAddress())
	asking, stop := context.WithTimeout(interrupted, 10*time.Second+watching)
	defer stop()
	answers := make(chan []answer, 1)
	go func() { answers <- client.keepAsking(asking, 200*time.Millisecond) }()
	begin := time.Now()
	if err := waitUntil(interrupted, begin.Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	crash := time.Now()
	d.host(t, victim).PowerOff()
	all := <-answers

	before, during, after := judge(between(all, begin, crash)), judge(between(all, crash, crash.Add(settling))), judge(between(all, crash.Add(settling), time.Now()))
	d.tell("%s lost its power while a client asked by the endpoint five times a second, each time with a new connection. Before: %v. In the %v after: %v. Later: %v.", victim, before, settling, during, after)
	if before.Failed > 0 {
		t.Errorf("requests failed before anything happened: %v", before)
	}
	if during.Failed*2 > during.Requests {
		t.Errorf("most requests failed in the first %v after the crash: %v", settling, during)
	}
	if after.Failed > 0 || after.Requests == 0 {
		t.Errorf("requests failed later than %v after the crash: %v", settling, after)
	}
	d.awaitNodes(t, first, d.nodeNames(victim)...)
	d.awaitEtcd(t, first, etcdcheck.Degraded)
	d.probesHeld(t, first, crash, probed, map[string]time.Duration{"kubernetes": settling})

	if err := d.host(t, victim).PowerOn(interrupted); err != nil {
		t.Fatal(err)
	}
	d.awaitNodes(t, first, d.nodeNames()...)
	d.awaitEtcd(t, first, etcdcheck.Healthy)
	d.awaitServers(t)
	d.logTellsOfTheCrash(t, victim, crash, logged)
}

// tell writes to the log and to the evidence.
func (d *deployment) tell(format string, args ...any) {
	fmt.Fprintf(d.log, format+"\n", args...)
	d.evidence.show("- "+format, args...)
}

func waitUntil(ctx context.Context, deadline time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(deadline)):
		return nil
	}
}

// logTellsOfTheCrash reads what HAProxy logged since the crash.
func (d *deployment) logTellsOfTheCrash(t *testing.T, victim string, crash time.Time, before int) {
	t.Helper()
	report, err := failover(d.balancerLog(t)[before:])
	if err != nil {
		t.Fatal(err)
	}
	var findings []string
	for _, f := range report.Findings {
		findings = append(findings, f.String())
	}
	d.tell("HAProxy's log, read by haproxylog: %v; %s.", report.Verdict, strings.Join(findings, "; "))
	if len(report.Losses) > 0 {
		t.Errorf("by HAProxy's log no server was left for a time: %+v", report.Losses)
	}
	i := slices.IndexFunc(report.Outages, func(o haproxylog.Outage) bool { return o.Server == victim })
	if i < 0 {
		t.Fatalf("HAProxy's log does not tell of an outage of %s: %+v", victim, report.Outages)
	}
	o := report.Outages[i]
	d.tell("HAProxy marked %s down %v after the crash, for %v; the others served %d sessions meanwhile.", victim, o.Span.Start.Sub(crash).Round(time.Second), o.Span.Length(), o.Served)
	if o.Ongoing || o.OthersUp < 1 || o.Served == 0 {
		t.Errorf("HAProxy's log does not tell of an outage that the others bridged: %+v", o)
	}
}

// balancerLog is everything that HAProxy logged on the load balancer.
func (d *deployment) balancerLog(t *testing.T) []byte {
	t.Helper()
	return d.logOf(t, d.host(t, d.spec.LoadBalancers[0].Name))
}

func (d *deployment) logOf(t *testing.T, balancer *lab.Host) []byte {
	t.Helper()
	log, err := balancer.ReadFile(interrupted, machine.SyslogFile)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func failover(log []byte) (*haproxylog.Report, error) {
	reader := haproxylog.Reader{Source: bytes.NewReader(log), Location: time.Local, Reference: time.Now()}
	return reader.Report()
}

// checkedBackend is the backend whose servers HAProxy checks, in our default.
const checkedBackend = "kube-apiservers"

// awaitServers waits until HAProxy holds the API servers of all control planes
// for up.
func (d *deployment) awaitServers(t *testing.T) {
	t.Helper()
	err := lab.Poll(interrupted, 2*time.Minute, "HAProxy holds every API server for up", func(ctx context.Context) error {
		log, err := d.lab.Host(d.spec.LoadBalancers[0].Name).ReadFile(ctx, machine.SyslogFile)
		if err != nil {
			return err
		}
		report, err := failover(log)
		if err != nil {
			return err
		}
		for _, n := range d.spec.ControlPlanes {
			up := func(s haproxylog.ServerReport) bool {
				return s.Backend == checkedBackend && s.Server == n.Name && s.State == haproxylog.Up
			}
			if !slices.ContainsFunc(report.Servers, up) {
				return fmt.Errorf("%s is not up", n.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
