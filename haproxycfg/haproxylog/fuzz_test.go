package haproxylog_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

// FuzzReader: whatever the bytes, nothing panics, every line is counted once,
// the pieces in which the bytes arrive do not show, and a session that is
// printed reads the same.
func FuzzReader(f *testing.F) {
	f.Add([]byte(file(f, "reference.log")))
	f.Add([]byte("A:[01/Sep/0000:00:00:00.000] 0 0/0 0/0/0 0 CC ////0 /0"))
	for _, line := range dresses {
		f.Add([]byte(line.prefix + sessionText + "\n" + line.prefix + downText))
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		text := string(log)
		r := &haproxylog.Reader{}
		events, errs := read(t, r, text)
		c := r.Counts()
		if c.Events != len(events) || c.Broken != len(errs) || c.Lines != c.Events+c.Broken+c.Foreign {
			t.Errorf("%+v, but %d events and %d errors", c, len(events), len(errs))
		}
		for _, err := range errs {
			var broken *haproxylog.ParseError
			if !errors.As(err, &broken) || broken.Line < 1 || broken.Line > c.Lines || broken.Column < 1 {
				t.Errorf("error %v", err)
			}
		}
		for i := range events {
			checkEvent(t, &events[i])
		}
		pieces := &haproxylog.Reader{Source: iotest.HalfReader(strings.NewReader(text))}
		report, err := pieces.Report()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, pieces.Counts()); diff != "" {
			t.Errorf("read in pieces (-want +got):\n%s", diff)
		}
		if _, err := report.WriteTo(io.Discard); err != nil {
			t.Error(err)
		}
	})
}

func checkEvent(t *testing.T, e *haproxylog.Event) {
	t.Helper()
	if s := e.Session; s == nil && e.Text == "" || s != nil && (s.Accept.IsZero() || s.Frontend == "" || s.Backend == "") {
		t.Errorf("neither a whole session nor a text: %+v", e)
	}
}

// FuzzDress: whatever stands before a session, if the line is one, it is this
// one.
func FuzzDress(f *testing.F) {
	for _, d := range dresses {
		f.Add(d.prefix)
	}
	f.Fuzz(func(t *testing.T, prefix string) {
		if strings.ContainsAny(prefix, "\n") || strings.Contains(prefix, " [") {
			return
		}
		events, _ := read(t, &haproxylog.Reader{}, prefix+sessionText)
		for _, e := range events {
			if e.Session == nil {
				continue
			}
			want := session()
			if e.Session.Client == want.Client && e.Session.Accept.Minute() == want.Accept.Minute() {
				want.Accept = e.Session.Accept
				if diff := cmp.Diff(&want, e.Session, equate); diff != "" {
					t.Errorf("behind %q (-want +got):\n%s", prefix, diff)
				}
			}
		}
	})
}

// FuzzNotice: a state change names a server that stands in the text, and its
// text is whole.
func FuzzNotice(f *testing.F) {
	f.Add(downText)
	f.Add("Server b/s1 ('cp1.lab') is UP/READY (resolves again).")
	f.Add("Backup Server b/s1 is going DOWN for maintenance (DNS NX status). 1 active and 0 backup servers left.")
	f.Add("Health check for backup server b/s1 conditionally succeeded, reason: L, code: 1, info: \"\\\"\", check duration: 0ms, status: 1/3 UP.")
	f.Add("backend 'b' has no server available!")
	f.Add("Proxy f stopped (cumulated conns: FE: 9, BE: 0).")
	f.Add("Connect from 10.0.1.2:33312 to ::1:8012 (www/HTTP)")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\n") {
			return
		}
		events, errs := read(t, &haproxylog.Reader{}, "[WARNING]  (1) : "+text)
		if len(events)+len(errs) > 1 {
			t.Fatalf("%d events and the errors %v of one line", len(events), errs)
		}
		for _, e := range events {
			if e.Session == nil && !strings.HasSuffix(strings.TrimRightFunc(text, func(c rune) bool { return c <= ' ' }), e.Text) {
				t.Errorf("text %q, want %q or its end", e.Text, text)
			}
			if s := e.Server; s != nil && (s.Backend == "" || s.Server == "" || !strings.Contains(text, s.Backend+"/"+s.Server)) {
				t.Errorf("%q names %s/%s", text, s.Backend, s.Server)
			}
		}
	})
}
