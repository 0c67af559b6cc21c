package etcdcheck_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
)

// codes are the codes of the reasons that speak against a step.
func codes(a etcdcheck.Answer) []string {
	var list []string
	for _, r := range a.Reasons {
		if r.By != etcdcheck.Note {
			list = append(list, r.Code)
		}
	}
	return list
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	learner := func(lag uint64) func(*etcdcheck.Sample) {
		return func(s *etcdcheck.Sample) {
			m, st := member(4), status(4, 1, "3.5.24")
			m.Learner, st.Learner = etcdcheck.Known(true), etcdcheck.Known(true)
			st.RaftIndex, st.RaftApplied = etcdcheck.Known(100_000-lag), etcdcheck.Known(100_000-lag)
			s.Members, s.Statuses = append(s.Members, m), append(s.Statuses, st)
		}
	}
	unhealthy := func(s *etcdcheck.Sample) {
		s.Health = []etcdcheck.Health{{Endpoint: endpointOf(1), Healthy: true}, {Endpoint: endpointOf(2), Healthy: true}, {Endpoint: endpointOf(3), Error: "deadline"}}
	}
	same := func(*etcdcheck.Sample) {}
	oneDown := func(s *etcdcheck.Sample) { fail(s, 3) }
	for _, c := range []struct {
		name     string
		voters   int
		version  string
		change   func(*etcdcheck.Sample)
		question string
		yes      bool
		against  []string
	}{
		{"three work", 3, "3.5.24", same, "add", true, nil},
		{"three work", 3, "3.5.24", same, "add:learner", true, nil},
		{"one of three down", 3, "3.7.3", oneDown, "add", false, []string{etcdcheck.CodeDisconnected}},
		{"one of three down", 3, "3.7.3", oneDown, "add:learner", false, []string{etcdcheck.CodeDisconnected}},
		{"one of five down, before the fix", 5, "3.5.24", oneDown, "add", false, []string{etcdcheck.CodeDisconnected}},
		{"one of five down, before the fix", 5, "3.6.10", oneDown, "add:learner", false, []string{etcdcheck.CodeDisconnected}},
		{"one of five down, after the fix", 5, "3.5.35", oneDown, "add", true, nil},
		{"one of five down, after the fix", 5, "3.6.11", oneDown, "add:learner", true, nil},
		{"one of five down, release unknown", 5, "", oneDown, "add", false, []string{etcdcheck.CodeDisconnected}},
		{"a single one", 1, "3.5.24", same, "add", false, []string{etcdcheck.CodeQuorumAfter}},
		{"a single one", 1, "3.5.24", same, "add:learner", true, nil},
		{"a learner that never started", 4, "3.7.3", func(s *etcdcheck.Sample) { unstart(s, 4, true) }, "add:learner", false, []string{etcdcheck.CodeTooManyLearners}},
		{"a learner that never started", 4, "3.7.3", func(s *etcdcheck.Sample) { unstart(s, 4, true) }, "add", true, nil},
		{"two of five that never started", 5, "3.7.3", func(s *etcdcheck.Sample) { unstart(s, 4, false); unstart(s, 5, false) }, "add", false, []string{etcdcheck.CodeTooFewStarted, etcdcheck.CodeDisconnected}},
		{"an alarm that data is wrong", 3, "3.7.3", func(s *etcdcheck.Sample) {
			s.Alarms = []etcdcheck.Alarm{{MemberID: 2, Type: "CORRUPT"}}
		}, "add", false, []string{etcdcheck.CodeAlarm}},

		{"three work", 3, "3.5.24", same, "remove:m3", true, nil},
		{"one of three down, that one", 3, "3.5.24", oneDown, "remove:m3", true, nil},
		{"one of three down, another", 3, "3.5.24", oneDown, "remove:m2", false, []string{etcdcheck.CodeDisconnected}},
		{"one of five down, another", 5, "3.5.24", oneDown, "remove:m2", true, nil},
		{"a single one", 1, "3.5.24", same, "remove:m1", false, []string{etcdcheck.CodeTooFewStarted}},
		{"nobody of that name", 3, "3.5.24", same, "remove:m9", false, []string{etcdcheck.CodeNoSuchMember}},
		{"by ID", 3, "3.5.24", same, "remove:3", true, nil},
		{"by endpoint", 3, "3.5.24", same, "remove:https://10.0.0.3:2379", true, nil},
		{"a voter that never started", 4, "3.5.24", func(s *etcdcheck.Sample) { unstart(s, 4, false) }, "remove:4", true, nil},
		{"not asked", 3, "3.5.24", func(s *etcdcheck.Sample) { silence(s, 3) }, "remove:m3", false, []string{etcdcheck.CodeStatusUnknown}},

		{"three work", 3, "3.5.24", same, "reboot:m2", true, nil},
		{"three work, the leader", 3, "3.5.24", same, "reboot:m1", true, nil},
		{"one of three down, another", 3, "3.5.24", oneDown, "reboot:m2", false, []string{etcdcheck.CodeQuorumAfter}},
		{"one of three down, that one", 3, "3.5.24", oneDown, "reboot:m3", true, nil},
		{"one of three cut off, that one", 3, "3.5.24", func(s *etcdcheck.Sample) { leaderless(s, 3) }, "reboot:m3", true, nil},
		{"two work", 2, "3.5.24", same, "reboot:m2", false, []string{etcdcheck.CodeQuorumAfter}},
		{"another is far behind", 3, "3.5.24", func(s *etcdcheck.Sample) { s.Statuses[2].RaftIndex = etcdcheck.Known(uint64(90_000)) }, "reboot:m2", false, []string{etcdcheck.CodeBusyMember}},
		{"quorum lost, one that answers", 3, "3.5.24", func(s *etcdcheck.Sample) { fail(s, 2); fail(s, 3); leaderless(s, 1) }, "reboot:m1", false, []string{etcdcheck.CodeQuorumLost, etcdcheck.CodeQuorumAfter}},
		{"another is not healthy", 3, "3.5.24", unhealthy, "reboot:m2", false, []string{etcdcheck.CodeQuorumAfter}},
		{"the one that is not healthy", 3, "3.5.24", unhealthy, "reboot:m3", true, nil},
		{"a learner", 3, "3.5.24", learner(0), "reboot:m4", true, nil},

		{"a learner that has caught up", 3, "3.5.24", learner(0), "promote:m4", true, nil},
		{"a learner more than a tenth behind", 3, "3.5.24", learner(10_001), "promote:m4", false, []string{etcdcheck.CodeLearnerNotReady}},
		{"a learner that etcd would take, far behind", 3, "3.5.24", learner(10_000), "promote:m4", false, []string{etcdcheck.CodeBusyMember}},
		{"a voter", 3, "3.5.24", same, "promote:m2", false, []string{etcdcheck.CodeNotALearner}},
		{"a learner that never started", 4, "3.5.24", func(s *etcdcheck.Sample) { unstart(s, 4, true) }, "promote:4", false, []string{etcdcheck.CodeLearnerNotReady}},

		{"before what 3.7 asks for", 3, "3.6.8", same, "upgrade:3.7.0", false, []string{etcdcheck.CodeVersionStep, etcdcheck.CodeVersionStep, etcdcheck.CodeVersionStep}},
		{"one before what 3.7 asks for", 3, "3.6.11", func(s *etcdcheck.Sample) { s.Statuses[1].Version = "3.6.10" }, "upgrade:3.7.0", false, []string{etcdcheck.CodeVersionStep}},
		{"what 3.7 asks for", 3, "3.6.11", same, "upgrade:3.7.0", true, nil},
		{"half way to 3.7", 3, "3.6.16", func(s *etcdcheck.Sample) { s.Statuses[1].Version = "3.7.0" }, "upgrade:3.7.0", true, nil},
		{"before the zombie fix", 3, "3.5.24", same, "upgrade:3.6.16", false, []string{etcdcheck.CodeVersionStep, etcdcheck.CodeVersionStep, etcdcheck.CodeVersionStep}},
		{"after the zombie fix", 3, "3.5.26", same, "upgrade:3.6.16", true, nil},
		{"a patch", 3, "3.5.24", same, "upgrade:3.5.26", true, nil},
		{"two minors", 1, "3.5.26", same, "upgrade:3.7.0", false, []string{etcdcheck.CodeVersionStep}},
		{"down a minor", 1, "3.6.5", same, "upgrade:3.5.26", false, []string{etcdcheck.CodeVersionStep}},
		{"a broken release", 1, "3.4.30", same, "upgrade:3.5.1", false, []string{etcdcheck.CodeVersionBugs}},
		{"one down", 3, "3.6.5", oneDown, "upgrade:3.6.16", false, []string{etcdcheck.CodeNotAnswering}},
		{"half way", 3, "3.6.16", func(s *etcdcheck.Sample) { s.Statuses[0].Version = "3.5.26" }, "upgrade:3.6.16", true, nil},
		{"release unknown", 1, "", same, "upgrade:3.6.16", false, []string{etcdcheck.CodeVersionUnknown}},
		{"full", 1, "3.6.5", func(s *etcdcheck.Sample) { s.Alarms = []etcdcheck.Alarm{{MemberID: 1, Type: "NOSPACE"}} }, "upgrade:3.6.16", false, []string{etcdcheck.CodeAlarm}},
		{"a downgrade under way", 1, "3.6.5", func(s *etcdcheck.Sample) { s.Statuses[0].Downgrading = etcdcheck.Known(true) }, "upgrade:3.6.16", false, []string{etcdcheck.CodeDowngrade}},
		{"a learner", 3, "3.5.24", learner(0), "upgrade:3.5.35", false, []string{etcdcheck.CodeLearner}},
		{"a learner that never started", 4, "3.6.5", func(s *etcdcheck.Sample) { unstart(s, 4, true) }, "upgrade:3.6.16", false, []string{etcdcheck.CodeUnstarted}},
		{"one that is not healthy", 3, "3.6.5", unhealthy, "upgrade:3.6.16", false, []string{etcdcheck.CodeUnhealthy}},
	} {
		t.Run(fmt.Sprintf("%s of %d %s, %s", c.question, c.voters, c.version, c.name), func(t *testing.T) {
			t.Parallel()
			s := healthySample(c.voters, c.version)
			c.change(&s)
			a, err := etcdcheck.Check(etcdcheck.Input{Sample: s}).May(c.question)
			if err != nil {
				t.Fatal(err)
			}
			if a.Yes != c.yes {
				t.Errorf("got\n%s", a.Bytes())
			}
			if diff := cmp.Diff(c.against, codes(a)); diff != "" {
				t.Errorf("reasons against it (-want +got):\n%s", diff)
			}
		})
	}
}

