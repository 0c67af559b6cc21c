package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/e2e/build"
	"github.com/haplane/haplane/internal/e2e/lab"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/hostcheck"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
)

// What goes wrong on the way from one control plane to three is said before
// kubeadm fails on it, and the advice works.
func TestTrouble(t *testing.T) {
	full := describe(build.V1_37, 3, 1)
	d := deploy(t, "Trouble: what goes wrong is said before kubeadm fails", build.V1_37, full)
	t.Run("a host with the wrong prefix length", d.findsAWrongPrefix)

	small := full
	small.ControlPlanes, small.Workers = full.ControlPlanes[:1], nil
	d.spec = small
	d.create(t)
	small.Workers = full.Workers
	t.Run("an expired token", func(t *testing.T) { d.tokenExpires(t, small) })
	small.ControlPlanes = full.ControlPlanes[:2]
	t.Run("an expired certificate key", func(t *testing.T) { d.certificatesExpire(t, small) })
	t.Run("an etcd member that never started", func(t *testing.T) { d.memberIsLeftBehind(t, full) })
	t.Run("the cluster is highly available", d.isHighlyAvailable)
}

// findsAWrongPrefix sets a prefix length on a machine that is not the
// description's, as a typo in its network settings does.
func (d *deployment) findsAWrongPrefix(t *testing.T) {
	victim := d.spec.Workers[0]
	host, right := d.host(t, victim.Name), victim.Address
	wrong := strings.Replace(right.String(), "/24", "/25", 1)
	move := func(from, to string) {
		run(t, host, "ip", "addr", "del", from, "dev", "eth0")
		run(t, host, "ip", "addr", "add", to, "dev", "eth0")
		run(t, host, "ip", "route", "replace", "default", "via", d.lab.Gateway().String())
	}
	move(right.String(), wrong)
	found := d.prefixFindings(t)
	if len(found) != 1 || found[0].Subject != victim.Name || !strings.Contains(found[0].Message, wrong) {
		t.Errorf("%s has the address %s, and hostcheck found %v", victim.Name, wrong, found)
	}
	for _, f := range found {
		d.tell("hostcheck: %v", f)
	}
	move(wrong, right.String())
	if found := d.prefixFindings(t); len(found) > 0 {
		t.Errorf("the address is right again, and hostcheck found %v", found)
	}
}

// prefixFindings are what hostcheck finds in what every machine says of its
// addresses.
func (d *deployment) prefixFindings(t *testing.T) []hostcheck.Finding {
	t.Helper()
	script := hostcheck.Script(d.spec)
	var captures []hostcheck.Capture
	for _, h := range d.lab.Hosts() {
		said, err := h.RunInput(interrupted, bytes.NewReader(script), "sh")
		if err != nil {
			t.Fatal(err)
		}
		capture, err := hostcheck.Parse(h.Name, string(said.Stdout))
		if err != nil {
			t.Fatalf("%v\nin:\n%s", err, said.Stdout)
		}
		captures = append(captures, capture)
	}
	report, err := hostcheck.Check(d.spec, captures...)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(report.Findings, func(f hostcheck.Finding) bool { return f.Code != hostcheck.PrefixDiffers })
}

// tokenExpires lets the bootstrap token run out before a worker joins.
func (d *deployment) tokenExpires(t *testing.T, to cluster.Spec) {
	known := d.printed
	id, _, _ := strings.Cut(known.Token.Reveal(), ".")
	d.expire(t, id)
	observed := d.awaitState(t, "the token is gone", func(s cluster.State) bool {
		return !slices.ContainsFunc(s.Tokens, func(token cluster.TokenState) bool { return token.ID == id })
	})
	observed.Spec, observed.Credentials, observed.Now = to, known, known.TokenExpires
	plan, err := joinplan.ScaleOut(observed)
	if err != nil {
		t.Fatal(err)
	}
	d.mustRenew(t, plan, "credentials.token", joinplan.KindToken)
	d.scaleOut(t, to)
}

