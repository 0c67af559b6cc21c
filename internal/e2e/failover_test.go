package e2e

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
)

const (
	// A fault begins so long after the load, which goes on so long after it.
	faultBegins     = 6 * time.Second
	faultAfterwards = 8 * time.Second
	// faultVictim is not the control plane that leads etcd; see leadElsewhere.
	faultVictim = "cka-cp-2"
	ours        = "haplane"
)

// rivals are the configurations that ours is compared with: files of testdata,
// each on a load balancer of its own.
var rivals = []string{"reference", "kubeadm", "kubespray"}

var failoverRuns = flag.Int("runs", 1, "how often the failover tests repeat each fault")

// kind of fault.
type kind string

const (
	// dead is a server that serves nobody. Whoever is cut off comes back at once, so
	// that load balancers suffer it two by two, lest they slow one another down.
	dead kind = "one API server is dead"
	// calm is what should hurt nobody.
	calm kind = "nobody is dead"
	// overload is the same for a long time.
	overload kind = "all processors are busy"
)

// fault is something that goes wrong. Begin starts it and gives what mends it.
type fault struct {
	name string
	kind kind
	// leaves is set where a server goes in good order.
	leaves bool
	// lasts is how long it is left alone.
	lasts time.Duration
	begin func(context.Context, *deployment) (mend func(context.Context) error, err error)
}

var faults = []fault{
	{name: "crash: kubelet and API server killed", kind: dead, lasts: 20 * time.Second, begin: crash},
	{name: "hang: API server stopped", kind: dead, lasts: 20 * time.Second, begin: hang},
	{name: "cut: network cable out", kind: dead, lasts: 20 * time.Second, begin: cut},
	{name: "its etcd stopped", kind: dead, lasts: 20 * time.Second, begin: etcdStopped},
	{name: "HAProxy reloaded, then a hang", kind: dead, lasts: 20 * time.Second, begin: reloadThenHang},
	{name: "etcd stalls everywhere", kind: calm, lasts: 32 * time.Second, begin: etcdStalls},
	{name: "graceful stop of an API server", kind: calm, leaves: true, lasts: 20 * time.Second, begin: drain},
	{name: "HAProxy reloaded", kind: calm, lasts: 20 * time.Second, begin: reload},
	{name: "all processors busy", kind: overload, lasts: 10 * time.Minute, begin: busy},
}

func TestFailoverOfADeadServer(t *testing.T)      { contest(t, dead) }
func TestFailoverWithNobodyDead(t *testing.T)     { contest(t, calm) }
func TestFailoverWithBusyProcessors(t *testing.T) { contest(t, overload) }

// contest shows the faults of a kind to the clients of each configuration, all
// of them again and again.
func contest(t *testing.T, k kind) {
	d := deploy(t, "Failover: "+string(k), build.V1_37, describe(build.V1_37, 3, 0))
	d.create(t)
	balancers := d.compete(t)
	seen := make(map[string][]map[string]suffered)
	for run := range *failoverRuns {
		for _, f := range slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return f.kind != k }) {
			t.Run(fmt.Sprintf("run %d: %s", run+1, f.name), func(t *testing.T) {
				seen[f.name] = append(seen[f.name], d.compare(t, f, balancers))
			})
		}
	}
	d.showFailover(seen, balancers)
}

// showFailover writes the table of what was seen of each fault.
func (d *deployment) showFailover(seen map[string][]map[string]suffered, balancers []balancer) {
	d.evidence.show("Every file has a load balancer of its own. They suffer the death of a server two by two, and everything else all together. "+
		"The load on each: %d new connections a second that ask once, %d watches that are kept and %d requests a second that last %v. "+
		"A fault begins after %v; %v after its end the load ends. Hurt are requests that failed or took over a second. "+
		"A watch is cut where it breaks off; one that the API server itself ends is not. "+
		"Marked down and stopping is how often a server was, by HAProxy's log; a server that is stopping keeps what it has. "+
		"Runs of each fault: %d. Where there is more than one, a cell has the median and the worst.\n",
		time.Second/loadInterval, watchers, time.Second/longInterval, longRequest, faultBegins, faultAfterwards, *failoverRuns)
	d.evidence.show("| fault | haproxy.cfg | requests hurt | worst request, s | watches cut | worst silence, s | long requests cut | marked down | stopping |\n|---|---|---|---|---|---|---|---|---|")
	for _, f := range faults {
		for _, b := range balancers {
			if runs := ofBalancer(seen[f.name], b); len(runs) > 0 {
				d.evidence.show("| %s | %s | %s |", f.name, b.config, strings.Join(cells(runs), " | "))
			}
		}
	}
	d.evidence.show("\nWhat %s's file is for: where a server is dead, at most 2 requests hurt in the median, none for more than 2 s, and no watch silent for more than 3 s; "+
		"otherwise nothing cut, and at most 1 request hurt by a graceful stop.", ours)
	if missed := missedGoals(seen, balancers[0]); len(missed) > 0 {
		d.evidence.show("Missed: %s.\n", strings.Join(missed, "; "))
	} else {
		d.evidence.show("All of it was met.\n")
	}
}

