package haproxylog_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

// busy is the log of a load balancer that ends twenty sessions a second, with
// a server that goes away for a minute now and then. It makes the log while it is
// read.
type busy struct {
	line  int
	rest  []byte
	limit int
}

func (b *busy) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		if b.limit <= 0 {
			return 0, io.EOF
		}
		b.more()
		b.limit -= len(b.rest)
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// more makes the lines of half a minute.
func (b *busy) more() {
	b.rest = b.rest[:0]
	for range 600 {
		b.rest = append(b.appendLine(b.rest), '\n')
		b.line++
	}
}

func (b *busy) appendLine(log []byte) []byte {
	now := time.Date(2026, time.January, 1, 0, 0, 0, b.line%20*50e6, time.UTC).Add(time.Duration(b.line/20) * time.Second)
	log = append(now.AppendFormat(log, time.Stamp), " cka-hap-1 haproxy[27207]: "...)
	switch b.line % 24000 {
	case 10000:
		return append(log, downText...)
	case 12000:
		return append(log, "Server k8sServers/cka-cp-1 is UP, reason: Layer4 check passed, check duration: 0ms. 3 active and 0 backup servers online. 0 sessions requeued, 0 total in queue."...)
	}
	total := b.line * 7919 % 20000
	log = fmt.Appendf(log, "192.168.51.%d:%d [", 81+b.line%6, 32768+b.line%28000)
	log = now.Add(-time.Duration(total)*time.Millisecond).AppendFormat(log, "02/Jan/2006:15:04:05.000")
	return fmt.Appendf(log, "] k8sVip k8sServers/cka-cp-%d 1/0/%d %d -- 13/13/12/4/0 0/0", 2+b.line%2, total, b.line*31%60000)
}

// heapOf gives the most memory that a report on so many bytes of log held, over
// what was held before.
func heapOf(tb testing.TB, size int) uint64 {
	tb.Helper()
	before, most := heap(), uint64(0)
	reader := &haproxylog.Reader{Source: &watched{&busy{limit: size}, 0, func() { most = max(most, heap()) }}}
	report, err := reader.Report()
	if err != nil {
		tb.Fatal(err)
	}
	if report.Counts.Events < size/200 {
		tb.Fatalf("%d events in %d bytes", report.Counts.Events, size)
	}
	return most - min(most, before)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// watched calls look after every megabyte, and at the end.
type watched struct {
	io.Reader
	seen int
	look func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil || w.seen>>20 != (w.seen+n)>>20 {
		w.look()
	}
	w.seen += n
	return n, err
}

// memoryLimit is more than a report needs and far less than what the log has.
const memoryLimit = 2 << 20

//nolint:paralleltest // Other tests would show in the heap.
func TestMemoryDoesNotGrowWithTheLog(t *testing.T) {
	if held := heapOf(t, 8<<20); held > memoryLimit {
		t.Errorf("a report on 8 MiB held %d KiB", held>>10)
	}
}

// BenchmarkGigabyte reports on a log of 1 GiB.
func BenchmarkGigabyte(b *testing.B) {
	b.SetBytes(1 << 30)
	var held uint64
	for b.Loop() {
		if held = heapOf(b, 1<<30); held > memoryLimit {
			b.Fatalf("a report on 1 GiB held %d KiB", held>>10)
		}
	}
	b.ReportMetric(float64(held>>10), "KiB-held")
}

// BenchmarkReader reads a log. Its metrics are how many times as long it takes
// as a bufio.Scanner over the same lines that only finds them, and one that
// gives them as strings. Each is the fastest of all rounds, so that whatever
// else the machine does shows least.
func BenchmarkReader(b *testing.B) {
	const lines = 24000
	var log []byte
	for source := (&busy{}); source.line < lines; {
		source.more()
		log = append(log, source.rest...)
	}
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
	b.ReportMetric(testing.AllocsPerRun(1, func() { read(bytes.NewReader(log)) })/lines, "allocs/line")
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
