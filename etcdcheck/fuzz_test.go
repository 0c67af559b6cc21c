package etcdcheck_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/plain"
)

// addCaptures seeds a target with the captures of one command.
func addCaptures(f *testing.F, command etcdcheck.Command) {
	f.Helper()
	for _, state := range states {
		for _, format := range formats {
			f.Add(capture(f, state).text(command, format))
		}
	}
	f.Add(readFile(f, "endpoint-status-3.5.3.txt"))
	f.Add([]byte(wrapped))
	f.Add([]byte("192.1\xb68.51.82:2379, 7be191c78888168, 3.5.3, 4.4 MB, false, false, 6, 1, 1, \n"))
	f.Add([]byte(`"Endpoint" : "192.168.51.82\xb69"
"Health" : true
"Took" : 25.3ms
"Error" : ""
`))
	f.Add([]byte("memberID:16982834556243826482 alarm:NOSPACE \n"))
	f.Add([]byte(`{"header":{"cluster_id":"1","raft_term":"2"},"alarms":[{"memberID":"16982834556243826482","alarm":"CORRUPT"}]}`))
}

// fuzz reads anything as one command's output. Whatever it is, every error has
// a line of the text, and a verdict can be given and printed.
func fuzz(f *testing.F, command etcdcheck.Command) {
	addCaptures(f, command)
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := etcdcheck.ParseAs(text, command, "")
		checkErrors(t, text, err)
		r := etcdcheck.Check(etcdcheck.Input{Sample: s, Earlier: &s, Expect: etcdcheck.ParseExpected("a=10.0.0.1:2379,10.0.0.2")})
		if err != nil && (r.Verdict == etcdcheck.Healthy || r.Verdict == etcdcheck.Degraded) {
			t.Fatalf("with an error the verdict is %s: %v", r.Verdict, err)
		}
		if printed := string(r.Bytes()); printed != plain.Text(printed) {
			t.Fatalf("the report holds what does not print: %q", printed)
		}
	})
}

func checkErrors(t *testing.T, text []byte, err error) {
	t.Helper()
	if err == nil {
		return
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("errors are not joined: %v", err)
	}
	lines := bytes.Count(text, []byte("\n")) + 1
	for _, e := range joined.Unwrap() {
		var perr *etcdcheck.ParseError
		if !errors.As(e, &perr) {
			t.Fatalf("no ParseError: %v", e)
		}
		if utf16Text := bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}); !utf16Text && (perr.Line < 1 || perr.Line > lines) {
			t.Fatalf("line %d of %d: %v", perr.Line, lines, e)
		}
	}
}

func FuzzEndpointStatus(f *testing.F) { fuzz(f, etcdcheck.EndpointStatus) }
func FuzzEndpointHealth(f *testing.F) { fuzz(f, etcdcheck.EndpointHealth) }
func FuzzEndpointHashKV(f *testing.F) { fuzz(f, etcdcheck.EndpointHashKV) }
func FuzzMemberList(f *testing.F)     { fuzz(f, etcdcheck.MemberList) }
func FuzzAlarmList(f *testing.F)      { fuzz(f, etcdcheck.AlarmList) }

// FuzzMix reads anything as any mix, in CRLF too.
func FuzzMix(f *testing.F) {
	for _, command := range commands {
		addCaptures(f, command)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := etcdcheck.Parse(text)
		checkErrors(t, text, err)
		r := etcdcheck.Check(etcdcheck.Input{Sample: s})
		for _, q := range []string{"add", "add:learner", "upgrade:3.7.3"} {
			if _, err := r.May(q); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range r.Members {
			for _, a := range []etcdcheck.Answer{r.CanRemove(m.Label()), r.CanReboot(m.Label()), r.CanPromote(m.Label())} {
				if a.Yes && a.Server.Is(false) {
					t.Fatalf("yes, and the server refuses: %s", a.Bytes())
				}
			}
		}
		if bytes.ContainsAny(text, "\r\x00\xff\xfe") {
			return
		}
		dos, dosErr := etcdcheck.Parse([]byte(strings.ReplaceAll(string(text), "\n", "\r\n")))
		if diff := cmp.Diff(s, dos); diff != "" || (err == nil) != (dosErr == nil) {
			t.Fatalf("CRLF reads as something else: %v, %v\n%s", err, dosErr, diff)
		}
	})
}
