package etcd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
)

func TestVerdictsOnRealClusters(t *testing.T) {
	t.Parallel()
	forEachRelease(t, func(t *testing.T, bin binaries) {
		c := startCluster(t, bin, 3)
		for _, scenario := range []struct {
			name string
			run  func(*testing.T, *cluster)
		}{
			{"healthy", healthy},
			{"one member down", oneDown},
			{"one member cut off while its client port answers", oneCutOff},
			{"all members cut off while all client ports answer", allCutOff},
			{"a member stopped under load", stoppedUnderLoad},
			{"quorum lost", quorumLost},
		} {
			if !t.Run(scenario.name, func(t *testing.T) { scenario.run(t, c) }) {
				return // the next one starts from a healthy cluster
			}
		}
	})
}

func healthy(t *testing.T, c *cluster) {
	c.compareFormats(t, c.members, true)
	c.compareGateway(t)
	for f, r := range c.wantVerdicts(t, true, etcdcheck.Healthy, 3) {
		// The next scenario takes this member away, and the quorum is held.
		if a := r.CanReboot("m3"); !a.Yes {
			t.Errorf("in format %s: %s", f, a.Bytes())
		}
		if r.Tolerance.Now != 1 || !r.Leader.Known || r.Leader.Value == 0 {
			t.Errorf("in format %s:\n%s", f, r.Bytes())
		}
	}
}

func oneDown(t *testing.T, c *cluster) {
	down := c.members[2]
	c.stop(down)
	for f, r := range c.wantVerdicts(t, true, etcdcheck.Degraded, 2, etcdcheck.CodeMemberMissing, etcdcheck.CodeNoTolerance) {
		// The last scenario takes a second one away, and the quorum is lost.
		if a := r.CanReboot("m2"); a.Yes {
			t.Errorf("in format %s: %s", f, a.Bytes())
		}
		if a := r.CanReboot(down.name); !a.Yes {
			t.Errorf("in format %s: %s", f, a.Bytes())
		}
		if m, ok := r.Find(down.name); !ok || !m.Answered.Is(false) || r.Tolerance.Now != 0 {
			t.Errorf("in format %s:\n%s", f, r.Bytes())
		}
	}
	c.compareFormats(t, c.members[:2], true)
	c.start(down)
	c.wantVerdicts(t, true, etcdcheck.Healthy, 3)
}

// entries is enough to be further behind than the leader keeps for a follower.
const entries = 5500

func oneCutOff(t *testing.T, c *cluster) {
	cut := c.members[2]
	c.isolate(cut.id)
	for f, r := range c.wantVerdicts(t, true, etcdcheck.Degraded, 2, etcdcheck.CodeMemberLeaderless, etcdcheck.CodeNoTolerance) {
		if m, ok := r.Find(cut.name); !ok || !m.Answered.Is(true) || m.Agrees {
			t.Errorf("in format %s:\n%s", f, r.Bytes())
		}
	}
	c.write(t, c.members[0], entries)
	c.compareFormats(t, c.members, true)
	for f, r := range c.wantVerdicts(t, true, etcdcheck.Degraded, 2, etcdcheck.CodeCommitLag) {
		if m, _ := r.Find(cut.name); m.CommitLag.Value < entries {
			t.Errorf("in format %s: the lag of %s is %v, and %d were written", f, cut.name, m.CommitLag, entries)
		}
	}
	c.join()
	c.wantCaughtUp(t)
}

func allCutOff(t *testing.T, c *cluster) {
	for _, s := range c.members {
		c.isolate(s.id)
	}
	for f, r := range c.wantVerdicts(t, false, etcdcheck.QuorumLost, 0, etcdcheck.CodeNoLeader) {
		for _, m := range r.Members {
			if !m.Answered.Is(true) {
				t.Errorf("in format %s, %s answers:\n%s", f, m.Label(), r.Bytes())
			}
		}
	}
	c.compareFormats(t, c.members, false)
	c.join()
	c.wantVerdicts(t, true, etcdcheck.Healthy, 3)
}

