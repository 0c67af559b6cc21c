package convert_test

import (
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/convert"
)

const seeds = 150

func TestAfterThePlanTheCensusIsEmptyAndTheNextPlanToo(t *testing.T) {
	t.Parallel()
	converted := 0
	for seed := range uint64(seeds) {
		in := randomInput(t, seed)
		s := simulate(t, in)
		p := plan(t, in)
		if len(p.Steps) > 0 {
			converted++
		}
		s.follow(p, never)
		after := s.capture()
		if census := take(t, after); !census.Converted() {
			t.Errorf("seed %d: after the plan\n%s", seed, census)
		}
		if again := plan(t, after); len(again.Steps) > 0 {
			t.Errorf("seed %d: a converted cluster gets the step %s", seed, again.Steps[0].ID)
		}
	}
	if converted < seeds*9/10 {
		t.Errorf("only %d of %d random clusters had anything to convert", converted, seeds)
	}
}

func TestAnInterruptedPlanMadeAgainReachesTheSameEnd(t *testing.T) {
	t.Parallel()
	for seed := range uint64(seeds) {
		in := randomInput(t, seed)
		straight := simulate(t, in)
		straight.follow(plan(t, in), never)
		r := rand.New(rand.NewPCG(seed, 9))
		s := simulate(t, in)
		for range 3 {
			s.interrupted(plan(t, s.capture()), r)
		}
		s.follow(plan(t, s.capture()), never)
		if census := take(t, s.capture()); !census.Converted() {
			t.Errorf("seed %d: after the interruptions\n%s", seed, census)
		}
		if diff := cmp.Diff(sameWhenever(straight.text()), sameWhenever(s.text())); diff != "" {
			t.Errorf("seed %d: an interrupted plan ends elsewhere:\n%s", seed, diff)
		}
	}
}

// interrupted carries some steps out, and of the next some actions.
func (s *simulation) interrupted(p joinplan.Plan, r *rand.Rand) {
	if len(p.Steps) == 0 {
		return
	}
	stop := p.Steps[r.IntN(len(p.Steps))]
	s.follow(p, func(step joinplan.Step) bool { return step.ID == stop.ID })
	for _, action := range stop.Actions[:r.IntN(len(stop.Actions)+1)] {
		s.act(stop.Host, action)
	}
}

// sameWhenever leaves out what depends on when it was made: certificates, and
// the old name and port, which a plan keeps only as long as something uses them.
func sameWhenever(text map[string]string) map[string]string {
	maps.DeleteFunc(text, func(name, _ string) bool {
		return strings.Contains(name, "/pki/apiserver.") || strings.Contains(name, "-convert") ||
			strings.HasSuffix(name, ":/etc/hosts") || strings.HasSuffix(name, joinplan.HAProxyPath)
	})
	return text
}

func TestTheWayBackOfEachStepRestoresTheBytes(t *testing.T) {
	t.Parallel()
	undone := 0
	for seed := range uint64(seeds) {
		in := randomInput(t, seed)
		s := simulate(t, in)
		for _, step := range plan(t, in).Steps {
			before := s.text()
			s.carryOut(step)
			if step.ID.Kind == "owner" || cmp.Equal(before, s.text()) {
				continue
			}
			undone++
			for _, action := range step.Undo {
				s.act(step.Host, action)
			}
			if diff := cmp.Diff(before, whatHAProxyLeaves(s.text(), before)); diff != "" {
				t.Fatalf("seed %d: the way back of %s leads elsewhere (-before +after):\n%s", seed, step.ID, diff)
			}
			s.carryOut(step)
		}
	}
	if undone < 5*seeds {
		t.Errorf("only %d steps were undone", undone)
	}
}

// whatHAProxyLeaves takes out the copy of the CA on a load balancer, which is
// public and does no harm.
func whatHAProxyLeaves(text, before map[string]string) map[string]string {
	maps.DeleteFunc(text, func(name, _ string) bool {
		_, was := before[name]
		return !was && strings.HasSuffix(name, joinplan.HAProxyCAPath)
	})
	return text
}

