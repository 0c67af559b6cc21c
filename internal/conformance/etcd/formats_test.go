package etcd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
)

var formats = []etcdcheck.Format{etcdcheck.Simple, etcdcheck.Table, etcdcheck.JSON, etcdcheck.Fields}

// compareFormats runs every command in every format and compares what was read
// with what the servers told over gRPC before and after. Whatever moved in
// between is asked again. Without a quorum there is no member list.
func (c *cluster) compareFormats(t *testing.T, up []*server, quorum bool) {
	t.Helper()
	still := []etcdcheck.Command{etcdcheck.EndpointStatus, etcdcheck.EndpointHashKV}
	if quorum {
		still = append(still, etcdcheck.MemberList)
	}
	c.settle(t, func() error {
		return c.compare(still, func() (etcdcheck.Sample, error) { return c.tellAll(up, quorum) })
	})
	// These two go through raft themselves, so that they move what the others
	// tell.
	moving := []etcdcheck.Command{etcdcheck.EndpointHealth}
	if quorum {
		moving = append(moving, etcdcheck.AlarmList)
	}
	c.settle(t, func() error {
		return c.compare(moving, func() (etcdcheck.Sample, error) {
			if !quorum {
				return etcdcheck.Sample{}, nil
			}
			return c.tellAlarms(up[0])
		})
	})
}

// errMoved is a comparison of two different moments.
var errMoved = errors.New("the cluster moved")

// attempts is how often a difference may come from an etcdctl that the machine
// was too busy for.
const attempts = 3

// settle compares until nothing moves.
func (c *cluster) settle(t *testing.T, compare func() error) {
	t.Helper()
	differences := 0
	c.eventually(t, startTimeout, "the cluster stands still", func() error {
		err := compare()
		if err == nil || errors.Is(err, errMoved) {
			return err
		}
		if differences++; differences == attempts {
			t.Fatal(err)
		}
		return err
	})
}

// compare reads commands and compares them with what is told before and after.
func (c *cluster) compare(commands []etcdcheck.Command, tell func() (etcdcheck.Sample, error)) error {
	before, err := tell()
	if err != nil {
		return err
	}
	read := c.readAll(commands)
	after, err := tell()
	if err != nil {
		return err
	}
	if diff := cmp.Diff(before, after); diff != "" {
		return fmt.Errorf("%w:\n%s", errMoved, diff)
	}
	for _, r := range read {
		if err := c.compareRead(r, before); err != nil {
			return fmt.Errorf("%s in format %s: %w\nstdout:\n%s\nstderr:\n%s", r.command, r.format, err, r.stdout, r.stderr)
		}
	}
	return nil
}

func (c *cluster) tellAll(up []*server, quorum bool) (etcdcheck.Sample, error) {
	s, err := c.truth(up)
	if err == nil && quorum {
		err = c.tellMembers(up[0], &s)
	}
	return s, err
}

// reading is one run of etcdctl, read.
type reading struct {
	output
	command etcdcheck.Command
	format  etcdcheck.Format
}

// readAll runs the commands in all formats at the same time.
func (c *cluster) readAll(commands []etcdcheck.Command) []reading {
	var readings []reading
	for _, command := range commands {
		for _, format := range formats {
			if command != etcdcheck.AlarmList || format != etcdcheck.Table { // it has no table
				readings = append(readings, reading{command: command, format: format})
			}
		}
	}
	var wg sync.WaitGroup
	for i := range readings {
		wg.Go(func() {
			r := &readings[i]
			r.output = c.ctl(c.asked(r.command), append(strings.Fields(string(r.command)), "-w", string(r.format))...)
		})
	}
	wg.Wait()
	return readings
}

// asked are the endpoints that a command goes to. The member list and the
// alarms are the cluster's: etcdctl takes any one endpoint for them, and the
// first member is up in every scenario.
func (c *cluster) asked(command etcdcheck.Command) []string {
	if command == etcdcheck.MemberList || command == etcdcheck.AlarmList {
		return c.endpoints()[:1]
	}
	return c.endpoints()
}

// compareRead reads the output in three ways, on its own with command and
// format named, recognised, and as a terminal shows it, and compares each with
// the truth.
func (c *cluster) compareRead(r reading, truth etcdcheck.Sample) error {
	want := part(sayable(truth, r.format, c.bin.ctl != "etcd3_5"), r.command)
	named, err := etcdcheck.ParseAs(r.both(), r.command, r.format)
	if err != nil {
		return err
	}
	if err := c.compareSample(r, named, want); err != nil {
		return err
	}
	silent := r.command == etcdcheck.AlarmList && r.format == etcdcheck.Simple && len(truth.Alarms) == 0
	if silent || len(r.stdout) == 0 {
		return nil // there is nothing to recognise
	}
	terminal := "\x1b[0mroot@cka-cp-1:~# etcdctl " + string(r.command) + "\r\n" + strings.ReplaceAll(string(r.both()), "\n", "\r\n") + "root@cka-cp-1:~# "
	seen, err := etcdcheck.Parse([]byte(terminal))
	if err != nil {
		return fmt.Errorf("as a terminal shows it: %w", err)
	}
	for _, gap := range seen.Gaps {
		if gap.Code != etcdcheck.CodeCommandFailed {
			return fmt.Errorf("not understood: %v", gap)
		}
	}
	return c.compareSample(r, seen, want)
}