// Members on one machine that are expected at different ports are different.
func TestExpectedMembersOfOneHostAreNotOne(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"127.0.0.1", "10.0.0.1"} {
		s := etcdcheck.Sample{Statuses: healthySample(1, "3.5.24").Statuses}
		s.Statuses[0].Endpoint = host + ":2379"
		leaderless(&s, 1)
		for _, port := range []string{"22379", "32379"} {
			s.Failures = append(s.Failures, etcdcheck.Failure{Endpoint: host + ":" + port, Error: "context deadline exceeded"})
		}
		expect := etcdcheck.ParseExpected(fmt.Sprintf("a=%[1]s:2379,b=%[1]s:22379,c=%[1]s:32379", host))
		r := etcdcheck.Check(etcdcheck.Input{Sample: s, Expect: expect})
		if r.Verdict != etcdcheck.QuorumLost || r.Quorum.Voters != 3 {
			t.Errorf("%s: %s", host, r.Bytes())
		}
	}
}

func TestRebootWhereOnlyHealthIsKnown(t *testing.T) {
	t.Parallel()
	s := etcdcheck.Sample{Health: []etcdcheck.Health{{Endpoint: "a:2379", Healthy: true}, {Endpoint: "b:2379", Healthy: true}, {Endpoint: "c:2379", Healthy: true}}}
	if a := etcdcheck.Check(etcdcheck.Input{Sample: s}).CanReboot("b"); !a.Yes {
		t.Errorf("three are healthy: %s", a.Bytes())
	}
	s.Health[2].Healthy, s.Health[2].Error = false, "deadline"
	if a := etcdcheck.Check(etcdcheck.Input{Sample: s}).CanReboot("b"); a.Yes {
		t.Errorf("two of three are healthy: %s", a.Bytes())
	}
}

