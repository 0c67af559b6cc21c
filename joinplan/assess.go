package joinplan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/plain"
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

// Assess looks at a cluster and, where the Spec has something in it, at the way
// to what it describes: the steps are those of [ScaleOut].
//
// Errors are those of the description and the credentials.
func Assess(in Input) (Assessment, error) {
	a := Assessment{State: in.State, Warnings: in.State.Warnings()}
	if in.asksEtcd() {
		a.Etcd = etcdcheck.Check(etcdcheck.Input{Sample: in.Etcd, Expect: in.expected()})
		a.Warnings = append(a.Warnings, in.membersWithoutNode(a.Etcd)...)
	}
	if !in.isDescribed() {
		return a, nil
	}
	described, err := Ordered(in.Spec)
	if err != nil {
		return a, err
	}
	a.Warnings = append(a.Warnings, differences(described, in.State)...)
	plan, err := ScaleOut(in)
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
func (in Input) expected() []etcdcheck.Expected {
	var out []etcdcheck.Expected
	for _, node := range in.State.Nodes {
		if node.ControlPlane && len(node.Addresses) > 0 && !in.State.HasExternalEtcd() {
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
		fmt.Fprintf(&b, "- %s\n", plain.Line(reason))
	}
	if len(a.Next) > 0 {
		b.WriteString("\nNext, side by side:\n")
	}
	for rest := a.Next; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(s Step) bool { return s.ID.Kind != rest[0].ID.Kind })
		if n < 0 {
			n = len(rest)
		}
		first, last := rest[0], rest[n-1]
		if n == 1 {
			fmt.Fprintf(&b, "- %s\n", plain.Line(fmt.Sprintf("%s: %s", first.ID, first.Title)))
		} else {
			fmt.Fprintf(&b, "- %s\n", plain.Line(fmt.Sprintf("%s to %s: %s, %d steps", first.ID, last.ID, first.Name(), n)))
		}
		rest = rest[n:]
	}
	return b.Bytes()
}

// WriteTo writes [Assessment.Bytes] in one Write.
func (a Assessment) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(a.Bytes())
	return int64(n), err
}
