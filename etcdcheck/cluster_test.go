package etcdcheck_test

import (
	"fmt"

	"github.com/haplane/haplane/etcdcheck"
)

// The tests build clusters of members m1, m2 and so on, with the IDs 1, 2 ...,
// and change what they need.

const clusterID = etcdcheck.ID(0xc1)

func memberID(n int) etcdcheck.ID { return etcdcheck.ID(n) }

func name(n int) string { return fmt.Sprintf("m%d", n) }

func endpointOf(n int) string { return fmt.Sprintf("10.0.0.%d:2379", n) }

// healthySample is n voters of which the first leads.
func healthySample(n int, version string) etcdcheck.Sample {
	s := etcdcheck.Sample{Alarms: []etcdcheck.Alarm{}}
	for i := 1; i <= n; i++ {
		s.Members = append(s.Members, member(i))
		s.Statuses = append(s.Statuses, status(i, 1, version))
	}
	return s
}

func member(n int) etcdcheck.Member {
	return etcdcheck.Member{
		ClusterID: clusterID, ID: memberID(n), Name: name(n),
		PeerURLs: []string{fmt.Sprintf("https://10.0.0.%d:2380", n)}, ClientURLs: []string{"https://" + endpointOf(n)},
		Learner: etcdcheck.Known(false),
	}
}

func status(n, leader int, version string) etcdcheck.Status {
	return etcdcheck.Status{
		Endpoint: endpointOf(n), ClusterID: clusterID, MemberID: memberID(n), Leader: etcdcheck.Known(memberID(leader)),
		Learner: etcdcheck.Known(false), Version: version,
		DBSize: etcdcheck.Bytes(20 << 20), DBSizeInUse: etcdcheck.Bytes(18 << 20), Quota: etcdcheck.Bytes(2 << 30),
		RaftTerm: etcdcheck.Known(uint64(7)), RaftIndex: etcdcheck.Known(uint64(100_000)), RaftApplied: etcdcheck.Known(uint64(100_000)),
		Revision: etcdcheck.Known(int64(90_000)),
	}
}

// unstart makes a member one that was added and never started.
func unstart(s *etcdcheck.Sample, n int, learner bool) {
	m := &s.Members[n-1]
	m.Name, m.ClientURLs, m.Learner = "", nil, etcdcheck.Known(learner)
	silence(s, n)
}

// silence takes a member's status away.
func silence(s *etcdcheck.Sample, n int) {
	var left []etcdcheck.Status
	for _, st := range s.Statuses {
		if st.MemberID != memberID(n) {
			left = append(left, st)
		}
	}
	s.Statuses = left
}

// fail takes a member's status away as etcdctl does, with a line on stderr.
func fail(s *etcdcheck.Sample, n int) {
	silence(s, n)
	s.Failures = append(s.Failures, etcdcheck.Failure{Endpoint: endpointOf(n), Error: "context deadline exceeded"})
}

// leaderless makes a member one that answers and has no leader.
func leaderless(s *etcdcheck.Sample, n int) {
	s.Statuses[n-1].Leader = etcdcheck.Known(etcdcheck.ID(0))
	s.Statuses[n-1].Errors = []string{"etcdserver: no leader"}
}
