package etcdcheck_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
)

func parse(t *testing.T, text string) etcdcheck.Sample {
	t.Helper()
	s, err := etcdcheck.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

const statusJSON = `[{"Endpoint":"127.0.0.1:2379","Status":{"header":{"cluster_id":11632511467310652103,"member_id":557911013912510824,"revision":9,"raft_term":2},"version":"3.5.24","dbSize":20480,"leader":557911013912510824,"raftIndex":12,"raftTerm":2,"raftAppliedIndex":11,"dbSizeInUse":16384}}]`

var statusRead = etcdcheck.Status{
	Endpoint: "127.0.0.1:2379", ClusterID: 11632511467310652103, MemberID: 557911013912510824,
	Leader: etcdcheck.Known(etcdcheck.ID(557911013912510824)), Learner: etcdcheck.Known(false), Version: "3.5.24",
	DBSize: etcdcheck.Bytes(20480), DBSizeInUse: etcdcheck.Bytes(16384),
	RaftTerm: etcdcheck.Known(uint64(2)), RaftIndex: etcdcheck.Known(uint64(12)), RaftApplied: etcdcheck.Known(uint64(11)),
	Revision: etcdcheck.Known(int64(9)),
}

func TestReadsWhatEachReleasePrints(t *testing.T) {
	t.Parallel()
	text := etcdcheck.Status{
		Endpoint: "10.0.0.1:2379", MemberID: 0xebab821f1fc25732, Leader: etcdcheck.Known(etcdcheck.ID(0xebab821f1fc25732)), Version: "3.3.27",
		DBSize:   etcdcheck.Size{Bytes: 25000, Rounded: true, Known: true},
		RaftTerm: etcdcheck.Known(uint64(2)), RaftIndex: etcdcheck.Known(uint64(9)),
	}
	text34 := text
	text34.Version, text34.Learner, text34.RaftApplied = "3.4.30", etcdcheck.Known(false), etcdcheck.Known(uint64(8))
	withErrors := text34
	withErrors.Errors = []string{"memberID:16982834556243826482 alarm:NOSPACE", "etcdserver: no leader"}
	text36 := text34
	text36.Version, text36.StorageVersion = "3.6.5", "3.6.0"
	text36.DBSizeInUse = etcdcheck.Size{Bytes: 16000, Rounded: true, Known: true}
	text36.PercentNotInUse = etcdcheck.Known(36)
	text36.Downgrading, text36.DowngradeTarget = etcdcheck.Known(true), "3.5.0"
	text36.Errors = withErrors.Errors

	for name, c := range map[string]struct {
		text string
		want etcdcheck.Sample
	}{
		"simple of 3.3": {
			"10.0.0.1:2379, ebab821f1fc25732, 3.3.27, 25 kB, true, 2, 9\n",
			etcdcheck.Sample{Statuses: []etcdcheck.Status{text}},
		},
		"simple of 3.4": {
			"10.0.0.1:2379, ebab821f1fc25732, 3.4.30, 25 kB, true, false, 2, 9, 8, \n",
			etcdcheck.Sample{Statuses: []etcdcheck.Status{text34}},
		},
		"simple of 3.4 whose trailing space an editor took": {
			"10.0.0.1:2379, ebab821f1fc25732, 3.4.30, 25 kB, true, false, 2, 9, 8,\n",
			etcdcheck.Sample{Statuses: []etcdcheck.Status{text34}},
		},
		"simple of 3.4 with two errors": {
			"10.0.0.1:2379, ebab821f1fc25732, 3.4.30, 25 kB, true, false, 2, 9, 8, memberID:16982834556243826482 alarm:NOSPACE , etcdserver: no leader\n",
			etcdcheck.Sample{Statuses: []etcdcheck.Status{withErrors}},
		},
		"simple of 3.6 with two errors, a downgrade and a server that reports no quota": {
			"10.0.0.1:2379, ebab821f1fc25732, 3.6.5, 3.6.0, 25 kB, 16 kB, 36%, 0 B, true, false, 2, 9, 8, memberID:16982834556243826482 alarm:NOSPACE , etcdserver: no leader, 3.5.0, true\n",
			etcdcheck.Sample{Statuses: []etcdcheck.Status{text36}},
		},
		"json of 3.5": {statusJSON + "\n", etcdcheck.Sample{Statuses: []etcdcheck.Status{statusRead}}},
		"json, all endpoints down, up to 3.5": {
			"[]\n", etcdcheck.Sample{Statuses: []etcdcheck.Status{}},
		},
		"json, all endpoints down, from 3.6": {
			"null\n", etcdcheck.Sample{Statuses: []etcdcheck.Status{}},
		},
		"json of the gateway": {
			`{"header":{"cluster_id":"11632511467310652103","member_id":"557911013912510824","revision":"9","raft_term":"2"},"version":"3.5.24","dbSize":"20480","leader":"557911013912510824","raftIndex":"12","raftTerm":"2","raftAppliedIndex":"11","errors":[],"dbSizeInUse":"16384","isLearner":false}`,
			etcdcheck.Sample{Statuses: []etcdcheck.Status{gateway(statusRead)}},
		},
		"members of the gateway": {
			`{"header":{"cluster_id":"10","member_id":"3","raft_term":"2"},"members":[{"ID":"1234567890123456","name":"a","peerURLs":["http://a:2380"],"clientURLs":[],"isLearner":true}]}`,
			etcdcheck.Sample{Members: []etcdcheck.Member{{ClusterID: 10, ID: 1234567890123456, Name: "a", PeerURLs: []string{"http://a:2380"}, ClientURLs: []string{}, Learner: etcdcheck.Known(true)}}},
		},
		"members with --hex in 3.5": {
			`{"header":{"cluster_id":"a","member_id":"1234567890123456","raft_term":2},"members":[{"ID":"1234567890123456","name":"a","peerURLs":["http://a:2380"],"clientURLS":["http://a:2379"]}]}`,
			etcdcheck.Sample{Members: []etcdcheck.Member{{ClusterID: 10, ID: 0x1234567890123456, Name: "a", PeerURLs: []string{"http://a:2380"}, ClientURLs: []string{"http://a:2379"}, Learner: etcdcheck.Known(false)}}},
		},
		"members of 3.3 in simple": {
			"8e9e05c52164694d, unstarted, , http://a:2380, \n",
			etcdcheck.Sample{Members: []etcdcheck.Member{{ID: 0x8e9e05c52164694d, PeerURLs: []string{"http://a:2380"}}}},
		},
		"members with several URLs": {
			"8e9e05c52164694d, started, a, http://a:2380,http://b:2380, http://a:2379,http://b:2379, false\n",
			etcdcheck.Sample{Members: []etcdcheck.Member{{
				ID: 0x8e9e05c52164694d, Name: "a", Learner: etcdcheck.Known(false),
				PeerURLs: []string{"http://a:2380", "http://b:2380"}, ClientURLs: []string{"http://a:2379", "http://b:2379"},
			}}},
		},
		"alarms in simple": {
			"memberID:16982834556243826482 alarm:NOSPACE \n",
			etcdcheck.Sample{Alarms: []etcdcheck.Alarm{{MemberID: 16982834556243826482, Type: "NOSPACE"}}},
		},
		"alarms in simple of 3.7, whose spaces vary": {
			"memberID:16982834556243826482  alarm:CORRUPT\n",
			etcdcheck.Sample{Alarms: []etcdcheck.Alarm{{MemberID: 16982834556243826482, Type: "CORRUPT"}}},
		},
		"alarms in json": {
			`{"header":{"cluster_id":1,"member_id":2},"alarms":[{"memberID":16982834556243826482,"alarm":1}]}`,
			etcdcheck.Sample{Alarms: []etcdcheck.Alarm{{MemberID: 16982834556243826482, Type: "NOSPACE"}}},
		},
		"alarms of the gateway": {
			`{"header":{"cluster_id":"1","raft_term":"2"},"alarms":[{"memberID":"16982834556243826482","alarm":"CORRUPT"}]}`,
			etcdcheck.Sample{Alarms: []etcdcheck.Alarm{{MemberID: 16982834556243826482, Type: "CORRUPT"}}},
		},
		"alarms in fields": {
			"\"ClusterID\" : 1\n\"MemberID\" : 2\n\"Revision\" : 3\n\"RaftTerm\" : 2\n\"MemberID\" : 16982834556243826482\n\"AlarmType\" : NOSPACE\n\n\"MemberID\" : 7\n\"AlarmType\" : CORRUPT\n\n",
			etcdcheck.Sample{Alarms: []etcdcheck.Alarm{{MemberID: 16982834556243826482, Type: "NOSPACE"}, {MemberID: 7, Type: "CORRUPT"}}},
		},
		"hashes without a revision, up to 3.5": {
			"10.0.0.1:2379, 2103925563\n",
			etcdcheck.Sample{Hashes: []etcdcheck.Hash{{Endpoint: "10.0.0.1:2379", Hash: 2103925563}}},
		},
		"health": {
			"10.0.0.1:2379 is healthy: successfully committed proposal: took = 2.5ms\nhttps://[fd00::1]:2379 is unhealthy: failed to commit proposal: Active Alarm(s): NOSPACE \n",
			etcdcheck.Sample{Health: []etcdcheck.Health{
				{Endpoint: "10.0.0.1:2379", Healthy: true, Took: etcdcheck.Known(2500 * time.Microsecond)},
				{Endpoint: "https://[fd00::1]:2379", Error: "Active Alarm(s): NOSPACE"},
			}},
		},
		"health of an endpoint that could not be dialed": {
			`[{"endpoint":"a:2379","health":false,"error":"context deadline exceeded"}]`,
			etcdcheck.Sample{Health: []etcdcheck.Health{{Endpoint: "a:2379", Error: "context deadline exceeded"}}},
		},
		"fields with the term twice, as older releases": {
			"\"ClusterID\" : 1\n\"MemberID\" : 2\n\"Revision\" : 3\n\"RaftTerm\" : 4\n\"Version\" : \"3.4.3\"\n\"DBSize\" : 20480\n\"Leader\" : 2\n\"IsLearner\" : true\n\"RaftIndex\" : 9\n\"RaftTerm\" : 4\n\"RaftAppliedIndex\" : 9\n\"Errors\" : [etcdserver: no leader memberID:2 alarm:NOSPACE ]\n\"Endpoint\" : \"a:2379\"\n\n",
			etcdcheck.Sample{Statuses: []etcdcheck.Status{{
				Endpoint: "a:2379", ClusterID: 1, MemberID: 2, Leader: etcdcheck.Known(etcdcheck.ID(2)), Learner: etcdcheck.Known(true), Version: "3.4.3",
				DBSize: etcdcheck.Bytes(20480), RaftTerm: etcdcheck.Known(uint64(4)), RaftIndex: etcdcheck.Known(uint64(9)), RaftApplied: etcdcheck.Known(uint64(9)),
				Revision: etcdcheck.Known(int64(3)), Errors: []string{"etcdserver: no leader", "memberID:2 alarm:NOSPACE"},
			}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := parse(t, c.text)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +read):\n%s", diff)
			}
		})
	}
}

