package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
)

const (
	// A fault begins so long after the load, and is mended so long after.
	faultBegins = 6 * time.Second
	faultLasts  = 20 * time.Second
	// faultVictim is not the control plane that leads etcd; see leadElsewhere.
	faultVictim = "cka-cp-2"
	ours        = "haplane"
)

// others are the configurations that ours is compared with: files of testdata.
var others = []string{"reference", "kubespray"}

// fault is something that goes wrong. Begin starts it and gives what mends it.
type fault struct {
	name string
	// dead is set where a server is dead, and not only slow or on its way out.
	dead  bool
	begin func(context.Context, *deployment) (mend func(context.Context) error, err error)
}

var faults = []fault{
	{"crash: kubelet and API server killed", true, crash},
	{"hang: API server stopped", true, hang},
	{"cut: network cable out", true, cut},
	{"its etcd stopped", true, etcdStopped},
	{"HAProxy reloaded, then a hang", true, reloadThenHang},
	{"etcd stalls everywhere", false, etcdStalls},
	{"graceful stop of an API server", false, drain},
	{"HAProxy reloaded", false, reload},
	{"all processors busy", false, busy},
}

func TestFailover(t *testing.T) {
	spec := describe(build.V1_37, 3, 0)
	d := deploy(t, "Failover: what clients notice of each fault", build.V1_37, spec)
	d.create(t)
	config, err := joinplan.HAProxyConfig(spec)
	if err != nil {
		t.Fatal(err)
	}
	configs := map[string][]byte{ours: config.Bytes()}
	for _, name := range others {
		if configs[name], err = os.ReadFile(filepath.Join("testdata/failover", name+".cfg")); err != nil {
			t.Fatal(err)
		}
	}
	d.evidence.show("%s has %d new connections a second that ask once, %d watches that are kept and %d requests a second that last %v. Each fault begins after %v and lasts %v. Hurt are requests that failed or took over a second. One run of each cell.\n",
		"The load", time.Second/loadInterval, watchers, time.Second/longInterval, longRequest, faultBegins, faultLasts)
	d.evidence.show("| fault | haproxy.cfg | requests hurt | worst | watches cut | worst silence | long requests cut | HAProxy's log |\n|---|---|---|---|---|---|---|---|")
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) { d.compare(t, f, configs) })
	}
	d.evidence.show("")
}

// compare shows a fault to the clients of each configuration.
func (d *deployment) compare(t *testing.T, f fault, configs map[string][]byte) {
	worst, own := 0, 0
	for _, name := range append([]string{ours}, others...) {
		seen, report := d.suffer(t, f, configs[name])
		fmt.Fprintf(d.log, "%s, %s: %d of %d hurt, worst %.1f s; %d watches cut, silence %.1f s; %d of %d long requests cut; log: %v\n",
			f.name, name, seen.hurt(), seen.requests.Requests, seen.requests.Worst.Seconds(), seen.cut, seen.silence.Seconds(), seen.longCut, seen.long, report.Verdict)
		d.evidence.show("| %s | %s | %d of %d | %.1f s | %d of %d | %.1f s | %d of %d | %v, %d outages |",
			f.name, name, seen.hurt(), seen.requests.Requests, seen.requests.Worst.Seconds(), seen.cut, watchers, seen.silence.Seconds(), seen.longCut, seen.long, report.Verdict, len(report.Outages))
		if name == ours {
			own = seen.hurt()
			agree(t, f, seen, report)
		} else {
			worst = max(worst, seen.hurt())
		}
	}
	if f.dead && own > worst {
		t.Errorf("with our configuration %d requests were hurt, and at most %d with the others", own, worst)
	}
}

// agree compares what clients saw with what HAProxy logged of it. A server that
// stops gracefully ends its watches as if they were done, which no log shows.
func agree(t *testing.T, f fault, seen impact, report *haproxylog.Report) {
	t.Helper()
	if f.dead && !slices.ContainsFunc(report.Outages, func(o haproxylog.Outage) bool { return o.Server == faultVictim }) {
		t.Errorf("%s was dead, and HAProxy's log tells of no outage: %+v", faultVictim, report.Outages)
	}
	if f.dead && report.Verdict == haproxylog.WentOn && seen.cut > 0 {
		t.Errorf("by HAProxy's log nobody was hurt, and %d watches were cut", seen.cut)
	}
	if report.Verdict == haproxylog.Lost && seen.requests.Failed == 0 {
		t.Errorf("by HAProxy's log the service was lost, and no request failed: %v", report.Findings)
	}
}

// suffer puts a configuration under load, lets a fault happen and mends it.
func (d *deployment) suffer(t *testing.T, f fault, config []byte) (impact, *haproxylog.Report) {
	t.Helper()
	d.awaitReadiness(t)
	balancer := d.host(t, d.spec.LoadBalancers[0].Name)
	if err := balancer.WriteFile(interrupted, joinplan.HAProxyPath, config, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, balancer, "systemctl", "restart", "haproxy")
	client := d.newClient(t, d.spec.ControlPlanes[0].Name)
	err := lab.Poll(interrupted, time.Minute, "HAProxy serves", func(ctx context.Context) error { return client.get(ctx) })
	if err != nil {
		t.Fatal(err)
	}
	logged := len(d.balancerLog(t))
	var faultErr error
	seen := (&load{client: client}).run(interrupted, func() { faultErr = d.happen(f) })
	if faultErr != nil {
		t.Fatalf("%s: %v", f.name, faultErr)
	}
	report, err := failover(d.balancerLog(t)[logged:])
	if err != nil {
		t.Fatal(err)
	}
	return seen, report
}

