package next

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/joinplan"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/convert"
)

// Way is what a plan does to a cluster. Ways are stable.
type Way string

// The ways.
const (
	// ToCreate makes the cluster on machines that are of none.
	ToCreate Way = "create"
	// ToConvert has everything in the cluster name the endpoint, in place.
	ToConvert Way = "convert"
	// ToScaleOut has the machines join that are missing.
	ToScaleOut Way = "scale-out"
	// ToCheck changes nothing.
	ToCheck Way = "check"
	// Unknown is the way where too little was seen to take any.
	Unknown Way = "unknown"
)

// Decision is what comes next.
type Decision struct {
	// Way that leads on.
	Way Way
	// Because says in a paragraph what was decided, and from what.
	Because string
	// Plan of that way. It has no steps where something is InTheWay.
	Plan joinplan.Plan
	// InTheWay are the reasons why there is no plan: see [joinplan.RefusedError].
	InTheWay []string
	// Census of what names an API server; empty where nobody saw the files of a
	// machine.
	Census convert.Census
	// Findings are what no plan does by itself: machines that are dead, nodes that
	// are not described, places that were not seen. The Remedy says how to ask.
	Findings []cluster.Finding
}

// Codes of findings.
const (
	// CodeNotReady is a described machine of the cluster that is not Ready.
	CodeNotReady = "not-ready"
	// CodeNotDescribed is a node that the description does not have.
	CodeNotDescribed = "not-described"
	// CodeLeftBehind is a place that names another address than the endpoint, and
	// that only its owner can change.
	CodeLeftBehind = "left-behind"
	// CodeNotSeen is what the census lacks.
	CodeNotSeen = "not-seen"
)

// Decide decides what comes next. Nothing that was seen stands for nothing that
// is there only where every described control plane is among in.Empty.
//
// Errors are those of the description, the credentials and the census. A plan
// that is refused is no error: see [Decision.InTheWay].
func Decide(in Input) (Decision, error) {
	spec, err := joinplan.Ordered(in.Spec)
	if err != nil {
		return Decision{}, err
	}
	d := decider{in: in, spec: spec}
	if !in.showsCluster() {
		return d.withoutCluster()
	}
	if in.State.KubeadmConfig.Text == "" || len(in.State.Nodes) == 0 {
		return d.withTooLittle(), nil
	}
	census, err := convert.TakeCensus(d.conversion())
	if err != nil {
		return Decision{}, err
	}
	d.census = census
	if endpoint, there := in.State.Endpoint(); !there || endpoint != spec.ControlPlaneEndpoint {
		return d.converted(d.whyAnotherEndpoint(endpoint, there))
	}
	isPlanned := func(r convert.Reference) bool { return r.Verdict == convert.Edit || r.Verdict == convert.Restart }
	if d.sawFiles() && slices.ContainsFunc(census.References, isPlanned) {
		why := fmt.Sprintf("It has the described endpoint %s, and there are places that name another address (%d of them):", spec.ControlPlaneEndpoint, len(census.InScope()))
		return d.converted(why)
	}
	return d.grown()
}

// Create plans to create the cluster where somebody asks for it: on machines
// that nobody has seen too. It is refused, with a [*joinplan.RefusedError],
// where something shows a cluster. Other errors are those of [joinplan.Create].
func Create(in Input) (joinplan.Plan, error) {
	if reasons := in.whyNotCreate(); len(reasons) > 0 {
		return joinplan.Plan{}, &joinplan.RefusedError{Reasons: reasons}
	}
	return joinplan.Create(in.Input)
}

// decider decides. Nothing changes it once the census is taken.
type decider struct {
	in     Input
	spec   cluster.Spec
	census convert.Census
}

// showsCluster reports whether an API server or an etcd answered.
func (in Input) showsCluster() bool {
	s := in.State
	return len(s.Nodes)+len(s.Tokens)+len(s.APIServers)+len(s.Absent)+len(in.Objects.Pods)+len(in.Etcd.Members)+len(in.Etcd.Statuses) > 0 ||
		s.KubeadmConfig.Text != "" || s.KubeletConfig != "" || len(s.ClusterInfo.CACertHashes) > 0
}

// whyNotCreate names what shows a cluster.
func (in Input) whyNotCreate() []string {
	var reasons []string
	if in.showsCluster() {
		reasons = append(reasons, "a cluster answers ("+in.seen()+"): ask what is next for it, or rebuild to throw it away")
	}
	var occupied []string
	for _, f := range in.Files {
		isKubeadms := strings.HasPrefix(f.Path, kubernetesDir)
		if f.Host != "" && isKubeadms && !slices.Contains(occupied, f.Host) {
			occupied = append(occupied, f.Host)
		}
	}
	if len(occupied) > 0 {
		reasons = append(reasons, list(occupied)+" "+verb(occupied, "has", "have")+" files of a cluster below "+kubernetesDir+
			": look there why its API did not answer, and capture a control plane again; to throw it away, ask for rebuild")
	}
	return reasons
}

