package haproxycfg

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxystat"
)

// observation is what the probe sees of a server in one check.
type observation string

const (
	ready    observation = "ready"
	unready  observation = "not ready"
	refused  observation = "refused"
	silent   observation = "silent"
	unnamed  observation = "refuses anonymous requests"
	deadEtcd observation = "its etcd is silent"
)

// answer is what the check of the server gets.
type answer string

const (
	well answer = "well"
	// stop is: no new connections, and keep what it has.
	stop answer = "stop"
	// cut is: the check has failed.
	cut answer = "cut"
)

// decide is what the generated file decides, as a function. state is how HAProxy
// sees the server, up how many servers take connections, and lastSilent when
// each server that is not down was silent; it remembers there.
func decide(now time.Duration, server int, seen observation, state haproxystat.State, up int, lastSilent map[int]time.Duration) answer {
	isSilent := seen == silent || seen == deadEtcd
	if isSilent && state != haproxystat.Down {
		lastSilent[server] = now
	}
	lately := 0
	for _, at := range lastSilent {
		if now-at < silenceMemory {
			lately++
		}
	}
	switch {
	case seen == ready || seen == unnamed:
		return well
	case state == haproxystat.Down:
		return cut
	case isSilent && state == haproxystat.Stopping && 2*lately <= up+1:
		return cut
	}
	return stop
}

func TestDecides(t *testing.T) {
	t.Parallel()
	const now = time.Minute
	recently, longAgo := now-time.Second, now-silenceMemory
	for name, c := range map[string]struct {
		seen  observation
		state haproxystat.State
		up    int
		last  map[int]time.Duration
		want  answer
	}{
		"well":                                 {ready, haproxystat.Up, 3, nil, well},
		"well again":                           {ready, haproxystat.Down, 2, nil, well},
		"refuses everybody who has no name":    {unnamed, haproxystat.Up, 3, nil, well},
		"not ready":                            {unready, haproxystat.Up, 3, nil, stop},
		"refuses connections for long":         {refused, haproxystat.Stopping, 2, nil, stop},
		"silent for the first time":            {silent, haproxystat.Up, 3, nil, stop},
		"silent again, alone":                  {silent, haproxystat.Stopping, 2, nil, cut},
		"its etcd is, alone":                   {deadEtcd, haproxystat.Stopping, 2, nil, cut},
		"silent again, one of two":             {silent, haproxystat.Stopping, 1, nil, cut},
		"silent again, the only one":           {silent, haproxystat.Stopping, 0, nil, stop},
		"silent again, one of two that are":    {silent, haproxystat.Stopping, 1, map[int]time.Duration{1: recently}, stop},
		"silent again, one of two in five":     {silent, haproxystat.Stopping, 3, map[int]time.Duration{1: recently}, cut},
		"silent again, another was lately":     {silent, haproxystat.Stopping, 2, map[int]time.Duration{1: recently}, stop},
		"silent again, another was long ago":   {silent, haproxystat.Stopping, 2, map[int]time.Duration{1: longAgo}, cut},
		"down, and not ready yet":              {unready, haproxystat.Down, 2, nil, cut},
		"down, and silent with all the others": {silent, haproxystat.Down, 0, map[int]time.Duration{1: recently, 2: recently}, cut},
	} {
		if c.last == nil {
			c.last = map[int]time.Duration{}
		}
		if got := decide(now, 0, c.seen, c.state, c.up, c.last); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// checked is how HAProxy keeps the state of a server by the answers to its
// checks (rise, fall, inter, fastinter).
type checked struct {
	state    haproxystat.State
	failures int
	passes   int
	next     time.Duration
}

func (c *checked) hear(a answer) {
	switch {
	case a == cut:
		c.failures, c.passes = c.failures+1, 0
		if c.failures >= checksUntilDown {
			c.state = haproxystat.Down
		}
	case c.state == haproxystat.Down:
		if c.passes++; c.passes >= checksUntilUp {
			c.state, c.failures = haproxystat.Up, 0
		}
	case a == stop:
		c.state, c.failures = haproxystat.Stopping, 0
	default:
		c.state, c.failures = haproxystat.Up, 0
	}
}

// foresee lets the servers be seen so for ten seconds, and gives their states.
func foresee(seen []observation) []haproxystat.State {
	servers := make([]*checked, len(seen))
	for i := range servers {
		servers[i] = &checked{state: haproxystat.Up, next: time.Duration(i) * checkInterval / time.Duration(len(seen))}
	}
	lastSilent := map[int]time.Duration{}
	for {
		i := 0
		for j, s := range servers {
			if s.next < servers[i].next {
				i = j
			}
		}
		s := servers[i]
		if s.next > 10*time.Second {
			break
		}
		up := 0
		for _, other := range servers {
			if other.state == haproxystat.Up {
				up++
			}
		}
		s.hear(decide(s.next, i, seen[i], s.state, up, lastSilent))
		if seen[i] == silent {
			s.next += probeTimeout
		}
		if s.failures > 0 && s.state != haproxystat.Down {
			s.next += checkFastInterval
		} else {
			s.next += checkInterval
		}
	}
	states := make([]haproxystat.State, len(servers))
	for i, s := range servers {
		states[i] = s.state
	}
	return states
}

// become makes a stand-in be seen so.
func (s *apiServer) become(t *testing.T, seen observation) {
	t.Helper()
	switch seen {
	case unready:
		s.tell(t, "unready")
	case refused:
		s.tell(t, "drain")
	case silent:
		s.tell(t, "slow 1h")
	case unnamed:
		s.tell(t, "anonymous off")
	case deadEtcd:
		s.tell(t, "etcd")
	}
}

// TestHAProxyDecidesAsTheFunctionDoes has the real HAProxy with the generated
// file see the same.
func TestHAProxyDecidesAsTheFunctionDoes(t *testing.T) {
	t.Parallel()
	for _, seen := range [][]observation{
		{ready, ready, ready},
		{silent, ready, ready},
		{silent, silent, ready},
		{silent, silent, silent},
		{silent, ready},
		{silent, silent},
		{silent},
		{refused, silent, ready},
		{unready, silent, ready},
		{unready, refused, silent},
		{unready, unready, unready},
		{refused, refused, refused},
		{unnamed, unnamed, silent},
		{deadEtcd, ready, ready},
		{deadEtcd, deadEtcd, ready},
		{silent, deadEtcd, ready, ready, ready},
		{silent, silent, silent, ready, ready},
	} {
		var names []string
		for _, o := range seen {
			names = append(names, string(o))
		}
		t.Run(strings.Join(names, ","), func(t *testing.T) {
			t.Parallel()
			b := newBedOf(t, len(seen), APIServers{AlwaysRead: true})
			for i, s := range b.servers {
				s.become(t, seen[i])
			}
			want := foresee(seen)
			states := func() []haproxystat.State {
				var all []haproxystat.State
				for _, s := range b.main() {
					all = append(all, s.State)
				}
				return all
			}
			b.until(fmt.Sprintf("the servers are %v", want), func() bool { return slices.Equal(states(), want) })
			<-time.After(3 * (checkInterval + probeTimeout))
			if got := states(); !slices.Equal(got, want) {
				t.Errorf("they were %v for a moment, and then %v:\n%s", want, got, b.states())
			}
		})
	}
}
