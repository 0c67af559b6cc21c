package etcdcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/natural"
)

func (c *checker) findAlarms(m *MemberState) {
	for _, alarm := range m.Alarms {
		c.finding(Critical, CodeAlarm, m, alarmAdvice[alarm], "alarm %s is raised", alarm)
	}
	if m.Status == nil || m.Role == NoMember {
		return
	}
	for _, e := range m.Status.Errors {
		if !strings.Contains(e, errNoLeader) && !alarmLine.MatchString(strings.TrimSpace(e)) {
			c.finding(Warning, CodeMemberError, m, "look at its log", "it says: %s", e)
		}
	}
}

// alarmAdvice is what to do about an alarm.
var alarmAdvice = map[string]string{
	"NOSPACE": "compact, defragment each member, then etcdctl alarm disarm; until then nothing can be written but deletes",
	"CORRUPT": "stop this member, remove it, wipe its data and join it again",
}

const (
	megabyte        = 1000 * 1000
	fragmentedAbove = 100 * megabyte
)

// findDatabase looks at the size of the database. The thresholds for
// fragmentation are those of etcd's own alerts.
func (c *checker) findDatabase(m *MemberState) {
	if m.Status == nil || m.Role == NoMember {
		return
	}
	size, quota, used := m.Status.DBSize, m.Status.Quota, m.Status.DBSizeInUse
	if size.Known && quota.Known {
		const advice = "compact and defragment it, or raise --quota-backend-bytes (8 GiB at most)"
		switch percent := float64(size.Bytes) / float64(quota.Bytes) * 100; {
		case percent >= 95:
			c.finding(Critical, CodeDBOver95, m, advice, "its database has %s of a quota of %s: %.0f%%", size, quota, percent)
		case percent >= 80:
			c.finding(Warning, CodeDBOver80, m, advice, "its database has %s of a quota of %s: %.0f%%", size, quota, percent)
		}
	}
	if size.Known && used.Known && size.Bytes > fragmentedAbove && used.Bytes < size.Bytes/2 {
		c.finding(Info, CodeDBFragmented, m, "defragment it, one member at a time, the leader last",
			"only %s of %s of its database are in use", used, size)
	}
}

// findVersions looks at the releases of all members together.
func (c *checker) findVersions() {
	versions := map[Version][]string{}
	for _, m := range c.answering() {
		v, err := ParseVersion(m.Status.Version)
		if err != nil {
			continue
		}
		versions[v] = append(versions[v], m.Label())
		if !c.report.Version.Known() || v.Compare(c.report.Version) < 0 {
			c.report.Version = v
		}
		c.findStorage(m, v)
	}
	c.findDowngrade()
	if len(versions) > 1 {
		c.finding(Warning, CodeVersionMix, nil, "finish the upgrade: all members should run one version", "the members run %s", listVersions(versions))
	}
}

// findDowngrade finds a downgrade, which is the cluster's: each member tells it.
func (c *checker) findDowngrade() {
	for _, m := range c.answering() {
		if m.Status.Downgrading.Is(true) {
			c.finding(Warning, CodeDowngrade, nil, "finish it, or etcdctl downgrade cancel", "a downgrade to %s is under way", m.Status.DowngradeTarget)
			return
		}
	}
}

// findStorage finds a database that is older than the server, which is how it
// is until every member runs the new minor.
func (c *checker) findStorage(m *MemberState, v Version) {
	storage, err := ParseVersion(m.Status.StorageVersion)
	if err == nil && storage.minor().Compare(v.minor()) < 0 {
		c.finding(Info, CodeStorageBehind, m, "", "its storage version is %s, and it runs %s", m.Status.StorageVersion, m.Status.Version)
	}
}

func listVersions(versions map[Version][]string) string {
	var parts []string
	for v, members := range versions {
		parts = append(parts, fmt.Sprintf("%s (%s)", v, strings.Join(members, ", ")))
	}
	slices.SortFunc(parts, natural.Compare)
	return strings.Join(parts, " and ")
}

// findHashes compares the hashes that were made of the same revision. Etcd 3.5
// does not say which revision it hashed; then the revision at its answer
// stands for it, and under load that can be another.
func (c *checker) findHashes() {
	type point struct {
		revision, compact int64
		exact             bool
	}
	seen := map[point]*MemberState{}
	for _, m := range c.members {
		if m.Hash == nil || m.Role == NoMember {
			continue
		}
		p := point{revision: m.Hash.HashRevision.Value, compact: m.Hash.CompactRevision.Or(-1), exact: m.Hash.HashRevision.Known}
		if !p.exact {
			if !m.Hash.Revision.Known {
				continue
			}
			p.revision = m.Hash.Revision.Value
		}
		first, ok := seen[p]
		switch {
		case !ok:
			seen[p] = m
		case first.Hash.Hash == m.Hash.Hash:
		case p.exact:
			c.finding(Critical, CodeHashMismatch, m, "take a snapshot of each member now; then remove the member whose data is wrong, wipe it and join it again",
				"its data differs from that of %s at revision %d", first.Label(), p.revision)
		default:
			c.finding(Warning, CodeHashUncertain, m, "ask again with etcdctl endpoint hashkv --rev and one revision for all",
				"its hash differs from that of %s, at about revision %d", first.Label(), p.revision)
		}
	}
}
