package etcdcheck

import "cmp"

// newestStatuses keeps one status of each member. Terms and indexes only grow,
// so that the highest is the newest, wherever it stands; of two at the same
// index the one that says more is kept, and of those the last. What the newest
// does not say of the cluster, its leader and its quota is taken from the others.
func newestStatuses(statuses []Status) []Status {
	// Simple and table do not say the cluster; it is then the member's only one.
	clusters := map[ID]ID{}
	for _, s := range statuses {
		if s.ClusterID != 0 {
			clusters[s.MemberID] = s.ClusterID
		}
	}
	type who struct {
		cluster, member ID
		endpoint        string
	}
	var kept []Status
	at := map[who]int{}
	for _, s := range statuses {
		w := who{cmp.Or(s.ClusterID, clusters[s.MemberID]), s.MemberID, ""}
		if s.MemberID == 0 {
			w.endpoint = normalEndpoint(s.Endpoint)
		}
		i, ok := at[w]
		switch {
		case !ok:
			at[w] = len(kept)
			kept = append(kept, s)
		case s.compare(kept[i]) >= 0:
			kept[i] = s.completed(kept[i])
		default:
			kept[i] = kept[i].completed(s)
		}
	}
	return kept
}

// compare returns a positive number where s is newer than the other status of
// the member, or says more of the same moment.
func (s Status) compare(other Status) int {
	return cmp.Or(
		cmp.Compare(s.RaftTerm.Value, other.RaftTerm.Value),
		cmp.Compare(s.RaftIndex.Value, other.RaftIndex.Value),
		cmp.Compare(s.RaftApplied.Value, other.RaftApplied.Value),
		cmp.Compare(s.detail(), other.detail()),
	)
}

// detail is higher where a status says more.
func (s Status) detail() int { return 2*boolRank(s.ClusterID != 0) + boolRank(s.StorageVersion != "") }

// completed returns the status with what another one of the member says beyond
// it.
func (s Status) completed(other Status) Status {
	s.ClusterID = cmp.Or(s.ClusterID, other.ClusterID)
	s.StorageVersion = cmp.Or(s.StorageVersion, other.StorageVersion)
	if !s.Quota.Known {
		s.Quota = other.Quota
	}
	if !s.Leader.Known && s.RaftTerm == other.RaftTerm {
		s.Leader = other.Leader
	}
	return s
}
