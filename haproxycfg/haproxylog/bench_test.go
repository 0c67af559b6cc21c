package haproxylog_test

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
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
	// http is true for the format of `option httplog`, which halog reads.
	http bool
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
	now := time.Date(2026, time.January, 11, 0, 0, 0, b.line%20*50e6, time.UTC).Add(time.Duration(b.line/20) * time.Second)
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
	format := "] k8sVip k8sServers/cka-cp-%d 1/0/%d %d -- 13/13/12/4/0 0/0"
	if b.http {
		format = `] k8sVip k8sServers/cka-cp-%d 0/1/0/3/%d 200 %d - - ---- 13/13/12/4/0 0/0 "GET /readyz HTTP/1.1"`
	}
	return fmt.Appendf(log, format, 2+b.line%2, total, 1+b.line*31%60000)
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

// BenchmarkReport reports on a log that halog reads too, and measures how many
// times the processor's time of `halog -srv` that takes: the least of all rounds
// of each, so that whatever else the machine does shows least.
func BenchmarkReport(b *testing.B) {
	halog, err := exec.LookPath("halog")
	if err != nil {
		b.Skip("halog is in the package haproxy: ", err)
	}
	const lines = 600000
	source := &busy{http: true}
	var log []byte
	for source.line < lines {
		source.more()
		log = append(log, source.rest...)
	}
	b.SetBytes(int64(len(log)))
	var ours, theirs time.Duration
	for b.Loop() {
		before := processorTime(b)
		report, err := (&haproxylog.Reader{Source: bytes.NewReader(log)}).Report()
		if err != nil || report.Counts.Events != lines {
			b.Fatalf("%+v, error %v", report.Counts, err)
		}
		took := processorTime(b) - before
		b.StopTimer()
		cmd := exec.CommandContext(b.Context(), halog, "-srv")
		cmd.Stdin = bytes.NewReader(log)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		their := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if ours == 0 {
			ours, theirs = took, their
		}
		ours, theirs = min(ours, took), min(theirs, their)
		b.StartTimer()
	}
	b.ReportMetric(float64(ours)/lines, "ns/line")
	b.ReportMetric(float64(ours)/float64(theirs), "x-halog")
}

// A log with four times the names takes some four times the work, and with the
// square of them it would be sixteen times.
//
//nolint:paralleltest // Other tests would show in the processor's time.
func TestReportGrowsWithTheLogAndNotWithItsSquare(t *testing.T) {
	servers := func(n int) string {
		var b strings.Builder
		for i := range n {
			name := "s" + strconv.Itoa(i)
			b.WriteString(served(i%50, name) + "\n" + away(i%50, name, 1) + "\n")
		}
		return b.String()
	}
	backends := func(n int) string {
		var b strings.Builder
		for i := range n {
			name := "b" + strconv.Itoa(i)
			b.WriteString(strings.Replace(served(1, "s1"), " b/", " "+name+"/", 1) + "\n" + strings.Replace(noServer(1), "backend b", "backend "+name, 1) + "\n")
		}
		return b.String()
	}
	hosts := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Replace(served(1, "s1"), " lb ", " lb"+strconv.Itoa(i)+" ", 1) + "\n")
		}
		return b.String()
	}
	const names, atMost = 4000, 10
	for name, log := range map[string]func(int) string{"servers": servers, "backends": backends, "load balancers": hosts} {
		few, many := log(names), log(4*names)
		work := func(text string) (least time.Duration) {
			for range 3 {
				before := processorTime(t)
				_ = reportOn(t, text).String()
				if took := processorTime(t) - before; least == 0 || took < least {
					least = took
				}
			}
			return least
		}
		if one, four := work(few), work(many); four > atMost*one {
			t.Errorf("four times the %s: %v instead of %v", name, four, one)
		}
	}
}

// processorTime is what the process has used.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
