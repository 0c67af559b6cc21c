// Package haproxycfg writes haproxy.cfg for the API servers of a Kubernetes
// cluster.
//
// It has two levels. [Config] models a file: a struct literal says each line of
// it, a zero value is not written. [APIServers] describes a load balancer by the
// servers that it has, fills in our defaults and returns a Config. Both have
// Validate, for what is wrong, and Warnings, for what somebody may regret; a
// Config has Bytes and WriteTo. No value can leave its line: validation rejects
// it, and writing quotes it by HAProxy's own rules. Everything here is a value
// and safe for concurrent use as long as nobody changes it.
//
// The subpackage haproxystat reads the state of servers from HAProxy's admin
// socket, haproxylog reads HAProxy's log. This package starts, reloads and asks
// no HAProxy, and looks at no file that a configuration names.
//
// The format is that of HAProxy's configuration manual, 2.4 to 3.4; sections are
// named where it matters. What differs between those versions is an error or a
// warning for the [Version] that is aimed at, or written so that it holds in
// all. 2.6, 3.0, 3.2 and 3.4 are run by the tests, the others are read.
//
// # What the files do
//
// A load balancer for API servers has two duties that pull against each other.
// When one server is dead its clients must learn of it at once: an established
// watch on a dead connection is silent, and silence is the harm. When a server
// only drains, or when all are slow together, nothing may be cut.
//
// [ProfileDefault] has both. Each server is asked for /readyz, over TLS, every
// 300 ms. One that refuses connections or is not ready gets no new ones and
// keeps what it has. One that is silent loses its new connections at the first
// silence, and its established ones at the third in a row, unless most of the
// servers were silent in the last three seconds. The comments in the file say
// how. [ProfilePlain] is the one check that everybody knows, and [ProfileTCP]
// only opens connections.
//
// When no server is up HAProxy fails open: new connections go to the same servers
// unchecked. A wrong CA file, or a cluster that just starts, costs supervision
// and not service.
//
// docs/decisions/haproxy-values.md of this repository says what each value
// protects from and what it costs, what the servers notice of the checks, and
// what was measured.
package haproxycfg
