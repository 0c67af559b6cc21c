package etcdcheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/natural"
)

// openQuestions are the codes of what is not known. None of them is bad news,
// and each may hide some: with one the verdict is no better than unknown.
var openQuestions = map[string]bool{
	CodeNotUnderstood: true, CodeCommandFailed: true, CodeClient: true, CodeAlarmsUnknown: true, CodeNotAsked: true,
	CodeUnmatched: true, CodeContradiction: true, CodeListOutdated: true, CodeIDsRounded: true,
}

// isOpen reports whether a finding leaves something open.
func isOpen(f Finding) bool { return openQuestions[f.Code] && f.Severity != Info }

// forbids reports whether a finding is a reason against any step. A voter that
// was not asked is not: the answers count it as one that does not work.
func forbids(f Finding) bool {
	switch {
	case f.Code == CodeNotAsked:
		return f.Subject == ""
	case f.Code == CodeHashUncertain:
		return f.Severity != Info
	case f.Code == CodeMemberError, f.Code == CodeMemberUnlisted:
		return true
	}
	return isOpen(f)
}

// findGaps finds what is not known: what the reader left out, and what could not
// be put together.
func (c *checker) findGaps() {
	c.report.Findings = append(c.report.Findings, c.in.Gaps...)
	c.findClient()
	c.findUnmatched()
	for _, d := range c.doubts {
		c.finding(Warning, CodeContradiction, d.member, "ask for both again at the same moment", "%s", d.message)
	}
	c.findStrangeLeader()
	if c.onlyOneSeen() {
		c.finding(Warning, CodeNotAsked, nil, "give the output of etcdctl member list too, and ask all members: etcdctl endpoint status --cluster",
			"only one endpoint was asked, and nothing says who else is a member")
	}
}

func (c *checker) findClient() {
	told := map[string]bool{}
	for _, gap := range c.in.Gaps {
		told[gap.Message] = true
	}
	for _, trouble := range slices.SortedFunc(maps.Keys(c.client), natural.Compare) {
		if !told[trouble] {
			c.finding(Warning, CodeClient, nil, clientRemedy, "etcdctl could not ask, for a reason of its own: %s", shown(trouble))
		}
	}
	if c.in.Alarms == nil && slices.ContainsFunc(c.in.Health, func(h Health) bool { return strings.Contains(h.Error, noAlarmList) }) {
		c.finding(Warning, CodeAlarmsUnknown, nil, "ask etcdctl alarm list with --user root where authentication is on",
			"endpoint health read through the quorum, and could not get the list of alarms: whether there are any is not known")
	}
}

// findUnmatched tells of endpoints that could be those of any of the members.
func (c *checker) findUnmatched() {
	const remedy = "ask each member at the address that the member list has: etcdctl endpoint health --cluster"
	for _, h := range c.unhealthy {
		c.finding(Warning, CodeUnmatched, nil, remedy, "%s is not healthy, and which member that is is not said: %s", shown(h.Endpoint), shown(h.Error))
	}
	for _, f := range c.failures {
		c.finding(Warning, CodeUnmatched, nil, remedy, "%s could not be asked, and which member that is is not said: %s", shown(f.Endpoint), shown(f.Error))
	}
	if n := len(c.unmatched); n > 0 {
		var names []string
		for _, e := range c.unmatched {
			names = append(names, e.label())
		}
		c.finding(Warning, CodeUnmatched, nil, "expect the members by the addresses that the output has, or give etcdctl member list too",
			"nobody can tell whether these are there, because the output knows its members otherwise: %s", listed(names))
	}
}

// findStrangeLeader finds a leader that the member list does not have.
func (c *checker) findStrangeLeader() {
	leader := c.report.Leader
	if !c.listed || !leader.Known || leader.Value == 0 || c.byID[leader.Value] != nil && c.byID[leader.Value].Listed.Is(true) {
		return
	}
	c.finding(Warning, CodeContradiction, nil, "run etcdctl member list again", "the members follow %v, which the member list does not have", leader)
}

// onlyOneSeen reports whether a single endpoint is all that is known of the
// cluster. How many members there are nobody says then.
func (c *checker) onlyOneSeen() bool {
	return !c.listed && len(c.in.Expect) == 0 && len(c.members) == 1 && len(c.healthy)+len(c.unhealthy)+len(c.failures) == 0
}

// shownNames is how many names a sentence has at most.
const shownNames = 10

// listed returns the names as part of a sentence.
func listed(names []string) string {
	rest := ""
	if len(names) > shownNames {
		rest = fmt.Sprintf(" and %d more", len(names)-shownNames)
		names = names[:shownNames]
	}
	return shown(strings.Join(names, ", ")) + rest
}