// gateway is a status as the gateway says it: without an endpoint.
func gateway(s etcdcheck.Status) etcdcheck.Status {
	s.Endpoint, s.Errors = "", []string{}
	return s
}

const wrapped = `+---------------+------------------+---------+---------+-----------+------------+-----------+------------+--------------------+--------------------------------+
|   ENDPOINT    |        ID        | VERSION | DB SIZE | IS LEADER | IS LEARNER | RAFT TERM | RAFT INDEX | RAFT APPLIED INDEX |             ERRORS             |
+---------------+------------------+---------+---------+-----------+------------+-----------+------------+--------------------+--------------------------------+
| 10.0.0.1:2379 | ebab821f1fc25732 |  3.5.24 |  2.1 GB |      true |      false |         2 |          9 |                  9 |                       memberID: |
|               |                  |         |         |           |            |           |            |                    |                    alarm:NOSPACE |
| 10.0.0.2:2379 |  7be191c78888168 |  3.5.24 |  2.1 GB |     false |      false |         2 |          9 |                  9 |   memberID:557911013912510824  |
|               |                  |         |         |           |            |           |            |                    | alarm:NOSPACE , etcdserver: no |
|               |                  |         |         |           |            |           |            |                    |             leader             |
+---------------+------------------+---------+---------+-----------+------------+-----------+------------+--------------------+--------------------------------+
`

