package etcdcheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/haplane/haplane/internal/natural"
)

func (c *checker) findAlarms(m *MemberState) {
	for _, alarm := range m.Alarms {
		c.alarm(m, alarm, "alarm %s is raised", shown(alarm))
	}
	if m.Status == nil || m.Role == NoMember {
		return
	}
	for _, e := range m.Status.otherErrors() {
		c.finding(Warning, CodeMemberError, m, "look at its log", "it says: %s", shown(e))
	}
}

// otherErrors are the errors of a status that are neither that it has no leader
// nor an alarm.
func (s Status) otherErrors() []string {
	var others []string
	for _, e := range s.Errors {
		if !strings.Contains(e, errNoLeader) && !alarmLine.MatchString(strings.TrimSpace(e)) {
			others = append(others, e)
		}
	}
	return others
}

func (c *checker) alarm(m *MemberState, alarm, format string, args ...any) {
	c.finding(Critical, CodeAlarm, m, alarmAdvice[alarm], format, args...)
	if !slices.Contains(c.report.Alarms, alarm) && len(c.report.Alarms) < shownNames {
		c.report.Alarms = append(c.report.Alarms, alarm)
	}
}

// findClusterAlarms finds alarms of members that nothing else names, and those
// that endpoint health tells of, which does not say whose they are.
func (c *checker) findClusterAlarms() {
	for _, a := range c.alarms {
		c.alarm(nil, a.Type, "alarm %s is raised by member %v", shown(a.Type), a.MemberID)
	}
	for _, h := range c.in.Health {
		_, types, _ := strings.Cut(h.Error, activeAlarm)
		for _, alarm := range strings.Fields(types) {
			if !slices.Contains(c.report.Alarms, alarm) {
				c.alarm(nil, alarm, "alarm %s is raised; endpoint health does not say by whom, etcdctl alarm list does", shown(alarm))
			}
		}
	}
	slices.Sort(c.report.Alarms)
}

// alarmAdvice is what to do about an alarm.
var alarmAdvice = map[string]string{
	"NOSPACE": "compact, defragment each member, then etcdctl alarm disarm; until then nothing can be written but deletes",
	"CORRUPT": "stop this member, remove it, wipe its data and join it again",
}

const (
	megabyte        = 1000 * 1000
	fragmentedAbove = 100 * megabyte
	// defaultQuota is what etcd takes where nobody sets --quota-backend-bytes.
	defaultQuota = 2 << 30
)

// findDatabase looks at the size of the database. The thresholds for
// fragmentation are those of etcd's own alerts.
func (c *checker) findDatabase(m *MemberState) {
	if m.Status == nil || m.Role == NoMember {
		return
	}
	size, quota, used := m.Status.DBSize, m.Status.Quota, m.Status.DBSizeInUse
	const remedy = "compact and defragment it, or raise --quota-backend-bytes (8 GiB at most)"
	switch {
	case size.Known && quota.Known:
		switch percent := float64(size.Bytes) / float64(quota.Bytes) * 100; {
		case percent >= 95:
			c.finding(Critical, CodeDBOver95, m, remedy, "its database has %s of a quota of %s: %.0f%%", size, quota, percent)
		case percent >= 80:
			c.finding(Warning, CodeDBOver80, m, remedy, "its database has %s of a quota of %s: %.0f%%", size, quota, percent)
		}
	case size.Known && size.Bytes >= defaultQuota*8/10:
		c.finding(Warning, CodeDBOver80, m, remedy, "its database has %s, and its quota is not shown: unless it was raised that is %s", size, Bytes(defaultQuota))
	}
	if size.Known && used.Known && size.Bytes > fragmentedAbove && used.Bytes < size.Bytes/2 {
		c.finding(Info, CodeDBFragmented, m, "defragment it, one member at a time, the leader last",
			"only %s of %s of its database are in use", used, size)
	}
}

// manyTimes is how much larger than the others a database is that something is
// wrong with.
const manyTimes = 10

// findSizes finds databases that are far larger than those of the other members,
// which hold the same keys.
func (c *checker) findSizes() {
	var sizes []uint64
	for _, m := range c.answering() {
		if m.Status.DBSize.Known {
			sizes = append(sizes, m.Status.DBSize.Bytes)
		}
	}
	if len(sizes) < 2 {
		return
	}
	slices.Sort(sizes)
	usual := sizes[(len(sizes)-1)/2]
	for _, m := range c.answering() {
		if size := m.Status.DBSize; size.Bytes > fragmentedAbove && size.Bytes >= manyTimes*usual {
			c.finding(Warning, CodeDBDiffers, m, "defragment it; if it stays that large, look at its log and compare etcdctl endpoint hashkv",
				"its database has %s, and those of the others have about %s", size, Bytes(usual))
		}
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
			c.finding(Warning, CodeDowngrade, nil, "finish it, or etcdctl downgrade cancel", "a downgrade to %s is under way", shown(m.Status.DowngradeTarget))
			return
		}
	}
}

