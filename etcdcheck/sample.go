package etcdcheck

import (
	"slices"
	"strings"
	"time"

	"github.com/haplane/haplane/internal/finding"
)

// Sample is what etcdctl said of a cluster at about one moment. [Parse] fills
// it; a program that has the values from elsewhere writes it as a literal.
//
// A nil list was not asked for; an empty one was, and had nothing in it.
type Sample struct {
	// Statuses are of endpoint status, Members of member list, Health of endpoint
	// health, Hashes of endpoint hashkv, Alarms of alarm list.
	Statuses []Status `json:"statuses,omitzero"`
	Members  []Member `json:"members,omitzero"`
	Health   []Health `json:"health,omitzero"`
	Hashes   []Hash   `json:"hashes,omitzero"`
	Alarms   []Alarm  `json:"alarms,omitzero"`
	// Failures are the endpoints that etcdctl says it could not ask.
	Failures []Failure `json:"failures,omitzero"`
	// Gaps are lines that were not understood, which is usual in what was copied
	// from a terminal, and lines that may be cut off. A gap may be bad news.
	Gaps []Finding `json:"gaps,omitzero"`
}

// Merge puts samples together, the oldest first. The result shares no memory
// with them.
func Merge(samples ...Sample) Sample {
	var all Sample
	for _, s := range samples {
		all.Statuses = join(all.Statuses, s.Statuses)
		all.Members = join(all.Members, s.Members)
		all.Health = join(all.Health, s.Health)
		all.Hashes = join(all.Hashes, s.Hashes)
		all.Alarms = join(all.Alarms, s.Alarms)
		all.Failures = join(all.Failures, s.Failures)
		all.Gaps = join(all.Gaps, s.Gaps)
	}
	for i, s := range all.Statuses {
		all.Statuses[i].Errors = slices.Clone(s.Errors)
	}
	for i, m := range all.Members {
		all.Members[i].PeerURLs, all.Members[i].ClientURLs = slices.Clone(m.PeerURLs), slices.Clone(m.ClientURLs)
	}
	return all
}

// join is append that keeps an empty list apart from none.
func join[T any](a, b []T) []T {
	if a == nil && b != nil {
		return append([]T{}, b...)
	}
	return append(a, b...)
}

// Status is what `etcdctl endpoint status` says of one endpoint
// (etcdserverpb.StatusResponse).
type Status struct {
	// Endpoint is the address as etcdctl was given it, with or without scheme.
	Endpoint string `json:"endpoint"`
	// ClusterID is 0 where the format does not say it (simple, table).
	ClusterID ID `json:"clusterID,omitzero"`
	MemberID  ID `json:"memberID"`
	// Leader is the member that this one follows; a known 0 is no leader.
	// Simple and table only say whether this member leads, so a follower's
	// leader is unknown there.
	Leader  Maybe[ID]   `json:"leader,omitzero"`
	Learner Maybe[bool] `json:"learner,omitzero"`
	// Version is the server's release, empty where unknown.
	Version string `json:"version,omitempty"`
	// StorageVersion is the schema of its database, said from etcd 3.6 on.
	StorageVersion string `json:"storageVersion,omitempty"`
	DBSize         Size   `json:"dbSize,omitzero"`
	DBSizeInUse    Size   `json:"dbSizeInUse,omitzero"`
	// PercentNotInUse is the share of DBSize that a defragmentation would give
	// back, said by simple and table from etcdctl 3.6 on; in the other formats
	// it follows from the sizes.
	PercentNotInUse Maybe[int] `json:"percentNotInUse,omitzero"`
	// Quota is unknown with servers that do not report it, or report 0.
	Quota    Size          `json:"quota,omitzero"`
	RaftTerm Maybe[uint64] `json:"raftTerm,omitzero"`
	// RaftIndex is the member's committed index.
	RaftIndex Maybe[uint64] `json:"raftIndex,omitzero"`
	// RaftApplied is the index that the member has applied to its database.
	RaftApplied Maybe[uint64] `json:"raftApplied,omitzero"`
	// Revision is the store's revision, said by JSON and fields.
	Revision Maybe[int64] `json:"revision,omitzero"`
	// Errors are what the member itself complains of: no leader, alarms.
	Errors []string `json:"errors,omitempty"`
	// Downgrading says that a downgrade of the cluster is under way (3.6 on).
	Downgrading     Maybe[bool] `json:"downgrading,omitzero"`
	DowngradeTarget string      `json:"downgradeTarget,omitempty"`
}

