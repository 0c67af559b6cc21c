package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/capture"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	"github.com/haplane/haplane/kubeadmcfg"
	"github.com/haplane/haplane/kubeadmcfg/v1beta4"
)

// A cluster that was built without a control-plane endpoint becomes highly
// available in place, under a workload that does not notice.
func TestConvert(t *testing.T) {
	full := withServices(describe(build.V1_37, 3, 1))
	d := deploy(t, "Convert in place a cluster that was built without an endpoint", build.V1_37, full)
	small := full
	small.ControlPlanes = full.ControlPlanes[:1]
	d.spec = small
	d.buildWithoutEndpoint(t)
	d.startWorkload(t, 2)
	before := d.workload(t, small.ControlPlanes[0].Name)
	d.tell("%s and %s were built without an endpoint and run a workload:\n\n```\n%s\n```\n", small.ControlPlanes[0].Name, small.Workers[0].Name, before)

	first := small.ControlPlanes[0].Name
	d.startProber(t, first)
	begin, probed := time.Now(), d.mustProbe(t, first)
	d.convert(t)
	d.tell("While it was converted, its only API server started anew with another certificate:")
	d.probesHeld(t, first, begin, probed, map[string]time.Duration{"kubernetes": time.Since(begin)})
	begin, probed = time.Now(), d.mustProbe(t, first)
	d.scaleOut(t, full)
	d.tell("While the other control planes joined, whose API servers answer pods only when the pod network is on their machines:")
	d.probesHeld(t, first, begin, probed, map[string]time.Duration{"kubernetes": time.Since(begin)})
	t.Run("the cluster is highly available", d.isHighlyAvailable)
	if after := d.workload(t, small.ControlPlanes[0].Name); after != before {
		t.Errorf("the workload was disturbed.\nbefore:\n%s\nafter:\n%s", before, after)
	}
	t.Run("it works without its first control plane", func(t *testing.T) { d.worksWithoutFirst(t, before) })
}

// buildWithoutEndpoint does what people do who do not think of more than one
// control plane.
func (d *deployment) buildWithoutEndpoint(t *testing.T) {
	t.Helper()
	first, worker := d.host(t, d.spec.ControlPlanes[0].Name), d.host(t, d.spec.Workers[0].Name)
	file, err := joinplan.InitFile(d.spec)
	if err != nil {
		t.Fatal(err)
	}
	kubeadmcfg.Find[v1beta4.ClusterConfiguration](file).ControlPlaneEndpoint = ""
	text := file.Bytes()
	if hasServices(d.spec) {
		text = append(text, kubeProxyConfiguration...)
	}
	if err := first.WriteFile(interrupted, joinplan.InitPath, text, 0o600); err != nil {
		t.Fatal(err)
	}
	printed := run(t, first, "kubeadm", "init", "--config", joinplan.InitPath)
	join, err := kubeadmcmd.ParseJoin(printed)
	if err != nil {
		t.Fatal(err)
	}
	join.NodeName, join.CRISocket, join.IgnorePreflightErrors = worker.Name, d.spec.CRISocket, d.spec.IgnorePreflightErrors
	command, err := join.Command()
	if err != nil {
		t.Fatal(err)
	}
	run(t, worker, command.Argv()...)
	if err := d.installFlannel(interrupted); err != nil {
		t.Fatal(err)
	}
	d.awaitNodes(t, first.Name, d.nodeNames()...)
}

const workloadName = "workload"

func (d *deployment) startWorkload(t *testing.T, replicas int) {
	t.Helper()
	first := d.spec.ControlPlanes[0].Name
	d.kubectl(t, first, "create", "deployment", workloadName, "--image="+d.lab.Artifacts.PauseImage, fmt.Sprintf("--replicas=%d", replicas))
	d.awaitWorkload(t, first, replicas)
}