func TestJoinsCellsThatEtcdctlWrapped(t *testing.T) {
	t.Parallel()
	s := parse(t, wrapped)
	if len(s.Statuses) != 2 {
		t.Fatalf("read %d rows, and there are 2", len(s.Statuses))
	}
	want := []string{"memberID:557911013912510824 alarm:NOSPACE", "etcdserver: no leader"}
	if diff := cmp.Diff(want, s.Statuses[1].Errors); diff != "" {
		t.Errorf("errors (-want +read):\n%s", diff)
	}
}

func TestJoinsLinesThatTheTerminalBroke(t *testing.T) {
	t.Parallel()
	for style, text := range map[string][]byte{
		"ascii": readFile(t, "endpoint-status-3.5.3.txt"),
		"box":   capture(t, "healthy").text(etcdcheck.EndpointStatus, etcdcheck.Table),
	} {
		for _, width := range []int{60, 80, 100, 142, 200} {
			whole := parse(t, string(text))
			var broken strings.Builder
			for line := range strings.Lines(string(text)) {
				runes := []rune(strings.TrimSuffix(line, "\n"))
				for len(runes) > width {
					broken.WriteString(string(runes[:width]) + "\n")
					runes = runes[width:]
				}
				broken.WriteString(string(runes) + "\n")
			}
			got, err := etcdcheck.Parse([]byte(broken.String()))
			if err != nil {
				t.Errorf("%s at width %d: %v", style, width, err)
			}
			if diff := cmp.Diff(whole.Statuses, got.Statuses); diff != "" {
				t.Errorf("%s at width %d (-whole +broken):\n%s", style, width, diff)
			}
		}
	}
}

