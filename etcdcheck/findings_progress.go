package etcdcheck

import "fmt"

// findProgress finds what only two samples show.
func (c *checker) findProgress() {
	if c.earlier == nil {
		return
	}
	c.findElections()
	for _, m := range c.answering() {
		if old, ok := c.before(m); ok {
			c.findStalled(m, old)
		}
	}
}

// before is the member in the earlier sample, where it gave its status.
func (c *checker) before(m *MemberState) (MemberState, bool) {
	old, ok := c.earlierByID[m.ID]
	return old, ok && m.Status != nil
}

func (c *checker) findElections() {
	now, before := c.report.Term, c.earlier.Term
	if now.Known && before.Known && now.Value > before.Value {
		c.finding(Warning, CodeLeaderChanged, nil, "frequent elections come from slow disks, a lossy network or too little CPU",
			"there was an election between the samples: term %d, then %d", before.Value, now.Value)
	}
}

// findStalled finds a member that stands still: with entries to apply of which
// it applied none, or behind the others and not moving.
func (c *checker) findStalled(m *MemberState, old MemberState) {
	switch {
	case m.ApplyLag.Value > 0 && old.ApplyLag.Value > 0 && m.Status.RaftApplied == old.Status.RaftApplied:
		c.finding(Critical, CodeApplyStalled, m, "look at its disk and its log, and restart it",
			"it has applied nothing between the samples, and has %d entries to apply", m.ApplyLag.Value)
	case m.CommitLag.Value > 0 && m.Status.RaftIndex == old.Status.RaftIndex && c.progressed():
		c.finding(Warning, CodeCommitStalled, m, "look at port 2380 between it and the leader, and at its disk",
			"it has received nothing between the samples, in which others moved on, and is %d entries behind", m.CommitLag.Value)
	}
}

// trend says whether a member catches up.
func (c *checker) trend(m *MemberState) string {
	old, ok := c.before(m)
	switch {
	case !ok || !old.CommitLag.Known:
		return ""
	case m.CommitLag.Value < old.CommitLag.Value:
		return fmt.Sprintf(" and catches up (%d before)", old.CommitLag.Value)
	}
	return fmt.Sprintf(" and does not catch up (%d before)", old.CommitLag.Value)
}

// progressed reports whether anything was committed between the samples, which
// takes a quorum.
func (c *checker) progressed() bool {
	for _, m := range c.voters() {
		if old, ok := c.before(m); ok && m.Status.RaftIndex.Value > old.Status.RaftIndex.Value && old.Status.RaftIndex.Known {
			return true
		}
	}
	return false
}
