// Package haproxylog reads HAProxy's own log and says from it whether a service
// went on while one of its servers was away.
//
// A [Reader] turns lines into an [Event] each, in constant memory: the end of a
// [Session] (`option tcplog`), a [ServerChange], a backend with [NoServer], a
// health [Check], a [ProxyChange], or a [Connect]. A Session has every field of
// tcplog with its type; its [Termination] is explained in words by
// [Termination.Explain], and its [Outcome] says what it was worth to the client.
//
// [Reader.Report] reads a whole log into a [Report]: the sessions of each server
// and how they ended, each [Outage] with its start, end and cause, how soon
// HAProxy noticed and what happened to clients meanwhile, each [Loss] of a whole
// backend, and a [Verdict]. It prints as text and as JSON.
//
// # Where the lines may come from
//
// Forms are told line by line and may be mixed:
//
//   - a file of syslog's, in RFC 3164 form or with ISO 8601 times (rsyslog);
//   - the network, in RFC 3164 or RFC 5424 form with <priority>, as HAProxy sends
//     it, with and without a host;
//   - journalctl -o short, short-precise, short-iso, short-iso-precise,
//     short-full (times in UTC) or short-unix;
//   - HAProxy's standard output (`log stdout format raw`), on which only sessions
//     have a time, and a container's log of it with times in front;
//   - HAProxy's standard error, `[WARNING]  (PID) : ...`, alone or inside any of
//     these. HAProxy writes it in pieces, so that in a file that it shares with
//     standard output lines may be torn: give each a file of its own.
//
// One event stands in the log once for each `log` line that applies, and again
// from standard error: see [Event].Repeat. Lines of other programs are skipped
// and counted, broken ones are a [ParseError]. HAProxy does not wait for its log:
// a line that syslog does not take at once is dropped. systemd lets 512 lines
// queue at /dev/log (net.unix.max_dgram_qlen), the kernel alone 10, and a server
// that takes seventy connections with it is more than that.
//
// # What it does not do
//
// It does not follow a file, and it reads no clock: the year that RFC 3164 stamps
// lack comes from the sessions' accept times or from [Reader].Reference, and a
// time zone from [Reader].Location. Lines of `option httplog` and of log formats
// that do not begin as tcplog does are [KindMessage] events or not HAProxy's. What
// a process knows right now is in its admin socket, not in its log.
//
// The formats are those of the HAProxy configuration manual, chapter 8 (2.6
// and 3.0 run, 2.4 to 3.4 read), and of HAProxy's messages about servers.
package haproxylog