func TestLeavesOutWhatATerminalAdds(t *testing.T) {
	t.Parallel()
	terminal := strings.ReplaceAll("\x1b]0;root@cka-cp-1: ~\x07\x1b[01;32mroot@cka-cp-1\x1b[00m:\x1b[01;34m~\x1b[00m# etcdctl endpoint status -w json\n"+
		`{"level":"warn","ts":"2026-11-22T19:55:04.247554Z","logger":"etcd-client","msg":"retrying of unary invoker failed","error":"rpc error: desc = \"x\""}`+"\n"+
		"Failed to get the status of endpoint 10.0.0.3:2379 (context deadline exceeded)\n"+
		statusJSON+"\n"+
		"command terminated with exit code 1\n[root@cka-cp-1 ~]# exit\nlogout\n$ kubectl -n kube-system exec -it etcd-cka-cp-1 -- etcdctl endpoint health\n"+
		"WARNING: 2026/11/22 19:55:04 grpc: addrConn.createTransport failed\nE1122 19:55:04.123456    4711 memcache.go:265] couldn't get current server API group list\ntime=\"2026-11-22T19:55:04Z\" level=warning msg=\"runtime connect using default endpoints\"\n"+
		"10.0.0.1:2379 is healthy: successfully committed proposal: took = 2.5ms\nError: unhealthy cluster\n/ # ", "\n", "\r\n")
	got := parse(t, terminal)
	want := etcdcheck.Sample{
		Statuses: []etcdcheck.Status{statusRead},
		Health:   []etcdcheck.Health{{Endpoint: "10.0.0.1:2379", Healthy: true, Took: etcdcheck.Known(2500 * time.Microsecond)}},
		Failures: []etcdcheck.Failure{{Endpoint: "10.0.0.3:2379", Error: "context deadline exceeded"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +read):\n%s", diff)
	}
}

func TestReadsWhatPowerShellRedirects(t *testing.T) {
	t.Parallel()
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		text := order.AppendUint16(nil, 0xfeff)
		for _, u := range utf16.Encode([]rune(statusJSON + "\r\n")) {
			text = order.AppendUint16(text, u)
		}
		if got := parse(t, string(text)); len(got.Statuses) != 1 {
			t.Errorf("%v: read %d statuses", order, len(got.Statuses))
		}
	}
}

func TestReadsPrettyPrintedJSON(t *testing.T) {
	t.Parallel()
	got := parse(t, "[\n  {\n    \"Endpoint\": \"a:2379\",\n    \"Status\": {\n      \"header\": {\"member_id\": 7},\n      \"raftTerm\": 2\n    }\n  }\n]\nb:2379, 7be191c78888168, 3.5.3, 4.4 MB, false, false, 6, 32101, 32101, \n")
	if len(got.Statuses) != 2 || got.Statuses[0].MemberID != 7 {
		t.Errorf("read %+v", got.Statuses)
	}
}

