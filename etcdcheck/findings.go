package etcdcheck

import (
	"fmt"

	"github.com/haplane/haplane/internal/finding"
	"github.com/haplane/haplane/internal/plain"
)

// Severity says how much a finding matters: see [Info], [Warning] and [Critical].
type Severity = finding.Severity

// The severities. Info needs nothing done; Warning leaves the cluster working
// with less than it should have; Critical is broken, or is one step from it.
const (
	Info     = finding.Info
	Warning  = finding.Warning
	Critical = finding.Critical
)

// Finding is one thing that the verdict rests on. It has a Code, a Severity, the
// Subject (whom it is about, as [MemberState.Label] says; empty for the cluster
// as a whole), a Message and a Remedy; its Place is that of a line that was not
// understood.
type Finding = finding.Finding

// The codes of findings, and the severity that each has. They are stable:
// programs may act on them.
const (
	CodeQuorumLost       = "quorum-lost"        // critical
	CodeQuorumUnknown    = "quorum-unknown"     // warning
	CodeNoLeader         = "no-leader"          // critical: nobody that answers has a leader
	CodeMemberLeaderless = "member-leaderless"  // critical: this one has none, others do
	CodeTwoLeaders       = "two-leaders"        // critical
	CodeLeaderSilent     = "leader-silent"      // warning: followed, and does not answer
	CodeLeaderDiffers    = "leader-differs"     // warning: follows another leader
	CodeStaleTerm        = "stale-term"         // warning
	CodeClusterIDs       = "cluster-ids"        // critical: endpoints of another cluster
	CodeMemberMissing    = "member-missing"     // warning, critical without tolerance
	CodeMemberUnlisted   = "member-unlisted"    // warning: answers, and is in no member list
	CodeNotAMember       = "not-a-member"       // warning: expected or asked, and no member
	CodeUnstarted        = "member-unstarted"   // warning: added and never started
	CodeLearner          = "learner"            // info
	CodeUnhealthy        = "member-unhealthy"   // warning
	CodeNoTolerance      = "no-tolerance"       // warning; info where it is the design
	CodeApplyLag         = "apply-lag"          // warning, critical where writes are refused
	CodeApplyStalled     = "apply-stalled"      // critical: committed, and not applied, in two samples
	CodeCommitLag        = "commit-lag"         // info, warning where a snapshot may be needed
	CodeCommitStalled    = "commit-stalled"     // warning: behind, and not moving, in two samples
	CodeLeaderChanged    = "leader-changed"     // warning: between two samples
	CodeAlarm            = "alarm"              // critical
	CodeMemberError      = "member-error"       // warning: it complains of something else
	CodeDBOver95         = "db-over-95-percent" // critical
	CodeDBOver80         = "db-over-80-percent" // warning
	CodeDBFragmented     = "db-fragmented"      // info
	CodeVersionMix       = "version-mix"        // warning
	CodeDowngrade        = "downgrade"          // warning
	CodeHashMismatch     = "hash-mismatch"      // critical
	CodeHashUncertain    = "hash-uncertain"     // warning: differs, at a revision that may differ; info: cannot be compared
	CodeDBDiffers        = "db-differs"         // warning: ten times the size of the others
	CodeNotUnderstood    = "not-understood"     // warning: a line or field that is not in the verdict
	CodeCommandFailed    = "command-failed"     // warning: etcdctl says that it failed
	CodeClient           = "client-trouble"     // warning: etcdctl could not ask, and the cluster is not to blame
	CodeAlarmsUnknown    = "alarms-unknown"     // warning: the list of alarms could not be had
	CodeNotAsked         = "not-asked"          // warning: nobody asked it, or its failure is not in the output
	CodeUnmatched        = "not-matched"        // warning: an endpoint or an expected member that could be any
	CodeContradiction    = "contradiction"      // warning: two outputs say different things
	CodeListOutdated     = "list-outdated"      // warning: the members were changed after they were listed
	CodeIDsRounded       = "ids-rounded"        // warning: digits of the IDs are lost
)

// Codes of what there is to know and nothing to do about.
const (
	codeEvenVoters    = "even-voters"
	codeStorageBehind = "storage-behind"
	codeMayBeCut      = "may-be-cut"
)

// finding notes a finding about m, or about the cluster where m is nil.
func (c *checker) finding(severity Severity, code string, m *MemberState, remedy, format string, args ...any) {
	subject := ""
	if m != nil {
		subject = m.Label()
	}
	c.subjectFinding(severity, code, subject, remedy, format, args...)
}

func (c *checker) subjectFinding(severity Severity, code, subject, remedy, format string, args ...any) {
	c.report.Findings = append(c.report.Findings, Finding{
		Code: code, Severity: severity, Subject: plain.Line(subject), Message: plain.Line(fmt.Sprintf(format, args...)), Remedy: remedy,
	})
}

// findings goes through all that can be wrong.
func (c *checker) findings() {
	c.findQuorum()
	c.findLeaders()
	c.findForeign()
	c.findTolerance()
	for _, m := range c.members {
		c.findPresence(m)
		c.findRole(m)
		c.findAgreement(m)
		c.findLag(m)
		c.findAlarms(m)
		c.findDatabase(m)
	}
	c.findClusterAlarms()
	c.findSizes()
	c.findVersions()
	c.findHashes()
	c.findProgress()
	c.findGaps()
}
