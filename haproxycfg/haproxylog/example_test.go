package haproxylog_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/haplane/haplane/haproxycfg/haproxylog"
)

// A control plane was rebooted behind the load balancer cka-hap-1.
func ExampleReader_Report() {
	in, err := os.Open("testdata/reference.log")
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	report, err := (&haproxylog.Reader{Source: in}).Report()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(report)
	// Output:
	// 12 lines: 12 of HAProxy's, 0 foreign, 0 not understood
	// from 2022-09-25 18:05:53 to 18:11:51 UTC
	// process 27262 took over from 27207 at 2022-09-25 18:10:32 (a reload or a restart)
	//
	// SERVER               SESSIONS  SERVED  TIMED OUT  CUT  FAILED  ABANDONED  OUTAGES  STATE
	// k8sServers/cka-cp-1  2         2       0          0    0       0          1        UP
	// k8sServers/cka-cp-2  3         3       0          0    0       0          0        UP
	// k8sServers/cka-cp-3  2         2       0          0    0       0          0        UP
	//
	// k8sServers/cka-cp-1 was DOWN from 2022-09-25 18:10:32 to 18:11:51, 1m19s
	//   cause: Layer4 connection problem, Connection refused
	//   meanwhile: 3 sessions served by others, 0 hurt, never fewer than 2 servers up, longest time without a session served 50s
	//
	// longest time without a session served: 4m34s, from 2022-09-25 18:06:02 to 18:10:37
	//
	// verdict: the service went on
}

func ExampleReader_Events() {
	r := &haproxylog.Reader{Source: strings.NewReader(`Sep 25 18:10:30 lb haproxy[7]: 192.168.51.84:53708 [25/Sep/2022:18:10:27.054] k8sVip k8sServers/cka-cp-1 1/-1/3007 0 SC 4/4/3/0/3 0/0
Sep 25 18:10:32 lb haproxy[7]: Server k8sServers/cka-cp-1 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. 2 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.
Sep 25 18:10:33 lb haproxy[7]: 192.168.51.84:53710 [25/Sep/2022:18:10:30.054] k8sVip k8sServers/cka-cp-1 1/-
`)}
	for e, err := range r.Events() {
		switch {
		case err != nil:
			fmt.Println(err)
		case e.Session != nil:
			fmt.Println(e.Session.Server, e.Session.Outcome(), e.Session.Total)
		case e.Server != nil:
			fmt.Println(e.Server.Server, e.Server.State, e.Server.Cause)
		}
	}
	// Output:
	// cka-cp-1 failed 3.007s
	// cka-cp-1 DOWN Layer4 connection problem, Connection refused
	// haproxylog:3:108: this is not what `option tcplog` or `option httplog` writes here
}

func ExampleTermination_Explain() {
	for _, t := range []haproxylog.Termination{"SC", "sD", "D-"} {
		fmt.Printf("%s: %s\n", t, t.Explain())
	}
	// Output:
	// SC: the server refused the connection, was unreachable, or there was no server to try
	// sD: the server was silent for longer than `timeout server`; it hangs, or the connection was idle
	// D-: HAProxy ended the session because its server was marked down (`on-marked-down shutdown-sessions`)
}
