package etcdcheck_test

import (
	"fmt"
	"os"

	"github.com/haplane/haplane/etcdcheck"
)

const printed = `7be191c78888168, started, cka-cp-1, https://192.168.51.81:2380, https://192.168.51.81:2379, false
b98489e2306cf3ca, started, cka-cp-2, https://192.168.51.82:2380, https://192.168.51.82:2379, false
da78ac17b23eacf2, started, cka-cp-3, https://192.168.51.83:2380, https://192.168.51.83:2379, false
192.168.51.81:2379, 7be191c78888168, 3.7.3, 3.7.0, 913 kB, 913 kB, 0%, 2.1 GB, true, false, 2, 702, 702, , , false
192.168.51.82:2379, b98489e2306cf3ca, 3.7.3, 3.7.0, 918 kB, 918 kB, 0%, 2.1 GB, false, false, 2, 702, 702, , , false
192.168.51.83:2379, da78ac17b23eacf2, 3.7.3, 3.7.0, 909 kB, 909 kB, 0%, 2.1 GB, false, false, 2, 702, 702, , , false
`

// The outputs of several commands, as they came.
func ExampleParse() {
	sample, err := etcdcheck.Parse([]byte(printed))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, member := range sample.Members {
		status := sample.Statuses[i]
		fmt.Println(member.Name, member.ID, status.DBSize, "leads:", status.IsLeader())
	}
	// Output:
	// cka-cp-1 7be191c78888168 913 kB leads: true
	// cka-cp-2 b98489e2306cf3ca 918 kB leads: false
	// cka-cp-3 da78ac17b23eacf2 909 kB leads: false
}

// One member of a healthy cluster may be away, and none beside it.
func ExampleReport_May() {
	sample, err := etcdcheck.Parse([]byte(printed))
	if err != nil {
		fmt.Println(err)
		return
	}
	report := etcdcheck.Check(etcdcheck.Input{Sample: sample})
	for _, question := range []string{"reboot:cka-cp-2", "remove:cka-cp-3", "add", "upgrade:3.9.0"} {
		answer, err := report.May(question)
		if err != nil {
			fmt.Println(err)
			continue
		}
		_, _ = answer.WriteTo(os.Stdout)
	}
	// Output:
	// reboot cka-cp-2: yes
	//   note tolerance-after: while it is away no other voter may fail
	// remove cka-cp-3: yes
	//   note tolerance-after: afterwards 0 voters of 2 may fail
	// add a voter: yes
	//   note even-voters: 4 voters tolerate the loss of no more than 3 do
	// upgrade to 3.9.0: no
	//   safety version-step: cka-cp-1 runs 3.7.3: go up one minor at a time, to 3.8 first
	//   safety version-step: cka-cp-2 runs 3.7.3: go up one minor at a time, to 3.8 first
	//   safety version-step: cka-cp-3 runs 3.7.3: go up one minor at a time, to 3.8 first
	//   note before-upgrade: take a snapshot first, move one member at a time, the leader last, and ask for the verdict between them
}

// Why three and not two, and why not four.
func ExampleTolerates() {
	for voters := 1; voters <= 5; voters++ {
		fmt.Printf("%d voters: quorum %d, tolerates the loss of %d\n", voters, etcdcheck.Quorum(voters), etcdcheck.Tolerates(voters))
	}
	// Output:
	// 1 voters: quorum 1, tolerates the loss of 0
	// 2 voters: quorum 2, tolerates the loss of 0
	// 3 voters: quorum 2, tolerates the loss of 1
	// 4 voters: quorum 3, tolerates the loss of 1
	// 5 voters: quorum 3, tolerates the loss of 2
}

// What a program knows from etcd's own API is a sample too.
func ExampleSample() {
	sample := etcdcheck.Sample{Members: []etcdcheck.Member{
		{ID: 0x7be191c78888168, Name: "cka-cp-1", ClientURLs: []string{"https://192.168.51.81:2379"}, Learner: etcdcheck.Known(false)},
		{ID: 0x5a5201bc7b141328, PeerURLs: []string{"https://192.168.51.83:2380"}, Learner: etcdcheck.Known(true)},
	}}
	report := etcdcheck.Check(etcdcheck.Input{Sample: sample})
	for _, member := range report.Members {
		fmt.Println(member.ID, member.Role)
	}
	// Output:
	// 5a5201bc7b141328 unstarted learner
	// 7be191c78888168 voter
}
