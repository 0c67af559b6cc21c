package etcdcheck_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/haplane/haplane/etcdcheck"
	"github.com/haplane/haplane/internal/golden"
)

// answer is what is right to say about a text.
type answer struct {
	verdict etcdcheck.Verdict
	voters  int
	// codes are findings that there must be, beside others.
	codes string
	// yes are questions whose answer is yes, no those whose answer is not.
	yes, no string
	// err is in the error; there is none where it is empty.
	err string
}

const (
	healthy  = etcdcheck.Healthy
	degraded = etcdcheck.Degraded
	unknown  = etcdcheck.Unknown
	lost     = etcdcheck.QuorumLost
)

// Every question about a text of which something is not known.
const nothing = "add add:learner reboot:cp-1 reboot:cp-2 reboot:cp-3 remove:cp-1 remove:cp-2 remove:cp-3 upgrade:3.5.26"

var cases = map[string]answer{
	"client-has-wrong-ca.txt":                 {verdict: unknown, voters: 3, codes: "client-trouble", no: "add reboot:10.0.0.1"},
	"hashkv-differs-3.5.txt":                  {verdict: degraded, voters: 3, codes: "hash-uncertain", no: "add upgrade:3.5.26"},
	"health-3.3-failed-to-connect.txt":        {verdict: degraded, voters: 3, codes: "member-missing", no: "reboot:10.0.0.2"},
	"health-active-alarm.txt":                 {verdict: degraded, voters: 3, codes: "alarm", no: "upgrade:3.5.26"},
	"health-and-alarm-list-no-members.txt":    {verdict: degraded, voters: 3, codes: "alarm"},
	"health-of-127.0.0.1-three-times.txt":     {verdict: unknown, voters: 3, codes: "not-matched", no: nothing},
	"kubeadm-docs-commands-127.0.0.1.txt":     {verdict: healthy, voters: 1, codes: "no-tolerance"},
	"list-says-voter-status-says-learner.txt": {verdict: unknown, voters: 3, codes: "contradiction", no: nothing},
	"markdown-table.txt":                      {verdict: healthy, voters: 2, codes: "may-be-cut"},
	"member-list-alone.txt":                   {verdict: unknown, voters: 3, codes: "not-asked quorum-unknown", no: nothing},
	"member-list-through-jq-1.6.json":         {verdict: unknown, voters: 2, codes: "ids-rounded member-unstarted", no: nothing},
	"one-db-ten-times-the-others.txt":         {verdict: degraded, voters: 3, codes: "db-differs db-over-80-percent"},
	"same-with-statuses.txt":                  {verdict: unknown, voters: 3, codes: "alarms-unknown", no: "add reboot:10.0.0.1"},
	"snapshot-status.json":                    {verdict: unknown, err: "snapshot status"},
	"stale-status-after-new.txt":              {verdict: unknown, voters: 3, codes: "contradiction stale-term", no: "add reboot:10.0.0.1 reboot:10.0.0.2"},
	"status-by-ip.txt":                        {verdict: healthy, voters: 3, yes: "reboot:10.0.0.1 add"},
	"three-member-lists-in-one-paste.txt":     {verdict: unknown, voters: 2, codes: "not-asked", no: "remove:etcd-2"},
	"three-pods-asked-at-127.0.0.1.txt":       {verdict: healthy, voters: 3, yes: "reboot:7d59549bb5563cbc", no: "reboot:127.0.0.1"},
	"unable-to-fetch-alarm-list.txt":          {verdict: unknown, voters: 3, codes: "alarms-unknown", no: "add"},
	"v2-output.txt":                           {verdict: unknown, err: "version 2"},
}

