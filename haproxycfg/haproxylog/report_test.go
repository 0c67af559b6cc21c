package haproxylog_test

import (
	"os"
	"testing"
	"time"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

func TestReferenceLogShowsThatTheServiceWentOn(t *testing.T) {
	t.Parallel()
	in, err := os.Open("testdata/reference.log")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	report, err := (&haproxylog.Reader{Source: in}).Report()
	if err != nil {
		t.Fatal(err)
	}
	if report.Verdict != haproxylog.WentOn {
		t.Errorf("verdict %v, want went on; findings %q", report.Verdict, report.Findings)
	}
	if n := len(report.Outages); n != 1 {
		t.Fatalf("%d outages, want 1", n)
	}
	o := report.Outages[0]
	if o.Server != "cka-cp-1" || o.Span.Length() != 79*time.Second || o.Ongoing || o.OthersUp != 2 || o.Served != 3 {
		t.Errorf("outage %+v, want 79 s of cka-cp-1 with 2 servers up that served 3 sessions", o)
	}
	if want := time.Date(2022, time.September, 25, 18, 10, 32, 0, time.UTC); !o.Span.Start.Equal(want) {
		t.Errorf("it starts %v, want %v", o.Span.Start, want)
	}
	if want := time.Date(2022, time.September, 25, 18, 11, 51, 0, time.UTC); !o.Span.End.Equal(want) {
		t.Errorf("it ends %v, want %v", o.Span.End, want)
	}
}