// IsLeader reports whether the member says that it leads.
func (s Status) IsLeader() bool { return s.MemberID != 0 && s.Leader.Is(s.MemberID) }

// HasNoLeader reports whether the member says that it follows nobody.
func (s Status) HasNoLeader() bool {
	return s.Leader.Is(0) || slices.ContainsFunc(s.Errors, func(e string) bool { return strings.Contains(e, errNoLeader) })
}

// errNoLeader is how etcd words it in the errors of a status.
const errNoLeader = "etcdserver: no leader"

// Member is one line of `etcdctl member list` (etcdserverpb.Member).
type Member struct {
	// ClusterID is 0 where the format does not say it (simple, table).
	ClusterID ID `json:"clusterID,omitzero"`
	ID        ID `json:"id"`
	// Name is empty for a member that was added and never started.
	Name       string      `json:"name,omitempty"`
	PeerURLs   []string    `json:"peerURLs,omitempty"`
	ClientURLs []string    `json:"clientURLs,omitempty"`
	Learner    Maybe[bool] `json:"learner,omitzero"`
}

// Started reports whether the member has ever joined: etcd learns a member's
// name and client URLs from the member itself.
func (m Member) Started() bool { return m.Name != "" || len(m.ClientURLs) > 0 }

// Health is one line of `etcdctl endpoint health`.
type Health struct {
	// Endpoint as etcdctl was given it; Healthy says that it could read through
	// the quorum.
	Endpoint string `json:"endpoint"`
	Healthy  bool   `json:"healthy"`
	// Took is unknown where etcdctl could not even connect.
	Took  Maybe[time.Duration] `json:"took,omitzero"`
	Error string               `json:"error,omitempty"`
}

// Hash is one line of `etcdctl endpoint hashkv`
// (etcdserverpb.HashKVResponse).
type Hash struct {
	// Endpoint as etcdctl was given it.
	Endpoint string `json:"endpoint"`
	// ClusterID and MemberID are 0 where the format does not say them.
	ClusterID ID     `json:"clusterID,omitzero"`
	MemberID  ID     `json:"memberID,omitzero"`
	Hash      uint32 `json:"hash"`
	// HashRevision is the revision that was hashed, said from etcd 3.6 on.
	HashRevision Maybe[int64] `json:"hashRevision,omitzero"`
	// CompactRevision is -1 in a store that was never compacted.
	CompactRevision Maybe[int64] `json:"compactRevision,omitzero"`
	// Revision is the store's revision when it answered.
	Revision Maybe[int64] `json:"revision,omitzero"`
}

// Alarm is one line of `etcdctl alarm list` (etcdserverpb.AlarmMember).
type Alarm struct {
	// MemberID says whose alarm it is.
	MemberID ID `json:"memberID"`
	// Type is NOSPACE or CORRUPT.
	Type string `json:"type"`
}

// Failure is an endpoint that etcdctl could not ask, as it says so on stderr.
type Failure struct {
	// Endpoint as etcdctl was given it, and the Error that it printed.
	Endpoint string `json:"endpoint"`
	Error    string `json:"error"`
}

// ParseError is text that is not what etcdctl prints. It has the Line and Column
// where that is, which count from 1 (Column is 0 where the whole line is meant),
// and a Msg that says what is wrong; Input is "etcdctl output".
type ParseError = finding.ParseError
