package joinplan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/joinplan/cluster"
)

// Assessment says what is there, what is wrong with it, and what to do next.
type Assessment struct {
	// State is what the cluster says of itself.
	State cluster.State
	// Warnings are those of the state, and where it is not what is described.
	Warnings []cluster.Finding
	// Etcd is the verdict on etcd; its Verdict is empty where nobody asked.
	Etcd etcdcheck.Report
	// Next are the steps that may begin now so that the cluster becomes what is
	// described: none where it is that, or where no description was given.
	Next []Step
	// InTheWay are the reasons why there is no plan: see [RefusedError].
	InTheWay []string
}

// Assess looks at a cluster and, where a description is given, at the way to it:
// the steps are those of [ScaleOut].
//
// Errors are those of the description and the credentials.
func Assess(o Observed, spec *cluster.Spec, known Known) (Assessment, error) {
	a := Assessment{State: o.State, Warnings: o.State.Warnings()}
	if o.asksEtcd() {
		a.Etcd = etcdcheck.Check(etcdcheck.Input{Sample: o.Etcd, Expect: o.expected()})
	}
	if spec == nil {
		return a, nil
	}
	described, err := prepared(*spec)
	if err != nil {
		return a, err
	}
	a.Warnings = append(a.Warnings, differences(described, o.State)...)
	plan, err := ScaleOut(described, o, known)
	var refused *RefusedError
	if errors.As(err, &refused) {
		a.InTheWay = refused.Reasons
		return a, nil
	}
	for _, step := range plan.Ready(nil) {
		if len(step.Actions) > 0 {
			a.Next = append(a.Next, step)
		}
	}
	return a, err
}

// expected are the members that the control planes should have: a silent one
// is not in what etcdctl prints.
func (o Observed) expected() []etcdcheck.Expected {
	var out []etcdcheck.Expected
	for _, node := range o.State.Nodes {
		if node.ControlPlane && len(node.Addresses) > 0 && !o.State.HasExternalEtcd() {
			endpoint := "https://" + netip.AddrPortFrom(node.Addresses[0], 2379).String()
			out = append(out, etcdcheck.Expected{Name: node.Name, Endpoint: endpoint})
		}
	}
	return out
}

// IsWell tells whether there is nothing to warn of and nothing to do.
func (a Assessment) IsWell() bool {
	return len(a.Warnings)+len(a.Next)+len(a.InTheWay) == 0 && (a.Etcd.Verdict == "" || a.Etcd.Verdict == etcdcheck.Healthy)
}

// Bytes gives the assessment for people.
func (a Assessment) Bytes() []byte {
	var b bytes.Buffer
	b.Write(a.State.Bytes())
	if len(a.Warnings) > 0 {
		b.WriteString("\nWrong, or about to be:\n")
	}
	for _, w := range a.Warnings {
		fmt.Fprintf(&b, "- %s\n", w)
	}
	if a.Etcd.Verdict != "" {
		fmt.Fprintf(&b, "\netcd is %s", a.Etcd.Bytes())
	}
	if len(a.InTheWay) > 0 {
		b.WriteString("\nIn the way of what is described:\n")
	}
	for _, reason := range a.InTheWay {
		fmt.Fprintf(&b, "- %s\n", reason)
	}
	if len(a.Next) > 0 {
		b.WriteString("\nNext, side by side:\n")
	}
	for _, group := range grouped(a.Next) {
		first, last := group[0], group[len(group)-1]
		if len(group) == 1 {
			fmt.Fprintf(&b, "- %s: %s\n", first.ID, first.Title)
		} else {
			fmt.Fprintf(&b, "- %s to %s: %s, %d steps\n", first.ID, last.ID, first.Title, len(group))
		}
	}
	return b.Bytes()
}

// WriteTo writes [Assessment.Bytes] in one Write.
func (a Assessment) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(a.Bytes())
	return int64(n), err
}