// missedGoals names the cells of our configuration that are worse than they
// should be.
func missedGoals(seen map[string][]map[string]suffered, own balancer) []string {
	var missed []string
	hold := func(f fault, what string, runs []suffered, figure func(suffered) float64, limits [2]float64) {
		if median, worst := middle(runs, figure); median > limits[0] || worst > limits[1] {
			missed = append(missed, fmt.Sprintf("%s, %s: %.1f, %.1f", f.name, what, median, worst))
		}
	}
	most := func(limit float64) [2]float64 { return [2]float64{limit, limit} }
	for _, f := range faults {
		runs := ofBalancer(seen[f.name], own)
		if len(runs) == 0 {
			continue
		}
		if f.kind == dead {
			hold(f, "requests hurt", runs, hurt, [2]float64{2, math.Inf(1)})
			hold(f, "worst request", runs, slowest, most(2))
			hold(f, "silence", runs, silence, most(3))
			continue
		}
		hold(f, "watches cut", runs, watchesCut, most(0))
		hold(f, "long requests cut", runs, longCut, most(0))
		if f.leaves {
			hold(f, "requests hurt", runs, hurt, most(1))
		}
	}
	return missed
}

// The figures of a run.
func hurt(s suffered) float64       { return float64(s.hurt()) }
func slowest(s suffered) float64    { return s.requests.Worst.Seconds() }
func watchesCut(s suffered) float64 { return float64(s.cut) }
func silence(s suffered) float64    { return s.silence.Seconds() }
func longCut(s suffered) float64    { return float64(s.longCut) }

// ofBalancer is what the runs of a fault did to one configuration.
func ofBalancer(runs []map[string]suffered, b balancer) []suffered {
	var own []suffered
	for _, run := range runs {
		own = append(own, run[b.config])
	}
	return own
}

// balancer is a load balancer with one of the configurations.
type balancer struct {
	config  string
	host    *lab.Host
	address string
}

// compete gives each rival a load balancer beside ours.
func (d *deployment) compete(t *testing.T) []balancer {
	own := d.spec.LoadBalancers[0]
	balancers := []balancer{{ours, d.host(t, own.Name), own.Address.Addr().String()}}
	for i, name := range rivals {
		config, err := os.ReadFile(filepath.Join("testdata/failover", name+".cfg"))
		if err != nil {
			t.Fatal(err)
		}
		b := balancer{config: name, address: fmt.Sprintf("192.168.51.%d", 70+i)}
		b.host = addHost(t, d.lab, name, lab.LoadBalancer, b.address)
		if err := b.host.WriteFile(interrupted, joinplan.HAProxyPath, config, 0o644); err != nil {
			t.Fatal(err)
		}
		balancers = append(balancers, b)
	}
	d.balancers = balancers
	return balancers
}

// suffered is what a fault did to one configuration, in one run.
type suffered struct {
	impact
	report *haproxylog.Report
}

// outages counts those of a kind.
func (s suffered) outages(state haproxylog.State) int {
	n := 0
	for _, o := range s.report.Outages {
		if o.State == state {
			n++
		}
	}
	return n
}

