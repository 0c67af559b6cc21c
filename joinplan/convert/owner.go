package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan"
)

// systemNamespaces hold what a cluster itself is made of, and networks of pods.
// Nobody can make anything there to whom the cluster's owner has not given it.
var systemNamespaces = []string{"kube-system", "kube-public", "kube-node-lease", "kube-flannel", "calico-system", "calico-apiserver", "tigera-operator", "cilium"}

func isTenants(namespace string) bool { return !slices.Contains(systemNamespaces, namespace) }

// tenants tell of what belongs to those who use the cluster, each object in one
// line.
func (p planner) tenants(needs []joinplan.ID) []joinplan.Step {
	const longest = 500
	step := joinplan.Step{
		ID:    joinplan.KindOwner.Step(p.admin.name),
		Title: "Whoever runs what was told the old address",
		Host:  p.admin.name,
		Why:   "When the old address is gone, these lose the API. They are not the cluster's own, so nothing here waits for them.",
		Needs: needs,
	}
	told := map[string]bool{}
	for _, r := range p.census.InScope() {
		if where := r.Place(); r.Tenant && !told[where] {
			told[where] = true
			step.Preconditions = append(step.Preconditions, plain.Short(p.advice(r), longest))
		}
	}
	if len(told) == 0 {
		return nil
	}
	return []joinplan.Step{step}
}

// ownerSteps have no actions: what belongs to a release or an operator comes
// back when only the object is changed.
func (p planner) ownerSteps(needs []joinplan.ID) []joinplan.Step {
	var places []string
	at := map[string][]Reference{}
	for _, r := range p.census.References {
		if r.Verdict == Manual && !r.Tenant {
			places = append(places, r.Place())
			at[r.Place()] = append(at[r.Place()], r)
		}
	}
	var out []joinplan.Step
	for _, where := range unique(places) {
		out = append(out, p.ownerStep(where, at[where], needs))
	}
	return out
}

func (p planner) ownerStep(where string, refs []Reference, needs []joinplan.ID) joinplan.Step {
	host := refs[0].Host
	if host == "" {
		host = p.admin.name
	}
	step := joinplan.Step{
		ID:    joinplan.KindOwner.Step(strings.ReplaceAll(where, " ", "/")),
		Title: "Whoever installed " + where,
		Host:  host,
		Why:   "When the old address is gone, " + refs[0].Breaks + ".",
		Needs: needs,
	}
	for _, r := range refs {
		step.Preconditions = append(step.Preconditions, p.advice(r))
		if check, ok := p.isGone(r, host); ok {
			step.Checks = append(step.Checks, check)
		}
	}
	return step
}

func (p planner) advice(r Reference) string {
	e := p.spec.ControlPlaneEndpoint
	switch {
	case r.Kind == PodNetwork && strings.Contains(r.Where, "cilium"):
		return fmt.Sprintf("Cilium: set k8sServiceHost=%s and k8sServicePort=%d in its Helm values and upgrade the release; %s has %s.", e.Host, e.Port, r.Field, r.Address)
	case strings.HasSuffix(r.Where, "/kubernetes-services-endpoint"):
		return fmt.Sprintf("Calico: set KUBERNETES_SERVICE_HOST=%s and KUBERNETES_SERVICE_PORT=%d in %s; its operator then restarts the pods, without one restart calico-node and calico-kube-controllers.", e.Host, e.Port, r.Where)
	case r.Kind == Konnectivity:
		return fmt.Sprintf("Konnectivity: set --proxy-server-host=%s where the agents are installed from, have the load balancer pass its port on to every control plane, and roll the agents out.", e.Host)
	case r.Kind == ControllerManager || r.Kind == Scheduler:
		return fmt.Sprintf("Set the server of %s to the API server of its own machine, and restart that static pod.", r.Place())
	case r.Kind == Kubeconfig:
		return fmt.Sprintf("Whoever has %s sets its server to %s: kubectl config set-cluster NAME --server=%s.", r.Place(), p.census.Endpoint, p.census.Endpoint)
	}
	return fmt.Sprintf("Set %s of %s, which is %s, to %s where it is installed from (chart, manifest, operator), and roll it out.", r.Field, r.Place(), r.Address, e)
}

// isGone checks that the old host is no longer there. Where only the port
// differs there is nothing that a search could tell apart.
func (p planner) isGone(r Reference, host string) (joinplan.Check, bool) {
	at, ok := parseServer(r.Address)
	if !ok {
		at, ok = parseHostPort(r.Address, 0)
	}
	if !ok || p.isEndpointHost(at.Host) || r.Host == "" && r.Kind == Kubeconfig || !isWord(at.Host) || !isWord(r.Where) {
		return joinplan.Check{}, false
	}
	const absent = ` && ! printf '%s\n' "$text" | grep -qwF -- "$1"`
	expect := r.Place() + " no longer has " + at.Host
	if r.Host != "" {
		return succeeds(host, expect, shell(`text=$(cat -- "$2")`+absent, at.Host, r.Where)...), true
	}
	kind, name, _ := strings.Cut(r.Where, " ")
	namespace, name, _ := strings.Cut(name, "/")
	show := `text=$(kubectl --kubeconfig ` + adminConf + ` -n "$2" get "$3" "$4" -o json)`
	return succeeds(host, expect, shell(show+absent, at.Host, namespace, kind, name)...), true
}

// isWord reports whether a text can stand in a command of a runbook, in which
// people see each line as a command.
func isWord(text string) bool { return plain.Line(text) == text }

func (p planner) isEndpointHost(host string) bool {
	return host == canonicalHost(p.spec.ControlPlaneEndpoint.Host)
}
