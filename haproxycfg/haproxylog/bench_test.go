package haproxylog_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

// busyLog is a log of a load balancer that ends twenty sessions a second, with
// a server that goes away for a minute now and then.
func busyLog(lines int) []byte {
	var b bytes.Buffer
	start := time.Date(2026, time.November, 22, 19, 0, 0, 0, time.UTC)
	for i := range lines {
		now := start.Add(time.Duration(i) * 50 * time.Millisecond)
		fmt.Fprintf(&b, "%s cka-hap-1 haproxy[27207]: ", now.Format(time.Stamp))
		switch i % 2400 {
		case 1000:
			b.WriteString("Server k8sServers/cka-cp-1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: 0ms. 2 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\n")
		case 2200:
			b.WriteString("Server k8sServers/cka-cp-1 is UP, reason: Layer4 check passed, check duration: 0ms. 3 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.\n")
		default:
			total := i * 7919 % 20000
			fmt.Fprintf(&b, "192.168.51.%d:%d [%s] k8sVip k8sServers/cka-cp-%d 1/0/%d %d -- 13/13/12/4/0 0/0\n", 81+i%6, 32768+i%28000,
				now.Add(-time.Duration(total)*time.Millisecond).Format("02/Jan/2006:15:04:05.000"), 2+i%2, total, i*31%60000)
		}
	}
	return b.Bytes()
}

// BenchmarkReader reads a log. Its metrics are how many times as long it takes
// as a bufio.Scanner over the same lines that only finds them, and one that
// gives them as strings. Each is the fastest of all rounds, so that whatever
// else the machine does shows least.
func BenchmarkReader(b *testing.B) {
	const lines = 20000
	log := busyLog(lines)
	read := func(log io.Reader) (n int) {
		for _, err := range (&haproxylog.Reader{Source: log}).Events() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		return n
	}
	find := func(log io.Reader) (n int) {
		for s := bufio.NewScanner(log); s.Scan(); n++ {
		}
		return n
	}
	var text string
	give := func(log io.Reader) (n int) {
		for s := bufio.NewScanner(log); s.Scan(); n++ {
			text = s.Text()
		}
		return n
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(log)))
	var reading, finding, giving stopwatch
	for b.Loop() {
		reading.time(b, lines, read, log)
		b.StopTimer()
		finding.time(b, lines, find, log)
		giving.time(b, lines, give, log)
		b.StartTimer()
	}
	if len(text) == 0 {
		b.Fatal("the last line is empty")
	}
	b.ReportMetric(float64(reading.best)/lines, "ns/line")
	b.ReportMetric(float64(reading.best)/float64(finding.best), "x-scan")
	b.ReportMetric(float64(reading.best)/float64(giving.best), "x-scan-text")
}

// stopwatch keeps the shortest time.
type stopwatch struct{ best time.Duration }

func (s *stopwatch) time(b *testing.B, lines int, f func(io.Reader) int, log []byte) {
	start := time.Now()
	n := f(bytes.NewReader(log))
	if took := time.Since(start); s.best == 0 || took < s.best {
		s.best = took
	}
	if n != lines {
		b.Fatalf("%d lines, want %d", n, lines)
	}
}