func TestQuestionsThatAreNone(t *testing.T) {
	t.Parallel()
	r := etcdcheck.Check(etcdcheck.Input{Sample: healthySample(3, "3.5.24")})
	for _, q := range []string{"", "dance", "reboot", "reboot:", "add:witness", "upgrade", "upgrade:new", "upgrade:3.x"} {
		if a, err := r.May(q); err == nil {
			t.Errorf("%q was answered: %s", q, a.Bytes())
		}
	}
}

// voterState is what a voter can be in the simulation.
type voterState int

const (
	works voterState = iota
	isDown
	isCutOff
	neverStarted
	voterStates
)

// simulated is a cluster whose voters are in the given states; the first that
// works leads.
func simulated(voters []voterState, version string) etcdcheck.Sample {
	s := healthySample(len(voters), version)
	leader := slices.Index(voters, works) + 1
	working := 0
	for _, v := range voters {
		if v == works {
			working++
		}
	}
	held := working >= etcdcheck.Quorum(len(voters))
	for i := range s.Statuses {
		s.Statuses[i].Leader = etcdcheck.Known(memberID(leader))
		if voters[i] == isCutOff || !held {
			leaderless(&s, i+1)
		}
	}
	for i, v := range voters {
		switch v {
		case isDown:
			fail(&s, i+1)
		case neverStarted:
			unstart(&s, i+1, false)
		}
	}
	return s
}

