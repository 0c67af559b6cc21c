// Package keepalivedcfg writes keepalived.conf for the virtual addresses of
// load balancers, so that no single one of them is needed.
//
// It has two levels, as package haproxycfg has. [Config] models a file: a struct
// literal says each line of it, a zero value is not written. [VirtualAddresses]
// describes the hosts and the addresses that one of them holds, fills in our
// defaults, and gives the Config of each host, the script with which keepalived
// asks for the host's HAProxy, and what systemd needs to know. Both have
// Validate, for what keepalived rejects, ignores or changes, and Warnings, for
// what somebody may regret. Everything here is a value and safe for concurrent
// use as long as nobody changes it.
//
// The format is that of keepalived.conf(5). keepalived 2.2 and 2.3 are run by the
// tests. This package starts and asks no keepalived, and looks at no file.
//
// # What the default does
//
//   - Advertisements go to each of the other hosts, and are taken from nobody
//     else. Multicast, which many networks drop, is not needed, and a foreign router
//     with the same number is not heard.
//   - All hosts start as BACKUP, with nopreempt: the addresses move when they must
//     and never back, because each move cuts every connection.
//   - An advertisement each second, in version 3 of VRRP. When a host is gone, three
//     are missed, and another one takes over after 3.0 s and a few hundredths, which
//     differ by host so that only one does. Shorter intervals find it sooner, and
//     cost a move where a machine only had no time for as long.
//   - IPv4 and IPv6 are two instances of one group, since no instance can have
//     both. A group moves as a whole.
//   - There is no password. VRRP sends it in the clear, and only version 2 knows it.
//   - Scripts run as root, which can open HAProxy's admin socket, and only those that
//     nobody else can change.
//
// # What the addresses follow
//
// A host is out of the election while the check script fails. The script asks for
// the machine's own HAProxy and for nothing else: something listens on the port,
// HAProxy answers on its admin socket, and it is not stopping. It asks no API
// server. Where all of those are down another host is no better, and a move would
// only cut the connections that may recover. It opens no connection to the port
// either: HAProxy would pass it on, and each would be a line in the log of an API
// server.
//
// The script is POSIX sh with grep, awk and timeout, which every Linux has, and one
// program that can speak to a Unix socket: socat, perl or python3, the first that
// is there. Debian and Ubuntu always have perl, RHEL and Fedora python3. The shell
// cannot do it itself, bash's /dev/tcp speaks TCP only, and over TCP no answer tells
// of a process that is stopping.
//
// It runs once a second, and one failure is enough. An HAProxy that is silent for
// 0.8 s counts as hung, so that one is found within 1.8 s, and a killed one within
// one. The cost: a machine that lets HAProxy wait as long loses its addresses.
// After a reload the old process answers on the same socket, for as long as its
// setting grace keeps it serving. It says that it is stopping; the script
// therefore believes that only of the last process that HAProxy's master has
// started. Where HAProxy runs in a PID namespace of its own, as in a pod, the
// script cannot tell, and one that is stopping counts until it closes its port.
//
// # When keepalived itself dies
//
// A keepalived that is killed leaves its addresses on the interface. The others no
// longer hear it, take them over, and from then on two machines hold them, for
// good. It gives them up when it is started again, and takes part in the election
// like any other host. [VirtualAddresses.DropIn] therefore has systemd start it
// again, two advertisements later: at once would leave nobody with the addresses
// until the others have missed three, and after more than three two would hold
// them. It also makes keepalived the last one to be killed where memory runs out.
// Where only the process for VRRP dies, keepalived starts it again at once, and
// where only its parent dies, it gives the addresses up by itself.
//
// Another supervisor than systemd must do the same: start keepalived again after
// two advertisements, again and again, and wait for the processes that were killed
// first, because keepalived exits with "daemon is already running" where it finds
// one that nobody has waited for. Where nothing restarts it, remove the addresses:
// ip addr del ADDRESS dev INTERFACE.
//
// # What else to know
//
//   - keepalived -t exits with 5 at a warning, and an interface or a script that this
//     machine lacks is one. In 2.2 it kills itself without a word where another user
//     than root runs the scripts.
//   - vrrp_track_process, which other guides have, sees no hung HAProxy, and in a
//     container or network namespace it leaves every host without addresses.
//   - On RHEL a file that was moved to the place of the check script may keep the
//     SELinux label of another place: restorecon sets it.
package keepalivedcfg
