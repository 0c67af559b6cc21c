package etcdcheck

import (
	"cmp"
	"slices"
)

// Input is what a verdict is made from.
type Input struct {
	// Sample is what the cluster says now. Statuses alone are enough; each
	// other output sharpens the verdict.
	Sample
	// Expect are the members that there should be.
	Expect []Expected
	// Earlier is a sample of some seconds before, if there is one: it tells
	// what moves from what stands still.
	Earlier *Sample
}

// Verdict is the answer in one word.
type Verdict string

// The verdicts, from the best to the worst.
const (
	// Healthy has no finding that needs anything done, and nothing that was not
	// understood.
	Healthy Verdict = "healthy"
	// Degraded works, with at least one finding of severity warning or critical.
	Degraded Verdict = "degraded"
	// Unknown is a sample that does not say enough: members were not asked, the
	// question failed, or something in the output was not understood. Whether the
	// quorum is held may be known all the same.
	Unknown Verdict = "unknown"
	// QuorumLost neither writes nor reads.
	QuorumLost Verdict = "quorum lost"
)

// QuorumState says whether a majority of the voters agrees on a leader and a term.
type QuorumState struct {
	// Voters counts all voters, those that are down or never started included.
	Voters int `json:"voters"`
	// Needed is Quorum(Voters).
	Needed int `json:"needed"`
	// Agreeing is the number of voters that follow one leader at one term.
	Agreeing int `json:"agreeing"`
	// Held is unknown where too few members were asked.
	Held Maybe[bool] `json:"held,omitzero"`
}

// Tolerance is how many voters may fail.
type Tolerance struct {
	// Designed is what the cluster tolerates with all of its voters up.
	Designed int `json:"designed"`
	// Now is how many of the voters that agree now may fail; it is negative
	// by as many as are missing for a quorum.
	Now int `json:"now"`
}

// Report is the verdict on a cluster, with what it rests on.
type Report struct {
	// Verdict in a word; the fields below are what it rests on.
	Verdict Verdict `json:"verdict"`
	// ClusterID is 0 where no output says it.
	ClusterID ID `json:"clusterID,omitzero"`
	// Quorum and Tolerance are counted over all voters, started or not.
	Quorum    QuorumState `json:"quorum"`
	Tolerance Tolerance   `json:"tolerance"`
	// Leader is the member that the majority follows; a known 0 is none.
	Leader Maybe[ID] `json:"leader,omitzero"`
	// Term is the raft term of the majority.
	Term Maybe[uint64] `json:"term,omitzero"`
	// Version is the oldest release that a member runs, whose rules hold.
	Version Version `json:"version,omitzero"`
	// MaxApplyLag and MaxCommitLag are the largest of all members.
	MaxApplyLag  Maybe[uint64] `json:"maxApplyLag,omitzero"`
	MaxCommitLag Maybe[uint64] `json:"maxCommitLag,omitzero"`
	// Alarms are the types of the alarms that are raised, whoever raised them.
	Alarms []string `json:"alarms,omitempty"`
	// Members are sorted by name, those that are none at the end.
	Members []MemberState `json:"members"`
	// Findings are sorted by severity, the worst first.
	Findings []Finding `json:"findings"`
}

// Check gives the verdict on a cluster. What is not known, such as a line that
// was not understood, makes it no better than Unknown.
func Check(in Input) Report {
	c := &checker{in: in, picture: reconcile(in.Sample, in.Expect)}
	c.report.ClusterID = c.cluster
	if in.Earlier != nil {
		earlier := Check(Input{Sample: *in.Earlier, Expect: in.Expect})
		c.earlier = &earlier
		c.earlierByID = map[ID]MemberState{}
		for _, m := range earlier.Members {
			if m.Status != nil && m.Role != NoMember {
				c.earlierByID[m.ID] = m
			}
		}
	}
	c.agreement()
	c.lags()
	c.quorum()
	c.findings()
	return c.finish()
}

// checker makes one report.
type checker struct {
	in Input
	*picture
	earlier     *Report // on the earlier sample, if there is one
	earlierByID map[ID]MemberState
	report      Report
}

func (c *checker) voters() []*MemberState {
	return selectMembers(c.members, func(m *MemberState) bool { return m.Role.Votes() })
}

// answering are the members of the cluster that gave a status.
func (c *checker) answering() []*MemberState {
	return selectMembers(c.members, func(m *MemberState) bool { return m.Role != NoMember && m.Status != nil })
}

func selectMembers(members []*MemberState, keep func(*MemberState) bool) []*MemberState {
	var kept []*MemberState
	for _, m := range members {
		if keep(m) {
			kept = append(kept, m)
		}
	}
	return kept
}

// view is what a member believes: whom it follows, at which term.
type view struct {
	leader Maybe[ID]
	term   Maybe[uint64]
}

// agreement finds the view that most voters share, and who shares it.
func (c *checker) agreement() {
	leaders := map[uint64]ID{}
	for _, m := range c.answering() {
		if m.Leads {
			leaders[m.Status.RaftTerm.Value] = m.ID
		}
	}
	count := map[view]int{}
	for _, m := range c.voters() {
		if v, ok := viewOf(m, leaders); ok {
			count[v]++
		}
	}
	var best view
	for v, n := range count {
		if n > count[best] || n == count[best] && v.after(best) {
			best = v
		}
	}
	for _, m := range c.answering() {
		v, ok := viewOf(m, leaders)
		m.Agrees = ok && v == best
	}
	c.report.Leader, c.report.Term = best.leader, best.term
	c.report.Quorum.Agreeing = count[best] + c.agreeByHealth()
}