// mustRenew wants a plan to say that credentials have ended, and to make others.
func (d *deployment) mustRenew(t *testing.T, plan joinplan.Plan, field string, step joinplan.Kind) {
	t.Helper()
	i := slices.IndexFunc(plan.Warnings, func(w cluster.Finding) bool { return w.Place == field })
	if i < 0 || !strings.Contains(plan.Warnings[i].Message, "has ended") {
		t.Fatalf("the plan says nothing of %s, which have ended: %v", field, plan.Warnings)
	}
	d.tell("Credentials expired: %q.", plan.Warnings[i])
	if !slices.ContainsFunc(plan.Steps, func(s joinplan.Step) bool { return s.ID.Kind == step }) {
		t.Fatalf("the plan has no step %s", step)
	}
}

// certificatesExpire uploads certificates and lets them run out before a
// control plane joins.
func (d *deployment) certificatesExpire(t *testing.T, to cluster.Spec) {
	command, err := kubeadmcmd.UploadCerts{ConfigFile: joinplan.InitPath}.Command()
	if err != nil {
		t.Fatal(err)
	}
	first := d.spec.ControlPlanes[0].Name
	printed := run(t, d.host(t, first), command.Argv()...)
	known := d.printed
	key, err := kubeadmcmd.ParseCredentials(printed, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if known, err = known.Merge(key); err != nil {
		t.Fatal(err)
	}
	owner := d.kubectl(t, first, "-n", "kube-system", "get", "secret", "kubeadm-certs", "-o", "jsonpath={.metadata.ownerReferences[0].name}")
	d.expire(t, strings.TrimPrefix(owner, "bootstrap-token-"))
	observed := d.awaitState(t, "the certificates are gone", func(s cluster.State) bool { return !s.Certificates.Uploaded })

	observed.Spec, observed.Credentials, observed.Now = to, known, known.CertificateKeyExpires
	plan, err := joinplan.ScaleOut(observed)
	if err != nil {
		t.Fatal(err)
	}
	d.mustRenew(t, plan, "credentials.certificateKey", joinplan.KindUploadCerts)
	d.scaleOut(t, to)
}

// expire sets the end of a bootstrap token to a time that is past. Kubernetes'
// token cleaner deletes it then, and what it owns.
func (d *deployment) expire(t *testing.T, id string) {
	t.Helper()
	patch := fmt.Sprintf(`{"stringData":{"expiration":%q}}`, time.Now().Add(-time.Minute).UTC().Format(time.RFC3339))
	d.kubectl(t, d.spec.ControlPlanes[0].Name, "-n", "kube-system", "patch", "secret", "bootstrap-token-"+id, "--type=merge", "-p", patch)
}

// awaitState waits until the cluster says of itself what is wanted.
func (d *deployment) awaitState(t *testing.T, what string, want func(cluster.State) bool) joinplan.Input {
	t.Helper()
	var observed joinplan.Input
	err := lab.Poll(interrupted, 2*time.Minute, what, func(ctx context.Context) error {
		var err error
		observed, err = d.observe(ctx, d.spec.ControlPlanes[0].Name)
		if err == nil && !want(observed.State) {
			err = errors.New("not yet")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return observed
}

// memberIsLeftBehind adds an etcd member for a control plane that then does not
// start, as a join that dies does: kubeadm adds a learner first.
func (d *deployment) memberIsLeftBehind(t *testing.T, to cluster.Spec) {
	first, dead := d.host(t, d.spec.ControlPlanes[0].Name), to.ControlPlanes[len(to.ControlPlanes)-1]
	local := etcdctl("https://127.0.0.1:2379")
	run(t, first, slices.Concat(local, []string{"member", "add", dead.Name, "--learner", "--peer-urls=https://" + dead.Address.Addr().String() + ":2380"})...)

	observed, err := d.observe(interrupted, first.Name)
	if err != nil {
		t.Fatal(err)
	}
	observed.Spec = to
	_, err = joinplan.ScaleOut(observed)
	var refused *joinplan.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "remove it") {
		t.Fatalf("a plan while etcd has a member that never started: got %v; want a refusal with the advice to remove it", err)
	}
	d.tell("Etcd member left behind: %q.", err)

	report, err := d.etcd(interrupted, first.Name)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(report.Members, func(m etcdcheck.MemberState) bool { return m.Role == etcdcheck.UnstartedLearner })
	if i < 0 {
		t.Fatalf("etcdcheck knows no unstarted learner: %+v", report.Members)
	}
	run(t, first, slices.Concat(local, []string{"member", "remove", report.Members[i].ID.String()})...)
	d.scaleOut(t, to)
}