func (c *cluster) compareSample(r reading, got, want etcdcheck.Sample) error {
	if r.command == etcdcheck.EndpointHealth {
		return c.compareHealth(got)
	}
	got.Failures, got.Gaps = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("read differs (-server +read):\n%s", diff)
	}
	return nil
}

// compareHealth wants each endpoint once. How long it took and the order are
// chance; whether it is healthy is the scenario's to say.
func (c *cluster) compareHealth(got etcdcheck.Sample) error {
	var seen []string
	for _, h := range got.Health {
		seen = append(seen, h.Endpoint)
		if h.Healthy != (h.Error == "") {
			return fmt.Errorf("%s: healthy %v with error %q", h.Endpoint, h.Healthy, h.Error)
		}
		if h.Healthy && !h.Took.Known {
			return fmt.Errorf("%s: healthy, and took is unknown", h.Endpoint)
		}
	}
	want := slices.Sorted(slices.Values(c.endpoints()))
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(seen))); diff != "" {
		return fmt.Errorf("endpoints differ (-asked +read):\n%s", diff)
	}
	return nil
}

// part is the part of a sample that a command prints.
func part(s etcdcheck.Sample, command etcdcheck.Command) etcdcheck.Sample {
	switch command {
	case etcdcheck.EndpointStatus:
		return etcdcheck.Sample{Statuses: s.Statuses}
	case etcdcheck.EndpointHashKV:
		return etcdcheck.Sample{Hashes: s.Hashes}
	case etcdcheck.MemberList:
		return etcdcheck.Sample{Members: s.Members}
	}
	return etcdcheck.Sample{Alarms: s.Alarms}
}

// verdicts reads status, health and, where there is a quorum, the members in
// each format, mixed as a terminal shows them, and judges.
func (c *cluster) verdicts(t *testing.T, quorum bool) map[etcdcheck.Format]etcdcheck.Report {
	t.Helper()
	var (
		mu      sync.Mutex
		wg      sync.WaitGroup
		reports = map[etcdcheck.Format]etcdcheck.Report{}
	)
	for _, f := range formats {
		wg.Go(func() {
			sample, err := c.sample(f, c.endpoints(), quorum)
			if err != nil {
				t.Errorf("in format %s: %v", f, err)
			}
			r := etcdcheck.Check(etcdcheck.Input{Sample: sample, Expect: c.expected()})
			mu.Lock()
			defer mu.Unlock()
			reports[f] = r
		})
	}
	wg.Wait()
	return reports
}

func (c *cluster) expected() []etcdcheck.Expected {
	var list []etcdcheck.Expected
	for _, s := range c.members {
		list = append(list, etcdcheck.Expected{Name: s.name, Endpoint: s.client})
	}
	return list
}

// sample reads what a person would ask for.
func (c *cluster) sample(format etcdcheck.Format, endpoints []string, quorum bool) (etcdcheck.Sample, error) {
	commands := []etcdcheck.Command{etcdcheck.EndpointStatus, etcdcheck.EndpointHealth}
	if quorum {
		commands = append(commands, etcdcheck.MemberList)
	}
	outputs := make([]output, len(commands))
	var wg sync.WaitGroup
	for i, command := range commands {
		asked := endpoints
		if command == etcdcheck.MemberList {
			asked = endpoints[:1]
		}
		wg.Go(func() { outputs[i] = c.ctl(asked, append(strings.Fields(string(command)), "-w", string(format))...) })
	}
	wg.Wait()
	var all []byte
	for _, o := range outputs {
		all = append(all, o.both()...)
	}
	sample, err := etcdcheck.Parse(all)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, all)
	}
	return sample, err
}

// wantVerdicts waits until every format leads to the verdict, has the number of
// voters that agree, and has the codes of findings.
func (c *cluster) wantVerdicts(t *testing.T, quorum bool, want etcdcheck.Verdict, agreeing int, codes ...string) map[etcdcheck.Format]etcdcheck.Report {
	t.Helper()
	var reports map[etcdcheck.Format]etcdcheck.Report
	c.eventually(t, startTimeout, fmt.Sprintf("verdict %q with %d voters that agree and %q", want, agreeing, codes), func() error {
		reports = c.verdicts(t, quorum)
		for f, r := range reports {
			if r.Verdict != want || r.Quorum.Agreeing != agreeing {
				return fmt.Errorf("in format %s:\n%s", f, r.Bytes())
			}
			for _, code := range codes {
				if !hasCode(r, code) {
					return fmt.Errorf("in format %s without %s:\n%s", f, code, r.Bytes())
				}
			}
		}
		return nil
	})
	return reports
}

// wantCaughtUp waits until all members are healthy and hardly behind. One that
// comes back agrees before it has every entry.
func (c *cluster) wantCaughtUp(t *testing.T) {
	t.Helper()
	c.eventually(t, startTimeout, "every member has caught up", func() error {
		for f, r := range c.verdicts(t, true) {
			if r.Verdict != etcdcheck.Healthy || r.Quorum.Agreeing != len(c.members) || r.MaxCommitLag.Value > 10 {
				return fmt.Errorf("in format %s:\n%s", f, r.Bytes())
			}
		}
		return nil
	})
}

func hasCode(r etcdcheck.Report, code string) bool {
	return slices.ContainsFunc(r.Findings, func(f etcdcheck.Finding) bool { return f.Code == code })
}
