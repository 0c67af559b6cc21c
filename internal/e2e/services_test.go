package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/examples/orchestrator"
	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// withServices gives a description of a cluster with kube-proxy and CoreDNS, to
// which the test brings flannel.
func withServices(spec cluster.Spec) cluster.Spec {
	spec.SkipPhases = nil
	return spec
}

func hasServices(spec cluster.Spec) bool { return !slices.Contains(spec.SkipPhases, "addon/coredns") }

// kubeProxyConfiguration leaves a setting of the kernel alone that a machine with
// a network namespace of its own may not change.
const kubeProxyConfiguration = `---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
conntrack:
  maxPerCore: 0
`

// withKubeProxyConfiguration adds to the file that kubeadm init reads.
func withKubeProxyConfiguration(plan orchestrator.Planner) orchestrator.Planner {
	return func(in joinplan.Input) (joinplan.Plan, error) {
		p, err := plan(in)
		for _, step := range p.Steps {
			for i, action := range step.Actions {
				if file, ok := action.(joinplan.WriteFile); ok && file.Path == joinplan.InitPath {
					file.Content = joinplan.NewSecretContent(append(file.Content.Reveal(), kubeProxyConfiguration...))
					step.Actions[i] = file
				}
			}
		}
		return p, err
	}
}

// installFlannel brings the pod network, where the description has one.
func (d *deployment) installFlannel(ctx context.Context) error {
	if !hasServices(d.spec) {
		return nil
	}
	return d.apply(ctx, d.lab.Host(d.spec.ControlPlanes[0].Name), "flannel.yaml")
}

func (d *deployment) apply(ctx context.Context, on *lab.Host, name string) error {
	manifest, err := os.ReadFile(filepath.Join("testdata/services", name))
	if err != nil {
		return err
	}
	fmt.Fprintf(d.log, "  %s: kubectl apply %s\n", on.Name, name)
	return lab.Poll(ctx, time.Minute, "the API takes "+name, func(ctx context.Context) error {
		_, err := on.RunInput(ctx, bytes.NewReader(manifest), slices.Concat(kubectl, []string{"apply", "-f", "-"})...)
		return err
	})
}

// startProber has a pod ask a Service, the API by its Service and cluster DNS from
// now on.
func (d *deployment) startProber(t *testing.T, on string) {
	t.Helper()
	if err := d.apply(interrupted, d.host(t, on), "prober.yaml"); err != nil {
		t.Fatal(err)
	}
	err := lab.Poll(interrupted, 3*time.Minute, "the prober has its answers", func(ctx context.Context) error {
		for _, what := range []string{"deployment/probed", "deployment/coredns -n kube-system", "daemonset/kube-proxy -n kube-system"} {
			args := append([]string{"rollout", "status", "--timeout=30s"}, strings.Fields(what)...)
			if _, err := d.lab.Host(on).Run(ctx, slices.Concat(kubectl, args)...); err != nil {
				return err
			}
		}
		earlier, err := d.probes(ctx, on)
		if err != nil {
			return err
		}
		if err := waitUntil(ctx, time.Now().Add(3*time.Second)); err != nil {
			return err
		}
		now, err := d.probes(ctx, on)
		if err != nil {
			return err
		}
		for name, c := range now.counts {
			if asked := c.Asked - earlier.counts[name].Asked; asked == 0 || c.Missed > earlier.counts[name].Missed {
				return fmt.Errorf("%s: of %d more questions %d were missed", name, asked, c.Missed-earlier.counts[name].Missed)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// probes are what the prober said so far.
type probes struct {
	counts map[string]struct{ Asked, Missed int }
	misses []miss
}

// miss is a question without an answer.
type miss struct {
	at        time.Time
	name, why string
}

// questions are those that the prober has.
var questions = []string{"DNS", "Service", "kubernetes"}

func (d *deployment) probes(ctx context.Context, on string) (probes, error) {
	var p probes
	result, err := d.lab.Host(on).Run(ctx, slices.Concat(kubectl, []string{"logs", "prober"})...)
	if err != nil {
		return p, err
	}
	for line := range strings.Lines(string(result.Stdout)) {
		if strings.HasPrefix(line, "{") {
			if err := json.Unmarshal([]byte(line), &p.counts); err != nil {
				return p, err
			}
			continue
		}
		stamp, rest, _ := strings.Cut(strings.TrimSpace(line), " missed ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil {
			return p, fmt.Errorf("the prober says %q", line)
		}
		name, why, _ := strings.Cut(rest, " ")
		p.misses = append(p.misses, miss{at, name, why})
	}
	if names := slices.Sorted(maps.Keys(p.counts)); !slices.Equal(names, questions) {
		return p, fmt.Errorf("the prober asks %v, not %v", names, questions)
	}
	return p, nil
}

func (d *deployment) mustProbe(t *testing.T, on string) probes {
	t.Helper()
	p, err := d.probes(interrupted, on)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// probesHeld tells what was missed since a time, and fails where something was
// that need not be: a question may be missed only while those that answer it are
// found to be gone.
func (d *deployment) probesHeld(t *testing.T, on string, since time.Time, before probes, mayMiss map[string]time.Duration) {
	t.Helper()
	now := d.mustProbe(t, on)
	for _, name := range questions {
		asked, missed := now.counts[name].Asked-before.counts[name].Asked, now.counts[name].Missed-before.counts[name].Missed
		d.tell("A pod asked %s %d times, with a new connection each time, and missed %d answers.", name, asked, missed)
		if asked == 0 {
			t.Errorf("the prober no longer asks %s", name)
		}
	}
	for _, m := range now.misses {
		if m.at.Before(since) {
			continue
		}
		fmt.Fprintf(d.log, "  %s was missed %.1f s later: %s\n", m.name, m.at.Sub(since).Seconds(), m.why)
		if m.at.Sub(since) > mayMiss[m.name] {
			t.Errorf("%s was missed %v later: %s", m.name, m.at.Sub(since).Round(time.Millisecond), m.why)
		}
	}
}
