package etcdcheck

import (
	"slices"
	"strconv"
	"strings"
)

// Find returns the member that a person means by a name, an ID in hexadecimal
// (also with 0x) or decimal, a client endpoint or a peer URL. It returns false
// where nobody is meant, and where it could be one of several.
func (r Report) Find(who string) (MemberState, bool) {
	found := r.find(who)
	if len(found) != 1 {
		return MemberState{}, false
	}
	return r.Members[found[0]], true
}

// find returns the indexes of all members that could be meant.
func (r Report) find(who string) []int {
	endpoint, id := normalEndpoint(who), strings.ToLower(who)
	for _, match := range []func(MemberState) bool{
		func(m MemberState) bool { return who != "" && m.Name == who },
		func(m MemberState) bool { return m.ID != 0 && m.ID.String() == strings.TrimPrefix(id, "0x") },
		func(m MemberState) bool { return endpoint != "" && slices.Contains(m.Endpoints, endpoint) },
		func(m MemberState) bool {
			return endpoint != "" && slices.ContainsFunc(m.PeerURLs, func(u string) bool { return normalEndpoint(u) == endpoint })
		},
		func(m MemberState) bool { return m.ID != 0 && strconv.FormatUint(uint64(m.ID), 10) == who },
		func(m MemberState) bool { return who != "" && m.Label() == who },
	} {
		var found []int
		for i, m := range r.Members {
			if match(m) {
				found = append(found, i)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// count is how many members of a report do.
func (r Report) count(match func(MemberState) bool) int {
	n := 0
	for _, m := range r.Members {
		if match(m) {
			n++
		}
	}
	return n
}

// started is the number of voters that have ever started.
func (r Report) started() int { return r.count(func(m MemberState) bool { return m.Role == Voter }) }

// working is the number of voters that follow the majority's leader. Etcd
// counts the peers that it has been connected to for five seconds, and these
// are what can be seen of that from outside.
func (r Report) working() int { return r.count(MemberState.working) }

func (m MemberState) working() bool { return m.Role.Votes() && m.Agrees }

// is reports whether both are the same member.
func (m MemberState) is(other MemberState) bool {
	return m.ID == other.ID && m.Label() == other.Label()
}

func (m MemberState) started() bool { return m.Role == Voter || m.Role == Learner }

// CanAdd says whether a Voter, or a Learner, may be added now, as etcdctl
// member add does. A member that was just added is down until it starts.
//
// Etcd 3.5.31, 3.6.11 and 3.7.0 are the first releases seen to accept a new
// member while one is down, if the rest still makes a quorum of all with the
// new one; those before ask for every voter. A cluster whose release is not
// known is taken for one of those.
func (r Report) CanAdd(role Role) Answer {
	var rs reasons
	n, working := r.Quorum.Voters, r.working()
	r.needQuorum(&rs, true)
	r.needCertainty(&rs)
	if learners := r.count(MemberState.learns); role == Learner && learners > 0 {
		rs.refuse(CodeTooManyLearners, "there is a learner already, and etcd takes one at a time unless --max-learners says more: promote it or remove it")
	}
	if role == Voter && r.started() < Quorum(n+1) && n != 1 {
		rs.refuse(CodeTooFewStarted, "%d of %d voters have started, and %d must have: start or remove those that have not", r.started(), n, Quorum(n+1))
	}
	switch {
	case n == 1:
	case !addsWithOneDown(r.Version) && working < n:
		rs.refuse(CodeDisconnected, "%d of %d voters work together, and etcd before 3.5.31 and 3.6.11 adds nobody while one does not: bring it back or remove it", working, n)
	case working < Quorum(n+1):
		rs.refuse(CodeDisconnected, "%d of %d voters work together, and %d must, so that the quorum is held with one more: bring them back first", working, n, Quorum(n+1))
	}
	r.needNoCorruption(&rs)
	if role == Voter && n == 1 {
		rs.warn(CodeQuorumAfter, "until the new voter starts the cluster stands still, because two voters need both: add it as a learner, and promote it")
	}
	if role == Voter && n > 1 && (n+1)%2 == 0 {
		rs.note(codeEvenVoters, "%d voters tolerate the loss of no more than %d do", n+1, n)
	}
	return rs.requested("add a %s", role)
}

func (m MemberState) learns() bool { return m.Role == Learner || m.Role == UnstartedLearner }

// addsWithOneDown reports whether a release has etcd's fix of April 2026, by
// which the server asks for a quorum of connected voters, not for all.
func addsWithOneDown(v Version) bool {
	switch v.minor() {
	case Version{3, 5, 0}:
		return v.Compare(Version{3, 5, 31}) >= 0
	case Version{3, 6, 0}:
		return v.Compare(Version{3, 6, 11}) >= 0
	}
	return v.Compare(Version{3, 7, 0}) >= 0
}

// CanRemove says whether a member may be removed now, as etcdctl member remove
// does. The member is named as [Report.Find] takes it.
func (r Report) CanRemove(who string) Answer {
	var rs reasons
	m, ok := r.needMember(&rs, who)
	r.needQuorum(&rs, true)
	r.needCertainty(&rs)
	if ok && m.Role.Votes() {
		r.removeVoter(&rs, m)
	}
	return rs.requested("remove %s", shown(who))
}

func (r Report) removeVoter(rs *reasons, m MemberState) {
	n, working, started := r.Quorum.Voters, r.working(), r.started()
	left := working
	if m.working() {
		left--
	}
	if m.Role == Voter {
		started--
	}
	after := Quorum(n - 1)
	switch {
	case n == 1:
		rs.refuse(CodeTooFewStarted, "it is the only voter")
	case started < after:
		rs.refuse(CodeTooFewStarted, "%d of the other %d voters have started, and %d must have", started, n-1, after)
	case m.working() && left < after:
		rs.refuse(CodeDisconnected, "without it %d of %d voters work together, and %d must: bring back or remove those that are down first", left, n-1, after)
	case left < after:
		rs.warn(CodeQuorumAfter, "afterwards %d of %d voters would work together, and %d must", left, n-1, after)
	}
	if !m.working() && !m.Answered.Known && m.Role == Voter {
		rs.warn(CodeStatusUnknown, "it was not asked, so that nobody knows what the cluster loses")
	}
	rs.note(codeToleranceAfter, "afterwards %s of %d may fail", plural(max(left-after, 0), "voter"), n-1)
	if m.Leads {
		rs.note(codeLeads, "it leads: an election follows; move the leadership first (etcdctl move-leader)")
	}
}

// CanReboot says whether a member's machine may go away for some minutes.
func (r Report) CanReboot(who string) Answer {
	var rs reasons
	m, ok := r.needMember(&rs, who)
	r.needCertainty(&rs)
	switch {
	case !ok:
	case m.Answered.Is(false) && m.Status == nil && isSilence(m.Error):
		rs.note(CodeNotAnswering, "it does not answer: there is nothing to lose")
	case m.Role.Votes():
		r.rebootVoter(&rs, m)
	default:
		r.needQuorum(&rs, false)
	}
	return rs.answer("reboot %s", shown(who))
}

// silences are the errors of an endpoint behind which nobody answers.
var silences = []string{
	"deadline exceeded", "connection refused", "no route to host", "unreachable", "timed out", "timeout", "connection error", "reset by peer", "EOF",
}

// isSilence reports whether an error, or none, says that nobody answers. Of any
// other error nobody knows whether the member works.
func isSilence(err string) bool {
	return err == "" || slices.ContainsFunc(silences, func(silence string) bool { return strings.Contains(err, silence) })
}

func (r Report) rebootVoter(rs *reasons, m MemberState) {
	r.needQuorum(rs, false)
	n := r.Quorum.Voters
	left := r.count(func(o MemberState) bool { return o.working() && !o.Healthy.Is(false) && !o.is(m) })
	if left < r.Quorum.Needed {
		rs.warn(CodeQuorumAfter, "without it %d of %d voters work together, and %d must: the cluster would stand still", left, n, r.Quorum.Needed)
	}
	r.needCaughtUp(rs, m)
	if m.Leads {
		rs.note(codeLeads, "it leads: an election follows, which takes a second or so; move the leadership first (etcdctl move-leader)")
	}
	if left == r.Quorum.Needed {
		rs.note(codeToleranceAfter, "while it is away no other voter may fail")
	}
}

// needCaughtUp wants the voters that stay to have what the majority has: the
// quorum rests on them.
func (r Report) needCaughtUp(rs *reasons, leaves MemberState) {
	for _, m := range r.Members {
		if m.is(leaves) || !m.Role.Votes() {
			continue
		}
		if m.CommitLag.Value > lagCritical || m.ApplyLag.Value > lagCritical {
			rs.warn(CodeBusyMember, "%s is %d entries behind: wait until it has caught up", shown(m.Label()), max(m.CommitLag.Value, m.ApplyLag.Value))
		}
		if slices.Contains(m.Alarms, alarmCorrupt) {
			rs.warn(CodeAlarm, "%s has the alarm %s: do not rest the quorum on it", shown(m.Label()), alarmCorrupt)
		}
	}
}

// CanPromote says whether a learner may become a voter now, as etcdctl member
// promote does. Etcd compares how much of the leader's log the learner has;
// what can be seen of that from outside is its committed index.
func (r Report) CanPromote(who string) Answer {
	var rs reasons
	m, ok := r.needMember(&rs, who)
	r.needQuorum(&rs, true)
	r.needCertainty(&rs)
	switch {
	case !ok:
	case !m.learns():
		rs.refuse(CodeNotALearner, "it is a %s", m.Role)
	default:
		r.promoteLearner(&rs, m)
	}
	return rs.requested("promote %s", shown(who))
}

// readyShare is the part of the leader's log that a learner must have.
const readyShare = 0.9

func (r Report) promoteLearner(rs *reasons, m MemberState) {
	n := r.Quorum.Voters
	if r.started()+1 < Quorum(n+1) {
		rs.refuse(CodeTooFewStarted, "with it %d of %d voters have started, and %d must have", r.started()+1, n+1, Quorum(n+1))
	}
	switch {
	case m.Role == UnstartedLearner:
		rs.refuse(CodeLearnerNotReady, "it has never started")
	case m.Status == nil || !m.CommitLag.Known:
		rs.warn(CodeStatusUnknown, "it gave no status, so that nobody knows how far it is")
	case float64(m.Status.RaftIndex.Value) < readyShare*float64(m.Status.RaftIndex.Value+m.CommitLag.Value):
		rs.refuse(CodeLearnerNotReady, "it is %d entries behind, which is more than a tenth of the log: wait", m.CommitLag.Value)
	case m.CommitLag.Value > lagCritical:
		rs.warn(CodeBusyMember, "it is %d entries behind: wait until it has caught up", m.CommitLag.Value)
	}
	working := r.working()
	if m.Status != nil {
		working++
	}
	if working < Quorum(n+1) {
		rs.warn(CodeQuorumAfter, "afterwards %d of %d voters would work together, and %d must", working, n+1, Quorum(n+1))
	}
}

// needMember finds whom a question is about.
func (r Report) needMember(rs *reasons, who string) (MemberState, bool) {
	found := r.find(who)
	if len(found) > 1 {
		var ids []string
		for _, i := range found {
			ids = append(ids, r.Members[i].ID.String())
		}
		rs.refuse(CodeAmbiguous, "%.80q could be any of several members: say which one by its ID (%s)", who, listed(ids))
		return MemberState{}, false
	}
	if len(found) == 0 || r.Members[found[0]].Role == NoMember {
		rs.refuse(CodeNoSuchMember, "no member has the name, the ID, the client endpoint or the peer URL %.80q", who)
		return MemberState{}, false
	}
	return r.Members[found[0]], true
}

// needQuorum wants the quorum to be held: without it the server answers no
// request that changes anything.
func (r Report) needQuorum(rs *reasons, request bool) {
	switch held := r.Quorum.Held; {
	case held.Is(false) && request:
		rs.refuse(CodeQuorumLost, "the quorum is lost: nothing can be changed")
	case held.Is(false):
		rs.warn(CodeQuorumLost, "the quorum is lost: mend that first")
	case !held.Known:
		rs.warn(CodeQuorumUnknown, "too few members were asked to know whether the quorum is held")
	}
}

// needCertainty wants everything to have been understood, and nothing to
// contradict something else.
func (r Report) needCertainty(rs *reasons) {
	told := map[string]bool{}
	for _, f := range r.Findings {
		if told[f.Code] || !forbids(f) {
			continue
		}
		told[f.Code] = true
		message := f.Message
		if f.Subject != "" {
			message = f.Subject + ": " + message
		}
		rs.warn(f.Code, "%s", message)
	}
}

// The alarms that etcd has.
const (
	alarmNoSpace = "NOSPACE"
	alarmCorrupt = "CORRUPT"
)

// needNoCorruption wants no member to be known to have wrong data. An alarm that
// only says the database is full is none; one that nobody knows may be.
func (r Report) needNoCorruption(rs *reasons) {
	for _, alarm := range r.Alarms {
		if alarm != alarmNoSpace {
			rs.warn(CodeAlarm, "%s has the alarm %s: mend that first", r.alarmed(alarm), shown(alarm))
		}
	}
	for _, f := range r.Findings {
		if f.Code == CodeHashMismatch {
			rs.warn(f.Code, "%s: %s", f.Subject, f.Message)
		}
	}
}

// alarmed names the members that have an alarm.
func (r Report) alarmed(alarm string) string {
	var names []string
	for _, m := range r.Members {
		if slices.Contains(m.Alarms, alarm) {
			names = append(names, m.Label())
		}
	}
	if names == nil {
		return "a member"
	}
	return listed(names)
}