func TestSaysWhatIsWrongAndKeepsWhatWasUnderstood(t *testing.T) {
	t.Parallel()
	status := string(capture(t, "healthy").text(etcdcheck.EndpointStatus, etcdcheck.JSON))
	table := string(readFile(t, "endpoint-status-3.5.3.txt"))
	fields := string(capture(t, "healthy").text(etcdcheck.EndpointStatus, etcdcheck.Fields))
	for name, c := range map[string]struct {
		text       string
		line       int
		msg        string
		understood int
	}{
		"JSON cut off in the third element": {status[:len(status)-40], 1, "the JSON was cut off here", 2},
		"JSON cut off on a second line":     {"[\n" + status[1:len(status)-100], 2, "the JSON was cut off here", 2},
		"a table without its lower border":  {table[:strings.LastIndex(strings.TrimSpace(table), "\n")], 6, "the table that starts in line 1 has no lower border", 3},
		"a table cut off in a row":          {table[:strings.LastIndex(table, "6 |")], 6, "6 cells under 10 columns", 2},
		"a record cut off": {
			fields[:strings.LastIndex(fields, `"RaftAppliedIndex"`)], 48, `a record of fields that ends after "RaftIndex"`, 2,
		},
		"a line cut off in the middle": {
			"10.0.0.1:2379, ebab821f1fc25732, 3.5.3, 4.4 MB, true, false, 6, 32101, 32101, \n10.0.0.2:2379, 7be191c78888168, 3.5.3, 4.4 M", 2, "4 cells, which is no row", 1,
		},
		"a line cut off at its start": {
			"10.0.0.1:2379, ebab821f1fc25732, 3.5.3, 4.4 MB, true, false, 6, 32101, 32101, \n10.0.0", 2, "the text ends in the middle of a line", 1,
		},
		"a number that is none": {
			"10.0.0.1:2379, ebab821f1fc25732, 3.5.3, 4.4 MB, true, false, six, 32101, 32101, \n", 1, `RAFT TERM: "six"`, 0,
		},
		"an ID above 64 bits": {
			`[{"Endpoint":"a:2379","Status":{"header":{"member_id":557911013912510824000}}}]`, 1, "header.member_id: a number 557911013912510824000", 0,
		},
		"the term of --hex in etcdctl 3.5.0": {
			`{"header":{"cluster_id":"a","member_id":"1","raft_term":1f},"members":[]}`, 1, "etcdctl 3.5.0 to 3.5.2", 0,
		},
		"nothing but a failure":  {"Error: context deadline exceeded\n", 1, "etcdctl failed and printed nothing else: context deadline exceeded", 0},
		"nothing at all":         {"", 1, "nothing here is output of etcdctl", 0},
		"output of another tool": {"NAME STATUS\nnode Ready\n", 2, "nothing here is output of etcdctl", 0},
		"an unknown table":       {"+---+---+\n| A | B |\n+---+---+\n| 1 | 2 |\n+---+---+\n", 2, "none of etcdctl's", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := etcdcheck.Parse([]byte(c.text))
			var perr *etcdcheck.ParseError
			if !errors.As(err, &perr) {
				t.Fatalf("error %v, want a ParseError", err)
			}
			if perr.Line != c.line || !strings.Contains(perr.Msg, c.msg) {
				t.Errorf("got %q, want line %d and %q", err, c.line, c.msg)
			}
			if want := fmt.Sprintf("understood so far: %d of endpoint status", c.understood); c.understood > 0 && !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say what was understood", err)
			}
			if len(s.Statuses) != c.understood {
				t.Errorf("understood %d statuses, want %d", len(s.Statuses), c.understood)
			}
		})
	}
}

