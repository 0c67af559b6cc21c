package etcd

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/haplane/haplane/etcdcheck"
)

// TestAnswersAgreeWithTheServer asks a question, then makes the request, and
// compares what was foretold with what the server did. Whatever is answered with
// yes is carried out, and afterwards the cluster still takes writes.
func TestAnswersAgreeWithTheServer(t *testing.T) {
	t.Parallel()
	forEachRelease(t, func(t *testing.T, bin binaries) {
		c := startCluster(t, bin, 3)
		q := &questioner{cluster: c, t: t}
		m1, m2, m3 := c.members[0], c.members[1], c.members[2]

		q.reboot("one of three that work", m3, true)
		q.reboot("the leader of three that work", q.leader(), true)
		learner := q.add("a learner to three that work", etcdcheck.Learner, true)
		q.add("a second learner", etcdcheck.Learner, false)
		q.promote("a learner that never started", learner, false)
		voter := q.add("a voter beside an unstarted learner", etcdcheck.Voter, true)
		// Four voters, three of which work: the releases differ.
		fifth := q.add("a voter beside an unstarted voter", etcdcheck.Voter, bin.addsWithDown)
		if bin.addsWithDown {
			q.add("a voter beside two unstarted ones", etcdcheck.Voter, false)
			q.remove("a working voter where two never started", idOf(m1), false)
			q.remove("the second unstarted voter", fifth, true)
		}
		q.remove("an unstarted voter", voter, true)

		l := q.startLearner(learner)
		q.reboot("the learner", l, true)
		q.reboot("a voter beside a learner", m2, true)
		q.promote("a learner that has caught up", learner, true)
		q.promote("a voter", learner, false)
		q.remove("a voter of four that work", learner, true)
		c.forget(l)
		q.remove("nobody", "badc0ffee", false)

		c.stop(m3)
		q.reboot("a working voter with one of three down", m2, false)
		q.add("a voter with one of three down", etcdcheck.Voter, false)
		q.add("a learner with one of three down", etcdcheck.Learner, false)
		q.remove("a working voter with one of three down", idOf(m2), false)
		q.remove("the one that is down", idOf(m3), true)
		c.forget(m3)

		q.remove("one of two", idOf(m2), true)
		c.forget(m2)
		q.remove("the only one", idOf(m1), false)
		q.reboot("the only one", m1, false)
		spare := q.add("a learner to a single one", etcdcheck.Learner, true)
		q.remove("the learner beside a single one", spare, true)
		// The famous trap: the server takes the voter, and then two need both, and
		// one never started.
		q.trap = true
		q.add("a voter to a single one", etcdcheck.Voter, true)
		c.wantVerdicts(t, false, etcdcheck.QuorumLost, 0, etcdcheck.CodeNoLeader)
		q.add("a voter without a quorum", etcdcheck.Voter, false)
	})
}

func idOf(s *server) string { return etcdcheck.ID(s.id).String() }

// questioner asks and acts.
type questioner struct {
	*cluster
	t    *testing.T
	trap bool // what the server accepts next costs the quorum, and the answer says so
}

// settleTimeout is longer than the five seconds for which etcd wants to have
// been connected.
const settleTimeout = 20 * time.Second

// check compares an answer with the expected one, and with what the server
// does. What it accepts it may first refuse, for the five seconds that it wants
// to be connected for; what it refuses it must refuse at once.
func (q *questioner) check(what string, want bool, ask func(etcdcheck.Report) etcdcheck.Answer, act func(context.Context, *clientv3.Client) error) {
	q.t.Helper()
	if q.t.Failed() {
		return
	}
	cl := q.client(q.members[0])
	defer cl.Close()
	request := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
		defer cancel()
		return act(ctx, cl)
	}
	answer := q.answer(what, want, ask)
	if !want {
		if err := request(); err == nil {
			q.t.Fatalf("%s: the server accepts; the answer was:\n%s", what, answer.Bytes())
		}
		return
	}
	if answer.Yes && q.trap {
		q.t.Fatalf("%s: the answer is:\n%s", what, answer.Bytes())
	}
	q.eventually(q.t, settleTimeout, what+" is accepted", request)
	if answer.Yes {
		q.takesWrites(what, q.members[0])
	}
}

// takesWrites waits until the cluster takes a write through a member.
func (q *questioner) takesWrites(what string, through *server) {
	q.t.Helper()
	cl := q.client(through)
	defer cl.Close()
	q.eventually(q.t, settleTimeout, "a write after "+what, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
		defer cancel()
		_, err := cl.Put(ctx, "after", what)
		return err
	})
}

// leader is the member that leads.
func (q *questioner) leader() *server {
	q.t.Helper()
	for _, s := range q.members {
		if st, err := q.status(s); err == nil && st.Leader == s.id {
			return s
		}
	}
	q.t.Fatal("nobody leads")
	return nil
}

// reboot asks whether a member may be away. Where it may, it is stopped, the
// others take writes, and it comes back.
func (q *questioner) reboot(what string, s *server, want bool) {
	q.t.Helper()
	q.eventually(q.t, settleTimeout, "rebooting "+what, func() error {
		sample, err := q.sample(etcdcheck.JSON, q.endpoints(), true)
		if err != nil {
			return err
		}
		report := etcdcheck.Check(etcdcheck.Input{Sample: sample})
		if answer := report.CanReboot(idOf(s)); answer.Yes != want {
			return fmt.Errorf("want %v:\n%s%s", want, answer.Bytes(), report.Bytes())
		}
		return nil
	})
	if !want {
		return
	}
	other := q.members[0]
	if other == s {
		other = q.members[1]
	}
	q.stop(s)
	q.takesWrites("the reboot of "+what, other)
	q.start(s)
	q.eventually(q.t, startTimeout, what+" is back", func() error {
		st, err := q.status(s)
		if err == nil && st.Leader == 0 {
			err = errors.New("it has no leader")
		}
		return err
	})
}

