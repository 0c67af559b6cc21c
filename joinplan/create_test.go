package joinplan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/haplane/haplane/internal/haproxytest"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/render"
)

func TestAPlanShowsNoSecretUnlessAskedToRevealIt(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	known := joinplan.Input{Credentials: someCredentials(spec), Now: now}
	plan := create(t, spec, known)
	asJSON, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("plan", "plan", plan)
	texts := map[string]string{
		"JSON":    string(asJSON),
		"slog":    logged.String(),
		"runbook": string(render.Runbook(plan)),
		"cmp":     cmp.Diff(plan, create(t, spec, joinplan.Input{}), compareNetip),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts[verb] = fmt.Sprintf(verb, plan)
	}
	revealed := 0
	for file := range plan.Files() {
		if file.Content.IsSecret() && bytes.Contains(file.Content.Reveal(), []byte("0123456789abcdef")) {
			revealed++
		}
	}
	if revealed != 3 {
		t.Errorf("%d files reveal the token; want those of three joins", revealed)
	}
	token := "abcdef.0123456789abcdef"
	for name, text := range texts {
		for _, leak := range []string{token, strings.Repeat("fedcba9876543210", 2), fmt.Sprint([]byte(token)), fmt.Sprintf("%x", token)} {
			if strings.Contains(text, strings.Trim(leak, "[]")) {
				t.Errorf("%s shows a secret", name)
			}
		}
	}
}

func TestExpiredCredentialsAreMadeAnew(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	for name, tc := range map[string]struct {
		change func(*joinplan.Input)
		done   string
	}{
		"token":          {func(k *joinplan.Input) { k.Credentials.TokenExpires = now.Add(-time.Second) }, "token/cka-cp-1"},
		"certificateKey": {func(k *joinplan.Input) { k.Credentials.CertificateKeyExpires = now }, "upload-certs/cka-cp-1"},
	} {
		known := joinplan.Input{Credentials: someCredentials(spec), Now: now}
		fresh := create(t, spec, known)
		tc.change(&known)
		plan := create(t, spec, known)
		if last := plan.Warnings[len(plan.Warnings)-1]; !strings.Contains(last.String(), "credentials."+name) {
			t.Errorf("%s: no warning: %v", name, last)
		}
		if plan.Fingerprint() != fresh.Fingerprint() {
			t.Errorf("%s: it is another plan", name)
		}
		var all []joinplan.ID
		for _, step := range plan.Steps {
			if step.Awaits == "" && step.ID.Kind != joinplan.KindVerify {
				all = append(all, step.ID)
			}
		}
		if got := plan.Outdated(all); len(got) != 1 || got[0] != id(tc.done) {
			t.Errorf("%s: to be done again: %v", name, got)
		}
		if got := fresh.Outdated(all); len(got) > 0 {
			t.Errorf("%s: with what works, %v is to be done again", name, got)
		}
	}
}

func TestAPlanSaysHowLongItsCredentialsWork(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	known := joinplan.Input{Credentials: someCredentials(spec), Now: now}
	known.Credentials.TokenExpires = now.Add(24 * time.Hour)
	known.Credentials.CertificateKeyExpires = now.Add(2 * time.Hour)
	plan := create(t, spec, known)
	if !plan.Credentials.Expires().Equal(now.Add(2 * time.Hour)) {
		t.Errorf("the plan expires at %v", plan.Credentials.Expires())
	}
	if !strings.Contains(string(render.Runbook(plan)), "2026-05-01T14:00:00Z") {
		t.Error("the runbook does not say when")
	}
}

func TestTheLoadBalancerFileHoldsForRealHAProxy(t *testing.T) {
	t.Parallel()
	ca := haproxytest.CAFile(t)
	for seed := range uint64(20) {
		config, err := joinplan.HAProxyConfig(joinplan.Input{Spec: randomSpec(seed)})
		if err != nil {
			t.Fatal(err)
		}
		haproxytest.MustAccept(t, bytes.ReplaceAll(config.Bytes(), []byte(joinplan.HAProxyCAPath), []byte(ca)))
	}
}

// getent asks nobody for the name of an address that is in no file.
func TestWithAnAddressForAnEndpointTheMachinesAreAskedForOneAnothersNames(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.ControlPlaneEndpoint.Host, spec.EndpointAddresses = spec.LoadBalancers[0].Address.Addr().String(), nil
	first, second := spec.ControlPlanes[0], spec.ControlPlanes[1]
	for _, step := range create(t, spec, joinplan.Input{}).Steps {
		if step.ID.Kind != "hosts" {
			continue
		}
		about := first
		if step.Host == first.Name {
			about = second
		}
		if len(step.Checks) != 1 {
			t.Fatalf("%s has %d checks, want 1", step.ID, len(step.Checks))
		}
		check := step.Checks[0]
		answer := fmt.Sprintf("%s  %s\n", about.Address.Addr(), about.Name)
		if got, want := check.Commands[0].String(), "getent hosts "+about.Name; got != want {
			t.Errorf("%s asks %q, want %q", step.ID, got, want)
		}
		if err := check.Judge(joinplan.Output{Stdout: []byte(answer)}); err != nil {
			t.Errorf("%s: %v", step.ID, err)
		}
		if err := check.Judge(joinplan.Output{Status: 2}); err == nil || !strings.HasSuffix(err.Error(), "exit status 2") {
			t.Errorf("%s: no such name: error %v", step.ID, err)
		}
	}
}

