package joinplan

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/haproxycfg/haproxystat"
	"github.com/haplane/haplane/internal/plain"
	"github.com/haplane/haplane/joinplan/cluster"
	"github.com/haplane/haplane/joinplan/kubeadmcmd"
	corev1 "k8s.io/api/core/v1"
)

// Check holds commands whose output tells whether something holds. What it
// waits for may take a while: ask again until it holds, or until patience ends.
type Check struct {
	// Host is where the commands run, as root.
	Host string `json:"host"`
	// Expect says for people what must hold.
	Expect string `json:"expect"`
	// Kind says how the output is judged, and Want what is looked for.
	Kind CheckKind `json:"kind"`
	Want []string  `json:"want,omitempty"`
	// Commands print the evidence; their order is that of Judge's outputs.
	Commands []kubeadmcmd.Command `json:"commands"`
	// ForPeople print the same for eyes, where Commands print it for programs.
	ForPeople []kubeadmcmd.Command `json:"forPeople,omitempty"`
}

// CheckKind is a way to judge what a command printed.
type CheckKind string

// The kinds of checks.
const (
	// CheckSucceeds holds when the command exits with status 0.
	CheckSucceeds CheckKind = "succeeds"
	// CheckAddress holds when the first word of a line is one of Want: what
	// getent prints.
	CheckAddress CheckKind = "address"
	// CheckEquals holds when the output is Want[0], blanks aside.
	CheckEquals CheckKind = "equals"
	// CheckRegistered holds when Want are among the nodes of a NodeList.
	CheckRegistered CheckKind = "registered"
	// CheckReady holds when Want are among the nodes of a NodeList and Ready.
	CheckReady CheckKind = "ready"
	// CheckEtcd holds when the endpoints in Want all answer and agree on a
	// leader: see [etcdcheck].
	CheckEtcd CheckKind = "etcd"
	// CheckQuorum holds when etcd has its quorum and the endpoints in Want are
	// behind it, whatever is wrong with other members.
	CheckQuorum CheckKind = "quorum"
	// CheckNoMember holds when no member of a member list has an ID that is in
	// Want.
	CheckNoMember CheckKind = "no-member"
	// CheckDraining holds when HAProxy gives the servers in Want, as
	// BACKEND/SERVER, no new connections because it was told so, CheckInRotation
	// when it was not told so: see [haproxystat].
	CheckDraining   CheckKind = "draining"
	CheckInRotation CheckKind = "in-rotation"
)

// saysOfServer ends a sentence about a server.
func (k CheckKind) saysOfServer() string {
	if k == CheckDraining {
		return "out of the rotation"
	}
	return "in the rotation"
}

// Output is what a command gave.
type Output struct {
	// Stdout and Stderr are the whole streams, as they came.
	Stdout, Stderr []byte
	// Status is the exit status.
	Status int
}

// Judge tells whether the check holds, given what each of its commands gave:
// nil, or an error that says what does not hold yet.
func (c Check) Judge(outputs ...Output) error {
	if len(outputs) != len(c.Commands) {
		return fmt.Errorf("%s: the check has %d commands, and there are outputs of %d", c.Host, len(c.Commands), len(outputs))
	}
	if c.Kind == CheckEtcd || c.Kind == CheckQuorum {
		return c.judgeEtcd(outputs)
	}
	for i, out := range outputs {
		if err := c.judge(c.Commands[i], out); err != nil {
			return fmt.Errorf("%s: %w", c.Host, err)
		}
	}
	return nil
}

func (c Check) judge(command kubeadmcmd.Command, out Output) error {
	if out.Status != 0 {
		return fmt.Errorf("%s: exit status %d%s", command, out.Status, because(out.Stderr))
	}
	switch c.Kind {
	case CheckSucceeds:
		return nil
	case CheckAddress:
		return c.judgeAddress(out)
	case CheckEquals:
		return c.judgeEquals(out)
	case CheckRegistered, CheckReady:
		return c.judgeNodes(out)
	case CheckNoMember:
		return c.judgeMembers(out)
	case CheckDraining, CheckInRotation:
		return c.judgeServers(out)
	}
	return fmt.Errorf("no check is of kind %q", c.Kind)
}

