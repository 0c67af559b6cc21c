package etcdcheck

// findProgress compares with the earlier sample.
func (c *checker) findProgress() {
	if c.in.Earlier == nil {
		return
	}
	before := Check(Input{Sample: *c.in.Earlier, Expect: c.in.Expect})
	c.findElections(before)
	for _, m := range c.answering() {
		for _, old := range before.Members {
			if old.ID == m.ID && old.Status != nil && old.Role != NoMember {
				c.findStalled(m, old)
			}
		}
	}
}

func (c *checker) findElections(before Report) {
	now := c.report
	switch {
	case now.Term.Known && before.Term.Known && now.Term.Value > before.Term.Value:
		c.finding(Warn, CodeLeaderChanged, nil, "frequent elections come from slow disks, a lossy network or too little CPU",
			"there was an election between the samples: term %d, then %d", before.Term.Value, now.Term.Value)
	}
}

// findStalled finds a member that has had entries to apply in both samples and
// has applied none.
func (c *checker) findStalled(m *MemberState, old MemberState) {
	if m.ApplyLag.Value > 0 && old.ApplyLag.Value > 0 && m.Status.RaftApplied == old.Status.RaftApplied {
		c.finding(Critical, CodeApplyStalled, m, "look at its disk and its log, and restart it",
			"it has applied nothing between the samples, and has %d entries to apply", m.ApplyLag.Value)
	}
}
