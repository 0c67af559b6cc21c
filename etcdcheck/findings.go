package etcdcheck

import (
	"fmt"
	"slices"
)

// Severity is how much a finding matters.
type Severity string

// The severities. Info needs nothing done; Warn leaves the cluster working with
// less than it should have; Critical is broken, or is one step from it.
const (
	Info     Severity = "info"
	Warn     Severity = "warning"
	Critical Severity = "critical"
)

func (s Severity) rank() int { return slices.Index([]Severity{Info, Warn, Critical}, s) }

// Code names a kind of finding. Codes are stable: programs may act on them.
type Code string

// The codes, and the severity that each finding has.
const (
	CodeQuorumLost       Code = "quorum-lost"        // critical
	CodeQuorumUnknown    Code = "quorum-unknown"     // warning
	CodeNoLeader         Code = "no-leader"          // critical: nobody that answers has a leader
	CodeMemberLeaderless Code = "member-leaderless"  // critical: this one has none, others do
	CodeTwoLeaders       Code = "two-leaders"        // critical
	CodeLeaderSilent     Code = "leader-silent"      // warning: followed, and does not answer
	CodeLeaderDiffers    Code = "leader-differs"     // warning: follows another leader
	CodeStaleTerm        Code = "stale-term"         // warning
	CodeClusterIDs       Code = "cluster-ids"        // critical: endpoints of another cluster
	CodeMemberMissing    Code = "member-missing"     // warning, critical without tolerance
	CodeMemberUnlisted   Code = "member-unlisted"    // warning: answers, and is in no member list
	CodeNotAMember       Code = "not-a-member"       // warning: expected or asked, and no member
	CodeUnstarted        Code = "member-unstarted"   // warning: added and never started
	CodeLearner          Code = "learner"            // info
	CodeUnhealthy        Code = "member-unhealthy"   // warning
	CodeNoTolerance      Code = "no-tolerance"       // warning; info where it is the design
	CodeEvenVoters       Code = "even-voters"        // info
	CodeApplyLag         Code = "apply-lag"          // warning, critical where writes are refused
	CodeApplyStalled     Code = "apply-stalled"      // critical: committed, and not applied, in two samples
	CodeCommitLag        Code = "commit-lag"         // info, warning where a snapshot may be needed
	CodeCommitStalled    Code = "commit-stalled"     // warning: behind, and not moving, in two samples
	CodeLeaderChanged    Code = "leader-changed"     // warning: between two samples
	CodeAlarm            Code = "alarm"              // critical
	CodeMemberError      Code = "member-error"       // warning: it complains of something else
	CodeDBOver95         Code = "db-over-95-percent" // critical
	CodeDBOver80         Code = "db-over-80-percent" // warning
	CodeDBFragmented     Code = "db-fragmented"      // info
	CodeVersionMix       Code = "version-mix"        // warning
	CodeStorageBehind    Code = "storage-behind"     // info
	CodeDowngrade        Code = "downgrade"          // warning
	CodeHashMismatch     Code = "hash-mismatch"      // critical
	CodeHashUncertain    Code = "hash-uncertain"     // warning: differs, at a revision that may differ
)

// Finding is one thing that the verdict rests on.
type Finding struct {
	// Code is stable, and has its Severity beside it in the list of codes.
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	// Member is whom it is about, as MemberState.Label says; empty for the
	// cluster as a whole.
	Member  string `json:"member,omitempty"`
	Message string `json:"message"`
	// Advice is what to do, empty where nothing is.
	Advice string `json:"advice,omitempty"`
}

// String is "critical alarm: cka-cp-2: NOSPACE: ...".
func (f Finding) String() string {
	if f.Member != "" {
		return fmt.Sprintf("%s %s: %s: %s", f.Severity, f.Code, f.Member, f.Message)
	}
	return fmt.Sprintf("%s %s: %s", f.Severity, f.Code, f.Message)
}

// finding notes a finding about m, or about the cluster where m is nil.
func (c *checker) finding(severity Severity, code Code, m *MemberState, advice, format string, args ...any) {
	f := Finding{Code: code, Severity: severity, Message: fmt.Sprintf(format, args...), Advice: advice}
	if m != nil {
		f.Member = m.Label()
	}
	c.report.Findings = append(c.report.Findings, f)
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
	c.findVersions()
	c.findHashes()
	c.findProgress()
}