// withoutCluster is the way where no cluster answered.
func (d decider) withoutCluster() (Decision, error) {
	var unasked []string
	for _, node := range d.spec.ControlPlanes {
		if !slices.Contains(d.in.Empty, node.Name) {
			unasked = append(unasked, node.Name)
		}
	}
	reasons := d.in.whyNotCreate()
	if len(reasons) == 0 && len(unasked) > 0 {
		reasons = []string{"nothing says whether " + list(unasked) + " " + verb(unasked, "is", "are") +
			" of a cluster: capture every machine, or ask for create by its name where there surely is none"}
	}
	if len(reasons) > 0 {
		return Decision{Way: Unknown, Because: "No API server and no etcd answered, which does not mean that there is no cluster.", InTheWay: reasons}, nil
	}
	because := "There is no cluster: " + list(d.in.Empty) + " said that " + verb(d.in.Empty, "it holds", "they hold") + " nothing of one. The plan creates it on the machines of the description."
	if workers := d.notAsked(); len(workers) > 0 {
		because += " Nobody asked " + list(workers) + "."
	}
	plan, err := joinplan.Create(d.in.Input)
	return d.finish(Decision{Way: ToCreate, Because: because}, plan, err)
}

func (d decider) notAsked() []string {
	var names []string
	for _, node := range d.spec.Workers {
		if !slices.Contains(d.in.Empty, node.Name) {
			names = append(names, node.Name)
		}
	}
	return names
}

// withTooLittle is the way where a cluster is there, and nobody knows which.
func (d decider) withTooLittle() Decision {
	out := Decision{Way: Unknown, Because: "A cluster is there (" + d.in.seen() + "), and too little of it was seen to tell what it lacks."}
	if len(d.in.State.Nodes) == 0 {
		out.InTheWay = append(out.InTheWay, "its nodes were not seen: kubectl get nodes -o json")
	}
	if d.in.State.KubeadmConfig.Text == "" {
		out.InTheWay = append(out.InTheWay, "its configuration was not seen: kubectl get configmap -n kube-system kubeadm-config -o json")
	}
	for _, absent := range d.in.State.Absent {
		if absent.Reason == cluster.NotFound {
			continue
		}
		out.InTheWay = append(out.InTheWay, fmt.Sprintf("%s: %s %s", absent.What, absent.Reason, absent.Detail))
	}
	return out
}

// conversion is what the census is taken from: files of machines that are not
// in the cluster, or not in the description, say nothing of it.
func (d decider) conversion() convert.Input {
	files := slices.DeleteFunc(slices.Clone(d.in.Files), func(f convert.File) bool {
		return f.Host != "" && !d.isMember(f.Host)
	})
	return convert.Input{Spec: d.in.Spec, Objects: d.in.Objects, Files: files, Machines: d.in.Machines, HAProxy: d.in.HAProxy, Accepted: d.in.Accepted}
}

func (d decider) isMember(name string) bool {
	return slices.ContainsFunc(d.in.Objects.Nodes, func(n corev1.Node) bool { return n.Name == name }) &&
		slices.ContainsFunc(d.spec.Nodes(), func(n cluster.Node) bool { return n.Name == name })
}

func (d decider) sawFiles() bool {
	return slices.ContainsFunc(d.in.Files, func(f convert.File) bool { return d.isMember(f.Host) })
}

func (d decider) whyAnotherEndpoint(endpoint cluster.Endpoint, there bool) string {
	if !there {
		return fmt.Sprintf("It was built without a control-plane endpoint, and the description has %s:", d.spec.ControlPlaneEndpoint)
	}
	return fmt.Sprintf("Its control-plane endpoint is %s, and the description has %s:", endpoint, d.spec.ControlPlaneEndpoint)
}

func (d decider) converted(why string) (Decision, error) {
	because := fmt.Sprintf("A cluster is there (%s). %s the plan converts it in place.", d.in.seen(), why)
	if missing := d.missing(); len(missing) > 0 {
		because += " The description also has " + list(missing) + ": ask again when the conversion is done, from fresh captures."
	}
	plan, err := convert.Plan(d.conversion())
	return d.finish(Decision{Way: ToConvert, Because: because, Census: d.census, Findings: d.findings()}, plan, err)
}