func TestTheWayBackFromAnywhereRestoresEverything(t *testing.T) {
	t.Parallel()
	for seed := range uint64(seeds) {
		in := randomInput(t, seed)
		in.Objects.Pods = in.Objects.Pods[:1] // nobody undoes what owners did
		in.Objects.ConfigMaps = slices.DeleteFunc(in.Objects.ConfigMaps, func(cm corev1.ConfigMap) bool {
			return cm.Name == "kubernetes-services-endpoint" || cm.Name == "kube-proxy"
		})
		in.Files = slices.DeleteFunc(in.Files, func(f convert.File) bool { return f.Host == "" })
		s := simulate(t, in)
		p := plan(t, in)
		if len(p.Steps) == 0 {
			continue
		}
		before := s.text()
		stop := p.Steps[rand.New(rand.NewPCG(seed, 11)).IntN(len(p.Steps))].ID
		done := s.follow(p, func(step joinplan.Step) bool { return step.ID == stop })
		s.follow(convert.Back(p, done), never)
		if diff := cmp.Diff(before, whatHAProxyLeaves(s.text(), before)); diff != "" {
			t.Errorf("seed %d: back from %s (-before +after):\n%s", seed, stop, diff)
		}
	}
}

func TestWorkersAreConvertedOneAtATime(t *testing.T) {
	t.Parallel()
	for seed := range uint64(seeds) {
		p := plan(t, randomInput(t, seed))
		var done []joinplan.ID
		for len(done) < len(p.Steps) {
			ready := p.Ready(done)
			kubelets := 0
			for _, step := range ready {
				if step.ID.Kind == "kubelet" {
					kubelets++
				}
			}
			if kubelets > 1 || len(ready) == 0 {
				t.Fatalf("seed %d: %d kubelets would restart at once, of %d ready steps", seed, kubelets, len(ready))
			}
			for _, step := range ready {
				done = append(done, step.ID)
			}
		}
	}
}

// Until the end, what still uses the old endpoint can: the name is in the
// certificates, and in the hosts files and load balancers that the plan writes.
func TestTheOldEndpointWorksUntilNothingUsesIt(t *testing.T) {
	t.Parallel()
	checked := 0
	for seed := range uint64(seeds) {
		in := randomInput(t, seed)
		s := simulate(t, in)
		p := plan(t, in)
		uses := func(worker string) string { return server(s.host[worker]["/etc/kubernetes/kubelet.conf"], "") }
		for _, step := range p.Steps {
			s.carryOut(step)
			for _, node := range in.Spec.Workers {
				host, port, err := net.SplitHostPort(strings.TrimPrefix(uses(node.Name), "https://"))
				if err != nil {
					t.Fatal(err)
				}
				for _, controlPlane := range in.Spec.ControlPlanes {
					if before := s.host[controlPlane.Name]; s.served(controlPlane.Name, host).Status != 0 && host != "api.example" {
						t.Errorf("seed %d: after %s %s cannot verify %s on %s: %v", seed, step.ID, node.Name, host, controlPlane.Name, before != nil)
					}
				}
				if hosts := s.host[node.Name]["/etc/hosts"]; host == "k8s-vip" && strings.Contains(hosts, "BEGIN haplane") {
					checked++
					if !strings.Contains(hosts, host) {
						t.Errorf("seed %d: after %s %s does not know %s", seed, step.ID, node.Name, host)
					}
				}
				for _, lb := range in.Spec.LoadBalancers {
					if config := s.host[lb.Name][joinplan.HAProxyPath]; config != "" && net.ParseIP(host) == nil && !strings.Contains(config, ":"+port) {
						t.Errorf("seed %d: after %s HAProxy no longer listens on %s, which %s uses", seed, step.ID, port, node.Name)
					}
				}
			}
		}
	}
	if checked == 0 {
		t.Error("no worker used an old name")
	}
}
