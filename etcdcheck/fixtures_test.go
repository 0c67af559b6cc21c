package etcdcheck_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/golden"
)

var (
	states   = []string{"healthy", "unstarted-learner", "one-down", "quorum-lost"}
	commands = []etcdcheck.Command{
		etcdcheck.EndpointStatus, etcdcheck.EndpointHealth, etcdcheck.EndpointHashKV, etcdcheck.MemberList, etcdcheck.AlarmList,
	}
	formats = []etcdcheck.Format{etcdcheck.Simple, etcdcheck.Table, etcdcheck.JSON, etcdcheck.Fields}
)

// captured is what etcdctl 3.7.3 printed of a cluster in one state.
type captured struct {
	*txtar.Archive
}

func capture(t testing.TB, state string) captured {
	t.Helper()
	return captured{golden.Read(t, "testdata/etcd-3.7.3-"+state+".txtar")}
}

// text is stderr and stdout of one command in one format; empty if it printed
// nothing.
func (c captured) text(command etcdcheck.Command, format etcdcheck.Format) []byte {
	name := strings.ReplaceAll(string(command), " ", "-") + "." + string(format)
	var text []byte
	for _, end := range []string{".err", ".out"} {
		for _, f := range c.Files {
			if f.Name == name+end {
				text = append(text, f.Data...)
			}
		}
	}
	return text
}

func TestEveryCapturedFileReadsWithoutError(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		for _, f := range capture(t, state).Files {
			t.Run(state+"/"+f.Name, func(t *testing.T) {
				t.Parallel()
				parts := strings.Split(f.Name, ".")
				command := commandOf(t, parts[0])
				s, err := etcdcheck.ParseAs(f.Data, command, "")
				if err != nil {
					t.Error(err)
				}
				for _, gap := range s.Gaps {
					if gap.Code != etcdcheck.CodeCommandFailed {
						t.Errorf("not understood: %v", gap)
					}
				}
				if parts[2] == "out" && len(f.Data) > 0 && isEmpty(s) {
					t.Errorf("nothing was read from:\n%s", f.Data)
				}
			})
		}
	}
}

func commandOf(t *testing.T, name string) etcdcheck.Command {
	for _, c := range commands {
		if strings.HasPrefix(name, strings.ReplaceAll(string(c), " ", "-")) {
			return c
		}
	}
	t.Fatalf("no command is called %q", name)
	return ""
}

func isEmpty(s etcdcheck.Sample) bool {
	return len(s.Statuses)+len(s.Members)+len(s.Health)+len(s.Hashes) == 0 && s.Alarms == nil
}

// picture is what all formats can say of the captured clusters. The captures
// are minutes apart, so that what moves is not in it.
type picture struct {
	Verdict  etcdcheck.Verdict
	Quorum   etcdcheck.QuorumState
	Leader   string
	Term     string
	Version  string
	Members  []string
	Findings []string
}

func pictureOf(r etcdcheck.Report) picture {
	p := picture{Verdict: r.Verdict, Quorum: r.Quorum, Leader: r.Leader.String(), Term: r.Term.String(), Version: r.Version.String()}
	for _, m := range r.Members {
		p.Members = append(p.Members, fmt.Sprintf("%v %s %s answered=%v leads=%v agrees=%v healthy=%v hash=%v",
			m.ID, m.Name, m.Role, m.Answered, m.Leads, m.Agrees, m.Healthy, m.Hash != nil))
	}
	for _, f := range r.Findings {
		if f.Code != etcdcheck.CodeHashUncertain && f.Code != etcdcheck.CodeHashMismatch && f.Code != etcdcheck.CodeCommandFailed {
			p.Findings = append(p.Findings, f.String())
		}
	}
	return p
}

func TestFourFormatsOfOneStateGiveTheSamePicture(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			c := capture(t, state)
			want := pictureOf(judge(t, c, etcdcheck.JSON))
			for _, f := range formats {
				if diff := cmp.Diff(want, pictureOf(judge(t, c, f))); diff != "" {
					t.Errorf("format %s differs from json (-json +%s):\n%s", f, f, diff)
				}
			}
		})
	}
}

// judge reads all commands in one format as one text.
func judge(t *testing.T, c captured, format etcdcheck.Format) etcdcheck.Report {
	t.Helper()
	var text []byte
	for _, command := range commands {
		text = append(text, c.text(command, format)...)
	}
	s, err := etcdcheck.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return etcdcheck.Check(etcdcheck.Input{Sample: s})
}

func TestVerdictsOnTheCapturedClusters(t *testing.T) {
	t.Parallel()
	var files []txtar.File
	for _, state := range states {
		files = append(files, txtar.File{Name: state, Data: judge(t, capture(t, state), etcdcheck.JSON).Bytes()})
	}
	golden.Check(t, "testdata/verdicts.txtar", files...)
}

// TestHexSaysTheSame reads the captures of --hex.
func TestHexSaysTheSame(t *testing.T) {
	t.Parallel()
	for _, state := range states[:3] {
		c := capture(t, state)
		plain, err := etcdcheck.Parse(c.text(etcdcheck.MemberList, etcdcheck.JSON))
		if err != nil {
			t.Fatal(err)
		}
		hex, err := etcdcheck.Parse(golden.File(t, c.Archive, "member-list-hex.json.out"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plain.Members, hex.Members); diff != "" {
			t.Errorf("%s: member list --hex (-plain +hex):\n%s", state, diff)
		}
		status, err := etcdcheck.Parse(golden.File(t, c.Archive, "endpoint-status-hex.fields.out"))
		if err != nil {
			t.Fatal(err)
		}
		fields, err := etcdcheck.Parse(c.text(etcdcheck.EndpointStatus, etcdcheck.Fields))
		if err != nil {
			t.Fatal(err)
		}
		ids := func(s etcdcheck.Sample) (list []etcdcheck.ID) {
			for _, st := range s.Statuses {
				list = append(list, st.ClusterID, st.MemberID, st.Leader.Value)
			}
			return list
		}
		if !slices.Equal(ids(status), ids(fields)) {
			t.Errorf("%s: endpoint status --hex: %v, without %v", state, ids(status), ids(fields))
		}
	}
}