// etcdctl exits with status 1 where an endpoint is down, which is what its
// output is read for.
func (c Check) judgeEtcd(outputs []Output) error {
	var text []byte
	for _, out := range outputs {
		text = slices.Concat(text, out.Stdout, out.Stderr)
	}
	sample, err := etcdcheck.Parse(text)
	if err != nil {
		return fmt.Errorf("%s: etcd: %w", c.Host, err)
	}
	input := etcdcheck.Input{Sample: sample}
	for _, endpoint := range c.Want {
		input.Expect = append(input.Expect, etcdcheck.Expected{Endpoint: endpoint})
	}
	report := etcdcheck.Check(input)
	if report.Verdict == etcdcheck.Healthy || c.Kind == CheckQuorum && agree(report, c.Want) {
		return nil
	}
	var findings []error
	for _, f := range report.Findings {
		if f.Severity != etcdcheck.Info {
			findings = append(findings, fmt.Errorf("%s", f))
		}
	}
	return fmt.Errorf("%s: etcd: %s: %w", c.Host, report.Verdict, errors.Join(findings...))
}

// agree tells whether these endpoints are behind a quorum.
func agree(report etcdcheck.Report, endpoints []string) bool {
	return report.Quorum.Held.Is(true) && !slices.ContainsFunc(endpoints, func(endpoint string) bool {
		member, found := report.Find(endpoint)
		return !found || !member.Agrees
	})
}

// because is the last line of what a command complained of, after a colon.
func because(stderr []byte) string {
	lines := strings.Split(strings.TrimSpace(string(stderr)), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return ": " + told(last)
	}
	return ""
}

// told is what a command printed, as one line of an error.
func told(text string) string {
	const longest = 1000
	return plain.Short(plain.Line(plain.Short(strings.TrimSpace(text), longest)), longest)
}

func (c Check) judgeAddress(out Output) error {
	for line := range strings.Lines(string(out.Stdout)) {
		if first, _, _ := strings.Cut(strings.TrimSpace(line), " "); slices.Contains(c.Want, first) {
			return nil
		}
	}
	return fmt.Errorf("the answer is \"%s\", not %s", told(string(out.Stdout)), strings.Join(c.Want, " or "))
}

func (c Check) judgeEquals(out Output) error {
	if got := strings.TrimSpace(string(out.Stdout)); !slices.Contains(c.Want, got) {
		return fmt.Errorf("the answer is \"%s\", not %s", told(got), strings.Join(c.Want, " or "))
	}
	return nil
}

func (c Check) judgeNodes(out Output) error {
	var list corev1.NodeList
	if err := json.Unmarshal(out.Stdout, &list); err != nil {
		return fmt.Errorf("the answer is no list of nodes: %w", err)
	}
	ready := map[string]bool{}
	for _, node := range cluster.FromObjects(cluster.Objects{Nodes: list.Items}).Nodes {
		ready[node.Name] = node.Ready
	}
	var missing, notReady []string
	for _, name := range c.Want {
		if isReady, registered := ready[name]; !registered {
			missing = append(missing, name)
		} else if !isReady && c.Kind == CheckReady {
			notReady = append(notReady, name)
		}
	}
	switch {
	case len(missing) > 0:
		return fmt.Errorf("no such node yet: %s", strings.Join(missing, ", "))
	case len(notReady) > 0:
		return fmt.Errorf("not Ready yet: %s", strings.Join(notReady, ", "))
	}
	return nil
}

func (c Check) judgeMembers(out Output) error {
	sample, err := etcdcheck.Parse(out.Stdout)
	switch {
	case err != nil:
		return fmt.Errorf("etcd: %w", err)
	case len(sample.Members) == 0:
		return errors.New("etcd: the answer is no member list")
	}
	for _, member := range sample.Members {
		if slices.Contains(c.Want, member.ID.String()) {
			return fmt.Errorf("etcd still has the member %s", member.ID)
		}
	}
	return nil
}

// judgeServers reads what HAProxy says of its servers.
func (c Check) judgeServers(out Output) error {
	servers, err := haproxystat.Parse(string(out.Stdout))
	if err != nil {
		return fmt.Errorf("HAProxy: %w", err)
	}
	drains := map[string]bool{}
	for _, server := range servers {
		drains[server.Backend+"/"+server.Name] = server.State == haproxystat.Draining
	}
	for _, name := range c.Want {
		draining, there := drains[name]
		switch {
		case !there:
			return fmt.Errorf("HAProxy has no server %s", name)
		case draining != (c.Kind == CheckDraining):
			return fmt.Errorf("HAProxy does not have %s %s yet", name, c.Kind.saysOfServer())
		}
	}
	return nil
}
