package haproxycfg

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fault is what happens to servers behind a load balancer that is used.
type fault struct {
	name string
	// dead tells whether a server is dead for its clients; otherwise nothing may be
	// cut.
	dead         bool
	inject, heal func(b *bed)
}

// victim is the server to which it happens.
const victim = 1

var faults = []fault{
	{"hang", true,
		func(b *bed) { b.servers[victim].signal(b.t, syscall.SIGSTOP) },
		func(b *bed) { b.servers[victim].signal(b.t, syscall.SIGCONT) },
	},
	{"cut", true,
		func(b *bed) { b.servers[victim].cutOff(b.t) },
		func(b *bed) { b.servers[victim].signal(b.t, syscall.SIGCONT) },
	},
	{"its etcd hangs", true,
		func(b *bed) { b.servers[victim].tell(b.t, "etcd") },
		func(b *bed) { b.servers[victim].tell(b.t, "etcd goes on") },
	},
	{"crash", true,
		func(b *bed) { b.servers[victim].signal(b.t, os.Kill) },
		func(b *bed) {},
	},
	{"hang after a reload", true,
		func(b *bed) {
			b.reload()
			b.servers[victim].signal(b.t, syscall.SIGSTOP)
		},
		func(b *bed) { b.servers[victim].signal(b.t, syscall.SIGCONT) },
	},
	{"graceful stop", false,
		func(b *bed) { b.servers[victim].tell(b.t, "drain") },
		func(b *bed) {},
	},
	{"reload", false, func(b *bed) { b.reload() }, func(b *bed) {}},
	{"etcd stalls for 1.5 s", false, func(b *bed) { b.stall(1500*time.Millisecond, 4) }, func(b *bed) {}},
	{"etcd stalls for 3 s", false, func(b *bed) { b.stall(3*time.Second, 2) }, func(b *bed) {}},
	{"processors busy", false, func(b *bed) { b.keepBusy(10 * time.Second) }, func(b *bed) {}},
}

// stall has etcd stall for all servers, again and again.
func (b *bed) stall(length time.Duration, times int) {
	for range times {
		for _, s := range b.servers {
			s.tell(b.t, "etcd")
		}
		<-time.After(length)
		for _, s := range b.servers {
			s.tell(b.t, "etcd goes on")
		}
		<-time.After(300 * time.Millisecond)
	}
}

// keepBusy has a dozen processes compute.
func (b *bed) keepBusy(length time.Duration) {
	for range 12 {
		busy := exec.Command(os.Args[0])
		busy.Env = append(os.Environ(), "HAPLANE_TEST_COMPUTE="+length.String())
		b.start(busy)
	}
	<-time.After(length)
}

// outcome is what clients noticed.
type outcome struct {
	// hurt are requests that failed or took over a second.
	hurt    int
	worst   time.Duration
	silence time.Duration
	// cut are watches that ended, long are requests of five seconds that did.
	cut, long int
}

// clients are those of a bed: watches, and requests that each make a connection.
type clients struct {
	b       *bed
	stop    chan struct{}
	wg      sync.WaitGroup
	mu      sync.Mutex
	outcome outcome
}

const (
	watchers    = 90
	requestRate = 20
	before      = 5 * time.Second
	during      = 10 * time.Second
	after       = 5 * time.Second
)

// suffer lets a fault happen to a load balancer that is used.
func (b *bed) suffer(f fault) outcome {
	c := &clients{b: b, stop: make(chan struct{})}
	for range watchers {
		c.wg.Go(c.watch)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-time.After(before)
		healed := time.After(during)
		f.inject(b)
		<-healed
		f.heal(b)
		<-time.After(after)
	}()
	c.ask(done)
	close(c.stop)
	c.wg.Wait()
	return c.outcome
}

// ask makes requests until the fault is over.
func (c *clients) ask(done <-chan struct{}) {
	tick := time.NewTicker(time.Second / requestRate)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-done:
			return
		case <-tick.C:
			c.wg.Go(func() { c.request("/") })
			if i%requestRate == 0 {
				c.wg.Go(func() { c.request("/slow") })
			}
		}
	}
}

