package joinplan_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/haplane/haplane/haproxycfg"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
)

// ownHAProxy are the settings of a site that has its own ideas.
func ownHAProxy() haproxycfg.APIServers {
	return haproxycfg.APIServers{
		Listen:     []netip.Addr{netip.MustParseAddr("192.168.51.80")},
		ClientCert: "/etc/haproxy/client.pem",
		Stats:      netip.MustParseAddrPort("127.0.0.1:8404"),
		MaxConn:    4321,
	}
}

// written is the haproxy.cfg that a plan writes.
func haproxyOf(t *testing.T, plan joinplan.Plan) string {
	t.Helper()
	for file := range plan.Files() {
		if file.Path == joinplan.HAProxyPath {
			return string(file.Content.Reveal())
		}
	}
	t.Fatalf("%s writes no %s", plan.Title, joinplan.HAProxyPath)
	return ""
}

func TestTheSettingsOfHAProxyGoThroughEveryPlan(t *testing.T) {
	t.Parallel()
	spec, all := lab(t), observed(lab(t), func(string) bool { return true })
	some := observed(spec, func(name string) bool { return name == "cka-cp-1" })
	smaller := lab(t)
	smaller.ControlPlanes = smaller.ControlPlanes[:2]
	another := lab(t)
	another.ControlPlanes[2] = cluster.Node{Name: "cka-cp-4", Address: netip.MustParsePrefix("192.168.51.90/24")}
	tcp := ownHAProxy()
	tcp.Profile, tcp.ClientCert = haproxycfg.ProfileTCP, ""
	for name, plan := range map[string]func(haproxycfg.APIServers) (joinplan.Plan, error){
		"Create": func(h haproxycfg.APIServers) (joinplan.Plan, error) {
			return joinplan.Create(joinplan.Input{Spec: spec, HAProxy: h})
		},
		"Rebuild": func(h haproxycfg.APIServers) (joinplan.Plan, error) {
			return joinplan.Rebuild(joinplan.Input{Spec: spec, HAProxy: h})
		},
		"Endpoint": func(h haproxycfg.APIServers) (joinplan.Plan, error) {
			return joinplan.Endpoint(joinplan.Input{Spec: spec, HAProxy: h})
		},
		"ScaleOut": func(h haproxycfg.APIServers) (joinplan.Plan, error) {
			some.Spec, some.HAProxy = spec, h
			return joinplan.ScaleOut(some)
		},
		"Remove": func(h haproxycfg.APIServers) (joinplan.Plan, error) {
			in := given(smaller, all)
			in.HAProxy = h
			return joinplan.Remove(in, "cka-cp-3")
		},
		"Replace": func(h haproxycfg.APIServers) (joinplan.Plan, error) {
			in := given(another, all)
			in.HAProxy = h
			return joinplan.Replace(in, "cka-cp-3")
		},
	} {
		for _, tc := range []struct {
			settings haproxycfg.APIServers
			lines    []string
			not      string
		}{
			{ownHAProxy(), []string{"bind 192.168.51.80:6443", "crt /etc/haproxy/client.pem", "127.0.0.1:8404", "maxconn 4321", joinplan.HAProxyCAPath}, "0.0.0.0:6443"},
			{tcp, []string{"bind 192.168.51.80:6443", "maxconn 4321"}, joinplan.HAProxyCAPath},
		} {
			made, err := plan(tc.settings)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			text := haproxyOf(t, made)
			for _, line := range tc.lines {
				if !strings.Contains(text, line) {
					t.Errorf("%s: %q is lost:\n%s", name, line, text)
				}
			}
			if strings.Contains(text, tc.not) {
				t.Errorf("%s: it has %q:\n%s", name, tc.not, text)
			}
			config, err := joinplan.HAProxyConfig(joinplan.Input{Spec: made.Spec, HAProxy: tc.settings})
			if err != nil || !bytes.Equal(config.Bytes(), []byte(text)) {
				t.Errorf("%s: HAProxyConfig gives another file: %v", name, err)
			}
		}
	}
}

func TestAFileThatOnlyTheSiteBringsIsAPrecondition(t *testing.T) {
	t.Parallel()
	plan, err := joinplan.Create(joinplan.Input{Spec: lab(t), HAProxy: ownHAProxy()})
	if err != nil {
		t.Fatal(err)
	}
	step := stepOf(t, plan, "load-balancer/cka-hap-1")
	if text := strings.Join(step.Preconditions, "\n"); !strings.Contains(text, "/etc/haproxy/client.pem is there") {
		t.Errorf("nothing says who brings the certificate:\n%s", text)
	}
	bad := ownHAProxy()
	bad.ClientCert = "a b"
	if _, err := joinplan.Create(joinplan.Input{Spec: lab(t), HAProxy: bad}); err == nil || !strings.Contains(err.Error(), "haproxy") {
		t.Errorf("settings that HAProxy refuses: got %v", err)
	}
}