func (d *deployment) awaitWorkload(t *testing.T, on string, replicas int) {
	t.Helper()
	err := lab.Poll(interrupted, 3*time.Minute, "the workload runs", func(ctx context.Context) error {
		result, err := d.lab.Host(on).Run(ctx, slices.Concat(kubectl, []string{"get", "deployment", workloadName, "-o", "jsonpath={.status.readyReplicas}"})...)
		if err == nil && string(result.Stdout) != fmt.Sprint(replicas) {
			err = fmt.Errorf("%q of %d replicas are ready", result.Stdout, replicas)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// workload says which containers run, since when, and how often they were
// started again.
func (d *deployment) workload(t *testing.T, on string) string {
	t.Helper()
	const format = `jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} on {.spec.nodeName}: restarts {.status.containerStatuses[0].restartCount}, since {.status.containerStatuses[0].state.running.startedAt}{"\n"}{end}`
	return strings.TrimSpace(d.kubectl(t, on, "get", "pods", "-l", "app="+workloadName, "-o", format))
}

// convert takes the census, carries out the plan, and takes the census again.
func (d *deployment) convert(t *testing.T) {
	t.Helper()
	in := d.survey(t)
	census, err := convert.TakeCensus(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(census.InScope()) == 0 {
		t.Fatalf("a cluster without an endpoint, and nothing to convert:\n%v", census)
	}
	d.tell("The census before:\n\n```\n%v```\n", census)
	d.carryOut(t, func(joinplan.Input) (joinplan.Plan, error) { return convert.Plan(in) })
	if census, err = convert.TakeCensus(d.survey(t)); err != nil {
		t.Fatal(err)
	}
	if !census.Converted() {
		t.Fatalf("the plan was carried out, and the census is:\n%v", census)
	}
	d.tell("The census after:\n\n```\n%v```\n", census)
}

// survey captures everything that may know an address of the API server.
func (d *deployment) survey(t *testing.T) convert.Input {
	t.Helper()
	first := d.spec.ControlPlanes[0].Name
	var captures [][]byte
	for _, what := range []string{"nodes", "configmaps,pods", "secrets"} {
		captures = append(captures, []byte(d.kubectl(t, first, "get", what, "--all-namespaces", "--show-managed-fields", "-o", "json")))
	}
	objects, err := cluster.ParseObjects(captures...)
	if err != nil {
		t.Fatal(err)
	}
	in := convert.Input{Spec: d.spec, Objects: objects}
	for _, name := range append(d.nodeNames(), d.spec.LoadBalancers[0].Name) {
		said, err := capture.Parse(name, []byte(run(t, d.host(t, name), "sh", "-c", string(capture.Script(capture.Machine)))))
		if err != nil {
			t.Fatal(err)
		}
		files, machine := convert.Captured(name, said)
		in.Files, in.Machines = append(in.Files, files...), append(in.Machines, machine)
	}
	return in
}

// worksWithoutFirst switches the machine off that everything used to point at,
// and has the workload grow.
func (d *deployment) worksWithoutFirst(t *testing.T, before string) {
	first, second := d.spec.ControlPlanes[0].Name, d.spec.ControlPlanes[1].Name
	d.host(t, first).PowerOff()
	d.awaitNodes(t, second, d.nodeNames(first)...)
	err := lab.Poll(interrupted, time.Minute, "clients are served", d.newClient(t, second, d.endpointAddress()).get)
	if err != nil {
		t.Fatal(err)
	}
	d.kubectl(t, second, "scale", "deployment", workloadName, "--replicas=3")
	d.awaitWorkload(t, second, 3)
	after := d.workload(t, second)
	for line := range strings.Lines(before) {
		if !strings.Contains(after, strings.TrimSpace(line)) {
			t.Errorf("a container of the workload was disturbed: %s\nnow:\n%s", line, after)
		}
	}
	d.tell("%s was then switched off: all other nodes stay Ready, clients are served by the endpoint, and the workload grows:\n\n```\n%s\n```\n", first, after)
}
