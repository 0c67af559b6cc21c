package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/examples/orchestrator"
	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/joinplan"
)

// death is where whoever carries a plan out dies: while kubeadm init or kubeadm
// join is at work on a machine.
type death struct {
	on string
	// when is a text for sh that succeeds on the machine when the time has come.
	// Without one it is the moment at which kubeadm has ended.
	when string
	// survives is set where kubeadm outlives who called it.
	survives bool
}

func (d death) String() string {
	switch {
	case d.when == "":
		return "when kubeadm had ended on " + d.on
	case d.survives:
		return fmt.Sprintf("and kubeadm went on, on %s at `%s`", d.on, d.when)
	}
	return fmt.Sprintf("and kubeadm with it, on %s at `%s`", d.on, d.when)
}

const (
	machineKnown  = "test -e /etc/kubernetes/kubelet.conf"
	serverWritten = "test -e /etc/kubernetes/manifests/kube-apiserver.yaml"
	etcdWritten   = "test -e /etc/kubernetes/manifests/etcd.yaml"
	etcdBegan     = "test -e /var/lib/etcd/member/snap/db"
	// A learner does not answer.
	etcdVotes = "etcdctl --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key member list"
)

// Whoever carries the plan out is killed again and again, and is followed by
// another that knows only what was saved.
func TestResume(t *testing.T) {
	const first, second, third = "cka-cp-1", "cka-cp-2", "cka-cp-3"
	t.Run("kubeadm init dies too", func(t *testing.T) {
		resumes(t, 1, []death{{on: first, when: serverWritten}, {on: first, when: etcdBegan}, {on: first}})
	})
	t.Run("kubeadm join dies too", func(t *testing.T) {
		resumes(t, 3, []death{
			{on: second, when: machineKnown},
			{on: second, when: etcdWritten},
			{on: second},
			{on: third, when: etcdVotes},
		})
	})
	t.Run("kubeadm goes on", func(t *testing.T) {
		resumes(t, 2, []death{
			{on: first, when: serverWritten, survives: true},
			{on: second, when: etcdWritten, survives: true},
		})
	})
}

func resumes(t *testing.T, controlPlanes int, deaths []death) {
	d := deploy(t, fmt.Sprintf("Create with %d control planes, killed %d times on the way", controlPlanes, len(deaths)), build.V1_37, describe(build.V1_37, controlPlanes, 1))
	create := d.planner(func(in joinplan.Input) (joinplan.Plan, error) {
		in.Spec = d.spec
		return joinplan.Create(in)
	})
	plan, err := create(joinplan.Input{})
	if err != nil {
		t.Fatal(err)
	}
	saved := plan.NewProgress().Bytes()
	next := func(ctx context.Context, by orchestrator.Transport) error {
		o := d.orchestrator(by)
		if o.Progress, err = plan.ParseProgress(saved); err != nil {
			t.Fatal(err)
		}
		o.Save = func(p joinplan.Progress) error {
			if ctx.Err() == nil {
				saved = p.Bytes()
			}
			return context.Cause(ctx)
		}
		err := o.Run(ctx, create)
		if err != nil && !errors.Is(err, errKilled) {
			d.complain(t, o.Progress)
		}
		return err
	}
	for _, at := range deaths {
		ctx, kill := context.WithCancelCause(interrupted)
		begin := time.Now()
		err := next(ctx, mortal{transport{d.lab, d.log}, at, kill, survives(deaths)})
		kill(nil)
		if !errors.Is(err, errKilled) {
			t.Fatalf("not killed %v, but: %v", at, err)
		}
		d.tell("Killed after %.1f s, %v.", time.Since(begin).Seconds(), at)
	}
	begin := time.Now()
	if err := next(interrupted, mortal{transport: transport{d.lab, d.log}, keeps: survives(deaths)}); err != nil {
		t.Fatal(err)
	}
	d.tell("The last one came to the end of the plan in %.1f s.", time.Since(begin).Seconds())
	d.isHighlyAvailable(t)
}

var errKilled = errors.New("whoever carried the plan out was killed")

// mortal is the transport of somebody who dies.
type mortal struct {
	transport
	at   death
	kill context.CancelCauseFunc
	// keeps is set where nothing is left half done, so that nothing need be reset.
	keeps bool
}

func survives(deaths []death) bool {
	return slices.ContainsFunc(deaths, func(d death) bool { return d.survives })
}

func (m mortal) Run(ctx context.Context, name string, argv []string) (joinplan.Output, error) {
	if m.keeps && len(argv) > 1 && argv[0] == "kubeadm" && argv[1] == "reset" {
		return joinplan.Output{}, errors.New("a machine is reset on which kubeadm has come to its end")
	}
	if name != m.at.on || len(argv) < 3 || argv[0] != "kubeadm" || !slices.Contains([]string{"init", "join"}, argv[1]) || argv[2] != "--config" {
		return m.transport.Run(ctx, name, argv)
	}
	working, stop := context.WithCancel(interrupted)
	ended := make(chan error, 1)
	go func() {
		defer stop()
		output, err := m.transport.Run(working, name, argv)
		if err == nil && output.Status != 0 {
			err = fmt.Errorf("exit status %d: %s", output.Status, output.Stderr)
		}
		ended <- err
	}()
	if m.at.when == "" {
		if err := <-ended; err != nil {
			return joinplan.Output{}, err
		}
		m.kill(errKilled)
		return joinplan.Output{}, errKilled
	}
	for {
		result, err := m.lab.Host(name).Run(working, "sh", "-c", m.at.when)
		if err == nil {
			fmt.Fprintf(m.log, "killed at %s: %s\n", m.at.when, strings.TrimSpace(string(result.Stdout)))
			break
		}
		select {
		case err := <-ended:
			return joinplan.Output{}, fmt.Errorf("kubeadm ended before its time (%v)", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	m.kill(errKilled)
	if !m.at.survives {
		stop()
		<-ended
	}
	return joinplan.Output{}, errKilled
}
