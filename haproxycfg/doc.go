// Package haproxycfg writes haproxy.cfg for the API servers of a Kubernetes
// cluster.
//
// It has two levels. [Config] models a file: a struct literal says each line of
// it, a zero value is not written. [APIServers] describes a load balancer by the
// servers that it has, fills in our defaults and gives a Config. Both have
// Validate, for what is wrong, and Warnings, for what somebody may regret; a
// Config has Bytes and WriteTo. No value can leave its line: validation rejects
// it, and writing quotes it by HAProxy's own rules. Everything here is a value
// and safe for concurrent use as long as nobody changes it.
//
// The subpackage haproxystat reads the state of servers from HAProxy's admin
// socket, haproxylog reads HAProxy's log. This package starts, reloads and asks
// no HAProxy, and looks at no file that a configuration names.
//
// The format is that of HAProxy's configuration manual, 2.4 to 3.3; sections are
// named where it matters. What differs between those versions is an error or a
// warning for the [Version] that is aimed at, or written so that it holds in
// all. 2.6 and 3.0 are run by the tests, the others are read.
//
// # What the default does
//
// A load balancer for API servers has two duties that pull against each other.
// When one server is dead its clients must learn of it at once: an established
// watch on a dead connection is silent, and silence is the harm. When a server
// only drains, or when all are slow together, nothing may be cut. HAProxy's own
// check knows two answers, up and down, and a server that is marked down loses
// all of its connections or none.
//
// The default therefore asks the servers through a probe: an HTTP proxy in the
// same HAProxy, on a port of 127.0.0.1, that passes a check on to the API server
// and translates the answer. A check has two questions: it reads the ConfigMap
// cluster-info, which kubeadm lets everybody read and which the API server must
// fetch from etcd, and then asks /readyz.
//
//	what the API server does               the check gets  and its state is
//	says that it is ready                  200             UP
//	says anything else                     404             stopping (NOLB): no new connections, established ones stay
//	refuses the connection, some are left  404             stopping: a graceful stop finishes its requests
//	refuses the connection, none are left  503             DOWN
//	is silent for 1.6 s, alone             504             DOWN: its connections are cut
//	says that its etcd does not answer     504             as if it were silent
//	refuses the read, or finds nothing     200             as if it had read; /readyz decides
//	is silent, as most of them are or were 404             stopping: nothing is cut
//
// The last line is what makes short checks safe. A server that is silent alone
// is hung, cut off, or sits on an etcd member that hangs. When more than half of
// those that are up are silent at once, or took over 500 ms for an answer a
// moment ago, then etcd, the network or this machine is slow, and a cut would
// only add a stampede. A single server is never cut. A moment is 1.5 s, and 10 s
// for a server that has been slow, now and again, for 3 s: an overloaded one
// answers in time for seconds, and then does not. It costs two seconds where
// the etcd member that hangs is the leader: its election keeps all of them
// waiting, so that this server is stopping first, and down after another check.
// And where half of the servers are slow again and again, one that hangs gets
// no new connections, but its clients find out themselves, in 45 s.
//
// What may not be cut can still be spared. Whoever gets into a server that is
// silent is lost if that server is cut later, so new connections leave it long
// before: an agent check asks the probe twenty times a second whether a server
// has owed the answer to a check for 200 ms, and takes its weight away until it
// answers, unless more than half of those that are up owe one. HAProxy does not
// log that; its statistics show the weight 0. While two processes answer after a
// reload, each knows half of what was asked, and says nothing of what it does not
// know. The agent also passes the verdict on: it takes a server down whose check
// got 503 or 504.
//
// When no server is ready at all HAProxy fails open: new connections go to the
// backend whose name ends in "-unchecked", with the same servers and no checks.
// A wrong CA file, a cluster without anonymous authentication, or a cluster that
// just starts costs supervision, not service.
//
// # The values
//
// Each protects from something and costs something.
//
//   - balance leastconn: a hung server collects connections and gets no more. It
//     costs evenness: a server that comes back gets every new connection, which
//     slowstart 20s softens. And an API server that is killed takes a quarter of a
//     second to let go of its connections, has the fewest meanwhile, and gets the
//     new ones: those are the requests that a crash hurts. random(2), random(3) and
//     roundrobin hurt no fewer in three crashes and two hangs.
//   - inter 250ms, and 1600 ms in the probe: a silent server is found within 1.9 s,
//     and the agent passes that on at once. One long check rather than two short
//     ones: in 1.6 s the kernel repeats a lost SYN and two lost segments, and an
//     etcd that stalls for 1.5 s is waited for. It costs eight TLS handshakes and
//     four reads of one small key a second for each server and load balancer.
//   - agent-inter 50ms, and 200 ms in the probe: the agent is the probe itself,
//     which knows what it is waiting for, so that no API server is asked. It costs
//     twenty requests a second for each server that never leave the machine, one
//     percent of a processor for seven servers. A server whose three or four round
//     trips take longer gets fewer connections than its share. HAProxy's
//     statistics say of the agent that it reports an error: the line of HTTP that
//     it reads has more words than the one that it looks for.
//   - the read: /readyz cannot be trusted about etcd. A kube-apiserver asks its
//     etcd at most once a second for all who ask /readyz together, waits two
//     seconds for it, and repeats the last result to everybody else: while its
//     etcd hangs the answer is now silence, now a stale "ok", for up to 3.3 s.
//     A read without a resource version goes to etcd each time. It costs that an
//     API server which keeps anonymous reads waiting, because its priority levels
//     are full, counts as silent; its fair queues give each user a turn. Where
//     anonymous requests are refused, or the cluster has no cluster-info, /readyz
//     alone remains, and "[-]etcd failed" in its body counts as silence.
//   - timeout check 4s: longer than the probe takes for any two answers, so that the
//     probe judges and not the check.
//   - fall 5: only the agent takes a server down at once, and repeats it for a
//     second. A check alone may have failed for HAProxy's own sake: it gets inter
//     and no longer to connect to the probe, and an HAProxy that has no time for
//     250 ms takes that for a failed check.
//   - rise 3: a server that was down for some seconds answers three times before it
//     is used.
//   - on-marked-down shutdown-sessions: clients of a silent server reconnect
//     elsewhere. It costs the requests inside of that server, which could not be
//     told from lost ones. HAProxy cannot repeat a request that it cannot read.
//   - option redispatch 1, retries 3: a refused connection goes to another server
//     at once, so that a stop between two checks loses nothing.
//   - timeout connect 700ms: a request that meets a server which is cut off goes
//     on to another one, and is served within the second. So does one whose SYN
//     was lost, before the kernel would repeat it after one second. It costs a
//     connection where the way to all servers takes longer than that four times.
//   - timeout client and server 1m: they bound a TLS handshake and a first answer.
//     Over 45 s, the 30 s and 15 s in which a Kubernetes client itself finds a
//     dead connection.
//   - timeout tunnel 5h: from the first answer on it replaces those two. Over the
//     four hours after which a kubelet ends an idle exec, so that HAProxy never
//     does. client-fin and server-fin 30s bound a connection that one side closed.
//   - TCP keep-alive on both sides, one minute and then three times ten seconds: a
//     peer that is gone without a word does not keep a connection for five hours.
//   - grace 1m, from HAProxy 2.6.9 on: after a reload the old process goes on as
//     before for a minute, checks included, so that a server which hangs then is
//     still found. It costs that the old process takes new connections too, with
//     the old list of servers; so list control planes before they join, and wait
//     a minute after a reload before you test a failover. HAProxy stops checking
//     when the minute is over: longer would mean a longer stale list, and no
//     setting has both.
//   - hard-stop-after 30m: the old process and its last connections end then. From
//     the first minute on their clients find a hung server themselves, in 45 s.
//   - fd-hard-limit 100000 without maxconn: HAProxy takes what the machine's limit
//     allows, at most some 50,000 connections, ten for each of 5,000 nodes. A
//     maxconn over the limit would stop it from starting; none at all can be a
//     billion in a container. HAProxy before 2.6.9 gets maxconn 20000, and no
//     strict-limits, so that it starts with less.
//   - log /dev/log beside chroot: HAProxy opens the socket inside its chroot,
//     where the rsyslog of Debian's and Ubuntu's packages listens. Where only
//     journald runs nothing is logged; install rsyslog, or set Global.Logs to
//     stdout, which systemd passes to the journal. HAProxy drops a line rather than
//     wait for syslog.
//   - sni str(kubernetes) and verify required: the certificate must come from the
//     cluster's CA and hold the name that kubeadm puts into every API server's.
//   - http-reuse never: a check makes a connection of its own, as a client does.
//   - the probe forwards these two questions and nothing else, whoever asks on
//     127.0.0.1.
//
// With [CheckTCP] there is no probe: servers that refuse are skipped, a hung one
// is not found.
//
// # What clients notice
//
// Measured on real clusters of three control planes (kubeadm 1.37.2, etcd 3.7.3,
// HAProxy 2.6, two processors), beside the files of a lab, of kubeadm's
// documentation and of kubespray, each on a load balancer with 200 watches, twenty
// new connections a second and twenty requests of five seconds at any time. Hurt are
// requests, of some 680, that failed or took over a second; of 916 where etcd
// stalls, and of 12,100 in ten minutes of busy processors. Silence is in
// seconds. The median of five runs, and the worst:
//
//	requests hurt             haplane     reference   kubeadm     kubespray
//	crash                     1, 2        30, 34      31, 31      57, 60
//	hang                      1, 2        133, 138    70, 72      4, 6
//	cut off                   0, 1        88, 95      71, 73      96, 97
//	its etcd hangs            1, 1        127, 136    71, 97      8, 12
//	reload, then a hang       2, 4        111, 116    71, 74      1, 6
//	etcd stalls everywhere    316, 336    328, 354    338, 352    328, 338
//	graceful stop             0, 0        37, 39      38, 40      30, 42
//	reload                    0, 0        0, 0        0, 0        0, 0
//	processors busy           2999, 3919  4776, 4811  4741, 4922  3986, 4147
//
//	longest silence           haplane     reference   kubeadm     kubespray
//	crash                     0.9, 0.9    6.6, 6.6    3.7, 5.6    23.7, 25.6
//	hang                      2.1, 2.2    20.4, 20.8  20.3, 21.0  20.2, 21.0
//	cut off                   2.3, 2.5    26.9, 27.1  22.0, 23.7  25.9, 26.4
//	its etcd hangs            2.3, 2.5    20.3, 20.5  20.4, 20.5  20.4, 20.6
//	reload, then a hang       2.4, 2.5    18.4, 18.5  18.4, 18.5  18.4, 18.5
//	etcd stalls everywhere    2.2, 2.3    2.2, 2.3    2.2, 2.3    2.2, 2.2
//	graceful stop             0.5, 0.5    0.5, 0.5    0.5, 0.5    0.5, 0.5
//	reload                    0.5, 0.5    0.5, 0.6    0.5, 0.5    0.5, 0.5
//	processors busy           3.7, 4.7    3.9, 5.4    3.9, 6.5    3.9, 5.5
//
// Of the 200 watches ours cuts the 67 of a dead server, which come back elsewhere,
// and up to seven requests of five seconds inside of it. In the last four rows
// nothing is cut, and ours marks no server down but the one that has stopped. With
// busy processors all of ours fail their checks now and then, for seconds, and the
// unchecked backend serves.
//
// The slowest request of a dead server's clients took 1.8 seconds: whoever came
// in last before it fell silent waits for the next check, for its answer, and for
// the agent's next question.
//
// Without the agent a hang right after a reload hurt four requests in the median:
// two processes take new connections for a minute, the new one has no count
// of who is busy yet, and neither sees those that the other has stuck in a hung
// server. And with the check alone to take servers down, one of two runs with busy
// processors cut 66 watches, for a check that HAProxy had no time for.
//
// docs/e2e-failover.md of this repository has all figures. make e2e-failover
// FAILOVER_RUNS=5 measures again, in two hours.
package haproxycfg