func (c *clients) request(path string) {
	client := c.b.client()
	began := time.Now()
	resp, err := client.Get(c.b.url + path)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	took := time.Since(began)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case path == "/slow" && err != nil:
		c.outcome.long++
	case path == "/":
		if err != nil || took > time.Second {
			c.outcome.hurt++
		}
		c.outcome.worst = max(c.outcome.worst, took)
	}
}

// watch watches, and begins anew when it is cut.
func (c *clients) watch() {
	last := time.Now()
	for {
		resp, err := c.b.client().Get(c.b.url + "/watch")
		if err == nil {
			stopped := make(chan struct{})
			go func() {
				select {
				case <-c.stop:
				case <-stopped:
				}
				resp.Body.Close()
			}()
			lines := bufio.NewScanner(resp.Body)
			for lines.Scan() {
				c.heard(&last)
			}
			close(stopped)
		}
		c.heard(&last)
		select {
		case <-c.stop:
			return
		case <-time.After(10 * time.Millisecond):
		}
		c.mu.Lock()
		c.outcome.cut++
		c.mu.Unlock()
	}
}

func (c *clients) heard(last *time.Time) {
	now := time.Now()
	silence := now.Sub(*last)
	*last = now
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcome.silence = max(c.outcome.silence, silence)
}

// TestClientsNoticeLittle has each fault happen under load. On a machine that does
// nothing else HAPLANE_BED_RUNS=5 repeats each, one after another, holds the
// figures to the goals and prints them; otherwise each happens once, all at the
// same time, and only what must not depend on the machine is judged.
func TestClientsNoticeLittle(t *testing.T) {
	t.Parallel()
	runs, _ := strconv.Atoi(os.Getenv("HAPLANE_BED_RUNS"))
	lb := APIServers{AlwaysRead: os.Getenv("HAPLANE_BED_READ") != "", Profile: Profile(os.Getenv("HAPLANE_BED_PROFILE"))}
	for _, f := range faults {
		if only := os.Getenv("HAPLANE_BED_FAULTS"); only != "" && !slices.Contains(strings.Split(only, ","), f.name) {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			if runs == 0 {
				t.Parallel()
			}
			var all []outcome
			for i := range max(runs, 1) {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					b := newBedOf(t, 3, lb)
					o := b.suffer(f)
					all = append(all, o)
					o.judge(t, f, runs > 0)
					if t.Failed() {
						t.Log(b.states())
					}
				})
			}
			t.Log(summary(all))
		})
	}
}

// states are the lines of the log that tell how servers went.
func (b *bed) states() string {
	var lines []string
	for line := range strings.Lines(b.logged()) {
		if strings.HasPrefix(line, "Server ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// judge holds an outcome to the goals.
func (o outcome) judge(t *testing.T, f fault, quiet bool) {
	t.Helper()
	if !f.dead && (o.cut > 0 || o.long > 0) {
		t.Errorf("nobody is dead, and %d watches and %d long requests were cut", o.cut, o.long)
	}
	if f.dead && o.cut == 0 {
		t.Error("a server is dead, and no watch was cut")
	}
	if quiet && f.dead && (o.worst > 2*time.Second || o.silence > 3*time.Second) {
		t.Errorf("the worst request took %s and the longest silence %s, over 2 s and 3 s", o.worst, o.silence)
	}
}

// summary says what the runs of a fault came to.
func summary(all []outcome) string {
	var hurt []string
	var most outcome
	for _, o := range all {
		hurt = append(hurt, strconv.Itoa(o.hurt))
		most.worst, most.silence = max(most.worst, o.worst), max(most.silence, o.silence)
		most.cut, most.long = max(most.cut, o.cut), max(most.long, o.long)
	}
	return fmt.Sprintf("hurt %s of %d; at most: request %.1f s, silence %.1f s, watches cut %d, long requests cut %d", strings.Join(hurt, ", "),
		requestRate*int((before+during+after)/time.Second), most.worst.Seconds(), most.silence.Seconds(), most.cut, most.long)
}

// compute is what a busy process does.
func compute(length string) {
	d, err := time.ParseDuration(length)
	if err != nil {
		panic(err)
	}
	for began := time.Now(); time.Since(began) < d; {
		continue
	}
}