// findStorage finds a database that is older than the server, which is how it
// is until every member runs the new minor.
func (c *checker) findStorage(m *MemberState, v Version) {
	storage, err := ParseVersion(m.Status.StorageVersion)
	if err == nil && storage.minor().Compare(v.minor()) < 0 {
		c.finding(Info, codeStorageBehind, m, "", "its storage version is %s, and it runs %s", m.Status.StorageVersion, m.Status.Version)
	}
}

func listVersions(versions map[Version][]string) string {
	var parts []string
	for v, members := range versions {
		parts = append(parts, fmt.Sprintf("%s (%s)", v, listed(members)))
	}
	slices.SortFunc(parts, natural.Compare)
	return shown(strings.Join(parts, " and "))
}

// point is what a hash was made of, as far as it is said.
type point struct {
	revision, compact int64
	exact             bool // the revision is the one that was hashed
}

// pointOf returns what was hashed. Etcd up to 3.5 does not say which revision
// that was; then the revision at its answer stands for it, where the format
// tells that, and under load it can be another.
func pointOf(h Hash) point {
	p := point{revision: h.HashRevision.Value, compact: h.CompactRevision.Or(-1), exact: h.HashRevision.Known}
	if !p.exact {
		p.revision = h.Revision.Value
	}
	return p
}

// findHashes compares the hashes that were made of the same revision: of those,
// what most say is right.
func (c *checker) findHashes() {
	hashes := c.newestHashes()
	groups := map[point][]namedHash{}
	for _, h := range hashes {
		p := pointOf(h.Hash)
		groups[p] = append(groups[p], h)
	}
	if len(hashes) > 1 && len(groups) == len(hashes) {
		c.finding(Info, CodeHashUncertain, nil, hashAgain, "the hashes are of different revisions, and cannot be compared")
	}
	usual := map[point]namedHash{}
	for p, group := range groups {
		usual[p] = usualHash(group)
	}
	for _, h := range hashes {
		p := pointOf(h.Hash)
		switch other := usual[p]; {
		case h.Hash.Hash == other.Hash.Hash:
		case p.exact:
			c.subjectFinding(Critical, CodeHashMismatch, h.label,
				"take a snapshot of each member now; then remove the member whose data is wrong, wipe it and join it again",
				"its data differs from that of %s at revision %d", shown(other.label), p.revision)
		default:
			c.subjectFinding(Warning, CodeHashUncertain, h.label, hashAgain,
				"its hash differs from that of %s, and which revision was hashed is not said", shown(other.label))
		}
	}
}

const hashAgain = "ask again with etcdctl endpoint hashkv --rev and one revision for all"

// namedHash is a hash and whose it is.
type namedHash struct {
	Hash
	label string
}

// newestHashes keeps the last hash of each member, and all of endpoints that
// tell nobody apart, in the order of their names.
func (c *checker) newestHashes() []namedHash {
	var list []namedHash
	told := map[*MemberState]bool{}
	for _, h := range slices.Backward(c.in.Hashes) {
		foreign := h.ClusterID != 0 && c.cluster != 0 && h.ClusterID != c.cluster
		m := c.memberOfHash(h)
		switch {
		case foreign || m != nil && (told[m] || m.Role == NoMember):
		case m != nil:
			told[m] = true
			list = append(list, namedHash{h, m.Label()})
		default:
			list = append(list, namedHash{h, h.Endpoint})
		}
	}
	slices.SortStableFunc(list, func(a, b namedHash) int {
		return cmp.Or(natural.Compare(a.label, b.label), cmp.Compare(a.Hash.Hash, b.Hash.Hash))
	})
	return list
}

// usualHash is the first of the hashes that most members have.
func usualHash(group []namedHash) namedHash {
	count := map[uint32]int{}
	for _, h := range group {
		count[h.Hash.Hash]++
	}
	return slices.MaxFunc(group, func(a, b namedHash) int { return cmp.Compare(count[a.Hash.Hash], count[b.Hash.Hash]) })
}