// answer waits for the answer that is expected: a change is seen by all
// members only a little later.
func (q *questioner) answer(what string, want bool, ask func(etcdcheck.Report) etcdcheck.Answer) etcdcheck.Answer {
	q.t.Helper()
	var answer etcdcheck.Answer
	q.eventually(q.t, settleTimeout, what, func() error {
		sample, err := q.sample(etcdcheck.JSON, q.endpoints(), q.hasQuorum())
		if err != nil {
			return err
		}
		in := etcdcheck.Input{Sample: sample}
		if !q.hasQuorum() {
			in.Expect = []etcdcheck.Expected{{Endpoint: q.members[0].client}, {Name: "the one that never started", Endpoint: "127.0.0.1:1"}}
		}
		report := etcdcheck.Check(in)
		answer = ask(report)
		if !answer.Server.Is(want) || answer.Yes && !want {
			return fmt.Errorf("want %v:\n%s%s", want, answer.Bytes(), report.Bytes())
		}
		return nil
	})
	return answer
}

// hasQuorum reports whether the first member follows a leader.
func (q *questioner) hasQuorum() bool {
	st, err := q.status(q.members[0])
	return err == nil && st.Leader != 0
}

func (q *questioner) add(what string, role etcdcheck.Role, want bool) (id string) {
	q.t.Helper()
	front := q.newFront(q.t, freePort(q.t))
	url := []string{"http://" + front.addr()}
	q.check("adding "+what, want,
		func(r etcdcheck.Report) etcdcheck.Answer { return r.CanAdd(role) },
		func(ctx context.Context, cl *clientv3.Client) error {
			add := cl.MemberAdd
			if role == etcdcheck.Learner {
				add = cl.MemberAddAsLearner
			}
			resp, err := add(ctx, url)
			if err == nil {
				id = etcdcheck.ID(resp.Member.ID).String()
				front.setID(resp.Member.ID)
				q.fronts[id] = front
			}
			return err
		})
	return id
}

func (q *questioner) remove(what, id string, want bool) {
	q.t.Helper()
	q.check("removing "+what, want,
		func(r etcdcheck.Report) etcdcheck.Answer { return r.CanRemove(id) },
		func(ctx context.Context, cl *clientv3.Client) error {
			_, err := cl.MemberRemove(ctx, parseID(q.t, id))
			return err
		})
}

func (q *questioner) promote(what, id string, want bool) {
	q.t.Helper()
	q.check("promoting "+what, want,
		func(r etcdcheck.Report) etcdcheck.Answer { return r.CanPromote(id) },
		func(ctx context.Context, cl *clientv3.Client) error {
			_, err := cl.MemberPromote(ctx, parseID(q.t, id))
			return err
		})
}

func parseID(t *testing.T, s string) uint64 {
	t.Helper()
	id, err := etcdcheck.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return uint64(id)
}

// startLearner starts the learner that was added, and waits until every format
// shows it as one.
func (q *questioner) startLearner(id string) *server {
	q.t.Helper()
	front := q.fronts[id]
	existing := q.initial() + ",l=http://" + front.addr()
	l := &server{name: "l", client: freePort(q.t), peer: front.target, front: front, id: parseID(q.t, id), state: "existing", existing: existing}
	q.members = append(q.members, l)
	q.start(l)
	q.eventually(q.t, startTimeout, "the learner answers", func() error {
		st, err := q.status(l)
		if err == nil && (!st.IsLearner || st.Leader == 0) {
			err = fmt.Errorf("learner %v, leader %x", st.IsLearner, st.Leader)
		}
		return err
	})
	for f, r := range q.wantVerdicts(q.t, true, etcdcheck.Healthy, 3, etcdcheck.CodeLearner) {
		if m, ok := r.Find("l"); !ok || m.Role != etcdcheck.Learner || r.Quorum.Voters != 3 {
			q.t.Errorf("in format %s:\n%s", f, r.Bytes())
		}
	}
	q.compareLearner(l)
	return l
}

// compareLearner compares the status of the learner in every format. Hashes
// and health it does not serve.
func (q *questioner) compareLearner(l *server) {
	q.t.Helper()
	q.settle(q.t, func() error {
		return q.compare([]etcdcheck.Command{etcdcheck.EndpointStatus, etcdcheck.MemberList}, func() (etcdcheck.Sample, error) {
			var s etcdcheck.Sample
			for _, srv := range q.members {
				st, err := q.status(srv)
				if err != nil {
					return s, err
				}
				s.Statuses = append(s.Statuses, toldStatus(srv.client, st))
			}
			return s, q.tellMembers(q.members[0], &s)
		})
	})
}

// forget drops a member that is no longer one.
func (c *cluster) forget(gone *server) {
	c.stop(gone)
	var left []*server
	for _, s := range c.members {
		if s != gone {
			left = append(left, s)
		}
	}
	c.members = left
}