// everyCluster gives all clusters of one to five voters.
func everyCluster(yield func([]voterState)) {
	for n := 1; n <= 5; n++ {
		total := 1
		for range n {
			total *= int(voterStates)
		}
		for code := range total {
			voters := make([]voterState, n)
			for i := range voters {
				voters[i] = voterState(code % int(voterStates))
				code /= int(voterStates)
			}
			yield(voters)
		}
	}
}

func held(voters []voterState, version string) bool {
	return etcdcheck.Check(etcdcheck.Input{Sample: simulated(voters, version)}).Quorum.Held.Is(true)
}

// TestAStepThatIsAllowedKeepsTheQuorum takes every step that is allowed in
// every cluster of up to five voters, and judges the cluster afterwards.
func TestAStepThatIsAllowedKeepsTheQuorum(t *testing.T) {
	t.Parallel()
	steps := 0
	for _, version := range []string{"3.5.24", "3.7.3"} {
		everyCluster(func(voters []voterState) {
			r := etcdcheck.Check(etcdcheck.Input{Sample: simulated(voters, version)})
			after := func(step string, changed []voterState) {
				steps++
				if !held(changed, version) {
					t.Errorf("etcd %s, voters %v: %s is allowed, and then %v has no quorum", version, voters, step, changed)
				}
			}
			if r.CanAdd(etcdcheck.Voter).Yes {
				after("adding", append(slices.Clone(voters), neverStarted))
			}
			for i, v := range voters {
				who := etcdcheck.ID(i + 1).String()
				if len(voters) > 1 && r.CanRemove(who).Yes {
					after("removing "+who, slices.Delete(slices.Clone(voters), i, i+1))
				}
				if v == works && r.CanReboot(who).Yes {
					changed := slices.Clone(voters)
					changed[i] = isDown
					after("rebooting "+who, changed)
				}
			}
		})
	}
	if steps < 100 {
		t.Errorf("only %d steps were allowed: the simulation shows nothing", steps)
	}
}

