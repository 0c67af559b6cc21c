// Package haproxylog reads HAProxy's own log and says from it whether a service
// went on while one of its servers was away.
//
// A [Reader] turns lines into an [Event] each: the end of a [Session]
// (`option tcplog` or `option httplog`), a [ServerChange], a backend that has no
// server left, a health [Check], or a connection that began. [Session.Outcome]
// says what a session was worth to its client, and [Termination.Explain] how it
// ended.
//
// [Reader.Report] reads a whole log into a [Report]: the sessions of each server
// and how they ended, each [Outage] with its start, end and cause, how soon
// HAProxy noticed and what happened to clients meanwhile, each time in which a
// backend had no server, and a [Verdict] with its findings. It prints as text and as JSON.
//
// # Where the lines may come from
//
// Forms are told line by line and may be mixed:
//
//   - a file of syslog's, in RFC 3164 form or with ISO 8601 times (rsyslog);
//   - the network, in RFC 3164 or RFC 5424 form with <priority>;
//   - journalctl -o short, short-precise, short-iso, short-iso-precise,
//     short-full (times in UTC) or short-unix;
//   - HAProxy's standard output (`log stdout format raw`), on which only sessions
//     have a time, and its standard error, `[WARNING]  (PID) : ...`;
//   - a container's log of either: of kubectl logs with --timestamps and --prefix,
//     of docker compose logs, and the files of CRI (`TIME stdout F ...`);
//   - any of these indented or quoted with `> `;
//   - log formats of one's own that have tcplog's fields from the client to the
//     termination state.
//
// One event stands in the log once for each `log` line that applies, and again
// from standard error: a report counts it once. HAProxy does not wait for its log:
// a line that syslog does not take at once is dropped. systemd lets 512 lines queue
// at /dev/log (net.unix.max_dgram_qlen), the kernel alone 10, and a server that
// takes seventy connections with it is more than that.
//
// # What was not understood
//
// Lines of other programs are skipped and counted. A line that could be HAProxy's
// and is none that is known is a [ParseError], and with one the verdict is
// [Unknown] at best: it could have said that something went wrong. So it is where
// time runs backwards, where lines are missing, and where connections began of
// which the log does not say how they ended.
//
// # What it does not do
//
// It does not follow a file, and it reads no clock: the year that RFC 3164 stamps
// lack comes from the sessions or from [Reader].Reference, and a time zone from
// [Reader].Location. What a process knows right now is in its admin socket.
//
// A report takes memory for at most 20,000 servers and 1,000 outages, some 20 MiB
// with names of a usual length, and else none that grows with the log.
//
// The formats are those of the HAProxy configuration manual, chapter 8 (2.6
// and 3.0 run, 2.4 to 3.4 read), and of HAProxy's messages about servers.
package haproxylog

import "github.com/haplane/haplane/internal/finding"

// ParseError is a line that could not be read: Input is "haproxylog", Line and
// Column say where, and Msg what is wrong.
type ParseError = finding.ParseError

// Finding is a reason for a report's verdict, with Code, Severity, Subject (the
// server or backend), Place, Message and Remedy.
type Finding = finding.Finding
