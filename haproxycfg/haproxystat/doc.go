// Package haproxystat reads what HAProxy says of its servers on its admin
// socket.
//
// [Parse] takes the output of `show stat` (CSV), `show stat typed` or `show
// servers state`, tells which of them it is, and gives the same [Server] values
// for each. Sending the command is the caller's:
//
//	echo "show stat" | socat - /run/haproxy/admin.sock
//
// Frontends, listeners and the backends' own lines are left out. Columns that
// this package does not know are passed over, so that a newer HAProxy is read
// too.
//
// The formats are those of HAProxy's management guide, sections 9.1 (CSV), 9.2
// (typed) and 9.3 (`show servers state`, version 1).
package haproxystat
