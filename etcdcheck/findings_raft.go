package etcdcheck

import (
	"fmt"
	"slices"
	"strings"
)

func (c *checker) findQuorum() {
	q := c.report.Quorum
	switch {
	case q.Held.Is(false):
		c.finding(Critical, CodeQuorumLost, nil,
			"start the members that are down, or mend the network between port 2380 of the members; if a majority is gone for good, restore from a snapshot",
			"%d of %d voters agree on a leader and a term, %d are needed: nothing can be written", q.Agreeing, q.Voters, q.Needed)
	case !q.Held.Known && q.Voters == 0:
		c.finding(Warning, CodeQuorumUnknown, nil, "give the output of etcdctl endpoint status --cluster", "the output does not say who the voters are")
	case !q.Held.Known:
		c.finding(Warning, CodeQuorumUnknown, nil,
			"ask all members: etcdctl endpoint status --cluster, with stderr, or name the members that are expected",
			"%d of %d voters are seen to agree on a leader and a term, %d are needed, and what the others say is not known", q.Agreeing, q.Voters, q.Needed)
	}
}

func (c *checker) findLeaders() {
	var leaders, leaderless []string
	answering := c.answering()
	for _, m := range answering {
		if m.Leads {
			leaders = append(leaders, fmt.Sprintf("%s at term %v", m.Label(), m.Status.RaftTerm))
		}
		if m.Status.HasNoLeader() {
			leaderless = append(leaderless, m.Label())
		}
	}
	if len(leaders) > 1 {
		c.finding(Critical, CodeTwoLeaders, nil,
			"ask again in a few seconds; if both still lead, the one with the lower term is cut off from the others: mend its network",
			"%d members say that they lead: %s", len(leaders), listed(leaders))
	}
	if len(answering) > 0 && len(leaderless) == len(answering) {
		c.finding(Critical, CodeNoLeader, nil,
			"look at the network between port 2380 of the members, at their clocks and disks, and at their logs",
			"no member that answers has a leader")
	}
	switch {
	case len(answering) == 0 || len(leaders) > 0:
	case c.nobodyLeads() && len(leaderless) < len(answering):
		c.finding(Critical, CodeNoLeader, nil, "ask again in a few seconds: an election may be under way", "all voters answer, and none of them leads")
	default:
		c.findSilentLeader()
	}
}

func (c *checker) findSilentLeader() {
	leader := c.report.Leader
	if c.report.Quorum.Agreeing == 0 || leader.Is(0) {
		return
	}
	name := "a leader that is not in the output"
	if m := c.byID[leader.Value]; m != nil && leader.Known {
		name = shown(m.Label())
	}
	c.finding(Warning, CodeLeaderSilent, nil, "look at the leader first; if it is down, an election follows within seconds",
		"the members follow %s, which gave no status", name)
}

// findForeign finds endpoints of other clusters.
func (c *checker) findForeign() {
	for _, m := range c.members {
		if m.foreign(c.report.ClusterID) {
			c.finding(Critical, CodeClusterIDs, m,
				"take the endpoint out of the list, or, if it should be a member, wipe its data and join it again",
				"it belongs to cluster %v, and the others to %v", m.Status.ClusterID, c.report.ClusterID)
		}
	}
}

func (c *checker) findTolerance() {
	q, t := c.report.Quorum, c.report.Tolerance
	if !q.Held.Is(true) {
		return
	}
	if q.Voters > 1 && q.Voters%2 == 0 {
		c.finding(Info, codeEvenVoters, nil, "add a voter, or remove one",
			"%d voters tolerate the loss of %d, no more than %d voters do", q.Voters, t.Designed, q.Voters-1)
	}
	switch {
	case t.Designed == 0:
		c.finding(Info, CodeNoTolerance, nil, "have three voters", "with %s the loss of any one stops the cluster", plural(q.Voters, "voter"))
	case t.Now <= 0:
		c.finding(Warning, CodeNoTolerance, nil, "bring back what is missing before anything else",
			"the loss of one more voter stops the cluster")
	}
}

// findPresence tells who should have answered and did not, and who answered
// and should not have.
func (c *checker) findPresence(m *MemberState) {
	switch {
	case m.foreign(c.report.ClusterID):
	case m.Role == NoMember && m.Status != nil:
		c.finding(Warning, CodeMemberUnlisted, m,
			"if it was removed on purpose, stop it; it cannot come back with its old data",
			"it answers as member %v, which the member list does not have", m.ID)
	case m.Role == NoMember && len(m.Endpoints) > 0:
		c.finding(Warning, CodeNotAMember, m, "compare the endpoints with etcdctl member list, or join it", "no member of the list has this endpoint")
	case m.Role == Voter && m.Status == nil || m.Role == Learner && m.Answered.Is(false):
		c.findMissing(m)
	case m.Healthy.Is(false) && m.Role == Voter:
		c.finding(Warning, CodeUnhealthy, m, "ask again; if it stays, look at its disk, its network and its log",
			"it gave its status, and could not read through the quorum: %s", shown(m.Error))
	}
}

