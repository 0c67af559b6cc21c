package joinplan

import (
	"net/netip"
	"net/url"
	"slices"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/joinplan/cluster"
)

// whyNothingJoins are the reasons for which kubeadm join would fail whatever the
// plan does: another version than the cluster's, and, for control planes, what
// the ClusterConfiguration says of one machine.
func (p picture) whyNothingJoins(controlPlanes []cluster.Node) []string {
	var reasons []string
	for _, f := range p.spec.Contradictions(p.state) {
		if f.Code == cluster.CodeVersionDiffers && f.Severity == finding.Critical {
			reasons = append(reasons, f.Message+": "+f.Remedy)
		}
	}
	if len(controlPlanes) == 0 {
		return reasons
	}
	for _, f := range p.state.Warnings() {
		if f.Code == cluster.CodePinned {
			reasons = append(reasons, f.Message+": "+f.Remedy)
		}
	}
	return reasons
}

// whyAnotherEtcd is the reason for which a description with another kind of etcd
// is refused: every question about etcd would go to the wrong machines.
func (p picture) whyAnotherEtcd() []string {
	for _, f := range p.spec.Contradictions(p.state) {
		if f.Code == cluster.CodeEtcdDiffers {
			return []string{f.Message + ": " + f.Remedy}
		}
	}
	return nil
}

// membersWithoutNode finds members of etcd whose node was deleted. They count
// for the quorum until they are removed.
func (in Input) membersWithoutNode(report etcdcheck.Report) []cluster.Finding {
	if len(in.State.Nodes) == 0 || in.State.HasExternalEtcd() {
		return nil
	}
	names, addresses := map[string]bool{}, map[netip.Addr]bool{}
	for _, node := range in.State.Nodes {
		names[node.Name] = true
		for _, addr := range node.Addresses {
			addresses[addr] = true
		}
	}
	var out []cluster.Finding
	for _, m := range report.Members {
		isMember := m.Role == etcdcheck.Voter || m.Role == etcdcheck.Learner
		if !isMember || m.Name == "" || names[m.Name] || slices.ContainsFunc(m.PeerURLs, func(u string) bool { return addresses[hostOf(u)] }) {
			continue
		}
		f := warning("etcd", "etcd has the member "+m.Name+" ("+m.ID.String()+"), and the cluster has no node of that name: the node was deleted, and the member was not")
		f.Code, f.Subject, f.Remedy = "member-without-node", m.Name, in.cureOf(report, m)
		out = append(out, f)
	}
	return out
}

func (in Input) cureOf(report etcdcheck.Report, m etcdcheck.MemberState) string {
	isIt := func(n cluster.Node) bool { return n.Name == m.Name }
	switch {
	case slices.ContainsFunc(in.Spec.ControlPlanes, isIt):
		return "Replace " + m.Name + ", which removes the member and joins the machine anew"
	case report.CanRemove(m.ID.String()).Yes:
		return "etcdctl member remove " + m.ID.String()
	}
	return "bring etcd to health, and then remove the member"
}

func hostOf(text string) netip.Addr {
	u, err := url.Parse(text)
	if err != nil {
		return netip.Addr{}
	}
	addr, _ := netip.ParseAddr(u.Hostname())
	return addr
}
