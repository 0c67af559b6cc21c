// Package hostsfile reads, checks and edits /etc/hosts, a file that other
// people and programs edit too.
//
// [Parse] takes any bytes and [File.Bytes] gives them back unchanged. A [File]
// is a value: every edit gives a new one, and touches only what it names.
//
// What a cluster needs stands in a managed [Block] of [Entry] values, between
// two marker lines that carry its name, so that blocks of several owners live
// together:
//
//		# BEGIN haplane cka
//		# CKA
//		192.168.51.80 k8s-vip
//		192.168.51.81 cka-cp-1
//		# END haplane cka
//
//	  - [File.SetBlock] and [File.RemoveBlock] edit one block, and
//	    [File.Blocks] lists them. Setting a block twice is setting it once.
//	  - [File.Merge] also takes the block's names out of lines outside it if the
//	    caller says so, and reports what it kept and what it took.
//	  - While markers are broken each of these gives a [MarkerError], and
//	    [File.Repair] mends it in the way that the caller chose.
//	  - [File.LookupName] and [File.LookupAddr] answer as glibc does.
//	  - [File.Check] gives [Finding] values: names that shadow or contradict one
//	    another, and lines that glibc, musl, Go and Windows read differently.
//	  - [File.Lines] gives each line with its kind and its [Entry].
//
// Nothing that others have written is lost: what somebody has added inside a
// block is kept behind it, and the blocks of other tools (Ansible, kubespray,
// Vagrant, Docker) and their lines are left alone.
//
// The package does not read or write the file. Whoever writes it should know
// that inside a container /etc/hosts is a bind mount: write it in place there,
// because a rename over it fails with EBUSY. [SetBlockScript] does all of it from
// a shell.
//
// The format is that of hosts(5): an address, the canonical name and any
// number of aliases, separated by blanks or tabs, and a comment from # to the
// end of the line. What the manual leaves open follows glibc's files service
// of nsswitch.conf(5).
package hostsfile