func TestEveryFileOfAnInvalidDescriptionIsRefused(t *testing.T) {
	t.Parallel()
	bad := lab(t)
	bad.ControlPlanes[1].Name = "x;reboot"
	credentials := someCredentials(bad)
	calls := map[string]func() error{
		"Create":          func() error { _, err := joinplan.Create(joinplan.Input{Spec: bad}); return err },
		"HostsBlock":      func() error { _, err := joinplan.HostsBlock(bad); return err },
		"HAProxyConfig":   func() error { _, err := joinplan.HAProxyConfig(joinplan.Input{Spec: bad}); return err },
		"InitFile":        func() error { _, err := joinplan.InitFile(bad); return err },
		"UploadCertsFile": func() error { _, err := joinplan.UploadCertsFile(bad); return err },
		"JoinFile":        func() error { _, err := joinplan.JoinFile(bad, "cka-wk-1", credentials); return err },
		"JoinCommand":     func() error { _, err := joinplan.JoinCommand(bad, "cka-wk-1", credentials); return err },
	}
	for name, call := range calls {
		var fieldErr *field.Error
		if err := call(); !errors.As(err, &fieldErr) || fieldErr.Field != "controlPlanes[1].name" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyMachinesThatJoinHaveAJoinFile(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	for _, name := range []string{"cka-cp-1", "cka-hap-1", "nobody", ""} {
		if _, err := joinplan.JoinFile(spec, name, someCredentials(spec)); err == nil {
			t.Errorf("%q has a join file", name)
		}
	}
}

func TestANodeIPThatIsGivenIsNotGivenAgain(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.Workers[0].KubeletArgs = []cluster.Arg{{Name: "node-ip", Value: "10.0.0.9"}}
	file, err := joinplan.JoinFile(spec, "cka-wk-1", someCredentials(spec))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(file.Bytes()); strings.Count(text, "node-ip") != 1 || !strings.Contains(text, "10.0.0.9") {
		t.Error(text)
	}
}

func TestAKubeletConfigurationIsCarriedAsItIs(t *testing.T) {
	t.Parallel()
	spec := lab(t)
	spec.KubeletConfiguration = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: cgroupfs # as it is\n"
	file, err := joinplan.InitFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(file.Bytes()), "---\n"+spec.KubeletConfiguration) {
		t.Errorf("%s", file.Bytes())
	}
	for _, text := range []string{"kind: Pod\n", "{", "a list"} {
		spec.KubeletConfiguration = text
		if _, err := joinplan.InitFile(spec); err == nil || !strings.Contains(err.Error(), "kubeletConfiguration") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAZeroPlanIsEmptyAndHarmless(t *testing.T) {
	t.Parallel()
	var plan joinplan.Plan
	for range plan.Files() {
		t.Error("an empty plan has a file")
	}
	if ready := plan.Ready(nil); len(ready) != 0 {
		t.Errorf("ready: %v", ready)
	}
	for file := range render.Bundle(plan) {
		if file.Path == "" {
			t.Error("a file without a path")
		}
	}
}

func TestTheAPIVersionIsTheNewestThatKubeadmReadsOrTheOneAskedFor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ kubernetes, api, want string }{
		{"v1.30.4", "", "v1beta3"},
		{"v1.37.2", "", "v1beta4"},
		{"v1.36.3", "v1beta3", "v1beta3"},
		{"v1.37.2", "v1beta3", ""},
		{"v1.30.4", "v1beta4", ""},
		{"v1.37.2", "v1beta9", ""},
		{"v1.12.0", "", ""},
	} {
		spec := lab(t)
		spec.KubernetesVersion, spec.KubeadmAPIVersion = tc.kubernetes, tc.api
		file, err := joinplan.InitFile(spec)
		if tc.want == "" {
			if err == nil {
				t.Errorf("kubeadm %s is given %q", tc.kubernetes, tc.api)
			}
			continue
		}
		if version, versionErr := file.Version(); err != nil || versionErr != nil || string(version) != tc.want {
			t.Errorf("kubeadm %s: got %s, %v", tc.kubernetes, version, err)
		}
	}
}