// findMissing tells who gave no status. Who was not asked, or was and the
// client was refused, is not missing.
func (c *checker) findMissing(m *MemberState) {
	if len(c.in.Statuses) == 0 && c.in.Sample.Failures == nil && m.Healthy.Is(true) {
		return // nobody asked for statuses, and it is healthy
	}
	if !m.Answered.Known {
		if m.Error == "" {
			c.finding(Warning, CodeNotAsked, m, "ask it too: etcdctl endpoint status --cluster, with stderr",
				"it gave no status: nobody asked it, or the line of stderr that tells why is not in the output")
		}
		return
	}
	severity := Warning
	if c.report.Tolerance.Now < 0 {
		severity = Critical
	}
	why := "it gave no status"
	if m.Error != "" {
		why += ": " + shown(m.Error)
	}
	c.finding(severity, CodeMemberMissing, m, "look at etcd on that machine: is the process up, does port 2379 answer?", "%s", why)
}

func (c *checker) findRole(m *MemberState) {
	if m.Role == Learner {
		c.finding(Info, CodeLearner, m, "promote it when it has caught up", "it is a learner and does not vote")
	}
	if m.Role != UnstartedVoter && m.Role != UnstartedLearner || m.Status != nil {
		return
	}
	harm := "it counts for the quorum, and blocks the next member"
	if m.Role == UnstartedLearner {
		harm = "it blocks the next learner"
	}
	c.finding(Warning, CodeUnstarted, m, c.startOrRemove(m), "the %s for %s was added and never started: %s",
		strings.TrimPrefix(string(m.Role), "unstarted "), listed(m.PeerURLs), harm)
}

// startOrRemove is what to do about a member that never started. It names a
// command that removes it only where nothing speaks against the list and the ID.
func (c *checker) startOrRemove(m *MemberState) string {
	switch {
	case m.ID.isRounded():
		return "start it, or remove it by the ID that etcdctl member list -w simple prints: digits of this one are lost"
	case m.ID == 0 || len(c.doubts) > 0 || slices.ContainsFunc(c.in.Gaps, isOpen):
		return "start it, or remove it, after a fresh look at etcdctl member list"
	}
	return fmt.Sprintf("start it, or remove it: etcdctl member remove %v", m.ID)
}

// findAgreement finds members that answer and are not part of the majority.
func (c *checker) findAgreement(m *MemberState) {
	if m.Role == NoMember || m.Status == nil || m.Agrees || c.report.Quorum.Agreeing == 0 {
		return
	}
	term, majority := m.Status.RaftTerm, c.report.Term
	switch {
	case m.Status.HasNoLeader():
		c.finding(Critical, CodeMemberLeaderless, m, "look at port 2380 between it and the others",
			"it answers and has no leader: it is cut off from the others")
	case term.Known && majority.Known && term.Value < majority.Value:
		c.finding(Warning, CodeStaleTerm, m, "ask again; if it stays, it is cut off from the others",
			"it is at term %d, and the majority at term %d", term.Value, majority.Value)
	default:
		c.finding(Warning, CodeLeaderDiffers, m, "ask again in a few seconds: an election may have been under way",
			"it follows %v at term %v, and the majority %v at term %v", m.Status.Leader, term, c.report.Leader, majority)
	}
}

// Lags, in entries. A healthy member is tens behind. A server refuses writes
// when it has applied 5000 entries fewer than it has committed; a follower that
// is further behind than the 5000 entries that the leader keeps needs a snapshot.
const (
	lagNotable  = 1000
	lagCritical = 5000
)

func (c *checker) findLag(m *MemberState) {
	if m.Role == NoMember || m.Status == nil {
		return
	}
	switch lag := m.ApplyLag.Value; {
	case lag > lagCritical:
		c.finding(Critical, CodeApplyLag, m, "look at its disk and CPU: it applies too slowly",
			"%d committed entries are not applied; over %d it refuses writes", lag, lagCritical)
	case lag > lagNotable:
		c.finding(Warning, CodeApplyLag, m, "look at its disk and CPU: it applies slowly", "%d committed entries are not applied", lag)
	}
	switch lag := m.CommitLag.Value; {
	case lag > lagCritical:
		c.finding(Warning, CodeCommitLag, m, "leave it alone until it has caught up, and do not take another member down",
			"it is %d entries behind%s, more than the leader keeps: it may need a snapshot", lag, c.trend(m))
	case lag > lagNotable:
		c.finding(Info, CodeCommitLag, m, "", "it is %d entries behind%s", lag, c.trend(m))
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