// TestAnswersFollowTheRulesOfTheServer compares with the server's own rules,
// written down once more from what it counts.
func TestAnswersFollowTheRulesOfTheServer(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.5.24", "3.5.35", "3.6.10", "3.6.16", "3.7.3"} {
		fixed := version == "3.5.35" || version == "3.6.16" || version == "3.7.3"
		everyCluster(func(voters []voterState) {
			n, started, active := len(voters), 0, 0
			for _, v := range voters {
				if v != neverStarted {
					started++
				}
				if v == works {
					active++
				}
			}
			quorate := active >= n/2+1
			connected := active == n
			if fixed {
				connected = n == 1 || active >= (n+1)/2+1
			}
			r := etcdcheck.Check(etcdcheck.Input{Sample: simulated(voters, version)})
			add := quorate && connected && (started >= (n+1)/2+1 || n == 1 && started == 1)
			if got := r.CanAdd(etcdcheck.Voter).Server; !got.Is(add) {
				t.Errorf("etcd %s, voters %v: adding a voter: %v, want %v", version, voters, got, add)
			}
			if got := r.CanAdd(etcdcheck.Learner).Server; !got.Is(quorate && connected) {
				t.Errorf("etcd %s, voters %v: adding a learner: %v, want %v", version, voters, got, quorate && connected)
			}
			for i, v := range voters {
				others := started
				if v != neverStarted {
					others--
				}
				remove := quorate && others >= (n-1)/2+1 && (v != works || active-1 >= 1+(n-1)/2)
				if got := r.CanRemove(etcdcheck.ID(i + 1).String()).Server; !got.Is(remove) {
					t.Errorf("etcd %s, voters %v: removing %d: %v, want %v", version, voters, i+1, got, remove)
				}
			}
		})
	}
}

func TestAnswerAsJSONAndText(t *testing.T) {
	t.Parallel()
	s := healthySample(3, "3.5.24")
	fail(&s, 3)
	a := etcdcheck.Check(etcdcheck.Input{Sample: s}).CanAdd(etcdcheck.Voter)
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var back etcdcheck.Answer
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, back); diff != "" {
		t.Errorf("through JSON (-before +after):\n%s", diff)
	}
	var b strings.Builder
	if n, err := a.WriteTo(&b); err != nil || n != int64(b.Len()) || !strings.HasPrefix(b.String(), "add a voter: no\n") {
		t.Errorf("wrote %d, %v: %s", n, err, b.String())
	}
}

func ExampleReport_CanReboot() {
	sample, err := etcdcheck.Parse([]byte(`
7be191c78888168, started, cka-cp-1, https://10.0.0.1:2380, https://10.0.0.1:2379, false
ebab821f1fc25732, started, cka-cp-2, https://10.0.0.2:2380, https://10.0.0.2:2379, false
e27f3e67d7cfeaf6, started, cka-cp-3, https://10.0.0.3:2380, https://10.0.0.3:2379, false
10.0.0.1:2379, 7be191c78888168, 3.5.24, 4.4 MB, false, false, 6, 32101, 32101, 
10.0.0.2:2379, ebab821f1fc25732, 3.5.24, 4.4 MB, true, false, 6, 32101, 32101, 
Failed to get the status of endpoint 10.0.0.3:2379 (context deadline exceeded)
`))
	if err != nil {
		fmt.Println(err)
	}
	report := etcdcheck.Check(etcdcheck.Input{Sample: sample})
	fmt.Printf("%s", report.CanReboot("cka-cp-2").Bytes())
	fmt.Printf("%s", report.CanReboot("cka-cp-3").Bytes())
	fmt.Printf("%s", report.CanAdd(etcdcheck.Voter).Bytes())
	// Output:
	// reboot cka-cp-2: no
	//   safety quorum-after: without it 1 of 3 voters work together, and 2 must: the cluster would stand still
	//   note leads: it leads: an election follows, which takes a second or so; move the leadership first (etcdctl move-leader)
	// reboot cka-cp-3: yes
	//   note not-answering: it does not answer: there is nothing to lose
	// add a voter: no
	//   server voters-disconnected: 2 of 3 voters work together, and etcd before 3.5.31 and 3.6.11 adds nobody while one does not: bring it back or remove it
	//   note even-voters: 4 voters tolerate the loss of no more than 3 do
}