func (d *deployment) happen(f fault) error {
	begin := time.Now()
	if err := waitUntil(interrupted, begin.Add(faultBegins)); err != nil {
		return err
	}
	mend, err := f.begin(interrupted, d)
	if err != nil {
		return err
	}
	if err := waitUntil(interrupted, begin.Add(faultBegins+faultLasts)); err != nil {
		return err
	}
	return mend(interrupted)
}

// awaitReadiness waits until every API server says that it is ready, and the
// victim does not lead etcd.
func (d *deployment) awaitReadiness(t *testing.T) {
	t.Helper()
	err := lab.Poll(interrupted, 3*time.Minute, "every API server is ready", func(ctx context.Context) error {
		for _, n := range d.spec.ControlPlanes {
			server := fmt.Sprintf("https://%s:6443", n.Address.Addr())
			result, err := d.lab.Host(n.Name).Run(ctx, slices.Concat(kubectl, []string{"--server", server, "--request-timeout=5s", "get", "--raw", "/readyz"})...)
			if err != nil {
				return err
			}
			if strings.TrimSpace(string(result.Stdout)) != "ok" {
				return fmt.Errorf("%s says %q", n.Name, result.Stdout)
			}
		}
		return d.leadElsewhere(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// leadElsewhere lets another member lead etcd than the victim.
func (d *deployment) leadElsewhere(ctx context.Context) error {
	report, err := d.etcd(ctx, d.spec.ControlPlanes[0].Name)
	if err != nil {
		return err
	}
	victim, found := report.Find(faultVictim)
	first, firstFound := report.Find(d.spec.ControlPlanes[0].Name)
	if !found || !firstFound {
		return fmt.Errorf("etcd knows of %+v only", report.Members)
	}
	if !victim.Leads {
		return nil
	}
	endpoint := etcdEndpoint(d.spec.ControlPlanes[1])
	_, err = d.lab.Host(faultVictim).Run(ctx, slices.Concat(etcdctl(endpoint), []string{"move-leader", first.ID.String()})...)
	return err
}

// signals stops a program of the victim and lets it go on.
func signals(ctx context.Context, d *deployment, program string) (func(context.Context) error, error) {
	victim := d.lab.Host(faultVictim)
	mend := func(ctx context.Context) error { return victim.Signal(ctx, program, "CONT") }
	return mend, victim.Signal(ctx, program, "STOP")
}

func hang(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	return signals(ctx, d, "kube-apiserver")
}

func etcdStopped(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	return signals(ctx, d, "etcd")
}

func crash(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	victim := d.lab.Host(faultVictim)
	if _, err := victim.Run(ctx, "systemctl", "stop", "kubelet"); err != nil {
		return nil, err
	}
	mend := func(ctx context.Context) error {
		_, err := victim.Run(ctx, "systemctl", "start", "kubelet")
		return err
	}
	return mend, victim.Signal(ctx, "kube-apiserver", "KILL")
}

func cut(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	victim := d.lab.Host(faultVictim)
	return victim.Plug, victim.Unplug(ctx)
}

func reload(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	nothing := func(context.Context) error { return nil }
	_, err := d.lab.Host(d.spec.LoadBalancers[0].Name).Run(ctx, "systemctl", "reload", "haproxy")
	return nothing, err
}

func reloadThenHang(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	if _, err := reload(ctx, d); err != nil {
		return nil, err
	}
	if err := waitUntil(ctx, time.Now().Add(2*time.Second)); err != nil {
		return nil, err
	}
	return hang(ctx, d)
}

// drain stops an API server as an upgrade does: its manifest goes.
func drain(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	const manifest, aside = "/etc/kubernetes/manifests/kube-apiserver.yaml", "/etc/kubernetes/kube-apiserver.yaml"
	victim := d.lab.Host(faultVictim)
	mend := func(ctx context.Context) error {
		_, err := victim.Run(ctx, "mv", aside, manifest)
		return err
	}
	_, err := victim.Run(ctx, "mv", manifest, aside)
	return mend, err
}

// etcdStalls stops all members for 1.5 s, again and again.
func etcdStalls(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	all := func(signal string) error {
		for _, n := range d.spec.ControlPlanes {
			if err := d.lab.Host(n.Name).Signal(ctx, "etcd", signal); err != nil {
				return err
			}
		}
		return nil
	}
	for end := time.Now().Add(faultLasts - 2*time.Second); time.Now().Before(end); {
		for _, stall := range []struct {
			signal string
			pause  time.Duration
		}{{"STOP", 1500 * time.Millisecond}, {"CONT", 300 * time.Millisecond}} {
			if err := all(stall.signal); err != nil {
				return nil, err
			}
			if err := waitUntil(ctx, time.Now().Add(stall.pause)); err != nil {
				return nil, err
			}
		}
	}
	return func(context.Context) error { return all("CONT") }, nil
}

// busy keeps all processors busy for as long as the fault lasts.
func busy(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	limited, cancel := context.WithTimeout(ctx, faultLasts)
	for range 12 {
		go d.lab.Host(faultVictim).Run(limited, "sh", "-c", "while :; do :; done")
	}
	return func(context.Context) error { cancel(); return nil }, nil
}
