package etcdcheck_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/etcdctltest"
)

// plainStatus is the JSON of endpoint status as a struct that does nothing
// else, which is what the reader is measured against.
type plainStatus struct {
	Endpoint string
	Status   struct {
		Header struct {
			ClusterID uint64 `json:"cluster_id"`
			MemberID  uint64 `json:"member_id"`
			Revision  int64  `json:"revision"`
			RaftTerm  uint64 `json:"raft_term"`
		} `json:"header"`
		Version        string   `json:"version"`
		DBSize         int64    `json:"dbSize"`
		Leader         uint64   `json:"leader"`
		RaftIndex      uint64   `json:"raftIndex"`
		RaftTerm       uint64   `json:"raftTerm"`
		RaftApplied    uint64   `json:"raftAppliedIndex"`
		Errors         []string `json:"errors"`
		DBSizeInUse    int64    `json:"dbSizeInUse"`
		IsLearner      bool     `json:"isLearner"`
		StorageVersion string   `json:"storageVersion"`
		DBSizeQuota    int64    `json:"dbSizeQuota"`
		DowngradeInfo  struct {
			Enabled       bool   `json:"enabled"`
			TargetVersion string `json:"targetVersion"`
		} `json:"downgradeInfo"`
	}
}

// manyStatuses is endpoint status of n members in JSON.
func manyStatuses(b *testing.B, n int) []byte {
	b.Helper()
	s := wholeSample(b, "healthy", etcdcheck.JSON)
	var many etcdcheck.Sample
	for i := range n {
		st := s.Statuses[i%3]
		st.Endpoint = fmt.Sprintf("10.0.%d.%d:2379", i/256, i%256)
		st.MemberID += etcdcheck.ID(i)
		many.Statuses = append(many.Statuses, st)
	}
	return etcdctltest.Statuses(many.Statuses)
}

// race takes turns with a and b and gives the ratio of their best times, which
// a busy machine disturbs least.
func race(bench *testing.B, a, b func()) float64 {
	bench.Helper()
	best := func(shortest time.Duration, f func()) time.Duration {
		start := time.Now()
		f()
		if took := time.Since(start); shortest == 0 || took < shortest {
			return took
		}
		return shortest
	}
	var bestA, bestB time.Duration
	for bench.Loop() {
		bestA, bestB = best(bestA, a), best(bestB, b)
	}
	return float64(bestA) / float64(bestB)
}

// BenchmarkParseJSON reads 1,000 statuses. The metric "x-json" is the time
// against encoding/json into a plain struct, measured in turns in the same run.
func BenchmarkParseJSON(b *testing.B) {
	text := manyStatuses(b, 1000)
	b.SetBytes(int64(len(text)))
	ratio := race(b, func() {
		if s, err := etcdcheck.Parse(text); err != nil || len(s.Statuses) != 1000 {
			b.Fatal(err)
		}
	}, func() {
		var statuses []plainStatus
		if err := json.Unmarshal(text, &statuses); err != nil || len(statuses) != 1000 {
			b.Fatal(err)
		}
	})
	b.ReportMetric(ratio, "x-json")
}

// BenchmarkParse reads 1,000 statuses in each format. The metric "x-json" is
// the time against JSON.
func BenchmarkParse(b *testing.B) {
	text := manyStatuses(b, 1000)
	s, err := etcdcheck.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	table, simple := drawn(s.Statuses)
	for _, c := range []struct {
		name string
		text []byte
	}{{"table", table}, {"simple", simple}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			ratio := race(b, func() {
				if got, err := etcdcheck.Parse(c.text); err != nil || len(got.Statuses) != 1000 {
					b.Fatal(err)
				}
			}, func() {
				if _, err := etcdcheck.Parse(text); err != nil {
					b.Fatal(err)
				}
			})
			b.ReportMetric(ratio, "x-json")
		})
	}
}

// drawn is the statuses as a table and as simple lines.
func drawn(statuses []etcdcheck.Status) (table, simple []byte) {
	var t, s strings.Builder
	border := "+" + strings.Repeat("-", 80) + "+\n"
	t.WriteString(border + "| ENDPOINT | ID | VERSION | DB SIZE | IS LEADER | IS LEARNER | RAFT TERM | RAFT INDEX | RAFT APPLIED INDEX | ERRORS |\n" + border)
	for _, st := range statuses {
		cells := []string{
			st.Endpoint, st.MemberID.String(), st.Version, st.DBSize.String(), fmt.Sprint(st.IsLeader()), st.Learner.String(),
			st.RaftTerm.String(), st.RaftIndex.String(), st.RaftApplied.String(), "",
		}
		t.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		s.WriteString(strings.Join(cells, ", ") + "\n")
	}
	t.WriteString(border)
	return []byte(t.String()), []byte(s.String())
}

// BenchmarkCheck judges 1,000 members. The metric "x-100" is the time per
// member against a cluster of 100; 1 is linear.
func BenchmarkCheck(b *testing.B) {
	small, large := sampleOf(b, 100), sampleOf(b, 1000)
	ratio := race(b, func() { etcdcheck.Check(etcdcheck.Input{Sample: large}) }, func() { etcdcheck.Check(etcdcheck.Input{Sample: small}) })
	b.ReportMetric(ratio/10, "x-100")
}

func sampleOf(b *testing.B, n int) etcdcheck.Sample {
	b.Helper()
	s, err := etcdcheck.Parse(manyStatuses(b, n))
	if err != nil {
		b.Fatal(err)
	}
	return s
}
