package hostsfile_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/haplane/haplane/hostsfile"
)

const benchLines = 100_000

// bigHosts is a file of benchLines lines with the reference lab's block in the
// middle.
func bigHosts() []byte {
	var b bytes.Buffer
	for i := range benchLines - 10 {
		if i == benchLines/2 {
			b.Write(lab.Bytes())
		}
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		fmt.Fprintf(&b, "%s\thost-%d.example.org host-%d\n", addr, i, i)
	}
	return b.Bytes()
}

// against runs the work and reports its time as a ratio to reading the lines
// with bufio.Scanner in the same run, and its allocations for each line.
func against(b *testing.B, data []byte, work func()) {
	b.SetBytes(int64(len(data)))
	var scanning, working time.Duration
	var before, after runtime.MemStats
	var allocs uint64
	for b.Loop() {
		begin := time.Now()
		scan(b, data)
		middle := time.Now()
		runtime.ReadMemStats(&before)
		start := time.Now()
		work()
		end := time.Now()
		runtime.ReadMemStats(&after)
		scanning += middle.Sub(begin)
		working += end.Sub(start)
		allocs += after.Mallocs - before.Mallocs
	}
	b.ReportMetric(float64(working)/float64(scanning), "x-scanner")
	b.ReportMetric(float64(allocs)/float64(b.N)/benchLines, "allocs/line")
}

// scan reads the lines and looks at each.
func scan(b *testing.B, data []byte) {
	lines := 0
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		if len(s.Bytes()) > 0 {
			lines++
		}
	}
	if lines != benchLines {
		b.Fatalf("%d lines", lines)
	}
}

// BenchmarkReplaceBlock is what a provisioning tool does: parse, replace the
// block, print.
func BenchmarkReplaceBlock(b *testing.B) {
	data := bigHosts()
	block := lab
	block.Comment = "changed"
	against(b, data, func() {
		file, err := hostsfile.Parse(data).SetBlock(block)
		if err != nil {
			b.Fatal(err)
		}
		if len(file.Bytes()) != len(data)+len("changed")-len("CKA") {
			b.Fatal("another length")
		}
	})
}

// BenchmarkReplaceBlockAndReadEveryLine also reads every line into an Entry.
func BenchmarkReplaceBlockAndReadEveryLine(b *testing.B) {
	data := bigHosts()
	block := lab
	block.Comment = "changed"
	against(b, data, func() {
		parsed := hostsfile.Parse(data)
		entries := 0
		for line := range parsed.Lines() {
			if line.Kind == hostsfile.Mapping {
				entries++
			}
		}
		file, err := parsed.SetBlock(block)
		if err != nil {
			b.Fatal(err)
		}
		if entries < benchLines-20 || len(file.Bytes()) < len(data) {
			b.Fatal("lines are missing")
		}
	})
}

// BenchmarkLookupName reads the whole file for one name.
func BenchmarkLookupName(b *testing.B) {
	data := bigHosts()
	file := hostsfile.Parse(data)
	against(b, data, func() {
		if _, found := file.LookupName("k8s-vip", hostsfile.AnyFamily); !found {
			b.Fatal("not found")
		}
	})
}

// BenchmarkCheck looks for everything that is wrong.
func BenchmarkCheck(b *testing.B) {
	data := bigHosts()
	file := hostsfile.Parse(data)
	against(b, data, func() {
		if findings := file.Check(); len(findings) != 1 {
			b.Fatal(findings[:2])
		}
	})
}