var kinds = map[string]answer{
	"alarm-corrupt-in-health":             {verdict: degraded, voters: 3, codes: "alarm", no: "add upgrade:3.5.26"},
	"alarms-in-health-json":               {verdict: degraded, voters: 2, codes: "alarm", no: "add upgrade:3.5.26"},
	"alarm-in-health-table":               {verdict: degraded, voters: 3, codes: "alarm", no: "upgrade:3.5.26"},
	"health-3.3-no-route":                 {verdict: degraded, voters: 3, codes: "member-missing", no: "reboot:10.0.0.1"},
	"health-3.3-all-refused":              {verdict: lost, voters: 3, codes: "quorum-lost", no: "add"},
	"failure-wrapped":                     {verdict: degraded, voters: 3, codes: "member-missing", no: "reboot:10.0.0.1"},
	"failure-wrapped-in-a-word":           {verdict: degraded, voters: 3, codes: "member-missing", no: "reboot:10.0.0.1"},
	"health-wrapped":                      {verdict: degraded, voters: 3, codes: "member-missing", no: "reboot:10.0.0.1"},
	"status-quoted":                       {verdict: degraded, voters: 3, codes: "member-missing", no: "reboot:10.0.0.1"},
	"json-quoted":                         {verdict: degraded, voters: 2, codes: "alarm"},
	"hashkv-differs-table":                {verdict: degraded, voters: 3, codes: "hash-uncertain", no: "add"},
	"hashkv-differs-json-3.5":             {verdict: degraded, voters: 3, codes: "hash-uncertain", no: "add"},
	"hashkv-differs-fields-3.5":           {verdict: degraded, voters: 3, codes: "hash-uncertain", no: "add"},
	"hashkv-of-127.0.0.1":                 {verdict: degraded, voters: 3, codes: "hash-uncertain", no: "add"},
	"health-and-alarms-json":              {verdict: degraded, voters: 3, codes: "alarm", no: "upgrade:3.5.26"},
	"one-health-line-and-an-alarm":        {verdict: unknown, voters: 1, codes: "alarm not-asked", no: "add"},
	"list-alone-table":                    {verdict: unknown, voters: 2, codes: "not-asked", no: nothing},
	"list-alone-json":                     {verdict: unknown, voters: 1, codes: "not-asked", no: "reboot:cp-1 upgrade:3.5.26"},
	"learner-in-health":                   {verdict: healthy, voters: 3, codes: "learner", yes: "reboot:10.0.0.1"},
	"learner-in-health-json":              {verdict: healthy, voters: 2, codes: "learner even-voters"},
	"jq-elements-of-status":               {verdict: degraded, voters: 3, codes: "member-leaderless", no: "reboot:10.0.0.1"},
	"jq-pretty-elements-of-health":        {verdict: degraded, voters: 3, codes: "member-missing", no: "reboot:10.0.0.1"},
	"jq-members":                          {verdict: unknown, voters: 1, codes: "member-unstarted not-asked"},
	"jq-elements-of-members":              {verdict: unknown, voters: 2, codes: "not-asked", no: nothing},
	"v2-cluster-health":                   {verdict: unknown, err: "version 2"},
	"v2-member-list":                      {verdict: unknown, err: "version 2"},
	"snapshot-status-simple":              {verdict: unknown, err: "snapshot status"},
	"snapshot-status-table":               {verdict: unknown, err: "snapshot status"},
	"snapshot-status-fields":              {verdict: unknown, err: "snapshot status"},
	"markdown-member-list":                {verdict: lost, voters: 2, codes: "member-unstarted may-be-cut quorum-lost"},
	"markdown-health-indented":            {verdict: degraded, voters: 3, codes: "member-missing", no: "reboot:10.0.0.1"},
	"db-near-2-gib":                       {verdict: degraded, voters: 3, codes: "db-over-80-percent"},
	"db-near-2-gib-json":                  {verdict: degraded, voters: 3, codes: "db-over-80-percent"},
	"db-twelve-times":                     {verdict: degraded, voters: 3, codes: "db-differs"},
	"db-forty-times-of-two":               {verdict: degraded, voters: 2, codes: "db-differs"},
	"two-lists-in-json":                   {verdict: healthy, voters: 1},
	"list-then-removal":                   {verdict: unknown, voters: 3, codes: "list-outdated", no: nothing},
	"list-then-addition":                  {verdict: unknown, voters: 3, codes: "list-outdated", no: nothing},
	"two-lists-in-another-order":          {verdict: healthy, voters: 3, yes: "reboot:cp-4"},
	"old-status-first":                    {verdict: healthy, voters: 3},
	"alarm-that-was-disarmed":             {verdict: healthy, voters: 3},
	"list-says-learner-status-says-voter": {verdict: unknown, voters: 2, codes: "contradiction", no: nothing + " promote:cp-3"},
	"unstarted-member-answers":            {verdict: unknown, voters: 2, codes: "contradiction", no: "add remove:c623bf12e6883a05"},
	"healthy-and-leaderless":              {verdict: unknown, voters: 3, codes: "contradiction", no: nothing},
	"another-id-at-a-members-address":     {verdict: unknown, voters: 3, codes: "contradiction member-unlisted", no: nothing},
	"user-name-is-empty":                  {verdict: unknown, voters: 3, codes: "client-trouble", no: "add"},
	"http-to-https":                       {verdict: unknown, voters: 3, codes: "client-trouble", no: "add"},
	"no-key":                              {verdict: unknown, voters: 3, codes: "client-trouble", no: nothing},
	"alarm-list-failed":                   {verdict: unknown, voters: 3, codes: "command-failed", no: nothing},
	"list-and-one-of-127.0.0.1":           {verdict: unknown, voters: 3, codes: "not-asked", no: nothing},
	"list-and-a-service":                  {verdict: unknown, voters: 3, codes: "not-asked", no: nothing},
	"one-status":                          {verdict: unknown, voters: 1, codes: "not-asked", no: "add upgrade:3.5.26"},
	"one-health-line":                     {verdict: unknown, voters: 1, codes: "not-asked", no: "add"},
	"one-not-asked":                       {verdict: unknown, voters: 3, codes: "not-asked", no: "reboot:cp-1 remove:cp-3"},
	"statuses-behind-a-service":           {verdict: healthy, voters: 3, yes: "reboot:cp-1"},
	"all-named-default":                   {verdict: healthy, voters: 3, yes: "reboot:c623bf12e6883a05", no: "reboot:default remove:default"},
	"two-named-alike-one-down":            {verdict: degraded, voters: 3, codes: "member-missing", no: "remove:cp-3 reboot:cp-3 reboot:cp-1"},
	"rounded-status":                      {verdict: unknown, voters: 1, codes: "ids-rounded", no: "add"},
	"rounded-alarms":                      {verdict: unknown, codes: "ids-rounded alarm", voters: 4, no: "add"},
	"rounded-with-exponent":               {verdict: unknown, err: "digits are lost"},
	"three-members-at-one-loopback-port":  {verdict: degraded, voters: 3, codes: "member-leaderless", no: "reboot:localhost"},
	"three-ports-of-loopback":             {verdict: healthy, voters: 3, yes: "reboot:127.0.0.1:22379"},
	"status-by-address":                   {verdict: healthy, voters: 3},
	"status-by-name":                      {verdict: healthy, voters: 3},
	"unknown-json-field":                  {verdict: unknown, voters: 3, codes: "not-understood", no: "add"},
	"listed-and-well": {
		verdict: healthy, voters: 3,
		yes: "reboot:https://10.0.0.1:2380 reboot:9032343555407232188 reboot:0x7d59549bb5563cbc reboot:0X7D59549BB5563CBC reboot:7D59549BB5563CBC " +
			"reboot:10.0.0.1 remove:https://10.0.0.3:2380/ remove:14277465331592608261 add upgrade:3.5.26",
		no: "reboot:https://10.0.0.4:2380 remove:9033157297397644000",
	},
}

