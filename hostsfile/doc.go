// Package hostsfile reads and edits /etc/hosts, a file that other people and
// programs edit too.
//
// [Parse] takes any bytes and [File.Bytes] gives them back unchanged. What a
// cluster needs stands in a managed [Block] between two marker lines that
// carry its name; [File.SetBlock] and [File.RemoveBlock] touch that block and
// nothing else, and keep the file's own line ending:
//
//	# BEGIN haplane cka
//	# CKA
//	192.168.51.80 k8s-vip
//	192.168.51.81 cka-cp-1
//	# END haplane cka
//
// The package does not read or write the file itself. Inside a container
// /etc/hosts is a bind mount: write it in place there, because a rename over
// it fails with EBUSY.
//
// The format is the one of hosts(5): an address, the canonical name and any
// number of aliases, separated by blanks or tabs, and a comment from # to the
// end of the line.
package hostsfile