// compare shows a fault to the clients of each configuration.
func (d *deployment) compare(t *testing.T, f fault, balancers []balancer) map[string]suffered {
	seen := make(map[string]suffered)
	for i, s := range d.sufferEach(t, f, balancers) {
		seen[balancers[i].config] = s
		fmt.Fprintf(d.log, "%s, %s: %d of %d hurt, worst %.1f s; %d watches cut, %d ended, silence %.1f s; %d of %d long requests cut; log: %v, %d times down, %d stopping\n",
			f.name, balancers[i].config, s.hurt(), s.requests.Requests, s.requests.Worst.Seconds(), s.cut, s.ended, s.silence.Seconds(), s.longCut, s.long, s.report.Verdict, s.outages(haproxylog.Down), s.outages(haproxylog.Stopping))
	}
	agree(t, f, seen[ours])
	if f.kind == dead {
		outdo(t, seen)
	}
	return seen
}

// cells are the figures of a row of the table.
func cells(runs []suffered) []string {
	outages := func(state haproxylog.State) func(suffered) float64 {
		return func(s suffered) float64 { return float64(s.outages(state)) }
	}
	return []string{
		spread("%.0f", runs, hurt) + outOf(runs, func(s suffered) int { return s.requests.Requests }),
		spread("%.1f", runs, slowest),
		spread("%.0f", runs, watchesCut) + fmt.Sprintf(" of %d", watchers),
		spread("%.1f", runs, silence),
		spread("%.0f", runs, longCut) + outOf(runs, func(s suffered) int { return s.long }),
		spread("%.0f", runs, outages(haproxylog.Down)),
		spread("%.0f", runs, outages(haproxylog.Stopping)),
	}
}

// spread is the median and the worst of a figure.
func spread(format string, runs []suffered, figure func(suffered) float64) string {
	median, worst := middle(runs, figure)
	if len(runs) == 1 {
		return fmt.Sprintf(format, worst)
	}
	return fmt.Sprintf(format+", "+format, median, worst)
}

// middle gives the median and the worst of a figure.
func middle(runs []suffered, figure func(suffered) float64) (median, worst float64) {
	var figures []float64
	for _, s := range runs {
		figures = append(figures, figure(s))
	}
	slices.Sort(figures)
	return figures[(len(figures)-1)/2], figures[len(figures)-1]
}

// outOf is how many there were in all: the fewest and the most of any run, where
// they differ by more than a tenth.
func outOf(runs []suffered, total func(suffered) int) string {
	fewest, most := total(runs[0]), total(runs[0])
	for _, s := range runs {
		fewest, most = min(fewest, total(s)), max(most, total(s))
	}
	if (most-fewest)*10 <= most {
		return fmt.Sprintf(" of %d", most)
	}
	return fmt.Sprintf(" of %d to %d", fewest, most)
}

// outdo holds our configuration to the others where a server is dead.
func outdo(t *testing.T, seen map[string]suffered) {
	t.Helper()
	worst := 0
	for _, name := range rivals {
		worst = max(worst, seen[name].hurt())
	}
	if hurt := seen[ours].hurt(); hurt > worst {
		t.Errorf("with our configuration %d requests were hurt, and at most %d with the others", hurt, worst)
	}
}

// agree compares what clients saw with what HAProxy logged of it.
func agree(t *testing.T, f fault, s suffered) {
	t.Helper()
	of := func(o haproxylog.Outage) bool { return o.Server == faultVictim }
	if f.kind == dead && !slices.ContainsFunc(s.report.Outages, of) {
		t.Errorf("%s was dead, and HAProxy's log tells of no outage: %+v", faultVictim, s.report.Outages)
	}
	told := func(o haproxylog.Outage) bool { return o.Cut+o.Hurt > 0 }
	if f.kind == dead && s.cut > 0 && !slices.ContainsFunc(s.report.Outages, told) {
		t.Errorf("by HAProxy's log no session ended with its server, and %d watches were cut", s.cut)
	}
	if s.report.Verdict == haproxylog.Lost && s.hurt() == 0 {
		t.Errorf("by HAProxy's log the service was lost, and no request failed or was slow: %v", s.report.Findings)
	}
	if f.kind != dead && s.cut+s.longCut > 0 {
		t.Errorf("no server was dead, and %d watches and %d requests of %v were cut", s.cut, s.longCut, longRequest)
	}
	without := func(o haproxylog.Outage) bool {
		gone := o.Server == faultVictim && (f.kind == dead || f.leaves)
		return o.State == haproxylog.Down && !gone
	}
	if slices.ContainsFunc(s.report.Outages, without) {
		t.Errorf("servers were marked down without cause: %+v", s.report.Outages)
	}
}