func (d decider) grown() (Decision, error) {
	out := Decision{Way: ToCheck, Findings: d.findings()}
	if d.sawFiles() {
		out.Census = d.census
		out.Findings = append(out.Findings, d.notConverted()...)
	}
	out.Because = fmt.Sprintf("A cluster is there (%s), and has the described endpoint %s. ", d.in.seen(), d.spec.ControlPlaneEndpoint)
	if missing := d.missing(); len(missing) > 0 {
		out.Way = ToScaleOut
		out.Because += "Of the description it lacks " + list(missing) + ", which the plan has join."
	} else {
		out.Because += "Every machine of the description is in it: the plan only checks."
	}
	plan, err := joinplan.ScaleOut(d.in.Input)
	return d.finish(out, plan, err)
}

// finish puts the plan, or what is in its way, into the decision.
func (d decider) finish(out Decision, plan joinplan.Plan, err error) (Decision, error) {
	var refused *joinplan.RefusedError
	switch {
	case errors.As(err, &refused):
		out.InTheWay = refused.Reasons
	case err != nil:
		return Decision{}, err
	default:
		out.Plan = plan
	}
	return out, nil
}

// missing are the described machines that are not in the cluster.
func (d decider) missing() []string {
	var names []string
	for _, node := range slices.Concat(d.spec.Workers, d.spec.ControlPlanes) {
		if _, there := d.in.State.Node(node.Name); !there {
			names = append(names, node.Name)
		}
	}
	return names
}

// findings are the machines of which somebody must say what becomes of them.
func (d decider) findings() []cluster.Finding {
	var out []cluster.Finding
	for _, node := range d.in.State.Nodes {
		described := slices.ContainsFunc(d.spec.Nodes(), func(n cluster.Node) bool { return n.Name == node.Name })
		switch {
		case !described:
			out = append(out, cluster.Finding{
				Code: CodeNotDescribed, Severity: finding.Warning, Subject: node.Name,
				Message: "it is a node of the cluster and not in the description, so it is left alone",
				Remedy:  "put it into the description, or ask for it by name: remove " + node.Name + ", or replace " + node.Name + " where another is described in its place",
			})
		case !node.Ready:
			out = append(out, cluster.Finding{
				Code: CodeNotReady, Severity: finding.Critical, Subject: node.Name,
				Message: "it is in the cluster and not Ready",
				Remedy:  "bring it back; where it is lost, take it out of the description, put another in its place and ask by name: replace " + node.Name + ", or without another: remove " + node.Name,
			})
		}
	}
	return out
}

// notConverted is what the census has of a cluster that has its endpoint.
func (d decider) notConverted() []cluster.Finding {
	var out []cluster.Finding
	for _, r := range d.census.InScope() {
		out = append(out, cluster.Finding{
			Code: CodeLeftBehind, Severity: finding.Warning, Subject: r.Host, Place: r.Place(),
			Message: fmt.Sprintf("%s is %s: %s", r.Field, r.Address, r.Reason),
			Remedy:  "change it where it comes from; when that address is gone, " + r.Breaks,
		})
	}
	for _, m := range d.census.Missing {
		out = append(out, cluster.Finding{
			Code: CodeNotSeen, Severity: finding.Info, Place: m.Place,
			Message: "it was not seen, so it may name another address than the endpoint", Remedy: m.Capture,
		})
	}
	return out
}

// seen says what of the cluster was seen.
func (in Input) seen() string {
	var controlPlanes, workers int
	for _, node := range in.State.Nodes {
		if node.ControlPlane {
			controlPlanes++
		} else {
			workers++
		}
	}
	var parts []string
	if len(in.State.Nodes) > 0 {
		parts = append(parts, count(controlPlanes, "control plane"), count(workers, "worker"))
	}
	if in.State.KubeadmConfig.Text != "" {
		parts = append(parts, "its ConfigMap kubeadm-config")
	}
	if len(in.Etcd.Members)+len(in.Etcd.Statuses) > 0 {
		parts = append(parts, "what etcd says")
	}
	var hosts []string
	for _, f := range in.Files {
		if f.Host != "" && !slices.Contains(hosts, f.Host) {
			hosts = append(hosts, f.Host)
		}
	}
	if len(hosts) > 0 {
		parts = append(parts, "files of "+count(len(hosts), "machine"))
	}
	if len(parts) == 0 {
		parts = []string{"its API answered"}
	}
	return "seen: " + list(parts)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func verb(names []string, one, several string) string {
	if len(names) == 1 {
		return one
	}
	return several
}

// list is names as people write them.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