func TestRejectsValuesThatEtcdctlDoesNotPrint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"memberID:99999999999999999999 alarm:NOSPACE\n": "not a member ID",
		"+----+--------+------+------------+\n| ID | STATUS | NAME | PEER ADDRS |\n+----+--------+------+------------+\n| 1f | dead   | a    | http://a   |\n+----+--------+------+------------+\n":      `STATUS: "dead"`,
		"+----+---------+------+------------+\n| ID | STATUS  | NAME | PEER ADDRS |\n+----+---------+------+------------+\n| zz | started | a    | http://a   |\n+----+---------+------+------------+\n": `ID: "zz"`,
		"a:1, 4294967296\n": `HASH: "4294967296"`,
		"a:1 is healthy: successfully committed proposal: took = soon\n":                 `"soon" is not how long`,
		"\"ClusterID\" : 1\n\"MemberID\" : 2\n\"Endpoint\" : \"a:1\"\n\"Hash\" : -1\n\n": `Hash: "-1"`,
		"\"ID\" : none\n\"Name\" : \"a\"\n\"IsLearner\" : false\n\n":                     `ID: "none"`,
		"\"ID\" : 1\n\"Name\" : \"a\\\"\n\"IsLearner\" : false\n\n":                      `Name: "\"a\\\""`,
		`[{"Endpoint":"a:1"}]`:                                            "without Status, HashKV, health or ID",
		`[{"endpoint":"a:1","health":true,"took":"soon"}]`:                "soon",
		`{"members":[{"ID":true}]}`:                                       "members.ID: a bool",
		`[{"Endpoint":"a:1","Status":{"header":{"member_id":"x"}}}]`:      "header.member_id",
		"a:1, ebab821f1fc25732, 3.5.3, 4.4 XB, true, false, 6, 1, 1, \n":  `DB SIZE: "4.4 XB"`,
		"a:1, ebab821f1fc25732, 3.5.3, 4000 MB, true, false, 6, 1, 1, \n": `DB SIZE: "4000 MB"`,
	} {
		_, err := etcdcheck.Parse([]byte(text))
		var perr *etcdcheck.ParseError
		if !errors.As(err, &perr) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestWarnsOfWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	s := parse(t, "NAME READY\n10.0.0.1:2379, 2103925563")
	want := []etcdcheck.Finding{
		{
			Code: etcdcheck.CodeNotUnderstood, Severity: etcdcheck.Warning, Place: "etcdctl output:1",
			Message: `not understood and left out: "NAME READY"`, Remedy: "what it says is not in the verdict: capture it again",
		},
		{
			Code: "may-be-cut", Severity: etcdcheck.Info, Place: "etcdctl output:2",
			Message: "the text ends here without a newline: it may be cut off",
		},
	}
	if diff := cmp.Diff(want, s.Gaps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCollectsAllErrors(t *testing.T) {
	t.Parallel()
	_, err := etcdcheck.Parse([]byte("a:1, ebab821f1fc25732, 3.5.3, 4.4 MB, true, false, x, y, 1, \nb:1, ebab821f1fc25732, 3.5.3, 4 XB, true, false, 1, 1, 1, \n"))
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 3 {
		t.Errorf("got %v, want three errors", err)
	}
}

func TestNamedCommandAndFormat(t *testing.T) {
	t.Parallel()
	c := capture(t, "healthy")
	status := c.text(etcdcheck.EndpointStatus, etcdcheck.Simple)
	if s, err := etcdcheck.ParseAs(status, etcdcheck.EndpointStatus, etcdcheck.Simple); err != nil || len(s.Statuses) != 3 {
		t.Errorf("as what it is: %v, %v", s, err)
	}
	if _, err := etcdcheck.ParseAs(status, etcdcheck.MemberList, ""); err == nil {
		t.Error("endpoint status was taken for a member list")
	}
	if _, err := etcdcheck.ParseAs(status, "", etcdcheck.JSON); err == nil {
		t.Error("simple was taken for JSON")
	}
	s, err := etcdcheck.ParseAs(nil, etcdcheck.AlarmList, etcdcheck.Simple)
	if err != nil || s.Alarms == nil || len(s.Alarms) != 0 {
		t.Errorf("an empty alarm list is no alarms, known: %v, %v", s.Alarms, err)
	}
	s, err = etcdcheck.ParseAs([]byte("null\n"), etcdcheck.EndpointHashKV, "")
	if err != nil || s.Hashes == nil || s.Statuses != nil {
		t.Errorf("null of endpoint hashkv: %+v, %v", s, err)
	}
}

// TestEveryCutIsSeen cuts each capture at every byte. A cut table, JSON or
// record never passes for a whole one.
func TestEveryCutIsSeen(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			for _, command := range []etcdcheck.Command{etcdcheck.EndpointStatus, etcdcheck.EndpointHealth, etcdcheck.EndpointHashKV, etcdcheck.MemberList} {
				text := strings.TrimRight(string(capture(t, "healthy").text(command, format)), "\n")
				for cut := 1; cut < len(text); cut++ {
					s, err := etcdcheck.ParseAs([]byte(text[:cut]), command, "")
					atBoundary := format == etcdcheck.Simple && text[cut] == '\n' || format == etcdcheck.Fields && strings.HasSuffix(text[:cut+1], "\n\n")
					if err == nil && len(s.Gaps) == 0 && !atBoundary && !strings.HasSuffix(text[:cut], "\n") {
						t.Fatalf("%s, cut after %q, passes for whole", command, text[max(0, cut-40):cut])
					}
				}
			}
		})
	}
}
