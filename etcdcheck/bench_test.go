package etcdcheck_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/etcdcheck"
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
	text, err := many.PrintJSON(etcdcheck.EndpointStatus)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// BenchmarkParseJSON reads 1,000 statuses. The metric "x-json" is the time
// against encoding/json into a plain struct, measured in turns in the same run.
func BenchmarkParseJSON(b *testing.B) {
	text := manyStatuses(b, 1000)
	b.SetBytes(int64(len(text)))
	var ours, plain time.Duration
	for b.Loop() {
		start := time.Now()
		if s, err := etcdcheck.Parse(text); err != nil || len(s.Statuses) != 1000 {
			b.Fatal(err)
		}
		middle := time.Now()
		var statuses []plainStatus
		if err := json.Unmarshal(text, &statuses); err != nil || len(statuses) != 1000 {
			b.Fatal(err)
		}
		ours += middle.Sub(start)
		plain += time.Since(middle)
	}
	b.ReportMetric(float64(ours)/float64(plain), "x-json")
}

// BenchmarkParse reads 1,000 statuses in each format. The metric "x-json" is
// the time against JSON.
func BenchmarkParse(b *testing.B) {
	text := manyStatuses(b, 1000)
	s, err := etcdcheck.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	table := s.PrintTable(etcdcheck.EndpointStatus, etcdcheck.BoxDrawing)
	for _, c := range []struct {
		name string
		text []byte
	}{{"table", table}, {"simple", simpleOf(table)}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			var ours, base time.Duration
			for b.Loop() {
				start := time.Now()
				if got, err := etcdcheck.Parse(c.text); err != nil || len(got.Statuses) != 1000 {
					b.Fatal(err)
				}
				middle := time.Now()
				if _, err := etcdcheck.Parse(text); err != nil {
					b.Fatal(err)
				}
				ours += middle.Sub(start)
				base += time.Since(middle)
			}
			b.ReportMetric(float64(ours)/float64(base), "x-json")
		})
	}
}

// simpleOf turns a table's rows into the simple format.
func simpleOf(table []byte) []byte {
	var b strings.Builder
	for i, line := range strings.Split(string(table), "\n") {
		if i < 3 || !strings.HasPrefix(line, "│") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "│"), "│")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		b.WriteString(strings.Join(cells, ", ") + "\n")
	}
	return []byte(b.String())
}

// BenchmarkCheck judges 1,000 members. The metric "x-100" is the time per
// member against a cluster of 100; 1 is linear.
func BenchmarkCheck(b *testing.B) {
	small, large := sampleOf(b, 100), sampleOf(b, 1000)
	var few, many time.Duration
	for b.Loop() {
		start := time.Now()
		etcdcheck.Check(etcdcheck.Input{Sample: small})
		middle := time.Now()
		etcdcheck.Check(etcdcheck.Input{Sample: large})
		few += middle.Sub(start)
		many += time.Since(middle)
	}
	b.ReportMetric(float64(many)/float64(few)/10, "x-100")
}

func sampleOf(b *testing.B, n int) etcdcheck.Sample {
	b.Helper()
	s, err := etcdcheck.Parse(manyStatuses(b, n))
	if err != nil {
		b.Fatal(err)
	}
	return s
}