func TestEveryCaseHasTheRightAnswer(t *testing.T) {
	t.Parallel()
	all := fixtures(t)
	for name, want := range cases {
		checkAnswer(t, name, all["testdata/cases/"+name], want)
	}
	for name := range all {
		if file, ok := strings.CutPrefix(name, "testdata/cases/"); ok && cases[file].verdict == "" {
			t.Errorf("%s has no answer", name)
		}
	}
}

func TestEveryKindHasTheRightAnswer(t *testing.T) {
	t.Parallel()
	archive := golden.Read(t, "testdata/kinds.txtar")
	for _, file := range archive.Files {
		if kinds[file.Name].verdict == "" {
			t.Errorf("%s has no answer", file.Name)
		}
	}
	for name, want := range kinds {
		checkAnswer(t, name, string(golden.File(t, archive, name)), want)
	}
}

func checkAnswer(t *testing.T, name, text string, want answer) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		s, err := etcdcheck.Parse([]byte(text))
		if (err != nil) != (want.err != "") || err != nil && !strings.Contains(err.Error(), want.err) {
			t.Errorf("error %v, want %q", err, want.err)
		}
		r := etcdcheck.Check(etcdcheck.Input{Sample: s})
		if r.Verdict != want.verdict || r.Quorum.Voters != want.voters {
			t.Errorf("verdict %q with %d voters, want %q with %d:\n%s", r.Verdict, r.Quorum.Voters, want.verdict, want.voters, r.Bytes())
		}
		for _, code := range strings.Fields(want.codes) {
			if !slices.ContainsFunc(r.Findings, func(f etcdcheck.Finding) bool { return f.Code == code }) {
				t.Errorf("without %s:\n%s", code, r.Bytes())
			}
		}
		for _, q := range strings.Fields(want.yes) {
			if a, err := r.May(q); err != nil || !a.Yes {
				t.Errorf("%v %s", err, a.Bytes())
			}
		}
		for _, q := range strings.Fields(want.no) {
			if a, err := r.May(q); err != nil || a.Yes {
				t.Errorf("%v %s", err, a.Bytes())
			}
		}
		if unsure(r) && strings.Contains(string(r.Bytes()), "member remove ") {
			t.Errorf("advice to remove a member, while something is not known:\n%s", r.Bytes())
		}
	})
}