// agreeByHealth counts voters without a status that could read through the
// quorum, which takes a leader.
func (c *checker) agreeByHealth() int {
	n := 0
	for _, m := range c.voters() {
		if m.Status == nil && m.Healthy.Is(true) {
			m.Agrees = true
			n++
		}
	}
	return n
}

// viewOf is a member's view, if it follows anybody. Simple and table do not say
// whom a follower follows: it is who leads at its term.
func viewOf(m *MemberState, leaders map[uint64]ID) (view, bool) {
	if m.Status == nil || m.Status.HasNoLeader() {
		return view{}, false
	}
	if !m.Status.Leader.Known && len(m.Status.otherErrors()) > 0 {
		return view{}, false // it complains of something, and does not say whom it follows
	}
	v := view{leader: m.Status.Leader, term: m.Status.RaftTerm}
	if id, ok := leaders[v.term.Value]; ok && !v.leader.Known {
		v.leader = Known(id)
	}
	return v, true
}

// after gives views an order: the higher term, then the known leader, wins.
func (v view) after(w view) bool {
	return cmp.Or(
		cmp.Compare(v.term.Value, w.term.Value),
		cmp.Compare(boolRank(v.leader.Known), boolRank(w.leader.Known)),
		cmp.Compare(w.leader.Value, v.leader.Value),
		cmp.Compare(boolRank(v.term.Known), boolRank(w.term.Known)),
	) > 0
}

// lags measures how far members are behind.
func (c *checker) lags() {
	var highest uint64
	for _, m := range c.answering() {
		highest = max(highest, m.Status.RaftIndex.Value)
	}
	for _, m := range c.answering() {
		if m.Status.RaftIndex.Known {
			m.CommitLag = Known(highest - m.Status.RaftIndex.Value)
		}
		c.report.MaxApplyLag = maxKnown(c.report.MaxApplyLag, m.ApplyLag)
		c.report.MaxCommitLag = maxKnown(c.report.MaxCommitLag, m.CommitLag)
	}
}

func maxKnown(a, b Maybe[uint64]) Maybe[uint64] {
	if !a.Known || b.Known && b.Value > a.Value {
		return b
	}
	return a
}

// quorum decides whether the quorum is held.
func (c *checker) quorum() {
	voters := c.voters()
	q := &c.report.Quorum
	q.Voters, q.Needed = len(voters), Quorum(len(voters))
	q.Held = c.held(voters)
	c.report.Tolerance = Tolerance{
		Designed: Tolerates(q.Voters),
		Now:      q.Agreeing - q.Needed,
	}
	if c.report.Leader == (Maybe[ID]{}) && q.Held.Is(false) {
		c.report.Leader = Known(ID(0))
	}
}

// held weighs the evidence. A majority that agrees is a quorum, unless a
// majority cannot read through it, or all voters answer and none leads; an
// endpoint that could read, or an entry that was committed between two samples,
// proves one. Otherwise it is lost where those that were asked and do not agree
// leave no majority.
func (c *checker) held(voters []*MemberState) Maybe[bool] {
	healthy, unhealthy := len(c.healthy), len(c.unhealthy)
	var leaderless, undecided int
	for _, m := range voters {
		switch {
		case m.Healthy.Is(true):
			healthy++
		case m.Healthy.Is(false):
			unhealthy++
		}
		switch {
		case m.Status != nil && m.Status.HasNoLeader():
			leaderless++
		case m.Agrees || !m.Answered.Known && m.Role == Voter && !m.Healthy.Is(false):
			undecided++
		}
	}
	q := c.report.Quorum
	switch {
	case len(voters) == 0:
		return Maybe[bool]{}
	case q.Agreeing >= q.Needed && healthy == 0 && c.nobodyLeads():
		return Maybe[bool]{}
	case q.Agreeing >= q.Needed:
		return Known(healthy > 0 || unhealthy < q.Needed)
	case (healthy > 0 || c.progressed()) && leaderless < q.Needed:
		return Known(true)
	case healthy > 0:
		c.doubt(nil, "endpoint health read through the quorum, and a majority of the voters says that it has no leader")
		return Maybe[bool]{}
	case undecided < q.Needed || q.Agreeing == 0 && leaderless > 0:
		return Known(false)
	}
	return Maybe[bool]{}
}

// nobodyLeads reports whether all voters answer, none says that it leads, and
// nothing says whom they follow.
func (c *checker) nobodyLeads() bool {
	return !c.report.Leader.Known && !slices.ContainsFunc(c.voters(), func(m *MemberState) bool { return m.Status == nil || m.Leads })
}

// finish sorts the findings and gives the verdict.
func (c *checker) finish() Report {
	r := c.report
	for _, m := range c.members {
		r.Members = append(r.Members, *m)
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return b.Severity.Rank() - a.Severity.Rank() })
	switch {
	case r.Quorum.Held.Is(false):
		r.Verdict = QuorumLost
	case !r.Quorum.Held.Known || slices.ContainsFunc(r.Findings, isOpen):
		r.Verdict = Unknown
	case len(r.Findings) > 0 && r.Findings[0].Severity != Info:
		r.Verdict = Degraded
	default:
		r.Verdict = Healthy
	}
	return r
}
