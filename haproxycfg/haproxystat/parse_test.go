package haproxystat_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/haplane/haplane/haproxycfg/haproxystat"
)

var equateAddresses = cmpopts.EquateComparable(netip.AddrPort{})

// outputs are what one HAProxy 2.6.12 said within the same second.
var outputs = []string{"testdata/show-stat.csv", "testdata/show-stat-typed.txt", "testdata/show-servers-state.txt"}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func server(backend, name, addr string, state haproxystat.State, since time.Duration) haproxystat.Server {
	return haproxystat.Server{Backend: backend, Name: name, State: state, Addr: netip.MustParseAddrPort(addr), Weight: 1, Since: since}
}

func TestReadsTheSameServersFromEveryOutput(t *testing.T) {
	t.Parallel()
	want := []haproxystat.Server{
		server("kube-apiservers", "cp-1", "127.0.0.11:6443", haproxystat.Up, 4*time.Second),
		server("kube-apiservers", "cp-2", "127.0.0.12:6443", haproxystat.Stopping, 4*time.Second),
		server("kube-apiservers", "cp-3", "127.0.0.13:6443", haproxystat.Down, 4*time.Second),
		server("kube-apiservers-unchecked", "cp-1", "127.0.0.11:6443", haproxystat.Maintenance, 0),
		server("kube-apiservers-unchecked", "cp-2", "127.0.0.12:6443", haproxystat.Draining, 0),
		server("kube-apiservers-unchecked", "cp-3", "127.0.0.13:6443", haproxystat.Unchecked, 4*time.Second),
		server("kube-apiserver-probes", "cp-1", "127.0.0.11:6443", haproxystat.Unchecked, 4*time.Second),
		server("kube-apiserver-probes", "cp-2", "127.0.0.12:6443", haproxystat.Unchecked, 4*time.Second),
		server("kube-apiserver-probes", "cp-3", "127.0.0.13:6443", haproxystat.Unchecked, 4*time.Second),
	}
	for _, path := range outputs {
		got, err := haproxystat.Parse(read(t, path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		onlyInStat := cmpopts.IgnoreFields(haproxystat.Server{}, "Check", "Sessions", "TotalSessions")
		nearly := cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() <= time.Second })
		if diff := cmp.Diff(want, got, equateAddresses, onlyInStat, nearly); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestReadsSessionsAndChecksFromStat(t *testing.T) {
	t.Parallel()
	for _, path := range outputs[:2] {
		got, err := haproxystat.Parse(read(t, path))
		if err != nil || len(got) < 3 {
			t.Fatalf("%s: %d servers, %v", path, len(got), err)
		}
		if got[0].Sessions != 3 || got[0].TotalSessions != 3 {
			t.Errorf("%s: cp-1 has %d sessions of %d, want 3 of 3", path, got[0].Sessions, got[0].TotalSessions)
		}
		if checks := []string{got[0].Check, got[1].Check, got[2].Check}; !cmp.Equal(checks, []string{"L7OK", "L7OKC", "L7STS"}) {
			t.Errorf("%s: checks %q", path, checks)
		}
	}
}

func TestReadsStatesThatAreOnTheirWay(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]haproxystat.State{
		"UP 1/3": haproxystat.Up, "DOWN 1/2": haproxystat.Down, "NOLB 1/2": haproxystat.Stopping, "DOWN (agent)": haproxystat.Down,
		"MAINT (via b/s)": haproxystat.Maintenance, "MAINT (resolution)": haproxystat.Maintenance, "DRAIN (agent)": haproxystat.Draining,
	} {
		got, err := haproxystat.Parse("# pxname,svname,status,type,\nb,s," + status + ",2,\n")
		if err != nil || len(got) != 1 || got[0].State != want {
			t.Errorf("%q is read as %+v, %v; want %s", status, got, err, want)
		}
	}
}

func TestReportsTheLineThatIsBroken(t *testing.T) {
	t.Parallel()
	stat, typed, state := read(t, outputs[0]), read(t, outputs[1]), read(t, outputs[2])
	for name, c := range map[string]struct {
		output string
		line   int
		left   int
	}{
		"nothing":                    {"", 1, 0},
		"another command's output":   {"Name: HAProxy\n", 1, 0},
		"a CSV line cut off":         {strings.Replace(stat, "kube-apiservers,cp-2,0,0,0", "kube-apiservers,cp-2\n#", 1), 6, 8},
		"an unknown status":          {strings.Replace(stat, ",NOLB,", ",TIRED,", 1), 6, 8},
		"a quote in the wrong place": {strings.Replace(stat, "kube-apiservers,cp-2,", "kube-apiservers,cp\"2,", 1), 6, 8},
		"a typed line that is none":  {"S.5.1.0.pxname.1:KNS:str:a\nS.5.1.17.status.1:SGP:str:UP\nrubbish\n", 3, 1},
		"a typed status":             {strings.Replace(typed, ":str:NOLB", ":str:", 1), 0, 8},
		"a state line cut off":       {strings.Replace(state, "cp-3 127.0.0.13 0 0 1 1 5 17 2 0 6 0 0 0 - 6443 - 0 0 - - 0", "cp-3", 1), 5, 8},
		"a state that is unknown":    {strings.Replace(state, "127.0.0.13 0 0", "127.0.0.13 9 0", 1), 5, 8},
	} {
		got, err := haproxystat.Parse(c.output)
		var e *haproxystat.ParseError
		if !errors.As(err, &e) || c.line != 0 && e.Line != c.line {
			t.Errorf("%s: error %v, want one in line %d", name, err, c.line)
		}
		if len(got) != c.left {
			t.Errorf("%s: %d servers are left, want %d", name, len(got), c.left)
		}
	}
}

func FuzzParseNeverPanicsAndNamesItsServers(f *testing.F) {
	for _, path := range outputs {
		f.Add(read(f, path)[:700])
	}
	f.Add("# pxname,svname,status,type\n\"a,\"\"b\",s,UP,2\n")
	f.Fuzz(func(t *testing.T, output string) {
		servers, err := haproxystat.Parse(output)
		if strings.TrimSpace(output) == "" && err == nil {
			t.Error("nothing is no answer of HAProxy")
		}
		for _, s := range servers {
			if s.State == "" || s.Since < 0 || s.Sessions < 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}

func ExampleParse() {
	servers, err := haproxystat.Parse(`# pxname,svname,qcur,scur,stot,status,weight,lastchg,check_status,addr,type,
kube-apiserver,FRONTEND,,2,9,OPEN,,,,,0,
kube-apiservers,cka-cp-1,0,0,3,DOWN,1,79,L7STS,192.168.51.81:6443,2,
kube-apiservers,cka-cp-2,0,1,6,UP,1,840,L7OK,192.168.51.82:6443,2,
kube-apiservers,BACKEND,0,1,9,UP,1,840,,,1,
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range servers {
		fmt.Println(s.Name, s.Addr, s.State, "for", s.Since, "sessions", s.Sessions, "serves", s.State.Serves())
	}
	// Output:
	// cka-cp-1 192.168.51.81:6443 down for 1m19s sessions 0 serves false
	// cka-cp-2 192.168.51.82:6443 up for 14m0s sessions 1 serves true
}