// unsure reports whether the list or the IDs in it may not be what is true now.
func unsure(r etcdcheck.Report) bool {
	return slices.ContainsFunc(r.Findings, func(f etcdcheck.Finding) bool {
		return slices.Contains([]string{"contradiction", "list-outdated", "ids-rounded", "not-understood"}, f.Code)
	})
}

// The caller expects members by names that the output does not have.
func TestExpectedMembersAreFoundByNameAndAddress(t *testing.T) {
	t.Parallel()
	archive := golden.Read(t, "testdata/kinds.txtar")
	for _, c := range []struct {
		text, expect string
		want         answer
	}{
		{"listed-and-well", "cp-1,cp-2,cp-3", answer{verdict: healthy, voters: 3}},
		{"listed-and-well", "cp-1.example:2379,https://cp-2.example,cp-3.example", answer{verdict: healthy, voters: 3}},
		{"listed-and-well", "10.0.0.1,10.0.0.2,10.0.0.3", answer{verdict: healthy, voters: 3}},
		{"listed-and-well", "cp-1,cp-2,cp-3,10.0.0.4", answer{verdict: degraded, voters: 3, codes: "not-a-member"}},
		{"status-by-address", "10.0.0.1,10.0.0.2,10.0.0.3", answer{verdict: healthy, voters: 3}},
		{"status-by-address", "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4", answer{verdict: degraded, voters: 4, codes: "member-missing"}},
		{"status-by-address", "etcd-1.example,etcd-2.example,etcd-3.example", answer{verdict: unknown, voters: 3, codes: "not-matched"}},
		{"status-by-address", "cp-1,cp-2,cp-3,cp-4,cp-5", answer{verdict: unknown, voters: 3, codes: "not-matched"}},
		{"status-by-name", "etcd-1.example,etcd-2.example,etcd-3.example", answer{verdict: healthy, voters: 3}},
		{"status-by-name", "10.0.0.1,10.0.0.2,10.0.0.3", answer{verdict: unknown, voters: 3, codes: "not-matched"}},
		{"three-members-at-one-loopback-port", "10.0.0.1,10.0.0.2,10.0.0.3", answer{verdict: unknown, voters: 3, codes: "not-matched"}},
	} {
		s, err := etcdcheck.Parse(golden.File(t, archive, c.text))
		if err != nil {
			t.Fatal(err)
		}
		r := etcdcheck.Check(etcdcheck.Input{Sample: s, Expect: etcdcheck.ParseExpected(c.expect)})
		if r.Verdict != c.want.verdict || r.Quorum.Voters != c.want.voters || !strings.Contains(string(r.Bytes()), c.want.codes) {
			t.Errorf("%s, expecting %s: want %q, %d voters and %s:\n%s", c.text, c.expect, c.want.verdict, c.want.voters, c.want.codes, r.Bytes())
		}
	}
}