// sufferEach lets every load balancer suffer a fault.
func (d *deployment) sufferEach(t *testing.T, f fault, balancers []balancer) []suffered {
	t.Helper()
	atOnce := len(balancers)
	if f.kind == dead {
		atOnce = 2
	}
	var all []suffered
	for some := range slices.Chunk(balancers, atOnce) {
		all = append(all, d.suffer(t, f, some)...)
	}
	return all
}

// suffer puts load balancers under load, lets a fault happen and mends it.
func (d *deployment) suffer(t *testing.T, f fault, balancers []balancer) []suffered {
	t.Helper()
	d.awaitReadiness(t)
	loads, logged := make([]*load, len(balancers)), make([]int, len(balancers))
	for i, b := range balancers {
		run(t, b.host, "systemctl", "restart", "haproxy")
		client := d.newClient(t, d.spec.ControlPlanes[0].Name, b.address)
		if err := lab.Poll(interrupted, time.Minute, "HAProxy serves", client.get); err != nil {
			t.Fatal(err)
		}
		loads[i] = &load{client: client, length: faultBegins + f.lasts + faultAfterwards}
		logged[i] = len(d.logOf(t, b.host))
	}
	all := make([]suffered, len(balancers))
	var wait sync.WaitGroup
	var faultErr error
	for i, l := range loads {
		during := func() {}
		if i == 0 {
			during = func() { faultErr = d.happen(f) }
		}
		wait.Go(func() { all[i].impact = l.run(interrupted, during) })
	}
	wait.Wait()
	if faultErr != nil {
		t.Fatalf("%s: %v", f.name, faultErr)
	}
	for i, b := range balancers {
		report, err := failover(d.logOf(t, b.host)[logged[i]:])
		if err != nil {
			t.Fatal(err)
		}
		all[i].report = report
	}
	return all
}

func (d *deployment) happen(f fault) error {
	begin := time.Now().Add(faultBegins)
	if err := d.leadElsewhere(interrupted); err != nil {
		return err
	}
	if err := waitUntil(interrupted, begin); err != nil {
		return err
	}
	mend, err := f.begin(interrupted, d)
	if err != nil {
		return err
	}
	if err := waitUntil(interrupted, begin.Add(f.lasts)); err != nil {
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

// reload has every load balancer reload its HAProxy.
func reload(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	for _, b := range d.balancers {
		if _, err := b.host.Run(ctx, "systemctl", "reload", "haproxy"); err != nil {
			return nil, err
		}
	}
	return func(context.Context) error { return nil }, nil
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
	const lasts, stall, between = 30 * time.Second, 1500 * time.Millisecond, 300 * time.Millisecond
	all := func(ctx context.Context, signal string) error {
		for _, n := range d.spec.ControlPlanes {
			if err := d.lab.Host(n.Name).Signal(ctx, "etcd", signal); err != nil {
				return err
			}
		}
		return nil
	}
	goOn := func(ctx context.Context) error { return all(ctx, "CONT") }
	for end := time.Now().Add(lasts); time.Now().Before(end); {
		if err := all(ctx, "STOP"); err != nil {
			return nil, err
		}
		if err := waitUntil(ctx, time.Now().Add(stall)); err != nil {
			return nil, err
		}
		if err := goOn(ctx); err != nil {
			return nil, err
		}
		if err := waitUntil(ctx, time.Now().Add(between)); err != nil {
			return nil, err
		}
	}
	return goOn, nil
}

// busy has a service of every control plane keep all its processors busy until
// it is mended. As every service it is a control group of its own, beside that
// of the pods.
func busy(ctx context.Context, d *deployment) (func(context.Context) error, error) {
	const service = `cpu=/sys/fs/cgroup/cpu
[ -d $cpu ] || cpu=/sys/fs/cgroup
mkdir -p $cpu/busy.service && echo $$ > $cpu/busy.service/cgroup.procs && while :; do :; done`
	loops, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, n := range d.spec.ControlPlanes {
		for range 2 * runtime.NumCPU() {
			running.Go(func() { d.lab.Host(n.Name).Run(loops, "sh", "-c", service) })
		}
	}
	return func(context.Context) error {
		cancel()
		running.Wait()
		return nil
	}, nil
}
