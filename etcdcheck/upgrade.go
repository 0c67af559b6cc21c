package etcdcheck

import "slices"

// CanUpgrade says whether the members may be moved to another release now, one
// after the other. Etcd goes up one minor at a time, wants every member to be
// well, and goes down only by its own downgrade.
func (r Report) CanUpgrade(to Version) Answer {
	var rs reasons
	r.needQuorum(&rs, false)
	r.needCertainty(&rs)
	r.needEverybody(&rs)
	r.needNoCorruption(&rs)
	r.needStep(&rs, to)
	for _, m := range r.Members {
		if m.Status != nil && m.Status.Downgrading.Is(true) {
			rs.warn(CodeDowngrade, "a downgrade to %s is under way: finish it, or etcdctl downgrade cancel", shown(m.Status.DowngradeTarget))
			break
		}
	}
	rs.note(codeBeforeUpgrade, "take a snapshot first, move one member at a time, the leader last, and ask for the verdict between them")
	return rs.answer("upgrade to %s", to)
}

// needEverybody wants all members to be voters that work, and the cluster to
// stand the loss of the one that is being moved.
func (r Report) needEverybody(rs *reasons) {
	if slices.Contains(r.Alarms, alarmNoSpace) {
		rs.warn(CodeAlarm, "%s has the alarm %s: mend that first", r.alarmed(alarmNoSpace), alarmNoSpace)
	}
	for _, m := range r.Members {
		who := shown(m.Label())
		switch {
		case m.Role == NoMember:
		case m.Role == Learner:
			rs.warn(CodeLearner, "%s is a learner: promote it or remove it first", who)
		case !m.started():
			rs.warn(CodeUnstarted, "%s never started: start it or remove it first", who)
		case !m.working():
			rs.warn(CodeNotAnswering, "%s does not work with the others: bring it back first", who)
		case m.Healthy.Is(false):
			rs.warn(CodeUnhealthy, "%s is not healthy: %s", who, shown(m.Error))
		}
		if m.CommitLag.Value > lagCritical || m.ApplyLag.Value > lagCritical {
			rs.warn(CodeBusyMember, "%s is %d entries behind: wait until it has caught up", who, max(m.CommitLag.Value, m.ApplyLag.Value))
		}
	}
	if r.Tolerance.Designed == 0 && r.Quorum.Voters > 0 {
		rs.note(CodeNoTolerance, "the cluster stands still while a member restarts")
	}
}

// Releases with a known trap.
var (
	brokenFrom  = Version{3, 5, 0} // 3.5.0 to 3.5.2 can lose data when a member is killed
	brokenUntil = Version{3, 5, 2}
	zombieFree  = Version{3, 5, 26} // before it, members that were removed can come back with 3.6
	readyFor3_7 = Version{3, 6, 11} // what etcd's guide asks of all members before the first goes to 3.7
)

// needStep wants every member to be able to go to that release.
func (r Report) needStep(rs *reasons, to Version) {
	if !to.Known() {
		rs.warn(CodeVersionUnknown, "no release to go to was named")
		return
	}
	if to.Compare(brokenFrom) >= 0 && to.Compare(brokenUntil) <= 0 {
		rs.warn(CodeVersionBugs, "etcd %s can lose data when a member is killed: go to a later 3.5", to)
	}
	there := 0
	for _, m := range r.Members {
		if m.Role == NoMember || m.Status == nil {
			continue
		}
		from, err := ParseVersion(m.Status.Version)
		if err != nil {
			rs.warn(CodeVersionUnknown, "the release that %s runs is not known", shown(m.Label()))
			continue
		}
		if from == to {
			there++
		}
		needStepFrom(rs, shown(m.Label()), from, to)
	}
	if there > 0 && there == r.count(func(m MemberState) bool { return m.Role != NoMember }) {
		rs.note(codeAlreadyThere, "all members run %s", to)
	}
}

func needStepFrom(rs *reasons, who string, from, to Version) {
	switch {
	case to.minor().Compare(from.minor()) < 0:
		rs.warn(CodeVersionStep, "%s runs %s: to go down a minor use etcdctl downgrade (3.6 and later)", who, from)
	case to.Major != from.Major || to.Minor > from.Minor+1:
		rs.warn(CodeVersionStep, "%s runs %s: go up one minor at a time, to %d.%d first", who, from, from.Major, from.Minor+1)
	case to.minor() == (Version{3, 6, 0}) && from.minor() == (Version{3, 5, 0}) && from.Compare(zombieFree) < 0:
		rs.warn(CodeVersionStep, "%s runs %s: go to 3.5.26 or later first, or members that were removed long ago can come back", who, from)
	case to.minor() == (Version{3, 7, 0}) && from.minor() == (Version{3, 6, 0}) && from.Compare(readyFor3_7) < 0:
		rs.warn(CodeVersionStep, "%s runs %s: move all members to 3.6.11 or later before the first one goes to 3.7", who, from)
	}
}