func stoppedUnderLoad(t *testing.T, c *cluster) {
	stopped := c.members[2]
	c.signal(stopped, syscall.SIGSTOP)
	c.wantVerdicts(t, true, etcdcheck.Degraded, 2, etcdcheck.CodeMemberMissing)
	c.write(t, c.members[0], entries)
	before, err := c.sample(etcdcheck.JSON, c.endpoints(), true)
	if err != nil {
		t.Error(err)
	}
	c.signal(stopped, syscall.SIGCONT)
	c.wantCaughtUp(t)
	now, err := c.sample(etcdcheck.JSON, c.endpoints(), true)
	if err != nil {
		t.Error(err)
	}
	r := etcdcheck.Check(etcdcheck.Input{Sample: now, Earlier: &before, Expect: c.expected()})
	if hasCode(r, etcdcheck.CodeApplyStalled) || r.MaxCommitLag.Value > 10 {
		t.Errorf("after it went on:\n%s", r.Bytes())
	}
}

func quorumLost(t *testing.T, c *cluster) {
	c.stop(c.members[1])
	c.stop(c.members[2])
	for f, r := range c.wantVerdicts(t, false, etcdcheck.QuorumLost, 0, etcdcheck.CodeMemberMissing, etcdcheck.CodeNoLeader) {
		if a := r.CanAdd(etcdcheck.Voter); a.Yes || !a.Server.Is(false) {
			t.Errorf("in format %s: %s", f, a.Bytes())
		}
	}
	c.compareFormats(t, c.members[:1], false)
}

// write writes n keys, one raft entry each.
func (c *cluster) write(t *testing.T, s *server, n int) {
	t.Helper()
	cl := c.client(s)
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var (
		next atomic.Int64
		wg   sync.WaitGroup
		once sync.Once
		fail error
	)
	for range 128 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if _, err := cl.Put(ctx, fmt.Sprint("key", i), "value"); err != nil {
					once.Do(func() { fail = err })
					return
				}
			}
		})
	}
	wg.Wait()
	if fail != nil {
		t.Fatalf("writing to %s: %v", s.name, fail)
	}
}

func TestAlarmAndForeignCluster(t *testing.T) {
	t.Parallel()
	forEachRelease(t, func(t *testing.T, bin binaries) {
		c := startCluster(t, bin, 1, "--quota-backend-bytes", fmt.Sprint(2<<20))
		other := startCluster(t, bin, 1)
		for _, scenario := range []struct {
			name string
			run  func(*testing.T)
		}{
			{"another cluster mixed in", func(t *testing.T) { foreign(t, c, other) }},
			{"no space", func(t *testing.T) { noSpace(t, c) }},
		} {
			if !t.Run(scenario.name, scenario.run) {
				return
			}
		}
	})
}

// foreign asks members of two clusters at once. JSON and fields say the
// cluster; simple and table only show a member that the list does not have.
func foreign(t *testing.T, c, other *cluster) {
	want := map[etcdcheck.Format]string{
		etcdcheck.JSON: etcdcheck.CodeClusterIDs, etcdcheck.Fields: etcdcheck.CodeClusterIDs,
		etcdcheck.Simple: etcdcheck.CodeMemberUnlisted, etcdcheck.Table: etcdcheck.CodeMemberUnlisted,
	}
	for _, f := range formats {
		sample, err := c.sample(f, append(c.endpoints(), other.endpoints()...), true)
		if err != nil {
			t.Errorf("in format %s: %v", f, err)
		}
		r := etcdcheck.Check(etcdcheck.Input{Sample: sample})
		if r.Verdict != etcdcheck.Degraded || !hasCode(r, want[f]) || r.Quorum.Voters != 1 {
			t.Errorf("in format %s, without %s:\n%s", f, want[f], r.Bytes())
		}
	}
}

func noSpace(t *testing.T, c *cluster) {
	cl := c.client(c.members[0])
	defer cl.Close()
	c.eventually(t, startTimeout, "the database is full", func() error {
		for i := range 100 {
			ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
			_, err := cl.Put(ctx, fmt.Sprint("key", i), strings.Repeat("x", 64<<10))
			cancel()
			if err != nil && strings.Contains(err.Error(), "database space exceeded") {
				return nil
			}
		}
		return errors.New("there is space")
	})
	c.compareFormats(t, c.members, true)
	codes := []string{etcdcheck.CodeAlarm}
	if c.bin.reportsQuota {
		codes = append(codes, etcdcheck.CodeDBOver95)
	}
	reports := c.verdicts(t, true)
	for f, r := range reports {
		for _, code := range codes {
			if r.Verdict != etcdcheck.Degraded || !hasCode(r, code) {
				if f != etcdcheck.JSON && f != etcdcheck.Fields && code == etcdcheck.CodeDBOver95 && c.bin.ctl == "etcd3_5" {
					continue
				}
				t.Errorf("in format %s, without %s:\n%s", f, code, r.Bytes())
			}
		}
	}
}
