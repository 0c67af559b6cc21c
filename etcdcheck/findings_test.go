package etcdcheck_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
)

// found is a finding without its words.
type found struct {
	Code     string
	Severity etcdcheck.Severity
	Member   string
}

func TestFindings(t *testing.T) {
	t.Parallel()
	const info, warn, critical = etcdcheck.Info, etcdcheck.Warning, etcdcheck.Critical
	for name, c := range map[string]struct {
		change   func(*etcdcheck.Input)
		verdict  etcdcheck.Verdict
		findings []found
	}{
		"nothing wrong": {func(in *etcdcheck.Input) {}, etcdcheck.Healthy, nil},
		"one down": {
			func(in *etcdcheck.Input) { fail(&in.Sample, 3) },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeNoTolerance, warn, ""}, {etcdcheck.CodeMemberMissing, warn, "m3"}},
		},
		"two down": {
			func(in *etcdcheck.Input) { fail(&in.Sample, 2); fail(&in.Sample, 3) },
			etcdcheck.QuorumLost,
			[]found{{etcdcheck.CodeQuorumLost, critical, ""}, {etcdcheck.CodeMemberMissing, critical, "m2"}, {etcdcheck.CodeMemberMissing, critical, "m3"}},
		},
		"two that were perhaps not asked": {
			func(in *etcdcheck.Input) { silence(&in.Sample, 2); silence(&in.Sample, 3) },
			etcdcheck.Unknown,
			[]found{{etcdcheck.CodeQuorumUnknown, warn, ""}, {etcdcheck.CodeNotAsked, warn, "m2"}, {etcdcheck.CodeNotAsked, warn, "m3"}},
		},
		"all answer and none has a leader": {
			func(in *etcdcheck.Input) {
				for n := range 3 {
					leaderless(&in.Sample, n+1)
				}
			},
			etcdcheck.QuorumLost,
			[]found{{etcdcheck.CodeQuorumLost, critical, ""}, {etcdcheck.CodeNoLeader, critical, ""}},
		},
		"one answers and has no leader": {
			func(in *etcdcheck.Input) { leaderless(&in.Sample, 3) },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeMemberLeaderless, critical, "m3"}, {etcdcheck.CodeNoTolerance, warn, ""}},
		},
		"two lead": {
			func(in *etcdcheck.Input) {
				in.Statuses[0].RaftTerm = etcdcheck.Known(uint64(6))
				in.Statuses[1].Leader, in.Statuses[2].Leader = etcdcheck.Known(memberID(2)), etcdcheck.Known(memberID(2))
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeTwoLeaders, critical, ""}, {etcdcheck.CodeNoTolerance, warn, ""}, {etcdcheck.CodeStaleTerm, warn, "m1"}},
		},
		"a stale term": {
			func(in *etcdcheck.Input) { in.Statuses[2].RaftTerm = etcdcheck.Known(uint64(5)) },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeNoTolerance, warn, ""}, {etcdcheck.CodeStaleTerm, warn, "m3"}},
		},
		"one follows another leader": {
			func(in *etcdcheck.Input) { in.Statuses[2].Leader = etcdcheck.Known(memberID(2)) },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeNoTolerance, warn, ""}, {etcdcheck.CodeLeaderDiffers, warn, "m3"}},
		},
		"the leader is silent": {
			func(in *etcdcheck.Input) { fail(&in.Sample, 1) },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeLeaderSilent, warn, ""}, {etcdcheck.CodeNoTolerance, warn, ""}, {etcdcheck.CodeMemberMissing, warn, "m1"}},
		},
		"an endpoint of another cluster": {
			func(in *etcdcheck.Input) {
				st := status(4, 4, "3.5.24")
				st.ClusterID = 0xc2
				in.Statuses = append(in.Statuses, st)
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeClusterIDs, critical, "10.0.0.4:2379"}},
		},
		"as many endpoints of another cluster as of the listed one": {
			func(in *etcdcheck.Input) {
				in.Members, in.Statuses = in.Members[:1], in.Statuses[:1]
				in.Members[0].ClusterID = 0
				st := status(4, 4, "3.5.24")
				st.ClusterID = 1
				in.Statuses = append(in.Statuses, st)
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeClusterIDs, critical, "10.0.0.4:2379"}, {etcdcheck.CodeNoTolerance, info, ""}},
		},
		"a status from a member that was removed": {
			func(in *etcdcheck.Input) { in.Members = in.Members[:2] },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeMemberUnlisted, warn, "10.0.0.3:2379"}, {"even-voters", info, ""}, {etcdcheck.CodeNoTolerance, info, ""}},
		},
		"an expected endpoint that is no member": {
			func(in *etcdcheck.Input) { in.Expect = []etcdcheck.Expected{{Name: "m4", Endpoint: "10.0.0.4"}} },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeNotAMember, warn, "m4"}},
		},
		"a learner": {
			func(in *etcdcheck.Input) {
				m, st := member(4), status(4, 1, "3.5.24")
				m.Learner, st.Learner = etcdcheck.Known(true), etcdcheck.Known(true)
				in.Members, in.Statuses = append(in.Members, m), append(in.Statuses, st)
				in.Health = []etcdcheck.Health{{Endpoint: endpointOf(1), Healthy: true}, {Endpoint: endpointOf(4), Error: "rpc not supported for learner"}}
			},
			etcdcheck.Healthy,
			[]found{{etcdcheck.CodeLearner, info, "m4"}},
		},
		"a voter that never started": {
			func(in *etcdcheck.Input) {
				in.Members = append(in.Members, member(4))
				unstart(&in.Sample, 4, false)
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeNoTolerance, warn, ""}, {etcdcheck.CodeUnstarted, warn, "4"}, {"even-voters", info, ""}},
		},
		"a voter that never started beside one that runs": {
			func(in *etcdcheck.Input) {
				in.Members, in.Statuses = in.Members[:2], in.Statuses[:1]
				unstart(&in.Sample, 2, false)
				leaderless(&in.Sample, 1)
			},
			etcdcheck.QuorumLost,
			[]found{{etcdcheck.CodeQuorumLost, critical, ""}, {etcdcheck.CodeNoLeader, critical, ""}, {etcdcheck.CodeUnstarted, warn, "2"}},
		},
		"a learner that never started": {
			func(in *etcdcheck.Input) {
				in.Members = append(in.Members, member(4))
				unstart(&in.Sample, 4, true)
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeUnstarted, warn, "4"}},
		},
		"a member that cannot read through the quorum": {
			func(in *etcdcheck.Input) {
				in.Health = []etcdcheck.Health{{Endpoint: endpointOf(1), Healthy: true}, {Endpoint: endpointOf(2), Error: "deadline"}, {Endpoint: endpointOf(3), Healthy: true}}
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeUnhealthy, warn, "m2"}},
		},
		"all agree and none can read": {
			func(in *etcdcheck.Input) {
				for n := range 3 {
					in.Health = append(in.Health, etcdcheck.Health{Endpoint: endpointOf(n + 1), Error: "deadline"})
				}
			},
			etcdcheck.QuorumLost,
			[]found{{etcdcheck.CodeQuorumLost, critical, ""}, {etcdcheck.CodeUnhealthy, warn, "m1"}, {etcdcheck.CodeUnhealthy, warn, "m2"}, {etcdcheck.CodeUnhealthy, warn, "m3"}},
		},
		"a member that cannot read, of those that were asked": {
			func(in *etcdcheck.Input) {
				in.Health = []etcdcheck.Health{{Endpoint: endpointOf(2), Error: "etcdserver: request timed out"}}
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeUnhealthy, warn, "m2"}},
		},
		"two against two, at different terms": {
			func(in *etcdcheck.Input) {
				in.Sample = healthySample(4, "3.5.24")
				for i := 2; i < 4; i++ {
					in.Statuses[i].Leader, in.Statuses[i].RaftTerm = etcdcheck.Known(memberID(3)), etcdcheck.Known(uint64(8))
				}
			},
			etcdcheck.QuorumLost,
			[]found{
				{etcdcheck.CodeQuorumLost, critical, ""}, {etcdcheck.CodeTwoLeaders, critical, ""},
				{etcdcheck.CodeStaleTerm, warn, "m1"}, {etcdcheck.CodeStaleTerm, warn, "m2"},
			},
		},
		"a slow apply": {
			func(in *etcdcheck.Input) { in.Statuses[1].RaftApplied = etcdcheck.Known(uint64(98_000)) },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeApplyLag, warn, "m2"}},
		},
		"an apply so slow that writes are refused": {
			func(in *etcdcheck.Input) { in.Statuses[1].RaftApplied = etcdcheck.Known(uint64(94_999)) },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeApplyLag, critical, "m2"}},
		},
		"an apply that stands still": {
			func(in *etcdcheck.Input) {
				in.Statuses[1].RaftApplied = etcdcheck.Known(uint64(99_990))
				earlier := healthySample(3, "3.5.24")
				earlier.Statuses[1].RaftApplied = etcdcheck.Known(uint64(99_990))
				in.Earlier = &earlier
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeApplyStalled, critical, "m2"}},
		},
		"an apply that moves": {
			func(in *etcdcheck.Input) {
				in.Statuses[1].RaftApplied = etcdcheck.Known(uint64(99_990))
				earlier := healthySample(3, "3.5.24")
				earlier.Statuses[1].RaftApplied = etcdcheck.Known(uint64(99_980))
				in.Earlier = &earlier
			},
			etcdcheck.Healthy, nil,
		},
		"a member that receives nothing": {
			func(in *etcdcheck.Input) {
				in.Statuses[1].RaftIndex, in.Statuses[1].RaftApplied = etcdcheck.Known(uint64(99_000)), etcdcheck.Known(uint64(99_000))
				earlier := healthySample(3, "3.5.24")
				for i := range earlier.Statuses {
					earlier.Statuses[i].RaftIndex, earlier.Statuses[i].RaftApplied = etcdcheck.Known(uint64(99_000)), etcdcheck.Known(uint64(99_000))
				}
				in.Earlier = &earlier
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeCommitStalled, warn, "m2"}},
		},
		"one of three answers, and entries are committed between the samples": {
			func(in *etcdcheck.Input) {
				fail(&in.Sample, 2)
				fail(&in.Sample, 3)
				earlier := healthySample(3, "3.5.24")
				earlier.Statuses[0].RaftIndex = etcdcheck.Known(uint64(99_000))
				in.Earlier = &earlier
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeMemberMissing, critical, "m2"}, {etcdcheck.CodeMemberMissing, critical, "m3"}, {etcdcheck.CodeNoTolerance, warn, ""}},
		},
		"an election between the samples": {
			func(in *etcdcheck.Input) {
				earlier := healthySample(3, "3.5.24")
				for i := range earlier.Statuses {
					earlier.Statuses[i].RaftTerm = etcdcheck.Known(uint64(6))
				}
				in.Earlier = &earlier
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeLeaderChanged, warn, ""}},
		},
		"a member some entries behind": {
			func(in *etcdcheck.Input) {
				in.Statuses[1].RaftIndex, in.Statuses[1].RaftApplied = etcdcheck.Known(uint64(98_000)), etcdcheck.Known(uint64(98_000))
			},
			etcdcheck.Healthy,
			[]found{{etcdcheck.CodeCommitLag, info, "m2"}},
		},
		"a member further behind than the leader keeps": {
			func(in *etcdcheck.Input) {
				in.Statuses[1].RaftIndex, in.Statuses[1].RaftApplied = etcdcheck.Known(uint64(90_000)), etcdcheck.Known(uint64(90_000))
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeCommitLag, warn, "m2"}},
		},
		"an alarm that the list tells": {
			func(in *etcdcheck.Input) { in.Alarms = []etcdcheck.Alarm{{MemberID: 2, Type: "NOSPACE"}} },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeAlarm, critical, "m2"}},
		},
		"an alarm that every status tells": {
			func(in *etcdcheck.Input) {
				for i := range in.Statuses {
					in.Statuses[i].Errors = []string{"memberID:2 alarm:CORRUPT "}
				}
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeAlarm, critical, "m2"}},
		},
		"a member that says something else": {
			func(in *etcdcheck.Input) { in.Statuses[1].Errors = []string{"etcdserver: something new"} },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeMemberError, warn, "m2"}},
		},
		"databases near their quota": {
			func(in *etcdcheck.Input) {
				for i, bytes := range []uint64{1717986919, 2040109466, 1717986918} {
					in.Statuses[i].DBSize, in.Statuses[i].DBSizeInUse = etcdcheck.Bytes(bytes), etcdcheck.Bytes(bytes)
				}
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeDBOver95, critical, "m2"}, {etcdcheck.CodeDBOver80, warn, "m1"}},
		},
		"a database that is mostly free": {
			func(in *etcdcheck.Input) {
				in.Statuses[0].DBSize, in.Statuses[0].DBSizeInUse = etcdcheck.Bytes(200_000_000), etcdcheck.Bytes(90_000_000)
			},
			etcdcheck.Healthy,
			[]found{{etcdcheck.CodeDBFragmented, info, "m1"}},
		},
		"an upgrade half way": {
			func(in *etcdcheck.Input) {
				in.Statuses[0].Version, in.Statuses[0].StorageVersion = "3.6.5", "3.5.0"
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeVersionMix, warn, ""}, {"storage-behind", info, "m1"}},
		},
		"a downgrade under way": {
			func(in *etcdcheck.Input) {
				in.Statuses[0].Downgrading, in.Statuses[0].DowngradeTarget = etcdcheck.Known(true), "3.5.0"
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeDowngrade, warn, ""}},
		},
		"hashes that differ at one revision": {
			func(in *etcdcheck.Input) { in.Hashes = hashes(9, 9, 9, 1, 1, 2) },
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeHashMismatch, critical, "m3"}},
		},
		"hashes that differ at different revisions": {
			func(in *etcdcheck.Input) { in.Hashes = hashes(9, 9, 8, 1, 1, 2) },
			etcdcheck.Healthy, nil,
		},
		"hashes that differ and do not say at which revision": {
			func(in *etcdcheck.Input) {
				in.Hashes = hashes(9, 9, 9, 1, 1, 2)
				for i := range in.Hashes {
					in.Hashes[i].Revision, in.Hashes[i].HashRevision = in.Hashes[i].HashRevision, etcdcheck.Maybe[int64]{}
				}
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeHashUncertain, warn, "m3"}},
		},
		"four voters": {
			func(in *etcdcheck.Input) { in.Sample = healthySample(4, "3.5.24") },
			etcdcheck.Healthy,
			[]found{{"even-voters", info, ""}},
		},
		"one voter": {
			func(in *etcdcheck.Input) { in.Sample = healthySample(1, "3.5.24") },
			etcdcheck.Healthy,
			[]found{{etcdcheck.CodeNoTolerance, info, ""}},
		},
		"nothing": {
			func(in *etcdcheck.Input) { *in = etcdcheck.Input{} },
			etcdcheck.Unknown,
			[]found{{etcdcheck.CodeQuorumUnknown, warn, ""}},
		},
		"only health, one of three": {
			func(in *etcdcheck.Input) {
				*in = etcdcheck.Input{Sample: etcdcheck.Sample{Health: []etcdcheck.Health{{Endpoint: "a:2379", Healthy: true}, {Endpoint: "b:2379", Error: "x"}, {Endpoint: "c:2379", Healthy: true}}}}
			},
			etcdcheck.Degraded,
			[]found{{etcdcheck.CodeNoTolerance, warn, ""}, {etcdcheck.CodeMemberMissing, warn, "b:2379"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := etcdcheck.Input{Sample: healthySample(3, "3.5.24")}
			c.change(&in)
			r := etcdcheck.Check(in)
			var got []found
			for _, f := range r.Findings {
				got = append(got, found{f.Code, f.Severity, f.Subject})
			}
			if r.Verdict != c.verdict {
				t.Errorf("verdict %q, want %q:\n%s", r.Verdict, c.verdict, r.Bytes())
			}
			if diff := cmp.Diff(c.findings, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func hashes(r1, r2, r3 int64, h1, h2, h3 uint32) []etcdcheck.Hash {
	var list []etcdcheck.Hash
	for i, r := range []int64{r1, r2, r3} {
		list = append(list, etcdcheck.Hash{Endpoint: endpointOf(i + 1), Hash: []uint32{h1, h2, h3}[i], HashRevision: etcdcheck.Known(r)})
	}
	return list
}

func TestFindingsAreSortedByHowMuchTheyMatter(t *testing.T) {
	t.Parallel()
	s := healthySample(4, "3.5.24")
	fail(&s, 4)
	s.Alarms = []etcdcheck.Alarm{{MemberID: 2, Type: "NOSPACE"}}
	r := etcdcheck.Check(etcdcheck.Input{Sample: s})
	order := []etcdcheck.Severity{etcdcheck.Critical, etcdcheck.Warning, etcdcheck.Info}
	if !slices.IsSortedFunc(r.Findings, func(a, b etcdcheck.Finding) int {
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	}) {
		t.Errorf("%s", r.Bytes())
	}
}

func TestTolerance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ voters, down, now int }{
		{1, 0, 0}, {2, 0, 0}, {3, 0, 1}, {3, 1, 0}, {3, 2, -1}, {4, 0, 1}, {5, 0, 2}, {5, 1, 1}, {5, 2, 0},
	} {
		s := healthySample(c.voters, "3.5.24")
		for n := range c.down {
			fail(&s, c.voters-n)
		}
		got := etcdcheck.Check(etcdcheck.Input{Sample: s}).Tolerance
		want := etcdcheck.Tolerance{Designed: etcdcheck.Tolerates(c.voters), Now: c.now}
		if got != want {
			t.Errorf("%d voters, %d down: got %+v, want %+v", c.voters, c.down, got, want)
		}
	}
}

func TestQuorumArithmetic(t *testing.T) {
	t.Parallel()
	for n, want := range [][2]int{{0, 0}, {1, 0}, {2, 0}, {2, 1}, {3, 1}, {3, 2}, {4, 2}, {4, 3}} {
		if q, tol := etcdcheck.Quorum(n), etcdcheck.Tolerates(n); q != want[0] || tol != want[1] {
			t.Errorf("%d voters: quorum %d and tolerance %d, want %v", n, q, tol, want)
		}
	}
	if etcdcheck.Quorum(-1) != 0 || etcdcheck.Tolerates(-1) != 0 {
		t.Error("fewer than no voters need and tolerate nothing")
	}
}

func TestTwoSamplesSayWhetherAMemberCatchesUp(t *testing.T) {
	t.Parallel()
	behind := func(lag uint64) etcdcheck.Sample {
		s := healthySample(3, "3.5.24")
		s.Statuses[2].RaftIndex, s.Statuses[2].RaftApplied = etcdcheck.Known(100_000-lag), etcdcheck.Known(100_000-lag)
		return s
	}
	for _, c := range []struct {
		before, now uint64
		want        string
	}{
		{9000, 6000, "it is 6000 entries behind and catches up (9000 before)"},
		{6000, 9000, "it is 9000 entries behind and does not catch up (6000 before)"},
	} {
		earlier := behind(c.before)
		r := etcdcheck.Check(etcdcheck.Input{Sample: behind(c.now), Earlier: &earlier})
		if !strings.Contains(string(r.Bytes()), c.want) {
			t.Errorf("want %q in\n%s", c.want, r.Bytes())
		}
	}
}

func TestTheFormatThatSaysMostWins(t *testing.T) {
	t.Parallel()
	exact := healthySample(3, "3.7.3")
	rounded := etcdcheck.Merge(etcdcheck.Sample{Statuses: exact.Statuses})
	for i := range rounded.Statuses {
		s := &rounded.Statuses[i]
		s.ClusterID, s.DBSize.Rounded, s.DBSizeInUse.Rounded = 0, true, true
		if !s.IsLeader() {
			s.Leader = etcdcheck.Maybe[etcdcheck.ID]{}
		}
	}
	for _, mix := range []etcdcheck.Sample{etcdcheck.Merge(exact, rounded), etcdcheck.Merge(rounded, exact)} {
		if diff := cmp.Diff(etcdcheck.Check(etcdcheck.Input{Sample: exact}), etcdcheck.Check(etcdcheck.Input{Sample: mix})); diff != "" {
			t.Errorf("a table beside the JSON shows (-json +both):\n%s", diff)
		}
	}
}

func TestReportWritesItsText(t *testing.T) {
	t.Parallel()
	r := etcdcheck.Check(etcdcheck.Input{Sample: healthySample(3, "3.5.24")})
	var b strings.Builder
	if n, err := r.WriteTo(&b); err != nil || n != int64(b.Len()) || b.String() != string(r.Bytes()) {
		t.Errorf("wrote %d, %v: %q", n, err, b.String())
	}
}
